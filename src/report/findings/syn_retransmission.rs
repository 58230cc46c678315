//! `syn_retransmission` [syn, copies, `more_copies`, waits, answered]: the SYN was sent again, with the same ports and number.
//!
//! Without any answer it is `unanswered`. `waits`: seconds from each SYN to its next copy. Frames: the SYN and its copies.

use serde_json::Value;

use super::{Rank, Rule, Tone};
use crate::report::Facts;
use crate::report::model::Finding;

pub(super) const RULE: Rule = Rule { rank: Rank::Trouble, tone: Tone::Problem, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let connection = facts.connection?;
    let handshake = &connection.handshake;
    let syn = handshake.syn?;
    if handshake.syn_copies.is_empty() || connection.is_unanswered() {
        return None;
    }
    let frames: Vec<u64> = std::iter::once(syn).chain(handshake.syn_copies.iter().copied()).collect();
    let waits: Vec<Value> = facts.waits(&frames).iter().map(|wait| wait.to_string().into()).collect();
    let finding = Finding::new("syn_retransmission", frames)
        .with("syn", syn)
        .with("copies", handshake.syn_copies.clone())
        .with("more_copies", facts.has_more_syn_copies())
        .with("waits", waits)
        .with("answered", handshake.syn_ack.is_some());
    Some(finding)
}
