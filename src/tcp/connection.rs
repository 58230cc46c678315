//! What is kept of one connection while the capture is read.

use super::close::CloseTracker;
use super::handshake::HandshakeTracker;
use super::reassembly::ByteStream;
use super::sequence::{Flow, Marks};
use super::{End, Moment, PerEnd, SynOptions};
use crate::analysis::model::{Application, Connection, Side};
use crate::copies::{Clues, Doubling, Repeated};
use crate::packet::{Endpoint, Tcp, TcpFlags};
use crate::time::{Span, Timestamp};

/// Bits of Wireshark's `tcp.completeness`.
mod completeness {
    pub(super) const SYN: u8 = 1;
    pub(super) const SYN_ACK: u8 = 2;
    pub(super) const ACK: u8 = 4;
    pub(super) const DATA: u8 = 8;
    pub(super) const FIN: u8 = 16;
    pub(super) const RST: u8 = 32;
}

/// Largest shift that counts (RFC 7323, 2.3).
const MAX_WINDOW_SHIFT: u8 = 14;

/// How the window field of one end is scaled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum WindowScale {
    /// No SYN of this end was seen.
    #[default]
    Unknown,
    /// A SYN came without the option: windows are not scaled.
    Off,
    /// The shift count of this end's SYN, at most 14.
    Shift(u8),
}

impl WindowScale {
    fn shift(self) -> Option<u8> {
        match self {
            WindowScale::Unknown => None,
            WindowScale::Off => Some(0),
            WindowScale::Shift(shift) => Some(shift),
        }
    }

    /// Wireshark's `tcp.window_size_scalefactor`: the multiplier, -1 unknown, -2 not scaled.
    pub(crate) fn wireshark(self) -> i64 {
        match self {
            WindowScale::Unknown => -1,
            WindowScale::Off => -2,
            WindowScale::Shift(shift) => 1 << shift,
        }
    }

    /// A window field in bytes; `None` when the scale is unknown.
    pub(crate) fn apply(self, window: u16) -> Option<u64> {
        self.shift().map(|shift| u64::from(window) << shift)
    }
}

/// The numbers of a connection that field trees are derived from.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Numbers {
    /// Sequence number that Wireshark's relative numbers count from, per end.
    pub(crate) base: PerEnd<Option<u32>>,
    /// Window scale, per end.
    pub(crate) scale: PerEnd<WindowScale>,
    /// Wireshark's `tcp.analysis.initial_rtt`.
    pub(crate) initial_rtt: Option<Span>,
    /// `tcp.completeness` as printed on the first frame.
    pub(crate) first_completeness: u8,
    /// The client, once known.
    pub(crate) client: Option<End>,
    /// When the first frame was captured.
    pub(crate) first_time: Option<Timestamp>,
    /// The last frame with payload, keep-alive probes not counted, before the first FIN or RST.
    pub(crate) last_data: Option<u64>,
    /// The last frame before the first FIN or RST.
    pub(crate) before_end: Option<u64>,
}

/// A connection as it is being followed, with the consumer's state `A` for it.
#[derive(Debug)]
pub(super) struct Tracking<A> {
    pub(super) stream: u32,
    pub(super) ends: PerEnd<Endpoint>,
    /// Whether the opener is the first of the two in order.
    pub(super) opener_is_first: bool,
    pub(super) numbers: Numbers,
    pub(super) flows: PerEnd<Flow>,
    pub(super) streams: PerEnd<ByteStream>,
    pub(super) handshake: HandshakeTracker,
    pub(super) close: CloseTracker,
    pub(super) application: A,
    pub(super) previous: Moment,
    pub(super) counts: Counts,
    doubling: PerEnd<Doubling>,
    /// The last SYN without ACK, until the round trip is known.
    last_syn: Option<Moment>,
    /// Completeness without the first frame's own bits, and those.
    completeness: u8,
    first_bits: u8,
}

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) first_frame: u64,
    pub(super) last_frame: u64,
    pub(super) frames: u64,
    /// Frames without copies.
    packets: u64,
    pub(super) retransmissions: u64,
    pub(super) out_of_order: u64,
    pub(super) duplicate_acks: u64,
}

