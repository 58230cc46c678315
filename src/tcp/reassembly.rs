//! One direction's byte stream, put together from segments in any order, each byte once (RFC 9293, 3.10.7.4).

use std::collections::BTreeMap;

use super::Moment;
use super::distance;

/// Out-of-order bytes that one direction may hold while it waits for a gap to be filled. A receiver's window is rarely
/// larger; beyond it the gap counts as lost.
const MAX_HELD_BYTES: usize = 4 << 20;
/// The largest window there is (RFC 7323, 2.3): a segment further ahead is not part of this stream.
const MAX_WINDOW: i64 = 1 << 30;
/// What one held segment costs besides its bytes.
const HELD_OVERHEAD: usize = 96;

/// Where a byte was captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Carried {
    /// The frame that carries it.
    pub(crate) frame: u64,
    /// Its offset in that frame.
    pub(crate) offset: usize,
    /// Its raw sequence number.
    pub(crate) sequence: u32,
    /// Raw acknowledgment number of the segment that carries it.
    pub(crate) acknowledgment: Option<u32>,
}

impl Carried {
    /// The place of the byte `count` bytes further in the same segment.
    pub(crate) fn advanced(self, count: usize) -> Self {
        // Sequence numbers are modulo 2^32, and a segment is shorter.
        let sequence = self.sequence.wrapping_add(u32::try_from(count).unwrap_or(0));
        Self { offset: self.offset + count, sequence, ..self }
    }
}

/// Bytes of a stream, in order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece<'a> {
    /// The captured bytes.
    pub(crate) data: &'a [u8],
    /// Bytes behind them that were on the wire but are not in the file (snap length).
    pub(crate) uncaptured: u64,
    /// Where the first byte was captured.
    pub(crate) carried: Carried,
    /// The segment that made them available: the same frame, or the one that filled the gap before them.
    pub(crate) at: Moment,
    /// Whether the first byte is the first of a segment.
    pub(crate) segment_start: bool,
}

/// What a byte stream hands on, in order.
#[derive(Debug)]
pub(super) enum Event<'a> {
    Bytes(Piece<'a>),
    /// Bytes that no frame holds.
    Gap(u64, Moment),
    /// The FIN: nothing follows.
    End(Moment),
}

#[derive(Debug)]
struct Held {
    data: Box<[u8]>,
    length: u64,
    carried: Carried,
    /// When its segment was captured.
    captured: Moment,
}

/// A segment's payload on its way into the stream.
#[derive(Debug, Clone, Copy)]
pub(super) struct Incoming<'a> {
    pub(super) sequence: u32,
    pub(super) data: &'a [u8],
    pub(super) length: u32,
    pub(super) fin: bool,
    pub(super) carried: Carried,
    pub(super) at: Moment,
}

/// The state of one direction.
#[derive(Debug, Default)]
pub(super) struct ByteStream {
    /// Raw sequence number and stream offset of the next byte; `None` before anything is known.
    next: Option<(u32, u64)>,
    /// Bytes before the first one that was handed on: they came late, and are only counted.
    before_start: u64,
    /// Whether a SYN fixed the first sequence number.
    anchored: bool,
    held: BTreeMap<u64, Held>,
    held_cost: usize,
    /// Offset behind the last byte, once the FIN is known.
    fin: Option<u64>,
    ended: bool,
    /// Payload bytes seen, each once.
    pub(super) bytes: u64,
    /// Bytes of gaps that were given up.
    pub(super) missing: u64,
    /// Whether a gap was given up for want of room.
    pub(super) limit_reached: bool,
}

impl ByteStream {
    /// Fixes the first sequence number, from a SYN.
    pub(super) fn start_at(&mut self, sequence: u32) {
        self.anchored = true;
        if self.next.is_none() {
            self.next = Some((sequence, 0));
        }
    }

