//! Ethernet (IEEE 802.3) with VLAN tags, and what an `EtherType` names.

use etherparse::{Ethernet2HeaderSlice, SingleVlanHeaderSlice};

use super::{carrier, llc, ppp};
use crate::packet::{Layer, Packet, Part, Rest, network, tunnel};

/// `EtherType` numbers of the IEEE registry that are followed.
pub(crate) mod ether_type {
    pub(crate) const IPV4: u16 = 0x0800;
    pub(crate) const ARP: u16 = 0x0806;
    /// The reverse, in the same packets (RFC 903).
    pub(crate) const RARP: u16 = 0x8035;
    pub(crate) const VLAN: u16 = 0x8100;
    pub(crate) const IPV6: u16 = 0x86dd;
    pub(crate) const MPLS: u16 = 0x8847;
    pub(crate) const MPLS_MULTICAST: u16 = 0x8848;
    pub(crate) const PPPOE_DISCOVERY: u16 = 0x8863;
    pub(crate) const PPPOE_SESSION: u16 = 0x8864;
    pub(crate) const PROVIDER_BRIDGING: u16 = 0x88a8;
    /// What some switches wrote before IEEE 802.1ad; the only other tag that Wireshark follows.
    pub(crate) const VLAN_OLD: u16 = 0x9100;
    /// Cisco's fabric path.
    pub(crate) const FABRIC_PATH: u16 = 0x8903;
    /// Cisco's tag of virtual interfaces (IEEE 802.1BR's predecessor).
    pub(crate) const VIRTUAL_INTERFACE_TAG: u16 = 0x8926;
    /// Values up to this one are IEEE 802.3 lengths.
    pub(crate) const LAST_LENGTH: u16 = 1500;
    /// Values from this one on are types.
    pub(crate) const FIRST_TYPE: u16 = 1536;
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
    /// Whether it is the service tag of a provider bridge (IEEE 802.1ad, `EtherType` 0x88a8), which Wireshark names `ieee8021ad`.
    pub is_service_tag: bool,
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

    /// Whether it is an `EtherType`; numbers between the two mean nothing (IEEE 802.3, 3.2.6).
    #[must_use]
    pub fn is_ether_type(&self) -> bool {
        self.ether_type >= ether_type::FIRST_TYPE
    }
}

/// Reads an Ethernet header and what stands behind it, in the frame or in a tunnel.
pub(crate) fn parse<'a>(packet: &mut Packet<'a>, part: Part<'a>) -> Rest<'a> {
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
    if ethernet.ether_type == ether_type::FABRIC_PATH {
        return carrier::fabric_path(packet, part);
    }
    if let Err(rest) = packet.push(Layer::Ethernet(ethernet)) {
        return rest;
    }
    let content = part.behind(Ethernet::LENGTH);
    if ethernet.is_length() {
        llc::parse(packet, content.within(ethernet.ether_type.into()))
    } else {
        by_ether_type(packet, ethernet.ether_type, content)
    }
}

/// Reads what an `EtherType` names, in whatever it stands.
pub(crate) fn by_ether_type<'a>(packet: &mut Packet<'a>, mut ether_type: u16, mut part: Part<'a>) -> Rest<'a> {
    while let ether_type::VLAN | ether_type::PROVIDER_BRIDGING | ether_type::VLAN_OLD = ether_type {
        let Ok(tag) = SingleVlanHeaderSlice::from_slice(part.data) else {
            return Rest::Malformed("VLAN tag is cut");
        };
        let vlan = Vlan {
            offset: part.offset,
            is_service_tag: ether_type == ether_type::PROVIDER_BRIDGING,
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
        ether_type::ARP | ether_type::RARP => network::parse_arp(packet, part),
        ether_type::MPLS | ether_type::MPLS_MULTICAST => tunnel::mpls(packet, part),
        ether_type::PPPOE_SESSION => ppp::session(packet, part),
        ether_type::PPPOE_DISCOVERY => ppp::discovery(packet, part),
        ether_type::VIRTUAL_INTERFACE_TAG => carrier::virtual_interface_tag(packet, part),
        length if length <= ether_type::LAST_LENGTH && matches!(packet.layers.last(), Some(Layer::Vlan(_))) => {
            llc::parse(packet, part.within(length.into()))
        }
        other => Rest::UnknownEtherType(other),
    }
}
