//! Solaris' IPNET.

use super::layer::Layer;
use super::tree::LayerTree;
use crate::packet::{Ipnet, Packet};

/// Fields of the header.
pub(super) fn layer(packet: &Packet<'_>, header: &Ipnet) -> LayerTree {
    let [length, interface, group, source_zone, destination_zone] = header.numbers;
    Layer::new("ipnet", packet.bytes, header.offset)
        .field("ipnet.version", header.version, 0, 1)
        .field("ipnet.family", header.family, 1, 1)
        .field("ipnet.htype", header.hook, 2, 2)
        .field("ipnet.pktlen", length, 4, 4)
        .field("ipnet.ifindex", interface, 8, 4)
        .field("ipnet.grifindex", group, 12, 4)
        .field("ipnet.zsrc", source_zone, 16, 4)
        .field("ipnet.zdst", destination_zone, 20, 4)
        .done()
}
