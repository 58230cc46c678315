//! Compression around a capture, known by content: gzip, zstd, LZ4.
//!
//! All three stream. What is held at once is bounded: gzip's window is 32 KiB, LZ4's blocks have at most 4 MiB, zstd's window
//! is bounded by [`zstd::largest_window`]. How much may come out is bounded by the caller.

mod lz4;
mod stored;
mod zstd;

use std::io::{self, BufReader, Cursor, ErrorKind, Read};

use flate2::bufread::MultiGzDecoder;

use super::Compression;
use lz4::Lz4;
use stored::Stored;
use zstd::Zstd;

/// Compressed bytes read at once.
const PIECE: usize = 128 * 1024;

/// ID1, ID2 and the only compression method (RFC 1952, 2.3.1).
const GZIP: [u8; 3] = [0x1f, 0x8b, 8];

/// What is read and how much may come of it.
pub(super) struct Input<'s> {
    /// The file's bytes.
    pub(super) bytes: Box<dyn Read + 's>,
    /// How many they are.
    pub(super) size: u64,
    /// The most bytes that may come out of a compressed file.
    pub(super) largest_content: u64,
}

/// The file's content, and what it was compressed with. Reading on behind the largest content fails with
/// [`ErrorKind::FileTooLarge`].
pub(super) fn decompress(input: Input<'_>) -> io::Result<(Box<dyn Read + '_>, Option<Compression>)> {
    let Input { mut bytes, size, largest_content } = input;
    let mut begin = [0; 4];
    let held = stored::fill(&mut bytes, &mut begin)?;
    if held == begin.len() && stored::is_skippable(begin) {
        let mut stored = Stored::new(bytes);
        return match stored.pass_skippable(begin) {
            Ok(Some(zstd::MAGIC)) => Ok(bounded(Zstd::new(stored, size), largest_content, Compression::Zstd)),
            Ok(Some(lz4::MAGIC)) => Ok(bounded(Lz4::new(stored), largest_content, Compression::Lz4)),
            Err(error) if error.kind() != ErrorKind::UnexpectedEof => Err(error),
            // No capture: its first bytes are enough to say so.
            _ => Ok((Box::new(Cursor::new(begin)), None)),
        };
    }
    match begin {
        zstd::MAGIC => Ok(bounded(Zstd::new(Stored::new(bytes), size), largest_content, Compression::Zstd)),
        lz4::MAGIC => Ok(bounded(Lz4::new(Stored::new(bytes)), largest_content, Compression::Lz4)),
        _ => {
            let whole = Cursor::new(begin).take(held as u64).chain(bytes);
            if !begin.starts_with(&GZIP) {
                return Ok((Box::new(whole), None));
            }
            let decoder = MultiGzDecoder::new(BufReader::with_capacity(PIECE, whole));
            Ok(bounded(decoder, largest_content, Compression::Gzip))
        }
    }
}

fn bounded<'s>(
    content: impl Read + 's,
    left: u64,
    compression: Compression,
) -> (Box<dyn Read + 's>, Option<Compression>) {
    (Box::new(Bounded { content, left }), Some(compression))
}

