//! Network layer: IPv4, IPv6 with its extension headers, ARP.

use std::net::{IpAddr, Ipv4Addr};

use etherparse::{ArpPacketSlice, Ipv4HeaderSlice, Ipv6HeaderSlice, LaxIpv6Slice, ip_number};

use super::{Layer, Packet, Part, Rest, transport};

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
    /// Bytes of the extension headers.
    pub extensions_length: usize,
    /// The protocol behind the extension headers.
    pub protocol: u8,
    /// Bytes behind the extension headers, on the wire.
    pub payload_length: usize,
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

    /// Offset behind the packet, on the wire.
    #[must_use]
    pub fn end(&self) -> usize {
        match self {
            Ip::V4(ip) => ip.offset + ip.header.slice().len() + ip.payload_length,
            Ip::V6(ip) => ip.offset + ip.header.slice().len() + ip.extensions_length + ip.payload_length,
        }
    }

    /// Bytes behind the header and its extension headers, on the wire.
    #[must_use]
    pub fn payload_length(&self) -> usize {
        match self {
            Ip::V4(ip) => ip.payload_length,
            Ip::V6(ip) => ip.payload_length,
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
    match part.data.first().map(|byte| byte >> 4) {
        Some(4) => parse_ipv4(packet, part),
        Some(6) => parse_ipv6(packet, part),
        _ => Rest::Malformed("no IP version"),
    }
}

fn parse_ipv4<'a>(packet: &mut Packet<'a>, part: Part<'a>) -> Rest<'a> {
    let Ok(header) = Ipv4HeaderSlice::from_slice(part.data) else {
        return Rest::Malformed("IPv4 header is cut or shorter than 20 bytes");
    };
    let header_length = header.slice().len();
    let total_length = match usize::from(header.total_len()) {
        // Written before segmentation offload filled it in.
        0 => part.length,
        length if length < header_length => {
            return Rest::Malformed("IPv4 total length is below the header length");
        }
        length => length,
    };
    let payload = part.within(total_length).behind(header_length);
    let fragment = header.is_fragmenting_payload();
    let protocol = header.protocol().0;
    let ip = Ip::V4(Ipv4 { offset: part.offset, header, payload_length: payload.length });
    match packet.push(Layer::Ip(ip)) {
        Err(rest) => rest,
        Ok(()) if fragment => Rest::Fragment,
        Ok(()) => transport::parse(packet, protocol, payload),
    }
}

fn parse_ipv6<'a>(packet: &mut Packet<'a>, part: Part<'a>) -> Rest<'a> {
    let Ok((ip, stop)) = LaxIpv6Slice::from_slice(part.data) else {
        return Rest::Malformed("IPv6 header is cut");
    };
    let header = ip.header();
    let header_length = header.slice().len();
    let payload = ip.payload();
    let extensions_length =
        (payload.payload.as_ptr() as usize).saturating_sub(part.data.as_ptr() as usize).saturating_sub(header_length);
    let behind_header = match usize::from(header.payload_length()) {
        0 => part.behind(header_length),
        length => part.behind(header_length).within(length),
    };
    let content = behind_header.behind(extensions_length);
    let protocol = payload.ip_number.0;
    let fragment = payload.fragmented;
    let layer =
        Ip::V6(Ipv6 { offset: part.offset, header, extensions_length, protocol, payload_length: content.length });
    match packet.push(Layer::Ip(layer)) {
        Err(rest) => rest,
        Ok(()) if fragment => Rest::Fragment,
        Ok(()) if stop.is_some() => Rest::Malformed("IPv6 extension header is cut"),
        Ok(()) => transport::parse(packet, protocol, content),
    }
}

/// IP protocol numbers of the IANA registry that are followed.
pub(super) mod protocol {
    use super::ip_number;

    pub(crate) const ICMP: u8 = ip_number::ICMP.0;
    pub(crate) const TCP: u8 = ip_number::TCP.0;
    pub(crate) const UDP: u8 = ip_number::UDP.0;
    pub(crate) const ICMPV6: u8 = ip_number::IPV6_ICMP.0;
}
