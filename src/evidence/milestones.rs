//! Which segments of the chosen connection mark a step of the exchange or of the close, besides those that pass 1 names.

use super::model::{Acknowledged, BeforeClose, SegmentFacts};
use crate::analysis::model::{Exchange, Side};

/// What is looked for, in relative numbers, while the connection's segments pass by.
#[derive(Debug, Default)]
pub(super) struct Milestones {
    request_end: Option<u32>,
    response_end: Option<u32>,
    pub(super) found: Acknowledged,
}

impl Milestones {
    /// Looks at one segment of the connection. Whether a report names it.
    pub(super) fn note(&mut self, segment: &SegmentFacts, exchange: Option<&Exchange>) -> bool {
        let Some(exchange) = exchange else { return false };
        let end = segment.seq.wrapping_add(segment.len);
        if exchange.request.frame == Some(segment.frame) && segment.from == Side::Client {
            self.request_end = Some(end);
        }
        if exchange.response.as_ref().is_some_and(|response| response.frame == Some(segment.frame))
            && segment.from == Side::Server
        {
            self.response_end = Some(end);
        }
        let (end, found) = match segment.from {
            Side::Server => (self.request_end, &mut self.found.request),
            Side::Client => (self.response_end, &mut self.found.response),
        };
        let covers = segment.ack.zip(end).is_some_and(|(ack, end)| !crate::tcp::after(end, ack));
        if found.is_none() && covers {
            *found = Some(segment.frame);
            return true;
        }
        false
    }

    /// Whether a segment lies between the exchange's first and the first that acknowledges all of its response.
    pub(super) fn during_exchange(&self, segment: &SegmentFacts, exchange: Option<&Exchange>) -> bool {
        let Some(exchange) = exchange else { return false };
        let last = self.found.response.unwrap_or(u64::MAX);
        (exchange.request.first_frame..=last).contains(&segment.frame)
    }
}

impl BeforeClose {
    /// Whether a frame stands between the last data and the first FIN or RST.
    pub(super) fn covers(&self, frame: u64) -> bool {
        self.last_data < frame && frame < self.frame
    }
}