impl<A: Default> Tracking<A> {
    pub(super) fn new(stream: u32, ends: PerEnd<Endpoint>, opener_is_first: bool, now: Moment) -> Self {
        Self {
            stream,
            ends,
            opener_is_first,
            numbers: Numbers { first_time: now.time, ..Numbers::default() },
            flows: PerEnd::default(),
            streams: PerEnd::default(),
            handshake: HandshakeTracker::default(),
            close: CloseTracker::default(),
            application: A::default(),
            previous: now,
            counts: Counts { first_frame: now.frame, ..Counts::default() },
            doubling: PerEnd::default(),
            last_syn: None,
            completeness: 0,
            first_bits: 0,
        }
    }

    /// Whether this segment, sent by `end`, opens another connection between the same ports: a SYN with another number.
    pub(super) fn is_reopened_by(&self, end: End, tcp: &Tcp<'_>) -> bool {
        tcp.flags.contains(TcpFlags::SYN)
            && !tcp.flags.contains(TcpFlags::ACK)
            && self.numbers.base.get(end).is_some_and(|base| base != tcp.sequence)
    }

    /// Whether this segment of `end` occupies sequence numbers that were not sent before.
    pub(super) fn is_fresh(&self, end: End, tcp: &Tcp<'_>) -> bool {
        tcp.sequence_length() > 0 && self.flows.get(end).is_new(tcp)
    }

    /// What tells whether this segment of `end` is one that was recorded before.
    pub(super) fn clues(&self, end: End, tcp: &Tcp<'_>) -> Clues {
        let peer = self.flows.get(end.peer());
        Clues {
            peer_last: peer.last_frame(),
            acknowledged: peer.acknowledges(tcp.end()),
            peer_asks: peer.asks_again_for(tcp.sequence),
            doubled: self.doubling.get(end).holds(),
        }
    }

    /// Counts a frame of `end`, which is a copy if it repeats another.
    pub(super) fn count(&mut self, end: End, now: Moment, repeated: Option<&Repeated>) {
        self.counts.frames += 1;
        self.counts.last_frame = now.frame;
        self.doubling.get_mut(end).count(now.time, repeated);
    }

    /// Everything but the byte streams.
    pub(super) fn follow(&mut self, end: End, tcp: &Tcp<'_>, now: Moment, reopened: bool) -> Marks {
        let ended = (self.completeness | self.first_bits) & (completeness::FIN | completeness::RST) != 0;
        if !ended && !tcp.flags.contains(TcpFlags::FIN) && !tcp.flags.contains(TcpFlags::RST) {
            self.numbers.before_end = Some(now.frame);
        }
        let base = self.numbers.base.get(end).filter(|_| tcp.flags.contains(TcpFlags::SYN));
        let syn_ack = tcp.flags.contains(TcpFlags::SYN_ACK);
        let syn_again = !syn_ack && base == Some(tcp.sequence);
        // A SYN-ACK with another number stays on the connection, but Wireshark shows it as such.
        let reopened = reopened || (syn_ack && base.is_some_and(|base| base != tcp.sequence));
        self.learn_bases(end, tcp);
        self.learn_scales(end, tcp);
        if syn_again {
            self.flows.get_mut(end).syn_again();
        }
        let peer_shift = self.numbers.scale.get(end.peer()).shift();
        let (own, peer) = self.flows.split(end);
        let mut marks = super::sequence::analyse(own, peer, tcp, now, self.numbers.initial_rtt, peer_shift);
        // A keep-alive probe may hold a byte, but none that is new.
        if !ended && tcp.payload_length > 0 && !marks.has(Marks::KEEP_ALIVE) {
            self.numbers.last_data = Some(now.frame);
        }
        if reopened {
            marks.set(Marks::PORTS_REUSED);
        }
        if syn_again {
            marks.set(Marks::CONSIDERED);
        }
        self.learn_round_trip(tcp, now);
        self.complete(tcp);
        self.handshake.follow(end, tcp, now);
        self.close.follow(end, tcp, now.frame);
        self.counts.packets += 1;
        self.counts.retransmissions += u64::from(marks.is_retransmission());
        self.counts.out_of_order += u64::from(marks.has(Marks::OUT_OF_ORDER));
        self.counts.duplicate_acks += u64::from(marks.has(Marks::DUPLICATE_ACK));
        marks
    }

    fn learn_bases(&mut self, end: End, tcp: &Tcp<'_>) {
        let (own, peer) = self.numbers.base.split(end);
        if tcp.flags.contains(TcpFlags::SYN_ACK) {
            *own = Some(tcp.sequence);
        }
        own.get_or_insert(if tcp.flags.contains(TcpFlags::SYN) { tcp.sequence } else { tcp.sequence.wrapping_sub(1) });
        if tcp.flags.contains(TcpFlags::ACK) {
            peer.get_or_insert(tcp.acknowledgment.wrapping_sub(1));
        }
    }

