//! `time_split` [kind, `request_frame`, `ack_frame`, `first_frame`, frame, wait, ack, work, transfer, rtt]: where the time between request and response went, as
//! far as the capture can tell.
//!
//! `kind`: `split` (the request's ACK arrived clearly before the response, so that the server's time shows), `server` (recorded at the server: the wait is the
//! server's time) or `unsplit`. `wait`: request complete to first response byte, `ack`: to its ACK, `work`: from that to the first byte, `transfer`: first byte
//! to complete, `rtt`: the handshake's round trip; seconds. Not when segments were retransmitted, an earlier response was still due (then the wait is partly
//! its), the ACK came much faster than the SYN-ACK, or the wait is below a millisecond. Frames: request, ACK, first and last of the response.

use serde_json::Value;

use super::{Rank, Rule, Tone};
use crate::analysis::model::{Connection, Exchange};
use crate::report::Facts;
use crate::report::model::Finding;
use crate::time::Span;

/// An ACK is clearly before the response if it is by so much...
const CLEARLY: Span = Span::from_nanos(100_000);
/// ...and by such a part of the whole wait.
const CLEAR_PART: i128 = 10;
/// A wait that is worth dividing.
const WORTH: Span = Span::from_nanos(1_000_000);
/// How much longer the way to one side must be than to the other to tell where the capture was made.
const NEAR: i128 = 4;

pub(super) const RULE: Rule = Rule { rank: Rank::Transport, tone: Tone::Note, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let (connection, exchange) = (facts.connection?, facts.exchange?);
    let response = exchange.response.as_ref()?;
    let (request, first, last) = (exchange.request.frame?, response.first_frame, response.frame?);
    let wait = facts.time_between(request, first).filter(|wait| request < first && *wait >= WORTH)?;
    let transfer = facts.time_between(first, last)?;
    if connection.retransmissions > connection.handshake.syn_copies.len() as u64 || !response.interim.is_empty() {
        return None;
    }
    if earlier_response_is_due(facts, exchange) {
        return None;
    }
    let bare_ack = facts.evidence.acknowledged.request.filter(|ack| *ack < first);
    let ack = bare_ack.and_then(|ack| Some((ack, facts.time_between(request, ack)?, facts.time_between(ack, first)?)));
    let clear =
        ack.filter(|(_, _, work)| *work >= CLEARLY && work.as_nanos().saturating_mul(CLEAR_PART) >= wait.as_nanos());
    let kind = match clear {
        _ if is_at_server(facts, connection) => "server",
        // Something nearer than the server acknowledges for it.
        _ if ack.is_some_and(|(_, ack, _)| is_too_fast(facts, connection, ack)) => return None,
        Some(_) => "split",
        None => "unsplit",
    };
    let span = |span: Option<Span>| span.map_or(Value::Null, |span| span.to_string().into());
    let frames = [Some(request), bare_ack, Some(first), Some(last)];
    let finding = Finding::new("time_split", frames.into_iter().flatten())
        .with("kind", kind)
        .with("request_frame", request)
        .with("ack_frame", bare_ack.map_or(Value::Null, Value::from))
        .with("first_frame", first)
        .with("frame", last)
        .with("wait", span(Some(wait)))
        .with("ack", span(ack.map(|(_, ack, _)| ack)))
        .with("work", span(ack.map(|(_, _, work)| work)))
        .with("transfer", span(Some(transfer)))
        .with("rtt", span(connection.handshake.rtt));
    Some(finding)
}

/// Whether the response to a request before it was not complete when this one was.
fn earlier_response_is_due(facts: &Facts<'_>, exchange: &Exchange) -> bool {
    let before =
        facts.analysis.exchanges.iter().rfind(|other| other.stream == exchange.stream && other.index < exchange.index);
    before.is_some_and(|before| {
        let frame = before.response.as_ref().and_then(|response| response.frame);
        frame.is_none_or(|frame| exchange.request.frame.is_none_or(|request| frame > request))
    })
}

/// Whether an ACK came in a small part of the time that the SYN-ACK took, as from a NAT or a proxy on the way.
fn is_too_fast(facts: &Facts<'_>, connection: &Connection, ack: Span) -> bool {
    let way = answer_to_syn(facts, connection);
    way.is_some_and(|way| way >= WORTH && ack.as_nanos().saturating_mul(NEAR) < way.as_nanos())
}

/// The time from the last SYN to the SYN-ACK.
fn answer_to_syn(facts: &Facts<'_>, connection: &Connection) -> Option<Span> {
    let handshake = &connection.handshake;
    facts.time_between(handshake.syn_copies.last().copied().or(handshake.syn)?, handshake.syn_ack?)
}

/// Whether the SYN-ACK followed the SYN at once, and the client's ACK a round trip later.
fn is_at_server(facts: &Facts<'_>, connection: &Connection) -> bool {
    let handshake = &connection.handshake;
    let times = || {
        let to_client = facts.time_between(handshake.syn_ack?, handshake.ack?)?;
        Some((answer_to_syn(facts, connection)?, to_client))
    };
    times().is_some_and(|(server, client)| {
        // Two equal times say only that the clock is coarse.
        client >= WORTH
            && server < WORTH
            && server.as_nanos() > 0
            && client.as_nanos() > server.as_nanos().saturating_mul(NEAR)
    })
}
