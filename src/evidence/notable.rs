//! Which segments of the chosen connection, and which TLS records beside it, findings point at.

use std::collections::BTreeMap;

use super::model::SegmentFacts;
use crate::analysis::model::Side;
use crate::dissect::Record;
use crate::packet::tls::content_type;

/// Segments that are pointed at for each thing that the sequence analysis notes.
const MAX_OF_A_KIND: usize = 12;
/// TLS connections whose first application data record is pointed at.
const MAX_SEALED: usize = 24;

/// Marks that are shown by their first segments.
const SHOWN: [&str; 9] = [
    "retransmission",
    "fast_retransmission",
    "spurious_retransmission",
    "out_of_order",
    "lost_segment",
    "acked_unseen_segment",
    "duplicate_ack",
    "zero_window",
    "keep_alive",
];

/// What has been pointed at so far.
#[derive(Debug, Default)]
pub(super) struct Notable {
    shown: BTreeMap<&'static str, usize>,
    /// Whose last segment said that the window is zero.
    closed: Option<Side>,
}

impl Notable {
    /// Looks at a segment of the chosen connection. Whether it is among the first of its kind, or opens a window again.
    pub(super) fn note(&mut self, segment: &SegmentFacts) -> bool {
        let mut notable = false;
        let damaged = segment.is_damaged.then_some(&"damaged");
        for mark in segment.marks.iter().filter(|mark| SHOWN.contains(mark)).chain(damaged) {
            let shown = self.shown.entry(mark).or_default();
            *shown += 1;
            notable |= *shown <= MAX_OF_A_KIND;
        }
        if segment.marks.contains(&"zero_window") {
            self.closed = Some(segment.from);
        } else if self.closed == Some(segment.from) && segment.window > 0 {
            self.closed = None;
            notable = true;
        }
        notable
    }
}

/// The first application data of TLS connections.
#[derive(Debug, Default)]
pub(super) struct Sealed {
    /// Of each connection the first frame in which a record of application data ends.
    pub(super) first: BTreeMap<u32, u64>,
}

impl Sealed {
    /// Looks at the TLS records that end in a frame. Whether they are the first application data of one of the first connections.
    pub(super) fn note(&mut self, stream: u32, frame: u64, records: &[Record]) -> bool {
        let carries = records.iter().any(|record| record.header.content_type == content_type::APPLICATION_DATA);
        if !carries || self.first.contains_key(&stream) {
            return false;
        }
        self.first.insert(stream, frame);
        self.first.len() <= MAX_SEALED
    }
}
