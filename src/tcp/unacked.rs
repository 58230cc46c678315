//! Which frame an acknowledgment answers, and how much is under way: needed for the field trees only.

use std::collections::VecDeque;

use super::{Marks, Moment, PerEnd, after};
use crate::packet::{Tcp, TcpFlags, TcpOption};
use crate::tcp::End;
use crate::time::Span;

/// Segments remembered per direction, as in Wireshark; more are not followed.
const MAX_UNACKED: usize = 10_000;
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
}

/// The unacknowledged segments of both ends of a connection.
#[derive(Debug, Default)]
pub(crate) struct Unacked(PerEnd<Outstanding>);

/// What a segment acknowledges and leaves outstanding.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct AckFacts {
    /// `tcp.analysis.acks_frame`.
    pub(crate) acks_frame: Option<u64>,
    /// `tcp.analysis.ack_rtt`.
    pub(crate) ack_rtt: Option<Span>,
    /// `tcp.analysis.bytes_in_flight`.
    pub(crate) bytes_in_flight: Option<u32>,
}

impl Unacked {
    /// Follows one segment of `end`.
    pub(crate) fn follow(&mut self, end: End, tcp: &Tcp<'_>, now: Moment, marks: Marks) -> AckFacts {
        let (own, peer) = self.0.split(end);
        let mut facts = AckFacts::default();
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
        let virtual_length = u32::from(tcp.flags.intersects(TcpFlags(TcpFlags::SYN.0 | TcpFlags::FIN.0)));
        if (tcp.payload_length > 0 || virtual_length > 0) && own.segments.len() < MAX_UNACKED {
            let next = tcp.sequence.wrapping_add(tcp.payload_length).wrapping_add(virtual_length);
            own.segments.push_back(Segment { sequence: tcp.sequence, end: next, moment: now });
        }
        let ack = tcp.acknowledgment;
        if let Some(oldest) = peer.segments.iter().find(|segment| segment.end == ack) {
            facts.acks_frame = Some(oldest.moment.frame);
            facts.ack_rtt = now.since(oldest.moment).filter(|rtt| rtt.as_nanos() != 0);
        }
        peer.segments.retain_mut(|segment| {
            if after(ack, segment.sequence) && after(segment.end, ack) {
                segment.sequence = ack;
            }
            after(segment.end, ack)
        });
        if tcp.payload_length > 0 && !own.unknown {
            facts.bytes_in_flight = in_flight(own, peer, virtual_length);
        }
        facts
    }
}

fn in_flight(own: &Outstanding, peer: &Outstanding, virtual_length: u32) -> Option<u32> {
    let first = own.segments.front()?;
    let offset = |sequence: u32| super::distance(first.sequence, sequence);
    let low = own.segments.iter().map(|segment| offset(segment.sequence)).min()?;
    let high = own.segments.iter().map(|segment| offset(segment.end)).max()?;
    let mut bytes = u32::try_from(i64::from(high) - i64::from(low)).ok()?;
    for (left, right) in &peer.sacked {
        bytes = bytes.wrapping_sub(right.wrapping_sub(*left));
    }
    bytes = bytes.wrapping_sub(virtual_length);
    (bytes > 0 && bytes < 2_000_000_000).then_some(bytes)
}

/// Left and right edges of SACK blocks (RFC 2018, 3).
pub(crate) fn sack_edges(blocks: &[u8]) -> impl Iterator<Item = (u32, u32)> + '_ {
    blocks.chunks_exact(8).filter_map(|block| {
        let left = block.get(..4)?.try_into().ok().map(u32::from_be_bytes)?;
        let right = block.get(4..)?.try_into().ok().map(u32::from_be_bytes)?;
        Some((left, right))
    })
}
