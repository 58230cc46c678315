//! How rules look things up among the evidence.

use std::borrow::Cow;

use super::Facts;
use crate::analysis::TOO_MANY_SYN_COPIES;
use crate::analysis::model::{CloseStep, Side, StepKind};
use crate::evidence::SegmentFacts;
use crate::time::Span;

/// Headers of which a tunnel has several: the innermost carries the connection. IP of either version counts as one.
const NESTED: [&[&str]; 3] = [&["eth"], &["ip", "ipv6"], &["udp"]];

/// The layers among whose innermost a field of this name is looked for; `None` for one that stands where it stands.
pub(crate) fn innermost(field: &str) -> Option<&'static [&'static str]> {
    let protocol = field.split('.').next()?;
    NESTED.into_iter().find(|names| names.contains(&protocol))
}

impl Facts<'_> {
    /// Whether it is not yet known which frames are wanted: a rule then names those that it may need.
    pub(crate) fn is_first_pass(&self) -> bool {
        self.evidence.frames.is_empty()
    }

    /// Whether a frame has a row to link to.
    pub(crate) fn has_row(&self, frame: u64) -> bool {
        self.evidence.frames.contains_key(&frame)
    }

    /// Time from one frame to another that is later, when both are among the evidence.
    pub(crate) fn wait(&self, earlier: u64, later: u64) -> Option<Span> {
        self.time_between(earlier, later).filter(|span| span.as_nanos() > 0)
    }

    /// Whether the connection has more copies of its SYN than are listed.
    pub(crate) fn has_more_syn_copies(&self) -> bool {
        let stream = self.connection.map(|connection| connection.stream);
        let of_stream = |value: &serde_json::Value| value.as_u64() == stream.map(u64::from);
        let mut diagnostics = self.analysis.diagnostics.iter();
        diagnostics.any(|one| one.code == TOO_MANY_SYN_COPIES && one.params.get("stream").is_some_and(of_stream))
    }

    /// Times from each of these frames to the next.
    pub(crate) fn waits(&self, frames: &[u64]) -> Vec<Span> {
        let pairs = frames.iter().zip(frames.iter().skip(1));
        pairs.filter_map(|(earlier, later)| self.time_between(*earlier, *later)).collect()
    }

    /// The field of that name in a frame's tree: of headers that occur more than once, as in a tunnel, that of the innermost.
    pub(crate) fn field(&self, frame: u64, name: &str) -> Option<Cow<'_, str>> {
        let layers = self.evidence.frames.get(&frame)?.layers.as_slice();
        let at = innermost(name).and_then(|names| layers.iter().rposition(|layer| names.contains(&layer.protocol)));
        let layers = at.map_or(layers, |at| layers.get(at..=at).unwrap_or_default());
        let mut fields = layers.iter().flat_map(|layer| &layer.fields);
        fields.find(|field| field.name == name).map(|field| field.value.lossy())
    }

    /// The same, as a number, decimal or `0x`.
    pub(crate) fn number(&self, frame: u64, name: &str) -> Option<u64> {
        let value = self.field(frame, name)?;
        match value.strip_prefix("0x") {
            Some(digits) => u64::from_str_radix(digits, 16).ok(),
            None => value.parse().ok(),
        }
    }

    /// Frames of the chosen connection with a field tree that one side sent, in order.
    pub(crate) fn trees_from(&self, side: Side) -> impl Iterator<Item = u64> {
        let stream = self.connection.map(|connection| connection.stream);
        let frames = self.evidence.frames.values();
        frames
            .filter(move |frame| {
                stream.is_some() && frame.stream == stream && frame.from == Some(side) && !frame.layers.is_empty()
            })
            .map(|frame| frame.number)
    }

    /// Whether a frame was recorded only in part.
    pub(crate) fn is_cut(&self, frame: u64) -> bool {
        self.evidence.frames.get(&frame).is_some_and(|frame| frame.captured < frame.length)
    }

    /// The frames of the close, without a RST that follows it.
    pub(crate) fn close_frames_without_rst(&self) -> Vec<u64> {
        let steps = self.connection.map(|connection| connection.close.steps.as_slice()).unwrap_or_default();
        steps.iter().filter(|step| step.step != StepKind::Rst).map(|step| step.frame).collect()
    }

    /// Segments of the chosen connection with a mark.
    pub(crate) fn marked(&self, mark: &str) -> impl Iterator<Item = &SegmentFacts> {
        self.evidence.segments.list.iter().filter(move |segment| segment.marks.contains(&mark))
    }
}

/// The FINs of a close: the first, the acknowledgment of it, the other side's.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fins {
    pub(crate) first: CloseStep,
    pub(crate) ack: Option<CloseStep>,
    pub(crate) second: Option<CloseStep>,
}

impl Fins {
    /// Of the close's steps; `None` without a FIN.
    pub(crate) fn of(steps: &[CloseStep]) -> Option<Self> {
        let is_fin = |step: &&CloseStep| matches!(step.step, StepKind::Fin | StepKind::FinAck);
        let first = *steps.iter().find(is_fin)?;
        let others = || steps.iter().filter(|step| step.from != first.from);
        let ack = others().find(|step| step.step == StepKind::Ack).copied();
        let second = others().find(is_fin).copied();
        Some(Self { first, ack, second })
    }
}
