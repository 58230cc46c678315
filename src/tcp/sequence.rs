//! Sequence analysis of one segment after the other, as Wireshark's `tcp.analysis.*` prints it.
//!
//! Source of the rules: Wireshark User's Guide, "TCP Analysis", and the behaviour of tshark 4.0. Sequence numbers are raw
//! here; 0 stands for "nothing seen yet", as it does there.

use super::{Moment, after};
use crate::packet::{Tcp, TcpFlags};
use crate::time::Span;

/// A segment this soon after the last duplicate acknowledgment is a fast retransmission.
const FAST_RETRANSMISSION_WINDOW: i128 = 20_000_000;
/// Duplicate acknowledgments after which a segment is a fast retransmission, as in Wireshark; RFC 5681, 3.2, asks for three.
const FAST_RETRANSMISSION_ACKS: i32 = 2;
/// Below this delay an old segment is out of order, as long as the round trip is unknown.
const OUT_OF_ORDER_WINDOW: i128 = 3_000_000;

/// What the analysis noted of a segment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Marks(u32);

impl Marks {
    pub(crate) const LOST_SEGMENT: Self = Self(1);
    pub(crate) const KEEP_ALIVE: Self = Self(1 << 1);
    pub(crate) const WINDOW_UPDATE: Self = Self(1 << 2);
    pub(crate) const WINDOW_FULL: Self = Self(1 << 3);
    pub(crate) const KEEP_ALIVE_ACK: Self = Self(1 << 4);
    pub(crate) const ZERO_WINDOW_PROBE: Self = Self(1 << 5);
    pub(crate) const ZERO_WINDOW_PROBE_ACK: Self = Self(1 << 6);
    pub(crate) const ZERO_WINDOW: Self = Self(1 << 7);
    pub(crate) const DUPLICATE_ACK: Self = Self(1 << 8);
    pub(crate) const ACKED_UNSEEN: Self = Self(1 << 9);
    pub(crate) const SPURIOUS_RETRANSMISSION: Self = Self(1 << 10);
    pub(crate) const FAST_RETRANSMISSION: Self = Self(1 << 11);
    pub(crate) const OUT_OF_ORDER: Self = Self(1 << 12);
    pub(crate) const RETRANSMISSION: Self = Self(1 << 13);
    pub(crate) const PORTS_REUSED: Self = Self(1 << 14);
    /// Looked at more closely, without a mark to show: Wireshark then prints the round trip of the handshake.
    pub(crate) const CONSIDERED: Self = Self(1 << 15);
    /// A packet recorded before: not analysed. Wireshark has no such mark.
    pub(crate) const COPY: Self = Self(1 << 16);
    /// What Wireshark shows as `tcp.analysis.retransmission`: any kind.
    pub(crate) const ANY_RETRANSMISSION: Self =
        Self(Self::SPURIOUS_RETRANSMISSION.0 | Self::FAST_RETRANSMISSION.0 | Self::RETRANSMISSION.0);

    /// Whether any of these marks is set.
    pub(crate) const fn has(self, mark: Self) -> bool {
        self.0 & mark.0 != 0
    }

    pub(crate) const fn any(self) -> bool {
        self.0 != 0
    }

    pub(crate) fn set(&mut self, mark: Self) {
        self.0 |= mark.0;
    }

    pub(crate) const fn is_retransmission(self) -> bool {
        self.has(Self::ANY_RETRANSMISSION)
    }
}

/// What is remembered of the segments of one direction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Flow {
    /// Highest end seen.
    next: u32,
    /// When it was reached.
    next_moment: Moment,
    /// Highest end without a gap before it.
    contiguous: u32,
    last_ack: u32,
    last_ack_moment: Moment,
    /// Frame of the last segment with another acknowledgment number than the one before it.
    last_new_ack: u64,
    /// Last window field; none yet is more than any.
    window: u32,
    /// Whether that window is a SYN's, which is not scaled.
    window_of_syn: bool,
    duplicate_acks: i32,
    last_marks: Marks,
}

