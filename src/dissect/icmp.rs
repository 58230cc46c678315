//! ICMP (RFC 792) and `ICMPv6` (RFC 4443): echo messages in full, of others type and code.

use etherparse::ip_number;

use super::ip::UNVERIFIED;
use super::layer::Layer;
use super::tree::LayerTree;
use super::{Surroundings, known};
use crate::packet::checksum::{self, Verdict};
use crate::packet::{Echo, Icmp, Ip, Layer as PacketLayer, Packet};
use crate::time::Span;

/// Wireshark's values of a checksum's status: these are looked at by default.
const BAD: u8 = 0;
const GOOD: u8 = 1;

/// The other half of an echo exchange, as pass 1 paired it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EchoPartner {
    /// The reply to this request is in that frame.
    Reply(u64),
    /// The request that this replies to is in that frame, so long ago.
    Request(u64, Option<Span>),
}

/// Fields of an ICMP message.
pub(super) fn layer(packet: &Packet<'_>, icmp: &Icmp<'_>, around: &Surroundings<'_>) -> LayerTree {
    if icmp.v6 { v6(packet, icmp, around) } else { v4(packet, icmp, around) }
}

fn v4(packet: &Packet<'_>, icmp: &Icmp<'_>, around: &Surroundings<'_>) -> LayerTree {
    let layer = header_v4(packet, icmp, status(packet, icmp));
    if icmp.echo().is_none() {
        return layer.done();
    }
    partner(layer, packet, around, ["icmp.resp_in", "icmp.resp_to", "icmp.resptime"]).done()
}

fn v6(packet: &Packet<'_>, icmp: &Icmp<'_>, around: &Surroundings<'_>) -> LayerTree {
    let layer = header_v6(packet, icmp, status(packet, icmp));
    if icmp.echo().is_none() {
        return layer.done();
    }
    partner(layer, packet, around, ["icmpv6.resp_in", "icmpv6.resp_to", "icmpv6.resptime"]).done()
}

/// Fields of a message that an error quotes: its header, without what the message means for others.
pub(super) fn quoted(packet: &Packet<'_>, icmp: &Icmp<'_>) -> LayerTree {
    let header = if icmp.v6 { header_v6 } else { header_v4 };
    header(packet, icmp, Some(UNVERIFIED)).done()
}

fn header_v4<'a>(packet: &Packet<'a>, icmp: &Icmp<'_>, status: Option<u8>) -> Layer<'a> {
    let layer = Layer::new("icmp", packet.bytes, icmp.offset)
        .field("icmp.type", icmp.kind, 0, 1)
        .field("icmp.code", icmp.code, 1, 1)
        .field("icmp.checksum", format_args!("{:#06x}", icmp.checksum), 2, 2)
        .generated_if("icmp.checksum.status", status);
    let Some((_, identifier, number)) = icmp.echo() else { return layer };
    layer
        .field("icmp.ident", identifier, 4, 2)
        .field("icmp.ident_le", identifier.swap_bytes(), 4, 2)
        .field("icmp.seq", number, 6, 2)
        .field("icmp.seq_le", number.swap_bytes(), 6, 2)
}

fn header_v6<'a>(packet: &Packet<'a>, icmp: &Icmp<'_>, status: Option<u8>) -> Layer<'a> {
    let layer = Layer::new("icmpv6", packet.bytes, icmp.offset)
        .field("icmpv6.type", icmp.kind, 0, 1)
        .field("icmpv6.code", icmp.code, 1, 1)
        .field("icmpv6.checksum", format_args!("{:#06x}", icmp.checksum), 2, 2)
        .generated_if("icmpv6.checksum.status", status);
    let Some((_, identifier, number)) = icmp.echo() else { return layer };
    layer.field("icmpv6.echo.identifier", format_args!("{identifier:#06x}"), 4, 2).field(
        "icmpv6.echo.sequence_number",
        number,
        6,
        2,
    )
}

fn partner<'a>(
    layer: Layer<'a>,
    packet: &Packet<'_>,
    around: &Surroundings<'_>,
    [reply_in, request_in, time]: [&'static str; 3],
) -> Layer<'a> {
    match around.echoes.get(&packet.frame.number) {
        Some(EchoPartner::Reply(frame)) => layer.generated(reply_in, frame),
        Some(EchoPartner::Request(frame, round_trip)) => {
            layer.generated(request_in, frame).generated_if(time, round_trip.map(milliseconds))
        }
        None => layer,
    }
}

