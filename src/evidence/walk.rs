//! The second walk over a capture: the same engine as in pass 1, with the numbers that pass 1 ended with.

use std::collections::{BTreeMap, HashMap};

use super::messages::{Messages, Scope};
use super::records::Records;
use super::websockets::WebSockets;
use crate::analysis::model::{Analysis, Application, Connection};
use crate::analysis::{self, Engine, Limits, Survey};
use crate::capture::{CaptureError, Reader, Source};
use crate::dissect::{Conversations, EchoPartner, Message, Segment, Surroundings};
use crate::http::{self, HeadPlace, MessageId, MessageKind};
use crate::packet::{Defragmenter, Packet, Tcp, TcpFlags};
use crate::tcp::{AckFacts, Carried, End, Marks, Moment, Numbers, PerEnd, Piece, Sighting, Unacked};

/// Unacknowledged segments remembered of all connections: some hundreds of connections with full windows.
const MAX_OUTSTANDING: usize = 100_000;

/// What passes by on the connections.
#[derive(Debug)]
struct Observed<'a> {
    messages: Messages<'a>,
    records: Records,
    websockets: WebSockets,
}

impl<'a> Observed<'a> {
    fn new(analysis: &'a Analysis, scope: Scope<'a>) -> Self {
        Self {
            messages: Messages::new(analysis, scope),
            records: Records::default(),
            websockets: WebSockets::default(),
        }
    }
}

impl http::Observer for Observed<'_> {
    fn head(&mut self, id: MessageId, head: &[u8], places: &[HeadPlace]) {
        self.messages.head(id, head, places);
        if id.kind == MessageKind::Response {
            self.websockets.head(id.stream, head);
        }
    }

    fn body(&mut self, id: MessageId, data: &[u8], place: Carried) {
        self.messages.body(id, data, place);
    }

    fn complete(&mut self, id: MessageId, at: Moment) {
        self.messages.complete(id, at);
    }

    fn cut(&mut self, id: MessageId, at: Moment) {
        self.messages.complete(id, at);
    }

    fn behind(&mut self, stream: u32, from: End, piece: &Piece<'_>) {
        self.websockets.bytes(stream, from, piece);
    }

    fn gap_behind(&mut self, stream: u32, from: End) {
        self.websockets.gap(stream, from);
    }
}

impl analysis::Observer for Observed<'_> {
    const TLS: bool = true;

    fn tls(&mut self, stream: u32, from: End, piece: &Piece<'_>) {
        self.records.bytes(stream, from, piece);
    }

    fn tls_gap(&mut self, stream: u32, from: End) {
        self.records.gap(stream, from);
    }
}

/// Shows `visit` every packet up to frame `last`, with what is known about it. Gives the messages that are left.
pub(super) fn walk<'s, E: From<CaptureError>>(
    source: &dyn Source,
    survey: &'s Survey,
    scope: Scope<'s>,
    last: u64,
    visit: &mut dyn FnMut(&Packet<'_>, &Surroundings<'_>) -> Result<(), E>,
) -> Result<Messages<'s>, E> {
    let mut reader = Reader::open(source)?;
    let observed = Observed::new(&survey.analysis, scope);
    let mut engine = Engine::new(observed, &Limits::of(source.size()));
    let mut unacked: Vec<Unacked> = Vec::new();
    let mut outstanding = 0;
    let mut bases = Bases::default();
    let mut previous_time = None;
    let mut conversations = Conversations::default();
    let mut late = late_messages(source, survey, scope)?;
    let echoes = echoes(survey);
    let mut defragmenter = Defragmenter::default();
    while let Some(frame) = reader.next_frame() {
        let mut packet = Packet::unsplit(frame);
        defragmenter.split(&mut packet);
        let now = Moment { frame: frame.number, time: frame.time };
        let segment = engine.follow(&packet).segment.zip(packet.tcp()).and_then(|(mut sighting, tcp)| {
            let stream = usize::try_from(sighting.stream).ok()?;
            if unacked.len() <= stream {
                unacked.resize_with(stream + 1, Unacked::default);
            }
            let connection = survey.analysis.connections.get(stream)?;
            let mut numbers = *survey.numbers.get(stream)?;
            bases.apply(&mut sighting, tcp, &mut numbers);
            if sighting.is_copy() {
                let acks = AckFacts::default();
                return Some(Segment { tcp, now, sighting, acks, bytes_in_flight: None, connection, numbers });
            }
            let unacked = unacked.get_mut(stream)?;
            let before = unacked.remembered();
            let acks = unacked.follow(sighting.from, tcp, now, sighting.marks, outstanding < MAX_OUTSTANDING);
            outstanding = outstanding + unacked.remembered() - before;
            // Counting takes a walk over all that is outstanding.
            let bytes_in_flight = if scope.has_tree(frame.number) {
                let base = numbers.base.get(sighting.from).unwrap_or_default();
                unacked.bytes_in_flight(sighting.from, tcp, base)
            } else {
                None
            };
            Some(Segment { tcp, now, sighting, acks, bytes_in_flight, connection, numbers })
        });
        let completed = engine.applications.observer.messages.completed();
        let mut messages = late.remove(&frame.number).unwrap_or_default();
        messages.extend(completed.into_iter().filter(|(at, _)| *at == frame.number).map(|(_, message)| message));
        let records = engine.applications.observer.records.completed_in(frame.number);
        let websockets = &mut engine.applications.observer.websockets;
        let websocket = websockets.completed_in(frame.number);
        let around = Surroundings {
            survey,
            previous_time,
            segment,
            echoes: &echoes,
            known: conversations.follow(&packet),
            messages: &messages,
            records: &records,
            websocket: &websocket,
            is_websocket: segment.is_some_and(|segment| websockets.has(segment.sighting.stream)),
        };
        visit(&packet, &around)?;
        if frame.time.is_some() {
            previous_time = frame.time;
        }
        if frame.number >= last {
            break;
        }
    }
    Ok(engine.finish().1.messages)
}

