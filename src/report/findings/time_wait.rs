//! `time_wait` [side, fin, ack]: which side enters TIME-WAIT (RFC 9293, 3.6): the one that closed first. Inferred; states are in no packet.
//!
//! `side`: `client`, `server`, or `both` after a simultaneous close. `ack`: that side's acknowledgment of the other FIN, of `both` the
//! client's. Frames: the FIN and the acknowledgment.

use super::{Rank, Rule, Tone};
use crate::analysis::model::{CloseKind, Side, StepKind};
use crate::report::Facts;
use crate::report::looking::Fins;
use crate::report::model::Finding;

pub(super) const RULE: Rule = Rule { rank: Rank::Transport, tone: Tone::Note, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let close = &facts.connection?.close;
    // A RST ends the state early.
    if !close.complete || close.steps.iter().any(|step| step.step == StepKind::Rst) {
        return None;
    }
    let fins = Fins::of(&close.steps)?;
    let (side, waiting) = match close.kind {
        CloseKind::FourSegment | CloseKind::ThreeSegment => (fins.first.from, fins.first.from.name()),
        CloseKind::Simultaneous => (Side::Client, "both"),
        _ => return None,
    };
    let own = || close.steps.iter().filter(|step| step.from == side);
    let fin = own().find(|step| step.step == StepKind::Fin)?;
    let ack = own().find(|step| step.step == StepKind::Ack)?;
    let finding = Finding::new("time_wait", [fin.frame, ack.frame])
        .with("side", waiting)
        .with("fin", fin.frame)
        .with("ack", ack.frame);
    Some(finding)
}
