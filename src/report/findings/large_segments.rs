//! `large_segments` [sides]: segments carry more than the receiver said that it takes in one.
//!
//! `sides`: objects with side (the sender), count, `at_least` (not all segments were looked at), frame (the longest that has a row), len (its payload), mss, syn (where the receiver said it).
//! Frames: the longest of each side, and the SYN or SYN-ACK.

use serde_json::json;

use super::{Rank, Rule, Tone};
use crate::analysis::model::Side;
use crate::evidence::SegmentFacts;
use crate::report::Facts;
use crate::report::model::Finding;

pub(super) const RULE: Rule = Rule { rank: Rank::Recording, tone: Tone::Note, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let handshake = &facts.connection?.handshake;
    let mut frames = Vec::new();
    let mut sides = Vec::new();
    for side in [Side::Client, Side::Server] {
        let (receiver, syn) = match side {
            Side::Client => (handshake.server, handshake.syn_ack),
            Side::Server => (handshake.client, handshake.syn),
        };
        let Some((mss, syn)) = receiver.and_then(|receiver| receiver.mss).zip(syn) else { continue };
        let is_large = |segment: &&SegmentFacts| segment.from == side && segment.len > u32::from(mss) && !segment.is_copy();
        let large = || facts.evidence.segments.list.iter().filter(is_large);
        let Some(longest) = large().filter(|one| facts.has_row(one.frame)).max_by_key(|one| one.len) else { continue };
        frames.extend([syn, longest.frame]);
        sides.push(json!({
            "side": side.name(),
            "count": large().count(),
            "at_least": facts.evidence.segments.left_out > 0,
            "frame": longest.frame,
            "len": longest.len,
            "mss": mss,
            "syn": syn,
        }));
    }
    (!sides.is_empty()).then(|| Finding::new("large_segments", frames).with("sides", sides))
}
