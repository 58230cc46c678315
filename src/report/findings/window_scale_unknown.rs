//! `window_scale_unknown` [frame, cut]: the SYNs are not in the capture, or without their options, so the window field cannot be turned into bytes.
//!
//! `cut`: the SYNs are there, but recorded only in part.
//!
//! Frames: the request, or the ACK of the handshake, or another frame of the connection that is no SYN.

use super::{Rank, Rule, Tone};
use crate::analysis::model::SynFacts;
use crate::evidence::SegmentFacts;
use crate::report::Facts;
use crate::report::model::Finding;

pub(super) const RULE: Rule = Rule { rank: Rank::Connection, tone: Tone::Problem, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let connection = facts.connection?;
    let handshake = &connection.handshake;
    let syns = [(handshake.client, handshake.syn), (handshake.server, handshake.syn_ack)];
    // In one that was recorded only in part, the option may have been cut off.
    let option = |(facts_of, frame): (Option<SynFacts>, Option<u64>)| {
        let shift = facts_of?.window_scale;
        let is_cut = frame.is_some_and(|frame| facts.is_cut(frame));
        (shift.is_some() || !is_cut).then_some(shift)
    };
    let options = syns.map(option);
    // A SYN without the option settles it alone; and a refused connection has no windows.
    let settled = options.iter().all(Option::is_some) || options.contains(&Some(None));
    if settled || connection.client_bytes + connection.server_bytes == 0 {
        return None;
    }
    let cut = handshake.client.is_some() && handshake.server.is_some();
    // The window of a SYN itself is never scaled.
    let first =
        Some(connection.first_frame).filter(|first| ![handshake.syn, handshake.syn_ack].contains(&Some(*first)));
    let request = facts.exchange.map(|exchange| exchange.request.first_frame);
    let usual = request.or(handshake.ack).or(first).unwrap_or(connection.last_frame);
    // A SYN-ACK has the option only if its SYN had it (RFC 7323, 2.2): with its own the server's windows are known.
    let mut unknown = facts.evidence.segments.list.iter().filter(|segment| {
        segment.window_scaled.is_none() && !segment.flags.contains("SYN") && facts.has_row(segment.frame)
    });
    let is_usual = |segment: &&SegmentFacts| segment.frame == usual;
    let frame = if facts.is_first_pass() {
        usual
    } else {
        unknown.clone().find(is_usual).or_else(|| unknown.next())?.frame
    };
    Some(Finding::new("window_scale_unknown", [frame]).with("frame", frame).with("cut", cut))
}
