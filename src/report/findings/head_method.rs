//! `head_method` [frame, `response_frame`, `content_length`]: the request is a HEAD; its response has no content (RFC 9110, 9.3.2).
//!
//! `content_length`: the response's Content-Length, which then says what a GET would bring. Frames: request, response.

use serde_json::Value;

use super::{Rank, Rule, Tone};
use crate::report::Facts;
use crate::report::model::Finding;

pub(super) const RULE: Rule = Rule { rank: Rank::Exchange, tone: Tone::Note, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let exchange = facts.exchange.filter(|exchange| exchange.request.method.lossy() == "HEAD")?;
    let response = exchange.response.as_ref()?;
    let (request, frame) = (facts.request_frame()?, response.frame?);
    let length = facts.response_field("content-length").and_then(|length| length.parse::<u64>().ok());
    let finding = Finding::new("head_method", [request, frame])
        .with("frame", request)
        .with("response_frame", frame)
        .with("content_length", length.map_or(Value::Null, Value::from));
    Some(finding)
}
