//! The course of the chosen connection: what is kept of its segments as they pass by.

use super::collect::Wanted;
use super::hosts::Senders;
use super::milestones::Milestones;
use super::model::{BeforeClose, Checksums, Evidence, PerSide, SegmentFacts, Segments};
use super::notable::Notable;
use super::series::Series;
use crate::analysis::Survey;
use crate::analysis::model::Exchange;
use crate::dissect::Segment;
use crate::packet::Packet;

/// What is known of the connection so far.
#[derive(Debug)]
pub(super) struct Course<'a> {
    survey: &'a Survey,
    exchange: Option<&'a Exchange>,
    phase_starts: &'a [u64],
    phase_frames: Vec<u64>,
    milestones: Milestones,
    before_close: Option<BeforeClose>,
    connection_series: Series,
    exchange_series: Series,
    segments: Segments,
    checksums: PerSide<Checksums>,
    senders: Senders,
    notable: Notable,
}

impl<'a> Course<'a> {
    pub(super) fn new(survey: &'a Survey, wanted: &'a Wanted, exchange: Option<&'a Exchange>) -> Self {
        Self {
            survey,
            exchange,
            phase_starts: &wanted.phase_starts,
            phase_frames: vec![0; wanted.phase_starts.len()],
            milestones: Milestones::default(),
            before_close: wanted.stream.and_then(|stream| before_close(survey, stream)),
            connection_series: Series::default(),
            exchange_series: Series::default(),
            segments: Segments::default(),
            checksums: PerSide::default(),
            senders: Senders::default(),
            notable: Notable::default(),
        }
    }

    /// Takes the next segment; one that is `named` in the report is kept in any case. Whether a report may name it.
    ///
    /// A packet recorded twice counts as a frame of its phase, and is listed; nothing else is told from the copy.
    pub(super) fn note(&mut self, segment: &Segment<'_>, packet: &Packet<'_>, named: bool) -> bool {
        let number = packet.frame.number;
        let facts = SegmentFacts::of(segment, packet, self.survey.first_frame_time);
        let phase = self.phase_starts.iter().rposition(|start| *start <= number);
        if let Some(count) = phase.and_then(|phase| self.phase_frames.get_mut(phase)) {
            *count += 1;
        }
        if facts.is_copy() {
            self.segments.add(facts, named);
            return false;
        }
        let is_milestone = self.milestones.note(&facts, self.exchange);
        if let Some(before) = self.before_close.as_mut().filter(|before| before.covers(number)) {
            before.bare_segments += 1;
        }
        self.connection_series.add(&facts);
        if self.milestones.during_exchange(&facts, self.exchange) {
            self.exchange_series.add(&facts);
        }
        let side = segment.side();
        self.checksums.get_mut(side).count(packet, segment.tcp);
        self.senders.note(side, packet);
        let is_named = is_milestone | self.notable.note(&facts);
        self.segments.add(facts, named || is_named);
        is_named
    }

    /// Hands over what was found; gives the senders.
    pub(super) fn finish(self, evidence: &mut Evidence) -> Senders {
        evidence.phase_frames = self.phase_frames;
        evidence.acknowledged = self.milestones.found;
        evidence.before_close = self.before_close;
        evidence.connection_series = self.connection_series;
        evidence.exchange_series = self.exchange_series;
        evidence.segments = self.segments;
        evidence.checksums = self.checksums;
        self.senders
    }
}

/// What pass 1 knows of the time before a connection's first FIN or RST.
fn before_close(survey: &Survey, stream: u32) -> Option<BeforeClose> {
    let at = usize::try_from(stream).ok()?;
    let numbers = survey.numbers.get(at)?;
    let last_data = numbers.last_data?;
    let first = survey.analysis.connections.get(at)?.close.steps.first()?;
    let last_bare = numbers.before_end.filter(|frame| *frame > last_data);
    Some(BeforeClose { last_data, frame: first.frame, bare_segments: 0, last_bare })
}
