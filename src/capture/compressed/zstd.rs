//! zstd (RFC 8878): any number of frames, each with a checksum or without.

use std::io::{self, Read};

use ruzstd::decoding::errors::FrameDecoderError;
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::stored::{Stored, invalid, unsupported};

/// Magic number of a frame.
pub(super) const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Every decoder should take a window of this size (RFC 8878, 3.1.1.1.2); `zstd -1` to `-19` use none larger.
const USUAL_WINDOW: u64 = 8 * 1024 * 1024;

/// The largest window that libzstd takes unasked, as `zstd --ultra -22` and `--long` write it.
const LARGEST_WINDOW: u64 = 128 * 1024 * 1024;

/// An empty last block, and a checksum that is not looked at.
const END: [u8; 7] = [1, 0, 0, 0, 0, 0, 0];

/// The largest window that is held for a file of `size` bytes: a small file must not fill a large one.
pub(super) fn largest_window(size: u64) -> u64 {
    USUAL_WINDOW.saturating_add(size).min(LARGEST_WINDOW)
}

/// The content of a zstd file.
pub(super) struct Zstd<'s> {
    stored: Stored<'s>,
    decoder: FrameDecoder,
    /// The magic number of a frame that was read but not yet decoded.
    magic: Option<[u8; 4]>,
    state: State,
}

enum State {
    BetweenFrames,
    InFrame,
    /// Damage; it is told when what was decoded before has been given.
    Failed(Option<io::Error>),
}

impl<'s> Zstd<'s> {
    /// The content of `stored`, a file of `size` bytes, of which the first magic number has been read.
    pub(super) fn new(stored: Stored<'s>, size: u64) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(largest_window(size));
        Self { stored, decoder, magic: Some(MAGIC), state: State::BetweenFrames }
    }

    /// Begins the next frame; false at the end of the file.
    fn begin(&mut self) -> io::Result<bool> {
        let magic = match self.magic.take() {
            Some(magic) => magic,
            None => match self.stored.next_magic()? {
                Some(magic) => magic,
                None => return Ok(false),
            },
        };
        if magic != MAGIC {
            return Err(invalid("bytes that are no zstd frame follow the last one"));
        }
        match self.decoder.init((&magic[..]).chain(&mut self.stored)) {
            Ok(()) => Ok(true),
            Err(FrameDecoderError::WindowSizeTooBig { requested, max }) => Err(unsupported(&format!(
                "its window is of {requested} bytes, and of a file of this size {max} are held"
            ))),
            Err(FrameDecoderError::DictNotProvided { dict_id }) => {
                Err(unsupported(&format!("it needs the dictionary {dict_id}")))
            }
            Err(error) => Err(self.stored.cause(error)),
        }
    }

    /// Checks the frame whose content has all been given.
    fn end(&self) -> io::Result<()> {
        let stored = self.decoder.get_checksum_from_data();
        if stored.is_none() || stored == self.decoder.get_calculated_checksum() {
            return Ok(());
        }
        Err(invalid("the checksum does not match"))
    }

    fn step(&mut self) -> io::Result<bool> {
        match self.state {
            State::BetweenFrames => {
                if !self.begin()? {
                    return Ok(false);
                }
                self.state = State::InFrame;
            }
            State::InFrame if self.decoder.is_finished() => {
                self.end()?;
                self.state = State::BetweenFrames;
            }
            State::InFrame => {
                let decoded = self.decoder.decode_blocks(&mut self.stored, BlockDecodingStrategy::UptoBlocks(1));
                if let Err(error) = decoded {
                    let cause = self.stored.cause(error);
                    // Of an unfinished frame the decoder keeps a window back: end the frame to have all of it.
                    let _ = self.decoder.decode_blocks(&END[..], BlockDecodingStrategy::UptoBlocks(1));
                    self.state = State::Failed(Some(cause));
                }
            }
            State::Failed(ref mut cause) => {
                return cause.take().map_or(Ok(false), Err);
            }
        }
        Ok(true)
    }
}

impl Read for Zstd<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if !matches!(self.state, State::BetweenFrames) && self.decoder.can_collect() > 0 {
                return self.decoder.read(buffer);
            }
            if !self.step()? {
                return Ok(0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::super::tests::read;
    use super::*;
    use crate::capture::Compression;

    /// A frame with a window of 2ⁿ KiB and a checksum, of `blocks` blocks of 128 KiB that repeat a byte.
    fn frame(window_log: u8, blocks: usize, checksum: u32) -> Vec<u8> {
        let mut frame = [&MAGIC[..], &[0x04, window_log << 3]].concat();
        for block in 0..blocks {
            let header: u32 = (128 * 1024) << 3 | 1 << 1 | u32::from(block + 1 == blocks);
            frame.extend_from_slice(&header.to_le_bytes()[..3]);
            frame.push(b'x');
        }
        frame.extend_from_slice(&checksum.to_le_bytes());
        frame
    }

    #[test]
    fn a_checksum_that_does_not_match_is_damage() {
        // xxh64 of 128 KiB of `x`, as zstd 1.5 writes it
        let (content, _, end) = read(&frame(7, 1, CHECKSUM), u64::MAX);
        assert_eq!((content.len(), end), (128 * 1024, None));
        let (content, _, end) = read(&frame(7, 1, CHECKSUM ^ 1), u64::MAX);
        assert_eq!((content.len(), end), (128 * 1024, Some(ErrorKind::InvalidData)));
    }

    const CHECKSUM: u32 = 0x44f3_8f87;

    #[test]
    fn the_window_is_bounded_by_the_size_of_the_file() {
        assert_eq!(read(&frame(13, 80, 0), u64::MAX).0.len(), 80 * 128 * 1024);
        let (content, compression, end) = read(&frame(14, 80, 0), u64::MAX);
        assert_eq!((content.len(), compression, end), (0, Some(Compression::Zstd), Some(ErrorKind::Unsupported)));
        assert_eq!(largest_window(100 << 20), 108 << 20);
        assert_eq!(largest_window(u64::MAX), LARGEST_WINDOW);
    }
}
