//! What pass 2 brings along.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::parts::Part;
use super::series::Series;
use crate::analysis::model::Side;
use crate::dissect::LayerTree;
use crate::text::Text;
use crate::time::{Span, Timestamp};

/// What was asked for with [`Wanted`](super::Wanted).
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// The wanted trees and rows, and rows of the chosen connection, by frame.
    pub frames: BTreeMap<u64, FrameFacts>,
    /// The HTTP layer of the chosen exchange's request, as far as it is in the capture.
    pub request: Option<LayerTree>,
    /// The HTTP layer of its response, as far as it is in the capture.
    pub response: Option<LayerTree>,
    /// The request's body; `None` if it has none.
    pub request_body: Option<BodyFacts>,
    /// The response's body; `None` if it has none.
    pub response_body: Option<BodyFacts>,
    /// The segments of the chosen connection.
    pub segments: Segments,
    /// Frames of the chosen connection in each of the phases that were asked for.
    pub phase_frames: Vec<u64>,
    /// The chosen connection's segments, for drawing.
    pub connection_series: Series,
    /// The segments from the chosen request's first to the acknowledgment of its response, for drawing.
    pub exchange_series: Series,
    /// Who acknowledged the messages of the chosen exchange.
    pub acknowledged: Acknowledged,
    /// What preceded the close of the chosen connection; `None` without a FIN or RST, or without data before it.
    pub before_close: Option<BeforeClose>,
    /// Of each TLS connection the first frame in which a record of application data ends.
    pub sealed: BTreeMap<u32, u64>,
    /// The Referer of requests (stream, index from 1), as sent.
    pub referers: BTreeMap<(u32, u32), Text>,
    /// What the responses on the chosen connection say in Keep-Alive, by number of their request, from 1.
    pub keep_alives: BTreeMap<u32, KeepAlive>,
    /// Checksums on the chosen connection.
    pub checksums: PerSide<Checksums>,
    /// Source MAC addresses of each side's frames on the chosen connection, each once, in order of appearance.
    pub macs: PerSide<Vec<String>>,
    /// TTL or hop limit of each side's packets, each value once, in order of appearance.
    pub ttls: PerSide<Vec<u8>>,
    /// Different source IP addresses of one family in the whole capture that arrive from the server side's first MAC address; several
    /// tell of a next hop. `None` if it was not asked for or the frames have no MAC addresses.
    pub remote_ips_behind_mac: Option<u64>,
}

/// One value for each side of the connection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PerSide<T> {
    /// The client's.
    pub client: T,
    /// The server's.
    pub server: T,
}

impl<T> PerSide<T> {
    /// The value of one side.
    pub fn get(&self, side: Side) -> &T {
        match side {
            Side::Client => &self.client,
            Side::Server => &self.server,
        }
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, side: Side) -> &mut T {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }
}

/// The first frames that acknowledge all of a message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Acknowledged {
    /// Number of the server's frame that does so for the request.
    pub request: Option<u64>,
    /// Number of the client's frame that does so for the response.
    pub response: Option<u64>,
}

/// A Keep-Alive field (RFC 2068, 19.7.1.1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KeepAlive {
    /// Seconds that the server keeps an idle connection.
    pub timeout: Option<u64>,
    /// Requests that it still takes.
    pub max: Option<u64>,
}

/// The time before the first FIN or RST of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BeforeClose {
    /// Number of the last frame with payload before it, keep-alive probes not counted.
    pub last_data: u64,
    /// Number of the frame with the first FIN or RST.
    pub frame: u64,
    /// Segments without new payload between the two.
    pub bare_segments: u64,
    /// Number of the last frame of these.
    pub last_bare: Option<u64>,
}

/// One frame as the report shows it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FrameFacts {
    /// Its number, from 1.
    pub number: u64,
    /// When it was captured.
    pub time: Option<Timestamp>,
    /// Seconds since the first frame.
    pub time_relative: Option<Span>,
    /// Wireshark's Source column.
    pub source: String,
    /// Wireshark's Destination column.
    pub destination: String,
    /// Wireshark's Protocol column.
    pub protocol: String,
    /// Length on the wire in bytes.
    pub length: u32,
    /// Bytes of it that were captured.
    pub captured: u32,
    /// Wireshark's Info column.
    pub info: Text,
    /// Stream index of its TCP connection.
    pub stream: Option<u32>,
    /// Its sender on that connection.
    pub from: Option<Side>,
    /// Field tree; empty for frames of which only the row is shown.
    pub layers: Vec<LayerTree>,
    /// The captured bytes in hexadecimal, for frames with a field tree.
    pub bytes: Option<String>,
    /// What its bytes are, outermost header first, for frames with a field tree and a TCP segment; the sum is `length`. Empty where not every byte
    /// is accounted for.
    pub parts: Vec<Part>,
}

