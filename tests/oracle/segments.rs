//! TCP segments as tshark prints them, put together to streams. Only raw values are used: what they mean for handshake,
//! close and byte counts is computed elsewhere in this test, independently of wirelab and of tshark's analysis.

use std::collections::{BTreeMap, HashMap};

use super::tshark::{Dissection, Row};

pub(crate) const FIN: u64 = 0x01;
pub(crate) const SYN: u64 = 0x02;
pub(crate) const RST: u64 = 0x04;
pub(crate) const ACK: u64 = 0x10;

/// Address and port.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Endpoint {
    pub(crate) ip: String,
    pub(crate) port: u64,
}

/// One TCP segment.
#[derive(Debug, Clone)]
pub(crate) struct Segment<'a> {
    pub(crate) row: &'a Row,
    pub(crate) frame: u64,
    pub(crate) time: Option<i128>,
    pub(crate) from: Endpoint,
    pub(crate) to: Endpoint,
    pub(crate) seq: u32,
    pub(crate) ack: u32,
    pub(crate) flags: u64,
    /// Payload bytes on the wire; `None` when the packet is shorter than its TCP header says.
    pub(crate) len: Option<u32>,
}

impl Segment<'_> {
    pub(crate) fn has(&self, flags: u64) -> bool {
        self.flags & flags == flags
    }

    pub(crate) fn has_any(&self, flags: u64) -> bool {
        self.flags & flags != 0
    }

    /// SYN without ACK.
    pub(crate) fn is_syn(&self) -> bool {
        self.flags & (SYN | ACK) == SYN
    }

    pub(crate) fn is_syn_ack(&self) -> bool {
        self.has(SYN | ACK)
    }

    pub(crate) fn payload(&self) -> u32 {
        self.len.unwrap_or(0)
    }

    /// The sequence number after this segment's data, SYN and FIN.
    pub(crate) fn end(&self) -> u32 {
        let flags = u32::from(self.has(SYN)) + u32::from(self.has(FIN));
        self.seq.wrapping_add(self.payload()).wrapping_add(flags)
    }
}

/// All segments that tshark gives one `tcp.stream`.
#[derive(Debug)]
pub(crate) struct Stream<'a> {
    /// `tcp.stream` as tshark counts.
    pub(crate) theirs: u64,
    /// The number that the contract gives it: order of first frame, quoted headers of ICMP errors not counted.
    pub(crate) number: u64,
    pub(crate) segments: Vec<Segment<'a>>,
    /// Frames that repeat an earlier recording of the same packet, as far as tshark's fields show it.
    pub(crate) likely_copies: Vec<u64>,
    /// Whether an ICMP error quotes a segment of the stream: tshark lets the quotation change its state.
    pub(crate) quoted: bool,
}

impl Stream<'_> {
    pub(crate) fn first_frame(&self) -> u64 {
        self.segments.first().map_or(0, |segment| segment.frame)
    }

    /// Whether tshark knew of the connection before its first segment, a SYN, and so does not count that SYN.
    pub(crate) fn is_announced(&self) -> bool {
        let without_syn = |row: &Row| row.number_of("tcp.completeness").is_some_and(|mask| mask & 1 == 0);
        self.segments.first().is_some_and(|first| first.is_syn() && without_syn(first.row))
    }

    /// Whether bytes are missing between the captured ones of a side.
    pub(crate) fn has_holes(&self) -> bool {
        let mut sides: Vec<&Endpoint> = self.segments.iter().map(|segment| &segment.from).collect();
        sides.sort_unstable();
        sides.dedup();
        sides.into_iter().any(|side| coverage(self, side).missing > 0)
    }

    /// Whether a side's sequence numbers jump so far, ahead or back, that another connection must have taken the ports over.
    pub(crate) fn is_replaced(&self) -> bool {
        let far = |side: &Endpoint| {
            let coverage = coverage(self, side);
            coverage.missing > 1 << 26 || coverage.jumps_back
        };
        self.segments.iter().take(1).any(|segment| far(&segment.from) || far(&segment.to))
    }

    /// Whether a side sent SYN-ACKs with different numbers.
    pub(crate) fn has_other_syn_ack(&self) -> bool {
        let syn_acks = || self.segments.iter().filter(|segment| segment.is_syn_ack());
        syn_acks().any(|one| syn_acks().any(|other| one.from == other.from && one.seq != other.seq))
    }

    /// Whether a segment is shorter than its header says, or cut by the snap length.
    pub(crate) fn has_cut_segments(&self) -> bool {
        self.segments.iter().any(|segment| segment.len.is_none() || is_cut(segment.row))
    }
}

