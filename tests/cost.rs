//! No file makes the program use much more memory than the file has bytes, or time that grows faster than the file.
//!
//! The files are built here: the densest that the file layer can be given of each kind.
#![cfg(unix)]
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test writes files, and may panic")]

mod support;

use std::io::Write;
use std::path::Path;

use support::cost::{Cost, run};

const MIB: usize = 1024 * 1024;

/// Size of the files that are made of small pieces; `WIRELAB_LARGE` gives another number of MiB.
fn large() -> usize {
    let asked = std::env::var("WIRELAB_LARGE").ok().and_then(|number| number.parse::<usize>().ok());
    asked.unwrap_or(12) * MIB
}

/// Memory for a file of `size` bytes: what the program needs for itself, and some for what it keeps of the file.
fn allowed(size: usize) -> u64 {
    (64 * MIB + 4 * size) as u64
}

fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len().next_multiple_of(4) + 12).unwrap();
    let mut block = [kind.to_le_bytes(), length.to_le_bytes()].concat();
    block.extend(body);
    block.resize(length as usize - 4, 0);
    block.extend(length.to_le_bytes());
    block
}

fn option(code: u16, value: &[u8]) -> Vec<u8> {
    let mut option = [code.to_le_bytes(), u16::try_from(value.len()).unwrap().to_le_bytes()].concat();
    option.extend(value);
    option.resize(option.len().next_multiple_of(4), 0);
    option
}

fn section(options: &[u8]) -> Vec<u8> {
    let mut body = vec![0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0];
    body.extend([0xff; 8]);
    body.extend(options);
    block(0x0a0d_0d0a, &body)
}

fn interface(link_type: u16, options: &[u8]) -> Vec<u8> {
    let mut body = [link_type, 0, 0, 0].map(u16::to_le_bytes).concat();
    body.extend(options);
    block(1, &body)
}

fn packet(interface: u32, data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap();
    let mut body = [interface, 0, 0, length, length].map(u32::to_le_bytes).concat();
    body.extend(data);
    block(6, &body)
}

fn pcap_header(link_type: u32) -> Vec<u8> {
    [0xa1b2_c3d4, 0x0004_0002, 0, 0, 0, link_type].map(u32::to_le_bytes).concat()
}

fn pcap_record(data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap();
    [[0, 0, length, length].map(u32::to_le_bytes).concat(), data.to_vec()].concat()
}

/// `begin`, then `piece` until there are `size` bytes.
fn filled(begin: Vec<u8>, piece: &[u8], size: usize) -> Vec<u8> {
    let mut file = begin;
    file.reserve(size);
    while file.len() < size {
        file.extend_from_slice(piece);
    }
    file
}

/// A pcapng file that begins with a section and an interface.
fn begun() -> Vec<u8> {
    [section(&[]), interface(1, &[])].concat()
}

/// The same with a frame, so that the file is read even if it ends at a limit.
fn read() -> Vec<u8> {
    [begun(), packet(0, &[0; 60])].concat()
}

/// Files made of one small thing again and again, of any size.
fn dense(size: usize) -> Vec<(&'static str, Vec<u8>)> {
    let comments = option(1, &[b'c'; 40]).repeat(20_000);
    let name = [&[1u8, 0, 8, 0, 192, 0, 2, 1][..], b"abc\0"].concat();
    let names = block(4, &[name.repeat(5000), vec![0; 4]].concat());
    vec![
        ("interfaces", filled(read(), &interface(1, &[]), size)),
        ("named interfaces", filled(read(), &interface(1, &option(2, b"\xd2\xd4\xcc\xab\xcd\xf8 12")), size)),
        (
            "interfaces of many types",
            filled(read(), &(0..4096).flat_map(|n| interface(n, &[])).collect::<Vec<_>>(), size),
        ),
        ("sections", filled(section(&[]), &section(&[]), size)),
        ("sections with an interface", filled(read(), &begun(), size)),
        ("empty options", filled(Vec::new(), &section(&option(1, &[]).repeat(200_000)), size)),
        ("comments", filled(Vec::new(), &section(&comments), size)),
        ("interfaces with comments", filled(read(), &interface(1, &comments), size)),
        ("damaged options", filled(read(), &interface(1, b"\x02\0\xff\xff"), size)),
        ("names", filled(begun(), &names, size)),
        ("secrets", filled(begun(), &block(10, b"KSLT\0\0\0\0"), size)),
        ("empty blocks", filled(begun(), &block(77, &[]), size)),
        ("empty custom blocks", filled(begun(), &block(0xbad, &[0; 4]), size)),
        ("empty packets", filled(begun(), &packet(0, &[]), size)),
        ("empty records", filled(pcap_header(1), &pcap_record(&[]), size)),
        ("short records", filled(pcap_header(1), &pcap_record(&[0; 14]), size)),
        ("records of no known type", filled(pcap_header(0xfff0), &pcap_record(&[1]), size)),
    ]
}

