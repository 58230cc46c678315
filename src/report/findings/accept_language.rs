//! `accept_language` [frame, value]: the languages that the request asks for.
//!
//! `value`: the field as sent. Frames: the request.

use super::{Rank, Rule, Tone};
use crate::report::Facts;
use crate::report::model::Finding;

pub(super) const RULE: Rule = Rule { rank: Rank::Programs, tone: Tone::Note, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let frame = facts.request_field_frame("accept-language")?;
    let values = facts.request_fields("accept-language");
    let value = values.join(", ");
    let lists_one = value.split([',', ';', ' ']).any(|part| !part.is_empty());
    lists_one.then(|| Finding::new("accept_language", [frame]).with("frame", frame).with("value", value))
}
