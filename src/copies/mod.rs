//! Packets that were recorded more than once: the same packet on two interfaces (`any` on a router or bridge), twice by a mirrored
//! port or a filter driver, at both ends of a connection whose captures were merged.
//!
//! The first recording counts, the others are *copies*: they belong to their connection, and nothing else looks at them. Wireshark takes
//! them for retransmissions and duplicate acknowledgments, though their sender sent nothing again.
//!
//! # The rule
//!
//! A copy has all that its sender made and no router changes: addresses, ports, sequence and acknowledgment number, flags, window,
//! options, length, the IPv4 Identification, and the checksum (unless one of the two was still to be filled in by the network
//! card). A real repetition can have all that too. What tells them apart:
//!
//! - **Identification.** A sender gives each packet another one (RFC 6864, 4), a retransmission too. It says nothing when it is 0, as on
//!   many systems that set Don't Fragment, absent (IPv6), or the same in other packets of that sender. Some load
//!   balancers send a retransmission with the old one: hence the limits of time below, which the shortest retransmission time-out
//!   does not reach, and hence never after the peer has asked for the segment by duplicate acknowledgments.
//! - **Place.** A packet passes each place once. At another interface, with other link-layer addresses or tags, or with a
//!   TTL one lower, the recording is another one of the same packet; there is one such recording for each packet, so that two
//!   equal acknowledgments, each recorded at two places, stay two.
//! - **Time and silence.** Without an Identification and at the same place only a segment with new data, SYN or FIN is taken for a copy,
//!   less than a millisecond after the first, with nothing from the peer in between but its acknowledgment: no timer is as short, and
//!   nothing came that could have asked for it. Segments without new data repeat rightly (duplicate acknowledgments, keep-alives, resets): they are
//!   copies only where all of that end's packets up to then were recorded twice.
//!
//! What is in doubt is no copy. Frames without a time are none. A packet that was cut into others on its way (segmentation offload on the
//! sender's side) or got other addresses (NAT) is not recognised.
//!
//! Memory is that of a fixed number of packets and senders, whatever the number of connections. Of a payload only the first bytes of
//! datagrams are looked at.

mod content;
mod history;
mod place;
mod senders;

pub(crate) use content::Content;
pub use place::Place;

use history::{History, Known};
use senders::Senders;

use crate::packet::{Packet, checksum};
use crate::tcp::Moment;
use crate::time::{Span, Timestamp};

/// The shortest retransmission time-out in use is Linux' minimum; RFC 6298, 2.4, asks for a second.
const SHORTEST_TIME_OUT: Span = Span::from_nanos(200_000_000);
/// How long a packet may be under way between two places: the ends of a long path, clocks that differ a little.
const LONGEST_WAY: Span = Span::from_nanos(2_000_000_000);
/// No timer sends again so soon: a tail loss probe (RFC 8985, 7.2) waits several milliseconds.
const AT_ONCE: Span = Span::from_nanos(1_000_000);

/// What its connection tells of a packet that repeats another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clues {
    /// The peer's last frame; 0 for none.
    pub(crate) peer_last: u64,
    /// Whether the peer has acknowledged all of it, so that nothing it sent then asks for it.
    pub(crate) acknowledged: bool,
    /// Whether what the peer has sent up to now can be a reason to send the same again: duplicate acknowledgments of a segment, an
    /// answer to a question.
    pub(crate) peer_asks: bool,
    /// Whether the sender's packets up to now were recorded twice.
    pub(crate) doubled: bool,
}

/// What a copy repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repeated {
    /// Frame of the first recording.
    pub first: u64,
    /// Time since then.
    pub apart: Span,
    /// The Identification that both have; `None` if it does not tell packets apart.
    pub identification: Option<u16>,
    /// Where the packet was first recorded.
    pub first_place: Place,
    /// Where this recording was made.
    pub place: Place,
    /// Whether it is the second recording at the same place.
    pub(crate) second_here: bool,
}

/// How many of one end's packets were recorded twice at the same place. Those of the last [`AT_ONCE`] may still lack their second
/// recording, and are not asked for it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Doubling {
    packets: u64,
    doubled: u64,
    /// When the last span of [`AT_ONCE`] began, with how many packets, and with how many the one before it.
    span_start: Option<Timestamp>,
    at_span: u64,
    at_span_before: u64,
}

impl Doubling {
    /// Counts a recording.
    pub(crate) fn count(&mut self, time: Option<Timestamp>, repeated: Option<&Repeated>) {
        if let Some(repeated) = repeated {
            self.doubled += u64::from(repeated.second_here);
            return;
        }
        let within = |start: Timestamp| time.is_none_or(|now| now - start < AT_ONCE);
        if !self.span_start.is_some_and(within) {
            self.at_span_before = self.at_span;
            self.at_span = self.packets;
            self.span_start = time;
        }
        self.packets += 1;
    }

