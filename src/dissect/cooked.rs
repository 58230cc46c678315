//! Linux cooked capture, both versions.

use std::net::Ipv4Addr;

use super::ethernet::address;
use super::layer::Layer;
use super::tree::LayerTree;
use crate::packet::{Cooked, Numbering, Packet};

/// Fields of the header.
pub(super) fn layer(packet: &Packet<'_>, cooked: &Cooked) -> LayerTree {
    let layer = Layer::new("sll", packet.bytes, cooked.offset);
    let layer = match cooked.interface {
        None => layer
            .field("sll.pkttype", cooked.packet_type, 0, 2)
            .field("sll.hatype", cooked.hardware_type, 2, 2)
            .field("sll.halen", cooked.address_length, 4, 2)
            .with(|layer| sender(layer, cooked, 6))
            .with(|layer| protocol(layer, cooked, 14)),
        Some(interface) => layer
            .with(|layer| protocol(layer, cooked, 0))
            .field("sll.ifindex", interface, 4, 4)
            .field("sll.hatype", cooked.hardware_type, 8, 2)
            .field("sll.pkttype", cooked.packet_type, 10, 1)
            .field("sll.halen", cooked.address_length, 11, 1)
            .with(|layer| sender(layer, cooked, 12)),
    };
    layer.done()
}

/// The sender's address in the 8 bytes at `at`, by its length, and what is left of them.
fn sender<'a>(layer: Layer<'a>, cooked: &Cooked, at: usize) -> Layer<'a> {
    let room = cooked.address.len();
    let used = usize::from(cooked.address_length).min(room);
    let [a, b, c, d, ..] = cooked.address;
    let layer = match (used, cooked.mac()) {
        (_, Some(mac)) => layer.field("sll.src.eth", address(mac), at, 6),
        (4, _) => layer.field("sll.src.ipv4", Ipv4Addr::from([a, b, c, d]), at, 4),
        _ => layer.bytes("sll.src.other", at, used),
    };
    layer.bytes("sll.unused", at + used, room - used)
}

fn protocol<'a>(layer: Layer<'a>, cooked: &Cooked, at: usize) -> Layer<'a> {
    let name = match cooked.numbering() {
        Numbering::EtherType => "sll.etype",
        Numbering::Gre => "sll.gretype",
        Numbering::Linux => "sll.ltype",
    };
    layer.field(name, format_args!("{:#06x}", cooked.protocol), at, 2)
}
