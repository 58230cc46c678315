//! UDP (RFC 768).

use super::ip::UNVERIFIED;
use super::layer::Layer;
use super::tree::LayerTree;
use crate::packet::{Ip, Packet, Udp};

/// `udp.checksum.status` of a datagram over IPv4 that has none (RFC 768).
const ABSENT: u8 = 3;

/// Fields of a UDP header.
pub(super) fn layer(packet: &Packet<'_>, udp: &Udp<'_>) -> LayerTree {
    let is_absent = udp.checksum == 0 && matches!(packet.ip(), Some(Ip::V4(_)));
    Layer::new("udp", packet.bytes, udp.offset)
        .field("udp.srcport", udp.source_port, 0, 2)
        .field("udp.dstport", udp.destination_port, 2, 2)
        .field("udp.length", udp.length, 4, 2)
        .field("udp.checksum", format_args!("{:#06x}", udp.checksum), 6, 2)
        .generated("udp.checksum.status", if is_absent { ABSENT } else { UNVERIFIED })
        .done()
}
