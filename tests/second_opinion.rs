//! The file layer against another reader, `pcap-parser`: frames, times, lengths, link types and bytes of every capture.
//!
//! The captures of `../shared/captures` are compared where they are there; `WIRELAB_CAPTURES=DIR` names another folder. What the other reader does not read, or reads otherwise, has a
//! [`Reason`]; anything else fails.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test reads files, and may panic")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use pcap_parser::nom;
use pcap_parser::traits::PcapNGPacketBlock;
use pcap_parser::{
    Block, PcapError, PcapHeader, parse_block_be, parse_block_le, parse_pcap_frame, parse_pcap_frame_be,
    parse_pcap_frame_modified, parse_pcap_header,
};
use wirelab::capture::{Bytes, Reader};
use wirelab::time::Timestamp;

/// Why the two may differ on a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reason {
    /// The other knows no obsolete packet blocks.
    ObsoletePacketBlocks,
    /// The other knows neither the order of lengths before version 2.4 nor longer record headers under the usual magic number.
    OldVariant,
    /// The other does not look at the version of a section, which Wireshark and we do not read if it is unknown.
    UnknownVersion,
    /// The other takes no clock that counts in negative powers of two: the times are not compared.
    ClockOfPowersOfTwo,
    /// It is no capture to either.
    NoCapture,
}

/// A frame, as far as both tell of it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Record {
    /// Nanoseconds of the epoch.
    time: Option<i128>,
    wire_length: u32,
    link_type: u16,
    data: Vec<u8>,
}

/// What a reader makes of a file.
#[derive(Debug)]
struct Walked {
    records: Vec<Record>,
    /// Why it ended before the end of the file.
    stopped: Option<String>,
    old_variant: bool,
    obsolete_blocks: bool,
    unknown_clock: bool,
}

impl Walked {
    fn new() -> Self {
        Self { records: Vec::new(), stopped: None, old_variant: false, obsolete_blocks: false, unknown_clock: false }
    }
}

fn ours(data: &[u8]) -> Result<Walked, String> {
    let source = Bytes { name: "capture", data };
    let mut reader = Reader::open(&source).map_err(|error| error.to_string())?;
    let mut records = Vec::new();
    while let Some(frame) = reader.next_frame() {
        if let Some(link_type) = frame.link_type {
            records.push(Record {
                time: frame.time.map(Timestamp::as_nanos),
                wire_length: frame.wire_length,
                link_type: link_type.0,
                data: frame.data.to_vec(),
            });
        }
    }
    let stopped = reader.damaged().then(|| reader.diagnostics().last().unwrap().code.to_owned());
    Ok(Walked { records, stopped, ..Walked::new() })
}

fn owned<T>(result: Result<T, nom::Err<PcapError<&[u8]>>>) -> Result<T, String> {
    result.map_err(|error| match error {
        nom::Err::Incomplete(_) => "incomplete".to_owned(),
        nom::Err::Error(error) | nom::Err::Failure(error) => match error {
            PcapError::NomError(_, kind) => format!("{kind:?}"),
            other => other.to_string(),
        },
    })
}

fn theirs(data: &[u8]) -> Result<Walked, String> {
    match parse_pcap_header(data) {
        Ok((rest, header)) => Ok(their_pcap(&header, rest)),
        Err(_) if data.starts_with(b"\n\r\r\n") => Ok(their_pcapng(data)),
        Err(error) => owned(Err(error)),
    }
}

/// Raw IP has two other numbers on BSD systems, which Wireshark and we take for one.
fn link_type(number: i32) -> u16 {
    match u16::try_from(number & 0xffff).unwrap() {
        12 | 14 => 101,
        number => number,
    }
}

