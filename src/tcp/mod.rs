//! Connections: which segment belongs to which, who is client, how each was opened and closed, and the bytes it carried.
//!
//! A [`Tracker`] takes TCP packets in file order and keeps, per connection, a few hundred bytes of numbers and the
//! out-of-order bytes that wait for a gap to be filled; payload in order goes to a [`Consumer`] at once and is not kept.
//! Sequence analysis (retransmission and its kin) follows the rules of the Wireshark User's Guide, chapter "TCP Analysis",
//! and what tshark 4.0 prints; handshake and close follow RFC 9293.

mod close;
mod connection;
mod handshake;
mod options;
mod reassembly;
mod sequence;
mod tracker;
mod unacked;

pub(crate) use connection::Numbers;
pub(crate) use options::SynOptions;
pub(crate) use reassembly::{Carried, Piece};
pub(crate) use sequence::Marks;
pub(crate) use tracker::{Consumer, Sighting, Tracked, Tracker};
pub(crate) use unacked::{AckFacts, Unacked, sack_edges};

use crate::time::{Span, Timestamp};

/// One end of a connection: the sender of its first frame, or the other. Who of them is client is known only later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum End {
    /// The sender of the connection's first frame.
    Opener,
    /// Its peer.
    Other,
}

impl End {
    pub(crate) fn peer(self) -> Self {
        match self {
            End::Opener => End::Other,
            End::Other => End::Opener,
        }
    }
}

/// One value for each end of a connection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct PerEnd<T> {
    pub(crate) opener: T,
    pub(crate) other: T,
}

impl<T> PerEnd<T> {
    pub(crate) fn get(&self, end: End) -> &T {
        match end {
            End::Opener => &self.opener,
            End::Other => &self.other,
        }
    }

    pub(crate) fn get_mut(&mut self, end: End) -> &mut T {
        match end {
            End::Opener => &mut self.opener,
            End::Other => &mut self.other,
        }
    }

    /// The values of `end` and of its peer.
    pub(crate) fn split(&mut self, end: End) -> (&mut T, &mut T) {
        match end {
            End::Opener => (&mut self.opener, &mut self.other),
            End::Other => (&mut self.other, &mut self.opener),
        }
    }
}

/// When something happened: a frame and its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) frame: u64,
    pub(crate) time: Option<Timestamp>,
}

impl Moment {
    /// Time from `earlier` to this moment, when both have one.
    pub(crate) fn since(self, earlier: Self) -> Option<Span> {
        Some(self.time? - earlier.time?)
    }
}

/// Sequence number comparison modulo 2^32 (RFC 9293, 3.4): whether `a` is after `b`.
pub(crate) fn after(a: u32, b: u32) -> bool {
    distance(b, a) > 0
}

/// How far `to` is after `from`, modulo 2^32; negative if before.
pub(crate) fn distance(from: u32, to: u32) -> i32 {
    to.wrapping_sub(from).cast_signed()
}
