//! The per-segment series of the chosen connection.

use super::model::{SegmentFacts, Segments};
use crate::dissect::{Segment, flag_names};
use crate::packet::checksum::{self, Verdict};
use crate::packet::{Ip, Packet, TcpFlags};
use crate::tcp::Marks;
use crate::time::Timestamp;

/// Segments kept: a drawing shows some dozens, a table some hundreds.
const MAX_SEGMENTS: usize = 20_000;

/// Codes of what the sequence analysis notes.
const CODES: &[(Marks, &str)] = &[
    (Marks::COPY, "copy"),
    (Marks::PORTS_REUSED, "ports_reused"),
    (Marks::RETRANSMISSION, "retransmission"),
    (Marks::FAST_RETRANSMISSION, "fast_retransmission"),
    (Marks::SPURIOUS_RETRANSMISSION, "spurious_retransmission"),
    (Marks::OUT_OF_ORDER, "out_of_order"),
    (Marks::LOST_SEGMENT, "lost_segment"),
    (Marks::ACKED_UNSEEN, "acked_unseen_segment"),
    (Marks::DUPLICATE_ACK, "duplicate_ack"),
    (Marks::WINDOW_UPDATE, "window_update"),
    (Marks::WINDOW_FULL, "window_full"),
    (Marks::ZERO_WINDOW, "zero_window"),
    (Marks::ZERO_WINDOW_PROBE, "zero_window_probe"),
    (Marks::ZERO_WINDOW_PROBE_ACK, "zero_window_probe_ack"),
    (Marks::KEEP_ALIVE, "keep_alive"),
    (Marks::KEEP_ALIVE_ACK, "keep_alive_ack"),
];

impl SegmentFacts {
    /// The facts of a segment; times count from `first_frame_time`.
    pub(super) fn of(segment: &Segment<'_>, packet: &Packet<'_>, first_frame_time: Option<Timestamp>) -> Self {
        let tcp = segment.tcp;
        let acknowledges = tcp.flags.contains(TcpFlags::ACK);
        Self {
            frame: segment.now.frame,
            from: segment.side(),
            time_relative: segment.now.time.zip(first_frame_time).map(|(now, first)| now - first),
            flags: flag_names(tcp.flags),
            seq: segment.sequence(),
            seq_raw: tcp.sequence,
            is_damaged: checksum::of_tcp(packet, tcp) == Some(Verdict::Wrong),
            identification: packet.ip().and_then(Ip::identification),
            length: u32::try_from(tcp.header_length).unwrap_or(u32::MAX).saturating_add(tcp.payload_length),
            ack: acknowledges.then(|| segment.acknowledgment()),
            ack_raw: acknowledges.then_some(tcp.acknowledgment),
            len: tcp.payload_length,
            window: tcp.window,
            window_scaled: segment.window(),
            marks: CODES.iter().filter(|(mark, _)| segment.sighting.marks.has(*mark)).map(|(_, code)| *code).collect(),
        }
    }
}

impl Segments {
    /// Takes one segment; one that is `named` in the report also beyond the limit.
    pub(super) fn add(&mut self, segment: SegmentFacts, named: bool) {
        if self.list.len() >= MAX_SEGMENTS && !named {
            self.left_out += 1;
            return;
        }
        self.list.push(segment);
    }
}
