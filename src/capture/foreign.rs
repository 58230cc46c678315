//! What a file that is no capture looks like, to say so.

use super::CaptureError;
use crate::text::hex;

/// Bytes that are looked at.
pub(super) const LONGEST_MAGIC: usize = 32;

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
    (b"iptrace ", "an AIX iptrace capture", SAVE_AS_PCAPNG),
    (b"\x7fver", "a WildPackets capture", SAVE_AS_PCAPNG),
    (b"PK\x03\x04", "a zip archive or an Office document", UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", UNPACK),
    (b"Rar!", "a RAR archive", UNPACK),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file", UNPACK),
    (b"\x04\x22\x4d\x18", "an LZ4 file", UNPACK),
    (b"\xfd7zXZ\0", "an xz file", UNPACK),
    (b"BZh", "a bzip2 file", UNPACK),
    (b"%PDF", "a PDF document", GIVE_THE_CAPTURE),
    (b"\x89PNG", "a PNG image", GIVE_THE_CAPTURE),
    (b"\xff\xd8\xff", "a JPEG image", GIVE_THE_CAPTURE),
    (b"GIF8", "a GIF image", GIVE_THE_CAPTURE),
    (b"\xd0\xcf\x11\xe0", "an Office document", GIVE_THE_CAPTURE),
    (b"\x7fELF", "a program", GIVE_THE_CAPTURE),
    (b"MZ", "a Windows program", GIVE_THE_CAPTURE),
    (b"version https://git-lfs", "a Git LFS pointer", "fetch the file itself with git lfs pull"),
    (b"\x0a\x0d\x0d\x0a", "a pcapng file with a damaged section header", "copy or record the file again"),
    (b"\x1f\x8b", "a gzip file that is damaged or packed twice", "unpack it, or copy the file again"),
];

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
        check(b"\x01\x02\x03", "no known format");
        check(b"\xd4\xc3\xb2\xa1", "no known format");
        assert_eq!(
            not_a_capture("a.pcap", b"snoop\0\0\0\0\0\0\x02").to_string(),
            "a.pcap is not a capture file: it looks like a Solaris snoop capture (first bytes: 736e6f6f70000000); \
             open it in Wireshark and save it as pcapng"
        );
    }
}
