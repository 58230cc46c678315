//! `frame.protocols`: the names of all protocols in a frame, outermost first.

use super::http_media::Media;
use super::tls::Record;
use super::websocket::Content;
use super::{Segment, Surroundings, carrier, dns, extension, icmp, known, llc, pairing, ppp, radio, tunnel};
use crate::analysis::model::{Analysis, Application, Side};
use crate::capture::LinkType;
use crate::packet::{Ip, Layer, Numbering, Packet, Rest, tls};

/// The value of `frame.protocols`.
pub(super) fn of(packet: &Packet<'_>, around: &Surroundings<'_>) -> String {
    let mut names = vec![];
    if matches!(packet.frame.link_type, Some(LinkType::RAW | LinkType::RAW_BSD | LinkType::RAW_OPENBSD)) {
        names.push("raw");
    }
    for layer in packet.layers() {
        match layer {
            Layer::Ethernet(ethernet) if ethernet.is_ether_type() => names.extend(["eth", "ethertype"]),
            Layer::Ethernet(_) => names.push("eth"),
            Layer::Vlan(vlan) if vlan.is_service_tag => names.extend(["ieee8021ad", "ethertype"]),
            Layer::Vlan(_) => names.extend(["vlan", "ethertype"]),
            Layer::Llc(_) => names.push("llc"),
            Layer::Cooked(cooked) if cooked.numbering() == Numbering::EtherType => names.extend(["sll", "ethertype"]),
            Layer::Cooked(_) => names.push("sll"),
            Layer::Loopback(loopback) if loopback.ether_type().is_some() => names.extend(["null", "ethertype"]),
            Layer::Loopback(_) => names.push("null"),
            Layer::Enc(_) => names.push("enc"),
            Layer::Ppp(_) => names.push("ppp"),
            Layer::Pppoe(pppoe) => names.push(ppp::pppoe_name(pppoe)),
            Layer::CiscoHdlc(_) => names.push("chdlc"),
            Layer::Carrier(header) => names.extend(carrier::names(header)),
            Layer::Radio(radio) => names.push(radio::name(radio)),
            Layer::Wlan(_) if matches!(names.last(), Some(&("radiotap" | "ppi" | "prism" | "wlancap"))) => {
                names.extend(["wlan_radio", "wlan"]);
            }
            Layer::Wlan(_) => names.push("wlan"),
            // Wireshark gives it a tree, and no place in this list.
            Layer::Aggregate(_) => {}
            Layer::Nflog(_) => names.push("nflog"),
            Layer::Ipnet(_) => names.push("ipnet"),
            Layer::Pktap(_) => names.extend(["pktap", "pcap_pktdata"]),
            Layer::Arp(_) => names.push("arp"),
            Layer::Ip(Ip::V4(_)) => names.push("ip"),
            Layer::Ip(Ip::V6(_)) => names.push("ipv6"),
            Layer::Extension(header) => names.push(extension::name(header.kind)),
            Layer::Tunnel(header) => names.extend(tunnel::names(header)),
            Layer::Tcp(_) => names.push("tcp"),
            Layer::Udp(_) => names.push("udp"),
            Layer::Icmp(icmp) => names.push(if icmp.v6 { "icmpv6" } else { "icmp" }),
        }
    }
    match (packet.layers().last(), packet.rest) {
        _ if ends_in_data(packet) => names.push("data"),
        (_, Rest::UnknownPppProtocol(number)) => names.push(ppp::protocol(number).0),
        (_, Rest::UnknownEtherType(number)) => names.extend(known::of_ether_type(packet, number)),
        (_, Rest::UnknownIpProtocol(number)) => names.extend(known::of_ip_protocol(number)),
        (_, Rest::UnknownServicePoint(number)) => names.push(llc::service_point(number)),
        (Some(Layer::Tcp(tcp)), _) if dns::in_segment(tcp).is_some() => names.push("dns"),
        (Some(Layer::Tcp(_)), _) => names.extend(above_tcp(around)),
        (Some(Layer::Udp(udp)), _) if !udp.payload.is_empty() => match (dns::protocol(udp), around.known) {
            (Some(name), _) => names.push(name),
            (None, Some(known)) => names.extend(known.names),
            (None, None) => names.push("data"),
        },
        (Some(Layer::Icmp(icmp)), _) => names.extend(icmp::content(packet, icmp)),
        (Some(Layer::Carrier(header)), _) => names.extend(carrier::content(packet, header)),
        (Some(Layer::Tunnel(header)), _) => names.extend(tunnel::content(packet, header)),
        _ => {}
    }
    names.join(":")
}

/// Whether Wireshark calls what stands behind the last header data, because nothing says what it is.
fn ends_in_data(packet: &Packet<'_>) -> bool {
    match (packet.layers().last(), packet.rest) {
        (_, Rest::Fragment | Rest::Encrypted) | (Some(Layer::Loopback(_)), Rest::UnknownFamily(_)) => true,
        (Some(Layer::Wlan(wlan)), _) => wlan.version() > 1,
        (Some(Layer::Ethernet(ethernet)), _) => !ethernet.is_ether_type() && !ethernet.is_length(),
        _ => false,
    }
}

