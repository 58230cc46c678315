//! `snapped` [count, frames, frame, captured, length, limit]: frames were recorded shorter than they were.
//!
//! `count` of `frames`; `frame` is the first one with a row, of which `captured` of `length` bytes are in the file. `limit`: the snap length of
//! its file, when it is the number of bytes captured; else `null`. Frames: that one.

use serde_json::Value;

use super::{Rank, Rule, Tone};
use crate::report::Facts;
use crate::report::model::Finding;

pub(super) const RULE: Rule = Rule { rank: Rank::Trouble, tone: Tone::Problem, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let capture = &facts.analysis.capture;
    if capture.snapped_frames == 0 {
        return None;
    }
    let example = facts.evidence.frames.values().find(|frame| frame.captured < frame.length);
    let finding = Finding::new("snapped", example.map(|frame| frame.number))
        .with("count", capture.snapped_frames)
        .with("frames", capture.frames);
    Some(match example {
        Some(frame) => {
            let limits = capture.interfaces.iter().filter_map(|interface| interface.snap_length);
            let limit = limits.into_iter().find(|limit| *limit == frame.captured);
            finding
                .with("frame", frame.number)
                .with("captured", frame.captured)
                .with("length", frame.length)
                .with("limit", limit.map_or(Value::Null, Value::from))
        }
        None => finding,
    })
}
