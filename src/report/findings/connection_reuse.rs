//! `connection_reuse` [count, index, `persistent_by`, requests, more, `first_max`, `last_max`, `first_response`, `last_response`]: several requests used this
//! connection.
//!
//! `index`: which of them the chosen one is. `requests`: the first few's frames, `more`: whether there are others. `persistent_by`: `default` (HTTP/1.1), or `keep_alive` (agreed on in HTTP/1.0). `first_max` and `last_max`: the
//! requests that the server still takes, as the Keep-Alive fields of the first and of the last response say, when they count down; else `null`. Frames: the
//! requests' first frames, the first few, and those two responses.

use serde_json::Value;

use super::{Rank, Rule, Tone};
use crate::analysis::model::Exchange;
use crate::report::Facts;
use crate::report::model::Finding;

/// Requests that are named.
const MAX_REQUESTS: usize = 12;

pub(super) const RULE: Rule = Rule { rank: Rank::Connection, tone: Tone::Note, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let chosen = facts.exchange?;
    let on_connection: Vec<&Exchange> =
        facts.analysis.exchanges.iter().filter(|exchange| exchange.stream == chosen.stream).collect();
    let (first, last) = (on_connection.first()?, on_connection.last()?);
    if on_connection.len() < 2 {
        return None;
    }
    let max = |exchange: &Exchange| facts.evidence.keep_alives.get(&exchange.index)?.max;
    let counting = max(first).zip(max(last)).filter(|(first, last)| first > last);
    let response = |exchange: &Exchange| exchange.response.as_ref().map(|response| response.first_frame);
    let responses = response(first).zip(response(last));
    let mut requests: Vec<u64> =
        on_connection.iter().map(|exchange| exchange.request.first_frame).take(MAX_REQUESTS).collect();
    // A segment may hold several.
    requests.dedup();
    let named = responses.into_iter().flat_map(|(first, last)| [first, last]);
    let by = if chosen.request.version.lossy() == "HTTP/1.0" { "keep_alive" } else { "default" };
    let number = |value: Option<u64>| value.map_or(Value::Null, Value::from);
    let finding = Finding::new("connection_reuse", requests.iter().copied().chain(named))
        .with("count", on_connection.len())
        .with("index", chosen.index)
        .with("persistent_by", by)
        .with("requests", requests)
        .with("more", on_connection.len() > MAX_REQUESTS)
        .with("first_max", number(counting.map(|(first, _)| first)))
        .with("last_max", number(counting.map(|(_, last)| last)))
        .with("first_response", number(responses.map(|(first, _)| first)))
        .with("last_response", number(responses.map(|(_, last)| last)));
    Some(finding)
}