/// Later recordings of packets in all streams, in file order.
pub(crate) fn copies(streams: &[Stream<'_>]) -> Vec<u64> {
    let mut copies: Vec<u64> = streams.iter().flat_map(|stream| stream.likely_copies.iter().copied()).collect();
    copies.sort_unstable();
    copies
}

/// Whether the frame was stored shorter than it was on the wire.
pub(crate) fn is_cut(row: &Row) -> bool {
    row.number_of("frame.cap_len") < row.number_of("frame.len")
}

/// The streams of a capture, in the contract's order.
pub(crate) fn streams(dissection: &Dissection) -> Vec<Stream<'_>> {
    let mut found: BTreeMap<u64, Stream<'_>> = BTreeMap::new();
    let mut quoted = Vec::new();
    for row in &dissection.rows {
        let Some(theirs) = row.number_of("tcp.stream") else {
            continue;
        };
        if is_quoted(row) {
            quoted.push(theirs);
            continue;
        }
        let Some(segment) = segment(row) else {
            continue;
        };
        let empty = Stream { theirs, number: 0, segments: Vec::new(), likely_copies: Vec::new(), quoted: false };
        found.entry(theirs).or_insert(empty).segments.push(segment);
    }
    let mut streams: Vec<_> = found.into_values().collect();
    streams.sort_by_key(Stream::first_frame);
    for (number, stream) in streams.iter_mut().enumerate() {
        stream.number = number as u64;
        stream.likely_copies = likely_copies(&stream.segments);
        stream.quoted = quoted.contains(&stream.theirs);
    }
    streams
}

/// Whether the row's TCP header stands in an ICMP error.
pub(crate) fn is_quoted(row: &Row) -> bool {
    let protocols = row.protocols();
    let before_tcp = protocols.iter().take_while(|name| **name != "tcp");
    before_tcp.into_iter().any(|name| matches!(*name, "icmp" | "icmpv6"))
}

fn segment(row: &Row) -> Option<Segment<'_>> {
    let (source, destination) = carrier(row)?;
    let number = |name: &str| row.number_of(name);
    let narrow = |name: &str| number(name).and_then(|value| u32::try_from(value).ok());
    Some(Segment {
        row,
        frame: row.number,
        time: row.time(),
        from: Endpoint { ip: source.to_owned(), port: number("tcp.srcport")? },
        to: Endpoint { ip: destination.to_owned(), port: number("tcp.dstport")? },
        seq: narrow("tcp.seq_raw")?,
        ack: narrow("tcp.ack_raw")?,
        flags: number("tcp.flags")?,
        // A packet shorter than its TCP header says has no length, and is no segment.
        len: Some(narrow("tcp.len")?),
    })
}

/// Source and destination of the innermost IP header that carries the first TCP header.
fn carrier(row: &Row) -> Option<(&str, &str)> {
    let protocols = row.protocols();
    let before: Vec<&str> = protocols.into_iter().take_while(|name| *name != "tcp").collect();
    let innermost = before.iter().rev().find(|name| matches!(**name, "ip" | "ipv6"))?;
    let index = before.iter().filter(|name| *name == innermost).count() - 1;
    let (source, destination) = (format!("{innermost}.src"), format!("{innermost}.dst"));
    Some((row.nth(&source, index)?, row.nth(&destination, index)?))
}

