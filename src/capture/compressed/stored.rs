//! The bytes of a compressed file, as far as all frame formats agree.

use std::fmt::Display;
use std::io::{self, BufReader, ErrorKind, Read};

use super::PIECE;

/// A compressed file being read. It remembers how reading it failed, which the decoders' own errors do not always tell.
pub(super) struct Stored<'s> {
    input: BufReader<Box<dyn Read + 's>>,
    ended: bool,
    failure: Option<io::Error>,
}

impl<'s> Stored<'s> {
    pub(super) fn new(input: Box<dyn Read + 's>) -> Self {
        Self { input: BufReader::with_capacity(PIECE, input), ended: false, failure: None }
    }

    /// The magic number of the next frame, which is no skippable one; `None` at the end of the file.
    pub(super) fn next_magic(&mut self) -> io::Result<Option<[u8; 4]>> {
        let mut magic = [0; 4];
        match fill(self, &mut magic)? {
            0 => Ok(None),
            4 if is_skippable(magic) => self.pass_skippable(magic),
            4 => Ok(Some(magic)),
            _ => Err(ErrorKind::UnexpectedEof.into()),
        }
    }

    /// Passes over the skippable frame whose magic number was read last, and those after it; gives the next magic number.
    pub(super) fn pass_skippable(&mut self, mut magic: [u8; 4]) -> io::Result<Option<[u8; 4]>> {
        while is_skippable(magic) {
            let mut length = [0; 4];
            self.read_exact(&mut length)?;
            let length = u64::from(u32::from_le_bytes(length));
            if io::copy(&mut self.by_ref().take(length), &mut io::sink())? < length {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            match fill(self, &mut magic)? {
                0 => return Ok(None),
                4 => {}
                _ => return Err(ErrorKind::UnexpectedEof.into()),
            }
        }
        Ok(Some(magic))
    }

    /// What a decoder's error comes from: the system, the end of the file, or the data, of which it says `what`.
    pub(super) fn cause(&mut self, what: impl Display) -> io::Error {
        match self.failure.take() {
            Some(failure) => failure,
            None if self.ended => ErrorKind::UnexpectedEof.into(),
            None => invalid(&what.to_string()),
        }
    }
}

impl Read for Stored<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.input.read(buffer) {
            Ok(count) => {
                self.ended |= count == 0 && !buffer.is_empty();
                Ok(count)
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => Err(error),
            Err(error) => {
                let kind = error.kind();
                self.failure = Some(error);
                Err(kind.into())
            }
        }
    }
}

/// Damage of the compressed data.
pub(super) fn invalid(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what.to_owned())
}

/// A property of the compressed data that is not supported.
pub(super) fn unsupported(what: &str) -> io::Error {
    io::Error::new(ErrorKind::Unsupported, what.to_owned())
}

/// Frames that hold no content, common to LZ4 and zstd (RFC 8878, 3.1.2).
pub(super) fn is_skippable(magic: [u8; 4]) -> bool {
    matches!(u32::from_le_bytes(magic), 0x184d_2a50..=0x184d_2a5f)
}

/// Fills `buffer` as far as `input` goes; gives how far that is.
pub(super) fn fill(input: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut held = 0;
    while let Some(room) = buffer.get_mut(held..).filter(|room| !room.is_empty()) {
        match input.read(room) {
            Ok(0) => break,
            Ok(count) => held += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(held)
}
