//! `user_agent` [frame, reading]: what the request's User-Agent says of browser and system, and no more.
//!
//! `reading`: see [`crate::report::user_agent`]. Only when it names a program or a system that is known. Frames: the request.

use super::{Rank, Rule, Tone};
use crate::report::model::Finding;
use crate::report::{Facts, user_agent};

pub(super) const RULE: Rule = Rule { rank: Rank::Programs, tone: Tone::Note, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let frame = facts.request_field_frame("user-agent")?;
    let reading = user_agent::read(&facts.request_field("user-agent")?);
    if reading.program.is_none() && reading.system.is_none() {
        return None;
    }
    let reading = serde_json::to_value(reading).ok()?;
    Some(Finding::new("user_agent", [frame]).with("frame", frame).with("reading", reading))
}
