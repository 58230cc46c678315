//! `checksum_offload` [side, `from_ip`, sent, `ip_zero`, `tcp_partial`, received, `received_valid`]: the sender's checksums were not filled in when its
//! frames were captured.
//!
//! Only when every TCP checksum of one side that can be checked is the bare sum over the pseudo-header, and every one of the other side is right: then
//! the capture ran on that side. Frames: the request, or the first frame of the connection.

use super::{Rank, Rule, Tone};
use crate::analysis::model::Side;
use crate::report::Facts;
use crate::report::model::Finding;

pub(super) const RULE: Rule = Rule { rank: Rank::Recording, tone: Tone::Note, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let connection = facts.connection?;
    let checksums = &facts.evidence.checksums;
    let offloaded = |own: Side| {
        let (sent, received) = (checksums.get(own), checksums.get(own.peer()));
        let all_partial = sent.tcp_partial > 0 && sent.tcp_valid == 0 && sent.tcp_bad == 0;
        all_partial && received.tcp_valid > 0 && received.tcp_partial == 0 && received.tcp_bad == 0
    };
    let side = [Side::Client, Side::Server].into_iter().find(|side| offloaded(*side))?;
    let endpoint = if side == Side::Client { connection.client } else { connection.server };
    let (sent, received) = (checksums.get(side), checksums.get(side.peer()));
    let frame = match side {
        Side::Client => facts.exchange.map_or(connection.first_frame, |exchange| exchange.request.first_frame),
        Side::Server => connection.handshake.syn_ack.unwrap_or(connection.first_frame),
    };
    let finding = Finding::new("checksum_offload", [frame])
        .with("side", side.name())
        .with("from_ip", endpoint.ip.to_string())
        .with("frame", frame)
        .with("sent", sent.frames)
        .with("ip_zero", sent.ip_zero)
        .with("tcp_partial", sent.tcp_partial)
        .with("received", received.frames)
        .with("received_valid", received.tcp_valid);
    Some(finding)
}
