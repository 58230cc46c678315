//! Which rows of the packet list the report shows: the chosen connection's, phase by phase.

use std::collections::BTreeSet;

use super::Facts;
use super::model::{PacketList, Phase, PhaseRows};

/// A connection with no more frames is shown whole.
const MAX_WHOLE: u64 = 60;
/// Of a long exchange, the rows at its start and at its end that are shown.
const AT_START: usize = 24;
const AT_END: usize = 6;

/// The phases of the chosen connection, each with its first frame, in file order: what counts until the next one begins.
pub(super) fn phases(facts: &Facts<'_>) -> Vec<(Phase, u64)> {
    let Some(connection) = facts.connection else { return Vec::new() };
    let handshake = &connection.handshake;
    let mut starts = Vec::new();
    // The segment that completes the handshake may be the request itself.
    let before_request = facts.exchange.map_or(u64::MAX, |exchange| exchange.request.first_frame.saturating_sub(1));
    let opened = handshake.ack.or(handshake.syn_ack).or(handshake.syn).map(|last| last.min(before_request));
    match opened {
        Some(last) => starts.extend([(Phase::Opening, connection.first_frame), (Phase::Before, last + 1)]),
        None => starts.push((Phase::Before, connection.first_frame)),
    }
    if let Some(exchange) = facts.exchange {
        let request = &exchange.request;
        starts.push((Phase::Request, request.first_frame));
        let sent = request.frame.unwrap_or(request.first_frame);
        starts.push((Phase::Response, sent + 1));
        let answered = exchange.response.as_ref().map(|response| response.frame.unwrap_or(response.first_frame));
        starts.push((Phase::After, answered.unwrap_or(sent).max(sent) + 1));
    }
    starts.extend(connection.close.steps.first().map(|step| (Phase::Closing, step.frame)));
    // Phases can overlap (a FIN with the response's last bytes): each begins where the one before has ended.
    let mut from = 0;
    for (_, start) in &mut starts {
        *start = from.max(*start);
        from = *start;
    }
    starts
}

/// The list, once pass 2 has rows and counts.
pub(super) fn packet_list(facts: &Facts<'_>) -> PacketList {
    let Some(connection) = facts.connection else {
        return PacketList { phases: Vec::new(), left_out: 0, filter: None };
    };
    let of_connection = facts.evidence.frames.values().filter(|frame| frame.stream == Some(connection.stream));
    let frames: Vec<u64> = of_connection.map(|frame| frame.number).collect();
    let rows = if connection.frames <= MAX_WHOLE { frames } else { around(facts, &frames) };
    let starts = phases(facts);
    let ends = starts.iter().skip(1).map(|(_, start)| *start).chain([u64::MAX]);
    let mut phases = Vec::new();
    for (((phase, start), end), counted) in starts.iter().zip(ends).zip(&facts.evidence.phase_frames) {
        let rows: Vec<u64> = rows.iter().copied().filter(|row| (*start..end).contains(row)).collect();
        let left_out = counted.saturating_sub(rows.len() as u64);
        if !rows.is_empty() || left_out > 0 {
            phases.push(PhaseRows { phase: *phase, rows, left_out });
        }
    }
    let left_out = phases.iter().map(|phase| phase.left_out).sum();
    PacketList { phases, left_out, filter: Some(format!("tcp.stream eq {}", connection.stream)) }
}

/// The frames of handshake, exchange and close; of a long exchange only its ends.
fn around(facts: &Facts<'_>, frames: &[u64]) -> Vec<u64> {
    let mut rows: BTreeSet<u64> = facts.handshake_frames().into_iter().chain(facts.close_frames()).collect();
    if let Some(exchange) = facts.exchange {
        let response = exchange.response.as_ref();
        let first = exchange.request.first_frame;
        let last = response.and_then(|response| response.frame).or(exchange.request.frame).unwrap_or(first);
        rows.extend([first].into_iter().chain(exchange.request.frame));
        rows.extend(response.map(|response| response.first_frame));
        rows.insert(last);
        let acknowledged = facts.evidence.acknowledged;
        rows.extend(acknowledged.request.into_iter().chain(acknowledged.response));
        let within: Vec<u64> = frames.iter().copied().filter(|frame| (first..=last).contains(frame)).collect();
        rows.extend(within.iter().take(AT_START));
        rows.extend(within.iter().rev().take(AT_END));
    }
    if let Some(before) = &facts.evidence.before_close {
        rows.extend([before.last_data].into_iter().chain(before.last_bare));
    }
    if rows.is_empty() {
        rows.extend(frames.iter().take(AT_START));
    }
    rows.retain(|frame| frames.binary_search(frame).is_ok());
    rows.into_iter().collect()
}
