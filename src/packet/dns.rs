//! DNS messages (RFC 1035): questions and answers, bytes only.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{be16, be32};

/// Records read of one message; a datagram holds fewer.
const MAX_RECORDS: usize = 256;
/// Bytes that a name gets room for at first; most are shorter.
const USUAL_NAME: usize = 32;
/// Compression pointers followed in one name; a name has at most 127 labels.
const MAX_POINTERS: usize = 128;
/// Longest name in presentation form that is built.
const MAX_NAME: usize = 1024;
const HEADER: usize = 12;

/// A DNS message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Identifier that an answer repeats (`dns.id`).
    pub id: u16,
    /// Flags and codes: the second 16-bit word.
    pub flags: u16,
    /// Numbers of questions, answers, authority and additional records, as the header says.
    pub counts: [u16; 4],
    /// Questions.
    pub questions: Vec<Question>,
    /// Records of the answer section, then of authority and additional.
    pub records: Vec<Record>,
    /// How many of `records` are of the answer section.
    pub answers: usize,
}

/// A question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Name in presentation form, without the last dot.
    pub name: Vec<u8>,
    /// Type (`dns.qry.type`).
    pub kind: u16,
    /// Class (`dns.qry.class`).
    pub class: u16,
    /// Offset in the message and length of the encoded name.
    pub span: (usize, usize),
}

/// A resource record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Name in presentation form, without the last dot.
    pub name: Vec<u8>,
    /// Type (`dns.resp.type`).
    pub kind: u16,
    /// Class (`dns.resp.class`); of an OPT record the payload size.
    pub class: u16,
    /// Lifetime in seconds (`dns.resp.ttl`).
    pub ttl: u32,
    /// Content, for the types that are read.
    pub data: Data,
    /// Offset in the message and length of the encoded name.
    pub span: (usize, usize),
    /// Offset in the message and length of the content.
    pub data_span: (usize, usize),
}

/// The content of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Data {
    /// A or AAAA.
    Address(IpAddr),
    /// NS, CNAME or PTR: a name. SOA: the name of the primary server.
    Name(Vec<u8>),
    /// MX: preference and mail server.
    Mail(u16, Vec<u8>),
    /// SRV: priority, weight, port and host.
    Service(u16, u16, u16, Vec<u8>),
    /// NSEC: the next name, and the types that the bitmap names, each with the offset of its bits in the message.
    Types(Vec<u8>, Vec<(u16, usize)>),
    /// Another type.
    Other,
}

impl Message {
    /// Whether this is an answer.
    #[must_use]
    pub fn is_response(&self) -> bool {
        self.flags & 0x8000 != 0
    }

    /// Reads a message; `None` if its header is cut or it is not plausible. Records behind a malformed one are left out.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let counts = [be16(bytes, 4)?, be16(bytes, 6)?, be16(bytes, 8)?, be16(bytes, 10)?];
        let [questions, answers, authority, additional] = counts.map(usize::from);
        let mut message = Self {
            id: be16(bytes, 0)?,
            flags: be16(bytes, 2)?,
            counts,
            questions: Vec::new(),
            records: Vec::new(),
            answers: 0,
        };
        let mut at = HEADER;
        for _ in 0..questions.min(MAX_RECORDS) {
            let Some((name, end)) = name(bytes, at) else { return Some(message) };
            let Some((kind, class)) = be16(bytes, end).zip(be16(bytes, end + 2)) else { return Some(message) };
            message.questions.push(Question { name, kind, class, span: (at, end - at) });
            at = end + 4;
        }
        for index in 0..(answers + authority + additional).min(MAX_RECORDS) {
            let Some((record, end)) = record(bytes, at) else { break };
            message.records.push(record);
            message.answers += usize::from(index < answers);
            at = end;
        }
        Some(message)
    }
}

