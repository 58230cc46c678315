//! Cisco's HDLC framing of serial lines.

use super::{by_ether_type, ether_type};
use crate::packet::{Layer, Packet, Part, Rest};

/// Address fields.
pub(super) const UNICAST: u8 = 0x0f;
pub(super) const MULTICAST: u8 = 0x8f;

/// A header (4 bytes).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CiscoHdlc {
    /// Offset in the frame.
    pub offset: usize,
    /// Unicast or broadcast (`chdlc.address`).
    pub address: u8,
    /// 0 (`chdlc.control`).
    pub control: u8,
    /// `EtherType`, or a number of Cisco's own (`chdlc.protocol`).
    pub protocol: u16,
}

pub(super) fn parse<'a>(packet: &mut Packet<'a>, part: Part<'a>) -> Rest<'a> {
    let [address, control, high, low, ..] = *part.data else {
        return Rest::Malformed("Cisco HDLC header is cut");
    };
    let protocol = u16::from_be_bytes([high, low]);
    if let Err(rest) = packet.push(Layer::CiscoHdlc(CiscoHdlc { offset: part.offset, address, control, protocol })) {
        return rest;
    }
    match protocol {
        ether_type::IPV4 | ether_type::IPV6 | ether_type::MPLS => by_ether_type(packet, protocol, part.behind(4)),
        other => Rest::UnknownEtherType(other),
    }
}
