//! `parallel_connections` [count, connections: [{stream, port, `server_port`, syn}]]: other connections of the same client to the same server overlap with this
//! one. Their SYNs have other ports and numbers: they are no retransmissions.
//!
//! Frames: the SYNs, this connection's first.

use serde_json::{Value, json};

use super::{Rank, Rule, Tone};
use crate::report::Facts;
use crate::report::model::Finding;

/// Connections that are listed; browsers open six to a host.
const MAX_LISTED: usize = 12;

pub(super) const RULE: Rule = Rule { rank: Rank::Connection, tone: Tone::Note, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let this = facts.connection?;
    let own_syn = this.handshake.syn?;
    let others: Vec<_> = facts
        .analysis
        .connections
        .iter()
        .filter(|other| {
            other.stream != this.stream
                && other.client.ip == this.client.ip
                && other.server.ip == this.server.ip
                && other.client.port != this.client.port
                && other.first_frame <= this.last_frame
                && other.last_frame >= this.first_frame
        })
        .filter_map(|other| other.handshake.syn.map(|syn| (other, syn)))
        .collect();
    if others.is_empty() {
        return None;
    }
    let listed = || others.iter().take(MAX_LISTED);
    let connections: Vec<Value> = listed()
        .map(|(other, syn)| {
            json!({ "stream": other.stream, "port": other.client.port, "server_port": other.server.port, "syn": syn })
        })
        .collect();
    let frames = std::iter::once(own_syn).chain(listed().map(|(_, syn)| *syn));
    let finding = Finding::new("parallel_connections", frames)
        .with("stream", this.stream)
        .with("port", this.client.port)
        .with("syn", own_syn)
        .with("count", others.len())
        .with("connections", connections);
    Some(finding)
}
