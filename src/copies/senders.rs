//! Whether the Identification of a sender's packets tells them apart.

use super::content::address;
use crate::packet::{Ip, Packet};

/// Senders remembered; another one takes the place of what stands there.
pub(super) const SLOTS: usize = 1024;

#[derive(Debug, Clone, Copy, Default)]
struct Sender {
    /// The number of its address.
    address: u64,
    /// Identification of its last packet that was no copy; 0 for none.
    last: u16,
    /// Whether the packet before that one had the same.
    constant: bool,
}

/// The last Identification of each sender. Programs that build packets themselves often write the same into all.
#[derive(Debug)]
pub(super) struct Senders(Vec<Sender>);

impl Default for Senders {
    fn default() -> Self {
        Self(vec![Sender::default(); SLOTS])
    }
}

impl Senders {
    /// Whether `identification` belongs to one packet of its sender only, as far as is known.
    pub(super) fn tells_apart(&self, packet: &Packet<'_>, identification: Option<u16>) -> bool {
        let (Some(identification), Some(address)) = (identification, source(packet)) else { return false };
        let sender = self.0.get(slot(address)).filter(|sender| sender.address == address);
        !sender.is_some_and(|sender| sender.constant && sender.last == identification)
    }

    /// Notes a packet that is no copy.
    pub(super) fn note(&mut self, packet: &Packet<'_>, identification: Option<u16>) {
        let (Some(last), Some(address)) = (identification, source(packet)) else { return };
        if let Some(entry) = self.0.get_mut(slot(address)) {
            let constant = entry.address == address && entry.last == last;
            *entry = Sender { address, last, constant };
        }
    }
}

#[inline]
fn source(packet: &Packet<'_>) -> Option<u64> {
    packet.ip().map(Ip::source).map(address)
}

fn slot(address: u64) -> usize {
    usize::try_from(address % SLOTS as u64).unwrap_or_default()
}
