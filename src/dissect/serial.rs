//! Cisco's HDLC framing of serial lines.

use super::layer::Layer;
use super::tree::LayerTree;
use crate::packet::{CiscoHdlc, Packet};

/// Fields of the header.
pub(super) fn layer(packet: &Packet<'_>, header: &CiscoHdlc) -> LayerTree {
    Layer::new("chdlc", packet.bytes, header.offset)
        .field("chdlc.address", format_args!("{:#04x}", header.address), 0, 1)
        .field("chdlc.control", format_args!("{:#04x}", header.control), 1, 1)
        .field("chdlc.protocol", format_args!("{:#06x}", header.protocol), 2, 2)
        .done()
}
