//! `short_frames_padded` [side, frame, packet, padding, sender, sent, `sent_length`]: frames of one side are filled up to the shortest that Ethernet allows.
//!
//! `frame`: of `side`, 60 bytes long, of which `padding` follow the IP packet of `packet` bytes. `sent`: a frame of the other side that is shorter
//! than 60 bytes, because it was captured before it was padded. Frames: both.

use super::{Rank, Rule, Tone};
use crate::analysis::model::Side;
use crate::report::Facts;
use crate::report::model::Finding;

/// 64 bytes (IEEE 802.3) less the frame check sequence, which captures lack.
const SHORTEST: u32 = 60;

pub(super) const RULE: Rule = Rule { rank: Rank::Network, tone: Tone::Note, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    [Side::Client, Side::Server].into_iter().find_map(|side| {
        let (frame, packet, padding) = facts.trees_from(side).find_map(|frame| padded(facts, frame))?;
        let (sent, sent_length) = facts.trees_from(side.peer()).find_map(|frame| {
            let length = facts.evidence.frames.get(&frame)?.length;
            (length < SHORTEST && facts.field(frame, "eth.src").is_some()).then_some((frame, length))
        })?;
        let finding = Finding::new("short_frames_padded", [frame, sent])
            .with("side", side.name())
            .with("frame", frame)
            .with("packet", packet)
            .with("padding", padding)
            .with("sender", side.peer().name())
            .with("sent", sent)
            .with("sent_length", sent_length);
        Some(finding)
    })
}

/// The frame with the lengths of its IP packet and of the padding, when it is one of the shortest and padded.
fn padded(facts: &Facts<'_>, frame: u64) -> Option<(u64, u64, u64)> {
    let row = facts.evidence.frames.get(&frame).filter(|row| row.length == SHORTEST)?;
    facts.field(frame, "eth.src")?;
    let [ip] = row.layers.iter().filter(|layer| layer.protocol == "ip").collect::<Vec<_>>()[..] else { return None };
    let start = ip.fields.iter().find_map(|field| field.offset)? as u64;
    let packet = facts.number(frame, "ip.len")?;
    let padding = u64::from(SHORTEST).checked_sub(start + packet).filter(|padding| *padding > 0)?;
    Some((frame, packet, padding))
}
