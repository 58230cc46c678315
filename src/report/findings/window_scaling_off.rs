//! `window_scaling_off` [without, syn, `syn_ack`]: a SYN lacks the option, so windows are not scaled.
//!
//! Not when a SYN was recorded only in part: its options may be cut off. `without`: `client`, `server` or `both`, whose SYN lacks the option. Frames: SYN and SYN-ACK.

use super::{Rank, Rule, Tone};
use crate::report::Facts;
use crate::report::model::Finding;

pub(super) const RULE: Rule = Rule { rank: Rank::Transport, tone: Tone::Note, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let handshake = &facts.connection?.handshake;
    let (syn, syn_ack) = (handshake.syn?, handshake.syn_ack?);
    if facts.is_cut(syn) || facts.is_cut(syn_ack) {
        return None;
    }
    let client = handshake.client?.window_scale.is_some();
    let server = handshake.server?.window_scale.is_some();
    let without = match (client, server) {
        (true, true) => return None,
        (false, true) => "client",
        (true, false) => "server",
        (false, false) => "both",
    };
    let finding = Finding::new("window_scaling_off", [syn, syn_ack])
        .with("without", without)
        .with("syn", syn)
        .with("syn_ack", syn_ack);
    Some(finding)
}