/// Where relative numbers of a connection count from changes with a SYN-ACK of another number (a port used again whose SYN
/// was not captured). Pass 1 knows the last; Wireshark, as it prints, begins with that and follows the changes again.
#[derive(Debug, Default)]
struct Bases(HashMap<u32, PerEnd<Option<u32>>>);

impl Bases {
    fn apply(&mut self, sighting: &mut Sighting, tcp: &Tcp<'_>, numbers: &mut Numbers) {
        if let Some(base) = self.0.get(&sighting.stream) {
            numbers.base = *base;
        }
        let own = numbers.base.get_mut(sighting.from);
        if tcp.flags.contains(TcpFlags::SYN_ACK) && *own != Some(tcp.sequence) {
            *own = Some(tcp.sequence);
            sighting.marks.set(Marks::PORTS_REUSED);
            self.0.insert(sighting.stream, numbers.base);
        }
    }
}

/// Messages behind gaps, by the frame that completes them. They are known only when the gap is given up, often at the end
/// of the capture, so that a walk of its own finds them; captures without gaps near the wanted frames do not need it.
fn late_messages(
    source: &dyn Source,
    survey: &Survey,
    scope: Scope<'_>,
) -> Result<BTreeMap<u64, Vec<Message>>, CaptureError> {
    let mut late: BTreeMap<u64, Vec<Message>> = BTreeMap::new();
    let is_wanted = |connection: &Connection| {
        let frames = connection.first_frame..=connection.last_frame;
        scope.frames.is_none_or(|wanted| wanted.range(frames).next().is_some())
    };
    let mut gaps = survey
        .analysis
        .connections
        .iter()
        .filter(|connection| connection.missing_bytes > 0 && connection.application == Application::Http);
    if !gaps.any(is_wanted) {
        return Ok(late);
    }
    let scope = Scope { exchange: None, referers: false, ..scope };
    let mut reader = Reader::open(source)?;
    let observed = Observed::new(&survey.analysis, scope);
    let mut engine = Engine::new(observed, &Limits::of(source.size()));
    let mut room = engine.applications.observer.messages.max_bodies();
    let mut keep = |completed: Vec<(u64, Message)>, now: u64| {
        for (at, mut message) in completed.into_iter().filter(|(at, _)| *at < now) {
            match room.checked_sub(message.body.bytes.len()) {
                Some(left) => room = left,
                None => message.body.bytes = Vec::new(),
            }
            late.entry(at).or_default().push(message);
        }
    };
    let mut defragmenter = Defragmenter::default();
    while let Some(frame) = reader.next_frame() {
        let number = frame.number;
        let mut packet = Packet::unsplit(frame);
        defragmenter.split(&mut packet);
        engine.follow(&packet);
        keep(engine.applications.observer.messages.completed(), number);
    }
    keep(engine.finish().1.messages.completed(), u64::MAX);
    Ok(late)
}

/// The other half of every echo request and reply that pass 1 paired, by frame.
fn echoes(survey: &Survey) -> HashMap<u64, EchoPartner> {
    let mut echoes = HashMap::new();
    for ping in &survey.analysis.pings {
        for ((request, reply), round_trip) in ping.frames.iter().zip(&ping.rtts) {
            if let Some(reply) = reply {
                echoes.insert(*request, EchoPartner::Reply(*reply));
                echoes.insert(*reply, EchoPartner::Request(*request, *round_trip));
            }
        }
    }
    echoes
}
