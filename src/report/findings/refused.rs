//! `refused` [syn, copies, rst, port]: the SYN was answered with a RST.
//!
//! Frames: the SYN, its copies, the RST.

use super::{Rank, Rule, Tone};
use crate::report::Facts;
use crate::report::model::Finding;

pub(super) const RULE: Rule = Rule { rank: Rank::Trouble, tone: Tone::Problem, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let connection = facts.connection?;
    if !connection.is_refused() {
        return None;
    }
    let syn = connection.handshake.syn?;
    let rst = connection.close.steps.first()?.frame;
    let finding = Finding::new("refused", facts.handshake_frames().into_iter().chain([rst]))
        .with("syn", syn)
        .with("copies", connection.handshake.syn_copies.clone())
        .with("rst", rst)
        .with("port", connection.server.port);
    Some(finding)
}