/// What is known of a body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BodyFacts {
    /// Bytes as transferred, chunk framing removed.
    pub transferred: u64,
    /// Bytes behind all codings; `null` if they could not be undone.
    pub decoded: Option<u64>,
    /// Why they could not be undone.
    pub undecoded: Option<UndecodedReason>,
    /// Content codings and transfer codings but chunked, in lower case, in the order in which they were applied.
    pub codings: Vec<Text>,
    /// The charset parameter of Content-Type (RFC 9110, 8.3.2), as sent.
    pub charset: Option<Text>,
    /// The beginning of the content, decoded; `null` when Content-Type does not say that it is text, or it could not be decoded.
    pub text: Option<BodyText>,
}

/// The beginning of content that is text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BodyText {
    /// At most 800 characters; a byte that is not in the charset is U+FFFD.
    pub excerpt: String,
    /// Whether that is all of it.
    pub whole: bool,
    /// Whether bytes of it are not in the charset.
    pub malformed: bool,
    /// The charset that it was read in, by its name in the WHATWG Encoding Standard.
    pub charset: &'static str,
    /// The label that declares it; `null` when nothing does.
    pub label: Option<String>,
    /// How the charset is known.
    pub source: CharsetSource,
}

/// How a charset is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CharsetSource {
    /// A byte order mark begins the content.
    ByteOrderMark,
    /// Content-Type declares it.
    ContentType,
    /// The content declares it itself, as in a `meta` element.
    Content,
    /// All bytes are ASCII, so that it does not matter.
    Ascii,
    /// The bytes look like it.
    Guessed,
}

/// Why a body was not decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UndecodedReason {
    /// The message is not complete in the capture.
    Incomplete,
    /// It is longer than wirelab keeps or decodes.
    TooLong,
    /// A content coding that wirelab does not know.
    UnknownCoding,
    /// The bytes are not in the coding that the header names.
    Malformed,
}

/// The segments of a connection, in file order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Segments {
    /// The first ones.
    pub list: Vec<SegmentFacts>,
    /// How many more there are.
    pub left_out: u64,
}

/// One segment of the chosen connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SegmentFacts {
    /// Number of its frame.
    pub frame: u64,
    /// Its sender.
    pub from: Side,
    /// Seconds since the first frame of the capture.
    pub time_relative: Option<Span>,
    /// Flags as Wireshark's Info column prints them, such as `SYN, ACK`.
    pub flags: String,
    /// Relative sequence number.
    pub seq: u32,
    /// Raw sequence number.
    pub seq_raw: u32,
    /// Relative acknowledgment number; `null` without the ACK flag.
    pub ack: Option<u32>,
    /// The identification of its IPv4 header.
    #[serde(skip)]
    pub identification: Option<u16>,
    /// Bytes of TCP header and payload.
    #[serde(skip)]
    pub length: u32,
    /// Whether its checksum is wrong, and not for having been left to the network card.
    #[serde(skip)]
    pub is_damaged: bool,
    /// Raw acknowledgment number; `null` without the ACK flag.
    pub ack_raw: Option<u32>,
    /// Payload bytes.
    pub len: u32,
    /// Window field as sent, before scaling.
    pub window: u16,
    /// Window in bytes after scaling; `null` when the scale is unknown.
    pub window_scaled: Option<u64>,
    /// What Wireshark's sequence analysis says of it, as codes such as `retransmission` or `duplicate_ack`;
    /// `copy` alone for a packet that was recorded before, which is not analysed.
    pub marks: Vec<&'static str>,
}

impl SegmentFacts {
    /// Whether it is another recording of a packet that an earlier frame holds.
    #[must_use]
    pub fn is_copy(&self) -> bool {
        self.marks.contains(&"copy")
    }

    /// Whether it repeats bytes, as Wireshark's analysis says.
    #[must_use]
    pub fn is_retransmission(&self) -> bool {
        self.marks.iter().any(|mark| mark.ends_with("retransmission"))
    }
}

/// Checksums of one side's packets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Checksums {
    /// Frames looked at.
    pub frames: u64,
    /// IPv4 headers whose checksum field is 0: left to the network card.
    pub ip_zero: u64,
    /// IPv4 headers with a right checksum.
    pub ip_valid: u64,
    /// IPv4 headers with a wrong checksum.
    pub ip_bad: u64,
    /// Segments with a right checksum.
    pub tcp_valid: u64,
    /// Segments whose checksum field is the sum over the pseudo-header only: left to the network card.
    pub tcp_partial: u64,
    /// Segments with a wrong checksum.
    pub tcp_bad: u64,
    /// Segments that cannot be checked: cut by a snap length.
    pub not_checkable: u64,
}