/// Wireshark's name of a header's protocol.
pub(crate) fn header_name(layer: &Layer<'_>) -> &'static str {
    match layer {
        Layer::Ethernet(_) => "eth",
        Layer::Vlan(vlan) if vlan.is_service_tag => "ieee8021ad",
        Layer::Vlan(_) => "vlan",
        Layer::Llc(_) => "llc",
        Layer::Cooked(_) => "sll",
        Layer::Loopback(_) => "null",
        Layer::Enc(_) => "enc",
        Layer::Ppp(_) => "ppp",
        Layer::Pppoe(pppoe) => ppp::pppoe_name(pppoe),
        Layer::CiscoHdlc(_) => "chdlc",
        Layer::Carrier(header) => carrier::name(header),
        Layer::Radio(radio) => radio::name(radio),
        Layer::Wlan(_) | Layer::Aggregate(_) => "wlan",
        Layer::Nflog(_) => "nflog",
        Layer::Ipnet(_) => "ipnet",
        Layer::Pktap(_) => "pktap",
        Layer::Arp(_) => "arp",
        Layer::Ip(Ip::V4(_)) => "ip",
        Layer::Ip(Ip::V6(_)) => "ipv6",
        Layer::Extension(header) => extension::name(header.kind),
        Layer::Tunnel(header) => tunnel::name(header),
        Layer::Tcp(_) => "tcp",
        Layer::Udp(_) => "udp",
        Layer::Icmp(icmp) if icmp.v6 => "icmpv6",
        Layer::Icmp(_) => "icmp",
    }
}

/// Ports whose content Wireshark takes for TLS, whatever it is.
const TLS_PORTS: [u16; 6] = [443, 465, 636, 853, 993, 995];

/// Ports on which Wireshark expects HTTP, and waits for a line to end before it says anything.
const HTTP_PORTS: [u16; 8] = [80, 2869, 3128, 3132, 5985, 8080, 8088, 11371];

fn above_tcp(around: &Surroundings<'_>) -> Vec<&'static str> {
    let Some(segment) = &around.segment else { return Vec::new() };
    let mut names = Vec::new();
    if !around.messages.is_empty() {
        names.push("http");
        names.extend(around.messages.iter().flat_map(|message| Media::of(message).protocols));
    }
    if !around.websocket.is_empty() {
        if names.is_empty() {
            names.push("http");
        }
        names.push("websocket");
        names.extend(around.websocket.iter().filter_map(|frame| frame.content).map(Content::protocol));
    }
    if let [first, others @ ..] = around.records {
        if is_behind_http(around, segment) {
            names.push("http");
        }
        names.push("tls");
        names.extend(first.names());
        // A record that began in another segment is dissected apart from those behind it, unless a segment that came late
        // completes all of them.
        let late = others.iter().any(|record| record.began_before(segment.now.frame));
        if !others.is_empty() && !late && first.began_before(segment.now.frame) {
            names.push("tls");
        }
        names.extend(others.iter().flat_map(Record::names));
    }
    if names.is_empty() {
        match Unlabelled::of(around, segment) {
            Some(Unlabelled::Data) if is_behind_http(around, segment) => names.extend(["http", "data"]),
            Some(Unlabelled::Data) => match known::of_segment(segment.tcp) {
                Some(known) => names.extend(known.names),
                None => names.push("data"),
            },
            Some(Unlabelled::Tls) => names.push("tls"),
            Some(Unlabelled::Part | Unlabelled::Simple) | None => {}
        }
    }
    names
}

/// Whether the segment comes after a 2xx to CONNECT or a 101: Wireshark shows what follows as carried by HTTP.
fn is_behind_http(around: &Surroundings<'_>, segment: &Segment<'_>) -> bool {
    let last = pairing::last_frame(&around.survey.analysis, segment.sighting.stream);
    last.is_some_and(|last| segment.now.frame > last)
}

/// Whether the server sends the segment after an HTTP/0.9 request, to which no response with a header belongs.
fn answers_simple_request(analysis: &Analysis, segment: &Segment<'_>) -> bool {
    let last = pairing::exchanges(analysis, segment.sighting.stream).last();
    last.is_some_and(|exchange| {
        let request = &exchange.request;
        let is_simple = request.version.as_bytes().is_empty() && request.complete && exchange.response.is_none();
        is_simple && segment.side() == Side::Server && segment.now.frame > request.first_frame
    })
}

/// What Wireshark takes new payload for that completes neither a message nor a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unlabelled {
    /// A part of a message or record that ends in another segment.
    Part,
    /// Not TLS, though on one of its ports.
    Tls,
    /// Nothing it knows.
    Data,
    /// Content that answers an HTTP/0.9 request: it has no header (RFC 1945, 6). Wireshark does not follow such requests, and calls content
    /// of HTTP in which no header stands a continuation.
    Simple,
}

impl Unlabelled {
    /// `None` without payload that is new, or of which Wireshark says nothing yet.
    pub(super) fn of(around: &Surroundings<'_>, segment: &Segment<'_>) -> Option<Self> {
        if !segment.sighting.fresh || !around.websocket.is_empty() {
            return None;
        }
        let ports = [segment.tcp.source_port, segment.tcp.destination_port];
        let (analysis, stream) = (&around.survey.analysis, segment.sighting.stream);
        Some(match segment.connection.application {
            Application::Tls => Self::Part,
            Application::Http => {
                let before = pairing::first_frame(analysis, stream).is_none_or(|first| segment.now.frame < first);
                let behind = pairing::last_frame(analysis, stream).is_some_and(|last| segment.now.frame > last);
                if answers_simple_request(analysis, segment) {
                    Self::Simple
                } else if before || (behind && !around.is_websocket) {
                    Self::Data
                } else {
                    Self::Part
                }
            }
            Application::Unknown
                if ports.iter().any(|port| HTTP_PORTS.contains(port)) && !segment.tcp.payload.contains(&b'\n') =>
            {
                return None;
            }
            Application::Unknown if !ports.iter().any(|port| TLS_PORTS.contains(port)) => Self::Data,
            Application::Unknown if segment.tcp.payload.len() < tls::Record::HEADER => Self::Part,
            Application::Unknown => Self::Tls,
            Application::Http2 | Application::None => Self::Data,
        })
    }
}
