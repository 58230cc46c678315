//! Ethernet (IEEE 802.3) and VLAN tags (IEEE 802.1Q).

use super::layer::Layer;
use super::tree::LayerTree;
use crate::packet::{self, Ethernet, Packet, Vlan};

/// Bytes of a frame on the wire without its check sequence: shorter ones are padded (IEEE 802.3, 3.2.8).
const SHORTEST_FRAME: usize = 60;

/// Bytes of the check sequence. Wireshark takes the end of a trailer for it in frames as long as one with it is on the wire.
const CHECK_SEQUENCE: usize = 4;

/// Fields of the Ethernet header, and the bytes behind the packet it carries.
pub(super) fn layer(packet: &Packet<'_>, ethernet: &Ethernet) -> LayerTree {
    Layer::new("eth", packet.bytes, ethernet.offset)
        .field("eth.dst", address(ethernet.destination), 0, 6)
        .field("eth.src", address(ethernet.source), 6, 6)
        .with(|layer| {
            if ethernet.is_length() {
                layer.field("eth.len", ethernet.ether_type, 12, 2)
            } else if ethernet.is_ether_type() {
                layer.field("eth.type", format_args!("{:#06x}", ethernet.ether_type), 12, 2)
            } else {
                layer.field("eth.invalid_lentype", format_args!("{:#06x}", ethernet.ether_type), 12, 2)
            }
        })
        .with(|layer| behind(layer, packet, ethernet))
        .done()
}

/// Fields of a VLAN tag.
pub(super) fn vlan(packet: &Packet<'_>, vlan: &Vlan) -> LayerTree {
    if vlan.is_service_tag {
        return service_tag(packet, vlan);
    }
    Layer::new("vlan", packet.bytes, vlan.offset)
        .field("vlan.priority", vlan.priority, 0, 2)
        .field("vlan.dei", u8::from(vlan.drop_eligible), 0, 2)
        .field("vlan.id", vlan.id, 0, 2)
        .field("vlan.etype", format_args!("{:#06x}", vlan.ether_type), 2, 2)
        .done()
}

/// Fields of a provider bridge's tag (IEEE 802.1ad).
fn service_tag(packet: &Packet<'_>, vlan: &Vlan) -> LayerTree {
    Layer::new("ieee8021ad", packet.bytes, vlan.offset)
        .field("ieee8021ad.priority", vlan.priority, 0, 1)
        .field("ieee8021ad.dei", u8::from(vlan.drop_eligible), 0, 1)
        .field("ieee8021ad.id", vlan.id, 0, 2)
        .field("ieee8021ah.etype", format_args!("{:#06x}", vlan.ether_type), 2, 2)
        .done()
}

/// Padding up to the shortest frame, and any trailer.
fn behind<'a>(layer: Layer<'a>, packet: &Packet<'_>, ethernet: &Ethernet) -> Layer<'a> {
    let any = |is_one: fn(&packet::Layer<'_>) -> bool| packet.layers().iter().any(is_one);
    // Wireshark shows none behind PPPoE and VN-Tag, and behind PKTAP only trailers.
    let shows = !any(|header| matches!(header, packet::Layer::Pppoe(_) | packet::Layer::Carrier(_)));
    let is_tapped = any(|header| matches!(header, packet::Layer::Pktap(_)));
    let Some(end) = packet.network_end_behind(ethernet.offset).filter(|end| shows && *end < ethernet.end) else {
        return layer;
    };
    let shortest = ethernet.offset + SHORTEST_FRAME;
    let is_zero = || packet.bytes.get(end..shortest).is_some_and(|bytes| bytes.iter().all(|byte| *byte == 0));
    // Wireshark takes for padding only zeros that bring the frame to its shortest length.
    let is_padded = !is_tapped && (end..=ethernet.end).contains(&shortest) && is_zero();
    let padding_end = if is_padded { shortest } else { end };
    let at = |position: usize| position - ethernet.offset;
    let trailer = ethernet.end - padding_end;
    // What a tag stands before is shown as the tag's, check sequence or not.
    let is_tagged = any(|header| matches!(header, packet::Layer::Vlan(_)));
    let name = if is_tagged { "vlan.trailer" } else { "eth.trailer" };
    let is_whole = ethernet.offset == 0 && !is_tagged && packet.frame.wire_length as usize == packet.frame.data.len();
    let has_check = is_whole && ethernet.end >= SHORTEST_FRAME + CHECK_SEQUENCE && trailer >= CHECK_SEQUENCE;
    let check = if has_check { CHECK_SEQUENCE } else { 0 };
    layer
        .bytes("eth.padding", at(end), padding_end - end)
        .bytes(name, at(padding_end), trailer - check)
        .with(|layer| if has_check { layer.hex("eth.fcs", at(ethernet.end - check), check) } else { layer })
}

/// A MAC address as Wireshark writes it.
pub(crate) fn address(bytes: [u8; 6]) -> String {
    let [a, b, c, d, e, f] = bytes;
    format!("{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}")
}
