//! Putting TLS records and handshake messages together again.

use std::collections::HashMap;

use crate::dissect::{Handshake, Record};
use crate::http::HeadPlaces;
use crate::packet::tls::{self, content_type};
use crate::tcp::{Carried, End, PerEnd, Piece};

/// Length of an SSL version 2 record.
const VERSION_2_HEADER: usize = 2;
/// Type and length of a handshake message (RFC 8446, 4).
const HANDSHAKE_HEADER: usize = 4;
/// Longest handshake message that is put together; chains of certificates have some KiB.
const MAX_HANDSHAKE: usize = 256 << 10;
/// Memory for unfinished records of all connections; beyond it handshake messages are given up.
const MAX_KEPT: usize = 8 << 20;

/// The records of all TLS connections on their way.
#[derive(Debug, Default)]
pub(super) struct Records {
    connections: HashMap<u32, PerEnd<Direction>>,
    kept: usize,
    /// Records that ended since the last [`Self::completed_in`], with the frame that completed each.
    completed: Vec<(u64, Record)>,
}

/// The records of one end.
#[derive(Debug, Default)]
struct Direction {
    state: State,
    /// The record under way: its header, and its content if it is in the clear.
    record: Bytes,
    /// The handshake message under way.
    handshake: Bytes,
    /// Bytes of a handshake message too long to keep that are still to come.
    skip: usize,
    /// Whether what follows is encrypted: a change cipher spec was sent.
    encrypted: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    /// In a header.
    #[default]
    Header,
    /// So many bytes of the record's content are to come.
    Content(tls::Record, usize),
    /// Bytes are missing; a record at the start of a segment would tell where one begins.
    Lost,
}

/// Bytes with the places where they were captured.
#[derive(Debug, Default, Clone)]
struct Bytes {
    bytes: Vec<u8>,
    places: HeadPlaces,
}

impl Bytes {
    /// What it takes, in bytes of memory.
    fn kept(&self) -> usize {
        self.bytes.len() + self.places.len() * size_of::<(usize, Carried)>()
    }

    fn add(&mut self, data: &[u8], place: Carried) {
        if !data.is_empty() {
            self.places.push((self.bytes.len(), place));
            self.bytes.extend_from_slice(data);
        }
    }

    /// The first `length` bytes, cut off.
    fn take(&mut self, length: usize) -> Self {
        let rest = self.bytes.split_off(length.min(self.bytes.len()));
        let first_behind = self.places.partition_point(|(start, _)| *start < length);
        let mut places: HeadPlaces = self.places.split_off(first_behind);
        for (start, _) in &mut places {
            *start -= length;
        }
        if let Some((start, place)) = self.places.last().filter(|_| places.first().is_none_or(|(start, _)| *start > 0))
        {
            places.insert(0, (0, place.advanced(length - start)));
        }
        std::mem::replace(self, Self { bytes: rest, places })
    }
}

impl Records {
    /// The records that end in `frame`, in order.
    pub(super) fn completed_in(&mut self, frame: u64) -> Vec<Record> {
        let completed = std::mem::take(&mut self.completed);
        completed.into_iter().filter(|(at, _)| *at == frame).map(|(_, record)| record).collect()
    }

    /// Bytes of a TLS connection in order.
    pub(super) fn bytes(&mut self, stream: u32, from: End, piece: &Piece<'_>) {
        let direction = self.connections.entry(stream).or_default().get_mut(from);
        if direction.state == State::Lost && piece.segment_start && tls::Record::parse(piece.data).is_some() {
            direction.state = State::Header;
        }
        let before = direction.kept();
        let mut rest = piece.data;
        while !rest.is_empty() {
            let place = piece.carried.advanced(piece.data.len() - rest.len());
            let (taken, record) = direction.step(rest, place, self.kept < MAX_KEPT);
            self.completed.extend(record.map(|record| (piece.at.frame, record)));
            rest = rest.get(taken..).unwrap_or_default();
        }
        if piece.uncaptured > 0 {
            direction.lose();
        }
        self.kept = (self.kept + direction.kept()).saturating_sub(before);
    }

    /// Bytes that no frame holds.
    pub(super) fn gap(&mut self, stream: u32, from: End) {
        if let Some(connection) = self.connections.get_mut(&stream) {
            let direction = connection.get_mut(from);
            self.kept = self.kept.saturating_sub(direction.kept());
            direction.lose();
        }
    }
}

impl Direction {
    fn kept(&self) -> usize {
        self.record.kept() + self.handshake.kept()
    }

    fn lose(&mut self) {
        self.state = State::Lost;
        self.record = Bytes::default();
        self.handshake = Bytes::default();
    }

