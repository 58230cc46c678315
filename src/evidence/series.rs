//! The series of a connection's segments that figures draw: all of a short one, a thinned one of a long one.

use schemars::JsonSchema;
use serde::Serialize;

use super::model::SegmentFacts;
use crate::analysis::model::Side;
use crate::time::Span;

/// Points kept: more than a drawing has pixels across.
const MAX_POINTS: usize = 1600;
/// Of these, points that thinning spares (SYN, FIN, RST and retransmissions).
const MAX_SPARED: usize = 400;

/// Segments in file order, for drawing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Series {
    /// The segments that are kept.
    pub points: Vec<Point>,
    /// Number of segments in all.
    pub segments: u64,
    /// Of the other segments one in so many is kept, besides SYN, FIN, RST and retransmissions; 1 when all are.
    pub every: u64,
    /// Points that thinning spares.
    #[serde(skip)]
    pub(crate) spared: usize,
}

/// One segment in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Point {
    /// Number of its frame.
    pub frame: u64,
    /// Seconds since the first frame of the capture.
    pub time: Span,
    /// Its sender.
    pub from: Side,
    /// Relative sequence number.
    pub seq: u32,
    /// Payload bytes.
    pub len: u32,
    /// Relative acknowledgment number; `null` without the ACK flag.
    pub ack: Option<u32>,
    /// Whether Wireshark's analysis calls it a retransmission.
    pub retransmission: bool,
    /// Whether thinning spares it.
    #[serde(skip)]
    spared: bool,
}

#[cfg(test)]
impl Point {
    /// A segment that nothing marks, a second a frame.
    pub(crate) fn new(frame: u64, from: Side, seq: u32, len: u32, ack: Option<u32>) -> Self {
        let time = Span::from_nanos(i128::from(frame) * 1_000_000_000);
        Self { frame, time, from, seq, len, ack, retransmission: false, spared: false }
    }
}

impl Series {
    /// Takes one segment; one without a time cannot be drawn.
    pub(super) fn add(&mut self, segment: &SegmentFacts) {
        self.segments += 1;
        self.every = self.every.max(1);
        let Some(time) = segment.time_relative else { return };
        let retransmission = segment.is_retransmission();
        let marked = retransmission || ["SYN", "FIN", "RST"].iter().any(|flag| segment.flags.contains(flag));
        let spared = marked && self.spared < MAX_SPARED;
        self.spared += usize::from(spared);
        if !spared && !self.segments.is_multiple_of(self.every) {
            return;
        }
        let (frame, from, seq, len, ack) = (segment.frame, segment.from, segment.seq, segment.len, segment.ack);
        self.points.push(Point { frame, time, from, seq, len, ack, retransmission, spared });
        if self.points.len() > MAX_POINTS {
            self.thin();
        }
    }

    /// Drops every second of the points that are not spared.
    fn thin(&mut self) {
        self.every *= 2;
        let mut keep = false;
        self.points.retain(|point| {
            keep = !keep;
            point.spared || keep
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(frame: u64, flags: &str, marks: Vec<&'static str>) -> SegmentFacts {
        SegmentFacts {
            identification: None,
            length: 20,
            is_damaged: false,
            frame,
            from: Side::Server,
            time_relative: Some(Span::from_nanos(i128::from(frame))),
            flags: flags.to_owned(),
            seq: 1,
            seq_raw: 1,
            ack: Some(1),
            ack_raw: Some(1),
            len: 10,
            window: 1,
            window_scaled: None,
            marks,
        }
    }

    #[test]
    fn a_short_series_is_whole_and_a_long_one_keeps_what_matters() {
        let mut series = Series::default();
        (1..=100).for_each(|frame| series.add(&segment(frame, "ACK", Vec::new())));
        assert_eq!((series.points.len(), series.every), (100, 1));
        series.add(&segment(101, "ACK", vec!["fast_retransmission"]));
        (102..=200_000).for_each(|frame| series.add(&segment(frame, "ACK", Vec::new())));
        series.add(&segment(200_001, "FIN, ACK", Vec::new()));
        assert!(series.points.len() <= MAX_POINTS && series.points.len() > MAX_POINTS / 4);
        assert_eq!(series.segments, 200_001);
        assert!(series.points.iter().any(|point| point.frame == 101 && point.retransmission));
        assert_eq!(series.points.last().map(|point| point.frame), Some(200_001));
        assert!(series.points.is_sorted_by_key(|point| point.frame));
    }
}
