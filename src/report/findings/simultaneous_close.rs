//! `simultaneous_close` [`client_fin`, `server_fin`]: neither FIN acknowledges the other.
//!
//! Frames: the segments of the close.

use serde_json::Value;

use super::{Rank, Rule, Tone};
use crate::analysis::model::{CloseKind, Side, StepKind};
use crate::report::Facts;
use crate::report::model::Finding;

pub(super) const RULE: Rule = Rule { rank: Rank::Close, tone: Tone::Note, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let close = &facts.connection?.close;
    if close.kind != CloseKind::Simultaneous {
        return None;
    }
    let fin = |side: Side| {
        let step = close.steps.iter().find(|step| step.from == side && step.step == StepKind::Fin);
        step.map_or(Value::Null, |step| step.frame.into())
    };
    let finding = Finding::new("simultaneous_close", facts.close_frames_without_rst())
        .with("client_fin", fin(Side::Client))
        .with("server_fin", fin(Side::Server));
    Some(finding)
}
