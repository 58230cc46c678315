//! IP datagrams that were cut into fragments (RFC 791, 3.2; RFC 8200, 4.5), put together again.
//!
//! A datagram counts at the frame that completes it, whatever the order of its fragments. As Wireshark does it: fragments that a snap length
//! cut are not used; where two overlap, the bytes of the one that begins first count, of two that begin together those that came first; bytes behind the
//! end that the first captured last fragment gives are left out.

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use super::network::Fragmented;
use super::{Ip, Packet, Part, Rest, network};

/// Datagrams of which fragments are kept at a time. A sender completes one before it begins the next; what stays are those that lost a fragment.
const MAX_DATAGRAMS: usize = 1024;
/// Bytes kept of all fragments: what Linux keeps (`ipfrag_high_thresh`).
const MAX_BYTES: usize = 4 << 20;
/// Fragments kept of one datagram: the longest datagram in the smallest packets that IPv4 allows (68 bytes) has 1366.
const MAX_FRAGMENTS: usize = 2048;
/// Longest datagram (RFC 791, 3.1).
const MAX_LENGTH: usize = 65_535;
/// Datagrams that one frame can complete: one in the other, as fragments of a tunnel's packets are.
const MAX_NESTED: usize = 4;

/// A datagram that a frame completes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Datagram {
    /// Where its first byte stands: behind the bytes of the frame, as if it were appended to them.
    pub start: usize,
    /// Its bytes.
    pub length: usize,
    /// Its fragments in order of their offset.
    pub fragments: Vec<Fragment>,
}

/// One fragment of a datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fragment {
    /// The frame that holds it; of a fragment in a datagram that was itself in fragments, the one that completed that.
    pub frame: u64,
    /// The frame that holds its first byte, and where in that frame.
    pub origin: (u64, usize),
    /// Where it belongs in the datagram.
    pub at: usize,
    /// Its bytes.
    pub length: usize,
    /// Whether bytes of it stand in a fragment before it, too.
    pub overlaps: bool,
    /// Whether these bytes differ.
    pub conflicts: bool,
}

/// What identifies the datagram of a fragment (RFC 791, 2.3; RFC 8200, 4.5).
type Key = (IpAddr, IpAddr, u8, u32);

/// The fragments of a datagram that is not complete.
#[derive(Debug, Default)]
struct Incomplete {
    /// In order of offset, then of arrival.
    fragments: Vec<(Fragment, Box<[u8]>)>,
    /// Length, once a last fragment came.
    length: Option<usize>,
    /// Number of the first fragments that leave no gap, and where they end.
    joined: usize,
    reached: usize,
    bytes: usize,
    /// When it began: the count of datagrams before it.
    begun: u64,
}

/// Splits frames into layers, and puts fragments together on the way.
#[derive(Debug, Default)]
pub(crate) struct Defragmenter {
    pending: Pending,
    /// The bytes of the current frame with the datagrams that it completes.
    completed: [OnceCell<Vec<u8>>; MAX_NESTED],
}

/// Datagrams that are not complete.
#[derive(Debug, Default)]
struct Pending {
    datagrams: HashMap<Key, Incomplete>,
    /// Keys by the order in which their datagrams began.
    order: BTreeMap<u64, Key>,
    begun: u64,
    bytes: usize,
    left: Left,
}

/// Fragments of which no datagram could be made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Left {
    /// The first frame of a datagram that stayed incomplete, and how many frames there are of such.
    pub(crate) incomplete: Option<(u64, u64)>,
    /// The first frame of a datagram that was given up because more were under way than are kept.
    pub(crate) given_up: Option<u64>,
}

impl Datagram {
    /// The frame that holds the byte at `offset`, counted as [`Self::start`] is, and where in that frame; `None` for a byte outside.
    #[must_use]
    pub fn origin(&self, offset: usize) -> Option<(u64, usize)> {
        let at = offset.checked_sub(self.start).filter(|at| *at < self.length)?;
        let reaching = |fragment: &&Fragment| fragment.at + fragment.length > at;
        let fragment = self.fragments.iter().find(reaching)?;
        let (frame, place) = fragment.origin;
        Some((frame, place + at - fragment.at))
    }
}

