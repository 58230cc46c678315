//! Where a message's body ends (RFC 9112, 6.3) and the chunked coding (7.1).

use super::head::Head;

/// How the end of a body is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// There is no body.
    None,
    /// So many bytes.
    Length(u64),
    /// Chunks.
    Chunked,
    /// All bytes until the connection is closed.
    UntilClose,
}

/// Framing of a request's body.
pub(super) fn of_request(head: &Head<'_>) -> Framing {
    if is_chunked(head) {
        return Framing::Chunked;
    }
    content_length(head).map_or(Framing::None, length)
}

/// Framing of a final response's body; `bodiless` when the request was HEAD or the response opens a tunnel.
pub(super) fn of_response(head: &Head<'_>, status: u16, bodiless: bool) -> Framing {
    if bodiless || (100..200).contains(&status) || status == 204 || status == 304 {
        return Framing::None;
    }
    if is_chunked(head) {
        return Framing::Chunked;
    }
    content_length(head).map_or(Framing::UntilClose, length)
}

fn length(bytes: u64) -> Framing {
    if bytes == 0 { Framing::None } else { Framing::Length(bytes) }
}

fn is_chunked(head: &Head<'_>) -> bool {
    head.elements("transfer-encoding").last().is_some_and(|coding| coding.eq_ignore_ascii_case(b"chunked"))
}

/// The Content-Length: the last one, as Wireshark takes it, if it is a number.
fn content_length(head: &Head<'_>) -> Option<u64> {
    head.elements("content-length").last().and_then(read_length)
}

/// The number of one Content-Length (RFC 9110, 8.6); a plus sign before it, which is not allowed, is passed over.
pub(crate) fn read_length(value: &[u8]) -> Option<u64> {
    let digits = value.strip_prefix(b"+").unwrap_or(value);
    let (first, rest) = digits.split_first()?;
    let digit = |byte: u8| byte.is_ascii_digit().then(|| u64::from(byte - b'0'));
    rest.iter().try_fold(digit(*first)?, |number, byte| number.checked_mul(10)?.checked_add(digit(*byte)?))
}

