//! What the capture does not show, and a report therefore does not say. Words and the way to record it again are in the
//! lab's locale files under `missing.<code>`.

use serde_json::Value;

use super::Facts;
use super::model::Finding;
use crate::analysis::model::{Analysis, Application, Close, CloseKind, Connection, Exchange, Side, StepKind};
use crate::evidence::Evidence;

/// Every code, for the test that each is worded.
#[cfg(test)]
pub(super) const CODES: &[&str] = &[
    "no_frames",
    "no_tcp",
    "no_http",
    "only_data_segments",
    "one_direction",
    "handshake_not_captured",
    "request_incomplete",
    "response_not_captured",
    "response_incomplete",
    "close_not_captured",
    "no_dns",
    "no_ping",
    "cut_frames",
    "damaged_file",
    "size_limit",
    "not_unpacked",
];

pub(super) fn missing(facts: &Facts<'_>, damaged: bool) -> Vec<Finding> {
    let analysis = facts.analysis;
    let mut missing = Vec::new();
    if damaged {
        missing.push(unread(analysis));
    }
    if analysis.capture.frames == 0 {
        missing.push(Finding::new("no_frames", []));
        return missing;
    }
    if analysis.capture.snapped_frames > 0 {
        missing.push(Finding::new("cut_frames", []).with("count", analysis.capture.snapped_frames));
    }
    match facts.connection {
        None => missing.push(
            Finding::new("no_tcp", [])
                .with("undissected", undissected(facts))
                .with("encrypted", noted(facts, "packet.encrypted")),
        ),
        Some(connection) => {
            missing.extend(only_data_segments(analysis));
            missing.extend(one_direction(connection, facts.evidence));
            missing.extend(handshake(connection));
            match facts.exchange {
                None => missing.push(no_http(facts, connection)),
                Some(exchange) => missing.extend(messages(exchange, connection, facts.evidence)),
            }
            missing.extend(close(connection));
        }
    }
    if super::choice::names_shown(facts).next().is_none() {
        missing.push(Finding::new("no_dns", []));
    }
    if analysis.pings.is_empty() {
        missing.push(Finding::new("no_ping", []));
    }
    missing
}

/// Why what follows the last frame was not read.
fn unread(analysis: &Analysis) -> Finding {
    let reason = |code| analysis.diagnostics.iter().find(|diagnostic| diagnostic.code == code);
    let finding = if let Some(at) = reason("capture.size_limit") {
        Finding::new("size_limit", []).with("limit", at.params.get("limit").cloned())
    } else if reason("capture.unsupported_compression").is_some() {
        Finding::new("not_unpacked", [])
    } else {
        Finding::new("damaged_file", [])
    };
    finding.with("frames", analysis.capture.frames)
}

/// Frames that wirelab cannot look into, so that TCP in them would go unnoticed.
fn undissected(facts: &Facts<'_>) -> u64 {
    const CODES: [&str; 5] = [
        "packet.unknown_link_type",
        "packet.unknown_ip_protocol",
        "packet.fragment",
        "packet.encrypted",
        "packet.aggregate",
    ];
    CODES.iter().map(|code| noted(facts, code)).sum()
}

/// Frames that a diagnostic counts.
fn noted(facts: &Facts<'_>, code: &str) -> u64 {
    let diagnostics = facts.analysis.diagnostics.iter().filter(|diagnostic| diagnostic.code == code);
    diagnostics.filter_map(|diagnostic| diagnostic.params.get("frames")?.as_u64()).sum()
}

/// Segments without data, SYN and FIN are nowhere in the file, though TCP cannot do without: frames were left out when it was recorded or saved.
fn only_data_segments(analysis: &Analysis) -> Option<Finding> {
    /// Wireshark's completeness of a connection with data and nothing else.
    const ONLY_DATA: u8 = 8;
    /// Fewer segments could be an accident of when the recording began and ended.
    const ENOUGH: u64 = 4;
    /// As many without a bare acknowledgment are no accident, even if no byte is missing.
    const MANY: u64 = 20;
    let segments: u64 = analysis.connections.iter().map(|connection| connection.frames).sum();
    let missing: u64 = analysis.connections.iter().map(|connection| connection.missing_bytes).sum();
    let all = analysis.connections.iter().all(|connection| connection.completeness == ONLY_DATA);
    let first = analysis.connections.first()?.first_frame;
    (all && segments >= if missing > 0 { ENOUGH } else { MANY })
        .then(|| Finding::new("only_data_segments", [first]).with("segments", segments).with("missing_bytes", missing))
}

