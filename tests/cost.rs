//! No file makes the program use much more memory than the file has bytes, or time that grows faster than the file.
//!
//! The files are built here: the densest that the file layer can be given of each kind.
#![cfg(unix)]
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test writes files, and may panic")]
#![allow(clippy::print_stdout, reason = "it says what it measured")]

mod support;

use std::fs::{self, File};
use std::io::{BufWriter, Seek, Write};
use std::path::Path;

use support::cost::{Cost, run};

const MIB: usize = 1024 * 1024;

/// Size of the files that are made of small pieces; `WIRELAB_LARGE` gives another number of MiB.
fn large() -> usize {
    let asked = std::env::var("WIRELAB_LARGE").ok().and_then(|number| number.parse::<usize>().ok());
    asked.unwrap_or(12) * MIB
}

/// Memory for a file of `size` bytes: what the program needs for itself, and some for what it keeps of the file.
fn allowed(size: u64) -> u64 {
    64 * MIB as u64 + 4 * size
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

/// A file as pieces and how often each is repeated. It is never held as a whole: what this process ever held counts for the
/// program it starts.
#[derive(Debug, Clone)]
struct Pieces(Vec<(Vec<u8>, usize)>);

impl Pieces {
    /// `begin`, then `piece` until there are `size` bytes.
    fn filled(begin: Vec<u8>, piece: &[u8], size: usize) -> Self {
        let times = size.saturating_sub(begin.len()).div_ceil(piece.len());
        Self(vec![(begin, 1), (piece.to_vec(), times)])
    }

    fn write(&self, mut out: impl Write) {
        for (piece, times) in &self.0 {
            // Not a system call for each of very small pieces.
            let at_once = (64 * 1024 / piece.len().max(1)).clamp(1, (*times).max(1));
            let many = piece.repeat(at_once);
            for _ in 0..times / at_once {
                out.write_all(&many).unwrap();
            }
            for _ in 0..times % at_once {
                out.write_all(piece).unwrap();
            }
        }
        out.flush().unwrap();
    }
}

/// A pcapng file that begins with a section and an interface.
fn begun() -> Vec<u8> {
    [section(&[]), interface(1, &[])].concat()
}

/// The same with a frame, so that the file is read even if it ends at a limit.
fn read() -> Vec<u8> {
    [begun(), packet(0, &[0; 60])].concat()
}

/// A kind of hostile file: its name, how it begins, what is repeated.
type Dense = (&'static str, Vec<u8>, Vec<u8>);

/// Files made of one small thing again and again.
fn dense() -> Vec<Dense> {
    let comments = option(1, &[b'c'; 40]).repeat(20_000);
    let name = [&[1u8, 0, 8, 0, 192, 0, 2, 1][..], b"abc\0"].concat();
    let names = block(4, &[name.repeat(5000), vec![0; 4]].concat());
    let types: Vec<u8> = (0..4096).flat_map(|number| interface(number, &[])).collect();
    vec![
        ("interfaces", read(), interface(1, &[])),
        ("named interfaces", read(), interface(1, &option(2, b"\xd2\xd4\xcc\xab\xcd\xf8 12"))),
        ("interfaces of many types", read(), types),
        ("sections", section(&[]), section(&[])),
        ("sections with an interface", read(), begun()),
        ("empty options", Vec::new(), section(&option(1, &[]).repeat(200_000))),
        ("comments", Vec::new(), section(&comments)),
        ("interfaces with comments", read(), interface(1, &comments)),
        ("damaged options", read(), interface(1, b"\x02\0\xff\xff")),
        ("names", begun(), names),
        ("secrets", begun(), block(10, b"KSLT\0\0\0\0")),
        ("empty blocks", begun(), block(77, &[])),
        ("empty custom blocks", begun(), block(0xbad, &[0; 4])),
        ("empty packets", begun(), packet(0, &[])),
        ("empty records", pcap_header(1), pcap_record(&[])),
        ("short records", pcap_header(1), pcap_record(&[0; 14])),
        ("records of no known type", pcap_header(0xfff0), pcap_record(&[1])),
    ]
}

/// A number of bytes as the formats write it.
fn word(number: usize) -> [u8; 4] {
    u32::try_from(number).unwrap().to_le_bytes()
}

/// Zeros in a pcapng block of `kind`, behind `fixed`.
fn block_of_zeros(kind: u32, fixed: &[u8], zeros: usize) -> Pieces {
    let length = word(zeros + fixed.len() + 12);
    let begin = [&kind.to_le_bytes()[..], &length, fixed].concat();
    Pieces(vec![([begun(), interface(249, &[]), begin].concat(), 1), (vec![0], zeros), (length.to_vec(), 1)])
}

fn packet_of_zeros(zeros: usize) -> Pieces {
    block_of_zeros(6, &[word(1), word(0), word(0), word(zeros), word(zeros)].concat(), zeros)
}

/// Zeros in a USB record.
fn record_of_zeros(zeros: usize) -> Pieces {
    let header = [word(0), word(0), word(zeros), word(zeros)].concat();
    Pieces(vec![([pcap_header(249), header].concat(), 1), (vec![0], zeros)])
}

/// Files with one thing that is or claims to be large.
fn large_claims() -> Vec<(&'static str, Pieces)> {
    let claim =
        |kind: u32| Pieces(vec![([begun(), kind.to_le_bytes().to_vec(), word(128 * MIB).to_vec()].concat(), 1)]);
    let mut record = record_of_zeros(128 * MIB);
    record.0.truncate(1);
    vec![
        ("a packet block of 128 MiB in words", claim(6)),
        ("a custom block of 128 MiB in words", claim(0xbad)),
        ("a section of 128 MiB in words", claim(0x0a0d_0d0a)),
        ("a USB record of 128 MiB in words", record),
        ("a packet block of 100 MiB", packet_of_zeros(100 * MIB)),
    ]
}

/// Small compressed files of which much comes out.
fn bombs() -> Vec<(String, Pieces)> {
    let of = |bytes: Vec<u8>| Pieces(vec![(bytes, 1)]);
    let records = Pieces::filled(pcap_header(1), &pcap_record(&[]), 100 * MIB);
    let packed: [(&str, Pieces); 4] = [
        ("packet block", packet_of_zeros(127 * MIB)),
        ("custom block", block_of_zeros(0xbad, &[0; 4], 127 * MIB)),
        ("record", record_of_zeros(127 * MIB)),
        ("file of records", records),
    ];
    let mut bombs = Vec::new();
    for (what, plain) in packed {
        bombs.push((format!("gzip of a {what}"), of(gzip(&plain))));
        bombs.push((format!("zstd of a {what}"), of(zstd(&plain))));
        bombs.push((format!("LZ4 of a {what}"), of(lz4(&plain))));
    }
    let header = of(pcap_header(1));
    let one = of(vec![0]);
    let windows = |log: u8, blocks: usize| {
        let header = [0x28, 0xb5, 0x2f, 0xfd, 0, log << 3];
        Pieces(vec![(header.to_vec(), 1), (vec![2, 0, 16, b'x'], blocks)])
    };
    let more = [
        ("a zstd window of 128 MiB, filled", windows(17, 1024)),
        ("zstd windows of 8 MiB", windows(13, 10_000)),
        ("gzip members", Pieces(vec![(gzip(&header), 1), (gzip(&one), 100_000)])),
        ("zstd frames", Pieces(vec![(zstd(&header), 1), (zstd(&one), 100_000)])),
        ("LZ4 frames", Pieces(vec![(lz4(&header), 1), (lz4(&one), 100_000)])),
    ];
    bombs.extend(more.map(|(what, file)| (what.to_owned(), file)));
    bombs
}

fn gzip(plain: &Pieces) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(1));
    plain.write(&mut encoder);
    encoder.finish().unwrap()
}

