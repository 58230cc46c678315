//! No packets make the program use much more memory than the file has bytes, or time that grows faster than the file.
//!
//! `tests/cost.rs` asks the same of the file layer. The captures are built here: the densest of each kind.
#![cfg(unix)]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test writes files, says what it measures, and may panic"
)]

mod support;

use std::io::Write;
use std::ops::Not;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use support::cost::{Cost, run};
use support::flood::{ACK, FIN, Flood, RST, SYN, Segment, ipv4};

const MIB: usize = 1024 * 1024;

/// Size of the captures; `WIRELAB_LARGE` gives another number of MiB.
fn large() -> usize {
    let asked = std::env::var("WIRELAB_LARGE").ok().and_then(|number| number.parse::<usize>().ok());
    asked.unwrap_or(4) * MIB
}

/// Memory for a file of `size` bytes.
fn allowed(size: usize) -> u64 {
    (64 * MIB + 4 * size) as u64
}

/// A kind of capture: what `add` adds in its n-th call, until there are enough bytes.
struct Kind {
    name: &'static str,
    link: u32,
    add: fn(&mut Flood, u32),
}

impl Kind {
    fn capture(&self, size: usize) -> Vec<u8> {
        let mut flood = Flood::of_link(self.link);
        let mut number = 0;
        while flood.file.len() < size {
            (self.add)(&mut flood, number);
            number += 1;
        }
        flood.file
    }
}

const fn kind(name: &'static str, add: fn(&mut Flood, u32)) -> Kind {
    Kind { name, link: 101, add }
}

