//! Network layer: IPv4, IPv6 with its extension headers, ARP.

use std::net::{IpAddr, Ipv4Addr};

use etherparse::{ArpPacketSlice, Ipv4HeaderSlice, Ipv6HeaderSlice, ip_number};

use super::{Direct, Layer, Packet, Part, Rest, be16, be32, transport, tunnel};

/// An ARP packet (RFC 826).
#[derive(Debug, Clone)]
pub struct Arp<'a> {
    /// Offset in the frame.
    pub offset: usize,
    /// Its fields.
    pub packet: ArpPacketSlice<'a>,
}

impl Arp<'_> {
    /// Offset behind the packet.
    #[must_use]
    pub fn end(&self) -> usize {
        self.offset + self.packet.slice().len()
    }

    /// Sender and target protocol addresses when the packet resolves IPv4 addresses.
    #[must_use]
    pub fn ipv4_addresses(&self) -> Option<(Ipv4Addr, Ipv4Addr)> {
        let address = |bytes: &[u8]| Some(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?));
        Some((address(self.packet.sender_protocol_addr())?, address(self.packet.target_protocol_addr())?))
    }
}

/// An IP header of either version.
#[derive(Debug, Clone)]
pub enum Ip<'a> {
    /// Version 4.
    V4(Ipv4<'a>),
    /// Version 6.
    V6(Ipv6<'a>),
}

/// An IPv4 header (RFC 791).
#[derive(Debug, Clone)]
pub struct Ipv4<'a> {
    /// Offset in the frame.
    pub offset: usize,
    /// Its fields, options included.
    pub header: Ipv4HeaderSlice<'a>,
    /// Bytes behind the header, on the wire.
    pub payload_length: usize,
}

/// An IPv6 header (RFC 8200).
#[derive(Debug, Clone)]
pub struct Ipv6<'a> {
    /// Offset in the frame.
    pub offset: usize,
    /// The fixed header's fields.
    pub header: Ipv6HeaderSlice<'a>,
    /// Bytes behind the fixed header, on the wire.
    pub payload_length: usize,
}

/// A header between IP and what it carries: an extension header (RFC 8200, 4) or an Authentication Header (RFC 4302).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extension {
    /// Offset in the frame.
    pub offset: usize,
    /// Which one: the IP protocol number that names it.
    pub kind: u8,
    /// The protocol behind it.
    pub next: u8,
    /// Its length in bytes.
    pub length: usize,
}

/// The part of a datagram that a packet carries.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fragmented<'a> {
    pub(super) identification: u32,
    /// Where it belongs in the datagram.
    pub(super) at: usize,
    /// Whether more follows behind it.
    pub(super) more: bool,
    pub(super) protocol: u8,
    pub(super) content: Part<'a>,
}

impl Ip<'_> {
    /// Offset of the header in the frame.
    #[must_use]
    pub fn offset(&self) -> usize {
        match self {
            Ip::V4(ip) => ip.offset,
            Ip::V6(ip) => ip.offset,
        }
    }

    /// Source address.
    #[must_use]
    pub fn source(&self) -> IpAddr {
        match self {
            Ip::V4(ip) => ip.header.source_addr().into(),
            Ip::V6(ip) => ip.header.source_addr().into(),
        }
    }

    /// Destination address.
    #[must_use]
    pub fn destination(&self) -> IpAddr {
        match self {
            Ip::V4(ip) => ip.header.destination_addr().into(),
            Ip::V6(ip) => ip.header.destination_addr().into(),
        }
    }

    /// Time to live, or hop limit.
    #[must_use]
    pub fn ttl(&self) -> u8 {
        match self {
            Ip::V4(ip) => ip.header.ttl(),
            Ip::V6(ip) => ip.header.hop_limit(),
        }
    }

    /// The identification of an IPv4 header.
    #[must_use]
    pub fn identification(&self) -> Option<u16> {
        match self {
            Self::V4(ip) => Some(ip.header.identification()),
            Self::V6(_) => None,
        }
    }

    /// Offset behind the packet, on the wire.
    #[must_use]
    pub fn end(&self) -> usize {
        match self {
            Ip::V4(ip) => ip.offset + ip.header.slice().len() + ip.payload_length,
            Ip::V6(ip) => ip.offset + ip.header.slice().len() + ip.payload_length,
        }
    }
}

