//! The head of a message: start line and fields (RFC 9112, 2 to 5).

use std::borrow::Cow;
use std::mem::MaybeUninit;
use std::ops::Range;

use memchr::memchr;

/// Longest head that is followed. Servers refuse heads beyond 8 KiB to 1 MiB; what is longer is read as far as this.
pub(crate) const MAX_HEAD: usize = 1 << 20;
/// Longest start line that is waited for. Servers take 8 to 64 KiB; other protocols may send as much without a line end.
const MAX_START_LINE: usize = 256 << 10;
/// Longest method, in bytes; the longest registered one has 17.
const MAX_METHOD: usize = 32;
/// Fields that httparse is given room for; a head with more is split by hand.
const MAX_PARSED_FIELDS: usize = 128;

/// A start line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StartLine<'a> {
    /// `version` is empty in HTTP/0.9 (RFC 1945, 4.1).
    Request {
        method: &'a [u8],
        target: &'a [u8],
        version: &'a [u8],
    },
    Response {
        version: &'a [u8],
        status: u16,
        reason: &'a [u8],
    },
}

/// One field line, with the lines that continue it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field<'a> {
    pub(crate) name: &'a [u8],
    /// Without the blanks before it; those behind it are kept, as Wireshark shows them. Where the value goes on in further lines
    /// (`obs-fold`, RFC 9112, 5.2), a space stands for each line end and the blanks around it.
    pub(crate) value: Cow<'a, [u8]>,
    /// Where its lines stand in the head, line ends included.
    pub(crate) line: Range<usize>,
}

impl Field<'_> {
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }

    /// The value without blanks around it (RFC 9110, 5.5).
    pub(crate) fn trimmed(&self) -> &[u8] {
        trim_blanks(&self.value)
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
            .flat_map(|field| field.trimmed().split(|byte| *byte == b','))
            .map(trim_blanks)
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
    first_line_from(bytes, 0)
}

/// The same, where the first `searched` bytes are known to hold no line end.
fn first_line_from(bytes: &[u8], searched: usize) -> Option<(&[u8], usize)> {
    let end = searched + memchr(b'\n', bytes.get(searched..)?)?;
    let line = bytes.get(..end)?;
    Some((line.strip_suffix(b"\r").unwrap_or(line), end + 1))
}

fn start_line(line: &[u8]) -> Option<StartLine<'_>> {
    if line.starts_with(b"HTTP/") {
        return status_line(line);
    }
    // Blanks behind the version are no part of it (RFC 9112, 3).
    let line = line.trim_ascii_end();
    if let Some(target) = simple_request(line) {
        return Some(StartLine::Request { method: b"GET", target, version: b"" });
    }
    // Split at the first and the last space: a target with spaces stays whole.
    let method_end = line.iter().position(|byte| *byte == b' ')?;
    let version_start = line.iter().rposition(|byte| *byte == b' ')?;
    let method = line.get(..method_end)?;
    let version = line.get(version_start + 1..)?;
    let target = line.get(method_end + 1..version_start.max(method_end + 1))?;
    (is_method(method) && is_version(version)).then_some(StartLine::Request { method, target, version })
}

/// The target of an HTTP/0.9 request line (RFC 1945, 5.1): GET, a path or URI, and no version.
fn simple_request(line: &[u8]) -> Option<&[u8]> {
    let target = line.strip_prefix(b"GET ")?;
    let is_target = target.starts_with(b"/") || target.starts_with(b"http://");
    (is_target && !target.contains(&b' ')).then_some(target)
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

/// `HTTP/` digit `.` digit (RFC 9112, 2.3), or a few more digits, which servers of HTTP/1.x have sent.
fn is_version(bytes: &[u8]) -> bool {
    let is_number = |digits: &[u8]| (1..=3).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    let numbers = bytes.strip_prefix(b"HTTP/").unwrap_or_default();
    let dot = numbers.iter().position(|byte| *byte == b'.').unwrap_or(numbers.len());
    numbers
        .split_at_checked(dot)
        .is_some_and(|(major, minor)| is_number(major) && minor.strip_prefix(b".").is_some_and(is_number))
}

/// `bytes` without the blanks and tabs at both ends (`OWS` of RFC 9110, 5.6.3).
fn trim_blanks(bytes: &[u8]) -> &[u8] {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let start = bytes.iter().position(|byte| !is_blank(byte)).unwrap_or(bytes.len());
    let end = bytes.iter().rposition(|byte| !is_blank(byte)).map_or(start, |last| last + 1);
    bytes.get(start..end).unwrap_or_default()
}

/// The same at the beginning only.
fn trim_blanks_start(bytes: &[u8]) -> &[u8] {
    let start = bytes.iter().position(|byte| !matches!(byte, b' ' | b'\t')).unwrap_or(bytes.len());
    bytes.get(start..).unwrap_or_default()
}

fn accepted_by_httparse(bytes: &[u8], start: &StartLine<'_>) -> bool {
    let mut room = [const { MaybeUninit::uninit() }; MAX_PARSED_FIELDS];
    match start {
        StartLine::Request { .. } => {
            httparse::Request::new(&mut []).parse_with_uninit_headers(bytes, &mut room).is_ok()
        }
        StartLine::Response { .. } => {
            let mut response = httparse::Response::new(&mut []);
            let config = httparse::ParserConfig::default();
            config.parse_response_with_uninit_headers(&mut response, bytes, &mut room).is_ok()
        }
    }
}

/// The fields behind the start line. A line that begins with a blank continues the field before it; any other line without a
/// colon is passed over.
fn fields(bytes: &[u8], start: usize) -> Vec<Field<'_>> {
    let mut fields: Vec<Field<'_>> = Vec::with_capacity(16);
    let mut at = start;
    while let Some((line, length)) = bytes.get(at..).and_then(first_line) {
        if line.is_empty() {
            break;
        }
        let end = at + length;
        let folded =
            fields.last_mut().filter(|field| field.line.end == at && matches!(line.first(), Some(b' ' | b'\t')));
        if let Some(field) = folded {
            field.line.end = end;
            fold(field.value.to_mut(), line);
        } else if let Some(colon) = line.iter().position(|byte| *byte == b':')
            && let (Some(name), Some(value)) = (line.get(..colon), line.get(colon + 1..))
        {
            let value = Cow::Borrowed(trim_blanks_start(value));
            fields.push(Field { name: name.trim_ascii_end(), value, line: at..end });
        }
        at = end;
    }
    fields
}

