//! deflate (RFC 1951), bare or in the zlib format (RFC 1950).

use std::io::{self, BufRead, Read};

use flate2::{Decompress, FlushDecompress, Status};

/// What a deflate body says. Unlike the decoders of `flate2` it fails when the stream is cut.
pub(super) struct Inflate<R: BufRead> {
    coded: R,
    state: Decompress,
    ended: bool,
}

impl<R: BufRead> Inflate<R> {
    /// `zlib` tells which of the formats it is.
    pub(super) fn new(coded: R, zlib: bool) -> Self {
        Self { coded, state: Decompress::new(zlib), ended: false }
    }
}

impl<R: BufRead> Read for Inflate<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !self.ended && !buffer.is_empty() {
            let input = self.coded.fill_buf()?;
            let is_end = input.is_empty();
            let (taken, given) = (self.state.total_in(), self.state.total_out());
            let status = self.state.decompress(input, buffer, FlushDecompress::None)?;
            let taken = usize::try_from(self.state.total_in() - taken).unwrap_or_default();
            let given = usize::try_from(self.state.total_out() - given).unwrap_or_default();
            self.coded.consume(taken);
            self.ended = status == Status::StreamEnd;
            if given > 0 {
                return Ok(given);
            }
            if is_end && !self.ended {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(0)
    }
}