fn record(bytes: &[u8], at: usize) -> Option<(Record, usize)> {
    let (owner, name_end) = name(bytes, at)?;
    let kind = be16(bytes, name_end)?;
    let class = be16(bytes, name_end + 2)?;
    let ttl = be32(bytes, name_end + 4)?;
    let length = usize::from(be16(bytes, name_end + 8)?);
    let start = name_end + 10;
    let content = bytes.get(start..start + length)?;
    let data = match (kind, length) {
        (1, 4) => Data::Address(Ipv4Addr::from(<[u8; 4]>::try_from(content).ok()?).into()),
        (28, 16) => Data::Address(Ipv6Addr::from(<[u8; 16]>::try_from(content).ok()?).into()),
        _ => named_content(bytes, kind, start, start + length).unwrap_or(Data::Other),
    };
    let span = (at, name_end - at);
    Some((Record { name: owner, kind, class, ttl, data, span, data_span: (start, length) }, start + length))
}

/// The content from `start` to `end` of a record type that names another host.
fn named_content(bytes: &[u8], kind: u16, start: usize, end: usize) -> Option<Data> {
    let number = |at| be16(bytes, start + at);
    Some(match kind {
        2 | 5 | 6 | 12 => Data::Name(name(bytes, start)?.0),
        15 => Data::Mail(number(0)?, name(bytes, start + 2)?.0),
        33 => Data::Service(number(0)?, number(2)?, number(4)?, name(bytes, start + 6)?.0),
        47 => {
            let (next, behind) = name(bytes, start)?;
            Data::Types(next, type_bitmaps(bytes, behind, end))
        }
        _ => return None,
    })
}

/// The types in the bitmaps from `at` to `end` (RFC 4034, 4.1.2): blocks of window, length and bits.
fn type_bitmaps(bytes: &[u8], mut at: usize, end: usize) -> Vec<(u16, usize)> {
    let mut types = Vec::new();
    while let (Some([window, length]), true) = (bytes.get(at..at + 2), at < end) {
        let bitmap = bytes.get(at + 2..(at + 2 + usize::from(*length)).min(end)).unwrap_or_default();
        for (index, octet) in (0_u16..).zip(bitmap) {
            let set = (0..8).filter(|bit| octet >> (7 - bit) & 1 == 1);
            types.extend(set.map(|bit| ((u16::from(*window) << 8) | (index * 8 + bit), at + 2 + usize::from(index))));
        }
        at += 2 + usize::from(*length);
    }
    types
}

/// The name at `at` in presentation form, and the offset behind its encoding there.
fn name(bytes: &[u8], at: usize) -> Option<(Vec<u8>, usize)> {
    let mut presented = Vec::with_capacity(USUAL_NAME);
    let mut position = at;
    let mut end = None;
    let mut pointers = 0;
    loop {
        let length = usize::from(*bytes.get(position)?);
        match length {
            0 => return Some((presented, end.unwrap_or(position + 1))),
            0xc0.. => {
                end.get_or_insert(position + 2);
                position = usize::from(be16(bytes, position)? & 0x3fff);
                pointers += 1;
                if pointers > MAX_POINTERS {
                    return None;
                }
            }
            1..=63 => {
                if !presented.is_empty() {
                    presented.push(b'.');
                }
                presented.extend_from_slice(bytes.get(position + 1..position + 1 + length)?);
                position += 1 + length;
                if presented.len() > MAX_NAME {
                    return None;
                }
            }
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_with_compressed_names() {
        let mut bytes = vec![0x12, 0x34, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0];
        bytes.extend_from_slice(b"\x03www\x03lab\x00\x00\x01\x00\x01");
        bytes.extend_from_slice(b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xc0\x00\x02\x0a");
        let message = Message::parse(&bytes).unwrap();
        assert!(message.is_response());
        assert_eq!(message.questions[0].name, b"www.lab");
        assert_eq!(message.records[0].name, b"www.lab");
        assert_eq!(message.records[0].ttl, 60);
        assert_eq!(message.records[0].data, Data::Address("192.0.2.10".parse().unwrap()));
        assert_eq!(message.answers, 1);
        for cut in 0..bytes.len() {
            let _ = Message::parse(&bytes[..cut]);
        }
    }

    #[test]
    fn a_pointer_to_itself_ends() {
        let mut bytes = vec![0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        bytes.extend_from_slice(b"\xc0\x0c\x00\x01\x00\x01");
        assert!(Message::parse(&bytes).unwrap().questions.is_empty());
    }
}
