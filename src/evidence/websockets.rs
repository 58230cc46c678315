//! Finding WebSocket frames in the byte streams behind an upgrade.

use std::collections::HashMap;

use crate::dissect::{WebSocketContent, WebSocketFrame};
use crate::http::HeadPlaces;
use crate::http::head::{Head, StartLine};
use crate::packet::websocket::{Header, opcode};
use crate::tcp::{Carried, End, PerEnd, Piece};

/// The frames of all upgraded connections on their way.
#[derive(Debug, Default)]
pub(super) struct WebSockets {
    connections: HashMap<u32, PerEnd<Direction>>,
    /// Frames that ended since the last [`Self::completed_in`], with the segment that completed each.
    completed: Vec<(u64, WebSocketFrame)>,
}

/// The frames of one end.
#[derive(Debug, Default)]
struct Direction {
    /// The header under way.
    bytes: Vec<u8>,
    places: HeadPlaces,
    /// The frame under way, and payload still to come.
    open: Option<(Header, u64)>,
    /// What the message under way is, and whether it has any bytes.
    message: Option<(WebSocketContent, bool)>,
    /// Whether bytes are missing, so that it is unknown where a frame begins.
    lost: bool,
}

impl WebSockets {
    /// Looks at a response's head: whether it opens a WebSocket (RFC 6455, 4.2.2).
    pub(super) fn head(&mut self, stream: u32, head: &[u8]) {
        let Some(head) = Head::parse(head) else { return };
        let switches = matches!(head.start, StartLine::Response { status: 101, .. });
        if switches && head.elements("upgrade").any(|protocol| protocol.eq_ignore_ascii_case(b"websocket")) {
            self.connections.entry(stream).or_default();
        }
    }

    /// Whether a connection is a WebSocket by now.
    pub(super) fn has(&self, stream: u32) -> bool {
        self.connections.contains_key(&stream)
    }

    /// The frames that end in segment `frame`, in order.
    pub(super) fn completed_in(&mut self, frame: u64) -> Vec<WebSocketFrame> {
        let completed = std::mem::take(&mut self.completed);
        completed.into_iter().filter(|(at, _)| *at == frame).map(|(_, frame)| frame).collect()
    }

    /// Bytes behind the upgrade, in order.
    pub(super) fn bytes(&mut self, stream: u32, from: End, piece: &Piece<'_>) {
        let Some(connection) = self.connections.get_mut(&stream) else { return };
        let direction = connection.get_mut(from);
        let mut rest = piece.data;
        while !rest.is_empty() && !direction.lost {
            let place = piece.carried.advanced(piece.data.len() - rest.len());
            let taken = direction.step(rest, place);
            rest = rest.get(taken..).unwrap_or_default();
            self.completed.extend(direction.take_complete().map(|frame| (piece.at.frame, frame)));
        }
        direction.lost |= piece.uncaptured > 0;
    }

    /// Bytes that no frame holds.
    pub(super) fn gap(&mut self, stream: u32, from: End) {
        if let Some(connection) = self.connections.get_mut(&stream) {
            connection.get_mut(from).lost = true;
        }
    }
}

impl Direction {
    /// Takes some of `rest`, which is not empty: how much.
    fn step(&mut self, rest: &[u8], place: Carried) -> usize {
        if let Some((_, remaining)) = &mut self.open {
            let taken = usize::try_from(*remaining).unwrap_or(usize::MAX).min(rest.len());
            *remaining -= taken as u64;
            return taken;
        }
        if self.places.last().is_none_or(|(_, last)| last.frame != place.frame) {
            self.places.push((self.bytes.len(), place));
        }
        self.bytes.extend(rest.first());
        self.open = Header::parse(&self.bytes).map(|header| (header, header.length));
        1
    }

    /// The frame under way, if all of it is there.
    fn take_complete(&mut self) -> Option<WebSocketFrame> {
        let (header, _) = self.open.take_if(|(_, remaining)| *remaining == 0)?;
        let (bytes, places) = (std::mem::take(&mut self.bytes), std::mem::take(&mut self.places));
        Some(WebSocketFrame { header, bytes, places, content: self.content(header) })
    }

    /// What of a message a frame completes.
    fn content(&mut self, header: Header) -> Option<WebSocketContent> {
        if header.is_control() {
            return None;
        }
        let begun = match header.opcode {
            opcode::TEXT => Some((WebSocketContent::Text, false)),
            opcode::CONTINUATION => self.message,
            _ => Some((WebSocketContent::Binary, false)),
        };
        self.message = begun.map(|(content, has_bytes)| (content, has_bytes || header.length > 0));
        let ended = if header.fin { self.message.take() } else { None };
        ended.filter(|(_, has_bytes)| *has_bytes).map(|(content, _)| content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tcp::Moment;

    const SWITCH: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\n\r\n";

    /// The opcodes and contents of the frames that end in each segment.
    fn frames(segments: &[&[u8]]) -> Vec<Vec<(u8, Option<WebSocketContent>)>> {
        let mut sockets = WebSockets::default();
        sockets.head(0, SWITCH);
        let found = (1..).zip(segments).map(|(frame, data)| {
            let carried = Carried { frame, offset: 54, sequence: 1, acknowledgment: None };
            let at = Moment { frame, time: None };
            let piece = Piece { data, uncaptured: 0, carried, at, segment_start: true };
            sockets.bytes(0, End::Other, &piece);
            sockets.completed_in(frame).iter().map(|frame| (frame.header.opcode, frame.content)).collect()
        });
        found.collect()
    }

    #[test]
    fn frames_are_found_however_the_stream_is_cut() {
        let text = Some(WebSocketContent::Text);
        // A text in two fragments with a ping between them, and an empty binary message.
        let stream = b"\x01\x82\0\0\0\0he\x89\x00\x80\x03llo\x82\x00";
        let all = vec![(1, None), (9, None), (0, text), (2, None)];
        for cut in 1..stream.len() {
            let found = frames(&[&stream[..cut], &stream[cut..]]);
            assert_eq!(found.concat(), all, "{cut}");
        }
        assert_eq!(frames(&[b"\x82\x05hel", b"lo"]), [vec![], vec![(2, Some(WebSocketContent::Binary))]]);
    }

    #[test]
    fn only_a_101_that_says_so_opens_one() {
        let mut sockets = WebSockets::default();
        sockets.head(0, b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n");
        sockets.head(1, b"HTTP/1.1 200 OK\r\nUpgrade: websocket\r\n\r\n");
        sockets.head(2, SWITCH);
        assert_eq!([0, 1, 2].map(|stream| sockets.has(stream)), [false, false, true]);
    }
}
