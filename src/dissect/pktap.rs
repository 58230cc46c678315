//! Apple's packet tap.

use super::layer::{Layer, ascii};
use super::tree::LayerTree;
use crate::packet::{Packet, Pktap};

/// The header's main fields; all its numbers are little-endian.
pub(super) fn layer(packet: &Packet<'_>, header: &Pktap) -> LayerTree {
    let bytes = packet.bytes.get(header.offset..).unwrap_or_default();
    let number = |at: usize| bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes);
    let text = |at: usize, length: usize| ascii(bytes.get(at..at + length).unwrap_or_default());
    Layer::new("pktap", packet.bytes, header.offset)
        .field("pktap.hdrlen", header.length, 0, 4)
        .field_if("pktap.rectype", number(4), 4, 4)
        .field("pktap.dlt", header.link_type, 8, 4)
        .text("pktap.ifname", text(12, 24), 12, 24)
        .field_if("pktap.flags", number(36).map(|flags| format!("{flags:#010x}")), 36, 4)
        .field_if("pktap.pfamily", number(40), 40, 4)
        .field_if("pktap.llhdrlen", number(44), 44, 4)
        .field_if("pktap.lltrlrlen", number(48), 48, 4)
        .field_if("pktap.pid", number(52), 52, 4)
        .text("pktap.cmdname", text(56, 20), 56, 20)
        .done()
}
