//! The Report: Analysis, Selection and Evidence in one, with findings. Facts only; a lab's templates word them.

mod bodies;
mod bounded;
mod choice;
mod fields;
mod findings;
pub(crate) mod header_line;
mod looking;
mod missing;
pub mod model;
mod packet_list;
mod queries;
pub(crate) mod readable;
mod secrets;
mod segments;
mod timeline;
pub(crate) mod user_agent;

pub(crate) use looking::innermost;
use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use crate::analysis::Survey;
use crate::analysis::model::{Analysis, CloseKind, Connection, Exchange, Side};
use crate::capture::{CaptureError, Source};
use crate::evidence::{self, Evidence, Wanted};
use crate::select::{Filter, Preferences};
use crate::time::Span;

use model::{Finding, Generator, Host, LabFacts, Report, SCHEMA, Student};

/// Rows of the chosen connection that are kept for the packet list.
const MAX_ROWS: usize = 400;

/// Echo requests of all targets that get a row; the report shows those of four.
const MAX_PING_ROWS: usize = 5 * MAX_ROWS;
/// Names of one address that are listed; servers of many sites have some.
const MAX_HOST_NAMES: usize = 64;

/// What a report is made for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The flag that restricts the choice, and how it was typed.
    pub filter: Option<(Filter, String)>,
    /// What the lab prefers.
    pub preferences: Preferences,
    /// What the lab asks for.
    pub required: Required,
    /// The lab.
    pub lab: LabFacts,
    /// Who hands it in.
    pub student: Student,
    /// Whether cookies, credentials and passwords are shown and not masked.
    pub show_secrets: bool,
}

/// The evidence that a lab asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Required {
    /// SYN, SYN-ACK and ACK.
    pub handshake: bool,
    /// A complete request.
    pub request: bool,
    /// A complete response.
    pub response: bool,
    /// Both FINs, acknowledged.
    pub close: bool,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The capture cannot be read.
    #[error(transparent)]
    Capture(#[from] CaptureError),
    /// `--stream`, `--frame` or `--host` matches nothing.
    #[error("{flag} matches nothing in this capture: {hint}")]
    NoMatch {
        /// What was typed.
        flag: String,
        /// What there is instead.
        hint: String,
    },
}

/// What the rules look at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) analysis: &'a Analysis,
    pub(crate) connection: Option<&'a Connection>,
    pub(crate) exchange: Option<&'a Exchange>,
    /// Empty while it is not yet known which frames are wanted.
    pub(crate) evidence: &'a Evidence,
}

impl Facts<'_> {
    pub(crate) fn handshake_frames(&self) -> Vec<u64> {
        let Some(Connection { handshake, .. }) = self.connection else { return Vec::new() };
        let copies = handshake.syn_copies.iter().copied();
        let mut frames: Vec<u64> = handshake.syn.into_iter().chain(copies).collect();
        frames.extend(handshake.syn_ack);
        frames.extend(handshake.ack);
        frames.sort_unstable();
        frames
    }

    pub(crate) fn close_frames(&self) -> Vec<u64> {
        let steps = self.connection.map(|connection| connection.close.steps.as_slice()).unwrap_or_default();
        steps.iter().map(|step| step.frame).collect()
    }

    /// Time from one frame to another, when both are among the evidence.
    pub(crate) fn time_between(&self, earlier: u64, later: u64) -> Option<Span> {
        let time = |frame| self.evidence.frames.get(&frame)?.time;
        Some(time(later)? - time(earlier)?)
    }
}

