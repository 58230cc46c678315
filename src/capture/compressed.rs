//! Compression, known by content.

use std::io::{self, BufReader, Cursor, Read};

use flate2::bufread::MultiGzDecoder;

use super::Compression;

/// Compressed bytes read at once.
const PIECE: usize = 128 * 1024;

/// ID1, ID2 and the only compression method (RFC 1952, 2.3.1).
const GZIP: [u8; 3] = [0x1f, 0x8b, 8];

/// `input` decompressed, and what it was compressed with. Streams: nothing is held but one piece.
pub(super) fn decompress<'s>(mut input: Box<dyn Read + 's>) -> io::Result<(Box<dyn Read + 's>, Option<Compression>)> {
    let mut begin = Vec::with_capacity(GZIP.len());
    input.by_ref().take(GZIP.len() as u64).read_to_end(&mut begin)?;
    let gzip = begin == GZIP;
    let whole = Cursor::new(begin).chain(input);
    if gzip {
        let decoder = MultiGzDecoder::new(BufReader::with_capacity(PIECE, whole));
        Ok((Box::new(decoder), Some(Compression::Gzip)))
    } else {
        Ok((Box::new(whole), None))
    }
}
