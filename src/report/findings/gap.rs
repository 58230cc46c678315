//! `gap` [bytes, holes: [{side, from, to, bytes, before, acknowledged, `is_acknowledged`, partly, `partly_to`}], `holes_count`]: bytes between others that no
//! frame of the capture holds.
//!
//! `from`, `to`: relative sequence numbers, `to` excluded. `before`: the frame that continues behind the hole, with data or with the FIN. `acknowledged`: the first frame with which the
//! other side says that it has them; `null` without one, or without a row. `partly`: of a hole that is not, the first frame that acknowledges most of it, up to
//! `partly_to`. Frames: those.

use serde_json::{Value, json};

use super::{Rank, Rule, Tone};
use crate::analysis::model::Side;
use crate::evidence::SegmentFacts;
use crate::report::Facts;
use crate::report::model::Finding;

/// Holes that are listed.
const MAX_HOLES: usize = 4;

pub(super) const RULE: Rule = Rule { rank: Rank::Trouble, tone: Tone::Problem, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let connection = facts.connection.filter(|connection| connection.missing_bytes > 0)?;
    // Two connections with the same addresses and ports: their numbers do not belong together.
    if facts.marked("ports_reused").next().is_some() {
        return None;
    }
    let segments = &facts.evidence.segments;
    if segments.left_out > 0 {
        return Some(
            Finding::new("gap", []).with("bytes", connection.missing_bytes).with("holes", Vec::<Value>::new()),
        );
    }
    let holes: Vec<Hole> = [Side::Client, Side::Server].iter().flat_map(|side| holes(&segments.list, *side)).collect();
    if holes.is_empty() {
        return None;
    }
    let bytes: u64 = holes.iter().map(|hole| u64::from(hole.to - hole.from)).sum();
    let listed = || holes.iter().take(MAX_HOLES).filter(|hole| facts.has_row(hole.before));
    let with_row = |frame: u64| facts.has_row(frame).then_some(frame);
    let shown: Vec<Value> = listed()
        .map(|hole| {
            let whole = hole.acknowledged.filter(|(ack, _)| *ack >= hole.to);
            let partly = hole.acknowledged.filter(|(ack, frame)| *ack < hole.to && facts.has_row(*frame));
            json!({ "side": hole.side.name(), "from": hole.from, "to": hole.to, "bytes": hole.to - hole.from,
                "before": hole.before, "acknowledged": whole.and_then(|(_, frame)| with_row(frame)),
                "is_acknowledged": whole.is_some(), "partly": partly.map(|(_, frame)| frame),
                "partly_to": partly.map(|(ack, _)| ack) })
        })
        .collect();
    let acknowledging = |hole: &Hole| hole.acknowledged.and_then(|(_, frame)| with_row(frame));
    let frames = listed().flat_map(|hole| [hole.before].into_iter().chain(acknowledging(hole)));
    let finding =
        Finding::new("gap", frames).with("bytes", bytes).with("holes_count", holes.len()).with("holes", shown);
    Some(finding)
}

/// Bytes that no frame holds.
#[derive(Debug, PartialEq, Eq)]
struct Hole {
    side: Side,
    from: u32,
    to: u32,
    before: u64,
    /// The peer's acknowledgment number within or behind it, `to` at most, and the first frame that has it.
    acknowledged: Option<(u32, u64)>,
}

/// The holes in what one side sent, in order.
fn holes(segments: &[SegmentFacts], side: Side) -> Vec<Hole> {
    let sent = segments.iter().filter(|segment| segment.from == side);
    let ends = |segment: &SegmentFacts| u32::from(segment.flags.contains("FIN"));
    // A keep-alive probe's byte is none of the stream. A FIN stands behind the last byte.
    let sent = sent.filter(|segment| segment.len + ends(segment) > 0 && !segment.marks.contains(&"keep_alive"));
    let mut ranges: Vec<(u32, u32, u64)> = sent
        .filter_map(|segment| Some((segment.seq, segment.seq.checked_add(segment.len + ends(segment))?, segment.frame)))
        .collect();
    ranges.sort_unstable();
    let begins = segments.iter().any(|segment| segment.from == side && segment.flags.contains("SYN"));
    let mut reached = if begins { Some(1) } else { None };
    let mut holes = Vec::new();
    for (from, to, frame) in ranges {
        if let Some(reached) = reached.filter(|reached| from > *reached) {
            let acks = segments.iter().filter(|segment| segment.from != side);
            let acks = acks.filter_map(|segment| Some((segment.ack?.min(from), segment.frame)));
            let acks = acks.filter(|(ack, _)| *ack > reached);
            let acknowledged = acks.max_by_key(|(ack, frame)| (*ack, std::cmp::Reverse(*frame)));
            holes.push(Hole { side, from: reached, to: from, before: frame, acknowledged });
        }
        reached = Some(reached.map_or(to, |reached| reached.max(to)));
    }
    holes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(frame: u64, from: Side, seq: u32, len: u32, ack: u32) -> SegmentFacts {
        SegmentFacts {
            identification: None,
            length: 20,
            is_damaged: false,
            frame,
            from,
            time_relative: None,
            flags: "ACK".to_owned(),
            seq,
            seq_raw: seq,
            ack: Some(ack),
            ack_raw: Some(ack),
            len,
            window: 1,
            window_scaled: None,
            marks: Vec::new(),
        }
    }

    #[test]
    fn a_hole_is_what_no_segment_fills_and_its_acknowledgment_the_first_of_the_highest() {
        let (client, server) = (Side::Client, Side::Server);
        let mut segments = vec![
            segment(1, server, 1, 10, 1),
            segment(2, server, 21, 10, 1),
            segment(3, client, 1, 0, 16),
            segment(4, client, 1, 0, 16),
            segment(5, server, 41, 5, 1),
        ];
        let hole = |from, to, before, acknowledged| Hole { side: server, from, to, before, acknowledged };
        assert_eq!(holes(&segments, server), [hole(11, 21, 2, Some((16, 3))), hole(31, 41, 5, None)]);
        segments.push(segment(6, client, 1, 0, 46));
        segments.push(segment(7, server, 31, 10, 1));
        assert_eq!(holes(&segments, server), [hole(11, 21, 2, Some((21, 6)))]);
        assert_eq!(holes(&segments, client), []);
        let fin = SegmentFacts { flags: "FIN, ACK".to_owned(), ..segment(8, server, 60, 0, 1) };
        segments.push(fin);
        assert_eq!(holes(&segments, server).last(), Some(&hole(46, 60, 8, None)));
    }
}
