//! The Analysis: all connections and exchanges of a capture, as `wirelab inspect --format json` prints them.
//!
//! Every field is present in JSON, `null` if unknown or not in the capture. Times count as described in
//! [`crate::time`], captured text as in [`crate::text`].

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Serialize;

use crate::capture::{Compression, Format, Interface, LinkType};
use crate::copies::Repeated;
use crate::diagnostic::Diagnostic;
use crate::packet::{Endpoint, QuotedSegment};
use crate::select::Reason;
use crate::text::Text;
use crate::time::{Span, Timestamp};

/// The schema identifier of [`Analysis`] in JSON.
pub const SCHEMA: &str = "wirelab.analysis/1";

/// What one pass over a capture found.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Analysis {
    /// Always `wirelab.analysis/1`.
    pub schema: &'static str,
    /// The file and its frames as a whole.
    pub capture: Capture,
    /// TCP connections in order of stream index.
    pub connections: Vec<Connection>,
    /// HTTP exchanges in order of (stream, index).
    pub exchanges: Vec<Exchange>,
    /// Responses whose request is not in the capture.
    pub orphan_responses: Vec<OrphanResponse>,
    /// Addresses that DNS answers gave to names, in order of answer.
    pub names: Vec<Name>,
    /// Echo requests and replies, one object per pinged target.
    pub pings: Vec<Ping>,
    /// ICMP errors about segments of connections, in file order.
    #[serde(skip)]
    pub icmp_errors: Vec<IcmpError>,
    /// TLS connections with a Client Hello, in order of stream.
    pub tls: Vec<Tls>,
    /// The representative exchange; `null` when there is no exchange.
    pub selected: Option<Selected>,
    /// What was odd, in order of frame.
    pub diagnostics: Vec<Diagnostic>,
}

impl Analysis {
    /// Where the exchanges of a connection stand in [`Self::exchanges`].
    pub(crate) fn exchange_range(&self, stream: u32) -> std::ops::Range<usize> {
        let start = self.exchanges.partition_point(|exchange| exchange.stream < stream);
        let behind = self.exchanges.get(start..).unwrap_or_default();
        start..start + behind.partition_point(|exchange| exchange.stream == stream)
    }

    /// The exchanges of a connection.
    pub(crate) fn exchanges_of(&self, stream: u32) -> &[Exchange] {
        self.exchanges.get(self.exchange_range(stream)).unwrap_or_default()
    }

    /// What is known of TLS on a connection.
    pub(crate) fn tls_of(&self, stream: u32) -> Option<&Tls> {
        self.tls.get(self.tls.binary_search_by_key(&stream, |tls| tls.stream).ok()?)
    }

    /// The connection of a stream index. All connections are there, or the first and some others, in order.
    pub(crate) fn connection(&self, stream: u32) -> Option<&Connection> {
        let at = self.connections.binary_search_by_key(&stream, |connection| connection.stream).ok()?;
        self.connections.get(at)
    }
}

/// An ICMP (RFC 792) or `ICMPv6` (RFC 4443) error about a segment of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IcmpError {
    /// Its frame.
    pub frame: u64,
    /// The connection whose addresses and ports it quotes, the newest of them before it.
    pub stream: u32,
    /// Who reports it.
    pub reporter: IpAddr,
    /// Whether it is `ICMPv6`.
    pub v6: bool,
    /// Type.
    pub kind: u8,
    /// Code.
    pub code: u8,
    /// The MTU of the next hop, of an error that tells it.
    pub mtu: Option<u32>,
    /// The segment that did not arrive, as far as it is quoted.
    pub quoted: QuotedSegment,
}

/// The capture file.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Capture {
    /// Base name of the file, `-` for standard input.
    pub file: Text,
    /// Size of the file in bytes, as stored.
    pub bytes: u64,
    /// File format.
    pub format: Format,
    /// Compression around it.
    pub compression: Option<Compression>,
    /// Link types of the interfaces, each once, in order.
    pub link_types: Vec<LinkType>,
    /// Number of frames.
    pub frames: u64,
    /// Earliest time of a frame.
    pub first_time: Option<Timestamp>,
    /// Latest time of a frame.
    pub last_time: Option<Timestamp>,
    /// Latest minus earliest.
    pub duration: Option<Span>,
    /// Capture interfaces.
    pub interfaces: Vec<Interface>,
    /// Hardware of the capturing machine, as the file says.
    pub hardware: Option<Text>,
    /// Operating system of the capturing machine, as the file says.
    pub os: Option<Text>,
    /// Application that wrote the file, as the file says.
    pub application: Option<Text>,
    /// Frames stored shorter than they were on the wire.
    pub snapped_frames: u64,
    /// Frames that repeat an earlier recording of the same packet.
    pub copies: u64,
    /// The first of them.
    #[serde(skip)]
    pub first_copy: Option<FirstCopy>,
    /// Comments on the file.
    pub comments: Vec<Text>,
}

/// A frame that repeats an earlier recording of the same packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstCopy {
    /// The frame.
    pub frame: u64,
    /// What it repeats.
    pub repeated: Repeated,
}