fn zstd(plain: &Pieces) -> Vec<u8> {
    let mut file = tempfile::tempfile().unwrap();
    plain.write(&mut file);
    file.rewind().unwrap();
    let mut stored = Vec::new();
    ruzstd::encoding::compress(file, &mut stored, ruzstd::encoding::CompressionLevel::Fastest);
    stored
}

/// With blocks of 4 MiB.
fn lz4(plain: &Pieces) -> Vec<u8> {
    let mut info = lz4_flex::frame::FrameInfo::new();
    info.block_size = lz4_flex::frame::BlockSize::Max4MB;
    let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(info, Vec::new());
    plain.write(&mut encoder);
    encoder.finish().unwrap()
}

/// Writes the file and inspects it; gives its size, too.
fn inspect(folder: &Path, name: &str, file: &Pieces) -> (u64, Cost) {
    let path = folder.join("file");
    file.write(BufWriter::new(File::create(&path).unwrap()));
    let size = fs::metadata(&path).unwrap().len();
    let cost = run(folder, &["inspect", "--format", "json", "file"]);
    println!("inspect {name}: {size} bytes, {} KiB, {:?}, exit {:?}", cost.peak / 1024, cost.time, cost.code);
    assert!(matches!(cost.code, Some(0..=2)), "{name}: {cost:?}");
    assert!(cost.peak <= allowed(size), "inspect {name}: {size} bytes need {}", cost.peak);
    (size, cost)
}

fn check_memory(files: impl IntoIterator<Item = (impl AsRef<str>, Pieces)>) {
    let folder = tempfile::tempdir().unwrap();
    for (name, file) in files {
        let name = name.as_ref();
        let (size, _) = inspect(folder.path(), name, &file);
        let cost = run(folder.path(), &["report", "--force", "file", "-o", "out/"]);
        println!("report {name}: {} KiB, {:?}, exit {:?}", cost.peak / 1024, cost.time, cost.code);
        assert!(matches!(cost.code, Some(0..=2)), "{name}: {cost:?}");
        assert!(cost.peak <= allowed(size), "report {name}: {size} bytes need {}", cost.peak);
    }
}

#[test]
fn dense_files_need_no_more_memory_than_they_are_large() {
    check_memory(dense().into_iter().map(|(name, begin, piece)| (name, Pieces::filled(begin, &piece, large()))));
}

#[test]
fn what_claims_to_be_large_is_not_believed() {
    check_memory(large_claims());
}

#[test]
fn a_small_compressed_file_does_not_fill_the_memory() {
    check_memory(bombs());
}

/// Four times the file takes at most four times the time, and some for what does not grow evenly.
#[test]
fn time_grows_no_faster_than_the_file() {
    let folder = tempfile::tempdir().unwrap();
    for (name, begin, piece) in dense() {
        let time =
            |size| inspect(folder.path(), name, &Pieces::filled(begin.clone(), &piece, size)).1.time.as_secs_f64();
        let (short, long) = (time(large() / 16), time(large() / 4));
        assert!(long < 6.0 * short + 0.5, "{name}: {short} s, for four times the bytes {long} s");
    }
}
