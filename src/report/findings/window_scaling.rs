//! `window_scaling` [`client_shift`, `server_shift`, syn, `syn_ack`]: both SYNs carry the option, so windows are scaled. Not when both factors are 1.
//!
//! Frames: SYN and SYN-ACK.

use super::{Rank, Rule, Tone};
use crate::report::Facts;
use crate::report::model::Finding;

pub(super) const RULE: Rule = Rule { rank: Rank::Transport, tone: Tone::Note, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let handshake = &facts.connection?.handshake;
    let (syn, syn_ack) = (handshake.syn?, handshake.syn_ack?);
    let (client, server) = (handshake.client?.window_scale?, handshake.server?.window_scale?);
    if client == 0 && server == 0 {
        return None;
    }
    let finding = Finding::new("window_scaling", [syn, syn_ack])
        .with("client_shift", client)
        .with("server_shift", server)
        .with("client_factor", 1_u64 << client.min(14))
        .with("server_factor", 1_u64 << server.min(14))
        .with("syn", syn)
        .with("syn_ack", syn_ack);
    Some(finding)
}
