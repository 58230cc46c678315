//! Gives every TCP packet its connection, in file order.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};

use foldhash::quality::RandomState;

use super::connection::Tracking;
use super::reassembly::{Event, Incoming, Piece};
use super::sequence::Marks;
use super::{Carried, End, Moment, Numbers, PerEnd};
use crate::analysis::model::{Application, Connection};
use crate::copies::{Content, Recordings, Repeated};
use crate::diagnostic::LeftOut;
use crate::packet::{Endpoint, Ip, Packet, Tcp, TcpFlags};

/// Takes the byte streams of all connections.
pub(crate) trait Consumer {
    /// What it keeps for each connection.
    type State: Default;

    /// Bytes in order, sent by `from`.
    fn bytes(&mut self, stream: u32, state: &mut Self::State, from: End, piece: Piece<'_>);
    /// Bytes sent by `from` that no frame holds.
    fn gap(&mut self, stream: u32, state: &mut Self::State, from: End, length: u64, at: Moment);
    /// The FIN of `from`, with all bytes before it.
    fn end(&mut self, stream: u32, state: &mut Self::State, from: End, at: Moment);
    /// A reset sent by `from`.
    fn reset(&mut self, stream: u32, state: &mut Self::State, from: End, at: Moment);
    /// Whether out-of-order bytes of `from` will be read, or only counted.
    fn needs_bytes(&self, state: &Self::State, from: End) -> bool;
    /// Who is client, as far as the content tells, and what the connection carries.
    fn verdict(&self, state: &Self::State) -> (Option<End>, Application);
}

/// What the tracker says of one segment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sighting {
    /// The connection.
    pub(crate) stream: u32,
    /// The sender.
    pub(crate) from: End,
    /// Sequence analysis, or that the segment is a copy.
    pub(crate) marks: Marks,
    /// Whether it carries bytes that no segment before it carried.
    pub(crate) fresh: bool,
    /// For a duplicate acknowledgment: the frame it repeats, and which duplicate it is.
    pub(crate) duplicate: Option<(u64, i32)>,
    /// The connection's frame before this one; this one if it is the first.
    pub(crate) previous: Moment,
    /// Whether it is the connection's first frame.
    pub(crate) first: bool,
}

impl Sighting {
    /// Whether the packet was recorded before.
    pub(crate) fn is_copy(&self) -> bool {
        self.marks.has(Marks::COPY)
    }
}

/// A finished connection.
#[derive(Debug)]
pub(crate) struct Tracked<S> {
    pub(crate) connection: Connection,
    pub(crate) numbers: Numbers,
    pub(crate) state: S,
    /// Whether out-of-order bytes exceeded the limit.
    pub(crate) limit_reached: bool,
    /// Copies of its SYN that are not listed.
    pub(crate) syn_copies_left_out: u32,
}

/// Two endpoints in either order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Pair {
    /// Address and port of each in one number, the smaller one first.
    V4(u64, u64),
    /// Any others, the smaller one first.
    Other(Endpoint, Endpoint),
}

impl Pair {
    /// The endpoints of a segment, and whether its sender stands first (as both do that are one).
    #[inline]
    fn of(ip: &Ip<'_>, tcp: &Tcp<'_>) -> (Self, bool) {
        match ip {
            Ip::V4(ip) => {
                let (source, destination) = (ip.header.source_addr(), ip.header.destination_addr());
                Self::of_v4(number(source, tcp.source_port), number(destination, tcp.destination_port))
            }
            Ip::V6(_) => {
                let PerEnd { opener: source, other: destination } = ends(ip, tcp);
                Self::of_endpoints(source, destination)
            }
        }
    }

    /// These endpoints, and whether `one` stands first.
    fn of_endpoints(one: Endpoint, other: Endpoint) -> (Self, bool) {
        match (one.ip, other.ip) {
            (IpAddr::V4(first), IpAddr::V4(second)) => Self::of_v4(number(first, one.port), number(second, other.port)),
            _ => (Self::Other(one.min(other), one.max(other)), one <= other),
        }
    }

    #[inline]
    fn of_v4(one: u64, other: u64) -> (Self, bool) {
        (Self::V4(one.min(other), one.max(other)), one <= other)
    }
}

