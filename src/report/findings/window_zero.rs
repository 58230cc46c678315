//! `window_zero` [side, frame, count, reopened, wait]: a receiver said that it has no room.
//!
//! `count`: segments of that side with a zero window. `reopened`: its next segment with another window, `wait` seconds later; both `null`
//! when there is none. Frames: both.

use serde_json::Value;

use super::{Rank, Rule, Tone};
use crate::report::Facts;
use crate::report::model::Finding;

pub(super) const RULE: Rule = Rule { rank: Rank::Trouble, tone: Tone::Problem, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let first = facts.marked("zero_window").next()?;
    let count = facts.marked("zero_window").filter(|segment| segment.from == first.from).count();
    let mut later = facts.evidence.segments.list.iter().skip_while(|segment| segment.frame <= first.frame);
    let reopened = later
        .find(|segment| segment.from == first.from && segment.window > 0)
        .filter(|segment| facts.has_row(segment.frame))
        .map(|segment| segment.frame);
    let wait = reopened.and_then(|frame| facts.wait(first.frame, frame));
    let finding = Finding::new("window_zero", [first.frame].into_iter().chain(reopened))
        .with("side", first.from.name())
        .with("frame", first.frame)
        .with("count", count)
        .with("reopened", reopened.map_or(Value::Null, Value::from))
        .with("wait", wait.map_or(Value::Null, |wait| wait.to_string().into()));
    Some(finding)
}
