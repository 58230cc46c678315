//! UDP (RFC 768).

use super::ip::UNVERIFIED;
use super::layer::Layer;
use super::tree::LayerTree;
use crate::packet::{Packet, Udp};

/// Fields of a UDP header.
pub(super) fn layer(packet: &Packet<'_>, udp: &Udp<'_>) -> LayerTree {
    Layer::new("udp", packet.bytes, udp.offset)
        .field("udp.srcport", udp.source_port, 0, 2)
        .field("udp.dstport", udp.destination_port, 2, 2)
        .field("udp.length", udp.length, 4, 2)
        .field("udp.checksum", format_args!("{:#06x}", udp.checksum), 6, 2)
        .generated("udp.checksum.status", UNVERIFIED)
        .done()
}
