//! `not_modified` [frame, `request_frame`, conditions]: the answer is 304, which has no content; the client is to use its copy.
//!
//! `conditions`: [{name, value}] of the request. Frames: the request, the response.

use super::conditional_get::conditions;
use super::{Rank, Rule, Tone};
use crate::report::Facts;
use crate::report::model::Finding;

pub(super) const RULE: Rule = Rule { rank: Rank::Exchange, tone: Tone::Problem, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let response = facts.exchange?.response.as_ref().filter(|response| response.status == 304)?;
    let (request, frame) = (facts.request_frame()?, response.frame.unwrap_or(response.first_frame));
    let finding = Finding::new("not_modified", [request, frame])
        .with("frame", frame)
        .with("request_frame", request)
        .with("conditions", conditions(facts));
    Some(finding)
}
