//! MPLS label stacks (RFC 3032) and the Ethernet pseudowires that they carry (RFC 4448).

use super::super::link::ether_type;
use super::super::{Packet, Part, Rest, be16, be32, link, network};
use super::{TunnelKind, header};

const LABEL: usize = 4;
const BOTTOM_OF_STACK: u32 = 0x100;
const CONTROL_WORD: usize = 4;

/// Reads a label stack and what it carries, which nothing names: an IP packet shows by its version, and
/// what begins with four zero bits is taken for an Ethernet pseudowire.
pub(in super::super) fn parse<'a>(packet: &mut Packet<'a>, part: Part<'a>) -> Rest<'a> {
    match read(packet, part) {
        Ok(rest) | Err(rest) => rest,
    }
}

fn read<'a>(packet: &mut Packet<'a>, part: Part<'a>) -> Result<Rest<'a>, Rest<'a>> {
    let mut length = 0;
    loop {
        let label = be32(part.data, length).ok_or(Rest::Malformed("MPLS label stack is cut"))?;
        length += LABEL;
        if label & BOTTOM_OF_STACK != 0 {
            break;
        }
    }
    let content = header(packet, TunnelKind::Mpls, length, part)?;
    Ok(match content.data.first().map(|byte| byte >> 4) {
        Some(4 | 6) => network::parse_ip(packet, content),
        Some(0) => {
            let word = if is_ethernet(content.data) { 0 } else { CONTROL_WORD };
            let frame = header(packet, TunnelKind::Pseudowire, word, content)?;
            link::ethernet(packet, frame)
        }
        // An associated channel (RFC 4385, 5), or a pseudowire whose content nothing names.
        _ => Rest::Payload(content.data),
    })
}

/// Whether a known `EtherType` stands where an Ethernet header has it.
fn is_ethernet(bytes: &[u8]) -> bool {
    let known = [ether_type::IPV4, ether_type::IPV6, ether_type::ARP, ether_type::VLAN, ether_type::MPLS];
    be16(bytes, link::Ethernet::LENGTH - 2).is_some_and(|found| known.contains(&found))
}
