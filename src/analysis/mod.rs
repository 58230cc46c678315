//! Pass 1: everything that one walk over a [`Source`] tells, without keeping a payload.

mod application;
mod datagrams;
mod errors;
mod limits;
pub mod model;
mod names;
mod pings;

pub(crate) use application::{Applications, Content, Observer, TlsHellos};
pub(crate) use datagrams::Datagrams;
pub(crate) use limits::Limits;

use std::collections::HashSet;

use model::{Analysis, Capture, Exchange, FirstCopy, OrphanResponse, Side};

use crate::capture::{CaptureError, Frame, Reader, Source};
use crate::copies::{Recordings, Repeated};
use crate::diagnostic::{Diagnostic, LeftOut, Severity};
use crate::http::Conversation;
use crate::packet::{Defragmenter, Left, Packet, Rest};
use crate::select::{self, Preferences};
use crate::tcp::{Numbers, Sighting, Tracked, Tracker};
use crate::text::Text;
use crate::time::Timestamp;

/// The Analysis, and the numbers behind it that field trees need.
#[derive(Debug, Clone)]
pub struct Survey {
    /// What was found.
    pub analysis: Analysis,
    /// Whether the file is damaged or cut, so that frames may be missing at its end.
    pub damaged: bool,
    /// Per connection, in order of stream.
    pub(crate) numbers: Vec<Numbers>,
    /// Time of the first frame.
    pub(crate) first_frame_time: Option<Timestamp>,
    /// Datagrams that came in fragments.
    pub(crate) datagrams: Datagrams,
}

impl Survey {
    /// Whether the walk ended because no more was to be taken out of the compressed file.
    #[must_use]
    pub fn ended_at_limit(&self) -> bool {
        self.damaged && self.analysis.diagnostics.iter().any(|diagnostic| diagnostic.code == "capture.size_limit")
    }
}

/// What a packet is to the [`Engine`].
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Followed {
    /// Where a TCP segment belongs.
    pub(crate) segment: Option<Sighting>,
    /// What the packet repeats, if it was recorded before.
    pub(crate) repeated: Option<Repeated>,
}

/// TCP and what is above it, packet by packet; both passes run it.
#[derive(Debug)]
pub(crate) struct Engine<O> {
    recordings: Recordings,
    tracker: Tracker<Content>,
    pub(crate) applications: Applications<O>,
}

impl<O: Observer> Engine<O> {
    pub(crate) fn new(observer: O, limits: &Limits) -> Self {
        Self {
            recordings: Recordings::default(),
            tracker: Tracker::new(limits.connections, limits.held_bytes),
            applications: Applications::new(observer, limits),
        }
    }

    /// What the limits left out, up to now.
    fn left_out(&self) -> impl Iterator<Item = Diagnostic> + use<O> {
        let left_out = [
            self.tracker.not_followed.diagnostic("tcp.too_many_connections", "frames"),
            self.applications.held.cut_off.diagnostic("http.too_many_messages", "connections"),
            self.applications.hellos.given_up.diagnostic("tls.too_many_hellos", "messages"),
        ];
        left_out.into_iter().flatten()
    }

    /// Follows one packet.
    #[inline]
    pub(crate) fn follow(&mut self, packet: &Packet<'_>) -> Followed {
        let Some((tcp, ip)) = packet.tcp().zip(packet.ip()) else {
            return Followed { segment: None, repeated: self.recordings.take_datagram(packet) };
        };
        match self.tracker.follow(packet, tcp, ip, &mut self.recordings, &mut self.applications) {
            Some((segment, repeated)) => Followed { segment: Some(segment), repeated },
            None => Followed::default(),
        }
    }

    /// Ends all byte streams.
    pub(crate) fn finish(self) -> (Vec<Tracked<Content>>, O) {
        let Self { tracker, mut applications, .. } = self;
        let tracked = tracker.finish(&mut applications);
        (tracked, applications.observer)
    }
}

/// Counts over all frames.
#[derive(Debug, Default)]
struct Totals {
    frames: u64,
    snapped: u64,
    copies: u64,
    first_copy: Option<FirstCopy>,
    first_frame_time: Option<Timestamp>,
    earliest: Option<Timestamp>,
    latest: Option<Timestamp>,
}

impl Totals {
    fn count(&mut self, frame: &Frame<'_>) {
        if self.frames == 0 {
            self.first_frame_time = frame.time;
        }
        self.frames += 1;
        self.snapped += u64::from(frame.captured_length < frame.wire_length);
        if let Some(time) = frame.time {
            self.earliest = Some(self.earliest.map_or(time, |earliest| earliest.min(time)));
            self.latest = Some(self.latest.map_or(time, |latest| latest.max(time)));
        }
    }
}

