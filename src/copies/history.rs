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
    /// Number of the packet before it in its list; 0 for none.
    before: u64,
}

impl Known {
    pub(super) fn new(content: Content, first: Moment, place: Place, fresh: bool) -> Self {
        Self { content, first, fresh, repeated: false, first_place: place, others: Vec::new(), before: 0 }
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

/// The last packets in a ring, and in lists of equal hash from the newest on.
#[derive(Debug)]
pub(super) struct History {
    ring: Vec<Known>,
    /// Number of the newest packet of each list, from 1; 0 for none.
    newest: Vec<u64>,
    /// Number of the last packet.
    last: u64,
    /// The last frame of each direction of datagrams.
    ways: Vec<(u64, u64)>,
}

impl Default for History {
    fn default() -> Self {
        Self { ring: Vec::new(), newest: vec![0; LISTS], last: 0, ways: vec![(0, 0); WAYS] }
    }
}

impl History {
    pub(super) fn add(&mut self, mut packet: Known) {
        self.last += 1;
        if let Some(newest) = self.newest.get_mut(list(&packet.content)) {
            packet.before = std::mem::replace(newest, self.last);
        }
        match self.ring.get_mut(index(self.last)) {
            Some(oldest) => *oldest = packet,
            None => self.ring.push(packet),
        }
    }

    /// The packets of equal content with their numbers, newest first.
    pub(super) fn equal(&self, content: &Content) -> impl Iterator<Item = (u64, &Known)> {
        let mut number = self.newest.get(list(content)).copied().unwrap_or_default();
        let listed = std::iter::from_fn(move || {
            let known = self.get(number)?;
            let this = std::mem::replace(&mut number, known.before);
            Some((this, known))
        });
        let content = *content;
        listed.take(LOOKED_AT).filter(move |(_, known)| known.content.is_equal(&content))
    }

    fn get(&self, number: u64) -> Option<&Known> {
        self.ring.get(index(number)).filter(|_| self.remembers(number))
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

fn list(content: &Content) -> usize {
    remainder(content.hash(), LISTS)
}

fn index(number: u64) -> usize {
    usize::try_from(number.wrapping_sub(1) % LENGTH).unwrap_or_default()
}

fn remainder(number: u64, of: usize) -> usize {
    usize::try_from(number % of as u64).unwrap_or_default()
}
