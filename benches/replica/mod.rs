//! The example captures' frames, again and again as other connections of other clients.
//!
//! Every replica of a capture has a client address, ports, sequence numbers, IP identifications and a start of its own; replicas
//! overlap in time as the students of a class do. Checksums are right. Frames without TCP, UDP or ICMP are left out.

mod file;
mod original;
mod rewrite;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use original::Original;
pub use original::originals;
use rewrite::Identity;

pub use file::{File, Format};

/// Time between the starts of two replicas: with the captures' lengths some hundred connections are open at once.
const MEAN_PAUSE: u64 = 100_000_000;

/// A repeatable sequence of numbers (`SplitMix64`).
#[derive(Debug, Clone)]
pub struct Random(pub u64);

impl Random {
    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}

/// A replica on its way.
struct Replica<'o> {
    original: &'o Original,
    identity: Identity,
    start: u64,
    position: usize,
}

/// Hands `write` the frames of replicas of `originals` in order of time (nanoseconds, bytes), until it gives false. Then those that
/// have begun are cut off.
pub fn replicate(originals: &[Original], random: &mut Random, mut write: impl FnMut(u64, &[u8]) -> bool) {
    let mut under_way: Vec<Option<Replica<'_>>> = Vec::new();
    let mut due = BinaryHeap::new();
    let mut free = Vec::new();
    let mut next_start = 1_700_000_000_000_000_000;
    let mut count = 0;
    let mut bytes = Vec::new();
    loop {
        let next = due.peek().map(|Reverse((time, _))| *time);
        if next.is_none_or(|time| time >= next_start) {
            let original = &originals[random.below(originals.len())];
            let identity = Identity::new(count, random);
            let replica = Replica { original, identity, start: next_start, position: 0 };
            let slot = free.pop().unwrap_or_else(|| {
                under_way.push(None);
                under_way.len() - 1
            });
            under_way[slot] = Some(replica);
            due.push(Reverse((next_start, slot)));
            count += 1;
            next_start += random.next() % (2 * MEAN_PAUSE);
            continue;
        }
        let Some(Reverse((time, slot))) = due.pop() else { return };
        let Some(replica) = &mut under_way[slot] else { continue };
        let frames = &replica.original.frames;
        replica.identity.rewrite(replica.original, &frames[replica.position], &mut bytes);
        replica.position += 1;
        if let Some(frame) = frames.get(replica.position) {
            due.push(Reverse((time.max(replica.start + frame.after), slot)));
        } else {
            under_way[slot] = None;
            free.push(slot);
        }
        if !write(time, &bytes) {
            return;
        }
    }
}
