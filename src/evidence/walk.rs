//! The second walk over a capture: the same engine as in pass 1, with the numbers that pass 1 ended with.

use super::messages::{Messages, Scope};
use crate::analysis::{Engine, Survey};
use crate::capture::{CaptureError, Reader, Source};
use crate::dissect::{Segment, Surroundings};
use crate::packet::Packet;
use crate::tcp::{Moment, Unacked};

/// Shows `visit` every packet up to frame `last`, with what is known about it. Gives the messages that are left.
pub(super) fn walk<'s, E: From<CaptureError>>(
    source: &dyn Source,
    survey: &'s Survey,
    scope: Scope<'s>,
    last: u64,
    visit: &mut dyn FnMut(&Packet<'_>, &Surroundings<'_>) -> Result<(), E>,
) -> Result<Messages<'s>, E> {
    let mut reader = Reader::open(source)?;
    let mut engine = Engine::new(Messages::new(&survey.analysis, scope));
    let mut unacked: Vec<Unacked> = Vec::new();
    let mut previous_time = None;
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
        let messages = engine.applications.observer.completed_in(frame.number);
        visit(&packet, &Surroundings { survey, previous_time, segment, messages: &messages })?;
        if frame.time.is_some() {
            previous_time = frame.time;
        }
        if frame.number >= last {
            break;
        }
    }
    Ok(engine.finish().1)
}