impl<'a> Packet<'a> {
    /// Where the fragment begins that the packet ends in.
    pub(crate) fn fragment_start(&self) -> Option<usize> {
        self.fragment().map(|fragment| fragment.content.offset)
    }

    /// The part of a datagram that the packet ends in.
    pub(super) fn fragment(&self) -> Option<Fragmented<'a>> {
        let end = self.ip()?.end();
        let content = |start: usize| {
            let data = self.bytes.get(start..).unwrap_or_default();
            Part { offset: start, data, length: data.len() }.reaching(end - start.min(end))
        };
        match self.layers.last()? {
            Layer::Ip(Ip::V4(ip)) => Some(Fragmented {
                identification: ip.header.identification().into(),
                at: usize::from(ip.header.fragments_offset().value()) * 8,
                more: ip.header.more_fragments(),
                protocol: ip.header.protocol().0,
                content: content(ip.offset + ip.header.slice().len()),
            }),
            Layer::Extension(extension) if extension.kind == protocol::FRAGMENT => {
                let word = be16(self.bytes, extension.offset + 2)?;
                Some(Fragmented {
                    identification: be32(self.bytes, extension.offset + 4)?,
                    at: usize::from(word & !7),
                    more: word & 1 == 1,
                    protocol: extension.next,
                    content: content(extension.offset + extension.length),
                })
            }
            _ => None,
        }
    }
}

pub(super) fn parse_arp<'a>(packet: &mut Packet<'a>, part: Part<'a>) -> Rest<'a> {
    let Ok(arp) = ArpPacketSlice::from_slice(part.data) else {
        return Rest::Malformed("ARP packet is cut");
    };
    match packet.push(Layer::Arp(Arp { offset: part.offset, packet: arp })) {
        Ok(()) => Rest::Payload(&[]),
        Err(rest) => rest,
    }
}

/// Reads an IP header and what stands behind it.
pub(super) fn parse_ip<'a>(packet: &mut Packet<'a>, part: Part<'a>) -> Rest<'a> {
    let IpPacket { ip, protocol, is_fragment, payload } = match ip_packet(part) {
        Ok(packet) => packet,
        Err(rest) => return rest,
    };
    match packet.push(Layer::Ip(ip)) {
        Err(rest) => rest,
        Ok(()) if is_fragment => Rest::Fragment,
        Ok(()) => content(packet, protocol, payload),
    }
}

/// The headers of an IP packet with TCP at once behind its header; `None` for others.
#[inline]
pub(super) fn direct(part: Part<'_>) -> Option<Direct<'_>> {
    let IpPacket { ip, protocol, is_fragment, payload } = ip_packet(part).ok()?;
    if protocol != protocol::TCP || is_fragment {
        return None;
    }
    Some(Direct { ip, tcp: transport::tcp(payload)? })
}

/// An IP header and what it says of what stands behind it.
struct IpPacket<'a> {
    ip: Ip<'a>,
    protocol: u8,
    is_fragment: bool,
    payload: Part<'a>,
}

#[inline]
fn ip_packet(part: Part<'_>) -> Result<IpPacket<'_>, Rest<'_>> {
    match part.data.first().map(|byte| byte >> 4) {
        Some(4) => ipv4(part),
        Some(6) => ipv6(part),
        _ => Err(Rest::Malformed("no IP version")),
    }
}

