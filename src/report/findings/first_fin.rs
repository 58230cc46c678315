//! Who sent the first FIN: what the two rules about it share.

use serde_json::Value;

use crate::analysis::model::{CloseKind, Side, StepKind};
use crate::report::Facts;
use crate::report::model::Finding;

/// The finding, when `side` closed first.
pub(super) fn find(facts: &Facts<'_>, side: Side, code: &'static str) -> Option<Finding> {
    let close = &facts.connection?.close;
    let is_fin = |step: StepKind| matches!(step, StepKind::Fin | StepKind::FinAck);
    let first = close.steps.iter().find(|step| is_fin(step.step))?;
    // Neither closes first when both close at once; and of one FIN alone it is not known whether the other came before.
    if first.from != side || matches!(close.kind, CloseKind::Simultaneous | CloseKind::HalfClosed) {
        return None;
    }
    let ack = close.steps.iter().find(|step| step.step == StepKind::Ack && step.from != first.from);
    let second = close.steps.iter().find(|step| is_fin(step.step) && step.from != first.from);
    let half_closed = ack.zip(second).filter(|_| close.kind == CloseKind::FourSegment);
    let half_closed = half_closed.and_then(|(ack, fin)| facts.time_between(ack.frame, fin.frame));
    let frames = [Some(first.frame), ack.map(|ack| ack.frame), second.map(|fin| fin.frame)];
    let finding = Finding::new(code, frames.into_iter().flatten())
        .with("frame", first.frame)
        .with("ack_frame", ack.map_or(Value::Null, |ack| ack.frame.into()))
        .with("second_fin", second.map_or(Value::Null, |fin| fin.frame.into()))
        .with("kind", serde_json::to_value(close.kind).unwrap_or(Value::Null))
        .with("half_closed", half_closed.map_or(Value::Null, |span| span.to_string().into()));
    Some(finding)
}
