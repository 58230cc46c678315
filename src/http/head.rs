//! The head of a message: start line and fields (RFC 9112, 2 to 5).

use std::ops::Range;

/// Longest head that is followed. Servers refuse heads beyond 8 to 64 KiB.
pub(crate) const MAX_HEAD: usize = 256 << 10;
/// Longest method, in bytes; the longest registered one has 17.
const MAX_METHOD: usize = 32;
/// Fields that httparse is given room for; a head with more is split by hand.
const MAX_PARSED_FIELDS: usize = 128;

/// A start line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StartLine<'a> {
    Request { method: &'a [u8], target: &'a [u8], version: &'a [u8] },
    Response { version: &'a [u8], status: u16, reason: &'a [u8] },
}

/// One field line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field<'a> {
    pub(crate) name: &'a [u8],
    /// Without the blanks before it; those behind it are kept, as Wireshark shows them.
    pub(crate) value: &'a [u8],
    /// Where the line stands in the head, line end included.
    pub(crate) line: Range<usize>,
}

impl Field<'_> {
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }

    /// The value without blanks around it (RFC 9110, 5.5).
    pub(crate) fn trimmed(&self) -> &[u8] {
        self.value.trim_ascii()
    }
}

/// A whole head.
#[derive(Debug, Clone)]
pub(crate) struct Head<'a> {
    pub(crate) start: StartLine<'a>,
    pub(crate) fields: Vec<Field<'a>>,
    /// Whether httparse refused it, so that it was split by hand.
    pub(crate) irregular: bool,
}

impl<'a> Head<'a> {
    /// The value of the first field of that name, without blanks around it.
    pub(crate) fn value(&self, name: &str) -> Option<&[u8]> {
        self.fields.iter().find(|field| field.is(name)).map(Field::trimmed)
    }

    /// The elements of a comma-separated field, from all its lines.
    pub(crate) fn elements(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        self.fields
            .iter()
            .filter(move |field| field.is(name))
            .flat_map(|field| field.value.split(|byte| *byte == b','))
            .map(<[u8]>::trim_ascii)
            .filter(|element| !element.is_empty())
    }

    /// Reads a head from its bytes; `None` if they do not begin with a start line. The bytes may end early (snap length):
    /// then the lines that are there count.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (line, start_length) = first_line(bytes)?;
        let start = start_line(line)?;
        let irregular = !accepted_by_httparse(bytes, &start);
        Some(Self { start, fields: fields(bytes, start_length), irregular })
    }
}

/// The first line without its line end, and its length with it.
fn first_line(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let line = bytes.get(..end)?;
    Some((line.strip_suffix(b"\r").unwrap_or(line), end + 1))
}

fn start_line(line: &[u8]) -> Option<StartLine<'_>> {
    if line.starts_with(b"HTTP/") {
        return status_line(line);
    }
    // Split at the first and the last space: a target with spaces stays whole.
    let method_end = line.iter().position(|byte| *byte == b' ')?;
    let version_start = line.iter().rposition(|byte| *byte == b' ')?;
    let method = line.get(..method_end)?;
    let version = line.get(version_start + 1..)?;
    let target = line.get(method_end + 1..version_start.max(method_end + 1))?;
    (is_method(method) && is_version(version)).then_some(StartLine::Request { method, target, version })
}

fn status_line(line: &[u8]) -> Option<StartLine<'_>> {
    let version_end = line.iter().position(|byte| *byte == b' ')?;
    let version = line.get(..version_end).filter(|version| is_version(version))?;
    let rest = line.get(version_end + 1..)?.trim_ascii_start();
    let digits = rest.get(..3).filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
    let status = digits.iter().fold(0, |status, digit| status * 10 + u16::from(digit - b'0'));
    let reason = rest.get(3..).unwrap_or_default();
    let reason = reason.strip_prefix(b" ").unwrap_or(reason);
    Some(StartLine::Response { version, status, reason })
}

fn is_method(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.len() <= MAX_METHOD && bytes.iter().all(|byte| is_token(*byte))
}

/// `tchar` of RFC 9110, 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// `HTTP/` digit `.` digit (RFC 9112, 2.3).
fn is_version(bytes: &[u8]) -> bool {
    matches!(bytes, [b'H', b'T', b'T', b'P', b'/', major, b'.', minor] if major.is_ascii_digit() && minor.is_ascii_digit())
}