    /// Takes some of `rest`, which is not empty: how much, and the record that ends with it.
    fn step(&mut self, rest: &[u8], place: Carried, keep: bool) -> (usize, Option<Record>) {
        match self.state {
            State::Lost => (rest.len(), None),
            State::Header => {
                let missing = tls::Record::HEADER - self.record.bytes.len().min(tls::Record::HEADER);
                let header = rest.get(..missing).unwrap_or(rest);
                self.record.add(header, place);
                if self.record.bytes.len() < tls::Record::HEADER {
                    return (header.len(), None);
                }
                let hello = || tls::Record::parse_version_2(&self.record.bytes).map(|hello| (hello, VERSION_2_HEADER));
                let parsed = tls::Record::parse(&self.record.bytes).map(|record| (record, tls::Record::HEADER));
                let Some((parsed, header_length)) = parsed.or_else(hello) else {
                    self.lose();
                    return (rest.len(), None);
                };
                let remaining = (header_length + parsed.length).saturating_sub(tls::Record::HEADER);
                self.state = State::Content(parsed, remaining);
                (header.len(), if remaining == 0 { Some(self.end(parsed)) } else { None })
            }
            State::Content(header, remaining) => {
                let taken = remaining.min(rest.len());
                let content = rest.get(..taken).unwrap_or(rest);
                let is_first = remaining == header.length;
                match header.content_type {
                    content_type::ALERT => self.record.add(content, place),
                    _ if header.version == tls::Record::VERSION_2 => self.record.add(content, place),
                    content_type::HANDSHAKE if keep => {
                        // A second hello may follow a change cipher spec that means nothing (RFC 8446, D.4).
                        self.encrypted &= !(is_first && is_hello(content, header.length));
                        self.keep_handshake(content, place);
                    }
                    _ => {}
                }
                self.state = State::Content(header, remaining - taken);
                (taken, if taken == remaining { Some(self.end(header)) } else { None })
            }
        }
    }

    /// The record that is complete now.
    fn end(&mut self, header: tls::Record) -> Record {
        self.state = State::Header;
        let Bytes { bytes, places } = std::mem::take(&mut self.record);
        let encrypted = self.encrypted;
        let mut handshakes = Vec::new();
        if header.content_type == content_type::HANDSHAKE && header.version != tls::Record::VERSION_2 {
            while let Some(message) = self.next_handshake() {
                handshakes.push(message);
            }
        } else if header.content_type == content_type::CHANGE_CIPHER_SPEC {
            self.encrypted = true;
        }
        Record { header, bytes, places, encrypted, handshakes }
    }

    fn keep_handshake(&mut self, content: &[u8], place: Carried) {
        if self.encrypted {
            return;
        }
        let skipped = self.skip.min(content.len());
        self.skip -= skipped;
        self.handshake.add(content.get(skipped..).unwrap_or_default(), place.advanced(skipped));
    }

    fn next_handshake(&mut self) -> Option<Handshake> {
        let [_, a, b, c] = *self.handshake.bytes.first_chunk::<HANDSHAKE_HEADER>()?;
        let length = HANDSHAKE_HEADER + (usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c));
        if self.handshake.bytes.len() < length {
            if length > MAX_HANDSHAKE {
                self.skip = length - self.handshake.bytes.len();
                self.handshake = Bytes::default();
            }
            return None;
        }
        let Bytes { bytes, places } = self.handshake.take(length);
        Some(Handshake { bytes, places })
    }
}

/// Whether the content of a record of `length` bytes begins with a hello message that fills it, in the clear.
fn is_hello(content: &[u8], length: usize) -> bool {
    match content {
        [1 | 2, 0, high, low, ..] => usize::from(u16::from_be_bytes([*high, *low])) + HANDSHAKE_HEADER == length,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tcp::Moment;

    fn piece(data: &[u8], frame: u64) -> Piece<'_> {
        let carried = Carried { frame, offset: 54, sequence: 1, acknowledgment: None };
        Piece { data, uncaptured: 0, carried, at: Moment { frame, time: None }, segment_start: true }
    }

    #[test]
    fn a_message_over_two_records_and_three_frames_ends_in_the_last() {
        // A Certificate of 6 bytes: 4 in the first record, 2 in the second; then a change cipher spec.
        let stream = b"\x16\x03\x03\0\x08\x0b\0\0\x06abcd\x16\x03\x03\0\x02ef\x14\x03\x03\0\x01\x01";
        let mut records = Records::default();
        records.bytes(0, End::Opener, &piece(&stream[..3], 1));
        records.bytes(0, End::Opener, &piece(&stream[3..13], 2));
        let first = records.completed_in(2);
        assert_eq!(first.len(), 1);
        assert!(first[0].handshakes.is_empty());
        records.bytes(0, End::Opener, &piece(&stream[13..], 3));
        let rest = records.completed_in(3);
        assert_eq!(rest.len(), 2);
        assert_eq!(rest[0].handshakes[0].bytes, b"\x0b\0\0\x06abcdef");
        let places: Vec<_> =
            rest[0].handshakes[0].places.iter().map(|(at, place)| (*at, place.frame, place.offset)).collect();
        assert_eq!(places, [(0, 2, 56), (8, 3, 59)]);
        assert_eq!(rest[1].header.content_type, content_type::CHANGE_CIPHER_SPEC);
    }

    #[test]
    fn after_a_gap_records_are_found_again_at_the_start_of_a_segment() {
        let mut records = Records::default();
        records.bytes(0, End::Other, &piece(b"\x17\x03\x03\0\x10abc", 1));
        records.gap(0, End::Other);
        records.bytes(0, End::Other, &piece(b"within a record", 2));
        records.bytes(0, End::Other, &piece(b"\x17\x03\x03\0\x01a", 3));
        assert!(records.completed_in(2).is_empty());
        records.bytes(0, End::Other, &piece(b"\x17\x03\x03\0\x01a", 4));
        assert_eq!(records.completed_in(4).len(), 1);
    }
}
