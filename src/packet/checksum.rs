//! The Internet checksum (RFC 1071) of a packet's headers: right, wrong, or left to the network card.

use super::{Icmp, Ip, Ipv4, Packet, Tcp};
use crate::packet::network::protocol;

/// What a checksum field turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The checksum of the bytes.
    Right,
    /// Zero in IPv4, the sum over the pseudo-header only in TCP: the network card was to fill it in.
    LeftToHardware,
    /// Something else.
    Wrong,
}

/// Looks at the checksum of an IPv4 header.
#[must_use]
pub fn of_ipv4(ip: &Ipv4<'_>) -> Verdict {
    match ip.header.header_checksum() {
        0 => Verdict::LeftToHardware,
        _ if fold(sum(ip.header.slice())) == u16::MAX => Verdict::Right,
        _ => Verdict::Wrong,
    }
}

/// Looks at the checksum of a segment; `None` if not all of its bytes were captured.
#[must_use]
pub fn of_tcp(packet: &Packet<'_>, tcp: &Tcp<'_>) -> Option<Verdict> {
    let length = tcp.header_length + tcp.payload_length as usize;
    let bytes = packet.bytes.get(tcp.offset..tcp.offset + length)?;
    let pseudo = pseudo_header(packet.ip()?, protocol::TCP);
    let with_length = pseudo + length as u64;
    if fold(with_length + sum(bytes)) == u16::MAX {
        return Some(Verdict::Right);
    }
    // Segmentation offload leaves the length out, because each piece has its own.
    let left = [fold(with_length), fold(pseudo)].contains(&tcp.checksum);
    Some(if left { Verdict::LeftToHardware } else { Verdict::Wrong })
}

/// Whether `field`, the checksum field of a segment or UDP datagram with this packet's addresses and length, is left to the network card.
pub(crate) fn is_left_to_hardware(packet: &Packet<'_>, field: u16) -> bool {
    let (protocol, length) = match (packet.tcp(), packet.udp()) {
        (Some(tcp), _) => (protocol::TCP, tcp.header_length + tcp.payload_length as usize),
        (_, Some(udp)) => (protocol::UDP, udp.wire_length),
        _ => return false,
    };
    packet.ip().is_some_and(|ip| {
        let pseudo = pseudo_header(ip, protocol);
        // Segmentation offload leaves the length out, because each piece has its own.
        [fold(pseudo + length as u64), fold(pseudo)].contains(&field)
    })
}

/// Looks at the checksum of an ICMP or `ICMPv6` message; `None` if not all of its bytes were captured.
#[must_use]
pub fn of_icmp(packet: &Packet<'_>, icmp: &Icmp<'_>) -> Option<Verdict> {
    let bytes = icmp.bytes.get(..icmp.length)?;
    let pseudo = if icmp.v6 { pseudo_header(packet.ip()?, protocol::ICMPV6) + icmp.length as u64 } else { 0 };
    Some(if fold(pseudo + sum(bytes)) == u16::MAX { Verdict::Right } else { Verdict::Wrong })
}

/// The sum over the pseudo-header (RFC 9293, 3.1; RFC 8200, 8.1) without the length.
fn pseudo_header(ip: &Ip<'_>, protocol: u8) -> u64 {
    let addresses = match ip {
        Ip::V4(ip) => sum(&ip.header.source()) + sum(&ip.header.destination()),
        Ip::V6(ip) => sum(&ip.header.source()) + sum(&ip.header.destination()),
    };
    addresses + u64::from(protocol)
}

/// The sum of 16-bit words, the last one filled up with a zero.
fn sum(bytes: &[u8]) -> u64 {
    let words = bytes.chunks(2).map(|word| match word {
        [high, low] => u64::from(u16::from_be_bytes([*high, *low])),
        [high] => u64::from(*high) << 8,
        _ => 0,
    });
    words.sum()
}

/// The one's complement sum.
fn fold(mut sum: u64) -> u16 {
    while sum > u64::from(u16::MAX) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    u16::try_from(sum).unwrap_or(u16::MAX)
}