impl Defragmenter {
    /// Finds the layers of a packet that is not split, those of a datagram that it completes included.
    pub(crate) fn split<'a>(&'a mut self, packet: &mut Packet<'a>) {
        packet.split();
        if matches!(packet.rest, Rest::Fragment) {
            self.complete(packet);
        }
    }

    /// Adds to the packet of a fragment the datagrams that it completes.
    fn complete<'a>(&'a mut self, packet: &mut Packet<'a>) {
        let Self { pending, completed } = self;
        for slot in &mut *completed {
            drop(slot.take());
        }
        for slot in &*completed {
            let Some(part) = packet.fragment() else { break };
            let Some((bytes, fragments)) = pending.add(packet, &part) else { break };
            let (start, length) = (packet.bytes.len(), bytes.len());
            let all = slot.get_or_init(|| [packet.bytes, &bytes].concat());
            packet.bytes = all;
            packet.datagrams.push(Datagram { start, length, fragments });
            let content = Part { offset: start, data: all.get(start..).unwrap_or_default(), length };
            packet.rest = network::content(packet, part.protocol, content);
        }
    }

    /// What is left when all frames were read.
    pub(crate) fn left(&self) -> Left {
        let mut left = self.pending.left;
        for key in self.pending.order.values() {
            if let Some(incomplete) = self.pending.datagrams.get(key) {
                left.count(incomplete);
            }
        }
        left
    }
}

impl Left {
    fn count(&mut self, incomplete: &Incomplete) {
        let Some(first) = incomplete.fragments.iter().map(|(fragment, _)| fragment.frame).min() else { return };
        let (frame, frames) = self.incomplete.get_or_insert((first, 0));
        *frame = first.min(*frame);
        *frames += incomplete.fragments.len() as u64;
    }

    fn count_lone(&mut self, frame: u64) {
        self.incomplete.get_or_insert((frame, 0)).1 += 1;
    }
}

impl Pending {
    /// Takes a fragment; gives the datagram, if that completes it.
    fn add(&mut self, packet: &Packet<'_>, part: &Fragmented<'_>) -> Option<(Vec<u8>, Vec<Fragment>)> {
        let frame = packet.frame.number;
        let ip = packet.ip()?;
        let is_whole = part.content.data.len() == part.content.length;
        if !is_whole || part.content.length == 0 || part.at + part.content.length > MAX_LENGTH {
            self.left.count_lone(frame);
            return None;
        }
        // Version 6 leaves the protocol to the first fragment.
        let protocol = if let Ip::V4(_) = ip { part.protocol } else { 0 };
        let key = (ip.source(), ip.destination(), protocol, part.identification);
        if !self.datagrams.contains_key(&key) {
            self.begin(key);
        }
        let incomplete = self.datagrams.get_mut(&key)?;
        if incomplete.fragments.len() >= MAX_FRAGMENTS {
            self.left.given_up.get_or_insert(frame);
            self.forget(key);
            return None;
        }
        let fragment = Fragment {
            frame,
            origin: packet.origin(part.content.offset),
            at: part.at,
            length: part.content.length,
            overlaps: false,
            conflicts: false,
        };
        self.bytes += part.content.length;
        incomplete.add(fragment, part.content.data, part.more);
        if incomplete.is_complete() {
            let complete = self.take(key)?;
            return Some(complete.join());
        }
        while self.bytes > MAX_BYTES {
            let (_, oldest) = self.order.first_key_value()?;
            self.give_up(*oldest);
        }
        None
    }

    fn begin(&mut self, key: Key) {
        if self.datagrams.len() >= MAX_DATAGRAMS
            && let Some((_, oldest)) = self.order.first_key_value()
        {
            self.give_up(*oldest);
        }
        self.begun += 1;
        self.order.insert(self.begun, key);
        self.datagrams.insert(key, Incomplete { begun: self.begun, ..Incomplete::default() });
    }

    /// Forgets a datagram to make room.
    fn give_up(&mut self, key: Key) {
        let first = self.datagrams.get(&key).and_then(|incomplete| incomplete.fragments.first());
        if let Some((fragment, _)) = first {
            self.left.given_up.get_or_insert(fragment.frame);
        }
        self.forget(key);
    }

    fn forget(&mut self, key: Key) {
        if let Some(incomplete) = self.take(key) {
            self.left.count(&incomplete);
        }
    }

    fn take(&mut self, key: Key) -> Option<Incomplete> {
        let incomplete = self.datagrams.remove(&key)?;
        self.order.remove(&incomplete.begun);
        self.bytes -= incomplete.bytes;
        Some(incomplete)
    }
}