/// Makes the Report of a capture from pass 1, by pass 2.
///
/// # Errors
/// When the source cannot be read again, or the filter matches nothing.
pub fn build(source: &dyn Source, survey: &Survey, request: Request) -> Result<Report, ReportError> {
    let analysis = &survey.analysis;
    let choice = choice::choose(source, survey, &request)?;
    let connection = choice.connection(analysis);
    let exchange = choice.exchange(analysis);
    let nothing = Evidence::default();
    let known = Facts { analysis, connection, exchange, evidence: &nothing };
    let mut wanted = wanted(&known);
    let alternatives = choice.selection.iter().flat_map(|selection| &selection.alternatives);
    wanted.rows.extend(alternatives.map(|alternative| alternative.frame));
    let plan = timeline::plan(&known);
    wanted.rows.extend(plan.frames(&known));
    wanted.rows.extend(before_close(survey, connection));
    wanted.rows.extend(survey.datagrams.named_by(&wanted.trees));
    let mut evidence = evidence::collect(source, survey, &wanted)?;
    let facts = Facts { analysis, connection, exchange, evidence: &evidence };
    let mut findings = findings::find_all(&facts);
    keep_named(&mut findings, &evidence);
    let timeline = timeline::timeline(&facts, &plan);
    let (listed, not_listed) = bounded::analysis(&facts, &plan);
    let host = |side| connection.map(|connection| host(connection, side, analysis, &evidence));
    let mut report = Report {
        schema: SCHEMA,
        generator: Generator { name: "wirelab", version: env!("CARGO_PKG_VERSION") },
        sha256: sha256(source)?,
        lab: request.lab,
        student: request.student,
        selection: choice.selection,
        client: host(Side::Client),
        server: host(Side::Server),
        evidence: choice::evidence_facts(connection, exchange, request.required),
        packet_list: packet_list::packet_list(&facts),
        handshake: segments::handshake(&facts),
        close: segments::close(&facts),
        findings,
        missing: missing::missing(&facts, survey.damaged),
        analysis: listed,
        not_listed,
        connection: connection.cloned(),
        exchange: exchange.cloned(),
        request: None,
        response: None,
        request_body: evidence.request_body.take(),
        response_body: evidence.response_body.take(),
        timeline,
        connection_series: std::mem::take(&mut evidence.connection_series),
        exchange_series: std::mem::take(&mut evidence.exchange_series),
        acknowledged: evidence.acknowledged,
        before_close: evidence.before_close,
        checksums: evidence.checksums,
        remote_ips_behind_mac: evidence.remote_ips_behind_mac,
        frames: std::collections::BTreeMap::new(),
    };
    report.request = evidence.request.take();
    report.response = evidence.response.take();
    let messages = report.request.iter().chain(&report.response);
    let parts: BTreeSet<u64> = messages.flat_map(|layer| &layer.fields).filter_map(|field| field.frame).collect();
    let shown = |frame: &u64| {
        wanted.trees.contains(frame)
            || parts.contains(frame)
            || wanted.rows.contains(frame)
            || report.packet_list.phases.iter().any(|phase| phase.rows.contains(frame))
            || [report.acknowledged.request, report.acknowledged.response].contains(&Some(*frame))
            || report.findings.iter().any(|finding| finding.frames.contains(frame))
    };
    evidence.frames.retain(|frame, _| shown(frame));
    report.frames = evidence.frames;
    if !request.show_secrets {
        secrets::mask(&mut report);
    }
    keep_one_body(&mut report);
    Ok(report)
}

/// Leaves a body in its message alone, not in the trees of frames besides, and leaves out one that is too long to be read.
fn keep_one_body(report: &mut Report) {
    /// Longest `http.file_data`, in bytes; the report shows the beginning of a text, and `inspect --frames` all of it.
    const MAX_SHOWN_BODY: usize = 64 << 10;
    let in_frames = report.frames.values_mut().flat_map(|frame| &mut frame.layers);
    for layer in in_frames {
        layer.fields.retain(|field| field.name != "http.file_data");
    }
    for layer in [&mut report.request, &mut report.response].into_iter().flatten() {
        layer.fields.retain(|field| field.name != "http.file_data" || field.value.as_bytes().len() <= MAX_SHOWN_BODY);
    }
}

