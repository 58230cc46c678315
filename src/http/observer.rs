//! Looking at messages while they pass by.

use super::stream::HeadPlace;
use crate::tcp::{Carried, End, Moment, Piece};

/// Which message of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct MessageId {
    pub(crate) stream: u32,
    pub(crate) kind: MessageKind,
    /// Counted from 0 within its kind; a response has the number of its request.
    pub(crate) index: usize,
}

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum MessageKind {
    Request,
    Response,
    /// A 1xx response with its status; its index is that of the request it belongs to.
    Interim(u16),
    OrphanResponse,
}

/// Looks at messages on their way.
pub(crate) trait Observer {
    /// A head, with the places where it was captured.
    fn head(&mut self, id: MessageId, head: &[u8], places: &[HeadPlace]);
    /// Bytes of a body in order, chunk framing removed.
    fn body(&mut self, id: MessageId, data: &[u8], place: Carried);
    /// The message is complete.
    fn complete(&mut self, id: MessageId, at: Moment);
    /// The head was cut by a snap length; nothing follows.
    fn cut(&mut self, id: MessageId, at: Moment);
    /// Bytes behind the end of HTTP on a connection: what a tunnel or another protocol carries.
    fn behind(&mut self, stream: u32, from: End, piece: &Piece<'_>);
    /// Bytes there that no frame holds.
    fn gap_behind(&mut self, stream: u32, from: End);
}

impl Observer for () {
    fn head(&mut self, _: MessageId, _: &[u8], _: &[HeadPlace]) {}
    fn body(&mut self, _: MessageId, _: &[u8], _: Carried) {}
    fn complete(&mut self, _: MessageId, _: Moment) {}
    fn cut(&mut self, _: MessageId, _: Moment) {}
    fn behind(&mut self, _: u32, _: End, _: &Piece<'_>) {}
    fn gap_behind(&mut self, _: u32, _: End) {}
}
