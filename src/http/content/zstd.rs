//! zstd (RFC 8878): any number of frames.

use std::io::{self, BufRead, BufReader, Read};

use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// The largest window of the content coding (RFC 9659).
const MAX_WINDOW: u64 = 8 << 20;

/// What a zstd body says.
pub(super) struct Zstd<R: Read> {
    coded: BufReader<R>,
    decoder: FrameDecoder,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the first frame, which has to be there.
    Start,
    InFrame,
    BetweenFrames,
}

impl<R: Read> Zstd<R> {
    pub(super) fn new(coded: R) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(MAX_WINDOW);
        Self { coded: BufReader::new(coded), decoder, state: State::Start }
    }
}

impl<R: Read> Read for Zstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.state == State::InFrame && self.decoder.can_collect() > 0 {
                return self.decoder.read(buffer);
            }
            match self.state {
                State::BetweenFrames if self.coded.fill_buf()?.is_empty() => return Ok(0),
                State::Start | State::BetweenFrames => {
                    self.decoder.init(&mut self.coded).map_err(io::Error::other)?;
                    self.state = State::InFrame;
                }
                State::InFrame if self.decoder.is_finished() => self.state = State::BetweenFrames,
                State::InFrame => {
                    let one = BlockDecodingStrategy::UptoBlocks(1);
                    self.decoder.decode_blocks(&mut self.coded, one).map_err(io::Error::other)?;
                }
            }
        }
    }
}
