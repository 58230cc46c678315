//! PPP (RFC 1661) and PPP over Ethernet (RFC 2516).

use super::layer::Layer;
use super::tree::LayerTree;
use crate::packet::{Packet, Ppp, Pppoe};

/// Fields of a PPP header.
pub(super) fn layer(packet: &Packet<'_>, ppp: &Ppp) -> LayerTree {
    let protocol = ppp.length() - ppp.protocol_length;
    Layer::new("ppp", packet.bytes, ppp.offset)
        .field_if("ppp.address", ppp.framing.map(|[address, _]| format!("{address:#04x}")), 0, 1)
        .field_if("ppp.control", ppp.framing.map(|[_, control]| format!("{control:#04x}")), 1, 1)
        .generated_if("ppp.direction", ppp.is_sent.map(|is_sent| u8::from(!is_sent)))
        .field("ppp.protocol", format_args!("{:#06x}", ppp.protocol), protocol, ppp.protocol_length)
        .done()
}

/// Fields of a `PPPoE` header.
pub(super) fn pppoe(packet: &Packet<'_>, pppoe: &Pppoe) -> LayerTree {
    let [version, kind] = pppoe.version;
    Layer::new(pppoe_name(pppoe), packet.bytes, pppoe.offset)
        .field("pppoe.version", version, 0, 1)
        .field("pppoe.type", kind, 0, 1)
        .field("pppoe.code", format_args!("{:#04x}", pppoe.code), 1, 1)
        .field("pppoe.session_id", format_args!("{:#06x}", pppoe.session), 2, 2)
        .field("pppoe.payload_length", pppoe.length, 4, 2)
        .done()
}

/// Wireshark's name of the protocol: a session's, or that of its discovery.
pub(super) fn pppoe_name(pppoe: &Pppoe) -> &'static str {
    if pppoe.is_discovery { "pppoed" } else { "pppoes" }
}

/// The Info column of a discovery packet.
pub(super) fn discovery(pppoe: &Pppoe) -> &'static str {
    match pppoe.code {
        0x09 => "Active Discovery Initiation (PADI)",
        0x07 => "Active Discovery Offer (PADO)",
        0x19 => "Active Discovery Request (PADR)",
        0x65 => "Active Discovery Session-confirmation (PADS)",
        0xa7 => "Active Discovery Terminate (PADT)",
        _ => "Unknown",
    }
}

/// Wireshark's names of protocols in PPP, and of their packets in the packet list.
const PROTOCOLS: &[(u16, &str, &str)] = &[
    (0xc021, "lcp", "PPP LCP"),
    (0xc023, "pap", "PPP PAP"),
    (0xc223, "chap", "PPP CHAP"),
    (0x8021, "ipcp", "PPP IPCP"),
    (0x8057, "ipv6cp", "PPP IPV6CP"),
    (0x80fd, "ccp", "PPP CCP"),
    (0x00fd, "comp_data", "PPP Comp"),
];

/// Wireshark's name of a protocol number that is not followed, and what its packet list calls it.
pub(super) fn protocol(number: u16) -> (&'static str, &'static str) {
    let known = PROTOCOLS.iter().find(|(known, ..)| *known == number);
    known.map_or(("data", "PPP"), |(_, name, column)| (name, column))
}
