//! The segments of handshake and close, as the report lists them.

use crate::evidence::Evidence;
use crate::report::model::{Segment, SegmentStep};

use super::Facts;

pub(super) fn handshake(facts: &Facts<'_>) -> Vec<Segment> {
    let Some(connection) = facts.connection else { return Vec::new() };
    let handshake = &connection.handshake;
    let copies = handshake.syn_copies.iter().map(|copy| (*copy, SegmentStep::SynCopy));
    let mut steps: Vec<(u64, SegmentStep)> = handshake.syn.map(|syn| (syn, SegmentStep::Syn)).into_iter().collect();
    steps.extend(copies);
    steps.extend(handshake.syn_ack.map(|frame| (frame, SegmentStep::SynAck)));
    steps.extend(handshake.ack.map(|frame| (frame, SegmentStep::Ack)));
    steps.sort_by_key(|(frame, _)| *frame);
    listed(&steps, facts.evidence)
}

pub(super) fn close(facts: &Facts<'_>) -> Vec<Segment> {
    let steps = facts.connection.map(|connection| connection.close.steps.as_slice()).unwrap_or_default();
    let steps: Vec<(u64, SegmentStep)> = steps.iter().map(|step| (step.frame, step.step.into())).collect();
    listed(&steps, facts.evidence)
}

fn listed(steps: &[(u64, SegmentStep)], evidence: &Evidence) -> Vec<Segment> {
    let mut previous = None;
    let mut listed = Vec::with_capacity(steps.len());
    for (frame, step) in steps {
        let Some(facts) = evidence.segments.list.iter().find(|segment| segment.frame == *frame) else { continue };
        let since_previous = facts.time_relative.zip(previous).map(|(now, before)| now - before);
        previous = facts.time_relative;
        listed.push(Segment { step: *step, since_previous, facts: facts.clone() });
    }
    listed
}