const KINDS: &[Kind] = &[
    kind("connections of a SYN", |flood, n| {
        flood.tcp(Segment { connection: n, flags: SYN, ..Segment::default() });
    }),
    kind("refused connections", |flood, n| {
        flood.tcp(Segment { connection: n, flags: SYN, ..Segment::default() });
        flood.tcp(Segment {
            connection: n,
            from_server: true,
            flags: RST | ACK,
            acknowledgment: 1,
            ..Segment::default()
        });
    }),
    kind("ports used again", |flood, n| {
        flood.tcp(Segment { flags: SYN, sequence: n.wrapping_mul(7919), ..Segment::default() });
    }),
    kind("copies of SYNs", |flood, n| {
        flood.tcp(Segment { connection: n / 20, flags: SYN, ..Segment::default() });
    }),
    kind("acknowledgments of connections without a SYN", |flood, n| {
        flood.tcp(Segment { connection: n / 10, flags: ACK, sequence: n, acknowledgment: n, ..Segment::default() });
    }),
    kind("connections of a byte", |flood, n| {
        flood.tcp(Segment { connection: n, flags: ACK, payload: b"x", ..Segment::default() });
    }),
    kind("connections of a request", |flood, n| {
        flood.tcp(Segment { connection: n, flags: ACK, payload: b"A  HTTP/1.1\n\n", ..Segment::default() });
    }),
    kind("connections with a closed exchange", |flood, n| {
        let client = Segment { connection: n, flags: ACK | FIN, payload: b"A  HTTP/1.1\n\n", ..Segment::default() };
        let server = Segment { from_server: true, payload: b"HTTP/1.1 304\n\n", ..client };
        flood.tcp(client);
        flood.tcp(server);
    }),
    kind("requests on one connection", |flood, n| {
        let payload = b"A  HTTP/1.1\n\n".repeat(100);
        flood.tcp(Segment { flags: ACK, sequence: n * 1300, payload: &payload, ..Segment::default() });
    }),
    kind("exchanges on one connection", |flood, n| {
        let requests = b"A  HTTP/1.1\n\n".repeat(100);
        let responses = b"HTTP/1.1 204\n\n".repeat(100);
        let (asked, answered) = (n * 1300, n * 1400);
        flood.tcp(Segment {
            flags: ACK,
            sequence: asked,
            acknowledgment: answered,
            payload: &requests,
            ..Segment::default()
        });
        flood.tcp(Segment {
            from_server: true,
            flags: ACK,
            sequence: answered,
            acknowledgment: asked + 1300,
            payload: &responses,
            ..Segment::default()
        });
    }),
    kind("responses without a request", |flood, n| {
        let payload = b"HTTP/1.1 204\n\n".repeat(100);
        flood.tcp(Segment {
            from_server: true,
            flags: ACK,
            sequence: n * 1400,
            payload: &payload,
            ..Segment::default()
        });
    }),
    kind("interim responses", |flood, n| {
        if n == 0 {
            flood.tcp(Segment { flags: ACK, payload: b"GET / HTTP/1.1\n\n", ..Segment::default() });
        }
        let payload = b"HTTP/1.1 100\n\n".repeat(100);
        flood.tcp(Segment {
            from_server: true,
            flags: ACK,
            sequence: n * 1400,
            payload: &payload,
            ..Segment::default()
        });
    }),
    kind("long targets", |flood, n| {
        let payload = [&b"GET /"[..], &[b'a'; 1400], b" HTTP/1.1\nHost: a\n\n"].concat();
        let length = u32::try_from(payload.len()).unwrap();
        flood.tcp(Segment { flags: ACK, sequence: n * length, payload: &payload, ..Segment::default() });
    }),
    kind("unfinished heads", |flood, n| {
        let payload = [&b"GET / HTTP/1.1\r\nA: "[..], &[b'a'; 1000]].concat();
        flood.tcp(Segment { connection: n, flags: ACK, payload: &payload, ..Segment::default() });
    }),
    kind("a head byte by byte", |flood, n| {
        let payload: &[u8] = if n == 0 { b"GET / HTTP/1.1\r\nA:" } else { b"a" };
        let sequence = if n == 0 { 0 } else { n + 17 };
        flood.tcp(Segment { flags: ACK, sequence, payload, ..Segment::default() });
    }),
    kind("a start line byte by byte", |flood, n| {
        let payload: &[u8] = if n == 0 { b"GET /" } else { b"a" };
        let sequence = if n == 0 { 0 } else { n + 4 };
        flood.tcp(Segment { flags: ACK, sequence, payload, ..Segment::default() });
    }),
    kind("fields of one request", |flood, n| {
        if n == 0 {
            flood.tcp(Segment { flags: ACK, payload: b"GET / HTTP/1.1\r\n", ..Segment::default() });
        }
        let payload = b"A:b\n".repeat(300);
        flood.tcp(Segment { flags: ACK, sequence: 16 + n * 1200, payload: &payload, ..Segment::default() });
    }),
    kind("bytes that are never in order", |flood, n| {
        if n == 0 {
            flood.tcp(Segment { flags: SYN, sequence: u32::MAX, ..Segment::default() });
        }
        flood.tcp(Segment { flags: ACK, sequence: 1 + 2 * n, payload: b"x", ..Segment::default() });
    }),
    kind("bytes that are never in order, backwards", |flood, n| {
        if n == 0 {
            flood.tcp(Segment { flags: SYN, sequence: u32::MAX, ..Segment::default() });
        }
        flood.tcp(Segment { flags: ACK, sequence: (1 << 29) - 2 * n, payload: b"x", ..Segment::default() });
    }),
    kind("bytes out of order on many connections", |flood, n| {
        flood.tcp(Segment { connection: n % 500, flags: SYN, ..Segment::default() });
        let payload = [b'x'; 1000];
        flood.tcp(Segment {
            connection: n % 500,
            flags: ACK,
            sequence: 100 + n * 1001,
            payload: &payload,
            ..Segment::default()
        });
    }),
    kind("segments over many held ones", |flood, n| {
        if n == 0 {
            flood.tcp(Segment { flags: SYN, sequence: u32::MAX, ..Segment::default() });
        }
        if n % 2 == 0 {
            flood.tcp(Segment { flags: ACK, sequence: 1 + n, payload: b"x", ..Segment::default() });
        } else {
            flood.tcp(Segment { flags: ACK, sequence: 1 + n / 2, cut: 60_000, ..Segment::default() });
        }
    }),
    kind("segments that nobody acknowledges", |flood, n| {
        flood.tcp(Segment {
            connection: n / 5000,
            flags: ACK,
            sequence: n % 5000,
            payload: b"x",
            ..Segment::default()
        });
    }),
    kind("acknowledgments of thousands of segments", |flood, n| {
        if n < 10_000 {
            flood.tcp(Segment { flags: ACK, sequence: n, payload: b"x", ..Segment::default() });
        } else {
            flood.tcp(Segment { from_server: true, flags: ACK, acknowledgment: n % 2, ..Segment::default() });
        }
    }),
    kind("unfinished TLS hellos", |flood, n| {
        let payload = [&[0x16, 3, 1, 0x40, 0, 1, 0, 0x3f, 0xfc, 3, 3][..], &[7; 1000]].concat();
        flood.tcp(Segment { connection: n, flags: ACK, payload: &payload, ..Segment::default() });
    }),
    kind("TLS hellos", |flood, n| {
        let alpn = [&[0, 16, 0, 202, 0, 200][..], &b"\x01h".repeat(100)].concat();
        let hello = [&[3, 3][..], &[0; 32], &[0, 0, 2, 0, 1, 1, 0, 0, 206], &alpn].concat();
        let length = u8::try_from(hello.len()).unwrap();
        let payload = [&[0x16, 3, 1, 0, length + 4, 1, 0, 0, length][..], &hello].concat();
        flood.tcp(Segment { connection: n, flags: ACK, payload: &payload, ..Segment::default() });
    }),
    kind("names", |flood, n| {
        let label = [&[60][..], &[b'a'; 60]].concat();
        let mut message = [&n.to_be_bytes()[2..], &[0x80, 0, 0, 1, 0, 90, 0, 0, 0, 0]].concat();
        message.extend(label.repeat(4));
        message.extend([0, 0, 1, 0, 1]);
        message.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 192, 0, 2, 1].repeat(90));
        flood.udp((1, 2), (53, 5353), &message);
    }),
    kind("queries", |flood, n| {
        let message = [&n.to_be_bytes()[2..], &[0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, b'a', 0, 0, 1, 0, 1]].concat();
        flood.udp((n, 2), (5353, 53), &message);
    }),
    kind("pings", |flood, n| {
        flood.ip(1, (1, 100 + n), &[&[8, 0, 0, 0, 0, 1, 0, 1]], 0);
    }),
    kind("pings of one target", |flood, n| {
        let number = u16::try_from(n & 0xffff).unwrap().to_be_bytes();
        flood.ip(1, (1, 2), &[&[8, 0, 0, 0, 0, 1], &number], 0);
        flood.ip(1, (2, 1), &[&[0, 0, 0, 0, 0, 1], &number], 0);
    }),
    kind("unknown protocols", |flood, n| {
        flood.ip(u8::try_from(143 + n % 100).unwrap(), (1, 2), &[], 0);
    }),
    Kind {
        name: "unknown EtherTypes",
        link: 1,
        add: |flood, n| flood.frame(&[&[0; 12], &(0x9500 + u16::try_from(n % 0x6000).unwrap()).to_be_bytes()], 0),
    },
    kind("first fragments", |flood, n| {
        let header = ipv4(28, u16::try_from(n & 0xffff).unwrap(), 0x2000, 17, (n >> 16, 2));
        flood.frame(&[&header, &[0; 8]], 0);
    }),
    kind("datagrams in fragments", |flood, n| {
        let id = u16::try_from((n / 2) & 0xffff).unwrap();
        let place = if n % 2 == 0 { 0x2000 } else { 1 };
        flood.frame(&[&ipv4(28, id, place, 17, (n >> 17, 2)), &[0; 8]], 0);
    }),
    kind("headers within headers", |flood, n| {
        let mut packet = ipv4(20, 1, 0, 59, (n, 2));
        for _ in 0..60 {
            let length = u16::try_from(packet.len() + 20).unwrap();
            packet = [ipv4(length, 1, 0, 4, (n, 2)), packet].concat();
        }
        flood.frame(&[&packet], 0);
    }),
    kind("connections of long frames", |flood, n| {
        let payload = vec![b'x'; 60_000];
        flood.tcp(Segment {
            flags: if n < 20 { SYN } else { ACK },
            sequence: 0,
            payload: &payload,
            ..Segment::default()
        });
    }),
];