/// Later recordings of a packet: the same IP identification, TCP header and length. Without an identification (0, or IPv6)
/// a retransmission looks the same, so only those within three milliseconds count.
fn likely_copies(segments: &[Segment<'_>]) -> Vec<u64> {
    let mut seen: HashMap<_, (u64, Option<i128>)> = HashMap::new();
    let mut copies = Vec::new();
    for segment in segments {
        let identification = segment.row.all("ip.id").last().cloned().unwrap_or_default();
        let stamps = segment.row.first("tcp.options.timestamp.tsval").unwrap_or_default();
        let sack = segment.row.all("tcp.options.sack_le");
        let window = segment.row.first("tcp.window_size_value").unwrap_or_default();
        let header = (segment.seq, segment.ack, segment.flags, segment.len, stamps, sack, window);
        let key = (identification.clone(), &segment.from, header);
        let close =
            |then: &Option<i128>| segment.time.zip(*then).is_some_and(|(now, then)| (now - then).abs() < 3_000_000);
        match seen.get(&key) {
            Some((_, then)) if !matches!(identification.as_str(), "" | "0x0000") || close(then) => {
                copies.push(segment.frame);
            }
            _ => {
                seen.insert(key, (segment.frame, segment.time));
            }
        }
    }
    copies
}

/// Whether `a` is at or after `b` in sequence space.
fn at_or_after(a: u32, b: u32) -> bool {
    a.wrapping_sub(b) < 1 << 31
}

/// How much of one direction's byte stream the capture holds.
#[derive(Debug, Default)]
pub(crate) struct Coverage {
    pub(crate) bytes: u64,
    pub(crate) missing: u64,
    /// Whether bytes stand so far before the SYN that no retransmission explains it.
    jumps_back: bool,
}

/// Payload bytes of one side, each counted once, and the holes between its first byte (after its SYN, if that is there) and its end.
pub(crate) fn coverage(stream: &Stream<'_>, side: &Endpoint) -> Coverage {
    let mut position: Option<(u32, i64)> = None;
    let mut start: Option<i64> = None;
    let mut end: Option<i64> = None;
    let mut pieces = Vec::new();
    for segment in stream.segments.iter().filter(|segment| segment.from == *side) {
        let at = position.map_or(0, |(seq, at)| at + distance(seq, segment.seq));
        if position.is_none_or(|(seq, _)| at_or_after(segment.seq, seq)) {
            position = Some((segment.seq, at));
        }
        let first = at + i64::from(segment.has(SYN));
        let last = first + i64::from(segment.payload());
        if segment.has(SYN) {
            start = start.or(Some(first));
        }
        if segment.payload() > 0 {
            // Written by a program that does not count the SYN: the data begin at the SYN's own number.
            if pieces.is_empty() && start == Some(first + 1) && segment.payload() > 1 {
                start = Some(first);
            }
            pieces.push((first, last));
        }
        if segment.has(FIN) {
            end = end.or(Some(last));
        }
    }
    pieces.sort_unstable();
    let first = pieces.first().map(|piece| piece.0);
    let jumps_back = start.zip(first).is_some_and(|(start, first)| first < start - (1 << 26));
    let mut coverage = Coverage { jumps_back, ..Coverage::default() };
    // Without a SYN the stream begins with the first byte that was captured.
    let Some(mut reached) = start.or_else(|| pieces.first().map(|piece| piece.0)) else {
        return coverage;
    };
    for (first, last) in pieces {
        coverage.missing += u64::try_from(first - reached).unwrap_or(0);
        coverage.bytes += u64::try_from(last - first.max(reached)).unwrap_or(0);
        reached = reached.max(last);
    }
    coverage.missing += end.map_or(0, |end| u64::try_from(end - reached).unwrap_or(0));
    coverage
}

/// How far `to` lies behind `from` in sequence space; negative if before.
fn distance(from: u32, to: u32) -> i64 {
    let forward = to.wrapping_sub(from);
    if at_or_after(to, from) { i64::from(forward) } else { i64::from(forward) - (1 << 32) }
}
