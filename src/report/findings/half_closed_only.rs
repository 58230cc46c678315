//! `half_closed_only` [frame, from, `ack_frame`]: one side sent its FIN, the other's is not in the capture.
//!
//! Frames: the FIN and its acknowledgment.

use serde_json::Value;

use super::{Rank, Rule, Tone};
use crate::analysis::model::{CloseKind, StepKind};
use crate::report::Facts;
use crate::report::model::Finding;

pub(super) const RULE: Rule = Rule { rank: Rank::Close, tone: Tone::Problem, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let close = &facts.connection?.close;
    if close.kind != CloseKind::HalfClosed {
        return None;
    }
    let fin = close.steps.iter().find(|step| step.step == StepKind::Fin)?;
    let ack = close.steps.iter().find(|step| step.step == StepKind::Ack);
    let finding = Finding::new("half_closed_only", facts.close_frames())
        .with("frame", fin.frame)
        .with("from", fin.from.name())
        .with("ack_frame", ack.map_or(Value::Null, |ack| ack.frame.into()));
    Some(finding)
}