impl Default for Flow {
    fn default() -> Self {
        let never = Moment { frame: 0, time: None };
        Self {
            next: 0,
            next_moment: never,
            contiguous: 0,
            last_ack: 0,
            last_ack_moment: never,
            last_new_ack: 0,
            window: u32::MAX,
            window_of_syn: false,
            duplicate_acks: 0,
            last_marks: Marks::default(),
        }
    }
}

impl Flow {
    /// The acknowledgment that the last segment repeats, if it is marked as a duplicate: its frame, and which duplicate it is.
    pub(crate) fn duplicate(&self) -> Option<(u64, i32)> {
        self.last_marks.has(Marks::DUPLICATE_ACK).then_some((self.last_new_ack, self.duplicate_acks))
    }

    /// Whether the segment begins where nothing was sent before.
    pub(crate) fn is_new(&self, tcp: &Tcp<'_>) -> bool {
        self.next == 0 || !after(self.next, tcp.sequence)
    }

    /// Whether this end has asked for the bytes from `sequence` again, by duplicate acknowledgments.
    pub(crate) fn asks_again_for(&self, sequence: u32) -> bool {
        self.duplicate_acks >= FAST_RETRANSMISSION_ACKS && self.last_ack == sequence
    }

    /// Whether this end has acknowledged all before `end`.
    pub(crate) fn acknowledges(&self, end: u32) -> bool {
        self.last_ack != 0 && !after(end, self.last_ack)
    }

    /// The last frame that was analysed; 0 for none.
    pub(crate) fn last_frame(&self) -> u64 {
        self.last_ack_moment.frame
    }

    /// A SYN came again. A reset in between may have used a number far away; what was acknowledgeable before it counts.
    pub(crate) fn syn_again(&mut self) {
        self.next = self.contiguous;
    }
}

/// Analyses one segment of `own` and updates both directions.
///
/// `initial_rtt` is the handshake's round trip as far as known; `peer_shift` the scale of the peer's window, if known.
pub(crate) fn analyse(
    own: &mut Flow,
    peer: &mut Flow,
    tcp: &Tcp<'_>,
    now: Moment,
    initial_rtt: Option<Span>,
    peer_shift: Option<u8>,
) -> Marks {
    let mut marks = Marks::default();
    let length = tcp.payload_length;
    let control = tcp.flags.intersects(TcpFlags(TcpFlags::SYN.0 | TcpFlags::FIN.0 | TcpFlags::RST.0));
    acknowledgment_marks(&mut marks, own, peer, tcp, control, peer_shift);

    if tcp.acknowledgment != own.last_ack {
        own.last_new_ack = now.frame;
        own.duplicate_acks = 0;
    }
    if peer.contiguous != 0 && tcp.flags.contains(TcpFlags::ACK) && after(tcp.acknowledgment, peer.contiguous) {
        marks.set(Marks::CONSIDERED);
        if after(peer.next, peer.contiguous) {
            peer.contiguous = peer.next;
            marks.set(Marks::ACKED_UNSEEN);
        } else {
            // Told once; again only after the peer has acknowledged something else.
            if peer.duplicate_acks == 0 {
                marks.set(Marks::ACKED_UNSEEN);
            }
            peer.duplicate_acks = -1;
        }
    }

    let occupies = length > 0 || tcp.flags.intersects(TcpFlags(TcpFlags::SYN.0 | TcpFlags::FIN.0));
    if occupies
        && !marks.has(Marks::KEEP_ALIVE)
        && let Some(kind) = retransmission_kind(own, peer, tcp, now, initial_rtt)
    {
        marks.set(kind);
    }

    // A SYN or FIN counts one here even if both are set.
    let end = tcp.sequence.wrapping_add(length).wrapping_add(u32::from(occupies && tcp.sequence_length() > length));
    if !marks.has(Marks::ZERO_WINDOW_PROBE) {
        if own.next == 0 || after(end, own.next) {
            own.next = end;
            own.next_moment = now;
        }
        if own.contiguous == 0 || tcp.sequence == own.contiguous {
            own.contiguous = own.next;
        }
    }
    own.window = u32::from(tcp.window);
    if tcp.flags.contains(TcpFlags::SYN) {
        own.window_of_syn = true;
    } else if tcp.flags.contains(TcpFlags::ACK) {
        own.window_of_syn = false;
    }
    own.last_ack = tcp.acknowledgment;
    own.last_ack_moment = now;
    own.last_marks = marks;
    marks
}

