//! A capture in which every packet is recorded twice says what the capture of first recordings says.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test reads files, and may panic"
)]

mod support;

use support::recorded::{Record, analysis, comparable, examples, pcap, records};

/// How a packet is recorded again.
#[derive(Debug, Clone, Copy)]
struct Again {
    nanos_later: i128,
    /// Routers in between; with any, the MAC addresses are others too.
    hops: u8,
}

/// The frame behind some routers.
fn passed_on(frame: &[u8], hops: u8) -> Vec<u8> {
    let mut frame = frame.to_vec();
    if hops == 0 {
        return frame;
    }
    frame[..12].copy_from_slice(&[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2]);
    let tagged = frame[12..14] == [0x81, 0];
    let ip = if tagged { 18 } else { 14 };
    match &frame[ip - 2..ip] {
        [8, 0] => frame[ip + 8] -= hops,
        [0x86, 0xdd] => frame[ip + 7] = frame[ip + 7].saturating_sub(hops),
        _ => {}
    }
    frame
}

fn check(again: Again) {
    for name in examples() {
        let once = records(&name);
        let second = once.iter().map(|record| Record {
            nanos: record.nanos + again.nanos_later,
            data: passed_on(&record.data, again.hops),
            ..record.clone()
        });
        let mut twice: Vec<Record> = once.iter().cloned().chain(second).collect();
        twice.sort_by_key(|record| record.nanos);
        let originals: Vec<u64> = twice.iter().map(|record| record.original).collect();

        let mut expected = analysis(&pcap(&once));
        let mut found = analysis(&pcap(&twice));
        assert_eq!(expected["capture"]["copies"], 0, "{name}");
        let segments: u64 =
            expected["connections"].as_array().unwrap().iter().map(|c| c["frames"].as_u64().unwrap()).sum();
        assert!(found["capture"]["copies"].as_u64().unwrap() >= segments, "{name} {again:?}");
        let identity: Vec<u64> = (1..=once.len() as u64).collect();
        comparable(&mut expected, &identity);
        comparable(&mut found, &originals);
        for part in expected.as_object().unwrap().keys() {
            assert_eq!(found[part], expected[part], "{name} {again:?}: {part}");
        }
    }
}

#[test]
fn a_mirrored_port_changes_nothing() {
    check(Again { nanos_later: 3_000, hops: 0 });
    check(Again { nanos_later: 40_000, hops: 0 });
    check(Again { nanos_later: 150_000, hops: 0 });
}

#[test]
fn a_router_on_the_way_changes_nothing() {
    check(Again { nanos_later: 35_000, hops: 1 });
}

#[test]
fn the_other_end_of_the_path_changes_nothing() {
    check(Again { nanos_later: 6_000_000, hops: 3 });
}