/// A capture of a response with this Content-Encoding and body.
fn answer(coding: &str, body: &[u8]) -> Vec<u8> {
    let mut flood = Flood::new();
    flood.tcp(Segment { flags: ACK, payload: b"GET / HTTP/1.1\r\n\r\n", ..Segment::default() });
    let length = body.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: {coding}\r\nContent-Length: {length}\r\n\r\n"
    );
    let mut sequence = 0;
    for payload in [head.as_bytes()].into_iter().chain(body.chunks(1460)) {
        flood.tcp(Segment {
            from_server: true,
            flags: ACK,
            sequence,
            acknowledgment: 18,
            payload,
            ..Segment::default()
        });
        sequence += u32::try_from(payload.len()).unwrap();
    }
    flood.file
}

fn zeros() -> Vec<u8> {
    vec![0; 40 * MIB]
}

type Made = fn() -> Vec<u8>;

/// Responses of which much comes out.
const BODIES: &[(&str, Made)] = &[
    ("a body in gzip", || answer("gzip", &gzip(&zeros()))),
    ("a body in gzip in gzip", || answer("gzip, gzip", &gzip(&gzip(&zeros())))),
    ("a body in zstd", || {
        let level = ruzstd::encoding::CompressionLevel::Fastest;
        answer("zstd", &ruzstd::encoding::compress_to_vec(&zeros()[..], level))
    }),
    ("a body in gzip that is called brotli", || answer("br", &gzip(&zeros()))),
    ("a compressed capture of a long body", || gzip(&answer("identity", &zeros()))),
    ("a compressed capture of a long body in gzip", || {
        gzip(&answer("gzip", &[gzip(&zeros()), vec![0; 20 * MIB]].concat()))
    }),
];

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// What a test of this file holds when it runs the program counts as the program's: they run one after the other.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Runs the program on the file of `size` bytes that was written.
fn cost(folder: &Path, command: &str, name: &str, size: usize) -> Cost {
    let arguments = match command {
        "report" => vec!["report", "--force", "file", "-o", "out/", "--format", "html,md,json"],
        _ => vec!["inspect", "--format", "json", "file"],
    };
    let cost = run(folder, &arguments);
    println!(
        "{command} {name}: {} KiB file, {} KiB memory, {:?}, exit {:?}",
        size / 1024,
        cost.peak / 1024,
        cost.time,
        cost.code
    );
    assert!(matches!(cost.code, Some(0 | 1)), "{command} {name}: {cost:?}");
    cost
}

