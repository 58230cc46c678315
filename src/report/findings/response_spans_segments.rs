//! `response_spans_segments` [`first_frame`, `last_frame`, segments, shared, `header_bytes`, `body_bytes`]: the response came in several segments; Wireshark labels the
//! last one.
//!
//! `segments`: `null` when retransmission, reordering or the length of the connection leaves it uncertain. `shared`: whether another
//! message ends in a frame before the last, which Wireshark then labels HTTP for that one. Frames: the first and the last.

use serde_json::Value;

use super::{Rank, Rule, Tone};
use crate::analysis::model::Side;
use crate::report::Facts;
use crate::report::model::Finding;

pub(super) const RULE: Rule = Rule { rank: Rank::Transport, tone: Tone::Note, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let response = facts.exchange?.response.as_ref()?;
    let (first, last) = (response.first_frame, response.frame?);
    if first == last {
        return None;
    }
    let list = facts.evidence.segments.list.iter();
    let within = list.filter(|segment| {
        segment.from == Side::Server && (first..=last).contains(&segment.frame) && !segment.is_copy()
    });
    let (count, repaired) = within
        .filter(|segment| segment.len > 0)
        .fold((0_u64, false), |(count, repaired), segment| (count + 1, repaired || !segment.marks.is_empty()));
    // A body that ends with the connection is complete with a FIN, which may hold none of its bytes.
    if count == 1 && !repaired {
        return None;
    }
    // With repeated or reordered segments the frames between are not just this response's; and of a long connection not all are kept.
    let uncertain = repaired || facts.evidence.segments.left_out > 0;
    let segments = if uncertain { Value::Null } else { count.into() };
    let shared = facts
        .analysis
        .exchanges
        .iter()
        .filter(|other| Some(other.stream) == facts.connection.map(|this| this.stream))
        .any(|other| {
            let answer = other.response.as_ref();
            let interim = answer.into_iter().flat_map(|answer| answer.interim.iter().map(|interim| interim.frame));
            answer
                .and_then(|answer| answer.frame)
                .into_iter()
                .chain(interim)
                .any(|frame| (first..last).contains(&frame))
        });
    let finding = Finding::new("response_spans_segments", [first, last])
        .with("first_frame", first)
        .with("last_frame", last)
        .with("segments", segments)
        .with("shared", shared)
        .with("header_bytes", response.header_bytes)
        .with("body_bytes", response.body_bytes);
    Some(finding)
}
