//! Tunnels in UDP datagrams, recognised by their port: VXLAN, Geneve, GTP, Teredo.

use super::super::{Packet, Part, Rest, be16, link, network};
use super::{TunnelKind, header};

/// A tunnel's header and what stands behind it.
type Reader = for<'a> fn(&mut Packet<'a>, Part<'a>) -> Result<Rest<'a>, Rest<'a>>;

/// Registered ports (IANA "Service Name and Transport Protocol Port Number Registry").
const PORTS: &[(u16, Reader)] = &[(2123, gtp), (2152, gtp), (3544, teredo), (4789, vxlan), (6081, geneve)];

/// Reads the tunnel that a datagram between these ports carries; `None` if it is none.
pub(in super::super) fn parse<'a>(packet: &mut Packet<'a>, ports: [u16; 2], part: Part<'a>) -> Option<Rest<'a>> {
    let [low, high] = [ports[0].min(ports[1]), ports[0].max(ports[1])];
    let reader = [low, high].into_iter().find_map(|port| PORTS.iter().find(|(known, _)| *known == port))?.1;
    match reader(packet, part) {
        // Without a header it is a datagram like others.
        Err(Rest::Payload(_)) => None,
        Ok(rest) | Err(rest) => Some(rest),
    }
}

/// What is returned for content that is not the tunnel's.
const OTHER: Rest<'static> = Rest::Payload(&[]);

fn vxlan<'a>(packet: &mut Packet<'a>, part: Part<'a>) -> Result<Rest<'a>, Rest<'a>> {
    const HEADER: usize = 8;
    let frame = header(packet, TunnelKind::Vxlan, HEADER, part)?;
    Ok(link::ethernet(packet, frame))
}

fn geneve<'a>(packet: &mut Packet<'a>, part: Part<'a>) -> Result<Rest<'a>, Rest<'a>> {
    const HEADER: usize = 8;
    const ETHERNET: u16 = 0x6558;
    let (Some(first), Some(protocol)) = (part.data.first(), be16(part.data, 2)) else { return Err(OTHER) };
    let options = usize::from(first & 0x3f) * 4;
    let content = header(packet, TunnelKind::Geneve, HEADER + options, part)?;
    Ok(match protocol {
        ETHERNET => link::ethernet(packet, content),
        other => link::by_ether_type(packet, other, content),
    })
}

fn gtp<'a>(packet: &mut Packet<'a>, part: Part<'a>) -> Result<Rest<'a>, Rest<'a>> {
    const HEADER: usize = 8;
    const OPTIONAL: usize = 4;
    const ANY_OPTIONAL: u8 = 0b111;
    const EXTENDED: u8 = 0b100;
    const USER_DATA: u8 = 0xff;
    let (Some([flags, message]), Some(stated)) = (part.data.get(..2), be16(part.data, 2)) else { return Err(OTHER) };
    let is_version_1 = flags >> 4 == 0b0011;
    if !is_version_1 {
        return Err(OTHER);
    }
    let part = part.within(HEADER + usize::from(stated));
    let mut length = HEADER;
    if flags & ANY_OPTIONAL != 0 {
        length += OPTIONAL;
        while flags & EXTENDED != 0 && part.data.get(length - 1).is_some_and(|next| *next != 0) {
            let units = part.data.get(length).copied().filter(|units| *units > 0).ok_or(CUT)?;
            length += usize::from(units) * 4;
        }
    }
    let content = header(packet, TunnelKind::Gtp, length, part)?;
    Ok(match content.data.first().map(|byte| byte >> 4) {
        Some(4 | 6) if *message == USER_DATA => network::parse_ip(packet, content),
        _ => Rest::Payload(content.data),
    })
}

const CUT: Rest<'static> = Rest::Malformed("header of a tunnel is cut");

fn teredo<'a>(packet: &mut Packet<'a>, part: Part<'a>) -> Result<Rest<'a>, Rest<'a>> {
    const ORIGIN: usize = 8;
    const AUTHENTICATION: usize = 13;
    let mut length = 0;
    if be16(part.data, length) == Some(1) {
        let (Some(identifier), Some(value)) = (part.data.get(2), part.data.get(3)) else { return Err(OTHER) };
        length += AUTHENTICATION + usize::from(*identifier) + usize::from(*value);
    }
    if be16(part.data, length) == Some(0) {
        length += ORIGIN;
    }
    if part.data.get(length).map(|byte| byte >> 4) != Some(6) {
        return Err(OTHER);
    }
    let content = header(packet, TunnelKind::Teredo, length, part)?;
    Ok(network::parse_ip(packet, content))
}
