//! Address resolution (RFC 826).

use std::net::Ipv4Addr;

use super::ethernet;
use super::layer::Layer;
use super::tree::LayerTree;
use crate::packet::{Arp, Packet};

/// Fields of an ARP packet.
pub(super) fn layer(packet: &Packet<'_>, arp: &Arp<'_>) -> LayerTree {
    let (hardware, protocol) = (usize::from(arp.packet.hw_addr_size()), usize::from(arp.packet.proto_addr_size()));
    let sender = 8;
    let target = sender + hardware + protocol;
    Layer::new("arp", packet.bytes, arp.offset)
        .field("arp.hw.type", arp.packet.hw_addr_type().0, 0, 2)
        .field("arp.proto.type", format_args!("{:#06x}", arp.packet.proto_addr_type().0), 2, 2)
        .field("arp.hw.size", hardware, 4, 1)
        .field("arp.proto.size", protocol, 5, 1)
        .field("arp.opcode", arp.packet.operation().0, 6, 2)
        .with(|layer| mac(layer, "arp.src.hw_mac", arp.packet.sender_hw_addr(), sender))
        .with(|layer| ipv4(layer, "arp.src.proto_ipv4", arp.packet.sender_protocol_addr(), sender + hardware))
        .with(|layer| mac(layer, "arp.dst.hw_mac", arp.packet.target_hw_addr(), target))
        .with(|layer| ipv4(layer, "arp.dst.proto_ipv4", arp.packet.target_protocol_addr(), target + hardware))
        .done()
}

fn mac<'a>(layer: Layer<'a>, name: &'static str, bytes: &[u8], at: usize) -> Layer<'a> {
    match <[u8; 6]>::try_from(bytes) {
        Ok(address) => layer.field(name, ethernet::address(address), at, 6),
        Err(_) => layer,
    }
}

fn ipv4<'a>(layer: Layer<'a>, name: &'static str, bytes: &[u8], at: usize) -> Layer<'a> {
    match <[u8; 4]>::try_from(bytes) {
        Ok(address) => layer.field(name, Ipv4Addr::from(address), at, 4),
        Err(_) => layer,
    }
}

/// The Info column.
pub(super) fn info(arp: &Arp<'_>) -> String {
    const REQUEST: u16 = 1;
    const REPLY: u16 = 2;
    let Some((sender, target)) = arp.ipv4_addresses() else { return "ARP".to_owned() };
    let sender_mac = <[u8; 6]>::try_from(arp.packet.sender_hw_addr()).map(ethernet::address).unwrap_or_default();
    match arp.packet.operation().0 {
        REQUEST if sender == target && arp.packet.target_hw_addr() == [0; 6] => {
            format!("ARP Announcement for {sender}")
        }
        REQUEST if sender == target => format!("Gratuitous ARP for {sender} (Request)"),
        REQUEST if sender.is_unspecified() => format!("Who has {target}? (ARP Probe)"),
        REQUEST => format!("Who has {target}? Tell {sender}"),
        REPLY if sender == target => format!("Gratuitous ARP for {sender} (Reply)"),
        REPLY => format!("{sender} is at {sender_mac}"),
        other => format!("Opcode {other}"),
    }
}
