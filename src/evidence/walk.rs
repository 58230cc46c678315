//! The second walk over a capture: the same engine as in pass 1, with the numbers that pass 1 ended with.

use std::collections::HashMap;

use super::messages::{Messages, Scope};
use super::records::Records;
use crate::analysis::{self, Engine, Survey};
use crate::capture::{CaptureError, Reader, Source};
use crate::dissect::{EchoPartner, Segment, Surroundings};
use crate::http::{self, HeadPlaces, MessageId};
use crate::packet::Packet;
use crate::tcp::{Carried, End, Moment, Piece, Unacked};

/// What passes by on the connections.
#[derive(Debug)]
struct Observed<'a> {
    messages: Messages<'a>,
    records: Records,
}

impl http::Observer for Observed<'_> {
    fn head(&mut self, id: MessageId, head: &[u8], places: &HeadPlaces) {
        self.messages.head(id, head, places);
    }

    fn body(&mut self, id: MessageId, data: &[u8], place: Carried) {
        self.messages.body(id, data, place);
    }

    fn complete(&mut self, id: MessageId, at: Moment) {
        self.messages.complete(id, at);
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
    let observed = Observed { messages: Messages::new(&survey.analysis, scope), records: Records::default() };
    let mut engine = Engine::new(observed);
    let mut unacked: Vec<Unacked> = Vec::new();
    let mut previous_time = None;
    let echoes = echoes(survey);
    while let Some(frame) = reader.next_frame() {
        let packet = Packet::parse(frame);
        let now = Moment { frame: frame.number, time: frame.time };
        let segment = engine.follow(&packet).zip(packet.tcp()).and_then(|(sighting, tcp)| {
            let stream = usize::try_from(sighting.stream).ok()?;
            if unacked.len() <= stream {
                unacked.resize_with(stream + 1, Unacked::default);
            }
            let acks = unacked.get_mut(stream)?.follow(sighting.from, tcp, now, sighting.marks);
            let connection = survey.analysis.connections.get(stream)?;
            let numbers = survey.numbers.get(stream)?;
            Some(Segment { tcp, now, sighting, acks, connection, numbers })
        });
        let messages = engine.applications.observer.messages.completed_in(frame.number);
        let records = engine.applications.observer.records.completed_in(frame.number);
        let around =
            Surroundings { survey, previous_time, segment, echoes: &echoes, messages: &messages, records: &records };
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
