//! Who sent the first FIN: what the two rules about it share.

use serde_json::Value;

use crate::analysis::model::{CloseKind, Side};
use crate::report::Facts;
use crate::report::looking::Fins;
use crate::report::model::Finding;

/// The finding, when `side` closed first.
pub(super) fn find(facts: &Facts<'_>, side: Side, code: &'static str) -> Option<Finding> {
    let close = &facts.connection?.close;
    let fins = Fins::of(&close.steps)?;
    // Neither closes first when both close at once; and of one FIN alone it is not known whether the other came before.
    let is_alone = fins.second.is_none() && facts.evidence.checksums.get(side.peer()).frames == 0;
    let undecided = matches!(close.kind, CloseKind::Simultaneous | CloseKind::HalfClosed) || is_alone;
    if fins.first.from != side || undecided {
        return None;
    }
    let frame = |step: Option<crate::analysis::model::CloseStep>| step.map_or(Value::Null, |step| step.frame.into());
    let frames = [Some(fins.first), fins.ack, fins.second].into_iter().flatten().map(|step| step.frame);
    let finding = Finding::new(code, frames)
        .with("frame", fins.first.frame)
        .with("ack_frame", frame(fins.ack))
        .with("second_fin", frame(fins.second))
        .with("kind", serde_json::to_value(close.kind).unwrap_or(Value::Null));
    Some(finding)
}