/// Address and port in one number.
#[inline]
fn number(address: Ipv4Addr, port: u16) -> u64 {
    u64::from(u32::from(address)) << 16 | u64::from(port)
}

/// The endpoints of a segment, its sender first.
fn ends(ip: &Ip<'_>, tcp: &Tcp<'_>) -> PerEnd<Endpoint> {
    PerEnd {
        opener: Endpoint { ip: ip.source(), port: tcp.source_port },
        other: Endpoint { ip: ip.destination(), port: tcp.destination_port },
    }
}

/// The connection of a segment.
struct Found {
    /// Its place among all.
    index: usize,
    /// The sender.
    from: End,
    /// Whether the segment begins it and there was one between the same endpoints before.
    reopened: bool,
}

/// Follows all connections of a capture.
#[derive(Debug)]
pub(crate) struct Tracker<S> {
    /// Newest connection between two endpoints. The hash is keyed with a number of this run: no capture can be made
    /// so that all collide.
    newest: HashMap<Pair, u32, RandomState>,
    /// That of the last segment: others of the same connection often follow.
    last: Option<(Pair, u32)>,
    connections: Vec<Tracking<S>>,
    /// Connections that are followed.
    max_connections: usize,
    /// Out-of-order bytes that all connections may hold, and those that they hold.
    max_held: usize,
    held: usize,
    /// Segments of connections beyond the limit.
    pub(crate) not_followed: LeftOut,
}

impl<S: Default> Tracker<S> {
    /// A tracker of so many connections, which together hold so many out-of-order bytes.
    pub(crate) fn new(max_connections: usize, max_held: usize) -> Self {
        Self {
            newest: HashMap::default(),
            last: None,
            connections: Vec::new(),
            max_connections,
            max_held,
            held: 0,
            not_followed: LeftOut::default(),
        }
    }

    /// Follows one segment; one that the `recordings` have already is only counted, and with it comes what it repeats. `None` for one of
    /// a connection too many.
    #[inline]
    pub(crate) fn follow(
        &mut self,
        packet: &Packet<'_>,
        tcp: &Tcp<'_>,
        ip: &Ip<'_>,
        recordings: &mut Recordings,
        consumer: &mut impl Consumer<State = S>,
    ) -> Option<(Sighting, Option<Repeated>)> {
        let now = Moment { frame: packet.frame.number, time: packet.frame.time };
        let Some(Found { index, from, reopened }) = self.find(ip, tcp, now, consumer) else {
            self.not_followed.note(now.frame);
            return None;
        };
        let tracking = self.connections.get_mut(index)?;
        let first = tracking.counts.frames == 0;
        let previous = std::mem::replace(&mut tracking.previous, now);
        let stream = tracking.stream;
        let content = Content::of_segment(packet, tcp, stream, from);
        let repeated = recordings.take(packet, &content, tracking.is_fresh(from, tcp), || tracking.clues(from, tcp));
        tracking.count(from, now, repeated.as_ref());
        if repeated.is_some() {
            let marks = Marks::COPY;
            let sighting = Sighting { stream, from, marks, fresh: false, duplicate: None, previous, first };
            return Some((sighting, repeated));
        }
        let marks = tracking.follow(from, tcp, now, reopened);
        let before = tracking.streams.get(from).bytes;
        let held = tracking.streams.get(from).held();
        let room = self.max_held.saturating_sub(self.held - held);
        tracking.feed(from, tcp, packet.offset_of(tcp.payload), now, room, consumer);
        self.held = self.held - held + tracking.streams.get(from).held();
        let fresh = tracking.streams.get(from).bytes > before;
        let duplicate = tracking.flows.get(from).duplicate();
        Some((Sighting { stream, from, marks, fresh, duplicate, previous, first }, None))
    }

    /// The newest connection between two endpoints.
    pub(crate) fn between(&self, one: Endpoint, other: Endpoint) -> Option<u32> {
        self.newest.get(&Pair::of_endpoints(one, other).0).copied()
    }