fn their_pcap(header: &PcapHeader, mut rest: &[u8]) -> Walked {
    let parse = match header.magic_number {
        _ if header.is_modified_format() => parse_pcap_frame_modified,
        _ if header.is_bigendian() => parse_pcap_frame_be,
        _ => parse_pcap_frame,
    };
    let unit = if header.is_nanosecond_precision() { 1 } else { 1000 };
    let mut records = Vec::new();
    let mut stopped = None;
    while !rest.is_empty() {
        match owned(parse(rest)) {
            Ok((after, frame)) => {
                rest = after;
                records.push(Record {
                    time: Some(i128::from(frame.ts_sec) * 1_000_000_000 + i128::from(frame.ts_usec) * unit),
                    wire_length: frame.origlen.min(i32::MAX.unsigned_abs()),
                    link_type: link_type(header.network.0),
                    data: frame.data.to_vec(),
                });
            }
            Err(error) => {
                stopped = Some(error);
                break;
            }
        }
    }
    let old_variant = header.is_modified_format() || (header.version_major, header.version_minor) != (2, 4);
    Walked { records, stopped, old_variant, ..Walked::new() }
}

/// What the other reader says of an interface.
struct Interface {
    link_type: u16,
    snap_length: u32,
    ticks_per_second: Option<u64>,
    offset: i64,
}

type ParseBlock = fn(&[u8]) -> nom::IResult<&[u8], Block<'_>, PcapError<&[u8]>>;

fn their_pcapng(mut rest: &[u8]) -> Walked {
    let mut walked = Walked::new();
    let mut parse: ParseBlock = parse_block_le;
    let mut interfaces: Vec<Interface> = Vec::new();
    while !rest.is_empty() {
        let (after, block) = match owned(parse(rest)) {
            Ok(parsed) => parsed,
            Err(error) => {
                walked.stopped = Some(error);
                break;
            }
        };
        rest = after;
        match block {
            Block::SectionHeader(header) => {
                parse = if header.big_endian() { parse_block_be } else { parse_block_le };
                interfaces.clear();
            }
            Block::InterfaceDescription(interface) => interfaces.push(Interface {
                link_type: link_type(interface.linktype.0),
                snap_length: interface.snaplen,
                ticks_per_second: interface.ts_resolution(),
                offset: interface.ts_offset(),
            }),
            Block::EnhancedPacket(packet) => {
                let Some(interface) = interfaces.get(packet.if_id as usize) else {
                    walked.stopped = Some("no such interface".to_owned());
                    break;
                };
                let ticks = u128::from(packet.ts_high) << 32 | u128::from(packet.ts_low);
                walked.unknown_clock |= interface.ticks_per_second.is_none();
                let nanos = interface.ticks_per_second.map(|rate| ticks * 1_000_000_000 / u128::from(rate));
                walked.records.push(Record {
                    time: nanos
                        .map(|nanos| i128::try_from(nanos).unwrap() + i128::from(interface.offset) * 1_000_000_000),
                    wire_length: packet.origlen.min(i32::MAX.unsigned_abs()),
                    link_type: interface.link_type,
                    data: packet.packet_data().to_vec(),
                });
            }
            Block::SimplePacket(packet) => {
                let Some(interface) = interfaces.first() else {
                    walked.stopped = Some("no interface".to_owned());
                    break;
                };
                // The crate leaves it to its user to look at the snap length.
                let most = if interface.snap_length == 0 { usize::MAX } else { interface.snap_length as usize };
                walked.records.push(Record {
                    time: None,
                    wire_length: packet.origlen,
                    link_type: interface.link_type,
                    data: packet.packet_data().iter().take(most).copied().collect(),
                });
            }
            Block::Unknown(block) => walked.obsolete_blocks |= matches!(block.block_type, 2 | 0x0200_0000),
            _ => {}
        }
    }
    walked
}

/// The plain bytes of a capture file: the other reader knows no compression.
fn content(path: &Path) -> Vec<u8> {
    let stored = fs::read(path).unwrap();
    if !stored.starts_with(&[0x1f, 0x8b]) {
        return stored;
    }
    let mut plain = Vec::new();
    // What is before a damage is enough for both.
    let _ = flate2::read::MultiGzDecoder::new(&stored[..]).read_to_end(&mut plain);
    plain
}

