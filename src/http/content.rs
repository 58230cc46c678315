//! Content codings (RFC 9110, 8.4.1): what a body says once it is decoded.

use std::io::Read;

/// Decoded bytes that are kept of one body; a page's parts are smaller, and a bomb stops here.
pub(crate) const MAX_DECODED: u64 = 16 << 20;

/// Why a body cannot be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Undecodable {
    /// A coding that is not supported.
    UnknownCoding,
    /// The bytes are not in that coding, or are cut.
    Malformed,
    /// More than [`MAX_DECODED`] bytes.
    TooLong,
}

/// Decodes `body` from a Content-Encoding value; codings are undone from last to first.
pub(crate) fn decode(body: &[u8], content_encoding: Option<&[u8]>) -> Result<Vec<u8>, Undecodable> {
    let mut decoded = body.to_vec();
    let codings = content_encoding.unwrap_or_default();
    for coding in codings.split(|byte| *byte == b',').map(<[u8]>::trim_ascii).rev() {
        decoded = match coding.to_ascii_lowercase().as_slice() {
            b"" | b"identity" => continue,
            b"gzip" | b"x-gzip" => read_all(flate2::read::MultiGzDecoder::new(decoded.as_slice()))?,
            b"deflate" => read_all(flate2::read::ZlibDecoder::new(decoded.as_slice()))
                .or_else(|_| read_all(flate2::read::DeflateDecoder::new(decoded.as_slice())))?,
            b"br" => read_all(brotli_decompressor::Decompressor::new(decoded.as_slice(), 4096))?,
            _ => return Err(Undecodable::UnknownCoding),
        };
    }
    Ok(decoded)
}

fn read_all(decoder: impl Read) -> Result<Vec<u8>, Undecodable> {
    let mut decoded = Vec::new();
    decoder.take(MAX_DECODED + 1).read_to_end(&mut decoded).map_err(|_| Undecodable::Malformed)?;
    if decoded.len() as u64 > MAX_DECODED { Err(Undecodable::TooLong) } else { Ok(decoded) }
}
