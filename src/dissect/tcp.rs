//! TCP (RFC 9293), with what Wireshark derives from the whole connection.

use super::ip::UNVERIFIED;
use super::layer::Layer;
use super::tcp_options;
use super::tree::LayerTree;
use crate::analysis::model::{Connection, Side};
use crate::packet::{Packet, Tcp, TcpFlags};
use crate::tcp::{AckFacts, End, Marks, Moment, Numbers, Sighting};
use crate::time::Span;

/// A segment as part of its connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Segment<'a> {
    pub(crate) tcp: &'a Tcp<'a>,
    pub(crate) now: Moment,
    pub(crate) sighting: Sighting,
    pub(crate) acks: AckFacts,
    pub(crate) bytes_in_flight: Option<u32>,
    pub(crate) connection: &'a Connection,
    /// The connection's numbers as they hold at this segment.
    pub(crate) numbers: Numbers,
}

impl Segment<'_> {
    fn base(&self, end: End) -> u32 {
        self.numbers.base.get(end).unwrap_or(0)
    }

    /// The sender.
    pub(crate) fn side(&self) -> Side {
        crate::analysis::side(&self.numbers, self.sighting.from)
    }

    /// `tcp.seq`: counted from the sender's initial sequence number.
    pub(crate) fn sequence(&self) -> u32 {
        self.tcp.sequence.wrapping_sub(self.base(self.sighting.from))
    }

    /// `tcp.nxtseq`: a SYN or FIN counts one, both count one.
    pub(crate) fn next_sequence(&self) -> u32 {
        let control = self.tcp.flags.intersects(TcpFlags::SYN.union(TcpFlags::FIN));
        self.sequence().wrapping_add(self.tcp.payload_length).wrapping_add(control.into())
    }

    /// `tcp.ack`: counted from the peer's initial sequence number; without the ACK flag the field as it is.
    pub(crate) fn acknowledgment(&self) -> u32 {
        if self.tcp.flags.contains(TcpFlags::ACK) {
            self.relative_to_peer(self.tcp.acknowledgment)
        } else {
            self.tcp.acknowledgment
        }
    }

    /// A number of the peer's byte stream, counted from the peer's initial sequence number.
    pub(super) fn relative_to_peer(&self, number: u32) -> u32 {
        number.wrapping_sub(self.base(self.sighting.from.peer()))
    }

    /// `tcp.window_size_scalefactor`: the multiplier, -1 unknown, -2 not used. A SYN's window is never scaled.
    pub(crate) fn scale_factor(&self) -> Option<i64> {
        let scale = self.numbers.scale.get(self.sighting.from);
        (!self.tcp.flags.contains(TcpFlags::SYN)).then(|| scale.wireshark())
    }

    /// The window in bytes; `None` when its scale is unknown.
    pub(crate) fn window(&self) -> Option<u64> {
        if self.tcp.flags.contains(TcpFlags::SYN) {
            return Some(self.tcp.window.into());
        }
        self.numbers.scale.get(self.sighting.from).apply(self.tcp.window)
    }

    /// `tcp.completeness`.
    fn completeness(&self) -> u8 {
        if self.sighting.first { self.numbers.first_completeness } else { self.connection.completeness }
    }

    /// `tcp.time_relative`.
    fn since_first(&self) -> Option<Span> {
        Some(self.now.time? - self.numbers.first_time?)
    }

    /// Whether Wireshark's analysis says anything of the segment; of a copy it is not told.
    fn is_analysed(&self) -> bool {
        let marked = !self.sighting.is_copy() && self.sighting.marks.any();
        self.acks.acks_frame.is_some() || self.bytes_in_flight.is_some() || marked
    }
}

/// Fields of a segment.
pub(super) fn layer(packet: &Packet<'_>, tcp: &Tcp<'_>, segment: Option<&Segment<'_>>) -> LayerTree {
    let layer = Layer::new("tcp", packet.bytes, tcp.offset).field("tcp.srcport", tcp.source_port, 0, 2).field(
        "tcp.dstport",
        tcp.destination_port,
        2,
        2,
    );
    let Some(segment) = segment else {
        return layer.done();
    };
    layer
        .generated("tcp.stream", segment.sighting.stream)
        .generated("tcp.completeness", segment.completeness())
        .generated("tcp.len", tcp.payload_length)
        .field("tcp.seq", segment.sequence(), 4, 4)
        .field("tcp.seq_raw", tcp.sequence, 4, 4)
        .generated("tcp.nxtseq", segment.next_sequence())
        .field("tcp.ack", segment.acknowledgment(), 8, 4)
        .field("tcp.ack_raw", tcp.acknowledgment, 8, 4)
        .field("tcp.hdr_len", tcp.header_length, 12, 1)
        .with(|layer| flags(layer, tcp.flags))
        .field("tcp.window_size_value", tcp.window, 14, 2)
        .generated("tcp.window_size", segment.window().unwrap_or(tcp.window.into()))
        .generated_if("tcp.window_size_scalefactor", segment.scale_factor())
        .field("tcp.checksum", format_args!("{:#06x}", tcp.checksum), 16, 2)
        .generated("tcp.checksum.status", UNVERIFIED)
        .field("tcp.urgent_pointer", tcp.urgent_pointer, 18, 2)
        .with(|layer| tcp_options::fields(layer, segment))
        .generated_if("tcp.time_relative", segment.since_first())
        .generated_if("tcp.time_delta", segment.now.since(segment.sighting.previous))
        .with(|layer| analysis(layer, segment))
        .done()
}

