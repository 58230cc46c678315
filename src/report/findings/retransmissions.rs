//! `retransmissions` [count, frames]: segments of this connection were sent again.
//!
//! Frames: those segments, the first few.

use super::{Rank, Rule, Tone};
use crate::report::Facts;
use crate::report::model::Finding;

/// Frames that are named.
const MAX_FRAMES: usize = 12;

pub(super) const RULE: Rule = Rule { rank: Rank::Trouble, tone: Tone::Problem, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let connection = facts.connection?;
    let segments = &facts.evidence.segments;
    let copies = &connection.handshake.syn_copies;
    // SYN copies have a finding of their own.
    let repeated = || {
        let repeated = segments.list.iter().filter(|segment| segment.is_retransmission());
        repeated.map(|segment| segment.frame).filter(|frame| !copies.contains(frame))
    };
    // Not every SYN copy counts as retransmitted: one that follows at once is out of order to Wireshark.
    let count = if segments.left_out == 0 && !facts.is_first_pass() {
        repeated().count() as u64
    } else {
        connection.retransmissions.saturating_sub(copies.len() as u64)
    };
    if count == 0 {
        return None;
    }
    let frames: Vec<u64> = repeated().take(MAX_FRAMES).collect();
    let finding = Finding::new("retransmissions", frames.clone())
        .with("count", count)
        .with("frames", frames)
        .with("stream", connection.stream);
    Some(finding)
}
