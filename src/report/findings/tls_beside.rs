//! `tls_beside` [count, connections: [{stream, hello, name, version, port, `client_bytes`, `server_bytes`, sealed}]]: the same client also has TLS connections.
//!
//! `name`: the server name in the Client Hello. `version`: as negotiated. `sealed`: the first frame with an application data record. Either is
//! `null` when it is not in the capture. Frames: the Client Hellos and the records.

use serde_json::{Value, json};

use super::{Rank, Rule, Tone};
use crate::analysis::model::{Connection, Tls};
use crate::report::Facts;
use crate::report::model::Finding;

/// Connections that are listed.
const MAX_LISTED: usize = 4;

pub(super) const RULE: Rule = Rule { rank: Rank::Connection, tone: Tone::Note, find };

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
    beside.sort_by_key(|(_, other)| other.server.ip != this.server.ip);
    beside.truncate(MAX_LISTED);
    let sealed = |tls: &Tls| facts.evidence.sealed.get(&tls.stream).copied().filter(|frame| facts.has_row(*frame));
    let connections: Vec<Value> = beside
        .iter()
        .map(|(tls, other)| {
            json!({ "stream": tls.stream, "hello": tls.client_hello, "port": other.server.port, "server": other.server.ip,
                "name": tls.server_name.as_ref().map(|name| name.lossy()), "version": tls.version,
                "client_bytes": other.client_bytes, "server_bytes": other.server_bytes, "sealed": sealed(tls) })
        })
        .collect();
    let frames = beside.iter().flat_map(|(tls, _)| [tls.client_hello].into_iter().chain(sealed(tls)));
    let same_server = beside.iter().any(|(_, other)| other.server.ip == this.server.ip);
    let finding = Finding::new("tls_beside", frames)
        .with("count", count)
        .with("same_server", same_server)
        .with("connections", connections);
    Some(finding)
}