#[inline]
fn ipv4(part: Part<'_>) -> Result<IpPacket<'_>, Rest<'_>> {
    let Ok(header) = Ipv4HeaderSlice::from_slice(part.data) else {
        return Err(Rest::Malformed("IPv4 header is cut or shorter than 20 bytes"));
    };
    let header_length = header.slice().len();
    let total_length = match usize::from(header.total_len()) {
        // Written before segmentation offload filled it in.
        0 => part.length,
        length if length < header_length => {
            return Err(Rest::Malformed("IPv4 total length is below the header length"));
        }
        length => length,
    };
    let payload = part.within(total_length).behind(header_length);
    let is_fragment = header.is_fragmenting_payload();
    let protocol = header.protocol().0;
    let ip = Ip::V4(Ipv4 { offset: part.offset, header, payload_length: payload.length });
    Ok(IpPacket { ip, protocol, is_fragment, payload })
}

fn ipv6(part: Part<'_>) -> Result<IpPacket<'_>, Rest<'_>> {
    let Ok(header) = Ipv6HeaderSlice::from_slice(part.data) else {
        return Err(Rest::Malformed("IPv6 header is cut"));
    };
    let behind = part.behind(header.slice().len());
    let payload = match usize::from(header.payload_length()) {
        // A jumbo payload (RFC 2675), or written before segmentation offload filled it in.
        0 => behind,
        length => behind.within(length),
    };
    let protocol = header.next_header().0;
    let ip = Ip::V6(Ipv6 { offset: part.offset, header, payload_length: payload.length });
    Ok(IpPacket { ip, protocol, is_fragment: false, payload })
}

/// Reads what an IP header says that it carries: extension headers, a transport header, another packet.
pub(super) fn content<'a>(packet: &mut Packet<'a>, mut number: u8, mut part: Part<'a>) -> Rest<'a> {
    while let protocol::HOP_BY_HOP
    | protocol::ROUTING
    | protocol::FRAGMENT
    | protocol::AUTHENTICATION
    | protocol::DESTINATION = number
    {
        let (Some(next), Some(units)) = (part.data.first().copied(), part.data.get(1).copied().map(usize::from)) else {
            return Rest::Malformed("extension header is cut");
        };
        let length = match number {
            protocol::FRAGMENT => 8,
            protocol::AUTHENTICATION => (units + 2) * 4,
            _ => (units + 1) * 8,
        };
        let extension = Extension { offset: part.offset, kind: number, next, length };
        if let Err(rest) = packet.push(Layer::Extension(extension)) {
            return rest;
        }
        if part.data.len() < length {
            return Rest::Malformed("extension header is cut");
        }
        if number == protocol::FRAGMENT && be16(part.data, 2).is_some_and(|word| word & !6 != 0) {
            return Rest::Fragment;
        }
        number = next;
        part = part.behind(length);
    }
    match number {
        protocol::IPV4 | protocol::IPV6 => parse_ip(packet, part),
        protocol::GRE => tunnel::gre(packet, part),
        protocol::ESP => tunnel::esp(packet, part),
        _ => transport::parse(packet, number, part),
    }
}

/// IP protocol numbers of the IANA registry that are followed.
pub(crate) mod protocol {
    use super::ip_number;

    pub(crate) const HOP_BY_HOP: u8 = ip_number::IPV6_HEADER_HOP_BY_HOP.0;
    pub(crate) const ICMP: u8 = ip_number::ICMP.0;
    pub(crate) const IPV4: u8 = ip_number::IPV4.0;
    pub(crate) const TCP: u8 = ip_number::TCP.0;
    pub(crate) const UDP: u8 = ip_number::UDP.0;
    pub(crate) const IPV6: u8 = ip_number::IPV6.0;
    pub(crate) const ROUTING: u8 = ip_number::IPV6_ROUTE_HEADER.0;
    pub(crate) const FRAGMENT: u8 = ip_number::IPV6_FRAGMENTATION_HEADER.0;
    pub(crate) const GRE: u8 = ip_number::GRE.0;
    pub(crate) const ESP: u8 = ip_number::ENCAPSULATING_SECURITY_PAYLOAD.0;
    pub(crate) const AUTHENTICATION: u8 = ip_number::AUTHENTICATION_HEADER.0;
    pub(crate) const ICMPV6: u8 = ip_number::IPV6_ICMP.0;
    pub(crate) const DESTINATION: u8 = ip_number::IPV6_DESTINATION_OPTIONS.0;
}
