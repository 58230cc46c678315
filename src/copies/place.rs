//! Where a packet was recorded.

use super::content::digest;
use crate::packet::{Ip, Packet};

/// Where a packet was recorded: what differs between two places of its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Capture interface.
    pub interface: u32,
    /// Time to live, or hop limit.
    pub ttl: u8,
    /// Digest of what the link layer says: addresses, tags, direction.
    link: u64,
}

impl Place {
    /// `None` without an IP header.
    #[inline]
    pub(super) fn of(packet: &Packet<'_>) -> Option<Self> {
        let ip = packet.outer_ip()?;
        let link = digest(link_bytes(packet, ip).unwrap_or_default());
        Some(Self { interface: packet.frame.interface, ttl: ip.ttl(), link })
    }

    /// Whether both are on the same interface and link.
    pub(super) fn is_beside(&self, other: &Place) -> bool {
        (self.interface, self.link) == (other.interface, other.link)
    }
}

/// The bytes before the outermost IP header. Of a wireless frame its three addresses only: each transmission on the air has a signal
/// strength, and repetitions a flag.
fn link_bytes<'a>(packet: &Packet<'a>, outer_ip: &Ip<'_>) -> Option<&'a [u8]> {
    let data = packet.frame.data;
    let wireless = packet.wlan().and_then(|wlan| data.get(wlan.offset + 4..wlan.offset + 22));
    wireless.or_else(|| data.get(..outer_ip.offset()))
}
