//! As much of HTTP as the preview needs: one GET or HEAD per connection, every bound in sight.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

/// Largest head of a request: browsers send less than a tenth of it.
const LARGEST_HEAD: usize = 8 * 1024;
/// Most header fields.
const MOST_FIELDS: usize = 64;
/// How long a request may take to arrive, and an answer to be taken.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long and how much more of a request that is refused is read, so that its sender sees the answer.
const LEAVE: Duration = Duration::from_millis(500);
const MOST_UNREAD: u64 = 64 * 1024;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    /// Without the query.
    pub(super) path: String,
    /// What follows the question mark.
    pub(super) query: String,
    /// Whether only the head of the answer is wanted.
    pub(super) head_only: bool,
}

/// An answer that refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refusal(pub(super) &'static str);

pub(super) const NOT_FOUND: Refusal = Refusal("404 Not Found");
const BAD_REQUEST: Refusal = Refusal("400 Bad Request");
const TOO_LARGE: Refusal = Refusal("431 Request Header Fields Too Large");
const WRONG_METHOD: Refusal = Refusal("405 Method Not Allowed");
const WRONG_HOST: Refusal = Refusal("421 Misdirected Request");

/// What is sent.
#[derive(Debug)]
pub(super) struct Answer<'a> {
    pub(super) kind: &'static str,
    /// `Content-Security-Policy`, unless the content has its own.
    pub(super) policy: Option<&'static str>,
    pub(super) content: &'a [u8],
}

/// Reads a request that was made to this computer at `port`; none when the connection gives none.
pub(super) fn read(stream: &mut TcpStream, port: u16) -> io::Result<Option<Result<Request, Refusal>>> {
    stream.set_write_timeout(Some(PATIENCE))?;
    let begun = now();
    let mut head = Vec::new();
    let mut part = [0; 1024];
    loop {
        let left = PATIENCE.saturating_sub(begun.elapsed());
        if left.is_zero() {
            return Ok(None);
        }
        stream.set_read_timeout(Some(left))?;
        let length = match stream.read(&mut part) {
            Ok(0) => return Ok(None),
            Ok(length) => length,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => return Ok(None),
        };
        head.extend_from_slice(part.get(..length).unwrap_or_default());
        if let Some(request) = parse(&head, port) {
            return Ok(Some(request));
        }
        if head.len() > LARGEST_HEAD {
            return Ok(Some(Err(TOO_LARGE)));
        }
    }
}

/// The request that `head` is; none while it is incomplete.
fn parse(head: &[u8], port: u16) -> Option<Result<Request, Refusal>> {
    let mut fields = [httparse::EMPTY_HEADER; MOST_FIELDS];
    let mut request = httparse::Request::new(&mut fields);
    match request.parse(head) {
        Ok(httparse::Status::Partial) => return None,
        Err(httparse::Error::TooManyHeaders) => return Some(Err(TOO_LARGE)),
        Err(_) => return Some(Err(BAD_REQUEST)),
        Ok(httparse::Status::Complete(_)) => {}
    }
    let mut hosts = request.headers.iter().filter(|field| field.name.eq_ignore_ascii_case("host"));
    if !hosts.next().is_some_and(|host| is_this_computer(host.value, port)) || hosts.next().is_some() {
        return Some(Err(WRONG_HOST));
    }
    let head_only = match request.method {
        Some("GET") => false,
        Some("HEAD") => true,
        _ => return Some(Err(WRONG_METHOD)),
    };
    let target = request.path.unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    Some(Ok(Request { path: path.to_owned(), query: query.to_owned(), head_only }))
}

/// Whether a Host field names this computer's loopback interface and the port. A name that somebody else's DNS leads here
/// does not: its page could read the preview.
fn is_this_computer(host: &[u8], port: u16) -> bool {
    ["127.0.0.1", "localhost", "[::1]"]
        .iter()
        .any(|name| host.eq_ignore_ascii_case(format!("{name}:{port}").as_bytes()))
}

/// Sends an answer and closes the connection.
pub(super) fn answer(stream: &mut TcpStream, answer: &Answer<'_>, head_only: bool) -> io::Result<()> {
    let Answer { kind, policy, content } = answer;
    let policy = policy.map(|policy| format!("Content-Security-Policy: {policy}\r\n")).unwrap_or_default();
    send(stream, "200 OK", kind, &policy, content, head_only)
}

/// Sends a refusal and closes the connection.
pub(super) fn refuse(stream: &mut TcpStream, refusal: Refusal) -> io::Result<()> {
    let allowed = if refusal == WRONG_METHOD { "Allow: GET, HEAD\r\n" } else { "" };
    send(stream, refusal.0, "text/plain; charset=utf-8", allowed, refusal.0.as_bytes(), false)?;
    // A connection that is closed with something unread is reset, and the answer with it.
    stream.shutdown(Shutdown::Write)?;
    stream.set_read_timeout(Some(LEAVE))?;
    io::copy(&mut stream.take(MOST_UNREAD), &mut io::sink()).map(drop)
}

fn send(
    stream: &mut TcpStream,
    status: &str,
    kind: &str,
    fields: &str,
    content: &[u8],
    head_only: bool,
) -> io::Result<()> {
    let length = content.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n{fields}Cache-Control: no-store\r\n\
         X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\nCross-Origin-Resource-Policy: same-origin\r\n\
         Connection: close\r\n\r\n"
    )?;
    if !head_only {
        stream.write_all(content)?;
    }
    stream.flush()
}

#[expect(clippy::disallowed_methods, reason = "the clock decides how long to wait for a browser")]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_requests_to_this_computer_are_read() {
        let check = |head: &str, expected: Option<Result<&str, Refusal>>| {
            let read = parse(head.as_bytes(), 8000);
            assert_eq!(
                read.map(|read| read.map(|request| request.path)),
                expected.map(|e| e.map(str::to_owned)),
                "{head}"
            );
        };
        check("GET / HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n\r\n", Some(Ok("/")));
        check("GET /a?b=c HTTP/1.1\r\nhost: LocalHost:8000\r\n\r\n", Some(Ok("/a")));
        check("GET / HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n", None);
        for host in ["Host: evil.example:8000\r\n", "Host: 127.0.0.1\r\n", "Host: 127.0.0.1:8001\r\n", ""] {
            check(&format!("GET / HTTP/1.1\r\n{host}\r\n"), Some(Err(WRONG_HOST)));
        }
        check("GET / HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nHost: evil.example\r\n\r\n", Some(Err(WRONG_HOST)));
        check("POST / HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n\r\n", Some(Err(WRONG_METHOD)));
        check("GET\r\n\r\n", Some(Err(BAD_REQUEST)));
        let many = "A: b\r\n".repeat(MOST_FIELDS + 1);
        check(&format!("GET / HTTP/1.1\r\n{many}\r\n"), Some(Err(TOO_LARGE)));
    }
}
