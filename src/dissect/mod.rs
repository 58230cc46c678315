//! Field trees: a packet and the Analysis, named and valued as Wireshark does.
//!
//! One file per protocol, each with a `layer` function that lists its fields in the order and under the names of Wireshark:
//! adding a field is adding a line. A layer that depends on other frames (relative numbers, reassembled messages) gets what
//! it needs as `Surroundings`.

mod arp;
mod carrier;
mod certificates;
mod columns;
mod cooked;
mod dns;
mod ethernet;
mod extension;
mod frame;
mod http;
mod http_body;
mod http_media;
mod http_status;
mod icmp;
mod ip;
mod ipnet;
mod known;
mod layer;
mod llc;
mod loopback;
mod media;
mod nflog;
mod pairing;
mod pktap;
mod ppp;
mod protocols;
mod radio;
mod serial;
mod tcp;
mod tcp_info;
mod tcp_options;
mod tls;
mod tls_info;
mod tree;
mod tunnel;
mod udp;
mod websocket;
mod wlan;

pub(crate) use columns::columns;
pub(crate) use ethernet::address as mac_address;
pub(crate) use http::{Body, Message, layer as http_layer};
pub(crate) use icmp::EchoPartner;
pub(crate) use known::{Conversations, Known};
pub(crate) use pairing::completing_frame;
pub(crate) use protocols::header_name;
pub(crate) use tcp::Segment;
pub(crate) use tcp_info::flag_names;
pub(crate) use tls::{Handshake, Record};
pub use tree::{Field, FrameTree, LayerTree};
pub(crate) use websocket::{Content as WebSocketContent, Frame as WebSocketFrame};

use std::collections::HashMap;

use crate::analysis::Survey;
use crate::capture::{Format, Frame, Interface};
use crate::packet::{Layer, Packet};
use crate::time::Timestamp;

/// What is known of a frame besides its own bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Surroundings<'a> {
    /// What pass 1 found.
    pub(crate) survey: &'a Survey,
    /// Time of the frame before.
    pub(crate) previous_time: Option<Timestamp>,
    /// The frame's place in its connection, if it is a TCP segment.
    pub(crate) segment: Option<Segment<'a>>,
    /// Echo requests and replies of the capture, by frame.
    pub(crate) echoes: &'a HashMap<u64, EchoPartner>,
    /// The protocol of the frame's datagram, if it is one that is named.
    pub(crate) known: Option<&'static Known>,
    /// HTTP messages that the frame completes.
    pub(crate) messages: &'a [Message],
    /// TLS records that end in the frame.
    pub(crate) records: &'a [Record],
    /// WebSocket frames that end in the frame.
    pub(crate) websocket: &'a [WebSocketFrame],
    /// Whether its connection has become a WebSocket by now.
    pub(crate) is_websocket: bool,
}

impl Surroundings<'_> {
    fn interface(&self, frame: &Frame<'_>) -> Option<&Interface> {
        self.survey.analysis.capture.interfaces.get(usize::try_from(frame.interface).ok()?)
    }

    fn is_pcapng(&self) -> bool {
        self.survey.analysis.capture.format == Format::Pcapng
    }
}

/// The field tree of a packet.
pub(crate) fn tree(packet: &Packet<'_>, around: &Surroundings<'_>) -> FrameTree {
    let number = packet.frame.number;
    let mut layers = Vec::with_capacity(packet.layers().len() + 2);
    layers.push(frame::layer(&packet.frame, around, &protocols::of(packet, around)));
    for header in packet.layers() {
        layers.push(match header {
            Layer::Ethernet(ethernet) => ethernet::layer(packet, ethernet),
            Layer::Vlan(vlan) => ethernet::vlan(packet, vlan),
            Layer::Llc(header) => llc::layer(packet, header),
            Layer::Cooked(header) => cooked::layer(packet, header),
            Layer::Loopback(header) => loopback::layer(packet, header),
            Layer::Enc(header) => loopback::enc(packet, header),
            Layer::Ppp(header) => ppp::layer(packet, header),
            Layer::Pppoe(header) => ppp::pppoe(packet, header),
            Layer::CiscoHdlc(header) => serial::layer(packet, header),
            Layer::Carrier(header) => carrier::layer(packet, header),
            Layer::Radio(header) => radio::layer(packet, header),
            Layer::Wlan(header) => wlan::layer(packet, header),
            Layer::Aggregate(header) => wlan::aggregate(packet, header),
            Layer::Nflog(header) => nflog::layer(packet, header),
            Layer::Ipnet(header) => ipnet::layer(packet, header),
            Layer::Pktap(header) => pktap::layer(packet, header),
            Layer::Arp(arp) => arp::layer(packet, arp),
            Layer::Ip(ip) => ip::layer(packet, ip, around),
            Layer::Extension(header) => extension::layer(packet, header, around),
            Layer::Tunnel(header) => tunnel::layer(packet, header),
            Layer::Tcp(tcp) => tcp::layer(packet, tcp, around.segment.as_ref()),
            Layer::Udp(udp) => udp::layer(packet, udp),
            Layer::Icmp(icmp) => icmp::layer(packet, icmp, around),
        });
    }
    if let Some(quoted) = packet.quoted() {
        layers.extend(quoted_layers(&quoted, around));
    }
    layers.extend(dns::layer(packet));
    if let (Some(&known::SSDP), Some(udp)) = (around.known, packet.udp()) {
        layers.extend(http::in_datagram("ssdp", packet, udp));
    }
    let analysis = &around.survey.analysis;
    layers.extend(around.messages.iter().map(|message| http::layer(message, analysis, number)));
    if !around.records.is_empty() {
        let stream = around.segment.map(|segment| segment.sighting.stream);
        let tls = analysis.tls.iter().find(|tls| Some(tls.stream) == stream);
        layers.push(tls::layer(around.records, tls.and_then(|tls| tls.version.as_deref()), number));
    }
    if !around.websocket.is_empty() {
        layers.push(websocket::layer(around.websocket, number));
    }
    put_in_place(&mut layers, number, around.survey);
    FrameTree { number, layers }
}

/// The headers that an ICMP error quotes, of TCP only the ports: all else about a segment belongs to its own frame.
fn quoted_layers(quoted: &Packet<'_>, around: &Surroundings<'_>) -> Vec<LayerTree> {
    let headers = quoted.layers().iter().filter_map(|header| match header {
        Layer::Ip(ip) => Some(ip::layer(quoted, ip, around)),
        Layer::Tcp(tcp) => Some(tcp::layer(quoted, tcp, None)),
        Layer::Udp(udp) => Some(udp::layer(quoted, udp)),
        Layer::Icmp(icmp) => Some(icmp::quoted(quoted, icmp)),
        _ => None,
    });
    headers.chain(dns::layer(quoted)).collect()
}

/// Gives fields that stand in a datagram which frame `number` completes the place of the fragment that holds them.
pub(crate) fn put_in_place(layers: &mut [LayerTree], number: u64, survey: &Survey) {
    if survey.datagrams.is_empty() {
        return;
    }
    for field in layers.iter_mut().flat_map(|layer| &mut layer.fields) {
        let Some(offset) = &mut field.offset else { continue };
        let (frame, place) = survey.datagrams.origin(field.frame.unwrap_or(number), *offset);
        *offset = place;
        field.frame = Some(frame).filter(|frame| *frame != number);
    }
}
