//! A capture whose packets go through a tunnel, or come in fragments, says what the capture of the packets themselves says.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod support;

use support::fragment;
use support::recorded::{Record, analysis, comparable, pcap, records};
use support::tunnel::{self, TUNNELS, Wrap};

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

/// The frame with its packet in a tunnel.
fn wrapped(record: &Record, tunnel: Wrap) -> Record {
    let Some(packet) = packet(&record.data) else { return record.clone() };
    let data = tunnel::wrapped(&record.data, packet, tunnel);
    Record { wire_length: u32::try_from(data.len()).unwrap(), data, ..record.clone() }
}

/// The frame's packet cut into fragments of at most `most` bytes.
fn fragments(record: &Record, most: usize) -> Vec<Record> {
    let (Some(start), Some(packet)) = (start(&record.data), packet(&record.data)) else { return vec![record.clone()] };
    let identification = u16::try_from(record.original).unwrap();
    let pieces = fragment::pieces(packet, most, identification).into_iter();
    let data = pieces.map(|piece| [&record.data[..start], &piece].concat());
    data.map(|data| Record { wire_length: u32::try_from(data.len()).unwrap(), data, ..record.clone() }).collect()
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
    for (tunnel, wrap) in TUNNELS.iter().filter(|(name, _)| !["mpls", "pseudowire"].contains(name)) {
        let cut: Vec<Record> = once
            .iter()
            .flat_map(|record| fragments(record, 256))
            .map(|record| wrapped(&record, *wrap))
            .flat_map(|record| fragments(&record, 96).into_iter().rev())
            .collect();
        compare(&format!("{tunnel} in fragments"), &once, &cut);
    }
}
