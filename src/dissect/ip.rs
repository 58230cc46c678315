//! IPv4 (RFC 791) and IPv6 (RFC 8200).

use super::layer::Layer;
use super::tree::LayerTree;
use crate::packet::{Ip, Ipv4, Ipv6, Packet};

/// Wireshark's value of a checksum status that was not looked at, as its default preferences have it.
pub(super) const UNVERIFIED: u8 = 2;

/// Fields of an IP header of either version.
pub(super) fn layer(packet: &Packet<'_>, ip: &Ip<'_>) -> LayerTree {
    match ip {
        Ip::V4(ip) => v4(packet, ip),
        Ip::V6(ip) => v6(packet, ip),
    }
}

fn v4(packet: &Packet<'_>, ip: &Ipv4<'_>) -> LayerTree {
    let header = &ip.header;
    let length = header.slice().len();
    let bytes = header.slice();
    let service = bytes.get(1).copied().unwrap_or_default();
    let flags = bytes.get(6).copied().unwrap_or_default() >> 5;
    Layer::new("ip", packet.frame.data, ip.offset)
        .field("ip.version", header.version(), 0, 1)
        .field("ip.hdr_len", length, 0, 1)
        .field("ip.dsfield", format_args!("{service:#04x}"), 1, 1)
        .field("ip.dsfield.dscp", service >> 2, 1, 1)
        .field("ip.dsfield.ecn", service & 3, 1, 1)
        .field(
            "ip.len",
            if header.total_len() == 0 { ip.payload_length + length } else { header.total_len().into() },
            2,
            2,
        )
        .field("ip.id", format_args!("{:#06x}", header.identification()), 4, 2)
        .field("ip.flags", format_args!("{flags:#04x}"), 6, 1)
        .field("ip.flags.rb", flags >> 2, 6, 1)
        .field("ip.flags.df", flags >> 1 & 1, 6, 1)
        .field("ip.flags.mf", flags & 1, 6, 1)
        .field("ip.frag_offset", header.fragments_offset().value(), 6, 2)
        .field("ip.ttl", header.ttl(), 8, 1)
        .field("ip.proto", header.protocol().0, 9, 1)
        .field("ip.checksum", format_args!("{:#06x}", header.header_checksum()), 10, 2)
        .generated("ip.checksum.status", UNVERIFIED)
        .field("ip.src", header.source_addr(), 12, 4)
        .field("ip.dst", header.destination_addr(), 16, 4)
        .done()
}

fn v6(packet: &Packet<'_>, ip: &Ipv6<'_>) -> LayerTree {
    let header = &ip.header;
    let class = header.traffic_class();
    Layer::new("ipv6", packet.frame.data, ip.offset)
        .field("ipv6.version", header.version(), 0, 1)
        .field("ip.version", header.version(), 0, 1)
        .field("ipv6.tclass", format_args!("{class:#010x}"), 0, 4)
        .field("ipv6.tclass.dscp", class >> 2, 0, 4)
        .field("ipv6.tclass.ecn", class & 3, 0, 4)
        .field("ipv6.flow", format_args!("{:#08x}", header.flow_label().value()), 1, 3)
        .field("ipv6.plen", header.payload_length(), 4, 2)
        .field("ipv6.nxt", header.next_header().0, 6, 1)
        .field("ipv6.hlim", header.hop_limit(), 7, 1)
        .field("ipv6.src", header.source_addr(), 8, 16)
        .field("ipv6.dst", header.destination_addr(), 24, 16)
        .done()
}

/// Extension headers (IANA "IPv6 Extension Header Types") and Wireshark's names of them.
const EXTENSIONS: &[(u8, &str)] =
    &[(0, "ipv6.hopopts"), (43, "ipv6.routing"), (44, "ipv6.fraghdr"), (51, "ah"), (60, "ipv6.dstopts")];
const AUTHENTICATION: u8 = 51;
const FRAGMENT: u8 = 44;

/// Wireshark's names of the extension headers, in order.
pub(super) fn extension_names(packet: &Packet<'_>, ip: &Ipv6<'_>) -> Vec<&'static str> {
    let start = ip.offset + ip.header.slice().len();
    let mut rest = packet.frame.data.get(start..start + ip.extensions_length).unwrap_or_default();
    let mut kind = ip.header.next_header().0;
    let mut names = Vec::new();
    while let [next, length, ..] = rest
        && let Some((_, name)) = EXTENSIONS.iter().find(|(known, _)| *known == kind)
    {
        names.push(*name);
        let length = match kind {
            FRAGMENT => 8,
            AUTHENTICATION => (usize::from(*length) + 2) * 4,
            _ => (usize::from(*length) + 1) * 8,
        };
        kind = *next;
        rest = rest.get(length..).unwrap_or_default();
    }
    names
}
