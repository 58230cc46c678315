//! `half_closed` [first, fin, ack, `second_fin`, time, bytes, data]: how long one direction was closed and the other not yet.
//!
//! `first`: the side that closed first. `time`: from the acknowledgment of its FIN to the other FIN, in seconds. `bytes`: what the other side
//! still sent until then, a byte counted once; `null` when not all segments were kept. `data`: the first of those segments. Frames: FIN,
//! acknowledgment, FIN, data.

use serde_json::Value;

use super::{Rank, Rule, Tone};
use crate::analysis::model::CloseKind;
use crate::evidence::SegmentFacts;
use crate::report::Facts;
use crate::report::looking::Fins;
use crate::report::model::Finding;

/// Segments with data that are named.
const MAX_DATA: usize = 3;

pub(super) const RULE: Rule = Rule { rank: Rank::Close, tone: Tone::Note, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let close = &facts.connection?.close;
    if close.kind != CloseKind::FourSegment {
        return None;
    }
    let fins = Fins::of(&close.steps)?;
    let (ack, second) = (fins.ack?, fins.second?);
    let time = facts.wait(ack.frame, second.frame)?;
    let segments = &facts.evidence.segments;
    let still_sent = |segment: &&SegmentFacts| {
        segment.from == second.from
            && (ack.frame + 1..=second.frame).contains(&segment.frame)
            && segment.len > 0
            && !segment.is_retransmission()
    };
    let bytes: u64 = segments.list.iter().filter(still_sent).map(|segment| u64::from(segment.len)).sum();
    let bytes = if segments.left_out == 0 { Value::from(bytes) } else { Value::Null };
    let data: Vec<u64> = segments
        .list
        .iter()
        .filter(still_sent)
        .map(|segment| segment.frame)
        .filter(|frame| facts.has_row(*frame))
        .take(MAX_DATA)
        .collect();
    let frames = [fins.first.frame, ack.frame, second.frame].into_iter().chain(data.iter().copied());
    let finding = Finding::new("half_closed", frames)
        .with("first", fins.first.from.name())
        .with("fin", fins.first.frame)
        .with("ack", ack.frame)
        .with("second_fin", second.frame)
        .with("time", time.to_string())
        .with("bytes", bytes)
        .with("data", data);
    Some(finding)
}