    /// Takes one segment's payload; `keep` tells whether out-of-order bytes are needed later or only counted.
    pub(super) fn push(&mut self, incoming: Incoming<'_>, keep: bool, sink: &mut impl FnMut(Event<'_>)) {
        if incoming.length == 0 && !incoming.fin {
            return;
        }
        let (next_sequence, next_offset) = *self.next.get_or_insert((incoming.sequence, 0));
        let mut ahead = i64::from(distance(next_sequence, incoming.sequence));
        if ahead == -1 && next_offset == 0 && self.held.is_empty() && incoming.length > 1 {
            // Written by a program that does not count the SYN: its data begin at the SYN's own number.
            self.next = Some((incoming.sequence, 0));
            ahead = 0;
        }
        if ahead > MAX_WINDOW {
            return;
        }
        let start = next_offset.cast_signed().saturating_add(ahead);
        let end = start.saturating_add(i64::from(incoming.length));
        if incoming.fin && self.fin.is_none() {
            self.fin = u64::try_from(end).ok();
        }
        if !self.anchored {
            self.count_before_start(start, end);
        }
        let fresh_from = start.max(next_offset.cast_signed());
        if end > fresh_from {
            let skip = usize::try_from(fresh_from - start).unwrap_or(usize::MAX);
            let data = incoming.data.get(skip..).unwrap_or_default();
            let length = (end - fresh_from).unsigned_abs();
            let carried = incoming.carried.advanced(skip);
            let offset = fresh_from.unsigned_abs();
            if offset == next_offset && self.held.is_empty() {
                self.bytes += length;
                self.advance(length);
                let piece = piece(data, length, carried, incoming.at, skip == 0);
                sink(Event::Bytes(piece));
            } else {
                let held = Held { data: Box::default(), length, carried, captured: incoming.at };
                self.hold(offset, data, &held, keep);
                self.drain(Some(incoming.at), sink);
                while self.held_cost > MAX_HELD_BYTES {
                    self.limit_reached = true;
                    self.give_up_gap(sink);
                }
            }
        }
        self.end_if_reached(incoming.at, sink);
    }

    /// Hands on everything that still waits, with the gaps before it; the connection or the capture is over.
    pub(super) fn finish(&mut self, at: Moment, sink: &mut impl FnMut(Event<'_>)) {
        while !self.held.is_empty() {
            self.give_up_gap(sink);
        }
        if let (Some(fin), Some((_, next))) = (self.fin, self.next)
            && fin > next
            && !self.ended
        {
            self.missing += fin - next;
            self.advance(fin - next);
            sink(Event::Gap(fin - next, at));
        }
        self.end_if_reached(at, sink);
    }

    /// Counts bytes of a stream whose SYN is not in the capture and whose first segments came out of order.
    fn count_before_start(&mut self, start: i64, end: i64) {
        let floor = -self.before_start.cast_signed();
        if start < floor && end >= floor {
            self.bytes += (floor - start).unsigned_abs();
            self.before_start = start.unsigned_abs();
        }
    }

    fn advance(&mut self, length: u64) {
        if let Some((sequence, offset)) = &mut self.next {
            // Sequence numbers are modulo 2^32, so the low half of the length is what moves them.
            let low_half = u32::try_from(length & u64::from(u32::MAX)).unwrap_or(u32::MAX);
            *sequence = sequence.wrapping_add(low_half);
            *offset += length;
        }
    }

    /// Keeps the parts of `segment` that are not held yet.
    fn hold(&mut self, start: u64, data: &[u8], segment: &Held, keep: bool) {
        let end = start + segment.length;
        let mut at = start;
        while at < end {
            let before = self.held.range(..=at).next_back().map(|(offset, held)| offset + held.length);
            if let Some(covered) = before.filter(|covered| *covered > at) {
                at = covered;
                continue;
            }
            let until = self.held.range(at..end).next().map_or(end, |(offset, _)| *offset);
            let skip = usize::try_from(at - start).unwrap_or(usize::MAX);
            let take = usize::try_from(until - at).unwrap_or(usize::MAX);
            let part = data.get(skip..).unwrap_or_default();
            let part = if keep { part.get(..take).unwrap_or(part) } else { &[] };
            let carried = segment.carried.advanced(skip);
            self.held_cost += part.len() + HELD_OVERHEAD;
            self.bytes += until - at;
            let held = Held { data: part.into(), length: until - at, carried, captured: segment.captured };
            self.held.insert(at, held);
            at = until;
        }
    }

    /// Hands on what is held without a gap before it: available since `filled`, when a segment filled the gap, or since it
    /// was captured itself, when the gap was given up.
    fn drain(&mut self, filled: Option<Moment>, sink: &mut impl FnMut(Event<'_>)) {
        let mut latest = filled;
        while let (Some((_, next)), Some(first)) = (self.next, self.held.first_entry())
            && *first.key() == next
        {
            let held = first.remove();
            self.held_cost -= held.data.len() + HELD_OVERHEAD;
            self.advance(held.length);
            let at = latest.filter(|latest| latest.frame > held.captured.frame).unwrap_or(held.captured);
            latest = Some(at);
            sink(Event::Bytes(piece(&held.data, held.length, held.carried, at, true)));
        }
    }

    fn give_up_gap(&mut self, sink: &mut impl FnMut(Event<'_>)) {
        if let (Some((_, next)), Some((first, held))) = (self.next, self.held.first_key_value()) {
            let gap = first.saturating_sub(next);
            let at = held.captured;
            self.missing += gap;
            self.advance(gap);
            sink(Event::Gap(gap, at));
        }
        self.drain(None, sink);
    }

    fn end_if_reached(&mut self, at: Moment, sink: &mut impl FnMut(Event<'_>)) {
        if !self.ended && self.fin.is_some() && self.fin <= self.next.map(|(_, offset)| offset) {
            self.ended = true;
            sink(Event::End(at));
        }
    }
}

fn piece(data: &[u8], length: u64, carried: Carried, at: Moment, segment_start: bool) -> Piece<'_> {
    Piece { data, uncaptured: length.saturating_sub(data.len() as u64), carried, at, segment_start }
}
