//! `interim` [frame, responses, expects, `final_frame`]: interim responses came before the final one (RFC 9110, 15.2).
//!
//! `responses`: [{status, frame}]. `expects`: whether the request has Expect: 100-continue. Frames: the request's first, the interim ones, the final one's
//! first.

use serde_json::Value;

use super::{Rank, Rule, Tone};
use crate::report::Facts;
use crate::report::fields::lists;
use crate::report::model::Finding;

/// Interim responses that are named.
const MAX_RESPONSES: usize = 6;

pub(super) const RULE: Rule = Rule { rank: Rank::Exchange, tone: Tone::Note, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let exchange = facts.exchange?;
    let response = exchange.response.as_ref().filter(|response| !response.interim.is_empty())?;
    let interim = response.interim.iter().take(MAX_RESPONSES);
    let frame = exchange.request.first_frame;
    let frames = [frame].into_iter().chain(interim.clone().map(|interim| interim.frame));
    let responses: Vec<Value> = interim.filter_map(|interim| serde_json::to_value(interim).ok()).collect();
    let finding = Finding::new("interim", frames.chain([response.first_frame]))
        .with("frame", frame)
        .with("responses", responses)
        .with("expects", lists(&facts.request_fields("expect"), "100-continue"))
        .with("final_frame", response.first_frame);
    Some(finding)
}