    /// Whether every packet up to now was recorded twice: all that are older, and half of them all, the one in question aside.
    pub(crate) fn holds(self) -> bool {
        self.doubled > 0 && self.doubled >= self.at_span_before && 2 * self.doubled + 1 >= self.packets
    }
}

/// The packets recorded lately.
#[derive(Debug, Default)]
pub(crate) struct Recordings {
    history: History,
    senders: Senders,
}

/// A recording that may be a copy.
#[derive(Debug)]
struct Candidate<'a, 'p> {
    packet: &'a Packet<'p>,
    content: &'a Content,
    hash: u64,
    now: Moment,
    place: Place,
    /// Whether the Identification tells packets apart.
    told_apart: bool,
    clues: Clues,
}

impl Recordings {
    /// Takes the next recording of a packet; says what it repeats, if it is a copy. `fresh` tells whether it occupies sequence numbers
    /// that were not sent before, or is a question or answer that nobody sends twice at once; the `clues` are asked for if it repeats another.
    pub(crate) fn take(
        &mut self,
        packet: &Packet<'_>,
        content: &Content,
        fresh: bool,
        clues: impl FnOnce() -> Clues,
    ) -> Option<Repeated> {
        let now = Moment { frame: packet.frame.number, time: packet.frame.time };
        let place = Place::of(packet)?;
        let hash = content.hash();
        // Few packets are equal to another: the others need no closer look.
        let is_known = self.history.equal(hash, content).next().is_some();
        let told_apart = is_known && self.senders.tells_apart(packet, content.identification);
        let candidate = || Candidate { packet, content, hash, now, place, told_apart, clues: clues() };
        let Some(number) = is_known.then(candidate).and_then(|candidate| candidate.of(&self.history)) else {
            self.senders.note(packet, content.identification);
            self.history.add(hash, Known::new(*content, now, place, fresh));
            return None;
        };
        let known = self.history.get_mut(number)?;
        let second_here = known.add(place);
        Some(Repeated {
            first: known.first.frame,
            apart: now.since(known.first)?,
            identification: content.identification.filter(|_| told_apart),
            first_place: known.first_place,
            place,
            second_here,
        })
    }

    /// Takes the next recording of a UDP datagram or an ICMP message; says what it repeats, if it is a copy.
    pub(crate) fn take_datagram(&mut self, packet: &Packet<'_>) -> Option<Repeated> {
        let (content, way) = Content::of_datagram(packet)?;
        let peer_last = self.history.last_on(way.back);
        let clues = Clues { peer_last, acknowledged: false, peer_asks: true, doubled: false };
        let repeated = self.take(packet, &content, way.asks, || clues);
        if repeated.is_none() {
            self.history.note(way.there, packet.frame.number);
        }
        repeated
    }
}

impl Candidate<'_, '_> {
    /// The number of the packet that it repeats: the newest of equal ones at a place where that has been, else the oldest that has not
    /// been here.
    fn of(&self, history: &History) -> Option<u64> {
        let mut equal = history.equal(self.hash, self.content).peekable();
        let (newest, known) = equal.peek().copied()?;
        if known.has_been_at(self.place) && self.is_again_here(known) {
            return Some(newest);
        }
        let elsewhere = equal.filter(|(_, known)| !known.has_been_at(self.place) && self.is_elsewhere(known));
        elsewhere.last().map(|(number, _)| number)
    }

    fn is_again_here(&self, known: &Known) -> bool {
        let silence = known.first.frame > self.clues.peer_last || self.clues.acknowledged;
        if self.told_apart {
            let asked = self.clues.peer_asks && !silence;
            return !asked && self.is_within(SHORTEST_TIME_OUT, known);
        }
        let sure = (known.fresh && silence) || self.clues.doubled;
        sure && !known.repeated && self.is_within(AT_ONCE, known)
    }

    fn is_elsewhere(&self, known: &Known) -> bool {
        let limit = if self.told_apart { LONGEST_WAY } else { SHORTEST_TIME_OUT };
        (self.told_apart || known.leads_to(self.place)) && self.is_within(limit, known)
    }

    /// Whether it was recorded less than `limit` from the first recording, and nothing speaks against it in the checksums.
    fn is_within(&self, limit: Span, known: &Known) -> bool {
        let near = self.now.since(known.first).is_some_and(|apart| apart.as_nanos().abs() < limit.as_nanos());
        let sums = [known.content.checksum, self.content.checksum];
        near && (known.content.checksum == self.content.checksum
            || sums.iter().any(|sum| checksum::is_left_to_hardware(self.packet, *sum)))
    }
}

#[cfg(test)]
mod tests;
