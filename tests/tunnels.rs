//! A capture whose packets go through a tunnel, or come in fragments, says what the capture of the packets themselves says.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod support;

use support::recorded::{Record, analysis, comparable, pcap, records};
use support::wire::ones_complement_sum;

const EXAMPLES: [&str; 4] = ["page-load.pcapng", "keep-alive.pcapng", "ipv6-vlan.pcapng", "lossy.pcapng"];
const ETHERNET: usize = 14;

/// Where the IP packet of a frame begins; `None` for other frames.
fn start(frame: &[u8]) -> Option<usize> {
    match frame[12..14] {
        [0x08, 0x00] | [0x86, 0xdd] => Some(ETHERNET),
        [0x81, 0x00] if matches!(frame[16..18], [0x08, 0x00] | [0x86, 0xdd]) => Some(ETHERNET + 4),
        _ => None,
    }
}

/// The IP packet in a frame without what follows it.
fn packet(frame: &[u8]) -> Option<&[u8]> {
    let packet = &frame[start(frame)?..];
    let length = match packet[0] >> 4 {
        4 => usize::from(u16::from_be_bytes([packet[2], packet[3]])),
        _ => 40 + usize::from(u16::from_be_bytes([packet[4], packet[5]])),
    };
    packet.get(..length)
}

fn is_v6(packet: &[u8]) -> bool {
    packet[0] >> 4 == 6
}

/// An outer IPv4 header before `content`.
fn ipv4(protocol: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(20 + content.len()).unwrap().to_be_bytes();
    let mut header =
        vec![0x45, 0, length[0], length[1], 0, 0, 0, 0, 60, protocol, 0, 0, 203, 0, 113, 1, 203, 0, 113, 2];
    let sum = !ones_complement_sum(&header, 0);
    header[10..12].copy_from_slice(&sum.to_be_bytes());
    header.extend(content);
    header
}

