//! IPv6 extension headers (RFC 8200, 4) and the Authentication Header (RFC 4302).

use std::net::Ipv6Addr;

use super::Surroundings;
use super::ip::reassembly;
use super::layer::Layer;
use super::tree::LayerTree;
use crate::packet::{Extension, Packet, protocol};

/// Fields of an extension header.
pub(super) fn layer(packet: &Packet<'_>, header: &Extension, around: &Surroundings<'_>) -> LayerTree {
    let bytes = packet.bytes.get(..header.offset + header.length).unwrap_or(packet.bytes);
    let layer = Layer::new(name(header.kind), bytes, header.offset);
    let layer = match header.kind {
        protocol::HOP_BY_HOP => options(lengths(layer, header, &HOP_BY_HOP), header.length),
        protocol::DESTINATION => options(lengths(layer, header, &DESTINATION), header.length),
        protocol::ROUTING => routing(lengths(layer, header, &ROUTING)),
        protocol::FRAGMENT => {
            let fields = layer
                .number("ipv6.fraghdr.nxt", 0, 1)
                .hex("ipv6.fraghdr.reserved_octet", 1, 1)
                .bits("ipv6.fraghdr.offset", 2, 2, 3, 13)
                .bits("ipv6.fraghdr.reserved_bits", 2, 2, 1, 2)
                .bits("ipv6.fraghdr.more", 2, 2, 0, 1)
                .hex("ipv6.fraghdr.ident", 4, 4);
            reassembly(fields, packet, header.offset + header.length, around, &REASSEMBLY)
        }
        _ => layer
            .number("ah.next_header", 0, 1)
            .number("ah.length", 1, 1)
            .bytes("ah.reserved", 2, 2)
            .hex("ah.spi", 4, 4)
            .number("ah.sequence", 8, 4)
            .bytes("ah.icv", 12, header.length.saturating_sub(12)),
    };
    layer.done()
}

/// Wireshark's name of an extension header in `frame.protocols`.
pub(super) fn name(kind: u8) -> &'static str {
    match kind {
        protocol::HOP_BY_HOP => "ipv6.hopopts",
        protocol::ROUTING => "ipv6.routing",
        protocol::FRAGMENT => "ipv6.fraghdr",
        protocol::DESTINATION => "ipv6.dstopts",
        _ => "ah",
    }
}

/// Names of the fields that say which datagram a fragment belongs to.
const REASSEMBLY: super::ip::Names = super::ip::Names {
    fragment: "ipv6.fragment",
    overlap: "ipv6.fragment.overlap",
    conflict: "ipv6.fragment.overlap.conflict",
    count: "ipv6.fragment.count",
    reassembled_in: "ipv6.reassembled.in",
    length: "ipv6.reassembled.length",
};

/// Names of next header, length field and length in bytes.
type Lengths = [&'static str; 3];
const HOP_BY_HOP: Lengths = ["ipv6.hopopts.nxt", "ipv6.hopopts.len", "ipv6.hopopts.len_oct"];
const DESTINATION: Lengths = ["ipv6.dstopts.nxt", "ipv6.dstopts.len", "ipv6.dstopts.len_oct"];
const ROUTING: Lengths = ["ipv6.routing.nxt", "ipv6.routing.len", "ipv6.routing.len_oct"];

fn lengths<'a>(layer: Layer<'a>, header: &Extension, [next, units, octets]: &Lengths) -> Layer<'a> {
    layer.number(next, 0, 1).number(units, 1, 1).field(octets, header.length, 1, 1)
}

/// Options of a hop-by-hop or destination options header of `length` bytes.
fn options(mut layer: Layer<'_>, length: usize) -> Layer<'_> {
    const PAD_1: u64 = 0;
    const ROUTER_ALERT: u64 = 5;
    const JUMBO: u64 = 0xc2;
    let mut at = 2;
    while at < length {
        let Some(kind) = layer.value(at, 1) else { break };
        layer = layer.hex("ipv6.opt.type", at, 1);
        let Some(content) = layer.value(at + 1, 1).filter(|_| kind != PAD_1) else {
            at += 1;
            continue;
        };
        layer = layer.number("ipv6.opt.length", at + 1, 1);
        layer = match (kind, content) {
            (ROUTER_ALERT, 2) => layer.number("ipv6.opt.router_alert", at + 2, 2),
            (JUMBO, 4) => layer.number("ipv6.opt.jumbo", at + 2, 4),
            _ => layer,
        };
        at += 2 + usize::try_from(content).unwrap_or_default();
    }
    layer
}

/// Type, segments left, and the addresses of segment routing (RFC 8754) and of the old source route (RFC 2460).
fn routing(layer: Layer<'_>) -> Layer<'_> {
    const SOURCE_ROUTE: u64 = 0;
    const SEGMENTS: u64 = 4;
    let kind = layer.value(2, 1);
    let addresses = usize::try_from(layer.value(1, 1).unwrap_or_default() / 2).unwrap_or_default();
    let layer = layer.number("ipv6.routing.type", 2, 1).number("ipv6.routing.segleft", 3, 1);
    match kind {
        Some(SOURCE_ROUTE) => {
            listed(layer.bytes("ipv6.routing.src.reserved", 4, 4), "ipv6.routing.src.addr", addresses)
        }
        Some(SEGMENTS) => {
            let fixed = layer.number("ipv6.routing.srh.last_entry", 4, 1).hex("ipv6.routing.srh.flags", 5, 1).bytes(
                "ipv6.routing.srh.tag",
                6,
                2,
            );
            let entries = usize::try_from(fixed.value(4, 1).unwrap_or_default()).unwrap_or_default() + 1;
            listed(fixed, "ipv6.routing.srh.addr", entries.min(addresses))
        }
        _ => layer,
    }
}

fn listed<'a>(layer: Layer<'a>, name: &'static str, count: usize) -> Layer<'a> {
    const FIRST: usize = 8;
    const LENGTH: usize = 16;
    (0..count).fold(layer, |layer, index| {
        let at = FIRST + index * LENGTH;
        let address = layer.slice(at, LENGTH).and_then(|bytes| <[u8; LENGTH]>::try_from(bytes).ok());
        match address {
            Some(address) => layer.field(name, Ipv6Addr::from(address), at, LENGTH),
            None => layer,
        }
    })
}
