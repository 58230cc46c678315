//! `cookies` [sent, `sent_frame`, set, `set_frame`, masked]: cookies passed in the clear. How many, never which.
//!
//! `masked`: whether the report hides the values, which `secrets.rs` sets. Frames: those of request and response that have some.

use serde_json::Value;

use super::{Rank, Rule, Tone};
use crate::report::Facts;
use crate::report::model::Finding;

pub(super) const RULE: Rule = Rule { rank: Rank::Exchange, tone: Tone::Note, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let request = facts.request_field_frame("cookie");
    let response = facts.exchange?.response.as_ref().map(|response| response.first_frame);
    let pairs = facts.request_fields("cookie");
    let sent = pairs.iter().flat_map(|pairs| pairs.split(';')).filter(|pair| !pair.trim().is_empty()).count();
    let set = facts.response_fields("set-cookie").len();
    if sent + set == 0 {
        return None;
    }
    let (request, response) = (request.filter(|_| sent > 0), response.filter(|_| set > 0));
    let finding = Finding::new("cookies", [request, response].into_iter().flatten())
        .with("sent", sent)
        .with("sent_frame", request.map_or(Value::Null, Value::from))
        .with("set", set)
        .with("set_frame", response.map_or(Value::Null, Value::from))
        .with("masked", false);
    Some(finding)
}
