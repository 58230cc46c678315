//! The packets recorded lately, found by content.

use super::content::Content;
use super::place::Place;
use crate::tcp::Moment;

/// Packets remembered: more than come between two recordings of one.
const LENGTH: u64 = 2048;
/// Lists of packets by content.
const LISTS: usize = 4096;
/// Equal packets that are looked at; bursts of equal acknowledgments are longer.
const LOOKED_AT: usize = 16;
/// Places at which one packet is noted besides the first; a host with virtual bridges has two or three.
const MAX_PLACES: usize = 3;
/// Directions of datagrams whose last frame is remembered.
const WAYS: usize = 256;

/// A packet, by its first recording.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) content: Content,
    pub(super) first: Moment,
    pub(super) fresh: bool,
    /// Whether it was recorded again at a place where it had been.
    pub(super) repeated: bool,
    pub(super) first_place: Place,
    /// The places of other recordings.
    others: Vec<Place>,
}

impl Known {
    pub(super) fn new(content: Content, first: Moment, place: Place, fresh: bool) -> Self {
        Self { content, first, fresh, repeated: false, first_place: place, others: Vec::new() }
    }

    fn places(&self) -> impl Iterator<Item = &Place> {
        std::iter::once(&self.first_place).chain(&self.others)
    }

    pub(super) fn has_been_at(&self, place: Place) -> bool {
        self.places().any(|known| *known == place)
    }

    /// Whether the packet can have gone on to `place`: another interface or link, or one hop further on the same. Another TTL may be
    /// that of another way, or of a forged packet.
    pub(super) fn leads_to(&self, place: Place) -> bool {
        let mut beside = self.places().filter(|known| known.is_beside(&place)).peekable();
        beside.peek().is_none() || beside.any(|known| place.ttl.checked_add(1) == Some(known.ttl))
    }

    /// Notes a recording; says whether it is the second one at the same place.
    pub(super) fn add(&mut self, place: Place) -> bool {
        if self.has_been_at(place) {
            return !std::mem::replace(&mut self.repeated, true);
        }
        if self.others.len() < MAX_PLACES {
            self.others.push(place);
        }
        false
    }
}

/// A packet's place in the list of those whose hash ends the same.
#[derive(Debug, Clone, Copy, Default)]
struct Link {
    hash: u64,
    /// Number of the packet before it in its list; 0 for none.
    before: u64,
}

/// The last packets in a ring, and in lists from the newest on. Packets differ: what tells that stands close together, and only
/// what seems equal is looked at as a whole.
#[derive(Debug)]
pub(super) struct History {
    ring: Vec<Known>,
    links: Vec<Link>,
    /// Number of the newest packet of each list, from 1; 0 for none.
    newest: Vec<u64>,
    /// Number of the last packet.
    last: u64,
    /// The last frame of each direction of datagrams.
    ways: Vec<(u64, u64)>,
}

impl Default for History {
    fn default() -> Self {
        Self {
            ring: Vec::new(),
            links: vec![Link::default(); index(LENGTH) + 1],
            newest: vec![0; LISTS],
            last: 0,
            ways: vec![(0, 0); WAYS],
        }
    }
}

impl History {
    /// Adds a packet whose content has this hash.
    #[inline]
    pub(super) fn add(&mut self, hash: u64, packet: Known) {
        self.last += 1;
        if let (Some(newest), Some(link)) = (self.newest.get_mut(list(hash)), self.links.get_mut(index(self.last))) {
            *link = Link { hash, before: std::mem::replace(newest, self.last) };
        }
        match self.ring.get_mut(index(self.last)) {
            Some(oldest) => *oldest = packet,
            None => self.ring.push(packet),
        }
    }

    /// The packets of equal content, which has this hash, with their numbers, newest first.
    pub(super) fn equal(&self, hash: u64, content: &Content) -> impl Iterator<Item = (u64, &Known)> {
        let mut number = self.newest.get(list(hash)).copied().unwrap_or_default();
        let listed = std::iter::from_fn(move || {
            let link = self.links.get(index(number)).filter(|_| self.remembers(number))?;
            let this = std::mem::replace(&mut number, link.before);
            Some((this, link.hash))
        });
        let content = *content;
        let alike = listed.take(LOOKED_AT).filter(move |(_, other)| *other == hash);
        let known = alike.filter_map(|(number, _)| Some((number, self.ring.get(index(number))?)));
        known.filter(move |(_, known)| known.content.is_equal(&content))
    }

    pub(super) fn get_mut(&mut self, number: u64) -> Option<&mut Known> {
        let remembered = self.remembers(number);
        self.ring.get_mut(index(number)).filter(|_| remembered)
    }

    fn remembers(&self, number: u64) -> bool {
        number > 0 && number + LENGTH > self.last
    }

    /// Notes the last frame of a direction.
    pub(super) fn note(&mut self, way: u64, frame: u64) {
        if let Some(slot) = self.ways.get_mut(remainder(way, WAYS)) {
            *slot = (way, frame);
        }
    }

    /// The last frame of a direction; 0 for none.
    pub(super) fn last_on(&self, way: u64) -> u64 {
        self.ways.get(remainder(way, WAYS)).filter(|(noted, _)| *noted == way).map_or(0, |(_, frame)| *frame)
    }
}

fn list(hash: u64) -> usize {
    remainder(hash, LISTS)
}

fn index(number: u64) -> usize {
    usize::try_from(number.wrapping_sub(1) % LENGTH).unwrap_or_default()
}

fn remainder(number: u64, of: usize) -> usize {
    usize::try_from(number % of as u64).unwrap_or_default()
}
