//! `relative_numbers` [syn, `client_isn`, `syn_ack`, `server_isn`]: the 0 that Wireshark shows stands for the initial sequence number.
//!
//! Frames: SYN and SYN-ACK.

use super::{Rank, Rule, Tone};
use crate::report::Facts;
use crate::report::model::Finding;

pub(super) const RULE: Rule = Rule { rank: Rank::Transport, tone: Tone::Note, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let handshake = &facts.connection?.handshake;
    let (syn, syn_ack) = (handshake.syn?, handshake.syn_ack?);
    let (client, server) = (handshake.client?.isn, handshake.server?.isn);
    let finding = Finding::new("relative_numbers", [syn, syn_ack])
        .with("syn", syn)
        .with("client_isn", client)
        .with("syn_ack", syn_ack)
        .with("server_isn", server);
    // Numbers that begin with 0 are the same in both ways of counting.
    (client != 0 && server != 0).then_some(finding)
}
