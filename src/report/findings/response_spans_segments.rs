//! `response_spans_segments` [first_frame, last_frame, segments, header_bytes, body_bytes]: the response came in several segments; Wireshark labels the
//! last one.
//!
//! Frames: the first and the last.

use crate::analysis::model::Side;
use crate::report::Facts;
use crate::report::model::Finding;

pub(super) fn find(facts: &Facts<'_>) -> Option<Finding> {
    let response = facts.exchange?.response.as_ref()?;
    let (first, last) = (response.first_frame, response.frame?);
    if first == last {
        return None;
    }
    let segments = facts.evidence.segments.list.iter().filter(|segment| {
        segment.from == Side::Server
            && segment.len > 0
            && !segment.is_retransmission()
            && (first..=last).contains(&segment.frame)
    });
    let finding = Finding::new("response_spans_segments", [first, last])
        .with("first_frame", first)
        .with("last_frame", last)
        .with("segments", segments.count())
        .with("header_bytes", response.header_bytes)
        .with("body_bytes", response.body_bytes);
    Some(finding)
}
