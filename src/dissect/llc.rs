//! Logical link control (IEEE 802.2) with SNAP.

use super::layer::Layer;
use super::tree::LayerTree;
use crate::packet::{Llc, Packet, Snap};

/// Fields of the header.
pub(super) fn layer(packet: &Packet<'_>, llc: &Llc) -> LayerTree {
    let organisation = 2 + llc.control_length;
    Layer::new("llc", packet.bytes, llc.offset)
        .field("llc.dsap", format_args!("{:#04x}", llc.destination), 0, 1)
        .field("llc.dsap.sap", llc.destination >> 1, 0, 1)
        .bit("llc.dsap.ig", llc.destination & 1 != 0, 0)
        .field("llc.ssap", format_args!("{:#04x}", llc.source), 1, 1)
        .field("llc.ssap.sap", llc.source >> 1, 1, 1)
        .bit("llc.ssap.cr", llc.source & 1 != 0, 1)
        .with(|layer| control(layer, llc))
        .field_if("llc.oui", llc.snap.map(|snap| snap.organisation), organisation, 3)
        .with(|layer| match llc.snap {
            Some(snap) => layer.field(protocol(snap), format_args!("{:#06x}", snap.protocol), organisation + 3, 2),
            None => layer,
        })
        .done()
}

/// The control field: an unnumbered frame has one byte, the others two, least significant first.
fn control<'a>(layer: Layer<'a>, llc: &Llc) -> Layer<'a> {
    let value = if llc.control_length == 1 { llc.control } else { llc.control.swap_bytes() };
    let layer = layer.field("llc.control", format_args!("{value:#06x}"), 2, llc.control_length);
    match value & 3 {
        3 => layer.field("llc.control.ftype", "0x03", 2, 1),
        1 => layer.field("llc.control.ftype", "0x0001", 2, 2),
        _ => layer.field("llc.control.ftype", "0x0000", 2, 2),
    }
}

fn protocol(snap: Snap) -> &'static str {
    if snap.is_ether_type() { "llc.type" } else { "llc.pid" }
}

/// Wireshark's name of what a service access point stands for that is not followed.
pub(super) fn service_point(number: u8) -> &'static str {
    match number {
        0x42 => "stp",
        0xe0 | 0xff => "ipx",
        0xf0 => "netbios",
        _ => "data",
    }
}