/// One TCP connection: both directions, one incarnation.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Connection {
    /// Wireshark's `tcp.stream`.
    pub stream: u32,
    /// The side that opened the connection.
    pub client: Endpoint,
    /// The other side.
    pub server: Endpoint,
    /// Whether client and server were told apart without a SYN.
    pub client_inferred: bool,
    /// What the connection carries, recognised by content.
    pub application: Application,
    /// First frame.
    pub first_frame: u64,
    /// Last frame.
    pub last_frame: u64,
    /// Number of frames.
    pub frames: u64,
    /// Wireshark's `tcp.completeness`: 1 SYN, 2 SYN-ACK, 4 ACK, 8 DATA, 16 FIN, 32 RST.
    pub completeness: u8,
    /// How it was opened.
    pub handshake: Handshake,
    /// How it ended.
    pub close: Close,
    /// Payload bytes the client sent, a byte counted once.
    pub client_bytes: u64,
    /// Payload bytes the server sent, a byte counted once.
    pub server_bytes: u64,
    /// Segments that Wireshark marks as retransmission, fast and spurious ones included.
    pub retransmissions: u64,
    /// Segments that Wireshark marks as out of order.
    pub out_of_order: u64,
    /// Segments that Wireshark marks as duplicate acknowledgment.
    pub duplicate_acks: u64,
    /// Payload bytes within the byte streams that no frame holds.
    pub missing_bytes: u64,
}

impl Connection {
    /// Whether the server answered the SYN with a RST.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        let reset_by = self.close.steps.first().filter(|step| step.step == StepKind::Rst).map(|step| step.from);
        let nothing_sent = self.client_bytes + self.server_bytes == 0 && self.handshake.ack.is_none();
        self.handshake.syn.is_some()
            && self.handshake.syn_ack.is_none()
            && reset_by == Some(Side::Server)
            && nothing_sent
    }

    /// Whether there are SYNs and nothing else.
    #[must_use]
    pub fn is_unanswered(&self) -> bool {
        const SYN_ONLY: u8 = 1;
        self.completeness == SYN_ONLY && self.handshake.syn.is_some()
    }

    /// Whether the connection was made, as far as the capture tells: its SYN-ACK was captured, or the recording began
    /// within it, or its client went on as it only does after a SYN-ACK that was not captured.
    #[must_use]
    pub fn is_made(&self) -> bool {
        const ACK: u8 = 4;
        const FIN: u8 = 16;
        let reset_by = self.close.steps.iter().find(|step| step.step == StepKind::Rst).map(|step| step.from);
        // A server refuses with a RST that has the ACK flag.
        let acknowledges = self.completeness & ACK != 0 && reset_by != Some(Side::Server);
        self.handshake.syn.is_none()
            || self.handshake.syn_ack.is_some()
            || acknowledges
            || self.completeness & FIN != 0
            || self.server_bytes > 0
    }
}

/// What a connection carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Application {
    /// HTTP/1.x.
    Http,
    /// TLS.
    Tls,
    /// HTTP/2 without TLS.
    Http2,
    /// Payload of another kind.
    Unknown,
    /// No payload.
    None,
}

/// The opening of a connection (RFC 9293, 3.5).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Handshake {
    /// First SYN.
    pub syn: Option<u64>,
    /// Later copies of that SYN: same port, same number.
    pub syn_copies: Vec<u64>,
    /// First SYN-ACK that acknowledges the SYN.
    pub syn_ack: Option<u64>,
    /// First segment of the client that acknowledges the SYN-ACK.
    pub ack: Option<u64>,
    /// Whether all three are in the capture.
    pub complete: bool,
    /// `ack` minus the last SYN before `syn_ack` (Wireshark's iRTT).
    pub rtt: Option<Span>,
    /// What the client's SYN said.
    pub client: Option<SynFacts>,
    /// What the server's SYN-ACK said.
    pub server: Option<SynFacts>,
}

/// The content of a SYN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SynFacts {
    /// Initial sequence number, raw.
    pub isn: u32,
    /// Maximum segment size option, in bytes.
    pub mss: Option<u16>,
    /// Window field, in bytes: a SYN's is never scaled.
    pub window: u16,
    /// Window scale option: the shift count.
    pub window_scale: Option<u8>,
    /// Selective acknowledgment permitted.
    pub sack_permitted: bool,
    /// Timestamps option.
    pub timestamps: bool,
}

/// A side of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The side that opened the connection.
    Client,
    /// The other side.
    Server,
}

impl Side {
    /// `client` or `server`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Side::Client => "client",
            Side::Server => "server",
        }
    }

    /// The other side.
    #[must_use]
    pub fn peer(self) -> Self {
        match self {
            Side::Client => Side::Server,
            Side::Server => Side::Client,
        }
    }
}

