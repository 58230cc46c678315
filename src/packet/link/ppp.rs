//! PPP (RFC 1661), in HDLC-like framing (RFC 1662) and over Ethernet (RFC 2516).

use super::{by_ether_type, ether_type, serial};
use crate::capture::LinkType;
use crate::packet::{Layer, Packet, Part, Rest, be16};

/// Address and control field of HDLC-like framing.
const ADDRESS: u8 = 0xff;

/// PPP protocol numbers (IANA) that are followed.
const IPV4: u16 = 0x0021;
const IPV6: u16 = 0x0057;
const MPLS_UNICAST: u16 = 0x0281;
const MPLS_MULTICAST: u16 = 0x0283;

/// A PPP header: address and control where the framing has them, and the protocol in one byte or two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ppp {
    /// Offset in the frame.
    pub offset: usize,
    /// Address and control field (`ppp.address`, `ppp.control`).
    pub framing: Option<[u8; 2]>,
    /// Whether the capturing host sent it, where the link type tells (`ppp.direction`).
    pub is_sent: Option<bool>,
    /// Protocol number (`ppp.protocol`).
    pub protocol: u16,
    /// Bytes of the protocol number.
    pub protocol_length: usize,
}

/// A `PPPoE` header (6 bytes).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pppoe {
    /// Offset in the frame.
    pub offset: usize,
    /// Whether it belongs to the discovery of a session, not to a session.
    pub is_discovery: bool,
    /// Version, then type (`pppoe.version`, `pppoe.type`); both are 1.
    pub version: [u8; 2],
    /// Kind of packet; 0 within a session (`pppoe.code`).
    pub code: u8,
    /// Number of the session (`pppoe.session_id`).
    pub session: u16,
    /// Bytes behind the header (`pppoe.payload_length`).
    pub length: u16,
}

impl Ppp {
    /// Bytes of the header.
    #[must_use]
    pub fn length(&self) -> usize {
        self.protocol_length + if self.framing.is_some() { 2 } else { 0 }
    }
}

/// Reads PPP as serial lines have it, where Cisco's HDLC can stand in its place.
pub(crate) fn framed<'a>(packet: &mut Packet<'a>, part: Part<'a>) -> Rest<'a> {
    let has_direction = packet.frame.link_type == Some(LinkType::PPP_WITH_DIRECTION);
    let is_sent = part.data.first().filter(|_| has_direction).map(|direction| *direction != 0);
    let part = if has_direction { part.behind(1) } else { part };
    match part.data {
        [serial::UNICAST | serial::MULTICAST, ..] => serial::parse(packet, part),
        [ADDRESS, control, ..] => parse(packet, Some([ADDRESS, *control]), is_sent, part),
        _ => parse(packet, None, is_sent, part),
    }
}

fn parse<'a>(packet: &mut Packet<'a>, framing: Option<[u8; 2]>, is_sent: Option<bool>, part: Part<'a>) -> Rest<'a> {
    let behind_framing = part.behind(if framing.is_some() { 2 } else { 0 });
    // The first byte of a protocol number is even, the last one odd, so one byte can be left out.
    let (protocol, protocol_length) = match behind_framing.data {
        [byte, ..] if byte & 1 == 1 => (Some(u16::from(*byte)), 1),
        bytes => (be16(bytes, 0), 2),
    };
    let Some(protocol) = protocol else {
        return Rest::Malformed("PPP header is cut");
    };
    let header = Ppp { offset: part.offset, framing, is_sent, protocol, protocol_length };
    if let Err(rest) = packet.push(Layer::Ppp(header)) {
        return rest;
    }
    let content = behind_framing.behind(protocol_length);
    match protocol {
        IPV4 => by_ether_type(packet, ether_type::IPV4, content),
        IPV6 => by_ether_type(packet, ether_type::IPV6, content),
        MPLS_UNICAST => by_ether_type(packet, ether_type::MPLS, content),
        MPLS_MULTICAST => by_ether_type(packet, ether_type::MPLS_MULTICAST, content),
        other => Rest::UnknownPppProtocol(other),
    }
}

/// Reads a `PPPoE` packet of a session.
pub(super) fn session<'a>(packet: &mut Packet<'a>, part: Part<'a>) -> Rest<'a> {
    match pppoe(packet, false, part) {
        Ok(content) => parse(packet, None, None, content),
        Err(rest) => rest,
    }
}

/// Reads a `PPPoE` packet that looks for a session.
pub(super) fn discovery<'a>(packet: &mut Packet<'a>, part: Part<'a>) -> Rest<'a> {
    match pppoe(packet, true, part) {
        Ok(content) => Rest::Payload(content.data),
        Err(rest) => rest,
    }
}

fn pppoe<'a>(packet: &mut Packet<'a>, is_discovery: bool, part: Part<'a>) -> Result<Part<'a>, Rest<'a>> {
    let [version, code, ..] = *part.data else {
        return Err(Rest::Malformed("PPPoE header is cut"));
    };
    let Some((session, length)) = be16(part.data, 2).zip(be16(part.data, 4)) else {
        return Err(Rest::Malformed("PPPoE header is cut"));
    };
    let version = [version >> 4, version & 15];
    packet.push(Layer::Pppoe(Pppoe { offset: part.offset, is_discovery, version, code, session, length }))?;
    Ok(part.behind(6).within(length.into()))
}