fn ipv6(next: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    let mut bytes = vec![0x60, 0, 0, 0, length[0], length[1], next, 60];
    bytes.extend([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    bytes.extend([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
    bytes.extend(content);
    bytes
}

fn udp(port: u16, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(8 + content.len()).unwrap();
    let mut bytes = [49_152_u16, port, length, 0].map(u16::to_be_bytes).concat();
    bytes.extend(content);
    ipv4(17, &bytes)
}

fn behind(header: &[u8], content: &[u8]) -> Vec<u8> {
    [header, content].concat()
}

fn ether_type(packet: &[u8]) -> [u8; 2] {
    if is_v6(packet) { [0x86, 0xdd] } else { [0x08, 0x00] }
}

/// Each tunnel by name: what an Ethernet header carries of a frame with this packet in it, and the `EtherType`.
type Tunnel = (&'static str, Wrap);
type Wrap = fn(&[u8], &[u8]) -> (u16, Vec<u8>);

const IPV4: u16 = 0x0800;
const IPV6: u16 = 0x86dd;
const MPLS: u16 = 0x8847;

fn ip_in_ip(packet: &[u8]) -> u8 {
    if is_v6(packet) { 41 } else { 4 }
}

const TUNNELS: &[Tunnel] = &[
    ("IP in IPv4", |_, packet| (IPV4, ipv4(ip_in_ip(packet), packet))),
    ("IP in IPv6", |_, packet| (IPV6, ipv6(ip_in_ip(packet), packet))),
    ("IP behind destination options", |_, packet| {
        (IPV6, ipv6(60, &behind(&[ip_in_ip(packet), 0, 1, 4, 0, 0, 0, 0], packet)))
    }),
    ("IP behind an Authentication Header", |_, packet| {
        (
            IPV4,
            ipv4(
                51,
                &behind(
                    &[ip_in_ip(packet), 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
                    packet,
                ),
            ),
        )
    }),
    ("GRE", |_, packet| (IPV4, ipv4(47, &behind(&[&[0, 0], &ether_type(packet)[..]].concat(), packet)))),
    ("GRE with checksum, key and number", |_, packet| {
        let header = [&[0xb0, 0], &ether_type(packet)[..], &[1, 2, 0, 0, 0, 0, 0, 7, 0, 0, 0, 9]].concat();
        (IPV4, ipv4(47, &behind(&header, packet)))
    }),
    ("transparent bridging", |frame, _| (IPV4, ipv4(47, &behind(&[0, 0, 0x65, 0x58], frame)))),
    ("PPTP", |_, packet| {
        let protocol = if is_v6(packet) { 0x57 } else { 0x21 };
        let length = u16::try_from(packet.len() + 4).unwrap().to_be_bytes();
        let header = [0x30, 1, 0x88, 0x0b, length[0], length[1], 0, 5, 0, 0, 0, 1, 0xff, 3, 0, protocol];
        (IPV4, ipv4(47, &behind(&header, packet)))
    }),
    ("ERSPAN I", |frame, _| (IPV4, ipv4(47, &behind(&[0, 0, 0x88, 0xbe], frame)))),
    ("ERSPAN II", |frame, _| {
        (IPV4, ipv4(47, &behind(&[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 5, 0, 3, 0, 0, 0, 9], frame)))
    }),
    ("ERSPAN III", |frame, _| {
        let header = [0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 5, 0, 3, 0, 0, 0, 9, 0, 0, 0x80, 0];
        (IPV4, ipv4(47, &behind(&header, frame)))
    }),
    ("VXLAN", |frame, _| (IPV4, udp(4789, &behind(&[8, 0, 0, 0, 0, 0, 5, 0], frame)))),
    ("Geneve", |frame, _| (IPV4, udp(6081, &behind(&[1, 0, 0x65, 0x58, 0, 0, 5, 0, 1, 3, 1, 0], frame)))),
    ("MPLS", |_, packet| (MPLS, behind(&[0, 1, 0, 64, 0, 2, 1, 64], packet))),
    ("an Ethernet pseudowire", |frame, _| (MPLS, behind(&[0, 1, 1, 64, 0, 0, 0, 0], frame))),
    ("GTP-U", |_, packet| {
        let length = u16::try_from(packet.len() + 8).unwrap().to_be_bytes();
        let header = [0x34, 0xff, length[0], length[1], 0, 0, 0, 7, 0, 0, 0, 0x85, 1, 0, 1, 0];
        (IPV4, udp(2152, &behind(&header, packet)))
    }),
    ("Teredo in IP in IP", |_, packet| {
        let inner = if is_v6(packet) { packet.to_vec() } else { ipv6(4, packet) };
        (IPV4, ipv4(4, &udp(3544, &behind(&[0, 0, 0xc0, 0, 1, 2, 3, 4], &inner))))
    }),
    ("VXLAN in GRE in VXLAN", |frame, _| {
        let once = udp(4789, &behind(&[8, 0, 0, 0, 0, 0, 5, 0], frame));
        let bridged = ipv4(47, &behind(&[0, 0, 0x08, 0], &once));
        let link = [&[2; 12][..], &[8, 0]].concat();
        (IPV4, udp(4789, &behind(&[8, 0, 0, 0, 0, 0, 6, 0], &behind(&link, &bridged))))
    }),
];

/// The frame with its packet in a tunnel.
fn wrapped(record: &Record, tunnel: Wrap) -> Record {
    let Some(packet) = packet(&record.data) else { return record.clone() };
    let (kind, content) = tunnel(&record.data, packet);
    let data = [&record.data[..12], &kind.to_be_bytes(), &content].concat();
    Record { wire_length: u32::try_from(data.len()).unwrap(), data, ..record.clone() }
}

/// The frame's packet cut into fragments of at most `most` bytes, as IPv4 or IPv6 does it.
fn fragments(record: &Record, most: usize) -> Vec<Record> {
    let (Some(start), Some(packet)) = (start(&record.data), packet(&record.data)) else { return vec![record.clone()] };
    let (header, content) = packet.split_at(if is_v6(packet) { 40 } else { usize::from(packet[0] & 15) * 4 });
    let identification = u16::try_from(record.original).unwrap();
    let pieces = content.chunks(most);
    let last = pieces.len() - 1;
    let piece = |(index, piece): (usize, &[u8])| {
        let place = u16::try_from(index * most).unwrap();
        let more = u16::from(index < last);
        let mut head = header.to_vec();
        if is_v6(packet) {
            let next = std::mem::replace(&mut head[6], 44);
            head.extend([next, 0]);
            head.extend((place | more).to_be_bytes());
            head.extend(u32::from(identification).to_be_bytes());
            let length = u16::try_from(8 + piece.len()).unwrap();
            head[4..6].copy_from_slice(&length.to_be_bytes());
        } else {
            let length = u16::try_from(head.len() + piece.len()).unwrap();
            head[2..4].copy_from_slice(&length.to_be_bytes());
            head[4..6].copy_from_slice(&identification.to_be_bytes());
            head[6..8].copy_from_slice(&((place / 8) | (more << 13)).to_be_bytes());
            head[10..12].fill(0);
            let sum = !ones_complement_sum(&head, 0);
            head[10..12].copy_from_slice(&sum.to_be_bytes());
        }
        let data = [&record.data[..start], &head, piece].concat();
        Record { wire_length: u32::try_from(data.len()).unwrap(), data, ..record.clone() }
    };
    pieces.enumerate().map(piece).collect()
}

/// Compares the Analyses; frames of `changed` have the numbers of the frames that they were made from.
fn compare(what: &str, once: &[Record], changed: &[Record]) {
    let mut expected = analysis(&pcap(once));
    let mut found = analysis(&pcap(changed));
    assert!(!expected["connections"].as_array().unwrap().is_empty());
    let identity: Vec<u64> = (1..=once.len() as u64).collect();
    let originals: Vec<u64> = changed.iter().map(|record| record.original).collect();
    let left = |analysis: &serde_json::Value| {
        let diagnostics = analysis["diagnostics"].as_array().unwrap().iter();
        diagnostics.map(|diagnostic| diagnostic["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(left(&found), left(&expected), "{what}");
    comparable(&mut expected, &identity);
    comparable(&mut found, &originals);
    for part in expected.as_object().unwrap().keys() {
        assert_eq!(found[part], expected[part], "{what}: {part}");
    }
}

#[test]
fn a_tunnel_changes_nothing() {
    for name in EXAMPLES {
        let once = records(name);
        for (tunnel, wrap) in TUNNELS {
            let through: Vec<Record> = once.iter().map(|record| wrapped(record, *wrap)).collect();
            assert!(through.iter().zip(&once).any(|(new, old)| new.data.len() > old.data.len()));
            compare(&format!("{name}, {tunnel}"), &once, &through);
        }
    }
}

#[test]
fn fragments_change_nothing() {
    for name in EXAMPLES {
        let once = records(name);
        for most in [8, 24, 512] {
            let cut: Vec<Record> = once.iter().flat_map(|record| fragments(record, most)).collect();
            assert!(cut.len() > once.len());
            compare(&format!("{name} in pieces of {most}"), &once, &cut);
            let reversed = once.iter().flat_map(|record| fragments(record, most).into_iter().rev());
            compare(&format!("{name} in pieces of {most}, the last first"), &once, &reversed.collect::<Vec<_>>());
        }
    }
}

#[test]
fn a_tunnel_in_fragments_changes_nothing() {
    let once = records("page-load.pcapng");
    for (tunnel, wrap) in TUNNELS.iter().filter(|(name, _)| !name.contains("MPLS") && !name.contains("pseudowire")) {
        let cut: Vec<Record> = once
            .iter()
            .flat_map(|record| fragments(record, 256))
            .map(|record| wrapped(&record, *wrap))
            .flat_map(|record| fragments(&record, 96).into_iter().rev())
            .collect();
        compare(&format!("{tunnel} in fragments"), &once, &cut);
    }
}