/// The end of a connection (RFC 9293, 3.6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Close {
    /// In which way it ended.
    pub kind: CloseKind,
    /// Sender of the first FIN, or of the RST if there is no FIN.
    pub first: Option<Side>,
    /// Whether both FINs are acknowledged.
    pub complete: bool,
    /// The segments it consists of, in file order.
    pub steps: Vec<CloseStep>,
}

/// In which way a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CloseKind {
    /// FIN, ACK, FIN, ACK.
    FourSegment,
    /// FIN, FIN with ACK, ACK.
    ThreeSegment,
    /// Neither FIN acknowledges the other.
    Simultaneous,
    /// Only one side sent a FIN.
    HalfClosed,
    /// A RST before both FINs were acknowledged.
    Reset,
    /// No FIN and no RST.
    None,
}

/// One segment of a close.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CloseStep {
    /// Its frame.
    pub frame: u64,
    /// Its sender.
    pub from: Side,
    /// What it does.
    pub step: StepKind,
}

/// What a segment does in a close.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// A FIN.
    Fin,
    /// The first acknowledgment that covers the peer's FIN.
    Ack,
    /// A FIN whose acknowledgment is the first to cover the peer's FIN.
    FinAck,
    /// A reset.
    Rst,
}

/// An HTTP request and its final response.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Exchange {
    /// Its connection.
    pub stream: u32,
    /// Which request of the connection it is, from 1.
    pub index: u32,
    /// The request.
    pub request: Box<Request>,
    /// The final response; `null` when no head of it was seen.
    pub response: Option<Box<Response>>,
    /// Request complete to response complete (Wireshark's `http.time`).
    pub time: Option<Span>,
}

/// An HTTP request (RFC 9112, 3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Request {
    /// Frame that holds its first byte.
    pub first_frame: u64,
    /// Frame that made it complete; `null` while incomplete.
    pub frame: Option<u64>,
    /// Whether head and body are in the capture.
    pub complete: bool,
    /// Method.
    pub method: Text,
    /// Request target.
    pub target: Text,
    /// Version, such as `HTTP/1.1`.
    pub version: Text,
    /// Host field.
    pub host: Option<Text>,
    /// Bytes of the head: request line, fields, empty line.
    pub header_bytes: u64,
    /// Bytes of the body as transferred, chunk framing removed.
    pub body_bytes: u64,
}

/// An HTTP response (RFC 9112, 4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Response {
    /// Frame that holds its first byte.
    pub first_frame: u64,
    /// Frame that made it complete; `null` while incomplete.
    pub frame: Option<u64>,
    /// Whether head and body are in the capture.
    pub complete: bool,
    /// Status code.
    pub status: u16,
    /// Reason phrase.
    pub reason: Text,
    /// Version, such as `HTTP/1.1`.
    pub version: Text,
    /// Content-Type field.
    pub content_type: Option<Text>,
    /// Content-Encoding field.
    pub content_encoding: Option<Text>,
    /// Transfer-Encoding field.
    pub transfer_encoding: Option<Text>,
    /// Bytes of the head: status line, fields, empty line.
    pub header_bytes: u64,
    /// Bytes of the body as transferred, chunk framing removed.
    pub body_bytes: u64,
    /// Interim responses before it: 1xx but 101.
    pub interim: Vec<Interim>,
}

/// An interim response (RFC 9110, 15.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Interim {
    /// Status code, 100 to 199 but not 101.
    pub status: u16,
    /// Frame that made it complete.
    pub frame: u64,
}

/// A response whose request is not in the capture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OrphanResponse {
    /// Its connection.
    pub stream: u32,
    /// The response.
    #[serde(flatten)]
    pub response: Box<Response>,
}

/// An address that a DNS answer gave to a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Name {
    /// The name that was asked for.
    pub name: Text,
    /// The address.
    pub address: IpAddr,
    /// Frame of the query.
    pub query_frame: Option<u64>,
    /// Frame of the answer.
    pub answer_frame: u64,
}

/// Echo requests to one target (RFC 792, RFC 4443).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Ping {
    /// Address that was pinged.
    pub target: IpAddr,
    /// Number of requests.
    pub sent: u64,
    /// Number of requests with a reply.
    pub received: u64,
    /// TTL or hop limit of the first reply.
    pub ttl: Option<u8>,
    /// Round trip of each request; `null` without a reply.
    pub rtts: Vec<Option<Span>>,
    /// Request and reply frame of each request.
    pub frames: Vec<(u64, Option<u64>)>,
}

/// A TLS connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Tls {
    /// Its connection.
    pub stream: u32,
    /// Server name indication of the Client Hello (RFC 6066, 3).
    pub server_name: Option<Text>,
    /// Version as negotiated; `null` without a Server Hello.
    pub version: Option<String>,
    /// Application protocols the client offers (RFC 7301).
    pub alpn: Vec<Text>,
    /// Frame that completes the Client Hello.
    pub client_hello: u64,
}

/// The representative exchange and why it was chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Selected {
    /// Its connection.
    pub stream: u32,
    /// Which request of the connection.
    pub index: u32,
    /// What spoke for it, most important first.
    pub reasons: Vec<Reason>,
}
