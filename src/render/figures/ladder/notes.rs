//! What stands beside the arrows: what a segment does, and the state of its sender (RFC 9293, 3.3.2) as far as it follows from it.

use tera::{Error, Value};

use crate::analysis::model::{Application, CloseKind, Connection, Side};
use crate::render::figures::measure;
use crate::render::figures::words::Words;
use crate::report::model::{Report, Segment, SegmentStep};

/// One note in each language of the report.
pub(super) type Note = Vec<String>;

/// Lines of text, each with its class, no wider than `most`.
pub(super) fn lines(notes: &[Note], most: f64) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    let languages = notes.iter().map(Vec::len).max().unwrap_or_default();
    for language in 0..languages {
        let class = if language == 0 { "soft small" } else { "grey small" };
        for text in notes.iter().filter_map(|note| note.get(language)) {
            lines.extend(measure::wrap(text, most, 11.0).into_iter().map(|line| (class, line)));
        }
    }
    lines
}

/// Wireshark's name of what a connection carries; empty when it is not known.
pub(super) fn application(application: Application) -> &'static str {
    match application {
        Application::Http => "HTTP",
        Application::Http2 => "HTTP/2",
        Application::Tls => "TLS",
        Application::Unknown | Application::None => "",
    }
}

/// What a segment of the handshake does.
pub(super) fn opening(
    report: &Report,
    connection: &Connection,
    segment: &Segment,
    words: &Words,
) -> Result<Vec<Note>, Error> {
    let handshake = &connection.handshake;
    let key = match segment.step {
        SegmentStep::Syn => "syn",
        SegmentStep::SynCopy => "syn_copy",
        SegmentStep::SynAck => "syn_ack",
        _ => "ack",
    };
    let values = [
        ("isn", Value::from(segment.facts.seq_raw)),
        ("since", Value::from(segment.since_previous.map(|span| span.to_string()))),
        ("rtt", Value::from(handshake.rtt.map(|span| span.to_string()))),
        ("copies", Value::from(!handshake.syn_copies.is_empty())),
        ("data", Value::from(segment.facts.len)),
    ];
    let mut notes = vec![words.lines(&format!("ladder.opening.{key}"), values)?];
    notes.extend(super::exchange::notes_of(report, segment.facts.frame, segment.facts.frame, words)?);
    Ok(notes)
}

/// What the segment of the close at `place` does.
pub(super) fn close(report: &Report, connection: &Connection, place: usize, words: &Words) -> Result<Vec<Note>, Error> {
    let Some(segment) = report.close.get(place) else { return Ok(Vec::new()) };
    let close = &connection.close;
    let from = segment.facts.from;
    let key = match segment.step {
        SegmentStep::Fin => "fin",
        SegmentStep::FinAck => "fin_ack",
        SegmentStep::Rst if connection.is_refused() => "refused",
        SegmentStep::Rst => "rst",
        _ => "ack",
    };
    let is_first = place == 0 && matches!(close.kind, CloseKind::FourSegment | CloseKind::ThreeSegment);
    let values = [
        ("side", Value::from(from.name())),
        ("first", Value::from(is_first)),
        ("ack", Value::from(segment.facts.ack)),
        ("since", Value::from(segment.since_previous.map(|span| span.to_string()))),
    ];
    let mut notes = vec![words.lines(&format!("ladder.close.{key}"), values)?];
    notes.extend(super::exchange::notes_of(report, segment.facts.frame, segment.facts.frame, words)?);
    Ok(notes)
}

/// The states that a segment of the handshake leads to.
pub(super) fn opening_states(step: SegmentStep) -> Vec<(Side, &'static str)> {
    match step {
        SegmentStep::Syn => vec![(Side::Client, "SYN-SENT")],
        SegmentStep::SynAck => vec![(Side::Server, "SYN-RECEIVED")],
        SegmentStep::Ack => vec![(Side::Client, "ESTABLISHED"), (Side::Server, "ESTABLISHED")],
        _ => Vec::new(),
    }
}

/// The states that the segment of the close at `place` leads to; none once a reset has mixed in.
pub(super) fn close_states(report: &Report, connection: &Connection, place: usize) -> Vec<(Side, &'static str)> {
    if connection.close.kind == CloseKind::Reset {
        return Vec::new();
    }
    states(report.close.get(..=place).unwrap_or_default())
}

/// The states that the last of these segments of a close leads to.
fn states(steps: &[Segment]) -> Vec<(Side, &'static str)> {
    let Some((last, before)) = steps.split_last() else { return Vec::new() };
    let (own, peer) = (last.facts.from, last.facts.from.peer());
    let has = |kinds: &[SegmentStep], from: Side| {
        before.iter().any(|step| step.facts.from == from && kinds.contains(&step.step))
    };
    let fins = [SegmentStep::Fin, SegmentStep::FinAck];
    let acks = [SegmentStep::Ack, SegmentStep::FinAck];
    match last.step {
        SegmentStep::FinAck => vec![(own, "LAST-ACK")],
        // With the peer's FIN acknowledged it is the second to close, else the first or one of two at once.
        SegmentStep::Fin if has(&acks, own) => vec![(own, "LAST-ACK")],
        SegmentStep::Fin => vec![(own, "FIN-WAIT-1")],
        SegmentStep::Ack if !has(&fins, own) => vec![(own, "CLOSE-WAIT"), (peer, "FIN-WAIT-2")],
        SegmentStep::Ack if has(&acks, peer) && !has(&acks, own) && has(&[SegmentStep::FinAck], peer) => {
            vec![(own, "TIME-WAIT"), (peer, "CLOSED")]
        }
        SegmentStep::Ack if has(&[SegmentStep::Ack], peer) && peer_closed_last(before, peer) => {
            vec![(own, "TIME-WAIT"), (peer, "CLOSED")]
        }
        SegmentStep::Ack => vec![(own, "CLOSING")],
        _ => Vec::new(),
    }
}

/// Whether the peer had acknowledged the other side's FIN before it sent its own.
fn peer_closed_last(before: &[Segment], peer: Side) -> bool {
    let place = |fin: bool| {
        before.iter().position(|step| {
            step.facts.from == peer && (step.step == SegmentStep::Ack) != fin && step.step != SegmentStep::Rst
        })
    };
    place(false).zip(place(true)).is_some_and(|(ack, fin)| ack < fin)
}

/// States with their sides, in the main language of the report: state names are the same in every one.
pub(super) fn named(states: &[(Side, &'static str)], words: &Words) -> Result<Vec<(Side, String)>, Error> {
    let mut named = Vec::new();
    for (side, state) in states {
        let values = [("side", Value::from(side.name())), ("state", Value::from(*state))];
        let said = words.lines("ladder.state", values)?.into_iter().next();
        named.extend(said.map(|said| (*side, said)));
    }
    Ok(named)
}