/// Walks over `source` once.
///
/// # Errors
/// When the source cannot be read or is not a capture.
pub fn analyse(source: &dyn Source, preferences: &Preferences) -> Result<Survey, CaptureError> {
    let mut reader = Reader::open(source)?;
    let limits = Limits::of(source.size());
    let mut engine = Engine::new((), &limits);
    let mut totals = Totals::default();
    let mut names = names::Names::new(limits.name_bytes);
    let mut pings = pings::Pings::new(limits.pings);
    let mut errors = errors::Errors::default();
    let mut unknown = Unknown::default();
    let mut defragmenter = Defragmenter::default();
    let mut datagrams = Datagrams::default();
    while let Some(frame) = reader.next_frame() {
        totals.count(&frame);
        let mut packet = Packet::unsplit(frame);
        defragmenter.split(&mut packet);
        datagrams.note(&packet);
        let followed = engine.follow(&packet);
        if let Some(repeated) = followed.repeated {
            totals.copies += 1;
            totals.first_copy.get_or_insert(FirstCopy { frame: packet.frame.number, repeated });
        } else if followed.segment.is_none() {
            if let Some(udp) = packet.udp() {
                names.follow(&packet, udp);
            } else if let Some(icmp) = packet.icmp() {
                pings.follow(&packet, icmp);
                errors.follow(&packet, icmp, |one, other| engine.tracker.between(one, other));
            }
            unknown.note(&packet);
        }
    }
    let mut diagnostics = reader.diagnostics().to_vec();
    diagnostics.extend(engine.left_out());
    diagnostics.extend(names.left_out());
    diagnostics.extend(datagrams.left_out.diagnostic("packet.too_many_datagrams", "frames"));
    diagnostics.extend(pings.left_out.diagnostic("icmp.too_many_pings", "requests"));
    diagnostics.extend(errors.left_out.diagnostic("icmp.too_many_errors", "messages"));
    let (tracked, ()) = engine.finish();
    diagnostics.extend(unknown.diagnostics());
    diagnostics.extend(fragment_diagnostics(defragmenter.left()));
    let damaged = reader.damaged();
    let capture = capture(source, &reader, &totals);
    let mut analysis = Analysis {
        schema: model::SCHEMA,
        capture,
        connections: Vec::with_capacity(tracked.len()),
        exchanges: Vec::new(),
        orphan_responses: Vec::new(),
        names: names.found,
        pings: pings.finish(),
        icmp_errors: errors.found,
        tls: Vec::new(),
        selected: None,
        diagnostics: Vec::new(),
    };
    let mut numbers = Vec::with_capacity(tracked.len());
    for connection in tracked {
        numbers.push(connection.numbers);
        add_connection(&mut analysis, connection, &mut diagnostics);
    }
    diagnostics.sort_by_key(|diagnostic| diagnostic.frame);
    analysis.diagnostics = bounded(diagnostics);
    analysis.selected = select::select(&analysis, preferences);
    Ok(Survey { analysis, damaged, numbers, first_frame_time: totals.first_frame_time, datagrams })
}

fn capture(source: &dyn Source, reader: &Reader<'_>, totals: &Totals) -> Capture {
    let facts = reader.facts();
    let mut seen = HashSet::new();
    let link_types = facts.interfaces.iter().map(|interface| interface.link_type);
    let link_types = link_types.filter(|link_type| seen.insert(*link_type)).collect();
    Capture {
        file: Text::from(source.name()),
        bytes: source.size(),
        format: facts.format,
        compression: facts.compression,
        link_types,
        frames: totals.frames,
        first_time: totals.earliest,
        last_time: totals.latest,
        duration: totals.latest.zip(totals.earliest).map(|(latest, earliest)| latest - earliest),
        interfaces: facts.interfaces.clone(),
        hardware: facts.hardware.clone(),
        os: facts.os.clone(),
        application: facts.application.clone(),
        snapped_frames: totals.snapped,
        copies: totals.copies,
        first_copy: totals.first_copy,
        comments: facts.comments.clone(),
    }
}

fn add_connection(analysis: &mut Analysis, tracked: Tracked<Content>, diagnostics: &mut Vec<Diagnostic>) {
    let stream = tracked.connection.stream;
    let frame = Some(tracked.connection.first_frame);
    if tracked.syn_copies_left_out > 0 {
        let diagnostic = Diagnostic::new(TOO_MANY_SYN_COPIES, Severity::Warning, frame);
        diagnostics.push(diagnostic.with("stream", stream).with("segments", tracked.syn_copies_left_out));
    }
    if tracked.limit_reached {
        diagnostics.push(Diagnostic::new("tcp.reassembly_limit", Severity::Warning, frame).with("stream", stream));
    }
    analysis.connections.push(tracked.connection);
    match tracked.state {
        Content::Nothing => {}
        Content::Messages(mut conversation, hellos) => {
            conversation.finish();
            diagnostics.append(&mut conversation.diagnostics);
            add_messages(analysis, stream, *conversation);
            if let Some(hellos) = hellos {
                add_tls(analysis, stream, &hellos, diagnostics);
            }
        }
        Content::Tls(hellos) => add_tls(analysis, stream, &hellos, diagnostics),
    }
}