fn accepted_by_httparse(bytes: &[u8], start: &StartLine<'_>) -> bool {
    let mut room = [httparse::EMPTY_HEADER; MAX_PARSED_FIELDS];
    match start {
        StartLine::Request { .. } => httparse::Request::new(&mut room).parse(bytes).is_ok(),
        StartLine::Response { .. } => httparse::Response::new(&mut room).parse(bytes).is_ok(),
    }
}

/// The field lines behind the start line; a line without a colon is passed over.
fn fields(bytes: &[u8], start: usize) -> Vec<Field<'_>> {
    let mut fields = Vec::with_capacity(16);
    let mut at = start;
    while let Some((line, length)) = bytes.get(at..).and_then(first_line) {
        if line.is_empty() {
            break;
        }
        if let Some(colon) = line.iter().position(|byte| *byte == b':')
            && let (Some(name), Some(value)) = (line.get(..colon), line.get(colon + 1..))
        {
            fields.push(Field { name: name.trim_ascii_end(), value: value.trim_ascii_start(), line: at..at + length });
        }
        at += length;
    }
    fields
}

/// What the first bytes at a place where a message may begin look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// A whole start line.
    Message,
    /// Perhaps the beginning of one.
    Unfinished,
    /// Something else.
    Other,
}

/// Recognises a start line by its content.
pub(crate) fn recognise(bytes: &[u8]) -> Start {
    if let Some((line, _)) = bytes.get(..bytes.len().min(MAX_HEAD)).and_then(first_line) {
        return if start_line(line).is_some() { Start::Message } else { Start::Other };
    }
    let method = bytes.iter().take_while(|byte| is_token(**byte)).count();
    let plausible = match bytes.get(method) {
        None => method <= MAX_METHOD && !bytes.is_empty(),
        Some(b' ') => method > 0 && method <= MAX_METHOD,
        Some(b'/') => bytes.starts_with(b"HTTP/"),
        Some(_) => false,
    };
    if plausible && bytes.len() < MAX_HEAD { Start::Unfinished } else { Start::Other }
}

/// Length of the head at the start of `bytes`, empty line included; `None` while that line is not there. The first
/// `searched` bytes are known not to complete it.
pub(crate) fn head_length(bytes: &[u8], searched: usize) -> Option<usize> {
    // The empty line may have begun up to three bytes before.
    let mut at = searched.saturating_sub(3);
    while let Some(found) = bytes.get(at..)?.iter().position(|byte| *byte == b'\n') {
        let behind = at + found + 1;
        match (bytes.get(behind), bytes.get(behind + 1)) {
            (Some(b'\n'), _) => return Some(behind + 1),
            (Some(b'\r'), Some(b'\n')) => return Some(behind + 2),
            _ => at = behind,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn start_lines() {
        let request = |method, target| StartLine::Request { method, target, version: b"HTTP/1.1" };
        let check = |line: &[u8], expected| assert_eq!(start_line(line), expected, "{line:?}");
        check(b"GET / HTTP/1.1", Some(request(b"GET", b"/")));
        check(b"GET /a b HTTP/1.1", Some(request(b"GET", b"/a b")));
        check(b"GET  HTTP/1.1", Some(request(b"GET", b"")));
        check(b"HTTP/1.1 200 OK", Some(StartLine::Response { version: b"HTTP/1.1", status: 200, reason: b"OK" }));
        check(b"HTTP/1.1 404", Some(StartLine::Response { version: b"HTTP/1.1", status: 404, reason: b"" }));
        check(b"220 smtp.example ESMTP", None);
        check(b"GET /", None);
    }

    #[test]
    fn a_head_ends_with_its_empty_line_wherever_it_is_cut() {
        let head = b"GET / HTTP/1.1\r\nHost: a\r\n\r\nrest";
        for cut in 0..head.len() {
            assert_eq!(head_length(&head[..cut], 0), (cut >= 27).then_some(27), "{cut}");
            assert_eq!(head_length(head, cut.min(26)), Some(27));
        }
        assert_eq!(head_length(b"GET / HTTP/1.0\n\n", 0), Some(16));
    }

    #[test]
    fn recognition_waits_for_the_line_end_and_no_longer() {
        assert_eq!(recognise(b"GET /index"), Start::Unfinished);
        assert_eq!(recognise(b"HTTP/1.1 200"), Start::Unfinished);
        assert_eq!(recognise(b"GET / HTTP/1.1\r\n"), Start::Message);
        assert_eq!(recognise(b"EHLO there\r\n"), Start::Other);
        assert_eq!(recognise(b"\x16\x03\x01"), Start::Other);
        assert_eq!(recognise(b""), Start::Other);
    }
}
