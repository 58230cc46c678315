//! FIN, ACK and RST of a connection (RFC 9293, 3.6; the contract's *Close* paragraph).

use super::{End, PerEnd, after};
use crate::analysis::model::{Close, CloseKind, CloseStep, Side, StepKind};
use crate::packet::{Tcp, TcpFlags};

/// The first copy of one end's FIN.
#[derive(Debug, Clone, Copy)]
struct Fin {
    frame: u64,
    /// The sequence number behind it.
    end: u32,
    /// Its acknowledgment number, if it has one.
    acknowledgment: Option<u32>,
    /// First frame of the peer that acknowledges it.
    acknowledged_in: Option<u64>,
}

/// The highest acknowledgment of one end, and the frame that reached it first.
#[derive(Debug, Clone, Copy)]
struct HighestAck {
    number: u32,
    frame: u64,
}

/// Whether an acknowledgment covers a FIN with the number `end` behind it. Nothing follows a FIN: a number far beyond it is one of an
/// earlier connection between the same ports.
fn covers(acknowledgment: u32, end: u32) -> bool {
    const FAR: u32 = 1 << 16;
    acknowledgment.wrapping_sub(end) < FAR
}

/// Follows the segments that end a connection.
#[derive(Debug, Default)]
pub(super) struct CloseTracker {
    fins: PerEnd<Option<Fin>>,
    highest: PerEnd<Option<HighestAck>>,
    /// The first reset, and whether both FINs were acknowledged before.
    reset: Option<(u64, End, bool)>,
}

impl CloseTracker {
    pub(super) fn follow(&mut self, end: End, tcp: &Tcp<'_>, frame: u64) {
        if tcp.flags.contains(TcpFlags::RST) {
            if self.reset.is_none() {
                self.reset = Some((frame, end, self.both_acknowledged()));
            }
            return;
        }
        let acknowledgment = tcp.flags.contains(TcpFlags::ACK).then_some(tcp.acknowledgment);
        if let Some(number) = acknowledgment {
            self.acknowledge(end, number, frame);
        }
        if tcp.flags.contains(TcpFlags::FIN) && self.fins.get(end).is_none() {
            let fin_end = tcp.end();
            let early = self.highest.get(end.peer()).filter(|ack| covers(ack.number, fin_end));
            let fin = Fin { frame, end: fin_end, acknowledgment, acknowledged_in: early.map(|ack| ack.frame) };
            *self.fins.get_mut(end) = Some(fin);
        }
    }

    fn acknowledge(&mut self, end: End, number: u32, frame: u64) {
        let highest = self.highest.get_mut(end);
        if highest.is_none_or(|ack| after(number, ack.number)) {
            *highest = Some(HighestAck { number, frame });
        }
        if let Some(fin) = self.fins.get_mut(end.peer())
            && fin.acknowledged_in.is_none()
            && covers(number, fin.end)
        {
            fin.acknowledged_in = Some(frame);
        }
    }

    fn both_acknowledged(&self) -> bool {
        let acknowledged = |fin: &Option<Fin>| fin.is_some_and(|fin| fin.acknowledged_in.is_some());
        acknowledged(&self.fins.opener) && acknowledged(&self.fins.other)
    }

    pub(super) fn facts(&self, side: impl Fn(End) -> Side) -> Close {
        let complete = self.both_acknowledged();
        let mut steps: Vec<CloseStep> = Vec::new();
        for end in [End::Opener, End::Other] {
            let Some(fin) = self.fins.get(end) else { continue };
            let combined = self.fins.get(end.peer()).is_some_and(|peer| peer.acknowledged_in == Some(fin.frame));
            let step = if combined { StepKind::FinAck } else { StepKind::Fin };
            steps.push(CloseStep { frame: fin.frame, from: side(end), step });
            let own_fin = |frame| self.fins.get(end.peer()).is_some_and(|peer| peer.frame == frame);
            if let Some(frame) = fin.acknowledged_in.filter(|frame| !own_fin(*frame)) {
                steps.push(CloseStep { frame, from: side(end.peer()), step: StepKind::Ack });
            }
        }
        if let Some((frame, end, _)) = self.reset {
            steps.push(CloseStep { frame, from: side(end), step: StepKind::Rst });
        }
        steps.sort_by_key(|step| step.frame);
        let first_fin = steps.iter().find(|step| matches!(step.step, StepKind::Fin | StepKind::FinAck));
        let first = first_fin.or_else(|| steps.iter().find(|step| step.step == StepKind::Rst)).map(|step| step.from);
        Close { kind: self.kind(), first, complete, steps }
    }

    fn kind(&self) -> CloseKind {
        if self.reset.is_some_and(|(_, _, after_close)| !after_close) {
            return CloseKind::Reset;
        }
        let (opener, other) = match (&self.fins.opener, &self.fins.other) {
            (Some(opener), Some(other)) => (opener, other),
            (None, None) => return CloseKind::None,
            _ => return CloseKind::HalfClosed,
        };
        let answers = |fin: &Fin, peer: &Fin| fin.acknowledgment.is_some_and(|number| covers(number, peer.end));
        if !answers(opener, other) && !answers(other, opener) {
            return CloseKind::Simultaneous;
        }
        let combined = opener.acknowledged_in == Some(other.frame) || other.acknowledged_in == Some(opener.frame);
        if combined { CloseKind::ThreeSegment } else { CloseKind::FourSegment }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(flags: TcpFlags, sequence: u32, acknowledgment: u32) -> Tcp<'static> {
        Tcp {
            offset: 34,
            source_port: 40_000,
            destination_port: 80,
            sequence,
            acknowledgment,
            flags,
            window: 1024,
            checksum: 0,
            urgent_pointer: 0,
            header_length: 20,
            options: &[],
            payload: &[],
            payload_length: 0,
        }
    }

    fn close(segments: &[(End, TcpFlags, u32, u32)]) -> Close {
        let mut tracker = CloseTracker::default();
        for (frame, (end, flags, sequence, acknowledgment)) in (1..).zip(segments) {
            tracker.follow(*end, &segment(*flags, *sequence, *acknowledgment), frame);
        }
        tracker.facts(|end| if end == End::Opener { Side::Client } else { Side::Server })
    }

    const FIN_ACK: TcpFlags = TcpFlags::FIN.union(TcpFlags::ACK);

    #[test]
    fn an_acknowledgment_of_an_earlier_connection_covers_no_fin() {
        let old = (End::Other, TcpFlags::ACK, 3_738_406_957, 1_116_180_385);
        let fins = [(End::Other, FIN_ACK, 300, 100), (End::Opener, FIN_ACK, 100, 301)];
        assert!(!close(&[old, fins[0], fins[1]]).complete);
        let acknowledged = close(&[old, fins[0], fins[1], (End::Other, TcpFlags::ACK, 301, 101)]);
        assert_eq!((acknowledged.kind, acknowledged.complete), (CloseKind::ThreeSegment, true));
    }

    #[test]
    fn an_acknowledgment_may_stand_before_its_fin_in_the_file() {
        let ack = (End::Other, TcpFlags::ACK, 300, 101);
        let steps = close(&[ack, (End::Opener, FIN_ACK, 100, 300)]).steps;
        assert_eq!(steps.iter().map(|step| step.frame).collect::<Vec<_>>(), [1, 2]);
    }
}
