//! Content and transfer codings (RFC 9110, 8.4.1; RFC 9112, 7): what a body says once they are undone.

mod gzip;
mod inflate;
mod zstd;

use std::io::{self, BufRead, BufReader, Read};

use super::head::Head;
use gzip::Gzip;
use inflate::Inflate;
use zstd::Zstd;

/// Bytes that one coding may give. A page's parts are far smaller; a body that is made to grow stops here.
const MAX_DECODED: u64 = 64 << 20;
/// Bytes of a decoded body that a field shows.
const MAX_SHOWN: u64 = 8 << 20;
/// Codings that are undone one after the other; two are rare already.
const MAX_CODINGS: usize = 8;
/// Bytes read at a time.
const BUFFER: usize = 16 << 10;

/// Why a body cannot be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Undecodable {
    /// A coding that is not supported, or more than [`MAX_CODINGS`].
    UnknownCoding,
    /// The bytes are not in that coding, or are cut.
    Malformed,
    /// More than [`MAX_DECODED`] bytes.
    TooLong,
}

/// A decoded body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Decoded {
    /// Its length in bytes.
    pub(crate) length: u64,
    /// Its first bytes, as many as were asked for.
    pub(crate) start: Vec<u8>,
}

/// The codings of a message's body but chunked, in lower case, in the order in which they were applied; the last is to be undone first.
pub(crate) fn codings(head: &Head<'_>) -> Vec<Vec<u8>> {
    let all = head.elements("content-encoding").chain(head.elements("transfer-encoding"));
    let names = all.map(<[u8]>::to_ascii_lowercase);
    names.filter(|name| !matches!(name.as_slice(), b"identity" | b"chunked")).collect()
}

/// Undoes `codings` from last to first and keeps the first `most` bytes.
pub(crate) fn decode(body: &[u8], codings: &[Vec<u8>], most: usize) -> Result<Decoded, Undecodable> {
    if codings.len() > MAX_CODINGS {
        return Err(Undecodable::UnknownCoding);
    }
    let mut reader: Box<dyn Read + '_> = Box::new(body);
    for coding in codings.iter().rev() {
        let decoder = decoder(coding, reader).ok_or(Undecodable::UnknownCoding)?;
        reader = Box::new(Limited { decoder, left: MAX_DECODED });
    }
    let mut decoded = Decoded::default();
    let mut buffer = vec![0; BUFFER];
    loop {
        let read = match reader.read(&mut buffer) {
            Ok(0) => return Ok(decoded),
            Ok(read) => read,
            Err(error) if is_too_long(&error) => return Err(Undecodable::TooLong),
            Err(_) => return Err(Undecodable::Malformed),
        };
        decoded.length += read as u64;
        let kept = read.min(most.saturating_sub(decoded.start.len()));
        decoded.start.extend_from_slice(buffer.get(..kept).unwrap_or_default());
    }
}

/// What Wireshark 4.0 shows of a body in `coding`: it knows one coding at a time, takes gzip and deflate for each other, and shows
/// what it got before the bytes went wrong. `None` where it shows nothing.
pub(crate) fn as_shown(body: &[u8], coding: &[u8]) -> Option<Vec<u8>> {
    match coding.to_ascii_lowercase().as_slice() {
        b"gzip" | b"deflate" | b"x-gzip" | b"x-deflate" => {
            let first = match body {
                [0x1f, 0x8b, ..] => read_some(flate2::read::GzDecoder::new(body)),
                _ => read_some(flate2::read::ZlibDecoder::new(body)),
            };
            first.or_else(|| read_some(flate2::read::DeflateDecoder::new(body)))
        }
        b"br" => {
            let decoded = decode(body, &[b"br".to_vec()], usize::try_from(MAX_SHOWN).unwrap_or(usize::MAX)).ok()?;
            (decoded.start.len() as u64 == decoded.length).then_some(decoded.start)
        }
        _ => None,
    }
}