/// Single flags: name, mask, and the byte of the header they stand in.
const FLAGS: &[(&str, TcpFlags, usize)] = &[
    ("tcp.flags.ae", TcpFlags(0x100), 12),
    ("tcp.flags.cwr", TcpFlags::CWR, 13),
    ("tcp.flags.ece", TcpFlags::ECE, 13),
    ("tcp.flags.urg", TcpFlags::URG, 13),
    ("tcp.flags.ack", TcpFlags::ACK, 13),
    ("tcp.flags.push", TcpFlags::PSH, 13),
    ("tcp.flags.reset", TcpFlags::RST, 13),
    ("tcp.flags.syn", TcpFlags::SYN, 13),
    ("tcp.flags.fin", TcpFlags::FIN, 13),
];

fn flags(layer: Layer<'_>, flags: TcpFlags) -> Layer<'_> {
    let layer = layer.field("tcp.flags", format_args!("{:#06x}", flags.0), 12, 2).field(
        "tcp.flags.res",
        u8::from(flags.0 >> 9 != 0),
        12,
        1,
    );
    FLAGS
        .iter()
        .fold(layer, |layer, (name, flag, at)| layer.field(name, u8::from(flags.contains(*flag)), *at, 1))
        .generated("tcp.flags.str", letters(flags))
}

/// One letter for each of the 12 flags, a dot for one that is not set.
fn letters(flags: TcpFlags) -> String {
    let letter = |(index, letter)| {
        if flags.0 >> (11 - index) & 1 == 1 { letter } else { '\u{b7}' }
    };
    "RRRACEUAPRSF".chars().enumerate().map(letter).collect()
}

/// What the sequence analysis noted: name and mark.
const MARKS: &[(&str, Marks)] = &[
    ("tcp.analysis.reused_ports", Marks::PORTS_REUSED),
    ("tcp.analysis.retransmission", Marks::ANY_RETRANSMISSION),
    ("tcp.analysis.fast_retransmission", Marks::FAST_RETRANSMISSION),
    ("tcp.analysis.spurious_retransmission", Marks::SPURIOUS_RETRANSMISSION),
    ("tcp.analysis.out_of_order", Marks::OUT_OF_ORDER),
    ("tcp.analysis.lost_segment", Marks::LOST_SEGMENT),
    ("tcp.analysis.ack_lost_segment", Marks::ACKED_UNSEEN),
    ("tcp.analysis.window_update", Marks::WINDOW_UPDATE),
    ("tcp.analysis.window_full", Marks::WINDOW_FULL),
    ("tcp.analysis.keep_alive", Marks::KEEP_ALIVE),
    ("tcp.analysis.keep_alive_ack", Marks::KEEP_ALIVE_ACK),
    ("tcp.analysis.duplicate_ack", Marks::DUPLICATE_ACK),
    ("tcp.analysis.zero_window_probe", Marks::ZERO_WINDOW_PROBE),
    ("tcp.analysis.zero_window", Marks::ZERO_WINDOW),
    ("tcp.analysis.zero_window_probe_ack", Marks::ZERO_WINDOW_PROBE_ACK),
];

fn analysis<'a>(layer: Layer<'a>, segment: &Segment<'_>) -> Layer<'a> {
    if !segment.is_analysed() {
        return layer;
    }
    let marks = segment.sighting.marks;
    let duplicate = segment.sighting.duplicate;
    let layer = layer
        .generated_if("tcp.analysis.acks_frame", segment.acks.acks_frame)
        .generated_if("tcp.analysis.ack_rtt", segment.acks.ack_rtt)
        .generated_if("tcp.analysis.initial_rtt", segment.numbers.initial_rtt)
        .generated_if("tcp.analysis.bytes_in_flight", segment.bytes_in_flight.filter(|bytes| *bytes > 0));
    MARKS
        .iter()
        .filter(|(_, mark)| marks.has(*mark))
        .fold(layer, |layer, (name, _)| layer.generated(name, 1))
        .generated_if("tcp.analysis.duplicate_ack_num", duplicate.map(|(_, number)| number))
        .generated_if("tcp.analysis.duplicate_ack_frame", duplicate.map(|(frame, _)| frame))
}
