//! WebSocket frames (RFC 6455) in the segment that completes them.

use super::layer::Layer;
use super::tree::LayerTree;
use crate::http::HeadPlaces;
use crate::packet::websocket::{Header, opcode};

/// A frame that the second pass found.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) header: Header,
    /// The header's bytes.
    pub(crate) bytes: Vec<u8>,
    pub(crate) places: HeadPlaces,
    /// What the message is that ends with it; `None` for another frame, and for an empty message.
    pub(crate) content: Option<Content>,
}

/// What a message holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    Text,
    Binary,
}

impl Content {
    /// Its name in `frame.protocols`.
    pub(super) fn protocol(self) -> &'static str {
        match self {
            Content::Text => "data-text-lines",
            Content::Binary => "data",
        }
    }
}

/// Fields of the headers of the frames that end in segment `number`.
pub(super) fn layer(frames: &[Frame], number: u64) -> LayerTree {
    let start = Layer::reassembled("websocket", &[], &[], number);
    frames.iter().fold(start, |layer, frame| header(layer.reading(&frame.bytes, &frame.places), frame.header)).done()
}

fn header(layer: Layer<'_>, header: Header) -> Layer<'_> {
    let key_at = header.size.saturating_sub(4);
    layer
        .field("websocket.fin", u8::from(header.fin), 0, 1)
        .field("websocket.rsv", format!("{:#04x}", header.reserved), 0, 1)
        .field("websocket.opcode", header.opcode, 0, 1)
        .field("websocket.mask", u8::from(header.masked), 1, 1)
        .field("websocket.payload_length", header.short_length, 1, 1)
        .with(|layer| match header.short_length {
            126 => layer.field("websocket.payload_length_ext_16", header.length, 2, 2),
            127 => layer.field("websocket.payload_length_ext_64", header.length, 2, 8),
            _ => layer,
        })
        .with(|layer| if header.masked { layer.bytes("websocket.masking_key", key_at, 4) } else { layer })
}

/// The Info column: of several frames Wireshark names the last.
pub(super) fn info(frame: &Frame) -> String {
    let name = match frame.header.opcode {
        opcode::CONTINUATION => "Continuation",
        opcode::TEXT => "Text",
        opcode::BINARY => "Binary",
        opcode::CLOSE => "Connection Close",
        opcode::PING => "Ping",
        opcode::PONG => "Pong",
        _ => "Unknown",
    };
    let fin = if frame.header.fin { " [FIN]" } else { "" };
    let mask = if frame.header.masked { "[MASKED]" } else { "" };
    format!("WebSocket {name}{fin} {mask}")
}