/// What a decoder gives before it fails; `None` when that is nothing, or too much.
fn read_some(decoder: impl Read) -> Option<Vec<u8>> {
    let mut decoded = Vec::new();
    // What was read before an error stays.
    let _ = decoder.take(MAX_SHOWN + 1).read_to_end(&mut decoded);
    (!decoded.is_empty() && decoded.len() as u64 <= MAX_SHOWN).then_some(decoded)
}

fn decoder<'a>(coding: &[u8], coded: Box<dyn Read + 'a>) -> Option<Box<dyn Read + 'a>> {
    Some(match coding {
        b"gzip" | b"x-gzip" => Box::new(Gzip::new(coded)),
        b"deflate" | b"x-deflate" => deflate(coded),
        b"br" => Box::new(brotli_decompressor::Decompressor::new(coded, BUFFER)),
        b"zstd" => Box::new(Zstd::new(coded)),
        _ => return None,
    })
}

/// The zlib format (RFC 1950), or the bare deflate format (RFC 1951) that some servers send instead.
fn deflate<'a>(coded: Box<dyn Read + 'a>) -> Box<dyn Read + 'a> {
    /// Method 8, a window of at most 32 KiB, and a check value (RFC 1950, 2.2).
    fn is_zlib(start: &[u8]) -> bool {
        matches!(start, [method, flags, ..]
            if method & 0x0f == 8 && method >> 4 <= 7 && (u16::from(*method) << 8 | u16::from(*flags)).is_multiple_of(31))
    }
    let mut coded = BufReader::with_capacity(BUFFER, coded);
    let zlib = coded.fill_buf().is_ok_and(is_zlib);
    Box::new(Inflate::new(coded, zlib))
}

/// A decoder that fails when it has given too much.
struct Limited<'a> {
    decoder: Box<dyn Read + 'a>,
    left: u64,
}

/// The failure of a [`Limited`] decoder, found again behind the errors of those that read from it.
#[derive(Debug, thiserror::Error)]
#[error("more than {MAX_DECODED} bytes")]
struct TooLong;

fn is_too_long(error: &io::Error) -> bool {
    error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<TooLong>)
}

