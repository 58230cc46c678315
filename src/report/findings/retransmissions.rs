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
    let copies = connection.handshake.syn_copies.len() as u64;
    // SYN copies have a finding of their own.
    let count = connection.retransmissions.saturating_sub(copies);
    if count == 0 {
        return None;
    }
    let repeated = facts.evidence.segments.list.iter().filter(|segment| segment.is_retransmission());
    let frames: Vec<u64> = repeated
        .map(|segment| segment.frame)
        .filter(|frame| !connection.handshake.syn_copies.contains(frame))
        .take(MAX_FRAMES)
        .collect();
    let finding = Finding::new("retransmissions", frames.clone())
        .with("count", count)
        .with("frames", frames)
        .with("stream", connection.stream);
    Some(finding)
}
