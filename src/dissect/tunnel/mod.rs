//! Headers of tunnels, one file per protocol.

mod geneve;
mod gre;
mod gtp;
mod mpls;
mod teredo;
mod vxlan;

use super::layer::Layer;
use super::tree::LayerTree;
use crate::packet::{Packet, Tunnel, TunnelKind};

/// Fields of a tunnel's header.
pub(super) fn layer(packet: &Packet<'_>, tunnel: &Tunnel) -> LayerTree {
    let header = packet.bytes.get(..tunnel.offset + tunnel.length).unwrap_or_default();
    let new = |protocol| Layer::new(protocol, header, tunnel.offset);
    let layer = match tunnel.kind {
        TunnelKind::Gre => gre::fields(new("gre")),
        TunnelKind::ErspanI => new("erspan"),
        TunnelKind::ErspanII => gre::erspan_ii(new("erspan")),
        TunnelKind::ErspanIII => gre::erspan_iii(new("erspan")),
        TunnelKind::Mpls => mpls::fields(new("mpls"), tunnel.length),
        TunnelKind::Pseudowire if tunnel.length == 0 => new("pwethnocw"),
        TunnelKind::Pseudowire => new("pwethcw").number("pweth.cw.sequence_number", 2, 2),
        TunnelKind::Vxlan => vxlan::fields(new("vxlan")),
        TunnelKind::Geneve => geneve::fields(new("geneve")),
        TunnelKind::Gtp => gtp::fields(new("gtp")),
        TunnelKind::Teredo => teredo::fields(new("teredo")),
        TunnelKind::Esp => new("esp").hex("esp.spi", 0, 4).number("esp.sequence", 4, 4),
    };
    layer.done()
}

/// Wireshark's names of a tunnel in `frame.protocols`.
pub(super) fn names(tunnel: &Tunnel) -> &'static [&'static str] {
    match tunnel.kind {
        TunnelKind::Gre => &["gre"],
        TunnelKind::ErspanI | TunnelKind::ErspanII | TunnelKind::ErspanIII => &["erspan"],
        TunnelKind::Mpls => &["mpls"],
        TunnelKind::Pseudowire if tunnel.length == 0 => &["pwethheuristic", "pwethnocw"],
        TunnelKind::Pseudowire => &["pwethheuristic", "pwethcw"],
        TunnelKind::Vxlan => &["vxlan"],
        TunnelKind::Geneve => &["geneve"],
        TunnelKind::Gtp => &["gtp"],
        TunnelKind::Teredo => &["teredo"],
        TunnelKind::Esp => &["esp"],
    }
}

/// The name of the header itself.
pub(super) fn name(tunnel: &Tunnel) -> &'static str {
    names(tunnel).last().copied().unwrap_or_default()
}

/// Wireshark's name of content that is not read.
pub(super) fn content(packet: &Packet<'_>, tunnel: &Tunnel) -> Option<&'static str> {
    let is_plain = matches!(tunnel.kind, TunnelKind::Gre | TunnelKind::Mpls);
    (is_plain && packet.bytes.len() > tunnel.offset + tunnel.length).then_some("data")
}

/// What the Protocol column calls a packet whose content is not read.
pub(super) fn column(tunnel: &Tunnel) -> &'static str {
    match tunnel.kind {
        TunnelKind::Gre => "GRE",
        TunnelKind::ErspanI | TunnelKind::ErspanII | TunnelKind::ErspanIII => "ERSPAN",
        TunnelKind::Mpls => "MPLS",
        TunnelKind::Pseudowire => "PW",
        TunnelKind::Vxlan => "VxLAN",
        TunnelKind::Geneve => "Geneve",
        TunnelKind::Gtp => "GTP",
        TunnelKind::Teredo => "Teredo",
        TunnelKind::Esp => "ESP",
    }
}

/// The Info column of such a packet.
pub(super) fn info(packet: &Packet<'_>, tunnel: &Tunnel) -> String {
    let header = packet.bytes.get(tunnel.offset..tunnel.offset + tunnel.length).unwrap_or_default();
    match (tunnel.kind, header) {
        (TunnelKind::Gre, [_, version, 0x88, 0x0b, ..]) if version & 7 == 1 => "Encapsulated PPP".to_owned(),
        (TunnelKind::Gre, [_, _, high, low, ..]) => format!("Encapsulated 0x{high:02x}{low:02x} (unknown)"),
        (TunnelKind::Mpls, _) => "MPLS Label Switched Packet".to_owned(),
        (TunnelKind::Esp, [a, b, c, d, ..]) => format!("ESP (SPI=0x{a:02x}{b:02x}{c:02x}{d:02x})"),
        _ => String::new(),
    }
}