/// Of one side no segment was recorded, though the other side's show that there was a connection.
fn one_direction(connection: &Connection, evidence: &Evidence) -> Option<Finding> {
    /// Fewer segments could be an accident of when the recording began and ended.
    const ENOUGH: u64 = 3;
    let (side, seen) = match (evidence.checksums.client.frames, evidence.checksums.server.frames) {
        (ENOUGH.., 0) => (Side::Server, Side::Client),
        (0, ENOUGH..) => (Side::Client, Side::Server),
        _ => return None,
    };
    if !connection.is_made() {
        return None;
    }
    let shown: Vec<u64> = connection.close.steps.iter().map(|step| step.frame).chain([connection.last_frame]).collect();
    let segments =
        evidence.segments.list.iter().filter(|segment| segment.from == seen && shown.contains(&segment.frame));
    let last = segments.filter(|segment| segment.ack.is_some_and(|ack| ack > 1)).max_by_key(|segment| segment.ack);
    let finding = Finding::new("one_direction", last.map(|segment| segment.frame))
        .with("side", side.name())
        .with("seen", seen.name())
        .with("acknowledged", last.and_then(|segment| segment.ack).map_or(Value::Null, |ack| (ack - 1).into()));
    Some(finding)
}

fn no_http(facts: &Facts<'_>, connection: &Connection) -> Finding {
    let carries =
        |application| facts.analysis.connections.iter().any(|connection| connection.application == application);
    Finding::new("no_http", [])
        .with("tls", carries(Application::Tls))
        .with("http2", carries(Application::Http2))
        .with("orphan_responses", facts.analysis.orphan_responses.len())
        .with("made", connection.is_made())
        .with("cut", facts.analysis.capture.snapped_frames > 0)
        .with("undissected", undissected(facts))
}

fn handshake(connection: &Connection) -> Option<Finding> {
    let handshake = &connection.handshake;
    let part = match (handshake.syn, handshake.syn_ack, handshake.ack) {
        (Some(_), Some(_), Some(_)) => return None,
        (None, ..) => "syn",
        (Some(_), None, _) => "syn_ack",
        (Some(_), Some(_), None) => "ack",
    };
    let finding = Finding::new("handshake_not_captured", [connection.first_frame])
        .with("part", part)
        .with("frame", connection.first_frame)
        .with("reset", connection.close.kind == CloseKind::Reset)
        .with("refused", connection.is_refused())
        .with("began_mid_connection", handshake.syn.is_none())
        .with("made", connection.is_made());
    Some(finding)
}

fn messages(exchange: &Exchange, connection: &Connection, evidence: &Evidence) -> Option<Finding> {
    let request = &exchange.request;
    if !request.complete {
        return Some(Finding::new("request_incomplete", [request.first_frame]).with("frame", request.first_frame));
    }
    match &exchange.response {
        None => Some(
            Finding::new("response_not_captured", [request.first_frame])
                .with("frame", request.first_frame)
                .with("simple", request.version.as_bytes().is_empty()),
        ),
        Some(response) if !response.complete => {
            let mut fields = evidence.response.iter().flat_map(|layer| &layer.fields);
            let length = fields.find(|field| field.name == "http.content_length_header");
            let expected = length.and_then(|field| field.value.lossy().trim().parse::<u64>().ok());
            let finding = Finding::new("response_incomplete", [response.first_frame])
                .with("frame", response.first_frame)
                .with("body_bytes", response.body_bytes)
                .with("captured", response.body_bytes)
                .with("reset", connection.close.kind == CloseKind::Reset)
                .with("expected", expected.map_or(Value::Null, Value::from));
            Some(finding)
        }
        Some(_) => None,
    }
}

fn close(connection: &Connection) -> Option<Finding> {
    let Close { kind, complete, steps, .. } = &connection.close;
    // A connection that was not made cannot be closed.
    if *complete || *kind == CloseKind::Reset || !connection.is_made() {
        return None;
    }
    let fins = steps.iter().filter(|step| matches!(step.step, StepKind::Fin | StepKind::FinAck));
    let frames: Vec<u64> = fins.map(|fin| fin.frame).collect();
    let part = match frames.len() {
        0 => "none",
        1 => "second_fin",
        _ => "last_ack",
    };
    let first = frames.first().map_or(Value::Null, |frame| (*frame).into());
    let finding = Finding::new("close_not_captured", frames)
        .with("part", part)
        .with("frame", first)
        .with("last_frame", connection.last_frame);
    Some(finding)
}