/// The frames that a report on these facts names.
fn wanted(facts: &Facts<'_>) -> Wanted {
    let mut trees: BTreeSet<u64> = facts.handshake_frames().into_iter().chain(facts.close_frames()).collect();
    let mut rows: BTreeSet<u64> = BTreeSet::new();
    if let Some(exchange) = facts.exchange {
        trees.extend([exchange.request.first_frame].into_iter().chain(exchange.request.frame));
        if let Some(response) = &exchange.response {
            trees.extend([response.first_frame].into_iter().chain(response.frame));
            rows.extend(response.interim.iter().map(|interim| interim.frame));
        }
    } else if let Some(connection) = facts.connection {
        trees.insert(connection.first_frame);
    } else if facts.analysis.capture.frames > 0 {
        trees.insert(1);
    }
    for finding in findings::find_all(facts) {
        rows.extend(finding.frames);
    }
    for name in choice::names_shown(facts) {
        rows.extend(name.query_frame.into_iter().chain([name.answer_frame]));
    }
    let requests = facts.analysis.pings.iter().flat_map(|ping| ping.frames.iter().take(MAX_ROWS));
    rows.extend(requests.take(MAX_PING_ROWS).flat_map(|(request, reply)| [*request].into_iter().chain(*reply)));
    rows.extend(neighbours(facts));
    // The time since the frame before is explained with that frame.
    rows.extend(trees.iter().filter_map(|frame| frame.checked_sub(1)).filter(|before| *before > 0));
    rows.extend(facts.analysis.tls.iter().map(|tls| tls.client_hello).take(MAX_ROWS));
    Wanted {
        trees,
        rows,
        stream: facts.connection.map(|connection| connection.stream),
        exchange: facts.exchange.map(|exchange| (exchange.stream, exchange.index)),
        max_rows: MAX_ROWS,
        phase_starts: packet_list::phases(facts).into_iter().map(|(_, start)| start).collect(),
        neighbours: true,
    }
}

/// The connection's last frame with payload, and its last frame of all, before its close.
fn before_close(survey: &Survey, connection: Option<&Connection>) -> impl Iterator<Item = u64> {
    let numbers = connection.and_then(|connection| survey.numbers.get(usize::try_from(connection.stream).ok()?));
    numbers.into_iter().flat_map(|numbers| [numbers.last_data, numbers.before_end]).flatten()
}

/// The frames of the exchanges before and after the chosen one on its connection, and of the connection's ends.
fn neighbours(facts: &Facts<'_>) -> BTreeSet<u64> {
    let mut frames = BTreeSet::new();
    if let Some(connection) = facts.connection {
        frames.extend([connection.first_frame, connection.last_frame]);
    }
    if let Some(chosen) = facts.exchange {
        let of_stream = facts.analysis.exchanges_of(chosen.stream).iter();
        for exchange in of_stream.filter(|exchange| exchange.index.abs_diff(chosen.index) <= 1) {
            let request = &exchange.request;
            frames.extend([Some(request.first_frame), request.frame].into_iter().flatten());
            frames.extend(request.first_frame.checked_sub(1).filter(|before| *before > 0));
            if let Some(response) = &exchange.response {
                frames.extend([Some(response.first_frame), response.frame].into_iter().flatten());
            }
        }
    }
    frames
}

/// Every frame that a finding names has a row to link to.
fn keep_named(findings: &mut [Finding], evidence: &Evidence) {
    for finding in findings {
        finding.frames.retain(|frame| evidence.frames.contains_key(frame));
    }
}

fn host(connection: &Connection, side: Side, analysis: &Analysis, evidence: &Evidence) -> Host {
    let endpoint = if side == Side::Client { connection.client } else { connection.server };
    let mut names = Vec::new();
    for name in analysis.names.iter().filter(|name| name.address == endpoint.ip) {
        if names.len() < MAX_HOST_NAMES && !names.contains(&name.name) {
            names.push(name.name.clone());
        }
    }
    Host {
        ip: endpoint.ip,
        port: endpoint.port,
        mac: evidence.macs.get(side).first().cloned(),
        names,
        ttls: evidence.ttls.get(side).clone(),
    }
}

fn sha256(source: &dyn Source) -> Result<String, CaptureError> {
    let failed = |error| CaptureError::Io { name: source.name().to_owned(), reason: error };
    let mut hasher = Sha256::new();
    let mut reader = source.open().map_err(failed)?;
    std::io::copy(&mut reader, &mut hasher).map_err(failed)?;
    Ok(crate::text::hex(&hasher.finalize()))
}

/// Whether a connection is worth reporting on when there is no exchange: more of its life is better.
fn completeness_rank(connection: &Connection) -> (bool, bool, bool, u64) {
    let closed = connection.close.complete;
    let ended = connection.close.kind != CloseKind::None;
    (connection.handshake.complete, closed, ended, connection.client_bytes + connection.server_bytes)
}
