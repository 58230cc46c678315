//! Link layer: Ethernet with VLAN tags, loopback, Linux cooked, none.

use etherparse::{Ethernet2HeaderSlice, SingleVlanHeaderSlice};

use super::{Layer, Packet, Part, Rest, be16, be32, network, tunnel};
use crate::capture::LinkType;

/// `EtherType` numbers of the IEEE registry that are followed.
pub(super) mod ether_type {
    pub(crate) const IPV4: u16 = 0x0800;
    pub(crate) const ARP: u16 = 0x0806;
    pub(crate) const VLAN: u16 = 0x8100;
    pub(crate) const IPV6: u16 = 0x86dd;
    pub(crate) const MPLS: u16 = 0x8847;
    pub(crate) const MPLS_UPSTREAM: u16 = 0x8848;
    pub(crate) const PROVIDER_BRIDGING: u16 = 0x88a8;
    pub(crate) const VLAN_OLD: u16 = 0x9100;
    /// Values up to this one are IEEE 802.3 lengths.
    pub(crate) const LAST_LENGTH: u16 = 1500;
}

/// An Ethernet header (IEEE 802.3, 14 bytes).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ethernet {
    /// Offset in the frame: 0, or behind the headers of a tunnel.
    pub offset: usize,
    /// Offset behind the last captured byte of what holds it.
    pub end: usize,
    /// Destination address (`eth.dst`).
    pub destination: [u8; 6],
    /// Source address (`eth.src`).
    pub source: [u8; 6],
    /// `EtherType` (`eth.type`), or a length up to 1500 (`eth.len`).
    pub ether_type: u16,
}

/// An IEEE 802.1Q tag (4 bytes: control information, then the next `EtherType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vlan {
    /// Offset of the tag control information in the frame.
    pub offset: usize,
    /// Priority code point, 0 to 7 (`vlan.priority`).
    pub priority: u8,
    /// Drop eligible indicator (`vlan.dei`).
    pub drop_eligible: bool,
    /// VLAN number, 0 to 4095 (`vlan.id`).
    pub id: u16,
    /// `EtherType` behind the tag (`vlan.etype`).
    pub ether_type: u16,
}

impl Ethernet {
    /// Bytes of the header.
    pub const LENGTH: usize = 14;

    /// Whether the type field is an IEEE 802.3 length.
    #[must_use]
    pub fn is_length(&self) -> bool {
        self.ether_type <= ether_type::LAST_LENGTH
    }
}

/// Splits the frame from its first byte on.
pub(super) fn parse<'a>(packet: &mut Packet<'a>, whole: Part<'a>) -> Rest<'a> {
    let data = whole.data;
    let link_type = packet.frame.link_type;
    match link_type {
        LinkType::ETHERNET => ethernet(packet, whole),
        LinkType::NULL | LinkType::LOOP => {
            let Some(family) = be32(data, 0) else {
                return Rest::Malformed("loopback header is cut");
            };
            // NULL stores the family in the byte order of the capturing host: the small number tells which.
            let family = if family > 0xffff { family.swap_bytes() } else { family };
            match family {
                2 => pseudo(packet, 4, ether_type::IPV4, whole),
                // AF_INET6 of NetBSD/OpenBSD, FreeBSD and macOS, Linux, Windows.
                10 | 23 | 24 | 28 | 30 => pseudo(packet, 4, ether_type::IPV6, whole),
                _ => Rest::UnknownLink(link_type),
            }
        }
        LinkType::LINUX_SLL => match be16(data, 14) {
            Some(protocol) => pseudo(packet, 16, protocol, whole),
            None => Rest::Malformed("Linux cooked header is cut"),
        },
        LinkType::LINUX_SLL2 => match (be16(data, 0), data.len() >= 20) {
            (Some(protocol), true) => pseudo(packet, 20, protocol, whole),
            _ => Rest::Malformed("Linux cooked v2 header is cut"),
        },
        LinkType::RAW | LinkType::IPV4 | LinkType::IPV6 | LinkType::RAW_BSD | LinkType::RAW_OPENBSD => {
            match data.first().map(|byte| byte >> 4) {
                Some(4) if link_type != LinkType::IPV6 => network::parse_ip(packet, whole),
                Some(6) if link_type != LinkType::IPV4 => network::parse_ip(packet, whole),
                _ => Rest::Malformed("no IP version"),
            }
        }
        other => Rest::UnknownLink(other),
    }
}

fn pseudo<'a>(packet: &mut Packet<'a>, length: usize, ether_type: u16, whole: Part<'a>) -> Rest<'a> {
    let link_type = packet.frame.link_type;
    match packet.push(Layer::Pseudo { link_type, length, ether_type }) {
        Ok(()) => by_ether_type(packet, ether_type, whole.behind(length)),
        Err(rest) => rest,
    }
}

/// Reads an Ethernet header and what stands behind it, in the frame or in a tunnel.
pub(super) fn ethernet<'a>(packet: &mut Packet<'a>, part: Part<'a>) -> Rest<'a> {
    let Ok(header) = Ethernet2HeaderSlice::from_slice(part.data) else {
        return Rest::Malformed("Ethernet header is cut");
    };
    let ethernet = Ethernet {
        offset: part.offset,
        end: part.offset + part.data.len(),
        destination: header.destination(),
        source: header.source(),
        ether_type: header.ether_type().0,
    };
    match packet.push(Layer::Ethernet(ethernet)) {
        Ok(()) => by_ether_type(packet, ethernet.ether_type, part.behind(Ethernet::LENGTH)),
        Err(rest) => rest,
    }
}

/// Reads what an `EtherType` names, in whatever it stands.
pub(super) fn by_ether_type<'a>(packet: &mut Packet<'a>, mut ether_type: u16, mut part: Part<'a>) -> Rest<'a> {
    while let ether_type::VLAN | ether_type::PROVIDER_BRIDGING | ether_type::VLAN_OLD = ether_type {
        let Ok(tag) = SingleVlanHeaderSlice::from_slice(part.data) else {
            return Rest::Malformed("VLAN tag is cut");
        };
        let vlan = Vlan {
            offset: part.offset,
            priority: tag.priority_code_point().value(),
            drop_eligible: tag.drop_eligible_indicator(),
            id: tag.vlan_identifier().value(),
            ether_type: tag.ether_type().0,
        };
        if let Err(rest) = packet.push(Layer::Vlan(vlan)) {
            return rest;
        }
        ether_type = vlan.ether_type;
        part = part.behind(4);
    }
    match ether_type {
        ether_type::IPV4 | ether_type::IPV6 => network::parse_ip(packet, part),
        ether_type::ARP => network::parse_arp(packet, part),
        ether_type::MPLS | ether_type::MPLS_UPSTREAM => tunnel::mpls(packet, part),
        other => Rest::UnknownEtherType(other),
    }
}
