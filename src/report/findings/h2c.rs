//! `h2c` [kind, frame, `response_frame`, streams, count]: HTTP/2 without TLS (RFC 9113, 3).
//!
//! `kind`: `upgraded` or `offered` (Upgrade: h2c in the chosen request, agreed to or not), `preface` (the chosen connection is HTTP/2 from its start) or
//! `beside` (another one is). `frame`: the request, the connection's first frame. `streams`: the first few of `count`. Frames: those.

use serde_json::Value;

use super::{Rank, Rule, Tone};
use crate::analysis::model::Application;
use crate::report::Facts;
use crate::report::fields::lists;
use crate::report::model::Finding;

/// Streams that are named.
const MAX_STREAMS: usize = 6;

pub(super) const RULE: Rule = Rule { rank: Rank::Exchange, tone: Tone::Note, find };

/// Whether the request offers to go on in HTTP/2.
pub(super) fn asks_for_h2c(facts: &Facts<'_>) -> bool {
    lists(&facts.request_fields("upgrade"), "h2c")
}

fn find(facts: &Facts<'_>) -> Option<Finding> {
    if asks_for_h2c(facts) {
        let response = facts.exchange?.response.as_ref();
        let kind = if response.is_some_and(|response| response.status == 101) { "upgraded" } else { "offered" };
        let (frame, answer) = (facts.request_frame()?, response.map(|response| response.first_frame));
        let finding = Finding::new("h2c", [frame].into_iter().chain(answer))
            .with("kind", kind)
            .with("frame", frame)
            .with("response_frame", answer.map_or(Value::Null, Value::from));
        return Some(finding);
    }
    let http2: Vec<_> =
        facts.analysis.connections.iter().filter(|connection| connection.application == Application::Http2).collect();
    let first = http2.first()?;
    let chosen = facts.connection.map(|connection| connection.stream);
    let kind = if http2.iter().any(|connection| Some(connection.stream) == chosen) { "preface" } else { "beside" };
    let named = || http2.iter().take(MAX_STREAMS);
    let finding = Finding::new("h2c", named().map(|connection| connection.first_frame))
        .with("kind", kind)
        .with("frame", first.first_frame)
        .with("streams", named().map(|connection| connection.stream).collect::<Vec<_>>())
        .with("count", http2.len());
    Some(finding)
}
