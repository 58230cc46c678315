//! Link layer: what each link type puts in front of a packet, one file per family.

mod carrier;
mod cooked;
mod ethernet;
mod llc;
mod loopback;
mod netfilter;
mod pktap;
mod ppp;
mod radio;
mod serial;
mod solaris;
mod wlan;

pub use carrier::{Carrier, CarrierKind};
pub use cooked::{Cooked, Numbering};
pub use ethernet::{Ethernet, Vlan};
pub use llc::{Llc, Snap};
pub use loopback::{Enc, Loopback};
pub use netfilter::{Attribute, Nflog};
pub use pktap::Pktap;
pub use ppp::{Ppp, Pppoe};
pub use radio::{Radio, RadioHeader};
pub use serial::CiscoHdlc;
pub use solaris::Ipnet;
pub use wlan::{Aggregate, Wlan};

pub(super) use ethernet::{by_ether_type, ether_type, parse as ethernet};

pub(super) use ppp::framed as ppp;

use super::{Direct, Packet, Part, Rest, be16, network};
use crate::capture::LinkType;

/// Reads an IEEE 802.11 header and what stands behind it, without what a radio adds.
pub(super) fn wlan<'a>(packet: &mut Packet<'a>, part: Part<'a>) -> Rest<'a> {
    wlan::parse(packet, part, wlan::Trailer::default())
}

/// The headers of what most frames are: Ethernet, and behind it IP and TCP; `None` for others.
#[inline]
pub(super) fn direct(link_type: Option<LinkType>, whole: Part<'_>) -> Option<Direct<'_>> {
    let is_ip = |ether_type: u16| matches!(ether_type, ether_type::IPV4 | ether_type::IPV6);
    let is_direct = link_type == Some(LinkType::ETHERNET) && be16(whole.data, Ethernet::LENGTH - 2).is_some_and(is_ip);
    if is_direct { network::direct(whole.behind(Ethernet::LENGTH)) } else { None }
}

/// Splits the frame from its first byte on.
pub(super) fn parse<'a>(packet: &mut Packet<'a>, whole: Part<'a>) -> Rest<'a> {
    match packet.frame.link_type {
        Some(link_type) => by_link_type(packet, link_type, whole),
        None => Rest::NotAPacket,
    }
}

/// Reads what a link type names: the whole frame, or what a header with a link type of its own carries.
fn by_link_type<'a>(packet: &mut Packet<'a>, link_type: LinkType, part: Part<'a>) -> Rest<'a> {
    match link_type {
        LinkType::ETHERNET => ethernet(packet, part),
        LinkType::NULL => loopback::null(packet, part),
        LinkType::LOOP => loopback::openbsd(packet, part),
        LinkType::ENC => loopback::enc(packet, part),
        LinkType::LINUX_SLL => cooked::v1(packet, part),
        LinkType::LINUX_SLL2 => cooked::v2(packet, part),
        LinkType::RAW | LinkType::IPV4 | LinkType::IPV6 | LinkType::RAW_BSD | LinkType::RAW_OPENBSD => {
            match part.data.first().map(|byte| byte >> 4) {
                Some(4) if link_type != LinkType::IPV6 => network::parse_ip(packet, part),
                Some(6) if link_type != LinkType::IPV4 => network::parse_ip(packet, part),
                _ => Rest::Malformed("no IP version"),
            }
        }
        LinkType::PPP | LinkType::PPP_HDLC | LinkType::PPP_WITH_DIRECTION => ppp::framed(packet, part),
        LinkType::PPP_ETHER => ppp::session(packet, part),
        LinkType::CISCO_HDLC => serial::parse(packet, part),
        LinkType::IEEE802_11 => wlan::parse(packet, part, wlan::Trailer::default()),
        LinkType::IEEE802_11_RADIOTAP => radio::radiotap(packet, part),
        LinkType::IEEE802_11_PRISM => radio::prism(packet, part),
        LinkType::IEEE802_11_AVS => radio::avs(packet, part),
        LinkType::PPI => radio::ppi(packet, part),
        LinkType::NFLOG => netfilter::parse(packet, part),
        LinkType::IPNET => solaris::parse(packet, part),
        LinkType::ARCNET => carrier::arcnet(packet, part, false),
        LinkType::ARCNET_LINUX => carrier::arcnet(packet, part, true),
        LinkType::IPOIB => carrier::infiniband(packet, part),
        LinkType::FRAME_RELAY => carrier::frame_relay(packet, part),
        LinkType::CAN => carrier::can(packet, part),
        LinkType::PKTAP => pktap::parse(packet, part),
        other => Rest::UnknownLink(other),
    }
}
