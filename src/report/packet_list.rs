//! Which rows of the packet list the report shows: the chosen connection's, around handshake, exchange and close.

use std::collections::BTreeSet;

use super::Facts;
use super::model::PacketList;

/// A connection with no more frames is shown whole.
const MAX_WHOLE: usize = 60;
/// Of a long exchange, the rows at its start and at its end that are shown.
const AT_START: usize = 24;
const AT_END: usize = 6;

pub(super) fn packet_list(facts: &Facts<'_>) -> PacketList {
    let Some(connection) = facts.connection else {
        return PacketList { rows: Vec::new(), left_out: 0, filter: None };
    };
    let of_connection = facts.evidence.frames.values().filter(|frame| frame.stream == Some(connection.stream));
    let frames: Vec<u64> = of_connection.map(|frame| frame.number).collect();
    let rows = if connection.frames <= MAX_WHOLE as u64 { frames } else { around(facts, &frames) };
    let left_out = connection.frames.saturating_sub(rows.len() as u64);
    PacketList { rows, left_out, filter: Some(format!("tcp.stream eq {}", connection.stream)) }
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
        let within: Vec<u64> = frames.iter().copied().filter(|frame| (first..=last).contains(frame)).collect();
        rows.extend(within.iter().take(AT_START));
        rows.extend(within.iter().rev().take(AT_END));
    }
    if rows.is_empty() {
        rows.extend(frames.iter().take(AT_START));
    }
    rows.retain(|frame| frames.binary_search(frame).is_ok());
    rows.into_iter().collect()
}
