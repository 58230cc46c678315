//! IP datagrams that were put together from fragments: which frames hold them.

use std::collections::{BTreeSet, HashMap};

use crate::diagnostic::LeftOut;
use crate::packet::{Datagram, Packet, Rest};

/// Fragments of a datagram that a report names; more than a full Ethernet frame's payload cut for the smallest link of today has.
const MAX_NAMED: usize = 64;

/// Fragments of completed datagrams that are remembered, each in some 150 bytes: field trees say where a datagram's bytes stand. A capture of
/// one lab has hundreds.
const MAX_FRAGMENTS: usize = 50_000;

/// All datagrams in fragments that were completed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Datagrams {
    /// By the frame that completes them.
    completed: HashMap<u64, Vec<Datagram>>,
    /// By frame and place of a fragment: the frame that completes its datagram.
    completed_in: HashMap<(u64, usize), u64>,
    /// Frames that complete datagrams beyond the limit.
    pub(super) left_out: LeftOut,
}

impl Datagrams {
    /// Notes what a packet completes.
    pub(super) fn note(&mut self, packet: &Packet<'_>) {
        if packet.datagrams.is_empty() {
            return;
        }
        let number = packet.frame.number;
        if self.completed_in.len() >= MAX_FRAGMENTS {
            self.left_out.note(number);
            return;
        }
        for fragment in packet.datagrams.iter().flat_map(|datagram| &datagram.fragments) {
            self.completed_in.insert(fragment.origin, number);
        }
        self.completed.insert(number, packet.datagrams.clone());
    }

    /// The frame that completes the datagram of which this packet holds a fragment.
    pub(crate) fn completed_in(&self, packet: &Packet<'_>) -> Option<u64> {
        let start = packet.fragment_start().filter(|_| packet.rest == Rest::Fragment)?;
        self.completed_in.get(&packet.origin(start)).copied()
    }

    /// The frame that holds the byte at `offset` of what `frame` shows, and where in that frame.
    pub(crate) fn origin(&self, frame: u64, offset: usize) -> (u64, usize) {
        let datagrams = self.completed.get(&frame).map_or(&[][..], Vec::as_slice);
        datagrams.iter().find_map(|datagram| datagram.origin(offset)).unwrap_or((frame, offset))
    }

    /// The frames that the fields of these frames name: those that hold the datagrams which they complete, of each datagram the first
    /// [`MAX_NAMED`] fragments, and those that complete the datagrams of which they hold a fragment.
    pub(crate) fn named_by(&self, frames: &BTreeSet<u64>) -> Vec<u64> {
        let datagrams = frames.iter().filter_map(|frame| self.completed.get(frame)).flatten();
        let fragments = datagrams.flat_map(|datagram| datagram.fragments.iter().take(MAX_NAMED));
        let completing = self.completed_in.iter().filter(|((frame, _), _)| frames.contains(frame));
        fragments.map(|fragment| fragment.frame).chain(completing.map(|(_, number)| *number)).collect()
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.completed.is_empty()
    }
}
