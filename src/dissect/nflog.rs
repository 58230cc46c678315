//! Netfilter's log of Linux.

use super::layer::{Layer, utf8};
use super::tree::LayerTree;
use crate::packet::{Attribute, Nflog, Packet};

/// Fields of the header and of the attributes up to the packet.
pub(super) fn layer(packet: &Packet<'_>, nflog: &Nflog<'_>) -> LayerTree {
    let byte = |at: usize| packet.bytes.get(nflog.offset + at).copied();
    let layer = Layer::new("nflog", packet.bytes, nflog.offset)
        .field("nflog.family", nflog.family, 0, 1)
        .field_if("nflog.version", byte(1), 1, 1)
        .field_if("nflog.res_id", byte(2).zip(byte(3)).map(|(high, low)| u16::from_be_bytes([high, low])), 2, 2);
    // Of an attribute that claims more bytes than there are Wireshark shows nothing.
    let whole = |attribute: &Attribute<'_>| attribute.value.len() + 4 >= usize::from(attribute.length);
    nflog.attributes().take_while(whole).fold(layer, attribute).done()
}

/// Fields of one attribute (`NFULA_…` of Linux' `nfnetlink_log.h`), whose value begins 4 bytes behind its start.
fn attribute<'a>(layer: Layer<'a>, attribute: Attribute<'a>) -> Layer<'a> {
    let at = attribute.at + 4;
    let layer = layer.field("nflog.tlv_length", attribute.length, attribute.at, 2).field(
        "nflog.tlv_type",
        attribute.kind,
        attribute.at + 2,
        2,
    );
    let number = || attribute.value.get(..4)?.try_into().ok().map(u32::from_be_bytes);
    match (attribute.kind, attribute.value) {
        (1, [high, low, hook, ..]) => layer
            .field("nflog.protocol", format_args!("{:#06x}", u16::from_be_bytes([*high, *low])), at, 2)
            .field("nflog.hook", hook, at + 2, 1),
        (4, _) => layer.field_if("nflog.ifindex_indev", number(), at, 4),
        (5, _) => layer.field_if("nflog.ifindex_outdev", number(), at, 4),
        (6, _) => layer.field_if("nflog.ifindex_physindev", number(), at, 4),
        (7, _) => layer.field_if("nflog.ifindex_physoutdev", number(), at, 4),
        (10, prefix) => layer.text("nflog.prefix", utf8(prefix), at, prefix.len()),
        (11, _) => layer.field_if("nflog.uid", number().map(u32::cast_signed), at, 4),
        (14, _) => layer.field_if("nflog.gid", number().map(u32::cast_signed), at, 4),
        _ => layer,
    }
}
