//! Link layers that are rare in front of IP, their main fields.

use super::layer::Layer;
use super::tree::LayerTree;
use crate::packet::{Carrier, CarrierKind, Packet, Rest};

/// Wireshark's name.
pub(super) fn name(header: &Carrier) -> &'static str {
    match header.kind {
        CarrierKind::Arcnet { .. } => "arcnet",
        CarrierKind::Infiniband => "ipoib",
        CarrierKind::FrameRelay => "fr",
        CarrierKind::Can { .. } => "can",
        CarrierKind::FabricPath => "cfp",
        CarrierKind::VirtualInterfaceTag => "vntag",
    }
}

/// Names in `frame.protocols`.
pub(super) fn names(header: &Carrier) -> &'static [&'static str] {
    match header.kind {
        CarrierKind::Arcnet { .. } => &["arcnet"],
        CarrierKind::Infiniband => &["ipoib"],
        CarrierKind::FrameRelay => &["fr"],
        CarrierKind::Can { .. } => &["can"],
        CarrierKind::FabricPath => &["eth", "cfp"],
        CarrierKind::VirtualInterfaceTag => &["vntag", "ethertype"],
    }
}

/// What Wireshark calls a content that has no layer of its own.
pub(super) fn content(packet: &Packet<'_>, header: &Carrier) -> Option<&'static str> {
    let Rest::Payload(content) = packet.rest else { return None };
    match header.kind {
        CarrierKind::Can { .. } if header.kind.is_can_error() => None,
        // AUTOSAR's network management has the identifier 0 unless Wireshark is told another.
        CarrierKind::Can { .. }
            if header.kind.can_identifier() == Some(0)
                && !header.kind.is_can_request()
                && !header.kind.is_can_extended() =>
        {
            Some("autosar-nm")
        }
        CarrierKind::Can { .. } if !content.is_empty() => Some("data"),
        _ => None,
    }
}

/// Fields of the header.
pub(super) fn layer(packet: &Packet<'_>, header: &Carrier) -> LayerTree {
    let layer = Layer::new(name(header), packet.bytes, header.offset);
    let layer = match header.kind {
        CarrierKind::Arcnet { has_offset } => arcnet(layer, has_offset, header.length),
        CarrierKind::Infiniband => layer.hex("ipoib.type", 40, 2).hex("ipoib.reserved", 42, 2),
        CarrierKind::FrameRelay => layer,
        CarrierKind::Can { .. } if header.kind.is_can_error() => {
            layer.field("can.flags.err", 1, 0, 4).number("can.len", 4, 1)
        }
        CarrierKind::Can { .. } => layer
            .field_if("can.id", header.kind.can_identifier(), 0, 4)
            .field("can.flags.xtd", u8::from(header.kind.is_can_extended()), 0, 4)
            .field("can.flags.rtr", u8::from(header.kind.is_can_request()), 0, 4)
            .field("can.flags.err", 0, 0, 4)
            .number("can.len", 4, 1),
        CarrierKind::FabricPath => {
            layer.hex("cfp.etype", 12, 2).bits("cfp.ftag", 14, 2, 6, 10).bits("cfp.ttl", 14, 2, 0, 6)
        }
        CarrierKind::VirtualInterfaceTag => layer
            .bits("vntag.dir", 0, 4, 31, 1)
            .bits("vntag.ptr", 0, 4, 30, 1)
            .bits("vntag.dst", 0, 4, 16, 14)
            .bits("vntag.looped", 0, 4, 15, 1)
            .bits("vntag.version", 0, 4, 12, 2)
            .bits("vntag.src", 0, 4, 0, 12)
            .hex("vntag.etype", 4, 2),
    };
    layer.done()
}

fn arcnet(layer: Layer<'_>, has_offset: bool, length: usize) -> Layer<'_> {
    let protocol = if has_offset { 4 } else { 2 };
    let layer = layer.hex("arcnet.src", 0, 1).hex("arcnet.dst", 1, 1);
    let layer = if has_offset { layer.bytes("arcnet.offset", 2, 2) } else { layer };
    let layer = layer.hex("arcnet.protID", protocol, 1);
    match length - protocol {
        4 => layer.number("arcnet.split_flag", protocol + 1, 1).number("arcnet.sequence", protocol + 2, 2),
        8 => layer
            .hex("arcnet.exception_flag", protocol + 1, 1)
            .hex("arcnet.protID", protocol + 4, 1)
            .number("arcnet.split_flag", protocol + 5, 1)
            .number("arcnet.sequence", protocol + 6, 2),
        _ => layer,
    }
}
