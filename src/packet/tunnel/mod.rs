//! Headers of tunnels: behind them stands another packet, whose layers follow.

mod gre;
mod mpls;
mod over_udp;

pub(super) use gre::parse as gre;
pub(super) use mpls::parse as mpls;
pub(super) use over_udp::parse as over_udp;

use super::network::protocol;
use super::{Layer, Packet, Part, Rest};

/// The header of a tunnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tunnel {
    /// Which one.
    pub kind: TunnelKind,
    /// Offset in the frame.
    pub offset: usize,
    /// Its length in bytes, as far as captured.
    pub length: usize,
}

/// Tunnel headers that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TunnelKind {
    /// Generic Routing Encapsulation (RFC 2784, RFC 2890; version 1: RFC 2637).
    Gre,
    /// Encapsulated Remote SPAN, type I, which has no header of its own.
    ErspanI,
    /// Encapsulated Remote SPAN, type II.
    ErspanII,
    /// Encapsulated Remote SPAN, type III.
    ErspanIII,
    /// A label stack (RFC 3032).
    Mpls,
    /// The control word of an Ethernet pseudowire (RFC 4448, 4.6); of length 0 where there is none.
    Pseudowire,
    /// Virtual Extensible LAN (RFC 7348).
    Vxlan,
    /// Generic Network Virtualization Encapsulation (RFC 8926).
    Geneve,
    /// GPRS Tunnelling Protocol, user plane (3GPP TS 29.281).
    Gtp,
    /// Teredo (RFC 4380): the indications before the IPv6 packet, which may be none.
    Teredo,
    /// Encapsulating Security Payload (RFC 4303), whose content is encrypted.
    Esp,
}

/// Adds a header of `length` bytes, or what there is of it; gives what stands behind it.
fn header<'a>(packet: &mut Packet<'a>, kind: TunnelKind, length: usize, part: Part<'a>) -> Result<Part<'a>, Rest<'a>> {
    let captured = length.min(part.data.len());
    packet.push(Layer::Tunnel(Tunnel { kind, offset: part.offset, length: captured }))?;
    if captured < length { Err(Rest::Malformed("header of a tunnel is cut")) } else { Ok(part.behind(length)) }
}

/// Reads the header of an Encapsulating Security Payload.
pub(super) fn esp<'a>(packet: &mut Packet<'a>, part: Part<'a>) -> Rest<'a> {
    const HEADER: usize = 8;
    match header(packet, TunnelKind::Esp, HEADER, part) {
        Ok(_) => Rest::UnknownIpProtocol(protocol::ESP),
        Err(rest) => rest,
    }
}
