//! Solaris' IPNET: IP packets as zones exchange them.

use super::{by_ether_type, ether_type};
use crate::packet::{Layer, Packet, Part, Rest, be16, be32};

/// Address families of Solaris.
const IPV4: u8 = 2;
const IPV6: u8 = 26;

/// A header (24 bytes).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ipnet {
    /// Offset in the frame.
    pub offset: usize,
    /// Version of the header (`ipnet.version`).
    pub version: u8,
    /// Address family (`ipnet.family`).
    pub family: u8,
    /// Where the packet was seen: 0 coming in, 1 going out, 2 inside (`ipnet.htype`).
    pub hook: u16,
    /// Data length, interface, group interface, zones of sender and receiver (`ipnet.pktlen` and so on).
    pub numbers: [u32; 5],
}

impl Ipnet {
    const LENGTH: usize = 24;
}

pub(super) fn parse<'a>(packet: &mut Packet<'a>, part: Part<'a>) -> Rest<'a> {
    let header = || {
        let [version, family, ..] = *part.data else { return None };
        let number = |index: usize| be32(part.data, 4 + 4 * index);
        let numbers = [number(0)?, number(1)?, number(2)?, number(3)?, number(4)?];
        Some(Ipnet { offset: part.offset, version, family, hook: be16(part.data, 2)?, numbers })
    };
    let Some(header) = header() else {
        return Rest::Malformed("IPNET header is cut");
    };
    if let Err(rest) = packet.push(Layer::Ipnet(header)) {
        return rest;
    }
    match header.family {
        IPV4 => by_ether_type(packet, ether_type::IPV4, part.behind(Ipnet::LENGTH)),
        IPV6 => by_ether_type(packet, ether_type::IPV6, part.behind(Ipnet::LENGTH)),
        other => Rest::UnknownFamily(other.into()),
    }
}
