//! The Report: what a template sees under the name `report`. Facts only: numbers, codes, captured text; no prose.

use std::collections::BTreeMap;
use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::analysis::model::{Analysis, Application, Connection, Exchange, StepKind};
use crate::dissect::LayerTree;
pub use crate::evidence::{
    Acknowledged, BeforeClose, BodyFacts, BodyText, CharsetSource, Checksums, FrameFacts, PerSide, Point, SegmentFacts,
    Series,
};
use crate::packet::Endpoint;
use crate::text::Text;
use crate::time::Span;

/// The schema identifier of [`Report`] in JSON.
pub const SCHEMA: &str = "wirelab.report/1";

/// Everything a report can say.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Report {
    /// Always `wirelab.report/1`.
    pub schema: &'static str,
    /// The program that made it.
    pub generator: Generator,
    /// SHA-256 of the capture file as stored, in hexadecimal.
    pub sha256: String,
    /// The lab the report is for.
    pub lab: LabFacts,
    /// Who hands it in, as given on the command line.
    pub student: Student,
    /// The connections and exchanges of the capture: all of a usual one.
    pub analysis: Analysis,
    /// How many members the lists of `analysis` leave out; `wirelab inspect` has all.
    pub not_listed: NotListed,
    /// The chosen exchange and what else could be chosen; `null` without an exchange or connection.
    pub selection: Option<Selection>,
    /// The connection the report is about; `null` without TCP.
    pub connection: Option<Connection>,
    /// The exchange the report is about; `null` without HTTP.
    pub exchange: Option<Exchange>,
    /// The client of that connection.
    pub client: Option<Host>,
    /// The server of that connection.
    pub server: Option<Host>,
    /// What the lab asks for and what of it is there.
    pub evidence: Evidence,
    /// The packet list around the exchange.
    pub packet_list: PacketList,
    /// The segments of the handshake, in file order.
    pub handshake: Vec<Segment>,
    /// The segments of the close, in file order.
    pub close: Vec<Segment>,
    /// The HTTP layer of the request, also when it is incomplete.
    pub request: Option<LayerTree>,
    /// The HTTP layer of the response, also when it is incomplete.
    pub response: Option<LayerTree>,
    /// The request's body; `null` if it has none.
    pub request_body: Option<BodyFacts>,
    /// The response's body; `null` if it has none.
    pub response_body: Option<BodyFacts>,
    /// When the client's connections and exchanges took place.
    pub timeline: Timeline,
    /// The chosen connection's segments, for drawing.
    pub connection_series: Series,
    /// The chosen exchange's segments, for drawing: from its first to the acknowledgment of its response.
    pub exchange_series: Series,
    /// The first frames that acknowledge all of the chosen request and response.
    pub acknowledged: Acknowledged,
    /// What preceded the close; `null` without a FIN or RST, or without data before it.
    pub before_close: Option<BeforeClose>,
    /// What the checksums of the connection's frames say, by sender.
    pub checksums: PerSide<Checksums>,
    /// Number of source addresses of one family in the whole capture whose packets arrive with the server side's MAC address; several tell of a next hop.
    pub remote_ips_behind_mac: Option<u64>,
    /// Every frame that is named anywhere in the Report, by number.
    pub frames: BTreeMap<u64, FrameFacts>,
    /// Observations, most important first.
    pub findings: Vec<Finding>,
    /// What this capture does not show, each with how to record it.
    pub missing: Vec<Finding>,
}

/// How many members the lists of a Report's Analysis leave out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NotListed {
    /// Interfaces.
    pub interfaces: u64,
    /// Comments.
    pub comments: u64,
    /// Connections.
    pub connections: u64,
    /// Exchanges.
    pub exchanges: u64,
    /// Of these, exchanges on the chosen connection.
    pub exchanges_of_connection: u64,
    /// Responses whose request is not in the capture.
    pub orphan_responses: u64,
    /// Names.
    pub names: u64,
    /// Of these, names of the server or of the host asked for.
    pub names_of_server: u64,
    /// Ping targets.
    pub pings: u64,
    /// TLS connections.
    pub tls: u64,
    /// Diagnostics.
    pub diagnostics: u64,
}

