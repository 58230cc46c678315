//! `frame.protocols`: the names of all protocols in a frame, outermost first.

use super::Surroundings;
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
    if let Some(segment) = &around.segment {
        if !around.messages.is_empty() {
            names.push("http");
        } else if segment.tcp.payload_length > 0 && segment.connection.application == Application::Unknown {
            names.push("data");
        }
    }
    names.join(":")
}
