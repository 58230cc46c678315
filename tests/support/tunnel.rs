//! The tunnels that packets can go through, by the names of a script's `tunnel` statement. Their ends are always the same, as those of a
//! mirror's are.

use super::wire::ones_complement_sum;

/// The tunnel of this name.
pub fn named(name: &str) -> Option<Wrap> {
    TUNNELS.iter().find(|(of, _)| *of == name).map(|(_, wrap)| *wrap)
}

/// The Ethernet frame with its packet in a tunnel.
pub fn wrapped(frame: &[u8], packet: &[u8], tunnel: Wrap) -> Vec<u8> {
    const ADDRESSES: usize = 12;
    let (kind, content) = tunnel(frame, packet);
    [&frame[..ADDRESSES], &kind.to_be_bytes(), &content].concat()
}

pub fn is_v6(packet: &[u8]) -> bool {
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

/// What an Ethernet header carries of a frame with this packet in it, and the `EtherType`.
pub type Wrap = fn(&[u8], &[u8]) -> (u16, Vec<u8>);

const IPV4: u16 = 0x0800;
const IPV6: u16 = 0x86dd;
const MPLS: u16 = 0x8847;

fn ip_in_ip(packet: &[u8]) -> u8 {
    if is_v6(packet) { 41 } else { 4 }
}

/// Each tunnel by its name.
pub const TUNNELS: &[(&str, Wrap)] = &[
    ("ip-in-ipv4", |_, packet| (IPV4, ipv4(ip_in_ip(packet), packet))),
    ("ip-in-ipv6", |_, packet| (IPV6, ipv6(ip_in_ip(packet), packet))),
    ("destination-options", |_, packet| (IPV6, ipv6(60, &behind(&[ip_in_ip(packet), 0, 1, 4, 0, 0, 0, 0], packet)))),
    ("authentication-header", |_, packet| {
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
    ("gre", |_, packet| (IPV4, ipv4(47, &behind(&[&[0, 0], &ether_type(packet)[..]].concat(), packet)))),
    ("gre-key", |_, packet| {
        let header = [&[0xb0, 0], &ether_type(packet)[..], &[1, 2, 0, 0, 0, 0, 0, 7, 0, 0, 0, 9]].concat();
        (IPV4, ipv4(47, &behind(&header, packet)))
    }),
    ("bridging", |frame, _| (IPV4, ipv4(47, &behind(&[0, 0, 0x65, 0x58], frame)))),
    ("pptp", |_, packet| {
        let protocol = if is_v6(packet) { 0x57 } else { 0x21 };
        let length = u16::try_from(packet.len() + 4).unwrap().to_be_bytes();
        let header = [0x30, 1, 0x88, 0x0b, length[0], length[1], 0, 5, 0, 0, 0, 1, 0xff, 3, 0, protocol];
        (IPV4, ipv4(47, &behind(&header, packet)))
    }),
    ("erspan-1", |frame, _| (IPV4, ipv4(47, &behind(&[0, 0, 0x88, 0xbe], frame)))),
    ("erspan-2", |frame, _| {
        (IPV4, ipv4(47, &behind(&[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 5, 0, 3, 0, 0, 0, 9], frame)))
    }),
    ("erspan-3", |frame, _| {
        let header = [0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 5, 0, 3, 0, 0, 0, 9, 0, 0, 0x80, 0];
        (IPV4, ipv4(47, &behind(&header, frame)))
    }),
    ("vxlan", |frame, _| (IPV4, udp(4789, &behind(&[8, 0, 0, 0, 0, 0, 5, 0], frame)))),
    ("geneve", |frame, _| (IPV4, udp(6081, &behind(&[1, 0, 0x65, 0x58, 0, 0, 5, 0, 1, 3, 1, 0], frame)))),
    ("mpls", |_, packet| (MPLS, behind(&[0, 1, 0, 64, 0, 2, 1, 64], packet))),
    ("pseudowire", |frame, _| (MPLS, behind(&[0, 1, 1, 64, 0, 0, 0, 0], frame))),
    ("gtp", |_, packet| {
        let length = u16::try_from(packet.len() + 8).unwrap().to_be_bytes();
        let header = [0x34, 0xff, length[0], length[1], 0, 0, 0, 7, 0, 0, 0, 0x85, 1, 0, 1, 0];
        (IPV4, udp(2152, &behind(&header, packet)))
    }),
    ("teredo", |_, packet| {
        let inner = if is_v6(packet) { packet.to_vec() } else { ipv6(4, packet) };
        (IPV4, ipv4(4, &udp(3544, &behind(&[0, 0, 0xc0, 0, 1, 2, 3, 4], &inner))))
    }),
    ("nested", |frame, _| {
        let once = udp(4789, &behind(&[8, 0, 0, 0, 0, 0, 5, 0], frame));
        let bridged = ipv4(47, &behind(&[0, 0, 0x08, 0], &once));
        let link = [&[2; 12][..], &[8, 0]].concat();
        (IPV4, udp(4789, &behind(&[8, 0, 0, 0, 0, 0, 6, 0], &behind(&link, &bridged))))
    }),
];