/// A decompressed file that is not read behind a bound.
struct Bounded<R> {
    content: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return match self.content.read(&mut [0])? {
                0 => Ok(0),
                _ => Err(ErrorKind::FileTooLarge.into()),
            };
        }
        let room = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let count = self.content.read(buffer.get_mut(..room).unwrap_or_default())?;
        self.left = self.left.saturating_sub(count as u64);
        Ok(count)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Write;

    use super::*;

    /// `data` compressed in two parts, as programs that append do.
    pub(in crate::capture) fn compress(compression: Compression, data: &[u8]) -> Vec<u8> {
        let (first, second) = data.split_at(data.len() / 2);
        [part(compression, first), part(compression, second)].concat()
    }

    fn part(compression: Compression, data: &[u8]) -> Vec<u8> {
        match compression {
            Compression::Gzip => {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
                encoder.write_all(data).unwrap();
                encoder.finish().unwrap()
            }
            Compression::Zstd => ruzstd::encoding::compress_to_vec(data, ruzstd::encoding::CompressionLevel::Fastest),
            Compression::Lz4 => {
                let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
                encoder.write_all(data).unwrap();
                encoder.finish().unwrap()
            }
        }
    }

    pub(in crate::capture) const ALL: [Compression; 3] = [Compression::Gzip, Compression::Zstd, Compression::Lz4];

    /// Content, what it was compressed with, and how reading ended.
    pub(super) fn read(data: &[u8], largest_content: u64) -> (Vec<u8>, Option<Compression>, Option<ErrorKind>) {
        let input = Input { bytes: Box::new(data), size: data.len() as u64, largest_content };
        let (mut content, compression) = decompress(input).unwrap();
        let mut all = Vec::new();
        let end = content.read_to_end(&mut all).err().map(|error| error.kind());
        (all, compression, end)
    }

    /// Bytes with repetitions and without.
    pub(super) fn sample() -> Vec<u8> {
        let mut state = 1u32;
        let noise = (0..40_000).map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        });
        [noise.collect::<Vec<_>>(), b"0123456789 ".repeat(30_000), vec![7; 300_000]].concat()
    }

    #[test]
    fn each_is_known_by_its_content() {
        for compression in ALL {
            let data = sample();
            let stored = compress(compression, &data);
            assert!(stored.len() < data.len() / 2);
            assert_eq!(read(&stored, u64::MAX), (data.clone(), Some(compression), None));
        }
        for data in [&b""[..], b"a", b"abcd", b"abcdefgh", &GZIP[..2]] {
            assert_eq!(read(data, u64::MAX), (data.to_vec(), None, None));
        }
    }

    #[test]
    fn no_more_comes_out_than_was_asked_for() {
        let data = sample();
        for compression in ALL {
            let stored = compress(compression, &data);
            let size = data.len() as u64;
            assert_eq!(read(&stored, size).2, None);
            for bound in [0, 1, size / 2, size - 1] {
                let (content, _, end) = read(&stored, bound);
                assert!(content.len() as u64 == bound && data.starts_with(&content));
                assert_eq!(end, Some(ErrorKind::FileTooLarge));
            }
        }
    }

    #[test]
    fn skippable_frames_are_passed_over() {
        let data = sample();
        let skippable = |content: &[u8]| {
            let length = u32::try_from(content.len()).unwrap();
            [&[0x5f, 0x2a, 0x4d, 0x18], &length.to_le_bytes()[..], content].concat()
        };
        for compression in [Compression::Zstd, Compression::Lz4] {
            let frames = compress(compression, &data);
            let stored = [skippable(b""), skippable(&vec![9; 300_000]), frames, skippable(b"at the end")].concat();
            assert_eq!(read(&stored, u64::MAX), (data.clone(), Some(compression), None));
        }
        let alone = skippable(b"abc");
        assert_eq!(read(&alone, u64::MAX), (alone[..4].to_vec(), None, None));
        assert_eq!(read(&alone[..9], u64::MAX), (alone[..4].to_vec(), None, None));
    }

    #[test]
    fn a_cut_gives_what_is_before_it_and_says_so() {
        let data = sample();
        for compression in ALL {
            let stored = compress(compression, &data);
            let whole_part = part(compression, &data[..data.len() / 2]).len();
            for length in (4..stored.len()).step_by(997).chain([whole_part, stored.len() - 1]) {
                let (content, _, end) = read(&stored[..length], u64::MAX);
                assert!(data.starts_with(&content), "{compression:?} cut at {length}");
                let expected = if length == whole_part { None } else { Some(ErrorKind::UnexpectedEof) };
                assert_eq!(end, expected, "{compression:?} cut at {length}");
            }
        }
    }

    #[test]
    fn changed_bytes_do_not_panic() {
        let data = [&sample()[..3000], &sample()[45_000..48_000]].concat();
        for compression in ALL {
            let stored = compress(compression, &data);
            for position in 4..stored.len() {
                for value in [0, 1, 0x7f, 0x80, 0xff] {
                    let mut changed = stored.clone();
                    changed[position] = value;
                    read(&changed, 1 << 20);
                }
            }
        }
    }

    #[test]
    fn what_follows_the_last_frame_is_damage() {
        for compression in [Compression::Zstd, Compression::Lz4] {
            let mut stored = compress(compression, b"abc");
            stored.extend_from_slice(b"rest");
            assert_eq!(read(&stored, u64::MAX), (b"abc".to_vec(), Some(compression), Some(ErrorKind::InvalidData)));
        }
    }
}
