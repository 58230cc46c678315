//! What the conversations of a capture hold in memory, and how much that may be.

use super::draft::{Draft, ResponseDraft};
use crate::analysis::model::{Exchange, OrphanResponse, Request, Response};
use crate::diagnostic::LeftOut;
use crate::text::Text;

/// Memory that unfinished heads of all connections may take. A head is seldom over two segments, so that only thousands of
/// connections with a huge head each come near.
pub(super) const MAX_HELD_HEADS: usize = 6 << 20;

/// What the conversations of a capture hold, in bytes of memory.
#[derive(Debug)]
pub(crate) struct Held {
    /// Unfinished heads.
    pub(super) heads: usize,
    /// Messages, and the most that they may take.
    pub(super) messages: usize,
    pub(super) max_messages: usize,
    /// Connections of which not all messages were kept.
    pub(crate) cut_off: LeftOut,
}

impl Held {
    pub(crate) fn new(max_messages: usize) -> Self {
        Self { heads: 0, messages: 0, max_messages, cut_off: LeftOut::default() }
    }

    /// A conversation that held `before` of heads holds `now`.
    pub(super) fn count_heads(&mut self, before: &mut usize, now: usize) {
        self.heads = self.heads.saturating_sub(*before) + now;
        *before = now;
    }
}

/// What is kept of a request, in bytes of memory: its facts and their place in two lists, which may be twice as long as what is in them.
pub(super) fn request_cost(Request { method, target, version, host, .. }: &Request) -> usize {
    let places = 2 * (size_of::<Draft>() + size_of::<Exchange>());
    places + size_of::<Request>() + cost_of_texts([Some(method), Some(target), Some(version), host.as_ref()])
}

/// The same of a response, which stands beside its request or, if there is none, in lists of its own.
pub(super) fn response_cost(response: &Response) -> usize {
    let Response { reason, version, content_type, content_encoding, transfer_encoding, .. } = response;
    let places = 2 * (size_of::<ResponseDraft>() + size_of::<OrphanResponse>());
    let fields = cost_of_texts([content_type, content_encoding, transfer_encoding].map(Option::as_ref));
    places + size_of::<Response>() + cost_of_texts([Some(reason), Some(version)]) + fields
}

/// The bytes of texts, with what the allocator adds to each.
fn cost_of_texts<const N: usize>(texts: [Option<&Text>; N]) -> usize {
    const ALLOCATION: usize = 16;
    texts.into_iter().flatten().map(|text| text.as_bytes().len() + ALLOCATION).sum()
}
