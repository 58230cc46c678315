//! TLS records and the two hello messages (RFC 8446, 4.1; RFC 5246, 7.4.1), bytes only.

use super::be16;

use content_type::HANDSHAKE;

/// Content types of records (RFC 8446, 5.1).
pub(crate) mod content_type {
    pub(crate) const CHANGE_CIPHER_SPEC: u8 = 20;
    pub(crate) const ALERT: u8 = 21;
    pub(crate) const HANDSHAKE: u8 = 22;
    pub(crate) const APPLICATION_DATA: u8 = 23;
}

/// Largest handshake message that is put together; a Client Hello with post-quantum keys has about 2 KiB.
pub(crate) const MAX_HANDSHAKE: usize = 64 << 10;
/// Application protocols kept of a Client Hello; browsers offer two or three.
const MAX_ALPN: usize = 8;

/// A record's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    /// Content type: 20 change cipher spec, 21 alert, 22 handshake, 23 application data.
    pub content_type: u8,
    /// Version field, such as `0x0303` (`tls.record.version`).
    pub version: u16,
    /// Bytes behind the header.
    pub length: usize,
}

impl Record {
    /// Bytes of the header.
    pub const HEADER: usize = 5;

    /// Reads the header at the start of `bytes`; `None` if it is cut or no record begins there.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let content_type = *bytes.first()?;
        let version = be16(bytes, 1)?;
        let length = usize::from(be16(bytes, 3)?);
        let plausible = (20..=24).contains(&content_type) && version >> 8 == 3 && length <= (1 << 14) + 2048;
        plausible.then_some(Self { content_type, version, length })
    }

    /// [`Self::version`] of an SSL version 2 Client Hello.
    pub const VERSION_2: u16 = 2;

    /// The Client Hello of SSL version 2 as a record: its header is the two bytes of the length.
    #[must_use]
    pub fn parse_version_2(bytes: &[u8]) -> Option<Self> {
        let length = usize::from(be16(bytes, 0)? & 0x7fff);
        is_version_2_hello(bytes).then_some(Self { content_type: HANDSHAKE, version: Self::VERSION_2, length })
    }
}

/// Whether a byte stream that begins so is TLS, or SSL with a version 2 hello.
#[must_use]
pub fn is_tls(bytes: &[u8]) -> bool {
    matches!(bytes, [20..=23, 3, 0..=4, ..]) || is_version_2_hello(bytes)
}

/// Whether a handshake record with a hello message begins here, as it does after STARTTLS or CONNECT.
#[must_use]
pub fn is_hello(bytes: &[u8]) -> bool {
    matches!(bytes, [HANDSHAKE, 3, 0..=4, _, _, 1 | 2, 0, ..])
}

/// An SSL version 2 Client Hello (RFC 5246, E.2), which offers a later version.
fn is_version_2_hello(bytes: &[u8]) -> bool {
    matches!(bytes, [0x80..=0xff, _, 1, 0, 2, ..] | [0x80..=0xff, _, 1, 3, 0..=3, ..])
}

/// What a Client Hello says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClientHello {
    /// Server name indication (RFC 6066, 3).
    pub server_name: Option<Vec<u8>>,
    /// Offered application protocols (RFC 7301).
    pub alpn: Vec<Vec<u8>>,
    /// Offered application protocols that are not among them.
    pub alpn_left_out: u64,
}

/// The first handshake message in a byte stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hello {
    /// A Client Hello.
    Client(ClientHello),
    /// A Server Hello with the version it chose.
    Server(u16),
    /// Another message.
    Other,
}

/// Reads the first handshake message of a byte stream. `None` while more bytes are needed.
#[must_use]
pub fn first_hello(stream: &[u8]) -> Option<Hello> {
    if is_version_2_hello(stream) {
        return Some(Hello::Client(ClientHello::default()));
    }
    let mut message = Vec::new();
    let mut rest = stream;
    loop {
        if rest.len() < Record::HEADER {
            return None;
        }
        let Some(record) = Record::parse(rest).filter(|record| record.content_type == HANDSHAKE) else {
            return Some(Hello::Other);
        };
        let body = rest.get(Record::HEADER..).unwrap_or_default();
        message.extend_from_slice(body.get(..record.length).unwrap_or(body));
        if let [kind, a, b, c, payload @ ..] = message.as_slice() {
            let length = usize::from(*a) << 16 | usize::from(*b) << 8 | usize::from(*c);
            if length > MAX_HANDSHAKE {
                return Some(Hello::Other);
            }
            if let Some(payload) = payload.get(..length) {
                return Some(match kind {
                    1 => Hello::Client(client_hello(payload).unwrap_or_default()),
                    2 => server_version(payload).map_or(Hello::Other, Hello::Server),
                    _ => Hello::Other,
                });
            }
        }
        rest = body.get(record.length..)?;
    }
}

/// Name of a protocol version, as Wireshark prints it.
#[must_use]
pub fn version_name(version: u16) -> String {
    match version {
        0x0300 => "SSL 3.0".to_owned(),
        0x0301 => "TLS 1.0".to_owned(),
        0x0302 => "TLS 1.1".to_owned(),
        0x0303 => "TLS 1.2".to_owned(),
        0x0304 => "TLS 1.3".to_owned(),
        other => format!("{other:#06x}"),
    }
}

/// Cuts `length` bytes off the front of `bytes`.
fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (front, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(front)
}

fn take_u8(bytes: &mut &[u8]) -> Option<usize> {
    take(bytes, 1)?.first().map(|byte| usize::from(*byte))
}

fn take_u16(bytes: &mut &[u8]) -> Option<usize> {
    be16(take(bytes, 2)?, 0).map(usize::from)
}

fn client_hello(mut message: &[u8]) -> Option<ClientHello> {
    let rest = &mut message;
    take(rest, 2 + 32)?;
    let session = take_u8(rest)?;
    take(rest, session)?;
    let suites = take_u16(rest)?;
    take(rest, suites)?;
    let compressions = take_u8(rest)?;
    take(rest, compressions)?;
    let mut hello = ClientHello::default();
    for (kind, mut content) in extensions(rest) {
        let content = &mut content;
        match kind {
            0 => {
                take(content, 3)?;
                let length = take_u16(content)?;
                hello.server_name = take(content, length).map(<[u8]>::to_vec);
            }
            16 => {
                take(content, 2)?;
                while let Some(name) = take_u8(content).and_then(|length| take(content, length)) {
                    if hello.alpn.len() < MAX_ALPN {
                        hello.alpn.push(name.to_vec());
                    } else {
                        hello.alpn_left_out += 1;
                    }
                }
            }
            _ => {}
        }
    }
    Some(hello)
}

/// The version a Server Hello chose: the `supported_versions` extension, or the legacy field.
fn server_version(mut message: &[u8]) -> Option<u16> {
    let rest = &mut message;
    let legacy = be16(take(rest, 2)?, 0)?;
    take(rest, 32)?;
    let session = take_u8(rest)?;
    take(rest, session)?;
    take(rest, 3)?;
    let chosen = extensions(rest).find(|(kind, _)| *kind == 43).and_then(|(_, content)| be16(content, 0));
    Some(chosen.unwrap_or(legacy))
}

fn extensions<'a>(rest: &mut &'a [u8]) -> impl Iterator<Item = (usize, &'a [u8])> + use<'a> {
    let length = take_u16(rest).unwrap_or(0);
    let mut all = take(rest, length).unwrap_or_default();
    std::iter::from_fn(move || {
        let kind = take_u16(&mut all)?;
        let length = take_u16(&mut all)?;
        Some((kind, take(&mut all, length)?))
    })
}