/// Marks that concern window and acknowledgment, in Wireshark's order.
fn acknowledgment_marks(
    marks: &mut Marks,
    own: &mut Flow,
    peer: &Flow,
    tcp: &Tcp<'_>,
    control: bool,
    peer_shift: Option<u8>,
) {
    let length = tcp.payload_length;
    let window = u32::from(tcp.window);
    if length == 1 && tcp.sequence == own.next && peer.window == 0 {
        marks.set(Marks::ZERO_WINDOW_PROBE);
        return;
    }
    if window == 0 && !control {
        marks.set(Marks::ZERO_WINDOW);
    }
    if own.next != 0 && after(tcp.sequence, own.next) && !tcp.flags.contains(TcpFlags::RST) {
        marks.set(Marks::LOST_SEGMENT);
    }
    if control {
        return;
    }
    if length <= 1 && tcp.sequence == own.next.wrapping_sub(1) {
        marks.set(Marks::KEEP_ALIVE);
    }
    let repeats = length == 0 && tcp.sequence == own.next && tcp.acknowledgment == own.last_ack;
    if repeats && window != 0 && window != own.window {
        marks.set(Marks::WINDOW_UPDATE);
    }
    let peer_shift = if peer.window_of_syn { peer_shift.map(|_| 0) } else { peer_shift };
    if let Some(shift) = peer_shift
        && length > 0
        && tcp.sequence.wrapping_add(length) == peer.last_ack.wrapping_add(peer.window.wrapping_shl(u32::from(shift)))
    {
        marks.set(Marks::WINDOW_FULL);
    }
    if repeats && window != 0 && window == own.window && peer.last_marks.has(Marks::KEEP_ALIVE) {
        marks.set(Marks::KEEP_ALIVE_ACK);
        return;
    }
    if repeats && window == 0 && own.window == 0 && peer.last_marks.has(Marks::ZERO_WINDOW_PROBE) {
        marks.set(Marks::ZERO_WINDOW_PROBE_ACK);
        return;
    }
    if repeats && window != 0 && window == own.window {
        own.duplicate_acks = own.duplicate_acks.max(0).saturating_add(1);
        marks.set(Marks::DUPLICATE_ACK);
    }
}

/// Which kind of repetition a segment is that occupies sequence numbers, if any.
fn retransmission_kind(
    own: &Flow,
    peer: &Flow,
    tcp: &Tcp<'_>,
    now: Moment,
    initial_rtt: Option<Span>,
) -> Option<Marks> {
    let length = tcp.payload_length;
    let end = tcp.sequence.wrapping_add(length);
    // More than one byte from one before the expected number: a zero window probe's byte with new data behind it.
    let behind_probe = length > 1 && own.next.wrapping_sub(1) == tcp.sequence;
    let old = own.next != 0 && after(own.next, tcp.sequence) && !behind_probe;
    if length > 0 && peer.last_ack != 0 && !after(end, peer.last_ack) {
        return Some(Marks::SPURIOUS_RETRANSMISSION);
    }
    if !old {
        return None;
    }
    // Times that run backwards count as very long, as in Wireshark.
    let elapsed = |earlier: Moment| now.since(earlier).map(Span::as_nanos).filter(|nanos| *nanos >= 0);
    let soon_after_duplicate = elapsed(peer.last_ack_moment).is_some_and(|nanos| nanos < FAST_RETRANSMISSION_WINDOW);
    if peer.asks_again_for(tcp.sequence) && soon_after_duplicate {
        return Some(Marks::FAST_RETRANSMISSION);
    }
    let window = initial_rtt.map_or(OUT_OF_ORDER_WINDOW, Span::as_nanos);
    let repeats_last = own.next == end.wrapping_add(u32::from(tcp.sequence_length() > length));
    if !repeats_last && elapsed(own.next_moment).is_some_and(|nanos| nanos < window) {
        return Some(Marks::OUT_OF_ORDER);
    }
    Some(Marks::RETRANSMISSION)
}
