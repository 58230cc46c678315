//! `proxy` [frame, target, agreed, `request_via`, forwarded, `response_via`, `response_frame`, age]: something between client and server takes part.
//!
//! `target`: `absolute` (a whole URL as request target) or `tunnel` (CONNECT), `null` else. `agreed`: whether the answer is 2xx, which to CONNECT opens the tunnel. `request_via`, `response_via`: the Via fields as sent. `forwarded`:
//! whether the request has Forwarded or X-Forwarded-For. `age`: seconds of the response's Age, which a cache gives. Frames: the request, the response's first.

use serde_json::Value;

use super::{Rank, Rule, Tone};
use crate::report::Facts;
use crate::report::model::Finding;

pub(super) const RULE: Rule = Rule { rank: Rank::Exchange, tone: Tone::Note, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let exchange = facts.exchange?;
    let frame = facts.request_frame()?;
    let target = exchange.request.target.lossy().to_ascii_lowercase();
    let form = if exchange.request.method.lossy() == "CONNECT" {
        Some("tunnel")
    } else if target.starts_with("http://") || target.starts_with("https://") {
        Some("absolute")
    } else {
        None
    };
    let request_via = joined(&facts.request_fields("via"));
    let response_via = joined(&facts.response_fields("via"));
    let forwarded = ["forwarded", "x-forwarded-for"].iter().any(|name| facts.request_field(name).is_some());
    let age = facts.response_field("age").and_then(|age| age.parse::<u64>().ok());
    if form.is_none() && request_via.is_null() && response_via.is_null() && !forwarded && age.is_none() {
        return None;
    }
    let answer = exchange.response.as_ref().map(|response| response.first_frame);
    let agreed = exchange.response.as_ref().is_some_and(|response| (200..300).contains(&response.status));
    let finding = Finding::new("proxy", [frame].into_iter().chain(answer))
        .with("frame", frame)
        .with("target", form.map_or(Value::Null, Value::from))
        .with("agreed", agreed)
        .with("request_via", request_via)
        .with("forwarded", forwarded)
        .with("response_via", response_via)
        .with("response_frame", answer.map_or(Value::Null, Value::from))
        .with("age", age.map_or(Value::Null, Value::from));
    Some(finding)
}

fn joined(values: &[String]) -> Value {
    if values.is_empty() { Value::Null } else { values.join(", ").into() }
}