    fn find(
        &mut self,
        ip: &Ip<'_>,
        tcp: &Tcp<'_>,
        now: Moment,
        consumer: &mut impl Consumer<State = S>,
    ) -> Option<Found> {
        let (pair, sender_is_first) = Pair::of(ip, tcp);
        let known = match &self.last {
            Some((last, stream)) if *last == pair => Some(*stream),
            _ => {
                let known = self.newest.get(&pair).copied();
                self.last = known.map(|stream| (pair, stream));
                known
            }
        };
        let known = known.and_then(|stream| usize::try_from(stream).ok());
        let mut reopened = false;
        if let Some(index) = known
            && let Some(tracking) = self.connections.get_mut(index)
        {
            let from = if tracking.opener_is_first == sender_is_first { End::Opener } else { End::Other };
            reopened = tracking.is_reopened_by(from, tcp);
            if !reopened {
                return Some(Found { index, from, reopened });
            }
            if self.connections.len() >= self.max_connections {
                // What follows belongs to the new one.
                self.newest.remove(&pair);
                return None;
            }
            let tracking = self.connections.get_mut(index)?;
            self.held -= tracking.held();
            tracking.end_streams(tracking.previous, consumer);
            self.held += tracking.held();
        }
        let index = self.connections.len();
        if index >= self.max_connections {
            return None;
        }
        let stream = u32::try_from(index).unwrap_or(u32::MAX);
        self.connections.push(Tracking::new(stream, ends(ip, tcp), sender_is_first, now));
        self.newest.insert(pair, stream);
        self.last = Some((pair, stream));
        Some(Found { index, from: End::Opener, reopened })
    }

    /// Ends all byte streams and gives the connections in order of stream.
    pub(crate) fn finish(mut self, consumer: &mut impl Consumer<State = S>) -> Vec<Tracked<S>> {
        for tracking in &mut self.connections {
            tracking.end_streams(tracking.previous, consumer);
        }
        let finish = |tracking: Tracking<S>| {
            let (client, application) = consumer.verdict(&tracking.application);
            let (connection, numbers) = tracking.finish(client, application);
            let limit_reached = tracking.streams.opener.limit_reached || tracking.streams.other.limit_reached;
            let syn_copies_left_out = tracking.handshake.copies_left_out();
            Tracked { connection, numbers, state: tracking.application, limit_reached, syn_copies_left_out }
        };
        self.connections.into_iter().map(finish).collect()
    }
}

impl<S: Default> Tracking<S> {
    fn feed(
        &mut self,
        from: End,
        tcp: &Tcp<'_>,
        payload_offset: usize,
        now: Moment,
        room: usize,
        consumer: &mut impl Consumer<State = S>,
    ) {
        if tcp.flags.contains(TcpFlags::RST) {
            // Data in a reset explains it to people (RFC 1122, 4.2.2.12); it is not part of the stream.
            consumer.reset(self.stream, &mut self.application, from, now);
            return;
        }
        let syn = tcp.flags.contains(TcpFlags::SYN);
        let sequence = tcp.sequence.wrapping_add(u32::from(syn));
        if syn {
            self.streams.get_mut(from).start_at(sequence);
        }
        let incoming = Incoming {
            sequence,
            data: tcp.payload,
            length: tcp.payload_length,
            fin: tcp.flags.contains(TcpFlags::FIN),
            carried: Carried {
                frame: now.frame,
                offset: payload_offset,
                sequence,
                acknowledgment: tcp.flags.contains(TcpFlags::ACK).then_some(tcp.acknowledgment),
            },
            at: now,
        };
        let keep = consumer.needs_bytes(&self.application, from);
        let (stream, state) = (self.stream, &mut self.application);
        self.streams
            .get_mut(from)
            .push(incoming, keep, room, &mut |event| hand_on(consumer, stream, state, from, &event));
    }

    /// Out-of-order bytes of both ends.
    fn held(&self) -> usize {
        self.streams.opener.held() + self.streams.other.held()
    }

    fn end_streams(&mut self, at: Moment, consumer: &mut impl Consumer<State = S>) {
        for from in [End::Opener, End::Other] {
            let (stream, state) = (self.stream, &mut self.application);
            self.streams.get_mut(from).finish(at, &mut |event| hand_on(consumer, stream, state, from, &event));
        }
    }
}

fn hand_on<C: Consumer>(consumer: &mut C, stream: u32, state: &mut C::State, from: End, event: &Event<'_>) {
    match event {
        Event::Bytes(piece) => consumer.bytes(stream, state, from, *piece),
        Event::Gap(length, at) => consumer.gap(stream, state, from, *length, *at),
        Event::End(at) => consumer.end(stream, state, from, *at),
    }
}