/// Whether a kind was asked for: `WIRELAB_FLOOD` is a part of its name.
fn is_asked(name: &str) -> bool {
    std::env::var("WIRELAB_FLOOD").is_ok_and(|part| !name.contains(&part)).not()
}

/// Writes a capture and lets go of it; gives its size.
fn write(folder: &Path, file: Vec<u8>) -> usize {
    let size = file.len();
    std::fs::write(folder.join("file"), &file).unwrap();
    drop(file);
    size
}

fn check_memory(files: impl Iterator<Item = (&'static str, Vec<u8>)>) {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().unwrap();
    let mut faults = Vec::new();
    for (name, file) in files.filter(|(name, _)| is_asked(name)) {
        let size = write(folder.path(), file);
        for command in ["inspect", "report"] {
            let cost = cost(folder.path(), command, name, size);
            if cost.peak > allowed(size) {
                faults.push(format!("{command} {name}: {size} bytes need {}", cost.peak));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn dense_captures_need_no_more_memory_than_they_are_large() {
    check_memory(KINDS.iter().map(|kind| (kind.name, kind.capture(large()))));
}

/// Of a compressed capture the memory is that of a small file, whatever comes out.
#[test]
fn compressed_dense_captures_need_the_memory_of_small_files() {
    check_memory(KINDS.iter().map(|kind| (kind.name, gzip(&kind.capture(2 * large())))));
}

#[test]
fn bodies_that_grow_are_bounded() {
    check_memory(BODIES.iter().map(|(name, make)| (*name, make())));
}

/// Four times the capture takes about four times the time.
#[test]
fn time_grows_no_faster_than_the_capture() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().unwrap();
    let mut faults = Vec::new();
    for kind in KINDS.iter().filter(|kind| is_asked(kind.name)) {
        for command in ["inspect", "report"] {
            let seconds = |size: usize| {
                let size = write(folder.path(), kind.capture(size));
                cost(folder.path(), command, kind.name, size).time.as_secs_f64()
            };
            let (short, long) = (seconds(large() / 4), seconds(large()));
            // Twice as much as that for what does not grow evenly.
            if long > 8.0 * short + 0.5 {
                faults.push(format!("{command} {}: {short} s, then {long} s", kind.name));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