/// Whether both agree; `Err` says where they do not and nothing explains it.
fn compare(data: &[u8]) -> Result<Option<Reason>, String> {
    let (mut ours, theirs) = match (ours(data), theirs(data)) {
        (Ok(ours), Ok(theirs)) => (ours, theirs),
        (Err(_), Err(_)) => return Ok(Some(Reason::NoCapture)),
        (Err(_), Ok(theirs)) if theirs.records.is_empty() => return Ok(Some(Reason::NoCapture)),
        (Err(error), Ok(theirs)) => return Err(format!("we say {error}; the other reads {}", theirs.records.len())),
        (Ok(ours), Err(error)) => return Err(format!("we read {}; the other says {error}", ours.records.len())),
    };
    if theirs.obsolete_blocks {
        return Ok(Some(Reason::ObsoletePacketBlocks));
    }
    if theirs.unknown_clock {
        for (ours, theirs) in ours.records.iter_mut().zip(&theirs.records) {
            ours.time = theirs.time.and(ours.time);
        }
    }
    let at = ours.records.iter().zip(&theirs.records).position(|(ours, theirs)| ours != theirs);
    if theirs.old_variant && (at.is_some() || ours.records.len() != theirs.records.len()) {
        return Ok(Some(Reason::OldVariant));
    }
    if let Some(at) = at {
        return Err(format!("frame {}: {:?} is not {:?}", at + 1, ours.records.get(at), theirs.records.get(at)));
    }
    let counts = (ours.records.len(), theirs.records.len());
    match (ours.stopped.as_deref(), theirs.stopped.as_deref()) {
        (Some("capture.unsupported_version"), _) if counts.0 <= counts.1 => Ok(Some(Reason::UnknownVersion)),
        (ours, theirs_stop) if counts.0 == counts.1 && ours.is_some() == theirs_stop.is_some() => {
            Ok(theirs.unknown_clock.then_some(Reason::ClockOfPowersOfTwo))
        }
        stops => Err(format!("{counts:?} frames, stopped by {stops:?}")),
    }
}

fn captures(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            captures(&path, found);
        } else {
            found.push(path);
        }
    }
}

#[test]
fn another_reader_finds_the_same_frames() {
    let mut files = Vec::new();
    captures(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/captures"), &mut files);
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/captures");
    let folder = std::env::var_os("WIRELAB_CAPTURES").map_or(shared, PathBuf::from);
    if folder.is_dir() {
        captures(&folder, &mut files);
    } else {
        println!("skipped: there is no {}, so only the project's own captures are compared", folder.display());
    }
    let mut reasons: BTreeMap<Option<Reason>, Vec<String>> = BTreeMap::new();
    let mut wrong = Vec::new();
    for path in files {
        let name = path.display().to_string();
        if path.extension().is_some_and(|ending| ending == "zst" || ending == "lz4") {
            println!("skipped: {name}: only gzip is unpacked for the other reader");
            continue;
        }
        match compare(&content(&path)) {
            Ok(reason) => reasons.entry(reason).or_default().push(name),
            Err(difference) => wrong.push(format!("{name}: {}", difference.chars().take(400).collect::<String>())),
        }
    }
    for (reason, files) in &reasons {
        println!("{:?}: {}, such as {}", reason, files.len(), files.first().unwrap());
    }
    assert!(reasons.get(&None).is_some_and(|same| same.len() >= 20), "too few are the same: {reasons:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The comparison finds what differs.
#[test]
fn differences_are_found() {
    let data = include_bytes!("../examples/captures/curl-close.pcap");
    assert_eq!(compare(data), Ok(None));
    // One record's captured length in an old variant's place: the other reads on where we do not.
    let mut longer = data.to_vec();
    longer.extend([0; 12]);
    assert_eq!(compare(&longer), Ok(None), "both find it cut");
    longer.truncate(data.len());
    longer.extend([[0; 4], [0; 4], [0, 0, 5, 0], [0, 0, 5, 0]].concat());
    longer.extend(vec![0; 0x5_0000]);
    assert!(compare(&longer).is_err(), "a record above Wireshark's limit ends our walk only");
    assert_eq!(compare(b"no capture at all"), Ok(Some(Reason::NoCapture)));
}