impl Incomplete {
    fn add(&mut self, fragment: Fragment, bytes: &[u8], more: bool) {
        let index = self.fragments.partition_point(|(other, _)| other.at <= fragment.at);
        self.bytes += bytes.len();
        if !more {
            self.length.get_or_insert(fragment.at + fragment.length);
        }
        if index < self.joined {
            self.joined += 1;
            self.reached = self.reached.max(fragment.at + fragment.length);
        }
        self.fragments.insert(index, (fragment, bytes.into()));
        while let Some((next, _)) = self.fragments.get(self.joined).filter(|(next, _)| next.at <= self.reached) {
            self.reached = self.reached.max(next.at + next.length);
            self.joined += 1;
        }
    }

    fn is_complete(&self) -> bool {
        self.length.is_some_and(|length| self.reached >= length)
    }

    /// The datagram's bytes, and where each came from.
    fn join(self) -> (Vec<u8>, Vec<Fragment>) {
        let length = self.length.unwrap_or_default();
        let mut joined: Vec<u8> = Vec::with_capacity(length);
        let mut fragments = Vec::with_capacity(self.fragments.len());
        for (mut fragment, bytes) in self.fragments {
            let known = joined.len().saturating_sub(fragment.at).min(bytes.len());
            let (again, fresh) = bytes.split_at(known);
            fragment.overlaps = known > 0;
            fragment.conflicts = joined.get(fragment.at..fragment.at + known).is_some_and(|before| before != again);
            let room = length.saturating_sub(joined.len()).min(fresh.len());
            joined.extend_from_slice(fresh.get(..room).unwrap_or_default());
            fragments.push(fragment);
        }
        (joined, fragments)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{Frame, LinkType};
    use crate::packet::Layer;

    const UDP: u8 = 17;
    const IP_IN_IP: u8 = 4;

    /// An IPv4 packet with a part of a datagram, from 192.0.2.1 to 192.0.2.2.
    fn packet(protocol: u8, id: u16, at: usize, more: bool, content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(20 + content.len()).unwrap().to_be_bytes();
        let fragment = (u16::try_from(at / 8).unwrap() | u16::from(more) << 13).to_be_bytes();
        let id = id.to_be_bytes();
        let head = [0x45, 0, length[0], length[1], id[0], id[1], fragment[0], fragment[1], 64, protocol, 0, 0];
        [&head[..], &[192, 0, 2, 1, 192, 0, 2, 2], content].concat()
    }

    fn datagram(payload: &[u8]) -> Vec<u8> {
        let length = u16::try_from(8 + payload.len()).unwrap().to_be_bytes();
        [&[0, 9, 0, 9, length[0], length[1], 0, 0], payload].concat()
    }

    fn frame(number: u64, data: &[u8]) -> Frame<'_> {
        let wire_length = u32::try_from(data.len()).unwrap();
        let (captured_length, link_type) = (wire_length, Some(LinkType::RAW));
        Frame { number, time: None, data, captured_length, wire_length, interface: 0, link_type }
    }

    fn parse<'a>(defragmenter: &'a mut Defragmenter, frame: Frame<'a>) -> Packet<'a> {
        let mut packet = Packet::unsplit(frame);
        defragmenter.split(&mut packet);
        packet
    }

    /// The payload of the UDP datagram that the last of these packets completes, and its fragments.
    fn completed(packets: &[Vec<u8>]) -> Option<(Vec<u8>, Vec<Fragment>)> {
        let mut defragmenter = Defragmenter::default();
        let (last, before) = packets.split_last().unwrap();
        for (number, data) in (1..).zip(before) {
            assert!(parse(&mut defragmenter, frame(number, data)).datagrams.is_empty());
        }
        let packet = parse(&mut defragmenter, frame(packets.len() as u64, last));
        let udp = packet.udp()?;
        Some((udp.payload.to_vec(), packet.datagrams.last()?.fragments.clone()))
    }

    #[test]
    fn any_order_gives_the_datagram() {
        let whole = datagram(&(0..40).collect::<Vec<u8>>());
        let piece = |at: usize, end: usize| packet(UDP, 7, at, end < whole.len(), &whole[at..end]);
        let [a, b, c] = [piece(0, 16), piece(16, 32), piece(32, 48)];
        for order in [[&a, &b, &c], [&c, &b, &a], [&b, &c, &a], [&c, &a, &b]] {
            let (payload, fragments) = completed(&order.map(Clone::clone)).unwrap();
            assert_eq!(payload, whole[8..]);
            assert_eq!(fragments.iter().map(|fragment| fragment.at).collect::<Vec<_>>(), [0, 16, 32]);
        }
        assert!(completed(&[a.clone(), c.clone()]).is_none());
        assert!(completed(&[a.clone(), b, a, packet(UDP, 8, 32, false, &whole[32..])]).is_none());
    }

