//! What a file that is no capture looks like, to say so.

use super::CaptureError;
use super::order::Order;
use crate::text::hex;

/// Bytes that are looked at.
pub(super) const LONGEST_MAGIC: usize = 272;

/// Of them, those that say whether a file is text.
const TEXT: usize = 32;

const SAVE_AS_PCAPNG: &str = "open it in Wireshark and save it as pcapng";
const UNPACK: &str = "unpack it and give the capture file inside";
const GIVE_THE_CAPTURE: &str = "give the capture file itself (File, Save As in Wireshark, type pcapng)";

/// First bytes, what they mean, what to do.
const KNOWN: &[(&[u8], &str, &str)] = &[
    (b"snoop\0\0\0", "a Solaris snoop capture", SAVE_AS_PCAPNG),
    (b"btsnoop\0", "a Bluetooth btsnoop capture", SAVE_AS_PCAPNG),
    (b"GMBU", "a Microsoft Network Monitor capture", SAVE_AS_PCAPNG),
    (b"RTSS", "a Microsoft Network Monitor capture", SAVE_AS_PCAPNG),
    (b"TRSNIFF data", "a Sniffer capture", SAVE_AS_PCAPNG),
    (b"XCP\0", "a NetXRay capture", SAVE_AS_PCAPNG),
    (b"VL\0\0", "a NetXRay capture", SAVE_AS_PCAPNG),
    (b"LOGG", "a Vector BLF log", SAVE_AS_PCAPNG),
    (b"\0\0\x02\0\x12\x05\0\x10", "a Tektronix K12 capture", SAVE_AS_PCAPNG),
    (b"\xaa\xaa\xaa\xaa", "an Accellent 5Views capture", SAVE_AS_PCAPNG),
    (b"\x42\xd2\0\x34\x12\x66\x22\x88", "a RADCOM capture", SAVE_AS_PCAPNG),
    (b"\x05VNF", "a Visual Networks capture", SAVE_AS_PCAPNG),
    (b"ObserverPktBuffer", "a Network Instruments Observer capture", SAVE_AS_PCAPNG),
    (b"cpse", "a Colasoft Capsa capture", SAVE_AS_PCAPNG),
    (b"\0\0\0\x01\0\0\0\0\0\x07\xd0\0", "an HP-UX nettl trace", SAVE_AS_PCAPNG),
    (b"TR\0d\0", "an HP-UX nettl trace", SAVE_AS_PCAPNG),
    (b"iptrace ", "an AIX iptrace capture", SAVE_AS_PCAPNG),
    (b"\x7fver", "a WildPackets capture", SAVE_AS_PCAPNG),
    (b"PK\x03\x04", "a zip archive or an Office document", UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", UNPACK),
    (b"Rar!", "a RAR archive", UNPACK),
    (b"\x28\xb5\x2f\xfd", "a zstd file that is packed twice", UNPACK),
    (b"\x04\x22\x4d\x18", "an LZ4 file that is packed twice", UNPACK),
    (b"\x02\x21\x4c\x18", "a file in LZ4's legacy format", UNPACK),
    (b"\xfd7zXZ\0", "an xz file", UNPACK),
    (b"BZh", "a bzip2 file", UNPACK),
    (b"%PDF", "a PDF document", GIVE_THE_CAPTURE),
    (b"\x89PNG", "a PNG image", GIVE_THE_CAPTURE),
    (b"\xff\xd8\xff", "a JPEG image", GIVE_THE_CAPTURE),
    (b"GIF8", "a GIF image", GIVE_THE_CAPTURE),
    (b"\xd0\xcf\x11\xe0", "an Office document", GIVE_THE_CAPTURE),
    (b"\x7fELF", "a program", GIVE_THE_CAPTURE),
    (b"MZ", "a Windows program", GIVE_THE_CAPTURE),
    (b"L\0\0\0\x01\x14\x02\0", "a Windows shortcut to a file", "give the file that it leads to"),
    (b"\0\x05\x16\x07", "what macOS keeps beside a file (`._name`)", "give the file itself, whose name has no `._`"),
    (b"ElfFile\0", "a Windows event log", GIVE_THE_CAPTURE),
    (b"\xff\xfe", "text in UTF-16", GIVE_THE_CAPTURE),
    (b"\xfe\xff", "text in UTF-16", GIVE_THE_CAPTURE),
    (b"version https://git-lfs", "a Git LFS pointer", "fetch the file itself with git lfs pull"),
    (b"\x0a\x0d\x0d\x0a", "a pcapng file with a damaged section header", "copy or record the file again"),
    (b"\x1f\x8b", "a gzip file that is damaged or packed twice", "unpack it, or copy the file again"),
];

/// Where a tar archive says that it is one.
const TAR: (usize, &[u8]) = (257, b"ustar");

/// The error for a file that begins with `bytes` and is no capture.
pub(super) fn not_a_capture(name: &str, bytes: &[u8]) -> CaptureError {
    let (looks_like, remedy) = describe(bytes);
    let first_bytes = if bytes.is_empty() { "none".to_owned() } else { hex(bytes.get(..8).unwrap_or(bytes)) };
    CaptureError::NotACapture { name: name.to_owned(), looks_like, first_bytes, remedy }
}

fn describe(bytes: &[u8]) -> (&'static str, &'static str) {
    if bytes.is_empty() {
        return ("an empty file", "record the capture again");
    }
    if let Some((_, looks_like, remedy)) = KNOWN.iter().find(|(magic, ..)| bytes.starts_with(magic)) {
        return (looks_like, remedy);
    }
    if bytes.iter().all(|byte| *byte == 0) {
        return ("a file of zeros, as an interrupted download or copy leaves it", "copy or record the file again");
    }
    if bytes.get(TAR.0..).is_some_and(|rest| rest.starts_with(TAR.1)) {
        return ("a tar archive", UNPACK);
    }
    if is_skippable_frame(bytes) {
        return ("a zstd or LZ4 file that holds nothing", "copy or record the file again");
    }
    if is_event_trace(bytes) {
        return ("a Windows event trace (.etl)", "convert it with etl2pcapng, or record with Wireshark");
    }
    if is_erf(bytes) {
        return ("an Endace ERF capture", SAVE_AS_PCAPNG);
    }
    let bytes = bytes.get(..TEXT).unwrap_or(bytes);
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let lower = text.to_ascii_lowercase();
    if lower.starts_with(b"<!doctype html") || lower.starts_with(b"<html") {
        return ("an HTML page", "download the file itself, not the page about it");
    }
    if lower.starts_with(b"<?xml") {
        return ("an XML document", GIVE_THE_CAPTURE);
    }
    let plain = text.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    if text.len() - plain.len() < 4 && !plain.chars().any(|c| c.is_control() && !c.is_ascii_whitespace()) {
        return ("text, perhaps an export of the packet list", GIVE_THE_CAPTURE);
    }
    ("no known format", SAVE_AS_PCAPNG)
}

fn is_skippable_frame(bytes: &[u8]) -> bool {
    matches!(Order::Little.u32(bytes, 0), Some(0x184d_2a50..=0x184d_2a5f))
}

/// `WMI_BUFFER_HEADER` of the first buffer: its size, what of it is used, its type, then a system trace header.
fn is_event_trace(bytes: &[u8]) -> bool {
    let field = |offset| Order::Little.u32(bytes, offset);
    let size = field(0).filter(|size| size.is_multiple_of(1024) && (4096..=16 << 20).contains(size));
    let used = field(4).filter(|used| size.is_some_and(|size| (1..=size).contains(used)));
    used.is_some() && Order::Little.u16(bytes, 0x36) == Some(4) && bytes.get(0x4b) == Some(&0xc0)
}

/// An ERF record: a time stamp (seconds in its upper half), a type, lengths of which the record's is the larger.
fn is_erf(bytes: &[u8]) -> bool {
    /// 1996-12-25, before the first ERF, and 2065.
    const SECONDS: std::ops::Range<u32> = 851_472_000..3_000_000_000;
    let seconds = Order::Little.u32(bytes, 4).is_some_and(|seconds| SECONDS.contains(&seconds));
    let kind = bytes.get(8).is_some_and(|kind| matches!(kind & 0x7f, 1..=32));
    let record = Order::Big.u16(bytes, 10).filter(|length| *length >= 16);
    let wire = Order::Big.u16(bytes, 14);
    seconds && kind && record.zip(wire).is_some_and(|(record, wire)| wire > 0 && record <= wire.saturating_add(64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_a_file_is_and_what_to_do() {
        let check = |bytes: &[u8], expected: &str| assert_eq!(describe(bytes).0, expected);
        check(b"", "an empty file");
        check(b"PK\x03\x04\x14\0", "a zip archive or an Office document");
        check(b"\xef\xbb\xbf  <!DOCTYPE html>", "an HTML page");
        check(b"No.  Time  Source", "text, perhaps an export of the packet list");
        check(&[0; 32], "a file of zeros, as an interrupted download or copy leaves it");
        check("序号  时间".as_bytes().get(..14).unwrap(), "text, perhaps an export of the packet list");
        check(b"\xff\xfeN\0o\0", "text in UTF-16");
        let mut archive = vec![b'a'; 512];
        archive[257..262].copy_from_slice(b"ustar");
        check(&archive, "a tar archive");
        check(b"\x5a\x2a\x4d\x18\x03\0\0\0abc", "a zstd or LZ4 file that holds nothing");
        let mut trace = vec![0; 128];
        trace[..8].copy_from_slice(&[0, 0, 1, 0, 0x40, 3, 0, 0]);
        trace[0x36] = 4;
        trace[0x48..0x4c].copy_from_slice(&[2, 0, 2, 0xc0]);
        check(&trace, "a Windows event trace (.etl)");
        check(b"\0\0\0\x80\0\0\0\x60\x02\x04\0\x50\0\0\0\x3c\0\0", "an Endace ERF capture");
        check(b"\x01\x02\x03", "no known format");
        check(b"\xd4\xc3\xb2\xa1", "no known format");
        assert_eq!(
            not_a_capture("a.pcap", b"snoop\0\0\0\0\0\0\x02").to_string(),
            "a.pcap is not a capture file: it looks like a Solaris snoop capture (first bytes: 736e6f6f70000000); \
             open it in Wireshark and save it as pcapng"
        );
    }
}
