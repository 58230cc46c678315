//! Linux cooked capture: what libpcap writes in the place of a link-layer header on the `any` interface and on links without one.

use super::{by_ether_type, carrier, llc};
use crate::packet::{Layer, Packet, Part, Rest, be16, be32};

/// Protocol number of frames with an LLC header.
const LLC: u16 = 4;
/// CAN frames.
const CAN: u16 = 12;
/// Numbers above this one are `EtherType` numbers.
const LAST_LINUX: u16 = 1536;

/// Devices that are the end of a GRE tunnel.
const GRE: u16 = 778;
const GRE_IPV6: u16 = 823;

/// What a protocol number of a cooked header is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbering {
    /// An `EtherType`.
    EtherType,
    /// What a GRE tunnel carries, numbered as `EtherType`.
    Gre,
    /// A number of Linux' own.
    Linux,
}

/// A header of 16 bytes (version 1) or 20 bytes (version 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cooked {
    /// Offset in the frame.
    pub offset: usize,
    /// 1 or 2.
    pub version: u8,
    /// Which way the packet went: 0 to this host, 1 broadcast, 2 multicast, 3 to another host, 4 sent by this host (`sll.pkttype`).
    pub packet_type: u16,
    /// Type of the device, `ARPHRD_…` of Linux (`sll.hatype`).
    pub hardware_type: u16,
    /// Bytes of the sender's link-layer address, which can be more than the 8 there is room for (`sll.halen`).
    pub address_length: u16,
    /// Room for the address.
    pub address: [u8; 8],
    /// Index of the interface on the capturing host; version 2 only (`sll.ifindex`).
    pub interface: Option<u32>,
    /// `EtherType` (`sll.etype`, on a GRE tunnel `sll.gretype`), or a number of Linux' own (`sll.ltype`).
    pub protocol: u16,
}

impl Cooked {
    /// Bytes of the header.
    #[must_use]
    pub fn length(&self) -> usize {
        if self.version == 1 { 16 } else { 20 }
    }

    /// What numbers the protocol.
    #[must_use]
    pub fn numbering(&self) -> Numbering {
        match self.hardware_type {
            GRE | GRE_IPV6 => Numbering::Gre,
            _ if self.protocol > LAST_LINUX => Numbering::EtherType,
            _ => Numbering::Linux,
        }
    }

    /// The sender's MAC address, where the device has such.
    #[must_use]
    pub fn mac(&self) -> Option<[u8; 6]> {
        let [a, b, c, d, e, f, ..] = self.address;
        (self.address_length == 6).then_some([a, b, c, d, e, f])
    }
}

pub(super) fn v1<'a>(packet: &mut Packet<'a>, part: Part<'a>) -> Rest<'a> {
    let data = part.data;
    let header = || {
        Some(Cooked {
            offset: part.offset,
            version: 1,
            packet_type: be16(data, 0)?,
            hardware_type: be16(data, 2)?,
            address_length: be16(data, 4)?,
            address: data.get(6..14)?.try_into().ok()?,
            interface: None,
            protocol: be16(data, 14)?,
        })
    };
    behind(packet, header(), part)
}

pub(super) fn v2<'a>(packet: &mut Packet<'a>, part: Part<'a>) -> Rest<'a> {
    let data = part.data;
    let header = || {
        Some(Cooked {
            offset: part.offset,
            version: 2,
            packet_type: u16::from(*data.get(10)?),
            hardware_type: be16(data, 8)?,
            address_length: u16::from(*data.get(11)?),
            address: data.get(12..20)?.try_into().ok()?,
            interface: Some(be32(data, 4)?),
            protocol: be16(data, 0)?,
        })
    };
    behind(packet, header(), part)
}

fn behind<'a>(packet: &mut Packet<'a>, header: Option<Cooked>, part: Part<'a>) -> Rest<'a> {
    let Some(header) = header else {
        return Rest::Malformed("Linux cooked header is cut");
    };
    if let Err(rest) = packet.push(Layer::Cooked(header)) {
        return rest;
    }
    let content = part.behind(header.length());
    match header.protocol {
        LLC => llc::parse(packet, content),
        CAN => carrier::can(packet, content),
        protocol => by_ether_type(packet, protocol, content),
    }
}
