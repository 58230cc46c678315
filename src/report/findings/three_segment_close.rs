//! `three_segment_close` [fin, `fin_ack`, ack]: the second FIN carries the acknowledgment of the first.
//!
//! Frames: the segments of the close.

use serde_json::Value;

use super::{Rank, Rule, Tone};
use crate::analysis::model::{CloseKind, StepKind};
use crate::report::Facts;
use crate::report::model::Finding;

pub(super) const RULE: Rule = Rule { rank: Rank::Close, tone: Tone::Note, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let close = &facts.connection?.close;
    // Without the last ACK it is not known how many there were.
    if close.kind != CloseKind::ThreeSegment || !close.complete {
        return None;
    }
    let frame = |kind| {
        let step = close.steps.iter().find(|step| step.step == kind);
        step.map_or(Value::Null, |step| step.frame.into())
    };
    let finding = Finding::new("three_segment_close", facts.close_frames_without_rst())
        .with("fin", frame(StepKind::Fin))
        .with("fin_ack", frame(StepKind::FinAck))
        .with("ack", frame(StepKind::Ack));
    Some(finding)
}