/// Wireshark's names of what a message carries: data of an echo, the headers that an error quotes.
pub(super) fn content(packet: &Packet<'_>, icmp: &Icmp<'_>) -> Vec<&'static str> {
    if icmp.echo().is_some() {
        return if icmp.length > Icmp::HEADER { vec!["data"] } else { vec![] };
    }
    let Some(quoted) = packet.quoted() else { return Vec::new() };
    let mut names = Vec::new();
    for layer in quoted.layers() {
        names.push(match layer {
            PacketLayer::Ip(Ip::V4(_)) => "ip",
            PacketLayer::Ip(Ip::V6(_)) => "ipv6",
            PacketLayer::Extension(header) => super::extension::name(header.kind),
            PacketLayer::Tcp(_) => "tcp",
            PacketLayer::Udp(_) => "udp",
            PacketLayer::Icmp(icmp) if icmp.v6 => "icmpv6",
            PacketLayer::Icmp(_) => "icmp",
            _ => return names,
        });
    }
    match quoted.layers().last() {
        Some(PacketLayer::Udp(udp)) if !udp.payload.is_empty() => {
            let known = known::of_datagram((udp.source_port, udp.destination_port), udp.payload);
            names.extend(known.unwrap_or(&["data"]));
        }
        Some(PacketLayer::Icmp(inner)) if inner.echo().is_some() && inner.bytes.len() > Icmp::HEADER => {
            names.push("data");
        }
        _ => {}
    }
    // The first eight bytes of a segment (RFC 792) are too few for its header.
    match quoted.layers().last() {
        Some(PacketLayer::Ip(Ip::V4(ip))) if ip.header.protocol() == ip_number::TCP => names.push("tcp"),
        Some(PacketLayer::Ip(Ip::V6(ip))) if ip.header.next_header() == ip_number::TCP => names.push("tcp"),
        _ => {}
    }
    names
}

/// Whether the checksum is right; `None` if the message was cut.
fn status(packet: &Packet<'_>, icmp: &Icmp<'_>) -> Option<u8> {
    let verdict = checksum::of_icmp(packet, icmp)?;
    Some(if verdict == Verdict::Right { GOOD } else { BAD })
}

/// Milliseconds with as many decimals as it takes.
fn milliseconds(span: Span) -> String {
    const PER_MILLISECOND: u128 = 1_000_000;
    let nanos = span.as_nanos();
    let sign = if nanos < 0 { "-" } else { "" };
    let magnitude = nanos.unsigned_abs();
    let text = format!("{sign}{}.{:06}", magnitude / PER_MILLISECOND, magnitude % PER_MILLISECOND);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A type, its name, and the names of its codes.
type TypeNames = (u8, &'static str, &'static [(u8, &'static str)]);

/// What a message is called in the packet list (IANA "ICMP Parameters", `ICMPv6`): type, and codes where they have names.
const NAMES: &[TypeNames] = &[
    (
        3,
        "Destination unreachable",
        &[
            (0, "Network unreachable"),
            (1, "Host unreachable"),
            (2, "Protocol unreachable"),
            (3, "Port unreachable"),
            (4, "Fragmentation needed"),
            (9, "Network administratively prohibited"),
            (10, "Host administratively prohibited"),
            (13, "Communication administratively filtered"),
        ],
    ),
    (5, "Redirect", &[(0, "Redirect for network"), (1, "Redirect for host")]),
    (11, "Time-to-live exceeded", &[(0, "Time to live exceeded in transit"), (1, "Fragment reassembly time exceeded")]),
];

const NAMES_V6: &[TypeNames] = &[
    (
        1,
        "Destination Unreachable",
        &[
            (0, "no route to destination"),
            (1, "Administratively prohibited"),
            (3, "Address unreachable"),
            (4, "Port unreachable"),
        ],
    ),
    (2, "Packet Too Big", &[]),
    (3, "Time Exceeded", &[(0, "hop limit exceeded in transit"), (1, "fragment reassembly time exceeded")]),
    (133, "Router Solicitation", &[]),
    (134, "Router Advertisement", &[]),
    (135, "Neighbor Solicitation", &[]),
    (136, "Neighbor Advertisement", &[]),
    (143, "Multicast Listener Report Message v2", &[]),
];

/// The Info column.
pub(super) fn info(packet: &Packet<'_>, icmp: &Icmp<'_>, around: &Surroundings<'_>) -> String {
    if let Some((half, identifier, number)) = icmp.echo() {
        let ttl = packet.ip().map_or(0, Ip::ttl);
        let partner = match (around.echoes.get(&packet.frame.number), half) {
            (Some(EchoPartner::Reply(frame)), _) => format!(" (reply in {frame})"),
            (Some(EchoPartner::Request(frame, _)), _) => format!(" (request in {frame})"),
            (None, Echo::Request) => " (no response found!)".to_owned(),
            (None, _) => String::new(),
        };
        let half = if half == Echo::Request { "request" } else { "reply" };
        return if icmp.v6 {
            format!("Echo (ping) {half} id={identifier:#06x}, seq={number}, hop limit={ttl}{partner}")
        } else {
            let swapped = number.swap_bytes();
            format!("Echo (ping) {half:<8} id={identifier:#06x}, seq={number}/{swapped}, ttl={ttl}{partner}")
        };
    }
    let names = if icmp.v6 { NAMES_V6 } else { NAMES };
    match names.iter().find(|(kind, ..)| *kind == icmp.kind) {
        Some((_, name, codes)) => match codes.iter().find(|(code, _)| *code == icmp.code) {
            Some((_, code)) => format!("{name} ({code})"),
            None => (*name).to_owned(),
        },
        None => format!("Type {}, code {}", icmp.kind, icmp.code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_without_needless_zeros() {
        let check = |nanos, expected| assert_eq!(milliseconds(Span::from_nanos(nanos)), expected);
        check(26_437_000, "26.437");
        check(78_000_000, "78");
        check(4_000, "0.004");
        check(-1_500_000, "-1.5");
    }
}