impl Read for Limited<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.decoder.read(buffer)?;
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| io::Error::other(TooLong))?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    const TEXT: &[u8] = b"It works. It works. It works.";
    /// `TEXT` by `zstd -1 --no-check`.
    const ZSTD: &[u8] =
        b"\x28\xb5\x2f\xfd\x20\x1d\x85\x00\x00\x50\x49\x74\x20\x77\x6f\x72\x6b\x73\x2e\x20\x01\x00\x4d\x0a\x12";
    /// `TEXT` by zlib.brotliCompressSync of Node.js.
    const BROTLI: &[u8] = b"\x1b\x1c\x00\xf8\xa5\x41\x5c\x92\xe8\xd4\x26\xd3\x94\x02\x29\x68\x4e\x00";

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn zlib(data: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn raw(data: &[u8]) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn decoded(body: &[u8], codings: &[&str]) -> Result<Vec<u8>, Undecodable> {
        let codings: Vec<Vec<u8>> = codings.iter().map(|coding| coding.as_bytes().to_vec()).collect();
        decode(body, &codings, usize::MAX).map(|decoded| decoded.start)
    }

    #[test]
    fn each_coding_is_undone() {
        let check =
            |body: &[u8], codings: &[&str]| assert_eq!(decoded(body, codings).as_deref(), Ok(TEXT), "{codings:?}");
        check(TEXT, &[]);
        check(&gzip(TEXT), &["gzip"]);
        check(&gzip(TEXT), &["x-gzip"]);
        check(&zlib(TEXT), &["deflate"]);
        check(&raw(TEXT), &["deflate"]);
        check(BROTLI, &["br"]);
        check(ZSTD, &["zstd"]);
    }

    #[test]
    fn several_codings_are_undone_from_the_last_to_the_first() {
        assert_eq!(decoded(&gzip(&zlib(TEXT)), &["deflate", "gzip"]).as_deref(), Ok(TEXT));
        assert_eq!(decoded(&gzip(&zlib(TEXT)), &["gzip", "deflate"]), Err(Undecodable::Malformed));
        assert_eq!(decoded(&zlib(ZSTD), &["zstd", "deflate"]).as_deref(), Ok(TEXT));
        let many = (0..=MAX_CODINGS).fold(TEXT.to_vec(), |body, _| gzip(&body));
        assert_eq!(decoded(&many, &["gzip"; MAX_CODINGS + 1]), Err(Undecodable::UnknownCoding));
    }

    #[test]
    fn transfer_codings_were_applied_last() {
        let bytes = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: GZIP, chunked\r\nContent-Encoding: identity, br\r\n\r\n";
        let head = Head::parse(bytes).unwrap();
        assert_eq!(codings(&head), [b"br".to_vec(), b"gzip".to_vec()]);
    }

    #[test]
    fn members_follow_each_other_and_what_is_no_member_ends_the_body() {
        let two = [gzip(b"It works. "), gzip(b"It works. It works.")].concat();
        assert_eq!(decoded(&two, &["gzip"]).as_deref(), Ok(TEXT));
        assert_eq!(decoded(&[gzip(TEXT), b"junk".to_vec()].concat(), &["gzip"]).as_deref(), Ok(TEXT));
        let two = [ZSTD, ZSTD].concat();
        assert_eq!(decoded(&two, &["zstd"]).map(|text| text.len()), Ok(2 * TEXT.len()));
    }

    #[test]
    fn cut_and_foreign_bytes_are_malformed() {
        for (body, coding) in [
            (gzip(TEXT), "gzip"),
            (zlib(TEXT), "deflate"),
            (raw(TEXT), "deflate"),
            (BROTLI.to_vec(), "br"),
            (ZSTD.to_vec(), "zstd"),
        ] {
            let cut = &body[..body.len() - 3];
            assert_eq!(decoded(cut, &[coding]), Err(Undecodable::Malformed), "{coding}");
            assert_eq!(decoded(b"<html>It works.</html>", &[coding]), Err(Undecodable::Malformed), "{coding}");
        }
        assert_eq!(decoded(TEXT, &["compress"]), Err(Undecodable::UnknownCoding));
    }

    #[test]
    fn a_body_that_is_made_to_grow_stops_at_the_limit() {
        let zeros = vec![0; 1 << 20];
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        for _ in 0..=MAX_DECODED >> 20 {
            encoder.write_all(&zeros).unwrap();
        }
        let bomb = encoder.finish().unwrap();
        assert_eq!(decoded(&bomb, &["gzip"]), Err(Undecodable::TooLong));
        // Also when it grows in between.
        assert_eq!(decoded(&gzip(&bomb), &["gzip", "gzip"]), Err(Undecodable::TooLong));
    }

    #[test]
    fn a_window_that_http_does_not_allow_is_refused() {
        // A frame header without size, with a window of 16 MiB (RFC 9659 allows 8).
        let frame = b"\x28\xb5\x2f\xfd\x00\x70\x01\x00\x00";
        assert_eq!(decoded(frame, &["zstd"]), Err(Undecodable::Malformed));
    }

    #[test]
    fn wireshark_shows_what_it_got() {
        let coded = gzip(TEXT);
        assert_eq!(as_shown(&coded, b"deflate").as_deref(), Some(TEXT));
        assert_eq!(as_shown(&coded[..coded.len() - 8], b"gzip").as_deref(), Some(TEXT));
        assert_eq!(as_shown(&raw(TEXT), b"x-gzip").as_deref(), Some(TEXT));
        assert_eq!(as_shown(TEXT, b"gzip, gzip"), None);
    }
}
