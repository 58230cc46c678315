//! What the bytes of a frame are: headers, payload and what follows the datagram, in their order.

use crate::dissect::LayerTree;
use crate::report::model::{FrameFacts, Report};

/// Length of the shortest Ethernet frame without its FCS and tags.
const SHORTEST_ETHERNET: u64 = 60;

/// A piece of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) what: What,
    pub(super) bytes: u64,
}

/// What a piece of a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// The Ethernet header.
    Ethernet,
    /// VLAN tags.
    Vlan,
    /// The header of another link layer, or what stands between an Ethernet header and the datagram.
    Link,
    /// An IPv4 header with its options.
    Ipv4,
    /// An IPv6 header.
    Ipv6,
    /// IPv6 extension headers.
    Extensions,
    /// A TCP header with its options.
    Tcp,
    /// TCP payload.
    Payload,
    /// Bytes behind the datagram that fill a short Ethernet frame.
    Padding,
    /// Other bytes behind the datagram.
    Trailer,
}

impl What {
    /// The layer whose colour it has.
    pub(super) fn layer(self) -> &'static str {
        match self {
            Self::Ethernet | Self::Vlan | Self::Link => "link",
            Self::Ipv4 | Self::Ipv6 | Self::Extensions => "network",
            Self::Tcp => "transport",
            Self::Payload => "application",
            Self::Padding | Self::Trailer => "filler",
        }
    }

    /// Its key in the wording.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Ethernet => "ethernet",
            Self::Vlan => "vlan",
            Self::Link => "link",
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
            Self::Extensions => "extensions",
            Self::Tcp => "tcp",
            Self::Payload => "payload",
            Self::Padding => "padding",
            Self::Trailer => "trailer",
        }
    }
}

/// The pieces of a frame with a TCP segment, outermost header first; their sum is the frame's length on the wire.
///
/// Nothing for a frame without a field tree, a fragment, a tunnel, or one whose lengths contradict each other.
pub(super) fn parts(frame: &FrameFacts) -> Option<Vec<Part>> {
    let layer = |name: &str| frame.layers.iter().find(|layer| layer.protocol == name);
    let count = |name: &str| frame.layers.iter().filter(|layer| layer.protocol == name).count();
    if count("ip") + count("ipv6") != 1 || count("tcp") != 1 {
        return None;
    }
    let (ip, tcp) = (layer("ip").or(layer("ipv6"))?, layer("tcp")?);
    let (ip_start, tcp_start) = (start(ip)?, start(tcp)?);
    let (tcp_header, payload) = (value(tcp, "tcp.hdr_len")?, value(tcp, "tcp.len")?);
    let network = tcp_start.checked_sub(ip_start)?;
    let (what, header, datagram) = match value(ip, "ip.hdr_len") {
        Some(header) => (What::Ipv4, header, value(ip, "ip.len")?),
        None => (What::Ipv6, 40, 40 + value(ip, "ipv6.plen")?),
    };
    let extensions = network.checked_sub(header)?;
    let behind = u64::from(frame.length).checked_sub(tcp_start + tcp_header + payload)?;
    if datagram != network + tcp_header + payload || (what == What::Ipv4 && extensions != 0) {
        return None;
    }
    let ethernet = if layer("eth").is_some() { 14 } else { 0 };
    let tags = u64::try_from(count("vlan")).ok()? * 4;
    let link = ip_start.checked_sub(ethernet + tags)?;
    let filler =
        if ethernet > 0 && u64::from(frame.length) <= SHORTEST_ETHERNET + tags { What::Padding } else { What::Trailer };
    let all = [
        (What::Ethernet, ethernet),
        (What::Vlan, tags),
        (What::Link, link),
        (what, header),
        (What::Extensions, extensions),
        (What::Tcp, tcp_header),
        (What::Payload, payload),
        (filler, behind),
    ];
    Some(all.into_iter().filter(|(_, bytes)| *bytes > 0).map(|(what, bytes)| Part { what, bytes }).collect())
}

/// The number of bytes of some pieces.
pub(super) fn sum(parts: &[Part]) -> u64 {
    parts.iter().map(|part| part.bytes).sum()
}

/// `14 + 20 + 20 + 459`.
pub(super) fn terms(parts: &[Part]) -> String {
    parts.iter().map(|part| part.bytes.to_string()).collect::<Vec<_>>().join(" + ")
}

/// How much of the chosen request its first segment carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Carried {
    /// All of it and nothing else.
    Whole,
    /// Its beginning; the rest is in later segments.
    Beginning,
    /// Something else: more than the request, or only a part of what was sent was captured.
    Other,
}

impl Carried {
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Beginning => "beginning",
            Self::Other => "other",
        }
    }
}

/// What the payload of the request's first segment is.
pub(super) fn carried(report: &Report, payload: u64) -> Carried {
    let Some(request) = report.exchange.as_ref().map(|exchange| &exchange.request) else { return Carried::Other };
    let length = request.header_bytes + request.body_bytes;
    match request.frame {
        Some(last) if last == request.first_frame && length == payload => Carried::Whole,
        Some(last) if last != request.first_frame && length > payload => Carried::Beginning,
        _ => Carried::Other,
    }
}

/// The offset of a layer's first byte in its frame; nothing for a reassembled one.
fn start(layer: &LayerTree) -> Option<u64> {
    let field = layer.fields.first().filter(|field| field.frame.is_none())?;
    u64::try_from(field.offset?).ok()
}

fn value(layer: &LayerTree, name: &str) -> Option<u64> {
    layer.fields.iter().find(|field| field.name == name)?.value.lossy().parse().ok()
}
