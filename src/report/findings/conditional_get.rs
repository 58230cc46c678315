//! `conditional_get` [frame, conditions, status, `body_bytes`, `response_frame`]: the request asks for content only if the client's copy is out of date, and the answer is
//! not 304.
//!
//! `conditions`: [{name, value}]. Frames: the request, the response's first.

use serde_json::{Value, json};

use super::{Rank, Rule, Tone};
use crate::report::Facts;
use crate::report::model::Finding;

/// Fields that make a GET conditional on what the client has stored (RFC 9110, 13.1.2 and 13.1.3).
const CONDITIONS: &[&str] = &["If-None-Match", "If-Modified-Since"];

pub(super) const RULE: Rule = Rule { rank: Rank::Exchange, tone: Tone::Note, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let exchange = facts.exchange?;
    let frame = CONDITIONS.iter().find_map(|name| facts.request_field_frame(name))?;
    let response = exchange.response.as_ref();
    let conditions = conditions(facts);
    let reads = matches!(exchange.request.method.lossy().as_ref(), "GET" | "HEAD");
    if !reads || conditions.is_empty() || response.is_some_and(|response| response.status == 304) {
        return None;
    }
    let response_frame = response.map(|response| response.first_frame);
    let finding = Finding::new("conditional_get", [frame].into_iter().chain(response_frame))
        .with("frame", frame)
        .with("conditions", conditions)
        .with("status", response.map_or(Value::Null, |response| response.status.into()))
        .with("body_bytes", response.map_or(Value::Null, |response| response.body_bytes.into()))
        .with("response_frame", response_frame.map_or(Value::Null, Value::from));
    Some(finding)
}

/// The conditions of the request, as sent.
pub(super) fn conditions(facts: &Facts<'_>) -> Vec<Value> {
    let sent = CONDITIONS.iter().filter_map(|name| Some((name, facts.request_field(name)?)));
    let sent = sent.filter(|(_, value)| !value.is_empty());
    sent.map(|(name, value)| json!({ "name": name, "value": value })).collect()
}
