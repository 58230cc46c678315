//! `gap` [bytes, holes: [{side, from, to, bytes, before, acknowledged}], `holes_count`]: bytes between others that no frame of the capture holds.
//!
//! `from`, `to`: relative sequence numbers, `to` excluded. `before`: the frame that continues behind the hole. `acknowledged`: the first frame with which the
//! other side says that it has them; `null` without one. Frames: those.

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
    let segments = &facts.evidence.segments;
    if segments.left_out > 0 {
        return Some(Finding::new("gap", []).with("bytes", connection.missing_bytes).with("holes", Vec::<Value>::new()));
    }
    let holes: Vec<Hole> = [Side::Client, Side::Server].iter().flat_map(|side| holes(&segments.list, *side)).collect();
    if holes.is_empty() {
        return None;
    }
    let bytes: u64 = holes.iter().map(|hole| u64::from(hole.to - hole.from)).sum();
    let listed = || holes.iter().take(MAX_HOLES).filter(|hole| facts.has_row(hole.before));
    let acknowledged = |hole: &Hole| hole.acknowledged.filter(|frame| facts.has_row(*frame));
    let frames = listed().flat_map(|hole| [hole.before].into_iter().chain(acknowledged(hole)));
    let shown: Vec<Value> = listed()
        .map(|hole| {
            json!({ "side": hole.side.name(), "from": hole.from, "to": hole.to, "bytes": hole.to - hole.from,
                "before": hole.before, "acknowledged": acknowledged(hole), "is_acknowledged": hole.acknowledged.is_some() })
        })
        .collect();
    let finding = Finding::new("gap", frames)
        .with("bytes", bytes)
        .with("holes_count", holes.len())
        .with("all_acknowledged", holes.iter().all(|hole| hole.acknowledged.is_some()))
        .with("holes", shown);
    Some(finding)
}

/// Bytes that no frame holds.
#[derive(Debug, PartialEq, Eq)]
struct Hole {
    side: Side,
    from: u32,
    to: u32,
    before: u64,
    acknowledged: Option<u64>,
}

/// The holes in what one side sent, in order.
fn holes(segments: &[SegmentFacts], side: Side) -> Vec<Hole> {
    let sent = segments.iter().filter(|segment| segment.from == side);
    // A keep-alive probe's byte is none of the stream.
    let sent = sent.filter(|segment| segment.len > 0 && !segment.marks.contains(&"keep_alive"));
    let mut ranges: Vec<(u32, u32, u64)> = sent
        .filter_map(|segment| Some((segment.seq, segment.seq.checked_add(segment.len)?, segment.frame)))
        .collect();
    ranges.sort_unstable();
    let begins = segments.iter().any(|segment| segment.from == side && segment.flags.contains("SYN"));
    let mut reached = if begins { Some(1) } else { None };
    let mut holes = Vec::new();
    for (from, to, frame) in ranges {
        if let Some(reached) = reached.filter(|reached| from > *reached) {
            let covers = |segment: &&SegmentFacts| segment.from != side && segment.ack.is_some_and(|ack| ack >= from);
            let acknowledged = segments.iter().find(covers).map(|segment| segment.frame);
            holes.push(Hole { side, from: reached, to: from, before: frame, acknowledged });
        }
        reached = Some(reached.map_or(to, |reached| reached.max(to)));
    }
    holes
}
