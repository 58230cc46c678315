//! One direction's byte stream, put together from segments in any order, each byte once (RFC 9293, 3.10.7.4).

use std::collections::BTreeMap;

use super::Moment;
use super::distance;

/// Out-of-order bytes that one direction may hold while it waits for a gap to be filled. A receiver's window is rarely
/// larger; beyond it the gap counts as lost.
const MAX_HELD_BYTES: usize = 4 << 20;
/// The largest window there is (RFC 7323, 2.3): a segment further ahead is not part of this stream.
const MAX_WINDOW: i64 = 1 << 30;
/// What one held segment costs besides its bytes, with its share of half-empty tree nodes.
const HELD_OVERHEAD: usize = 256;

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
    /// The same without the seams: start and end of what is held without a gap, so that a segment over many others is
    /// compared with few.
    runs: BTreeMap<u64, u64>,
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

    /// What out-of-order bytes take, in bytes of memory.
    pub(super) fn held(&self) -> usize {
        self.held_cost
    }

    /// Takes one segment's payload; `keep` tells whether out-of-order bytes are needed later or only counted, `room` what they may
    /// take.
    pub(super) fn push(&mut self, incoming: Incoming<'_>, keep: bool, room: usize, sink: &mut impl FnMut(Event<'_>)) {
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
                while self.held_cost > room.min(MAX_HELD_BYTES) {
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
        // Each run that is met becomes a part of the one that is left, so that no run is met often.
        let mut run = (start, end);
        while at < end {
            let before = self.runs.range(..=at).next_back().map(|(from, to)| (*from, *to));
            if let Some((from, to)) = before.filter(|(_, to)| *to > at) {
                self.runs.remove(&from);
                run = (run.0.min(from), run.1.max(to));
                at = to;
                continue;
            }
            let until = self.runs.range(at..end).next().map_or(end, |(from, _)| *from);
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
        self.add_run(run);
    }

    /// Adds a run, joined with those that it touches.
    fn add_run(&mut self, (mut from, mut to): (u64, u64)) {
        if let Some((before, _)) = self.runs.range(..from).next_back().filter(|(_, end)| **end == from) {
            from = *before;
        }
        if let Some(behind) = self.runs.remove(&to) {
            to = behind;
        }
        self.runs.insert(from, to);
    }

    /// Hands on what is held without a gap before it: available since `filled`, when a segment filled the gap, or since it
    /// was captured itself, when the gap was given up.
    fn drain(&mut self, filled: Option<Moment>, sink: &mut impl FnMut(Event<'_>)) {
        let mut latest = filled;
        if let (Some((_, next)), Some(first)) = (self.next, self.runs.first_entry())
            && *first.key() == next
        {
            first.remove();
        }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a stream hands on, with `?` for each byte that is in no frame, and whether it ended.
    fn reassembled(isn: u32, segments: &[(usize, &[u8], bool)]) -> (Vec<u8>, bool, u64) {
        let mut stream = ByteStream::default();
        stream.start_at(isn);
        let mut bytes = Vec::new();
        let mut ended = false;
        let mut sink = |event: Event<'_>| match event {
            Event::Bytes(piece) => bytes.extend_from_slice(piece.data),
            Event::Gap(length, _) => bytes.extend(std::iter::repeat_n(b'?', usize::try_from(length).unwrap())),
            Event::End(_) => ended = true,
        };
        let moment = |frame| Moment { frame, time: None };
        for (frame, (offset, data, fin)) in (1..).zip(segments) {
            let sequence = isn.wrapping_add(u32::try_from(*offset).unwrap());
            let carried = Carried { frame, offset: 54, sequence, acknowledgment: None };
            let length = u32::try_from(data.len()).unwrap();
            let incoming = Incoming { sequence, data, length, fin: *fin, carried, at: moment(frame) };
            stream.push(incoming, true, usize::MAX, &mut sink);
        }
        stream.finish(moment(0), &mut sink);
        (bytes, ended, stream.bytes)
    }

    #[test]
    fn a_gap_is_given_up_at_the_end_and_counted() {
        let (bytes, ended, count) = reassembled(7, &[(0, b"abc", false), (5, b"fg", true)]);
        assert_eq!((bytes.as_slice(), ended, count), (&b"abc??fg"[..], true, 5));
    }

    #[test]
    fn a_segment_beyond_every_window_is_not_part_of_the_stream() {
        assert_eq!(reassembled(7, &[(0, b"abc", false), (1 << 31, b"x", false)]).0, b"abc");
    }

    proptest! {
        /// Any order, any overlap, any repetition, and sequence numbers that wrap around give the same bytes, each once.
        #[test]
        fn segments_in_any_order_give_the_same_bytes(
            isn in prop_oneof![Just(0_u32), Just(u32::MAX - 20), any::<u32>()],
            length in 1_usize..200,
            cuts in proptest::collection::vec((0_usize..200, 1_usize..60), 0..40),
            seed in any::<u64>(),
        ) {
            let data: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect();
            let mut segments: Vec<(usize, &[u8], bool)> = cuts
                .iter()
                .map(|(start, take)| (start % length, *take))
                .map(|(start, take)| (start, &data[start..length.min(start + take)], false))
                .collect();
            // All bytes are there at least once, the last with the FIN.
            segments.extend((0..length).step_by(13).map(|at| (at, &data[at..length.min(at + 13)], at + 13 >= length)));
            let mut random = seed | 1;
            for at in (1..segments.len()).rev() {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                segments.swap(at, usize::try_from(random >> 33).unwrap() % (at + 1));
            }
            let (bytes, ended, count) = reassembled(isn, &segments);
            prop_assert_eq!(bytes, data);
            prop_assert!(ended);
            prop_assert_eq!(count, length as u64);
        }
    }
}
