//! Whether the Identification of a sender's packets tells them apart.

use std::net::IpAddr;

use super::content::mix;
use crate::packet::{Ip, Packet};

/// Senders remembered; another one takes the place of what stands there.
pub(super) const SLOTS: usize = 1024;

#[derive(Debug, Clone, Copy)]
struct Sender {
    address: IpAddr,
    /// Identification of its last packet that was no copy.
    last: u16,
    /// Whether the packet before that one had the same.
    constant: bool,
}

/// The last Identification of each sender. Programs that build packets themselves often write the same into all.
#[derive(Debug)]
pub(super) struct Senders(Vec<Option<Sender>>);

impl Default for Senders {
    fn default() -> Self {
        Self(vec![None; SLOTS])
    }
}

impl Senders {
    /// Whether `identification` belongs to one packet of its sender only, as far as is known.
    pub(super) fn tells_apart(&self, packet: &Packet<'_>, identification: Option<u16>) -> bool {
        let (Some(identification), Some(address)) = (identification, source(packet)) else { return false };
        let sender = self.0.get(slot(address)).copied().flatten().filter(|sender| sender.address == address);
        !sender.is_some_and(|sender| sender.constant && sender.last == identification)
    }

    /// Notes a packet that is no copy.
    pub(super) fn note(&mut self, packet: &Packet<'_>, identification: Option<u16>) {
        let (Some(last), Some(address)) = (identification, source(packet)) else { return };
        if let Some(entry) = self.0.get_mut(slot(address)) {
            let before = entry.filter(|sender| sender.address == address);
            let constant = before.is_some_and(|before| before.last == last);
            *entry = Some(Sender { address, last, constant });
        }
    }
}

fn source(packet: &Packet<'_>) -> Option<IpAddr> {
    packet.ip().map(Ip::source)
}

fn slot(address: IpAddr) -> usize {
    let number = match address {
        IpAddr::V4(address) => u64::from(u32::from(address)),
        IpAddr::V6(address) => {
            let [high, low] = [u128::from(address) >> 64, u128::from(address) & u128::from(u64::MAX)];
            mix(u64::try_from(high).unwrap_or_default(), u64::try_from(low).unwrap_or_default())
        }
    };
    usize::try_from(mix(0, number) % SLOTS as u64).unwrap_or_default()
}
