//! `evidence_complete` [stream]: one connection holds all that the lab asks for.
//!
//! Frames: request and response, handshake, close.

use super::{Rank, Rule, Tone};
use crate::report::Facts;
use crate::report::model::Finding;

pub(super) const RULE: Rule = Rule { rank: Rank::Evidence, tone: Tone::Good, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let (connection, exchange) = (facts.connection?, facts.exchange?);
    let response = exchange.response.as_ref()?;
    let whole =
        connection.handshake.complete && connection.close.complete && exchange.request.complete && response.complete;
    let frames = facts.handshake_frames().into_iter().chain(exchange.request.frame).chain(response.frame);
    let frames = frames.chain(facts.close_frames());
    whole.then(|| Finding::new("evidence_complete", frames).with("stream", connection.stream))
}
