//! Link layers that are rare in front of IP: of each, what is needed to find the packet behind it.

use super::{by_ether_type, ether_type, ethernet};
use crate::packet::{Layer, Packet, Part, Rest, be16, be32, le32, network};

/// ARCNET's numbers of protocols (ATA 878.2), of RFC 1051 and RFC 1201.
const ARCNET_OLD_IP: u8 = 0xf0;
const ARCNET_OLD_ARP: u8 = 0xf1;
const ARCNET_IP: u8 = 0xd4;
const ARCNET_ARP: u8 = 0xd5;
const ARCNET_DIAGNOSE: u8 = 0x80;
const ARCNET_BACNET: u8 = 0xcd;
/// Stands where the split flag does in packets that are padded (RFC 1201, 2.1).
const ARCNET_EXCEPTION: u8 = 0xff;

/// Unnumbered information, and network-layer numbers behind it (RFC 2427).
const UNNUMBERED: u8 = 0x03;
const NLPID_IPV4: u8 = 0xcc;
const NLPID_IPV6: u8 = 0x8e;

/// Flags of a CAN identifier (Linux' `can.h`), and the bits that are the identifier itself in the long form and the short one.
const CAN_ERROR: u32 = 0x2000_0000;
const CAN_REMOTE: u32 = 0x4000_0000;
const CAN_EXTENDED: u32 = 0x8000_0000;
const CAN_LONG: u32 = 0x1fff_ffff;
const CAN_SHORT: u32 = 0x7ff;

/// Which of them a header is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CarrierKind {
    /// ARCNET, with Linux' two bytes of offset or without.
    Arcnet {
        /// Whether the two bytes are there.
        has_offset: bool,
    },
    /// IP over InfiniBand (RFC 4391), behind the pseudo header of a capture.
    Infiniband,
    /// Frame Relay with an address of 2 to 4 bytes.
    FrameRelay,
    /// Linux' CAN frame.
    Can {
        /// Identifier with its three flags.
        id: u32,
    },
    /// Cisco's fabric path: Ethernet in Ethernet.
    FabricPath,
    /// Cisco's tag of virtual interfaces, in front of another `EtherType`.
    VirtualInterfaceTag,
}

/// A header of one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Carrier {
    /// Offset in the frame.
    pub offset: usize,
    /// Bytes of the header.
    pub length: usize,
    /// What it is.
    pub kind: CarrierKind,
}

impl CarrierKind {
    /// Whether a CAN frame tells of an error on the bus.
    #[must_use]
    pub fn is_can_error(self) -> bool {
        matches!(self, Self::Can { id } if id & CAN_ERROR != 0)
    }

    /// Whether a CAN frame asks for one instead of carrying data.
    #[must_use]
    pub fn is_can_request(self) -> bool {
        matches!(self, Self::Can { id } if id & CAN_REMOTE != 0)
    }

    /// Whether a CAN frame's identifier is of the long form.
    #[must_use]
    pub fn is_can_extended(self) -> bool {
        matches!(self, Self::Can { id } if id & CAN_EXTENDED != 0)
    }

    /// A CAN frame's identifier without its flags.
    #[must_use]
    pub fn can_identifier(self) -> Option<u32> {
        match self {
            Self::Can { id } => Some(id & if self.is_can_extended() { CAN_LONG } else { CAN_SHORT }),
            _ => None,
        }
    }
}

/// Adds the header, and gives what stands behind it.
fn push<'a>(packet: &mut Packet<'a>, part: Part<'a>, length: usize, kind: CarrierKind) -> Result<Part<'a>, Rest<'a>> {
    packet.push(Layer::Carrier(Carrier { offset: part.offset, length, kind }))?;
    Ok(part.behind(length))
}

/// ARCNET; Linux shows two bytes of the adapter's buffer behind the addresses.
pub(super) fn arcnet<'a>(packet: &mut Packet<'a>, part: Part<'a>, has_offset: bool) -> Rest<'a> {
    let at = if has_offset { 4 } else { 2 };
    let Some(&protocol) = part.data.get(at) else {
        return Rest::Malformed("ARCNET header is cut");
    };
    let length = match (protocol, part.data.get(at + 1)) {
        (ARCNET_OLD_IP | ARCNET_OLD_ARP | ARCNET_DIAGNOSE | ARCNET_BACNET, _) => at + 1,
        (_, Some(&ARCNET_EXCEPTION)) if !has_offset => at + 8,
        _ => at + 4,
    };
    let content = match push(packet, part, length, CarrierKind::Arcnet { has_offset }) {
        Ok(content) => content,
        Err(rest) => return rest,
    };
    match protocol {
        ARCNET_OLD_IP | ARCNET_IP => network::parse_ip(packet, content),
        ARCNET_OLD_ARP | ARCNET_ARP => network::parse_arp(packet, content),
        _ => Rest::Payload(content.data),
    }
}

