//! Which frame an acknowledgment answers, and how much is under way: needed for the field trees only.

use std::collections::VecDeque;

use super::{Marks, Moment, PerEnd, after};
use crate::packet::{Tcp, TcpFlags, TcpOption};
use crate::tcp::End;
use crate::time::Span;

/// Segments remembered per direction, as in Wireshark; more are not followed.
const MAX_UNACKED: usize = 10_000;
/// Room that stays with a connection once all is acknowledged, in segments; there are many connections.
const MAX_SPARE: usize = 4;
/// SACK blocks that count, as in Wireshark.
const MAX_SACK_BLOCKS: usize = 3;

#[derive(Debug, Clone, Copy)]
struct Segment {
    sequence: u32,
    end: u32,
    moment: Moment,
}

#[derive(Debug, Default)]
struct Outstanding {
    /// Oldest first.
    segments: VecDeque<Segment>,
    /// Selective acknowledgments of this end's last segment: left and right edges.
    sacked: Vec<(u32, u32)>,
    /// Unknown after a lost segment, until the peer acknowledges.
    unknown: bool,
    /// The number that was acknowledged last, until another segment is remembered: the same again changes nothing.
    acknowledged: Option<u32>,
}

/// The unacknowledged segments of both ends of a connection.
#[derive(Debug, Default)]
pub(crate) struct Unacked(PerEnd<Outstanding>);

/// What a segment acknowledges.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct AckFacts {
    /// `tcp.analysis.acks_frame`.
    pub(crate) acks_frame: Option<u64>,
    /// `tcp.analysis.ack_rtt`.
    pub(crate) ack_rtt: Option<Span>,
}

impl Unacked {
    /// Follows one segment of `end`; it is remembered if there is `room` for it.
    pub(crate) fn follow(&mut self, end: End, tcp: &Tcp<'_>, now: Moment, marks: Marks, room: bool) -> AckFacts {
        let (own, peer) = self.0.split(end);
        if tcp.flags.contains(TcpFlags::ACK) {
            peer.unknown = false;
        }
        if marks.has(Marks::LOST_SEGMENT) {
            own.unknown = true;
        }
        own.sacked.clear();
        for (_, option) in tcp.options() {
            if let TcpOption::Sack(blocks) = option {
                own.sacked.extend(sack_edges(blocks).take(MAX_SACK_BLOCKS));
            }
        }
        if room {
            own.remember(tcp, now);
        }
        peer.acknowledge(tcp.acknowledgment, now)
    }

    /// Segments remembered.
    pub(crate) fn remembered(&self) -> usize {
        self.0.opener.segments.len() + self.0.other.segments.len()
    }

    /// `tcp.analysis.bytes_in_flight` of the segment that was followed last; `base` is what the relative numbers of its
    /// sender `end` count from. 0, which is not shown, if all was acknowledged selectively.
    pub(crate) fn bytes_in_flight(&self, end: End, tcp: &Tcp<'_>, base: u32) -> Option<u32> {
        let (own, peer) = (self.0.get(end), self.0.get(end.peer()));
        if tcp.payload_length == 0 || own.unknown {
            return None;
        }
        in_flight(own, peer, base)?.checked_sub(virtual_length(tcp))
    }
}

/// A SYN or FIN counts one, both count one.
fn virtual_length(tcp: &Tcp<'_>) -> u32 {
    tcp.flags.intersects(TcpFlags::SYN.union(TcpFlags::FIN)).into()
}

impl Outstanding {
    fn remember(&mut self, tcp: &Tcp<'_>, now: Moment) {
        let length = tcp.payload_length.wrapping_add(virtual_length(tcp));
        if length > 0 && self.segments.len() < MAX_UNACKED {
            let end = tcp.sequence.wrapping_add(length);
            self.segments.push_back(Segment { sequence: tcp.sequence, end, moment: now });
            self.acknowledged = None;
        }
    }

    fn acknowledge(&mut self, number: u32, now: Moment) -> AckFacts {
        let mut facts = AckFacts::default();
        if self.acknowledged == Some(number) {
            return facts;
        }
        self.acknowledged = Some(number);
        if let Some(oldest) = self.segments.iter().find(|segment| segment.end == number) {
            facts.acks_frame = Some(oldest.moment.frame);
            facts.ack_rtt = now.since(oldest.moment).filter(|rtt| rtt.as_nanos() != 0);
        }
        self.segments.retain_mut(|segment| {
            if after(number, segment.sequence) && after(segment.end, number) {
                segment.sequence = number;
            }
            after(segment.end, number)
        });
        if self.segments.is_empty() && self.segments.capacity() > MAX_SPARE {
            self.segments = VecDeque::new();
        }
        facts
    }
}

/// From the lowest to the highest number outstanding, less what the peer's last segment acknowledged selectively. As in
/// Wireshark, numbers before `base` count as very large, and more than it believes is nothing.
fn in_flight(own: &Outstanding, peer: &Outstanding, base: u32) -> Option<u32> {
    const LIMIT: u32 = 2_000_000_000;
    let low = own.segments.iter().map(|segment| segment.sequence.wrapping_sub(base)).min()?;
    let high = own.segments.iter().map(|segment| segment.end.wrapping_sub(base)).max()?;
    let sacked = peer.sacked.iter().map(|(left, right)| right.wrapping_sub(*left)).fold(0, u32::wrapping_add);
    let sent = high.wrapping_sub(low);
    let bytes = sent.wrapping_sub(sacked);
    (sent > 0 && bytes < LIMIT).then_some(bytes)
}

/// Left and right edges of SACK blocks (RFC 2018, 3).
pub(crate) fn sack_edges(blocks: &[u8]) -> impl Iterator<Item = (u32, u32)> + '_ {
    blocks.chunks_exact(8).filter_map(|block| {
        let left = block.get(..4)?.try_into().ok().map(u32::from_be_bytes)?;
        let right = block.get(4..)?.try_into().ok().map(u32::from_be_bytes)?;
        Some((left, right))
    })
}
