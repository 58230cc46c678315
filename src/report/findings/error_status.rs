//! `error_status` [frame, status, reason, `request_frame`, challenge]: the server answered with an error.
//!
//! `challenge`: the authentication scheme that a 401 or 407 asks for. Frames: request, response.

use serde_json::Value;

use super::{Rank, Rule, Tone};
use crate::report::Facts;
use crate::report::model::Finding;

pub(super) const RULE: Rule = Rule { rank: Rank::Trouble, tone: Tone::Problem, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let response = facts.exchange?.response.as_ref().filter(|response| (400..600).contains(&response.status))?;
    let (request, frame) = (facts.request_frame()?, response.frame.unwrap_or(response.first_frame));
    let challenge = match response.status {
        401 => facts.response_field("www-authenticate"),
        407 => facts.response_field("proxy-authenticate"),
        _ => None,
    };
    let scheme = challenge.and_then(|challenge| challenge.split([' ', ',']).next().map(str::to_owned));
    let finding = Finding::new("error_status", [request, frame])
        .with("frame", frame)
        .with("status", response.status)
        .with("reason", response.reason.lossy().as_ref())
        .with("request_frame", request)
        .with("challenge", scheme.map_or(Value::Null, Value::from));
    Some(finding)
}
