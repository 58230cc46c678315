//! `tls_beside` [count, connections: [{stream, hello, server, port, name, version, `client_bytes`, `server_bytes`, sealed, carries}]]:
//! the same client also has TLS connections.
//!
//! `connections`: the first few, of those to the same server if there are any. `name`: the server name in the Client Hello. `version`: as
//! negotiated. `sealed`: the first frame with an application data record, `null` without one that has a row. `carries`: `data` when there are such
//! records, `none` when there are none and the capture lacks no byte of the connection, else `null`. Frames: the Client Hellos and the records.

use serde_json::{Value, json};

use super::{Rank, Rule, Tone};
use crate::analysis::model::{Connection, Tls};
use crate::report::Facts;
use crate::report::model::Finding;

/// Connections that are listed.
const MAX_LISTED: usize = 4;

pub(super) const RULE: Rule = Rule { rank: Rank::Network, tone: Tone::Note, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    facts.exchange?;
    let this = facts.connection?;
    let connection = |tls: &Tls| facts.analysis.connections.get(usize::try_from(tls.stream).ok()?);
    let mut beside: Vec<(&Tls, &Connection)> = facts
        .analysis
        .tls
        .iter()
        .filter_map(|tls| Some((tls, connection(tls)?)))
        .filter(|(_, other)| other.stream != this.stream && other.client.ip == this.client.ip)
        .collect();
    if beside.is_empty() {
        return None;
    }
    let count = beside.len();
    let is_same_server = |other: &Connection| other.server.ip == this.server.ip;
    let same_server = beside.iter().any(|(_, other)| is_same_server(other));
    // A system talks to many servers by itself: those to the page's own tell most.
    beside.retain(|(_, other)| is_same_server(other) || !same_server);
    beside.truncate(MAX_LISTED);
    let sealed = |tls: &Tls| facts.evidence.sealed.get(&tls.stream).copied().filter(|frame| facts.has_row(*frame));
    let carries = |tls: &Tls, other: &Connection| {
        let whole = other.missing_bytes == 0 && facts.analysis.capture.snapped_frames == 0;
        match (facts.evidence.sealed.contains_key(&tls.stream), whole) {
            (true, _) => Some("data"),
            (false, true) => Some("none"),
            (false, false) => None,
        }
    };
    let connections: Vec<Value> = beside
        .iter()
        .map(|(tls, other)| {
            json!({ "stream": tls.stream, "hello": tls.client_hello, "port": other.server.port, "server": other.server.ip,
                "name": tls.server_name.as_ref().map(|name| name.lossy()), "version": tls.version,
                "client_bytes": other.client_bytes, "server_bytes": other.server_bytes, "sealed": sealed(tls),
                "carries": carries(tls, other) })
        })
        .collect();
    let frames = beside.iter().flat_map(|(tls, _)| [tls.client_hello].into_iter().chain(sealed(tls)));
    let finding = Finding::new("tls_beside", frames).with("count", count).with("connections", connections);
    Some(finding)
}
