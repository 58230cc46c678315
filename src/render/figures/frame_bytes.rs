//! The pieces of a frame as figures show them.

pub(super) use crate::evidence::{Part, PartLayer};
use crate::report::model::{FrameFacts, Report};

/// The pieces of a frame, if every byte of it is accounted for.
pub(super) fn parts(frame: &FrameFacts) -> Option<&[Part]> {
    Some(frame.parts.as_slice()).filter(|parts| !parts.is_empty())
}

impl Part {
    /// The class that its layer's colour has.
    pub(super) fn class(self) -> &'static str {
        match self.layer {
            PartLayer::Link => "link",
            PartLayer::Network => "network",
            PartLayer::Transport => "transport",
            PartLayer::Tunnel => "tunnel",
            PartLayer::Application => "application",
            PartLayer::Filler => "filler",
        }
    }

    /// `Ethernet`, `IPv4` and so on, as the header is called.
    pub(super) fn title(self) -> &'static str {
        match self.protocol {
            "eth" => "Ethernet",
            "vlan" | "ieee8021ad" => "VLAN",
            "ppp" => "PPP",
            "pppoes" => "PPPoE",
            "llc" => "LLC",
            "wlan" | "radiotap" | "ppi" | "prism" | "wlancap" => "802.11",
            "chdlc" => "HDLC",
            "ip" => "IPv4",
            "ipv6" | "ipv6.hopopts" | "ipv6.routing" | "ipv6.fraghdr" | "ipv6.dstopts" => "IPv6",
            "ah" => "AH",
            "tcp" => "TCP",
            "udp" => "UDP",
            "gre" => "GRE",
            "erspan" => "ERSPAN",
            "mpls" => "MPLS",
            "pwethcw" => "PW",
            "vxlan" => "VXLAN",
            "geneve" => "Geneve",
            "gtp" => "GTP-U",
            "teredo" => "Teredo",
            "payload" => "HTTP",
            _ => "",
        }
    }

    /// Whether it stands in the unit of data of the piece before it: VLAN tags behind Ethernet, extension headers behind IP.
    fn continues(self, before: Self) -> bool {
        let begins = matches!(self.protocol, "ip" | "ipv6" | "udp" | "tcp");
        self.layer == before.layer && self.layer != PartLayer::Tunnel && !begins
    }
}

/// The pieces in units of data, innermost first; what follows the datagram belongs to the innermost link layer.
pub(super) fn units(parts: &[Part]) -> Vec<Vec<Part>> {
    let mut units: Vec<Vec<Part>> = Vec::new();
    let mut before: Option<Part> = None;
    for part in parts.iter().filter(|part| part.layer != PartLayer::Filler) {
        match units.last_mut().filter(|_| before.is_some_and(|before| part.continues(before))) {
            Some(unit) => unit.push(*part),
            None => units.push(vec![*part]),
        }
        before = Some(*part);
    }
    units.reverse();
    let is_link = |unit: &Vec<Part>| unit.iter().any(|part| part.layer == PartLayer::Link);
    let link = units.iter().position(is_link).unwrap_or(units.len().saturating_sub(1));
    if let Some(unit) = units.get_mut(link) {
        unit.extend(parts.iter().filter(|part| part.layer == PartLayer::Filler));
    }
    units
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

#[cfg(test)]
mod tests {
    use super::*;

    fn part(layer: PartLayer, protocol: &'static str) -> Part {
        Part { layer, protocol, bytes: 1 }
    }

    #[test]
    fn a_tunnel_has_a_unit_for_each_header() {
        let parts = [
            part(PartLayer::Link, "eth"),
            part(PartLayer::Link, "vlan"),
            part(PartLayer::Network, "ip"),
            part(PartLayer::Network, "ipv6"),
            part(PartLayer::Network, "ipv6.dstopts"),
            part(PartLayer::Transport, "tcp"),
            part(PartLayer::Application, "payload"),
            part(PartLayer::Filler, "trailer"),
        ];
        let names = |unit: &Vec<Part>| unit.iter().map(|part| part.protocol).collect::<Vec<_>>().join("+");
        let units: Vec<String> = units(&parts).iter().map(names).collect();
        assert_eq!(units, ["payload", "tcp", "ipv6+ipv6.dstopts", "ip", "eth+vlan+trailer"]);
    }
}
