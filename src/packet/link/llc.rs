//! Logical link control (IEEE 802.2) with the `SubNetwork` Access Protocol (SNAP).

use super::{by_ether_type, ether_type};
use crate::packet::{Layer, Packet, Part, Rest, be16};

/// A service access point of SNAP, of IP, and what fills both of Novell's frames without LLC.
const SNAP: u8 = 0xaa;
const IP: u8 = 0x06;
const NOVELL: u8 = 0xff;

/// Organisations whose protocol numbers are `EtherType` numbers: none (RFC 1042), Cisco's bridges, Apple.
const ETHER_TYPES: [u32; 3] = [0x00_0000, 0x00_00f8, 0x08_0007];

/// An LLC header: 3 bytes, 4 with a control field of two, and 5 more of SNAP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Llc {
    /// Offset in the frame.
    pub offset: usize,
    /// Destination service access point with its group bit (`llc.dsap`).
    pub destination: u8,
    /// Source service access point with its response bit (`llc.ssap`).
    pub source: u8,
    /// Control field, of one byte or two in network order (`llc.control` has the two in the other order).
    pub control: u16,
    /// Bytes of the control field.
    pub control_length: usize,
    /// What follows if both service access points are SNAP's.
    pub snap: Option<Snap>,
}

/// A SNAP header: whose number, and the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Snap {
    /// Organisation code (`llc.oui`).
    pub organisation: u32,
    /// `EtherType` (`llc.type`), or the organisation's own number (`llc.pid`).
    pub protocol: u16,
}

impl Snap {
    /// Whether the number is an `EtherType`.
    #[must_use]
    pub fn is_ether_type(&self) -> bool {
        ETHER_TYPES.contains(&self.organisation)
    }
}

/// Reads an LLC header and what stands behind it.
pub(super) fn parse<'a>(packet: &mut Packet<'a>, part: Part<'a>) -> Rest<'a> {
    let [destination, source, control, ..] = *part.data else {
        return Rest::Malformed("LLC header is cut");
    };
    if destination == NOVELL && source == NOVELL {
        return Rest::UnknownServicePoint(NOVELL);
    }
    // Only unnumbered frames have a control field of one byte.
    let control_length = if control & 3 == 3 { 1 } else { 2 };
    let control = if control_length == 1 { Some(control.into()) } else { be16(part.data, 2) };
    let Some(control) = control else {
        return Rest::Malformed("LLC header is cut");
    };
    let behind = part.behind(2 + control_length);
    let is_snap = destination & !1 == SNAP && source & !1 == SNAP;
    let snap = is_snap.then(|| snap(behind.data)).flatten();
    let header = Llc { offset: part.offset, destination, source, control, control_length, snap };
    if let Err(rest) = packet.push(Layer::Llc(header)) {
        return rest;
    }
    match snap {
        Some(snap) if snap.is_ether_type() => by_ether_type(packet, snap.protocol, behind.behind(5)),
        Some(snap) => Rest::UnknownEtherType(snap.protocol),
        None if is_snap => Rest::Malformed("SNAP header is cut"),
        None if destination == IP => by_ether_type(packet, ether_type::IPV4, behind),
        None => Rest::UnknownServicePoint(destination),
    }
}

fn snap(bytes: &[u8]) -> Option<Snap> {
    let [high, middle, low, ..] = *bytes else { return None };
    Some(Snap { organisation: u32::from_be_bytes([0, high, middle, low]), protocol: be16(bytes, 3)? })
}
