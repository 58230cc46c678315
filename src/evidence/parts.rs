//! What the bytes of a frame are: headers, payload and what follows the datagram, in their order.

use schemars::JsonSchema;
use serde::Serialize;

use crate::dissect::header_name;
use crate::packet::{Layer, Packet};

/// Length of the shortest Ethernet frame without its frame check sequence and tags (IEEE 802.3, 3.2.8).
const SHORTEST_ETHERNET: usize = 60;
/// Bytes of a VLAN tag.
const TAG: usize = 4;

/// A piece of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Part {
    /// The layer it belongs to.
    pub layer: PartLayer,
    /// Wireshark's name of the protocol; `link` for a header in front of the packet that has none, `payload`, `padding` (what fills a short Ethernet frame)
    /// or `trailer` (other bytes behind the datagram).
    pub protocol: &'static str,
    /// Its bytes on the wire.
    pub bytes: u64,
}

/// The layer of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartLayer {
    /// Headers of the link layer.
    Link,
    /// Headers of IP.
    Network,
    /// TCP and UDP headers.
    Transport,
    /// Headers of tunnels.
    Tunnel,
    /// The payload of TCP.
    Application,
    /// What follows the datagram.
    Filler,
}

/// The pieces of a frame with a TCP segment, outermost header first; their sum is the frame's length on the wire.
///
/// Empty for other frames, for one that completes a datagram in fragments, and where lengths contradict each other.
pub(super) fn of(packet: &Packet<'_>) -> Vec<Part> {
    accounted(packet).unwrap_or_default()
}

fn accounted(packet: &Packet<'_>) -> Option<Vec<Part>> {
    let (tcp, ip) = (packet.tcp()?, packet.ip()?);
    let payload = tcp.payload_length as usize;
    let end = tcp.offset + tcp.header_length + payload;
    let behind = (packet.frame.wire_length as usize).checked_sub(end)?;
    if !packet.datagrams.is_empty() || ip.end() != end {
        return None;
    }
    let headers: Vec<_> = packet.layers().iter().map(header).collect();
    let mut parts = Vec::with_capacity(headers.len() + 3);
    let mut add = |layer, protocol, bytes: usize| {
        if bytes > 0 {
            parts.push(Part { layer, protocol, bytes: bytes as u64 });
        }
    };
    add(PartLayer::Link, "link", headers.first()?.2);
    let ends = headers.iter().skip(1).map(|(.., start)| *start).chain([end - payload]);
    for ((layer, protocol, start), end) in headers.iter().zip(ends) {
        add(*layer, protocol, end.checked_sub(*start)?);
    }
    add(PartLayer::Application, "payload", payload);
    add(PartLayer::Filler, if is_padded(packet) { "padding" } else { "trailer" }, behind);
    Some(parts)
}

/// Layer, name and first byte of a header.
fn header(layer: &Layer<'_>) -> (PartLayer, &'static str, usize) {
    let kind = match layer {
        Layer::Ip(_) | Layer::Extension(_) => PartLayer::Network,
        Layer::Tunnel(_) => PartLayer::Tunnel,
        Layer::Tcp(_) | Layer::Udp(_) => PartLayer::Transport,
        _ => PartLayer::Link,
    };
    (kind, header_name(layer), layer.offset())
}

/// Whether the innermost Ethernet frame is as short as one that is filled up.
fn is_padded(packet: &Packet<'_>) -> bool {
    let ethernet = packet.layers().iter().rev().find_map(|layer| match layer {
        Layer::Ethernet(ethernet) => Some(ethernet),
        _ => None,
    });
    ethernet.is_some_and(|ethernet| {
        let is_behind = |layer: &&Layer<'_>| matches!(layer, Layer::Vlan(tag) if tag.offset > ethernet.offset);
        let tags = packet.layers().iter().filter(is_behind).count();
        let end = if ethernet.offset == 0 { packet.frame.wire_length as usize } else { ethernet.end };
        // A switch pads before or after it puts the tags in; what is shorter was not padded to the shortest length.
        (SHORTEST_ETHERNET..=SHORTEST_ETHERNET + tags * TAG).contains(&(end - ethernet.offset.min(end)))
    })
}