    #[test]
    fn where_fragments_overlap_the_one_that_begins_first_counts() {
        let whole = datagram(&[1; 40]);
        let mut other = whole.clone();
        other[16..32].fill(9);
        let check = |packets: &[Vec<u8>], expected: &[u8], marks: &[(bool, bool)]| {
            let (payload, fragments) = completed(packets).unwrap();
            assert_eq!(payload, expected[8..]);
            let found: Vec<_> = fragments.iter().map(|fragment| (fragment.overlaps, fragment.conflicts)).collect();
            assert_eq!(found, marks);
        };
        let first = packet(UDP, 7, 0, true, &whole[..24]);
        let last = packet(UDP, 7, 32, false, &whole[32..]);
        let mut expected = whole.clone();
        expected[24..32].fill(9);
        check(
            &[first.clone(), last.clone(), packet(UDP, 7, 16, true, &other[16..32])],
            &expected,
            &[(false, false), (true, true), (false, false)],
        );
        let twice = packet(UDP, 7, 0, true, &other[..24]);
        check(
            &[first, twice, last, packet(UDP, 7, 24, true, &whole[24..32])],
            &whole,
            &[(false, false), (true, true), (false, false), (false, false)],
        );
    }

    #[test]
    fn fragments_within_fragments() {
        let whole = datagram(&(0..40).collect::<Vec<u8>>());
        let inner = [packet(UDP, 1, 0, true, &whole[..24]), packet(UDP, 1, 24, false, &whole[24..])];
        let cut = |id: u16, inner: &[u8]| {
            [packet(IP_IN_IP, id, 0, true, &inner[..24]), packet(IP_IN_IP, id, 24, false, &inner[24..])]
        };
        let packets = [cut(1, &inner[0]), cut(2, &inner[1])].concat();
        let mut defragmenter = Defragmenter::default();
        for (number, data) in (1..4).zip(&packets) {
            let packet = parse(&mut defragmenter, frame(number, data));
            assert_eq!(packet.rest, Rest::Fragment);
        }
        let packet = parse(&mut defragmenter, frame(4, &packets[3]));
        assert_eq!(packet.udp().unwrap().payload, &whole[8..]);
        assert_eq!(packet.datagrams.len(), 2);
        let Some(Layer::Udp(udp)) = packet.layers.last() else { panic!("no UDP") };
        // The inner header has the first 20 bytes of the first outer fragment's content.
        assert_eq!(packet.origin(udp.offset), (1, 40));
        drop(packet);
        assert_eq!(defragmenter.left(), Left::default());
    }

    #[test]
    fn a_flood_of_fragments_stays_within_the_bounds() {
        let mut defragmenter = Defragmenter::default();
        let content = [0; 1480];
        for number in 1..20_000 {
            let id = u16::try_from(number).unwrap();
            let data = packet(UDP, id, 0, true, &content);
            parse(&mut defragmenter, frame(number, &data));
            assert!(defragmenter.pending.bytes <= MAX_BYTES + content.len());
            assert!(defragmenter.pending.datagrams.len() <= MAX_DATAGRAMS);
            assert_eq!(defragmenter.pending.datagrams.len(), defragmenter.pending.order.len());
        }
        let left = defragmenter.left();
        assert_eq!(left.given_up, Some(1));
        assert_eq!(left.incomplete, Some((1, 19_999)));
        // Many for one datagram.
        let mut defragmenter = Defragmenter::default();
        for number in 1..10_000 {
            let data = packet(UDP, 1, 8, true, &content[..8]);
            parse(&mut defragmenter, frame(number, &data));
        }
        assert!(defragmenter.pending.datagrams.values().all(|incomplete| incomplete.fragments.len() <= MAX_FRAGMENTS));
        assert!(defragmenter.left().given_up.is_some());
    }

    #[test]
    fn a_fragment_that_was_cut_is_not_used() {
        let whole = datagram(&[1; 40]);
        let data = packet(UDP, 7, 0, true, &whole[..24]);
        let mut defragmenter = Defragmenter::default();
        let cut = Frame { data: &data[..30], captured_length: 30, ..frame(1, &data) };
        parse(&mut defragmenter, cut);
        let last = packet(UDP, 7, 24, false, &whole[24..]);
        assert!(parse(&mut defragmenter, frame(2, &last)).datagrams.is_empty());
        assert_eq!(defragmenter.left().incomplete, Some((1, 2)));
    }
}
