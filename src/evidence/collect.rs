//! Collecting what a report asks for.

use std::collections::BTreeSet;

use super::bodies::body_facts;
use super::course::Course;
use super::hosts::Neighbours;
use super::messages::Scope;
use super::model::{Evidence, FrameFacts};
use super::notable::Sealed;
use super::parts;
use super::walk::walk;
use crate::analysis::Survey;
use crate::analysis::model::Exchange;
use crate::capture::{CaptureError, Source};
use crate::dissect::{self, Message, Surroundings};
use crate::packet::Packet;
use crate::text::hex;

/// What a report asks pass 2 for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Frames of which the field tree and the bytes are shown.
    pub trees: BTreeSet<u64>,
    /// Frames of which only the row of the packet list is shown.
    pub rows: BTreeSet<u64>,
    /// The connection that the report is about: rows of its frames, its segments, checksums and senders.
    pub stream: Option<u32>,
    /// The exchange (stream, index from 1) whose messages are shown.
    pub exchange: Option<(u32, u32)>,
    /// Rows kept of the connection's frames, besides those in `trees` and `rows`; and as many of the exchange's, whose fields name them.
    pub max_rows: usize,
    /// First frames of the connection's phases, whose frames are counted.
    pub phase_starts: Vec<u64>,
    /// Whether to count the addresses behind the server's MAC address, which takes a walk over the whole capture.
    pub neighbours: bool,
}

/// Walks over the capture once more and collects what is `wanted`.
///
/// # Errors
/// When the source cannot be read any more.
pub fn collect(source: &dyn Source, survey: &Survey, wanted: &Wanted) -> Result<Evidence, CaptureError> {
    let mut evidence = Evidence::default();
    let mut neighbours = Neighbours::default();
    let mut rows_left = wanted.max_rows;
    let mut exchange_rows_left = wanted.max_rows;
    let labelled = labelled(survey, wanted);
    let scope = Scope { frames: Some(&labelled), exchange: wanted.exchange, referers: wanted.exchange.is_some() };
    let exchange = wanted.exchange.and_then(|(stream, index)| {
        survey.analysis.exchanges.iter().find(|exchange| (exchange.stream, exchange.index) == (stream, index))
    });
    let mut sealed = Sealed::default();
    let mut course = Course::new(survey, wanted, exchange);
    let mut visit = |packet: &Packet<'_>, around: &Surroundings<'_>| -> Result<(), CaptureError> {
        let number = packet.frame.number;
        let tree = wanted.trees.contains(&number);
        let mut row = tree || wanted.rows.contains(&number);
        let of_stream = around.segment.filter(|segment| Some(segment.sighting.stream) == wanted.stream);
        if let Some(segment) = &of_stream {
            row |= course.note(segment, packet, tree);
        }
        if let Some(segment) = around.segment.filter(|_| !around.records.is_empty()) {
            row |= sealed.note(segment.sighting.stream, number, around.records);
        }
        if wanted.neighbours {
            neighbours.note(packet);
        }
        if !row && of_stream.is_some() {
            let is_part = exchange.is_some_and(|exchange| is_within(exchange, number));
            let left = if is_part { &mut exchange_rows_left } else { &mut rows_left };
            row = *left > 0;
            *left = left.saturating_sub(1);
        }
        if row {
            evidence.frames.insert(number, facts(packet, around, tree));
        }
        Ok(())
    };
    let mut messages = walk(source, survey, scope, last_frame(survey, wanted), &mut visit)?;
    evidence.sealed = sealed.first;
    evidence.referers = std::mem::take(&mut messages.referers);
    evidence.keep_alives = std::mem::take(&mut messages.keep_alives);
    let (request, response) = messages.into_exchange();
    evidence.request = request.as_ref().map(|message| http_layer(message, survey, exchange, true));
    evidence.response = response.as_ref().map(|message| http_layer(message, survey, exchange, false));
    let complete = |request: bool| {
        exchange.is_some_and(|exchange| {
            if request {
                exchange.request.complete
            } else {
                exchange.response.as_ref().is_some_and(|response| response.complete)
            }
        })
    };
    evidence.request_body = request.as_ref().and_then(|message| body_facts(message, complete(true)));
    evidence.response_body = response.as_ref().and_then(|message| body_facts(message, complete(false)));
    let connection = wanted.stream.and_then(|stream| survey.analysis.connections.get(usize::try_from(stream).ok()?));
    let client = connection.map(|connection| connection.client.ip);
    // An address that both sides use, as on a loopback, tells nothing about the way between them.
    let senders = course.finish(&mut evidence);
    let shared = senders.macs.client.first() == senders.macs.server.first();
    let server_mac = senders.server_mac.filter(|_| wanted.neighbours && !shared);
    evidence.remote_ips_behind_mac = server_mac.map(|mac| neighbours.behind(mac, client));
    evidence.macs = senders.macs;
    evidence.ttls = senders.ttls;
    Ok(evidence)
}

