//! `wrong_checksums` [sides]: segments of the connection have a wrong TCP checksum, which is not that of an offload.
//!
//! `sides`: objects with side, count, checked (segments that can be checked), all, frames, acknowledged, by. `all`: no segment of that side that can be
//! checked has a right one. `acknowledged`: the first of the frames whose bytes the other side acknowledges in the frame `by`, without another segment
//! of the capture that carries them; `null` if there is none.
//! Frames: the segments, and the acknowledgments.

use serde_json::{Value, json};

use super::{Rank, Rule, Tone};
use crate::analysis::model::Side;
use crate::evidence::SegmentFacts;
use crate::report::Facts;
use crate::report::model::Finding;
use crate::tcp::after;

pub(super) const RULE: Rule = Rule { rank: Rank::Recording, tone: Tone::Note, find };

/// Segments of a side that are named.
const MAX_FRAMES: usize = 6;
/// Fewer segments of a side that are all wrong could be so by accident.
const ENOUGH: u64 = 3;

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let mut frames = Vec::new();
    let mut sides = Vec::new();
    for side in [Side::Client, Side::Server] {
        let checksums = facts.evidence.checksums.get(side);
        if checksums.tcp_bad == 0 {
            continue;
        }
        let checked = checksums.tcp_valid + checksums.tcp_partial + checksums.tcp_bad;
        let is_wrong = |segment: &&SegmentFacts| segment.from == side && segment.is_damaged && !segment.is_copy();
        let wrong = || facts.evidence.segments.list.iter().filter(is_wrong).filter(|one| facts.has_row(one.frame));
        let named: Vec<u64> = wrong().take(MAX_FRAMES).map(|segment| segment.frame).collect();
        let all = checksums.tcp_bad == checked && checked >= ENOUGH;
        let arrived = wrong().find_map(|segment| Some((segment.frame, acknowledgment(facts, segment)?))).filter(|_| !all);
        frames.extend(named.iter().copied().chain(arrived.iter().flat_map(|(segment, by)| [*segment, *by])));
        sides.push(json!({
            "side": side.name(),
            "count": checksums.tcp_bad,
            "checked": checked,
            "all": all,
            "frames": named,
            "acknowledged": arrived.map_or(Value::Null, |(segment, _)| segment.into()),
            "by": arrived.map_or(Value::Null, |(_, by)| by.into()),
        }));
    }
    frames.sort_unstable();
    frames.dedup();
    (!sides.is_empty()).then(|| Finding::new("wrong_checksums", frames).with("sides", sides))
}

/// The frame that acknowledges the bytes of a segment before any other segment repeats them.
fn acknowledgment(facts: &Facts<'_>, wrong: &SegmentFacts) -> Option<u64> {
    let end = wrong.seq.wrapping_add(wrong.len);
    let list = &facts.evidence.segments.list;
    let repeats = |one: &SegmentFacts| {
        let begins_before_end = after(end, one.seq);
        let ends_behind_begin = after(one.seq.wrapping_add(one.len), wrong.seq);
        one.frame != wrong.frame && one.from == wrong.from && !one.is_copy() && begins_before_end && ends_behind_begin
    };
    if wrong.len == 0 || list.iter().any(repeats) {
        return None;
    }
    let mut later = list.iter().skip_while(|one| one.frame <= wrong.frame);
    let acknowledges = |ack: u32| ack == end || after(ack, end);
    let found = later.find(|one| one.from != wrong.from && !one.is_copy() && one.ack.is_some_and(acknowledges))?;
    facts.has_row(found.frame).then_some(found.frame)
}
