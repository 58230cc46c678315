//! Where a packet was recorded.

use super::content::digest;
use crate::packet::Packet;

/// Where a packet was recorded: what differs between two places of its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Capture interface.
    pub interface: u32,
    /// Time to live, or hop limit.
    pub ttl: u8,
    /// Digest of the bytes before the outermost IP header: link-layer addresses, tags, direction.
    link: u64,
}

impl Place {
    /// `None` without an IP header.
    pub(super) fn of(packet: &Packet<'_>) -> Option<Self> {
        let ip = packet.outer_ip()?;
        let link = digest(packet.frame.data.get(..ip.offset()).unwrap_or_default());
        Some(Self { interface: packet.frame.interface, ttl: ip.ttl(), link })
    }

    /// Whether both are on the same interface and link.
    pub(super) fn is_beside(&self, other: &Place) -> bool {
        (self.interface, self.link) == (other.interface, other.link)
    }
}