/// The program that made a report.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Generator {
    /// `wirelab`.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// The lab a report is for.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct LabFacts {
    /// Its identifier.
    pub id: String,
    /// Host names the lab asks to visit; empty if any will do.
    pub hosts: Vec<String>,
    /// IANA name of the zone in which the report prints times.
    pub time_zone: String,
}

/// Who hands a report in.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct Student {
    /// Student number.
    pub id: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// Class.
    pub class: Option<String>,
}

/// What the report is about and why.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Selection {
    /// Stream index of the connection.
    pub stream: u32,
    /// Which request of the connection it is, from 1; `null` when the connection has no exchange.
    pub index: Option<u32>,
    /// The flag that chose it (`--stream`, `--frame`, `--host`); `null` when wirelab chose.
    pub flag: Option<String>,
    /// Codes of what spoke for it, most important first.
    pub reasons: Vec<crate::select::Reason>,
    /// Number of exchanges in the capture.
    pub candidates: usize,
    /// The next best exchanges on other targets, best first, few.
    pub alternatives: Vec<Alternative>,
}

/// Another exchange that could be chosen.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Alternative {
    /// Stream index of its connection.
    pub stream: u32,
    /// Which request of the connection it is, from 1.
    pub index: u32,
    /// The request's first frame: `--frame` with it chooses this exchange.
    pub frame: u64,
    /// Method.
    pub method: Text,
    /// Request target.
    pub target: Text,
    /// Host field.
    pub host: Option<Text>,
    /// Status of the response.
    pub status: Option<u16>,
    /// What the chosen exchange has before it; `null` when it would rank first.
    pub lacks: Option<crate::select::Reason>,
}

/// One side of the connection.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Host {
    /// IP address.
    pub ip: IpAddr,
    /// Port.
    pub port: u16,
    /// Source MAC address of the frames that carry this side's packets: its own, or the next hop's.
    pub mac: Option<String>,
    /// Names that DNS answers in the capture gave to the address.
    pub names: Vec<Text>,
    /// TTL or hop limit of its packets on this connection, each value once, in order of appearance.
    pub ttls: Vec<u8>,
}

/// What the lab asks for and what of it is in the capture.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Evidence {
    /// Whether all that the lab asks for is there.
    pub complete: bool,
    /// SYN, SYN-ACK and ACK of the connection.
    pub handshake: bool,
    /// The request, complete.
    pub request: bool,
    /// The response, complete.
    pub response: bool,
    /// Both FINs, acknowledged.
    pub close: bool,
}

/// Rows of the packet list of the chosen connection, as Wireshark's would show them.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PacketList {
    /// The phases of the connection that have frames, in file order. Rows and frames left out are together all its frames.
    pub phases: Vec<PhaseRows>,
    /// Frames of the connection that are not shown.
    pub left_out: u64,
    /// A display filter that shows the whole connection.
    pub filter: Option<String>,
}

/// The rows of one phase.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PhaseRows {
    /// The phase.
    pub phase: Phase,
    /// Frames shown, in file order; each has an entry in the Report's `frames`.
    pub rows: Vec<u64>,
    /// Frames of the phase that are not shown.
    pub left_out: u64,
}

/// A part of a connection's life, by frame number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Up to the end of the handshake.
    Opening,
    /// From there to the chosen request; all up to the close when there is none.
    Before,
    /// The request.
    Request,
    /// From there to the end of the response.
    Response,
    /// From there to the close.
    After,
    /// From the first FIN or RST.
    Closing,
}

/// The connections of the chosen one's client and the exchanges on them, in time. Times are seconds since the first frame of the
/// capture. Every frame here has an entry in the Report's `frames`.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct Timeline {
    /// The connections, in order of stream: the chosen one, and those nearest to it.
    pub connections: Vec<TimelineConnection>,
    /// Connections of the client that are not listed.
    pub connections_left_out: u64,
    /// Exchanges on the listed connections, in order of request.
    pub exchanges: Vec<TimelineExchange>,
    /// Exchanges of the client that are not listed.
    pub exchanges_left_out: u64,
}

