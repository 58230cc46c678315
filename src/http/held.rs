//! What the conversations of a capture hold in memory, and how much that may be.

use super::draft::Draft;
use super::head::{Head, StartLine};
use crate::diagnostic::LeftOut;

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

/// What is kept of a message, in bytes of memory: its facts, and the texts in them with what the allocator adds to each.
pub(super) fn message_cost(head: &Head<'_>) -> usize {
    const TEXTS: usize = 4 * 16;
    let texts = match &head.start {
        StartLine::Request { method, target, version } => {
            method.len() + target.len() + version.len() + head.value("host").map_or(0, <[u8]>::len)
        }
        StartLine::Response { version, reason, .. } => {
            let fields = ["content-type", "content-encoding", "transfer-encoding"];
            let fields: usize = fields.iter().filter_map(|name| head.value(name)).map(<[u8]>::len).sum();
            version.len() + reason.len() + fields
        }
    };
    size_of::<Draft>() + TEXTS + texts
}
