//! Loopback of the BSDs, macOS and Npcap, and `OpenBSD`'s `enc`.

use super::layer::Layer;
use super::tree::LayerTree;
use crate::packet::{Enc, Loopback, Packet};

/// Fields of a loopback header.
pub(super) fn layer(packet: &Packet<'_>, loopback: &Loopback) -> LayerTree {
    let layer = Layer::new("null", packet.bytes, loopback.offset);
    match loopback.ether_type() {
        Some(ether_type) => layer.field("null.type", format_args!("{ether_type:#06x}"), 0, 4),
        None => layer.field("null.family", loopback.family, 0, 4),
    }
    .done()
}

/// Fields of an `enc` header.
pub(super) fn enc(packet: &Packet<'_>, enc: &Enc) -> LayerTree {
    Layer::new("enc", packet.bytes, enc.offset)
        .field("enc.af", enc.family, 0, 4)
        .field("enc.spi", format_args!("{:#010x}", enc.index), 4, 4)
        .field("enc.flags", format_args!("{:#010x}", enc.flags), 8, 4)
        .done()
}