fn add_tls(analysis: &mut Analysis, stream: u32, hellos: &TlsHellos, diagnostics: &mut Vec<Diagnostic>) {
    let Some(facts) = hellos.facts(stream) else { return };
    if let Some(left_out) = hellos.protocols_left_out() {
        let diagnostic = Diagnostic::new("tls.too_many_protocols", Severity::Warning, Some(facts.client_hello));
        diagnostics.push(diagnostic.with("stream", stream).with("names", left_out));
    }
    analysis.tls.push(facts);
}

fn add_messages(analysis: &mut Analysis, stream: u32, conversation: Conversation) {
    for (index, draft) in (1..).zip(conversation.exchanges) {
        let completed = draft.response.as_ref().and_then(|response| response.completed);
        let time = completed.zip(draft.request.completed).and_then(|(response, request)| response.since(request));
        analysis.exchanges.push(Exchange {
            stream,
            index,
            request: draft.request.facts,
            response: draft.response.map(|response| response.facts),
            time,
        });
    }
    for orphan in conversation.orphans {
        analysis.orphan_responses.push(OrphanResponse { stream, response: orphan.facts });
    }
}

/// A connection has more copies of its SYN than are listed.
pub(crate) const TOO_MANY_SYN_COPIES: &str = "tcp.too_many_syn_copies";

/// Diagnostics that are listed: nobody reads more, and each of thousands of connections may have some.
const MAX_DIAGNOSTICS: usize = 1000;

/// The first diagnostics, and how many there are besides.
fn bounded(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut more = LeftOut::default();
    for diagnostic in diagnostics.drain(diagnostics.len().min(MAX_DIAGNOSTICS)..) {
        more.note(diagnostic.frame.unwrap_or_default());
    }
    diagnostics.extend(more.diagnostic("capture.more_diagnostics", "diagnostics"));
    diagnostics
}

/// Protocols that are told apart among what is not dissected; a network has a dozen.
const MAX_UNKNOWN: usize = 64;

/// Frames that could not be followed, counted by why.
#[derive(Debug, Default)]
struct Unknown {
    kinds: std::collections::BTreeMap<(&'static str, u32), (u64, u64)>,
    more: LeftOut,
}

impl Unknown {
    fn note(&mut self, packet: &Packet<'_>) {
        let key = match packet.rest {
            // Those that stay fragments are counted by who puts them together.
            Rest::Payload(_) | Rest::Fragment | Rest::NotAPacket => return,
            Rest::UnknownLink(link_type) => ("packet.unknown_link_type", u32::from(link_type.0)),
            Rest::UnknownEtherType(ether_type) => ("packet.unknown_ether_type", u32::from(ether_type)),
            Rest::UnknownPppProtocol(protocol) => ("packet.unknown_ppp_protocol", u32::from(protocol)),
            Rest::UnknownServicePoint(point) => ("packet.unknown_service_point", u32::from(point)),
            Rest::UnknownFamily(family) => ("packet.unknown_family", family),
            Rest::Encrypted => ("packet.encrypted", 0),
            Rest::Aggregate => ("packet.aggregate", 0),
            Rest::UnknownIpProtocol(protocol) => ("packet.unknown_ip_protocol", u32::from(protocol)),
            Rest::Malformed(_) => ("packet.malformed", 0),
        };
        if self.kinds.len() >= MAX_UNKNOWN && !self.kinds.contains_key(&key) {
            self.more.note(packet.frame.number);
            return;
        }
        let (_, count) = self.kinds.entry(key).or_insert((packet.frame.number, 0));
        *count += 1;
    }

    fn diagnostics(self) -> impl Iterator<Item = Diagnostic> {
        let more = self.more.diagnostic("packet.too_many_protocols", "frames");
        let kinds = self.kinds.into_iter().map(|((code, number), (first, count))| {
            let severity = if code == "packet.malformed" { Severity::Warning } else { Severity::Info };
            let diagnostic = Diagnostic::new(code, severity, Some(first)).with("frames", count);
            if code.starts_with("packet.unknown") { diagnostic.with("number", number) } else { diagnostic }
        });
        kinds.chain(more)
    }
}

fn fragment_diagnostics(left: Left) -> impl Iterator<Item = Diagnostic> {
    let incomplete = left
        .incomplete
        .map(|(first, frames)| Diagnostic::new("packet.fragment", Severity::Info, Some(first)).with("frames", frames));
    let given_up = left.given_up.map(|frame| Diagnostic::new("packet.fragment_limit", Severity::Warning, Some(frame)));
    incomplete.into_iter().chain(given_up)
}

/// Whether a connection's `end` is its client.
pub(crate) fn side(numbers: &Numbers, end: crate::tcp::End) -> Side {
    if numbers.client == Some(end) { Side::Client } else { Side::Server }
}
