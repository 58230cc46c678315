//! The packet list: Source, Destination, Protocol and Info as Wireshark 4.0 shows them.

use super::protocols::Unlabelled;
use super::{Surroundings, arp, dns, ethernet, http, icmp, known, ppp, tcp_info, tls_info, tunnel, websocket, wlan};
use crate::packet::{Icmp, Ip, Layer, Packet, Rest, Tcp, TunnelKind, Udp};
use crate::text::Text;

/// One row of the packet list, without number, time and length.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Columns {
    pub(crate) source: String,
    pub(crate) destination: String,
    pub(crate) protocol: String,
    pub(crate) info: Text,
}

/// The row of a packet.
pub(crate) fn columns(packet: &Packet<'_>, around: &Surroundings<'_>) -> Columns {
    let (source, destination) = addresses(packet);
    let (protocol, info) = match packet.layers().last() {
        Some(Layer::Tcp(tcp)) => of_tcp(packet, tcp, around),
        Some(Layer::Udp(udp)) => of_udp(udp, around),
        Some(Layer::Icmp(icmp)) => (icmp_name(icmp).to_owned(), Text::from(icmp::info(packet, icmp, around))),
        Some(Layer::Arp(arp)) => ("ARP".to_owned(), Text::from(arp::info(arp))),
        Some(Layer::Tunnel(header)) => (tunnel::column(header).to_owned(), Text::from(tunnel::info(packet, header))),
        Some(Layer::Ip(_) | Layer::Extension(_)) => packet.ip().map(|ip| of_ip(packet, ip, around)).unwrap_or_default(),
        Some(Layer::Ethernet(ethernet)) if !ethernet.is_length() => {
            (format!("{:#06x}", ethernet.ether_type), Text::from("Ethernet II"))
        }
        Some(Layer::Wlan(wlan)) => ("802.11".to_owned(), Text::from(wlan::info(wlan))),
        Some(Layer::Llc(_)) => ("LLC".to_owned(), Text::default()),
        Some(Layer::Pppoe(pppoe)) if pppoe.is_discovery => ("PPPoED".to_owned(), Text::from(ppp::discovery(pppoe))),
        Some(Layer::Ppp(header)) => (ppp::protocol(header.protocol).1.to_owned(), Text::default()),
        _ => (String::new(), Text::default()),
    };
    // Wireshark wraps the name of what GTP carries.
    let in_gtp = matches!(packet.layers().last(), Some(last) if !matches!(last, Layer::Tunnel(_))) && is_in_gtp(packet);
    let protocol = if in_gtp { format!("GTP <{protocol}>") } else { protocol };
    Columns { source, destination, protocol, info }
}

fn is_in_gtp(packet: &Packet<'_>) -> bool {
    packet.layers().iter().any(|layer| matches!(layer, Layer::Tunnel(tunnel) if tunnel.kind == TunnelKind::Gtp))
}

/// The addresses of the innermost layer that has any.
fn addresses(packet: &Packet<'_>) -> (String, String) {
    let addresses = packet.layers().iter().rev().find_map(|layer| match layer {
        Layer::Ip(ip) => Some((ip.source().to_string(), ip.destination().to_string())),
        Layer::Ethernet(ethernet) => {
            Some((ethernet::address(ethernet.source), ethernet::address(ethernet.destination)))
        }
        Layer::Wlan(wlan) => {
            let written = |address: Option<[u8; 6]>| address.map(ethernet::address).unwrap_or_default();
            Some((written(wlan.source()), written(wlan.destination())))
        }
        Layer::Cooked(cooked) => Some((cooked.mac().map(ethernet::address)?, String::new())),
        _ => None,
    });
    addresses.unwrap_or_default()
}

