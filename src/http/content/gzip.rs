//! gzip (RFC 1952): any number of members.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::GzDecoder;

/// What a gzip body says. Bytes behind the last member that begin no other are passed over, as browsers do.
pub(super) struct Gzip<R: Read> {
    member: Option<GzDecoder<BufReader<R>>>,
}

impl<R: Read> Gzip<R> {
    pub(super) fn new(coded: R) -> Self {
        Self { member: Some(GzDecoder::new(BufReader::new(coded))) }
    }
}

impl<R: Read> Read for Gzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        const MAGIC: [u8; 2] = [0x1f, 0x8b];
        while let Some(member) = &mut self.member {
            let read = member.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            let Some(mut coded) = self.member.take().map(GzDecoder::into_inner) else { break };
            if coded.fill_buf()?.starts_with(&MAGIC) {
                self.member = Some(GzDecoder::new(coded));
            }
        }
        Ok(0)
    }
}
