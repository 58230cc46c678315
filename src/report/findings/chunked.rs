//! `chunked` [frame, `first_frame`, `body_bytes`]: the response gives no Content-Length; its body came in chunks (RFC 9112, 7.1).
//!
//! Frames: the response's first, which holds the header, and the one that completes it.

use super::{Rank, Rule, Tone};
use crate::report::Facts;
use crate::report::fields::lists;
use crate::report::model::Finding;

pub(super) const RULE: Rule = Rule { rank: Rank::Content, tone: Tone::Note, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let response = facts.exchange?.response.as_ref()?;
    let coding = response.transfer_encoding.as_ref()?.lossy().into_owned();
    let frame = response.frame.filter(|_| response.complete)?;
    if !lists(&[coding], "chunked") || response.body_bytes == 0 || facts.response_field("content-length").is_some() {
        return None;
    }
    let finding = Finding::new("chunked", [response.first_frame, frame])
        .with("frame", frame)
        .with("first_frame", response.first_frame)
        .with("body_bytes", response.body_bytes);
    Some(finding)
}