fn of_tcp(packet: &Packet<'_>, tcp: &Tcp<'_>, around: &Surroundings<'_>) -> (String, Text) {
    let Some(segment) = &around.segment else { return ("TCP".to_owned(), Text::default()) };
    let prefix = tcp_info::prefix(segment);
    let with_prefix = |text: &[u8]| Text::from([prefix.as_bytes(), text].concat().as_slice());
    if !around.messages.is_empty() || !around.websocket.is_empty() {
        let mut text: Vec<u8> = around.messages.iter().flat_map(http::info).collect();
        if packet.frame.captured_length < packet.frame.wire_length {
            text.extend_from_slice(b"[Packet size limited during capture]");
        }
        let protocol = match around.websocket.last() {
            Some(frame) => {
                text.extend_from_slice(websocket::info(frame).as_bytes());
                "WebSocket"
            }
            None => "HTTP",
        };
        return (protocol.to_owned(), with_prefix(&text));
    }
    if !around.records.is_empty() {
        let negotiated = around.survey.analysis.tls_of(segment.sighting.stream);
        let protocol = tls_info::protocol(negotiated.and_then(|tls| tls.version.as_deref()), around.records);
        let separator = if prefix.is_empty() { "" } else { ", " };
        return (protocol, Text::from(format!("{prefix}{separator}{}", tls_info::text(around.records))));
    }
    if let Some(text) = dns::in_segment(tcp).and_then(|message| dns::info(message, "dns")) {
        return ("DNS".to_owned(), with_prefix(text.as_bytes()));
    }
    let suffix = match Unlabelled::of(around, segment) {
        Some(Unlabelled::Tls) => return ("SSL".to_owned(), with_prefix(b"Continuation Data")),
        Some(Unlabelled::Simple) => return ("HTTP".to_owned(), with_prefix(b"Continuation")),
        Some(Unlabelled::Part) => " [TCP segment of a reassembled PDU]",
        Some(Unlabelled::Data) | None => "",
    };
    let known = known::of_segment(tcp).filter(|_| Unlabelled::of(around, segment) == Some(Unlabelled::Data));
    (
        known.map_or("TCP", |known| known.column).to_owned(),
        Text::from(format!("{prefix}{}{suffix}", tcp_info::text(segment))),
    )
}

fn of_udp(udp: &Udp<'_>, around: &Surroundings<'_>) -> (String, Text) {
    let protocol = dns::protocol(udp);
    if let Some((protocol, text)) = protocol.and_then(|protocol| Some((protocol, dns::info(udp.payload, protocol)?))) {
        return (protocol.to_ascii_uppercase(), text);
    }
    let length = if udp.length == 0 { udp.wire_length } else { udp.length.into() }.saturating_sub(8);
    let text = format!("{} \u{2192} {} Len={length}", udp.source_port, udp.destination_port);
    (around.known.map_or("UDP", |known| known.column).to_owned(), Text::from(text))
}

fn icmp_name(icmp: &Icmp<'_>) -> &'static str {
    if icmp.v6 { "ICMPv6" } else { "ICMP" }
}

/// A packet of which only the IP header is read.
fn of_ip(packet: &Packet<'_>, ip: &Ip<'_>, around: &Surroundings<'_>) -> (String, Text) {
    let place = around.survey.datagrams.completed_in(packet);
    let place = place.map(|frame| format!(" [Reassembled in #{frame}]")).unwrap_or_default();
    match (ip, packet.rest) {
        (Ip::V4(ip), Rest::Fragment) => {
            let header = &ip.header;
            let (protocol, offset) = (header.protocol().0, usize::from(header.fragments_offset().value()) * 8);
            let name = match protocol {
                1 => "ICMP ",
                6 => "TCP ",
                17 => "UDP ",
                _ => "",
            };
            let id = header.identification();
            let text = format!("Fragmented IP protocol (proto={name}{protocol}, off={offset}, ID={id:04x}){place}");
            ("IPv4".to_owned(), Text::from(text))
        }
        (Ip::V4(_), _) => ("IPv4".to_owned(), Text::default()),
        (Ip::V6(_), Rest::Fragment) => ("IPv6".to_owned(), Text::from(format!("IPv6 fragment{place}"))),
        (Ip::V6(_), _) => ("IPv6".to_owned(), Text::default()),
    }
}
