//! GRE (RFC 2784, RFC 2890) and ERSPAN inside it (draft-foschiano-erspan).

use super::super::link::ether_type;
use super::super::{Packet, Part, Rest, be16, link};
use super::{TunnelKind, header};

const CHECKSUM: u16 = 0x8000;
const ROUTING: u16 = 0x4000;
const KEY: u16 = 0x2000;
const SEQUENCE: u16 = 0x1000;
const ACKNOWLEDGMENT: u16 = 0x0080;

const TRANSPARENT_ETHERNET: u16 = 0x6558;
const ERSPAN: u16 = 0x88be;
const ERSPAN_III: u16 = 0x22eb;
/// Of PPTP (RFC 2637).
const PPP: u16 = 0x880b;
/// Numbers by which access points of one maker send frames of each of their radios to a controller.
const WIRELESS_FIRST: u16 = 0x8200;
const WIRELESS_LAST: u16 = 0x83ff;

/// Reads a GRE header and what stands behind it.
pub(in super::super) fn parse<'a>(packet: &mut Packet<'a>, part: Part<'a>) -> Rest<'a> {
    match read(packet, part) {
        Ok(rest) | Err(rest) => rest,
    }
}

fn read<'a>(packet: &mut Packet<'a>, part: Part<'a>) -> Result<Rest<'a>, Rest<'a>> {
    let (Some(flags), Some(protocol)) = (be16(part.data, 0), be16(part.data, 2)) else {
        return Err(Rest::Malformed("GRE header is cut"));
    };
    let length = length(part.data, flags).ok_or(Rest::Malformed("GRE routing information is cut"))?;
    let content = header(packet, TunnelKind::Gre, length, part)?;
    Ok(match protocol {
        TRANSPARENT_ETHERNET => link::ethernet(packet, content),
        ERSPAN if flags & SEQUENCE == 0 => {
            let mirrored = header(packet, TunnelKind::ErspanI, 0, content)?;
            link::ethernet(packet, mirrored)
        }
        ERSPAN => {
            let mirrored = header(packet, TunnelKind::ErspanII, 8, content)?;
            link::ethernet(packet, mirrored)
        }
        ERSPAN_III => erspan_iii(packet, content)?,
        ether_type::IPV4 | ether_type::IPV6 | ether_type::ARP | ether_type::MPLS | ether_type::MPLS_MULTICAST => {
            link::by_ether_type(packet, protocol, content)
        }
        PPP if content.data.is_empty() => Rest::Payload(&[]),
        PPP => link::ppp(packet, content),
        WIRELESS_FIRST..=WIRELESS_LAST => link::wlan(packet, content),
        other => Rest::UnknownEtherType(other),
    })
}

/// Length of the whole header; `None` if routing information is cut.
fn length(bytes: &[u8], flags: u16) -> Option<usize> {
    let has = |flag| usize::from(flags & flag != 0);
    let words = 1 + has(CHECKSUM | ROUTING) + has(KEY) + has(SEQUENCE) + has(ACKNOWLEDGMENT);
    let mut length = words * 4;
    if flags & ROUTING != 0 {
        // Source route entries (RFC 1701): address family, offset, length; an empty one is the last.
        loop {
            let family = be16(bytes, length)?;
            let entry = usize::from(*bytes.get(length + 3)?);
            length += 4 + entry;
            if family == 0 && entry == 0 {
                break;
            }
        }
    }
    Some(length)
}

fn erspan_iii<'a>(packet: &mut Packet<'a>, part: Part<'a>) -> Result<Rest<'a>, Rest<'a>> {
    const HEADER: usize = 12;
    const SUBHEADER: usize = 8;
    const FRAME_TYPE: u16 = 0x7c00;
    let last = be16(part.data, HEADER - 2).ok_or(Rest::Malformed("ERSPAN header is cut"))?;
    let length = HEADER + if last & 1 == 1 { SUBHEADER } else { 0 };
    let mirrored = header(packet, TunnelKind::ErspanIII, length, part)?;
    // Frame type 0 is Ethernet; the P bit says that the mirrored protocol data unit is whole.
    let is_ethernet = last & FRAME_TYPE == 0;
    Ok(if is_ethernet { link::ethernet(packet, mirrored) } else { Rest::Payload(mirrored.data) })
}
