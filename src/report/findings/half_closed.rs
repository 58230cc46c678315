//! `half_closed` [first, fin, ack, `second_fin`, time, bytes, data]: how long one direction was closed and the other not yet.
//!
//! `first`: the side that closed first. `time`: from the acknowledgment of its FIN to the other FIN, in seconds. `bytes`: what the other side
//! still sent until then, a byte counted once; `null` when not all segments were kept. `data`: the first of those segments. Frames: FIN,
//! acknowledgment, FIN, data.
//!
//! Not when it was below a millisecond and nothing was sent.

use serde_json::Value;

use super::{Rank, Rule, Tone};
use crate::analysis::model::CloseKind;
use crate::evidence::SegmentFacts;
use crate::report::Facts;
use crate::report::looking::Fins;
use crate::report::model::Finding;
use crate::time::Span;

/// Segments with data that are named.
const MAX_DATA: usize = 3;
/// A shorter time, without data, is that of an answer in two segments.
const SHORTEST: Span = Span::from_nanos(1_000_000);

pub(super) const RULE: Rule = Rule { rank: Rank::AfterClose, tone: Tone::Note, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let close = &facts.connection?.close;
    if close.kind != CloseKind::FourSegment {
        return None;
    }
    let fins = Fins::of(&close.steps)?;
    let (ack, second) = (fins.ack?, fins.second?);
    let time = facts.wait(ack.frame, second.frame)?;
    let segments = &facts.evidence.segments;
    let still_sent = |segment: &&SegmentFacts| {
        segment.from == second.from
            && (ack.frame + 1..=second.frame).contains(&segment.frame)
            && segment.len > 0
            && !segment.is_retransmission()
    };
    let bytes = distinct(segments.list.iter().filter(still_sent).map(|segment| (segment.seq, segment.len)).collect());
    let bytes = if segments.left_out == 0 { Value::from(bytes) } else { Value::Null };
    let data: Vec<u64> = segments
        .list
        .iter()
        .filter(still_sent)
        .map(|segment| segment.frame)
        .filter(|frame| facts.has_row(*frame))
        .take(MAX_DATA)
        .collect();
    if time < SHORTEST && data.is_empty() {
        return None;
    }
    let frames = [fins.first.frame, ack.frame, second.frame].into_iter().chain(data.iter().copied());
    let finding = Finding::new("half_closed", frames)
        .with("first", fins.first.from.name())
        .with("fin", fins.first.frame)
        .with("ack", ack.frame)
        .with("second_fin", second.frame)
        .with("time", time.to_string())
        .with("bytes", bytes)
        .with("data", data);
    Some(finding)
}

/// Number of bytes in ranges of a byte stream (first, length), each byte counted once.
fn distinct(mut ranges: Vec<(u32, u32)>) -> u64 {
    ranges.sort_unstable();
    let mut reached = 0;
    let mut count = 0;
    for (first, length) in ranges {
        let (first, end) = (u64::from(first), u64::from(first) + u64::from(length));
        count += end.saturating_sub(first.max(reached));
        reached = reached.max(end);
    }
    count
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_byte_is_counted_once() {
        assert_eq!(super::distinct(vec![(1, 10), (21, 5), (1, 10), (5, 10)]), 19);
        assert_eq!(super::distinct(Vec::new()), 0);
    }
}
