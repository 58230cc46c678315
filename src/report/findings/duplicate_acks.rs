//! `duplicate_acks` [count, frames, side, ack, repeats]: acknowledgments that say the same once more.
//!
//! `side`, `ack`, `repeats`: of the relative number that was repeated most, who repeated it and how often. Frames: the first of them.

use std::collections::BTreeMap;

use super::{Rank, Rule, Tone};
use crate::analysis::model::Side;
use crate::report::Facts;
use crate::report::model::Finding;

/// Frames that are named.
const MAX_FRAMES: usize = 12;

pub(super) const RULE: Rule = Rule { rank: Rank::Transport, tone: Tone::Note, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let count = facts.connection?.duplicate_acks;
    if count == 0 {
        return None;
    }
    let mut repeats: BTreeMap<(Side, u32), u64> = BTreeMap::new();
    for segment in facts.marked("duplicate_ack") {
        *repeats.entry((segment.from, segment.ack.unwrap_or_default())).or_default() += 1;
    }
    // Of a long connection not all segments are kept to be counted.
    let whole = facts.evidence.segments.left_out == 0;
    let most = repeats.iter().max_by_key(|((_, ack), times)| (**times, std::cmp::Reverse(*ack))).filter(|_| whole);
    let rows = facts.marked("duplicate_ack").map(|segment| segment.frame).filter(|frame| facts.has_row(*frame));
    let frames: Vec<u64> = rows.take(MAX_FRAMES).collect();
    let finding = Finding::new("duplicate_acks", frames.clone()).with("count", count).with("frames", frames);
    Some(match most {
        Some(((side, ack), times)) => finding.with("side", side.name()).with("ack", *ack).with("repeats", *times),
        None => finding,
    })
}
