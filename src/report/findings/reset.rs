//! `reset` [frame, from, `after_close`]: a RST ended the connection, or came after its close. A RST that answers the SYN is `refused`.
//!
//! Frames: the RST.

use super::{Rank, Rule, Tone};
use crate::analysis::model::{CloseKind, StepKind};
use crate::report::Facts;
use crate::report::model::Finding;

pub(super) const RULE: Rule = Rule { rank: Rank::Trouble, tone: Tone::Problem, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let connection = facts.connection?;
    if connection.is_refused() {
        return None;
    }
    let step = connection.close.steps.iter().find(|step| step.step == StepKind::Rst)?;
    let finding = Finding::new("reset", [step.frame])
        .with("frame", step.frame)
        .with("from", step.from.name())
        .with("after_close", connection.close.kind != CloseKind::Reset);
    Some(finding)
}