/// Why the fields of a head do not say clearly where its body ends (RFC 9112, 6.3), as a code; `None` if they do.
pub(super) fn ambiguity(head: &Head<'_>) -> Option<&'static str> {
    let (mut first, mut contradictory) = (None, false);
    for length in head.elements("content-length") {
        let Some(number) = read_length(length).filter(|_| !length.starts_with(b"+")) else {
            return Some("not_a_number");
        };
        contradictory |= *first.get_or_insert(number) != number;
    }
    first?;
    if contradictory {
        return Some("contradictory");
    }
    let coded = head.elements("transfer-encoding").any(|coding| !coding.eq_ignore_ascii_case(b"identity"));
    coded.then_some("with_transfer_encoding")
}

/// Longest chunk-size line; extensions are rarely used.
const MAX_SIZE_LINE: usize = 4096;

/// The chunked coding, byte for byte.
#[derive(Debug, Default)]
pub(super) struct Chunked {
    state: ChunkState,
    /// Size of the next chunk as read so far.
    size: u64,
    line_length: usize,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum ChunkState {
    #[default]
    Size,
    /// Behind the size digits: extensions, until the line end.
    Extension,
    Data(u64),
    /// The line end behind a chunk's data.
    DataEnd,
    /// At the start of a trailer line.
    Trailer,
    /// Within a trailer line.
    TrailerLine,
    /// Behind a carriage return at the start of a trailer line.
    LastLineEnd,
}

/// What a step through chunked bytes found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChunkStep {
    /// So many bytes of framing were passed.
    Framing(usize),
    /// So many bytes belong to the body.
    Data(usize),
    /// So many bytes of framing were passed and the message is complete.
    Complete(usize),
    /// This is not the chunked coding.
    Malformed,
}

impl Chunked {
    /// Bytes of the current chunk that are still to come.
    pub(super) fn data_remaining(&self) -> u64 {
        match self.state {
            ChunkState::Data(remaining) => remaining,
            _ => 0,
        }
    }

    /// Passes over `length` bytes of chunk data that cannot be read.
    pub(super) fn skip_data(&mut self, length: u64) {
        if let ChunkState::Data(remaining) = self.state {
            let left = remaining.saturating_sub(length);
            self.state = if left == 0 { ChunkState::DataEnd } else { ChunkState::Data(left) };
        }
    }

    /// Takes some of `bytes`, which are not empty.
    pub(super) fn step(&mut self, bytes: &[u8]) -> ChunkStep {
        if let ChunkState::Data(remaining) = self.state {
            let take = usize::try_from(remaining).unwrap_or(usize::MAX).min(bytes.len());
            self.skip_data(take as u64);
            return ChunkStep::Data(take);
        }
        for (index, byte) in bytes.iter().enumerate() {
            match self.framing_byte(*byte) {
                Some(true) => return ChunkStep::Complete(index + 1),
                Some(false) => {}
                None => return ChunkStep::Malformed,
            }
            if matches!(self.state, ChunkState::Data(_)) {
                return ChunkStep::Framing(index + 1);
            }
        }
        ChunkStep::Framing(bytes.len())
    }

    /// Takes one byte outside chunk data: whether it completes the message, `None` if it does not belong there.
    fn framing_byte(&mut self, byte: u8) -> Option<bool> {
        match (self.state, byte) {
            (ChunkState::Size, digit) if digit.is_ascii_hexdigit() => {
                let value = char::from(digit).to_digit(16).map(u64::from)?;
                self.size = self.size.checked_mul(16)?.checked_add(value)?;
                self.line_length += 1;
            }
            (ChunkState::Size | ChunkState::Extension, b'\n') => {
                if self.line_length == 0 {
                    return None;
                }
                self.state = if self.size == 0 { ChunkState::Trailer } else { ChunkState::Data(self.size) };
                self.size = 0;
                self.line_length = 0;
            }
            (ChunkState::Size, b'\r' | b';' | b' ' | b'\t' | 0x0b | 0x0c) if self.line_length > 0 => {
                self.state = ChunkState::Extension;
            }
            (ChunkState::Extension, _) => {
                self.line_length += 1;
                if self.line_length > MAX_SIZE_LINE {
                    return None;
                }
            }
            (ChunkState::DataEnd, b'\n') => self.state = ChunkState::Size,
            (ChunkState::Trailer, b'\r') => self.state = ChunkState::LastLineEnd,
            (ChunkState::Trailer | ChunkState::LastLineEnd, b'\n') => return Some(true),
            (ChunkState::Trailer | ChunkState::LastLineEnd, _) => self.state = ChunkState::TrailerLine,
            (ChunkState::TrailerLine, b'\n') => self.state = ChunkState::Trailer,
            (ChunkState::DataEnd, b'\r') | (ChunkState::TrailerLine, _) => {}
            _ => return None,
        }
        Some(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(pieces: &[&[u8]]) -> (Vec<u8>, Option<ChunkStep>) {
        let mut chunked = Chunked::default();
        let mut body = Vec::new();
        let mut last = None;
        for piece in pieces {
            let mut rest = *piece;
            while !rest.is_empty() {
                let step = chunked.step(rest);
                last = Some(step);
                match step {
                    ChunkStep::Framing(length) => rest = &rest[length..],
                    ChunkStep::Data(length) => {
                        body.extend_from_slice(&rest[..length]);
                        rest = &rest[length..];
                    }
                    ChunkStep::Complete(_) | ChunkStep::Malformed => return (body, last),
                }
            }
        }
        (body, last)
    }

    #[test]
    fn chunks_with_extension_and_trailer_however_they_are_split() {
        let bytes = b"4;a=b\r\nwire\r\n3\r\nlab\r\n0\r\nX: y\r\n\r\n";
        for cut in 0..bytes.len() {
            let (body, last) = decode(&[&bytes[..cut], &bytes[cut..]]);
            assert_eq!(body, b"wirelab");
            assert!(matches!(last, Some(ChunkStep::Complete(_))), "{cut}");
        }
    }

    #[test]
    fn lengths_that_contradict_each_other_are_told() {
        let check = |fields: &str, length: Option<u64>, why: Option<&str>| {
            let bytes = format!("HTTP/1.1 200 OK\r\n{fields}\r\n\r\n");
            let head = Head::parse(bytes.as_bytes()).unwrap();
            assert_eq!((content_length(&head), ambiguity(&head)), (length, why), "{fields}");
        };
        check("Content-Length: 5", Some(5), None);
        check("Content-Length: 5\r\nContent-Length: 5", Some(5), None);
        check("Content-Length: 5, 5", Some(5), None);
        check("Content-Length: 5\r\nContent-Length: 7", Some(7), Some("contradictory"));
        check("Content-Length: +5", Some(5), Some("not_a_number"));
        check("Content-Length: -5", None, Some("not_a_number"));
        check("Content-Length: 5;x", None, Some("not_a_number"));
        check("Content-Length: 5\r\nTransfer-Encoding: chunked", Some(5), Some("with_transfer_encoding"));
        check("Content-Length: 5\r\nTransfer-Encoding: identity", Some(5), None);
        check("Transfer-Encoding: chunked", None, None);
    }

    #[test]
    fn other_bytes_are_malformed() {
        assert_eq!(decode(&[b"hello"]).1, Some(ChunkStep::Malformed));
        assert_eq!(decode(&[b"\r\n"]).1, Some(ChunkStep::Malformed));
        assert_eq!(decode(&[b"fffffffffffffffff\r\n"]).1, Some(ChunkStep::Malformed));
    }
}