/// Frames whose messages are looked at: all wanted ones, and those of the chosen connection that may get a row.
fn labelled(survey: &Survey, wanted: &Wanted) -> BTreeSet<u64> {
    let of_stream = survey.analysis.exchanges.iter().filter(|exchange| Some(exchange.stream) == wanted.stream);
    let completing = of_stream.flat_map(|exchange| {
        let response = exchange.response.as_ref().and_then(|response| response.frame);
        [exchange.request.frame, response].into_iter().flatten()
    });
    completing.take(wanted.max_rows).chain(wanted.trees.iter().copied()).chain(wanted.rows.iter().copied()).collect()
}

/// Whether a frame stands between the first and the last one of an exchange.
fn is_within(exchange: &Exchange, frame: u64) -> bool {
    let response = exchange.response.as_ref().map(|response| response.frame);
    let last = response.unwrap_or(exchange.request.frame).unwrap_or(u64::MAX);
    (exchange.request.first_frame..=last).contains(&frame)
}

/// The last frame that matters.
fn last_frame(survey: &Survey, wanted: &Wanted) -> u64 {
    if wanted.neighbours {
        return u64::MAX;
    }
    let streams = [wanted.stream, wanted.exchange.map(|(stream, _)| stream)];
    let connections = streams.into_iter().flatten().filter_map(|stream| {
        survey.analysis.connections.get(usize::try_from(stream).ok()?).map(|connection| connection.last_frame)
    });
    let frames = [wanted.trees.last(), wanted.rows.last()].into_iter().flatten().copied();
    connections.chain(frames).max().unwrap_or(0)
}

fn facts(packet: &Packet<'_>, around: &Surroundings<'_>, with_tree: bool) -> FrameFacts {
    let frame = &packet.frame;
    let columns = dissect::columns(packet, around);
    FrameFacts {
        number: frame.number,
        time: frame.time,
        time_relative: frame.time.zip(around.survey.first_frame_time).map(|(time, first)| time - first),
        source: columns.source,
        destination: columns.destination,
        protocol: columns.protocol,
        length: frame.wire_length,
        captured: frame.captured_length,
        info: columns.info,
        stream: around.segment.map(|segment| segment.sighting.stream),
        from: around.segment.map(|segment| segment.side()),
        layers: if with_tree { shortened(dissect::tree(packet, around).layers) } else { Vec::new() },
        bytes: with_tree.then(|| hex(frame.data.get(..MAX_SHOWN).unwrap_or(frame.data))),
        parts: if with_tree { parts::of(packet) } else { Vec::new() },
    }
}

/// Bytes of a frame, or of a field's value, that are kept: all of what a network card takes for one packet (64 KiB). Dozens of frames are
/// shown, each in several forms.
const MAX_SHOWN: usize = 64 << 10;

/// Layers without what is too long to show: the beginning of such a value is kept, and no bytes.
fn shortened(mut layers: Vec<dissect::LayerTree>) -> Vec<dissect::LayerTree> {
    for field in layers.iter_mut().flat_map(|layer| &mut layer.fields) {
        if field.value.as_bytes().len() > MAX_SHOWN {
            field.value = field.value.cut(MAX_SHOWN);
        }
        if field.raw.as_ref().is_some_and(|raw| raw.len() > 2 * MAX_SHOWN) {
            field.raw = None;
        }
    }
    layers
}

/// The HTTP layer of a message of the chosen exchange, as in the frame that completes it, or else in its first frame.
fn http_layer(message: &Message, survey: &Survey, exchange: Option<&Exchange>, request: bool) -> dissect::LayerTree {
    let frame = exchange.and_then(|exchange| match (request, &exchange.response) {
        (true, _) => Some(exchange.request.frame.unwrap_or(exchange.request.first_frame)),
        (false, Some(response)) => Some(response.frame.unwrap_or(response.first_frame)),
        (false, None) => None,
    });
    let frame = frame.unwrap_or_default();
    let mut layer = dissect::http_layer(message, &survey.analysis, frame);
    dissect::put_in_place(std::slice::from_mut(&mut layer), frame, survey);
    layer
}
