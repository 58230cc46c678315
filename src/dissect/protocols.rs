//! `frame.protocols`: the names of all protocols in a frame, outermost first.

use super::{Surroundings, dns, http_body, icmp};
use crate::analysis::model::Application;
use crate::capture::LinkType;
use crate::packet::{Ip, Layer, Packet};

/// The value of `frame.protocols`.
pub(super) fn of(packet: &Packet<'_>, around: &Surroundings<'_>) -> String {
    let mut names = vec![];
    if matches!(packet.frame.link_type, LinkType::RAW | LinkType::RAW_BSD | LinkType::RAW_OPENBSD) {
        names.push("raw");
    }
    for layer in &packet.layers {
        match layer {
            Layer::Ethernet(ethernet) if ethernet.is_length() => names.push("eth"),
            Layer::Ethernet(_) => names.extend(["eth", "ethertype"]),
            Layer::Vlan(_) => names.extend(["vlan", "ethertype"]),
            Layer::Pseudo { link_type, .. } => match *link_type {
                LinkType::LINUX_SLL | LinkType::LINUX_SLL2 => names.extend(["sll", "ethertype"]),
                LinkType::LOOP => names.push("loop"),
                _ => names.push("null"),
            },
            Layer::Arp(_) => names.push("arp"),
            Layer::Ip(Ip::V4(_)) => names.push("ip"),
            Layer::Ip(Ip::V6(_)) => names.push("ipv6"),
            Layer::Tcp(_) => names.push("tcp"),
            Layer::Udp(_) => names.push("udp"),
            Layer::Icmp(icmp) => names.push(if icmp.v6 { "icmpv6" } else { "icmp" }),
        }
    }
    match packet.layers.last() {
        Some(Layer::Tcp(_)) => names.extend(above_tcp(around)),
        Some(Layer::Udp(udp)) if !udp.payload.is_empty() => names.push(dns::protocol(udp).unwrap_or("data")),
        Some(Layer::Icmp(icmp)) => names.extend(icmp::content(icmp)),
        _ => {}
    }
    names.join(":")
}

fn above_tcp(around: &Surroundings<'_>) -> Vec<&'static str> {
    let Some(segment) = &around.segment else { return Vec::new() };
    let mut names = Vec::new();
    if !around.messages.is_empty() {
        names.push("http");
        names.extend(around.messages.iter().filter_map(http_body::protocols));
    }
    if !around.records.is_empty() {
        names.push("tls");
    }
    if names.is_empty() && segment.tcp.payload_length > 0 && segment.connection.application == Application::Unknown {
        names.push("data");
    }
    names
}