/// Files with one thing that claims to be large.
fn large_claims() -> Vec<(&'static str, Vec<u8>)> {
    let huge = 128 * MIB;
    let claim = |kind: u32| {
        [begun(), kind.to_le_bytes().to_vec(), u32::try_from(huge).unwrap().to_le_bytes().to_vec()].concat()
    };
    let record = [0, 0, huge, huge].map(|number| u32::try_from(number).unwrap().to_le_bytes()).concat();
    vec![
        ("a packet block of 128 MiB in words", claim(6)),
        ("a custom block of 128 MiB in words", claim(0xbad)),
        ("a section of 128 MiB in words", claim(0x0a0d_0d0a)),
        ("a USB record of 128 MiB in words", [pcap_header(249), record].concat()),
        ("a packet block of 100 MiB", [begun(), packet(0, &vec![0; 100 * MIB])].concat()),
    ]
}

/// Small compressed files of which much comes out.
fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    let zeros = vec![0; 127 * MIB];
    let block = [begun(), interface(249, &[]), packet(1, &zeros)].concat();
    let record = [pcap_header(249), pcap_record(&zeros)].concat();
    let frames = filled(pcap_header(1), &pcap_record(&[]), 200 * MIB);
    let custom = [begun(), self::block(0xbad, &zeros)].concat();
    // A window of 128 MiB that is filled from a few kilobytes.
    let mut window = vec![0x28, 0xb5, 0x2f, 0xfd, 0, 17 << 3];
    window.extend([[2, 0, 16, b'x']; 1024].concat());
    let tiny_frames = lz4_frame(&[0; 1]).repeat(100_000);
    vec![
        ("a gzip file of a packet block", gzip(&block)),
        ("a gzip file of a record", gzip(&record)),
        ("a gzip file of records", gzip(&frames)),
        ("a zstd file of a packet block", zstd(&block)),
        ("a zstd file of a custom block", zstd(&custom)),
        ("a zstd file of records", zstd(&frames)),
        ("a zstd file of one window", window),
        ("an LZ4 file of a record", lz4(&record)),
        ("an LZ4 file of records", lz4(&frames)),
        ("an LZ4 file of many frames", [lz4(&pcap_header(1)), tiny_frames].concat()),
        ("a gzip file of many members", [gzip(&pcap_header(1)), gzip(&[0]).repeat(100_000)].concat()),
        ("a zstd file of many frames", [zstd(&pcap_header(1)), zstd(&[0]).repeat(100_000)].concat()),
    ]
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(1));
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn zstd(data: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(data, ruzstd::encoding::CompressionLevel::Fastest)
}

fn lz4(data: &[u8]) -> Vec<u8> {
    let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// A frame that allows blocks of 4 MiB and has one of `data` as it is.
fn lz4_frame(data: &[u8]) -> Vec<u8> {
    let mut info = lz4_flex::frame::FrameInfo::new();
    info.block_size = lz4_flex::frame::BlockSize::Max4MB;
    let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(info, Vec::new());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn inspect(folder: &Path, name: &str, file: &[u8]) -> Cost {
    std::fs::write(folder.join("file"), file).unwrap();
    let cost = run(folder, &["inspect", "--format", "json", "file"]);
    println!("inspect {name}: {} bytes, {} KiB, {:?}, exit {:?}", file.len(), cost.peak / 1024, cost.time, cost.code);
    cost
}

fn check_memory(files: Vec<(&'static str, Vec<u8>)>) {
    let folder = tempfile::tempdir().unwrap();
    for (name, file) in files {
        let cost = inspect(folder.path(), name, &file);
        assert!(matches!(cost.code, Some(0..=2)), "{name}: {cost:?}");
        assert!(cost.peak <= allowed(file.len()), "inspect {name}: {} bytes need {}", file.len(), cost.peak);
        let cost = run(folder.path(), &["report", "--force", "file", "-o", "out/"]);
        println!("report {name}: {} KiB, {:?}, exit {:?}", cost.peak / 1024, cost.time, cost.code);
        assert!(matches!(cost.code, Some(0..=2)), "{name}: {cost:?}");
        assert!(cost.peak <= allowed(file.len()), "report {name}: {} bytes need {}", file.len(), cost.peak);
    }
}

#[test]
fn dense_files_need_no_more_memory_than_they_are_large() {
    check_memory(dense(large()));
}

#[test]
fn what_claims_to_be_large_is_not_believed() {
    check_memory(large_claims());
}

#[test]
fn a_small_compressed_file_does_not_fill_the_memory() {
    check_memory(bombs());
}

/// Twice the file takes at most twice the time, and some for what does not grow evenly.
#[test]
fn time_grows_no_faster_than_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let (small, large) = (dense(large() / 16), dense(large() / 4));
    for ((name, small), (_, large)) in small.into_iter().zip(large) {
        let (short, long) = (inspect(folder.path(), name, &small), inspect(folder.path(), name, &large));
        assert!(short.peak <= allowed(small.len()), "{name}: {} bytes need {}", small.len(), short.peak);
        let (short, long) = (short.time.as_secs_f64(), long.time.as_secs_f64());
        assert!(long < 4.0 * short + 1.0, "{name}: {short} s for {} bytes, {long} s for {}", small.len(), large.len());
    }
}