/// IP over InfiniBand: two addresses of 20 bytes, an `EtherType`, two reserved bytes.
pub(super) fn infiniband<'a>(packet: &mut Packet<'a>, part: Part<'a>) -> Rest<'a> {
    const LENGTH: usize = 44;
    let Some(ether_type) = be16(part.data, 40).filter(|_| part.data.len() >= LENGTH) else {
        return Rest::Malformed("IPoIB header is cut");
    };
    match push(packet, part, LENGTH, CarrierKind::Infiniband) {
        Ok(content) => by_ether_type(packet, ether_type, content),
        Err(rest) => rest,
    }
}

/// Frame Relay (Q.922 addresses), with the encapsulation of RFC 2427 or Cisco's `EtherType`.
pub(super) fn frame_relay<'a>(packet: &mut Packet<'a>, part: Part<'a>) -> Rest<'a> {
    // The last byte of the address has its lowest bit set.
    let Some(address) = (1..4).find(|at| part.data.get(*at).is_some_and(|byte| byte & 1 == 1)).map(|at| at + 1) else {
        return Rest::Malformed("Frame Relay address is cut");
    };
    let (ether_type, length) = match part.data.get(address..) {
        Some([UNNUMBERED, NLPID_IPV4, ..]) => (Some(ether_type::IPV4), address + 2),
        Some([UNNUMBERED, NLPID_IPV6, ..]) => (Some(ether_type::IPV6), address + 2),
        Some([UNNUMBERED, ..]) => (None, address + 1),
        Some([high, low, ..]) => (Some(u16::from_be_bytes([*high, *low])), address + 2),
        _ => return Rest::Malformed("Frame Relay header is cut"),
    };
    match push(packet, part, length, CarrierKind::FrameRelay) {
        Ok(content) => match ether_type {
            Some(ether_type) => by_ether_type(packet, ether_type, content),
            None => Rest::Payload(content.data),
        },
        Err(rest) => rest,
    }
}

/// A CAN frame as Linux' sockets have it: identifier, length, padding, data. Behind a cooked header the identifier is in the byte order of
/// the capturing host, which is taken to be little-endian.
pub(super) fn can<'a>(packet: &mut Packet<'a>, part: Part<'a>) -> Rest<'a> {
    let is_cooked = matches!(packet.layers.last(), Some(Layer::Cooked(_)));
    let id = if is_cooked { le32(part.data, 0) } else { be32(part.data, 0) };
    let Some((id, length)) = id.zip(part.data.get(4).copied()) else {
        return Rest::Malformed("CAN frame is cut");
    };
    match push(packet, part, 8, CarrierKind::Can { id }) {
        Ok(content) => Rest::Payload(content.within(length.into()).data),
        Err(rest) => rest,
    }
}

/// Fabric path: addresses, its `EtherType`, tag and hop limit, then an Ethernet frame.
pub(super) fn fabric_path<'a>(packet: &mut Packet<'a>, part: Part<'a>) -> Rest<'a> {
    /// Bytes of the check sequence at the end, which covers both.
    const CHECK_SEQUENCE: usize = 4;
    match push(packet, part, 16, CarrierKind::FabricPath) {
        Ok(content) => ethernet(packet, content.within(content.length.saturating_sub(CHECK_SEQUENCE))),
        Err(rest) => rest,
    }
}

/// A tag of virtual interfaces: four bytes, then an `EtherType`.
pub(super) fn virtual_interface_tag<'a>(packet: &mut Packet<'a>, part: Part<'a>) -> Rest<'a> {
    let Some(ether_type) = be16(part.data, 4) else {
        return Rest::Malformed("VN-Tag is cut");
    };
    match push(packet, part, 6, CarrierKind::VirtualInterfaceTag) {
        Ok(content) => by_ether_type(packet, ether_type, content),
        Err(rest) => rest,
    }
}
