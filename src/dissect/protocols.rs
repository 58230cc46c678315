//! `frame.protocols`: the names of all protocols in a frame, outermost first.

use super::{Segment, Surroundings, dns, http_body, icmp, pairing};
use crate::analysis::model::Application;
use crate::capture::LinkType;
use crate::packet::{Ip, Ipv6, Layer, Packet, Rest, tls};

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
            Layer::Ip(Ip::V6(ip)) => {
                names.push("ipv6");
                names.extend(extension_headers(packet, ip));
            }
            Layer::Tcp(_) => names.push("tcp"),
            Layer::Udp(_) => names.push("udp"),
            Layer::Icmp(icmp) => names.push(if icmp.v6 { "icmpv6" } else { "icmp" }),
        }
    }
    match (packet.layers.last(), packet.rest) {
        (_, Rest::Fragment) => names.push("data"),
        (Some(Layer::Tcp(tcp)), _) if dns::in_segment(tcp).is_some() => names.push("dns"),
        (Some(Layer::Tcp(_)), _) => names.extend(above_tcp(around)),
        (Some(Layer::Udp(udp)), _) if !udp.payload.is_empty() => names.push(dns::protocol(udp).unwrap_or("data")),
        (Some(Layer::Icmp(icmp)), _) => names.extend(icmp::content(icmp)),
        _ => {}
    }
    names.join(":")
}

/// The IPv6 extension headers (RFC 8200, 4), as Wireshark names them.
fn extension_headers(packet: &Packet<'_>, ip: &Ipv6<'_>) -> Vec<&'static str> {
    let mut names = Vec::new();
    let mut kind = ip.header.next_header().0;
    let mut at = ip.offset + ip.header.slice().len();
    let end = at + ip.extensions_length;
    while let Some([next, length, ..]) = packet.frame.data.get(at..end).filter(|rest| !rest.is_empty()) {
        let length = usize::from(*length);
        let (name, size) = match kind {
            0 => ("ipv6.hopopts", (length + 1) * 8),
            43 => ("ipv6.routing", (length + 1) * 8),
            44 => ("ipv6.fraghdr", 8),
            51 => ("ah", (length + 2) * 4),
            60 => ("ipv6.dstopts", (length + 1) * 8),
            _ => break,
        };
        names.push(name);
        kind = *next;
        at += size;
    }
    names
}

/// Ports whose content Wireshark takes for TLS, whatever it is.
const TLS_PORTS: [u16; 6] = [443, 465, 636, 853, 993, 995];

fn above_tcp(around: &Surroundings<'_>) -> Vec<&'static str> {
    let Some(segment) = &around.segment else { return Vec::new() };
    let mut names = Vec::new();
    if !around.messages.is_empty() {
        names.push("http");
        names.extend(around.messages.iter().flat_map(http_body::protocols));
    }
    if let [first, others @ ..] = around.records {
        names.push("tls");
        // A record that began in another segment is dissected apart from those behind it.
        if !others.is_empty() && first.began_before(segment.now.frame) {
            names.push("tls");
        }
    }
    if names.is_empty() && segment.tcp.payload_length > 0 && !segment.is_repeated() {
        names.extend(unlabelled(around, segment));
    }
    names
}

/// Payload that completes no message and no record: `data`, unless a protocol waits for more of it.
fn unlabelled(around: &Surroundings<'_>, segment: &Segment<'_>) -> Option<&'static str> {
    let ports = [segment.tcp.source_port, segment.tcp.destination_port];
    match segment.connection.application {
        Application::Unknown if ports.iter().any(|port| TLS_PORTS.contains(port)) => {
            (segment.tcp.payload.len() >= tls::Record::HEADER).then_some("tls")
        }
        Application::Unknown | Application::Http2 => Some("data"),
        Application::Http => {
            let first = pairing::first_frame(&around.survey.analysis, segment.sighting.stream)?;
            (segment.now.frame < first).then_some("data")
        }
        Application::Tls | Application::None => None,
    }
}