/// One connection in time; its frames are in the Analysis, under its stream.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TimelineConnection {
    /// Stream index.
    pub stream: u32,
    /// The client's port.
    pub client_port: u16,
    /// The server.
    pub server: Endpoint,
    /// What it carries.
    pub carries: Application,
    /// Time of its first frame.
    pub first_time: Option<Span>,
    /// Time of its last frame.
    pub last_time: Option<Span>,
    /// Time of the SYN.
    pub syn_time: Option<Span>,
    /// Time of the ACK that completes the handshake.
    pub established_time: Option<Span>,
    /// Number of exchanges on it.
    pub exchanges: u64,
}

/// One exchange in time.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TimelineExchange {
    /// Stream index of its connection.
    pub stream: u32,
    /// Which request of the connection it is, from 1.
    pub index: u32,
    /// Method.
    pub method: Text,
    /// Request target.
    pub target: Text,
    /// Host field.
    pub host: Option<Text>,
    /// Status of the response.
    pub status: Option<u16>,
    /// What its content is for, by its media type; `null` without Content-Type.
    pub kind: Option<ContentKind>,
    /// Bytes of the response's body as transferred.
    pub body_bytes: Option<u64>,
    /// Whether the response is complete.
    pub complete: bool,
    /// First frame of the request.
    pub request_frame: u64,
    /// Its time.
    pub request_time: Option<Span>,
    /// First frame of the response.
    pub response_first_frame: Option<u64>,
    /// Its time.
    pub response_first_time: Option<Span>,
    /// The frame that completes the response.
    pub response_frame: Option<u64>,
    /// Its time.
    pub response_time: Option<Span>,
    /// First frame of the latest earlier request for the URL that the Referer names; `null` if there is none.
    pub referred_by: Option<u64>,
}

/// What content is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContentKind {
    /// A page.
    Html,
    /// A style sheet.
    Css,
    /// A script.
    Script,
    /// A picture.
    Image,
    /// A font.
    Font,
    /// Sound or video.
    Media,
    /// JSON or XML.
    Data,
    /// Anything else.
    Other,
}

/// A segment of the handshake or the close.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Segment {
    /// What it does there.
    pub step: SegmentStep,
    /// Time since the segment before it in this list.
    pub since_previous: Option<Span>,
    /// Its numbers.
    #[serde(flatten)]
    pub facts: SegmentFacts,
}

/// What a segment does in a handshake or close.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SegmentStep {
    /// The SYN.
    Syn,
    /// A retransmitted SYN.
    SynCopy,
    /// The SYN-ACK.
    SynAck,
    /// An acknowledgment.
    Ack,
    /// A FIN.
    Fin,
    /// A FIN that is the first to acknowledge the peer's.
    FinAck,
    /// A reset.
    Rst,
}

impl From<StepKind> for SegmentStep {
    fn from(step: StepKind) -> Self {
        match step {
            StepKind::Fin => Self::Fin,
            StepKind::Ack => Self::Ack,
            StepKind::FinAck => Self::FinAck,
            StepKind::Rst => Self::Rst,
        }
    }
}

/// How a finding is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// As it should be.
    Good,
    /// Worth knowing.
    Note,
    /// Something went wrong or is missing.
    Problem,
}

/// A typed observation with its evidence.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Finding {
    /// A stable code; the lab's locale files word it.
    pub code: &'static str,
    /// How it is marked.
    pub tone: Tone,
    /// Whether a reader should know it before anything else.
    pub major: bool,
    /// Values that belong to the code.
    pub params: Map<String, Value>,
    /// Frames that prove it.
    pub frames: Vec<u64>,
}

impl Finding {
    /// A finding without parameters.
    #[must_use]
    pub fn new(code: &'static str, frames: impl IntoIterator<Item = u64>) -> Self {
        Self { code, tone: Tone::Note, major: true, params: Map::new(), frames: frames.into_iter().collect() }
    }

    /// The same, with its mark and whether it is major.
    #[must_use]
    pub fn marked(self, tone: Tone, major: bool) -> Self {
        Self { tone, major, ..self }
    }

    /// The same with one more parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.params.insert(name.to_owned(), value.into());
        self
    }
}
