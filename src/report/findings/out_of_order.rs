//! `out_of_order` [count, frames]: segments that Wireshark marks as out of order.
//!
//! Frames: the first of them.

use super::{Rank, Rule, Tone};
use crate::report::Facts;
use crate::report::model::Finding;

/// Frames that are named.
const MAX_FRAMES: usize = 12;

pub(super) const RULE: Rule = Rule { rank: Rank::Trouble, tone: Tone::Note, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let count = facts.connection?.out_of_order;
    if count == 0 {
        return None;
    }
    let rows = facts.marked("out_of_order").map(|segment| segment.frame).filter(|frame| facts.has_row(*frame));
    let frames: Vec<u64> = rows.take(MAX_FRAMES).collect();
    Some(Finding::new("out_of_order", frames.clone()).with("count", count).with("frames", frames))
}
