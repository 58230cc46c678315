//! IPv4 (RFC 791) and IPv6 (RFC 8200).

use super::Surroundings;
use super::layer::Layer;
use super::tree::LayerTree;
use crate::packet::{Datagram, Fragment, Ip, Ipv4, Ipv6, Packet};

/// Wireshark's value of a checksum status that was not looked at, as its default preferences have it.
pub(super) const UNVERIFIED: u8 = 2;

/// Fields of an IP header of either version.
pub(super) fn layer(packet: &Packet<'_>, ip: &Ip<'_>, around: &Surroundings<'_>) -> LayerTree {
    match ip {
        Ip::V4(ip) => v4(packet, ip, around),
        Ip::V6(ip) => v6(packet, ip),
    }
}

fn v4(packet: &Packet<'_>, ip: &Ipv4<'_>, around: &Surroundings<'_>) -> LayerTree {
    let header = &ip.header;
    let length = header.slice().len();
    let bytes = header.slice();
    let service = bytes.get(1).copied().unwrap_or_default();
    let flags = bytes.get(6).copied().unwrap_or_default() >> 5;
    Layer::new("ip", packet.bytes, ip.offset)
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
        .with(|layer| options(layer, length))
        .with(|layer| {
            if header.is_fragmenting_payload() {
                reassembly(layer, packet, ip.offset + length, around, &REASSEMBLY)
            } else {
                layer
            }
        })
        .done()
}

/// Options of a header of `length` bytes (RFC 791, 3.1).
fn options(mut layer: Layer<'_>, length: usize) -> Layer<'_> {
    const END: u64 = 0;
    const NO_OPERATION: u64 = 1;
    const ROUTER_ALERT: u64 = 148;
    let mut at = 20;
    while at < length {
        let Some(kind) = layer.value(at, 1) else { break };
        layer = layer
            .number("ip.opt.type", at, 1)
            .bits("ip.opt.type.copy", at, 1, 7, 1)
            .bits("ip.opt.type.class", at, 1, 5, 2)
            .bits("ip.opt.type.number", at, 1, 0, 5);
        match kind {
            END => break,
            NO_OPERATION => at += 1,
            _ => {
                let size = usize::try_from(layer.value(at + 1, 1).unwrap_or_default()).unwrap_or_default();
                if size < 2 || at + size > length {
                    break;
                }
                layer = layer.number("ip.opt.len", at + 1, 1);
                if kind == ROUTER_ALERT {
                    layer = layer.number("ip.opt.ra", at + 2, 2);
                }
                at += size;
            }
        }
    }
    layer
}

fn v6(packet: &Packet<'_>, ip: &Ipv6<'_>) -> LayerTree {
    let header = &ip.header;
    let class = header.traffic_class();
    Layer::new("ipv6", packet.bytes, ip.offset)
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

/// Names of the fields that say which datagram a fragment belongs to.
#[derive(Debug)]
pub(super) struct Names {
    pub(super) fragment: &'static str,
    pub(super) overlap: &'static str,
    pub(super) conflict: &'static str,
    pub(super) count: &'static str,
    pub(super) reassembled_in: &'static str,
    pub(super) length: &'static str,
}

const REASSEMBLY: Names = Names {
    fragment: "ip.fragment",
    overlap: "ip.fragment.overlap",
    conflict: "ip.fragment.overlap.conflict",
    count: "ip.fragment.count",
    reassembled_in: "ip.reassembled_in",
    length: "ip.reassembled.length",
};

/// Fields of the datagram to which the fragment at `start` belongs: its fragments where it is complete, else where that is.
pub(super) fn reassembly<'a>(
    layer: Layer<'a>,
    packet: &Packet<'_>,
    start: usize,
    around: &Surroundings<'_>,
    names: &Names,
) -> Layer<'a> {
    let own = packet.origin(start);
    let is_own = |datagram: &&Datagram| datagram.fragments.iter().any(|fragment| fragment.origin == own);
    if let Some(datagram) = packet.datagrams.iter().find(is_own) {
        let of_fragment = |layer: Layer<'a>, fragment: &Fragment| {
            let layer = layer.generated(names.fragment, fragment.frame);
            let layer = if fragment.overlaps { layer.generated(names.overlap, 1) } else { layer };
            if fragment.conflicts { layer.generated(names.conflict, 1) } else { layer }
        };
        return datagram
            .fragments
            .iter()
            .fold(layer, of_fragment)
            .generated(names.count, datagram.fragments.len())
            .generated(names.length, datagram.length);
    }
    let is_last = packet.fragment_start() == Some(start);
    layer.generated_if(names.reassembled_in, around.survey.datagrams.completed_in(packet).filter(|_| is_last))
}