/// Adds a line to a value that it continues.
fn fold(value: &mut Vec<u8>, line: &[u8]) {
    value.truncate(value.trim_ascii_end().len());
    value.push(b' ');
    value.extend_from_slice(trim_blanks_start(line));
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

/// Recognises a start line by its content. The first `searched` bytes are known to hold no line end.
pub(crate) fn recognise(bytes: &[u8], searched: usize) -> Start {
    if let Some((line, _)) = first_line_from(bytes, searched) {
        return if start_line(line).is_some() { Start::Message } else { Start::Other };
    }
    let method = bytes.iter().take(MAX_METHOD + 1).take_while(|byte| is_token(**byte)).count();
    let plausible = match bytes.get(method) {
        None => method <= MAX_METHOD && !bytes.is_empty(),
        Some(b' ') => method > 0 && method <= MAX_METHOD,
        Some(b'/') => bytes.starts_with(b"HTTP/"),
        Some(_) => false,
    };
    if plausible && bytes.len() < MAX_START_LINE { Start::Unfinished } else { Start::Other }
}

/// Whether `bytes` are a request of HTTP/0.9 and nothing else: a line, which no fields follow.
pub(crate) fn is_simple_request(bytes: &[u8]) -> bool {
    first_line(bytes)
        .is_some_and(|(line, length)| length == bytes.len() && simple_request(line.trim_ascii_end()).is_some())
}

/// Length of the head at the start of `bytes`, empty line included; `None` while that line is not there. The first
/// `searched` bytes are known not to complete it.
pub(crate) fn head_length(bytes: &[u8], searched: usize) -> Option<usize> {
    // The empty line may have begun up to three bytes before.
    let mut at = searched.saturating_sub(3);
    while let Some(found) = memchr(b'\n', bytes.get(at..)?) {
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
        check(b"HTTP/1.01 200 OK", Some(StartLine::Response { version: b"HTTP/1.01", status: 200, reason: b"OK" }));
        check(b"HTTP/1. 200 OK", None);
        check(b"GET / HTTP/1.1 ", Some(request(b"GET", b"/")));
        check(b"220 smtp.example ESMTP", None);
        check(b"GET /", Some(StartLine::Request { method: b"GET", target: b"/", version: b"" }));
        check(b"GET key", None);
        check(b"PUT /", None);
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
        let check = |bytes: &[u8], expected| assert_eq!(recognise(bytes, 0), expected, "{bytes:?}");
        check(b"GET /index", Start::Unfinished);
        check(b"HTTP/1.1 200", Start::Unfinished);
        check(b"GET / HTTP/1.1\r\n", Start::Message);
        check(b"EHLO there\r\n", Start::Other);
        check(b"\x16\x03\x01", Start::Other);
        check(b"", Start::Other);
        assert_eq!(recognise(b"GET / HTTP/1.1\r\n", 14), Start::Message);
    }

    #[test]
    fn a_folded_value_is_one_value() {
        let bytes = b"GET / HTTP/1.1\r\nA: one \r\n\t two\r\n three: x\r\nB: b\n c\n\r\n";
        let head = Head::parse(bytes).unwrap();
        let found: Vec<_> = head.fields.iter().map(|field| (field.name, &*field.value, field.line.clone())).collect();
        assert_eq!(found, [(&b"A"[..], &b"one two three: x"[..], 16..43), (b"B", b"b c", 43..51)]);
        // Behind the start line there is nothing that it could continue.
        let head = Head::parse(b"GET / HTTP/1.1\r\n A: a\r\nB: b\r\n\r\n").unwrap();
        assert_eq!((head.value("a"), head.value("b")), (None, Some(&b"b"[..])));
    }
}