    fn learn_scales(&mut self, end: End, tcp: &Tcp<'_>) {
        if !tcp.flags.contains(TcpFlags::SYN) {
            return;
        }
        let (own, peer) = self.numbers.scale.split(end);
        match SynOptions::read(tcp).window_scale {
            // What a snap length cut may hold the option.
            None if tcp.options_are_cut() => {}
            None => (*own, *peer) = (WindowScale::Off, WindowScale::Off),
            Some(_) if *own == WindowScale::Off => {}
            Some(shift) => *own = WindowScale::Shift(shift.min(MAX_WINDOW_SHIFT)),
        }
    }

    fn learn_round_trip(&mut self, tcp: &Tcp<'_>, now: Moment) {
        let syn = tcp.flags.contains(TcpFlags::SYN);
        let ack = tcp.flags.contains(TcpFlags::ACK);
        if syn && !ack {
            self.last_syn = Some(now);
        } else if ack && !syn && self.numbers.initial_rtt.is_none() {
            let rtt = self.last_syn.and_then(|last| now.since(last));
            self.numbers.initial_rtt = rtt.filter(|rtt| rtt.as_nanos() != 0);
        }
    }

    fn complete(&mut self, tcp: &Tcp<'_>) {
        let has = |flag| tcp.flags.contains(flag);
        let first = self.counts.packets == 0;
        let mut bits = 0;
        if has(TcpFlags::SYN) {
            bits |= if has(TcpFlags::ACK) { completeness::SYN_ACK } else { 0 };
        } else if has(TcpFlags::ACK) {
            bits |= if tcp.payload_length > 0 { completeness::DATA } else { completeness::ACK };
        }
        if has(TcpFlags::FIN) && has(TcpFlags::ACK) {
            bits |= completeness::FIN;
        }
        if has(TcpFlags::RST) {
            bits |= completeness::RST;
        }
        if !first {
            self.completeness |= bits;
            return;
        }
        if has(TcpFlags::SYN) && !has(TcpFlags::ACK) {
            self.completeness = completeness::SYN;
            if tcp.payload_length > 0 {
                self.completeness |= completeness::DATA;
            }
        }
        self.first_bits = bits;
    }

    /// `tcp.completeness` as tshark prints it on the stream's first frame, and on its last.
    fn completeness(&self) -> (u8, u8) {
        let later = self.completeness | self.first_bits;
        (self.completeness, if self.counts.packets > 1 { later } else { self.completeness })
    }

    /// The connection's facts, with what its consumer found out: who the client is by content, and the application.
    pub(super) fn finish(&self, client_by_content: Option<End>, application: Application) -> (Connection, Numbers) {
        let client = self.handshake.client().or(client_by_content).unwrap_or_else(|| self.client_by_port());
        let side = |end: End| {
            if end == client { Side::Client } else { Side::Server }
        };
        let (first_completeness, completeness) = self.completeness();
        let numbers = Numbers { first_completeness, client: Some(client), ..self.numbers };
        let connection = Connection {
            stream: self.stream,
            client: *self.ends.get(client),
            server: *self.ends.get(client.peer()),
            client_inferred: !self.handshake.has_syn(),
            application,
            first_frame: self.counts.first_frame,
            last_frame: self.counts.last_frame,
            frames: self.counts.frames,
            completeness,
            handshake: self.handshake.facts(),
            close: self.close.facts(side),
            client_bytes: self.streams.get(client).bytes,
            server_bytes: self.streams.get(client.peer()).bytes,
            retransmissions: self.counts.retransmissions,
            out_of_order: self.counts.out_of_order,
            duplicate_acks: self.counts.duplicate_acks,
            missing_bytes: self.streams.opener.missing + self.streams.other.missing,
        };
        (connection, numbers)
    }

    /// The well-known port is the server's; else the sender of the first frame is the client.
    fn client_by_port(&self) -> End {
        const WELL_KNOWN: u16 = 1024;
        let (opener, other) = (self.ends.opener.port, self.ends.other.port);
        if opener < WELL_KNOWN && other >= WELL_KNOWN { End::Other } else { End::Opener }
    }
}
