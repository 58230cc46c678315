//! `equal_times` [syn, `syn_ack`, ack]: the three segments of the handshake have the same time, so that durations of this capture say little.
//!
//! Frames: those three.

use super::{Rank, Rule, Tone};
use crate::report::Facts;
use crate::report::model::Finding;

pub(super) const RULE: Rule = Rule { rank: Rank::Recording, tone: Tone::Problem, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let handshake = &facts.connection?.handshake;
    let (syn, syn_ack, ack) = (handshake.syn?, handshake.syn_ack?, handshake.ack?);
    handshake.rtt.filter(|rtt| rtt.as_nanos() == 0)?;
    let finding =
        Finding::new("equal_times", [syn, syn_ack, ack]).with("syn", syn).with("syn_ack", syn_ack).with("ack", ack);
    Some(finding)
}
