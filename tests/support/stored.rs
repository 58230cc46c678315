//! How the file of a capture is stored: cut, or compressed in ways that a program would not make by itself.

use std::io::Write as _;

use super::words::parse;

/// How a file is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stored {
    /// As it is.
    #[default]
    Plain,
    /// Without its last bytes.
    Cut(usize),
    /// In gzip, not compressed: the same bytes whichever version of the library makes them.
    Gzip,
    /// In zstd, and behind it a frame that needs a dictionary.
    ZstdDictionary,
}

/// A frame's beginning: no size, a window of 64 KiB, dictionary 7 (RFC 8878, 3.1.1.1).
const WITH_DICTIONARY: [u8; 7] = [0x28, 0xb5, 0x2f, 0xfd, 1, 6 << 3, 7];

impl Stored {
    /// Of the words of the statement.
    pub fn of(words: &[&str]) -> Result<Self, String> {
        match words {
            ["cut", number] => Ok(Self::Cut(parse(number, "number of bytes")?)),
            ["gzip"] => Ok(Self::Gzip),
            ["zstd-dictionary"] => Ok(Self::ZstdDictionary),
            _ => Err(format!("`{}` is no way to store a file", words.join(" "))),
        }
    }

    /// The file of this capture.
    pub fn file(self, mut capture: Vec<u8>) -> Vec<u8> {
        match self {
            Self::Plain => capture,
            Self::Cut(bytes) => {
                capture.truncate(capture.len().saturating_sub(bytes));
                capture
            }
            Self::Gzip => {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
                encoder.write_all(&capture).unwrap();
                encoder.finish().unwrap()
            }
            Self::ZstdDictionary => [zstd(&capture), WITH_DICTIONARY.to_vec()].concat(),
        }
    }
}

/// A zstd frame with one raw block (RFC 8878, 3.1.1).
fn zstd(content: &[u8]) -> Vec<u8> {
    /// Magic number, no checksum, a window of 64 KiB.
    const START: [u8; 6] = [0x28, 0xb5, 0x2f, 0xfd, 0, 6 << 3];
    const LAST_BLOCK: usize = 1;
    let [first, second, third, ..] = ((content.len() << 3) | LAST_BLOCK).to_le_bytes();
    [&START[..], &[first, second, third], content].concat()
}
