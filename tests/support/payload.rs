//! Payloads: what the pieces of a segment's payload become.

use std::io::Write as _;

use super::words::Word;

/// Takes the piece of payload that `words` begin with; `None` when they begin with something else.
pub fn piece(words: &mut std::iter::Peekable<std::slice::Iter<'_, Word>>) -> Result<Option<Vec<u8>>, String> {
    let kind = match words.peek() {
        Some(Word::Text(text)) => {
            words.next();
            return Ok(Some(text.clone()));
        }
        Some(Word::Plain(kind)) => kind.as_str(),
        None => return Ok(None),
    };
    if !["body", "gzip", "gzip-chunk", "chunk", "hex", "client-hello", "server-hello", "sealed"].contains(&kind) {
        return Ok(None);
    }
    words.next();
    let made = match (kind, words.next()) {
        ("gzip", Some(Word::Text(text))) => gzip(text),
        ("gzip-chunk", Some(Word::Text(text))) => chunk(&gzip(text)),
        ("chunk", Some(Word::Text(text))) => chunk(text),
        ("body", Some(Word::Plain(number))) => {
            let length = number.parse().map_err(|_| format!("`{number}` is no length"))?;
            (b'a'..=b'z').cycle().take(length).collect()
        }
        ("hex", Some(Word::Plain(digits))) => hex(digits)?,
        ("client-hello", Some(Word::Plain(name))) => client_hello(name),
        ("server-hello", Some(Word::Plain(version))) => server_hello(version)?,
        ("sealed", Some(Word::Plain(number))) => {
            let length = number.parse().map_err(|_| format!("`{number}` is no length"))?;
            record(23, &vec![0xa5; length])
        }
        _ => return Err(format!("`{kind}` without what it needs")),
    };
    Ok(Some(made))
}

/// The pieces one after the other; `{length}` in one is the number of bytes behind it.
pub fn join(pieces: &[Vec<u8>]) -> Vec<u8> {
    const PLACE: &[u8] = b"{length}";
    let mut joined: Vec<u8> = Vec::new();
    for piece in pieces.iter().rev() {
        let mut piece = piece.clone();
        while let Some(at) = piece.windows(PLACE.len()).position(|window| window == PLACE) {
            piece.splice(at..at + PLACE.len(), joined.len().to_string().into_bytes());
        }
        piece.extend(joined);
        joined = piece;
    }
    joined
}

fn chunk(content: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", content.len()).as_bytes(), content, b"\r\n"].concat()
}

/// The bytes that hexadecimal digits write.
pub fn hex(digits: &str) -> Result<Vec<u8>, String> {
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()))
        .collect::<Option<Vec<u8>>>()
        .ok_or_else(|| format!("`{digits}` is no hexadecimal number"))
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn with_length(bytes: &[u8]) -> Vec<u8> {
    let mut out = u16::try_from(bytes.len()).unwrap().to_be_bytes().to_vec();
    out.extend(bytes);
    out
}

fn record(kind: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![kind, 3, 3];
    bytes.extend(with_length(content));
    bytes
}

fn handshake(kind: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![kind, 0];
    bytes.extend(with_length(content));
    record(22, &bytes)
}

/// A Client Hello (RFC 8446, 4.1.2) with the server's name, offering TLS 1.3 and 1.2.
fn client_hello(name: &str) -> Vec<u8> {
    let mut entry = vec![0];
    entry.extend(with_length(name.as_bytes()));
    let mut extensions = vec![0, 0];
    extensions.extend(with_length(&with_length(&entry)));
    extensions.extend([0, 43, 0, 5, 4, 3, 4, 3, 3]);
    let mut hello = vec![3, 3];
    hello.extend([0x11; 32]);
    hello.extend([0, 0, 4, 0x13, 1, 0xc0, 0x2f, 1, 0]);
    hello.extend(with_length(&extensions));
    handshake(1, &hello)
}

/// A Server Hello (RFC 8446, 4.1.3) that chooses the version.
fn server_hello(version: &str) -> Result<Vec<u8>, String> {
    let mut hello = vec![3, 3];
    hello.extend([0x22; 32]);
    hello.push(0);
    match version {
        "1.3" => hello.extend([0x13, 1, 0, 0, 6, 0, 43, 0, 2, 3, 4]),
        "1.2" => hello.extend([0xc0, 0x2f, 0, 0, 0]),
        _ => return Err(format!("TLS {version}: only 1.2 and 1.3 are known here")),
    }
    Ok(handshake(2, &hello))
}
