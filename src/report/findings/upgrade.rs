//! `upgrade` [frame, `response_frame`, protocol, status, accepted]: the client asked to change to another protocol on this connection (RFC 9110, 7.8). To
//! HTTP/2 it is `h2c`.
//!
//! Frames: the request, the response's first.

use serde_json::Value;

use super::h2c::asks_for_h2c;
use super::{Rank, Rule, Tone};
use crate::report::Facts;
use crate::report::model::Finding;

pub(super) const RULE: Rule = Rule { rank: Rank::Exchange, tone: Tone::Note, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let frame = facts.request_field_frame("upgrade")?;
    let protocol = facts.request_field("upgrade").filter(|protocol| !protocol.is_empty())?;
    if asks_for_h2c(facts) {
        return None;
    }
    let response = facts.exchange?.response.as_ref();
    let status = response.map(|response| response.status);
    let accepted = status == Some(101);
    let agreed = facts.response_field("upgrade").filter(|_| accepted).unwrap_or(protocol);
    let response_frame = response.map(|response| response.first_frame);
    let finding = Finding::new("upgrade", [frame].into_iter().chain(response_frame))
        .with("frame", frame)
        .with("response_frame", response_frame.map_or(Value::Null, Value::from))
        .with("protocol", agreed)
        .with("status", status.map_or(Value::Null, Value::from))
        .with("accepted", accepted);
    Some(finding)
}
