//! A capture in which every packet is recorded twice says what the capture of first recordings says.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test reads files, and may panic"
)]

use std::path::Path;

use serde_json::Value;
use wirelab::analysis::analyse;
use wirelab::capture::{Bytes, LinkType, Reader};
use wirelab::select::Preferences;
use wirelab::text::to_json;

/// A captured record.
#[derive(Debug, Clone)]
struct Record {
    nanos: i128,
    wire_length: u32,
    data: Vec<u8>,
    /// Number in the capture it is from.
    original: u64,
}

/// How a packet is recorded again.
#[derive(Debug, Clone, Copy)]
struct Again {
    nanos_later: i128,
    /// Routers in between; with any, the MAC addresses are others too.
    hops: u8,
}

/// The records of an example, all of which are Ethernet's.
fn records(name: &str) -> Vec<Record> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/captures").join(name);
    let data = std::fs::read(path).unwrap();
    let source = Bytes { name, data: &data };
    let mut reader = Reader::open(&source).unwrap();
    let mut records = Vec::new();
    while let Some(frame) = reader.next_frame() {
        assert_eq!(frame.link_type, LinkType::ETHERNET, "{name}");
        records.push(Record {
            nanos: frame.time.unwrap().as_nanos(),
            wire_length: frame.wire_length,
            data: frame.data.to_vec(),
            original: frame.number,
        });
    }
    records
}

fn pcap(records: &[Record]) -> Vec<u8> {
    let header = [0xa1b2_3c4d, 0x0002_0004, 0, 0, 262_144, 1];
    let mut bytes = header.map(u32::to_be_bytes).concat();
    for record in records {
        let (seconds, nanos) = (record.nanos / 1_000_000_000, record.nanos % 1_000_000_000);
        let (seconds, nanos) = (u32::try_from(seconds).unwrap(), u32::try_from(nanos).unwrap());
        let captured = u32::try_from(record.data.len()).unwrap();
        bytes.extend([seconds, nanos, captured, record.wire_length].map(u32::to_be_bytes).concat());
        bytes.extend(&record.data);
    }
    bytes
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

fn analysis(pcap: &[u8]) -> Value {
    let survey = analyse(&Bytes { name: "doubled", data: pcap }, &Preferences::default()).unwrap();
    to_json(&survey.analysis).unwrap()
}

/// Names of the fields that are frame numbers.
const FRAMES: &[&str] = &[
    "frame",
    "first_frame",
    "last_frame",
    "syn",
    "syn_copies",
    "syn_ack",
    "ack",
    "query_frame",
    "answer_frame",
    "client_hello",
];

/// Takes out what must differ, and puts the frame numbers of the original in the place of those of the doubled capture.
fn comparable(value: &mut Value, originals: &[u64]) {
    let renumber = |value: &mut Value| {
        if let Some(number) = value.as_u64() {
            *value = originals[usize::try_from(number).unwrap() - 1].into();
        }
    };
    match value {
        Value::Object(fields) => {
            for name in ["capture", "diagnostics"] {
                fields.remove(name);
            }
            for (name, value) in fields {
                match value {
                    // A connection's number of frames.
                    Value::Number(_) if name == "frames" => *value = Value::Null,
                    // A ping's pairs of frames.
                    Value::Array(pairs) if name == "frames" => {
                        pairs.iter_mut().filter_map(Value::as_array_mut).flatten().for_each(renumber);
                    }
                    Value::Array(list) if FRAMES.contains(&name.as_str()) => list.iter_mut().for_each(renumber),
                    Value::Number(_) if FRAMES.contains(&name.as_str()) => renumber(value),
                    _ => comparable(value, originals),
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|value| comparable(value, originals)),
        _ => {}
    }
}

fn examples() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/captures");
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.contains(".pcap")).collect();
    names.retain(|name| !["recorded-twice.pcapng", "two-interfaces.pcapng"].contains(&name.as_str()));
    names.sort();
    assert!(names.len() > 20);
    names
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
