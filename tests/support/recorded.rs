//! Recorded captures taken apart and put together again, and Analyses that differ in frame numbers only.

use std::path::Path;

use serde_json::Value;
use wirelab::analysis::analyse;
use wirelab::capture::{Bytes, LinkType, Reader};
use wirelab::select::Preferences;
use wirelab::text::to_json;

/// A captured record.
#[derive(Debug, Clone)]
pub struct Record {
    pub nanos: i128,
    pub wire_length: u32,
    pub data: Vec<u8>,
    /// Number in the capture it is from.
    pub original: u64,
}

/// The records of an example, all of which are Ethernet's.
pub fn records(name: &str) -> Vec<Record> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/captures").join(name);
    let data = std::fs::read(path).unwrap();
    let source = Bytes { name, data: &data };
    let mut reader = Reader::open(&source).unwrap();
    let mut records = Vec::new();
    while let Some(frame) = reader.next_frame() {
        assert_eq!(frame.link_type, Some(LinkType::ETHERNET), "{name}");
        records.push(Record {
            nanos: frame.time.unwrap().as_nanos(),
            wire_length: frame.wire_length,
            data: frame.data.to_vec(),
            original: frame.number,
        });
    }
    records
}

pub fn pcap(records: &[Record]) -> Vec<u8> {
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

pub fn analysis(pcap: &[u8]) -> Value {
    let survey = analyse(&Bytes { name: "doubled", data: pcap }, &Preferences::default()).unwrap();
    to_json(&survey.analysis).unwrap()
}

/// Names of the fields that are frame numbers.
pub const FRAMES: &[&str] = &[
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
pub fn comparable(value: &mut Value, originals: &[u64]) {
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

pub fn examples() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/captures");
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.contains(".pcap")).collect();
    names.retain(|name| !["recorded-twice.pcapng", "two-interfaces.pcapng"].contains(&name.as_str()));
    names.sort();
    assert!(names.len() > 20);
    names
}
