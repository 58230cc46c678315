//! What a packet's sender made, as far as it is compared.

use std::net::IpAddr;

use crate::packet::{Ip, Packet, Tcp, Udp};
use crate::tcp::End;

/// Bytes of a datagram's payload that are looked at; the checksum stands for the rest.
const COMPARED: usize = 64;
/// The DNS port.
const DNS: u16 = 53;

/// What the sender of a packet made, equal in all recordings of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Content {
    /// All that is compared, but the checksum and the Identification.
    pub(super) compared: [u64; 4],
    /// Checksum of the transport header.
    pub(super) checksum: u16,
    /// IPv4 Identification; `None` for 0 and IPv6.
    pub(super) identification: Option<u16>,
}

/// Between whom a datagram goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way {
    /// From sender to receiver.
    pub(super) there: u64,
    /// From receiver to sender.
    pub(super) back: u64,
    /// Whether it is a question or an answer that nobody sends twice at once: DNS, echo.
    pub(super) asks: bool,
}

impl Content {
    /// A segment of the connection `stream`, sent by `from`.
    pub(crate) fn of_segment(packet: &Packet<'_>, tcp: &Tcp<'_>, stream: u32, from: End) -> Self {
        let compared = [
            u64::from(stream) << 1 | u64::from(from == End::Other),
            u64::from(tcp.sequence) << 32 | u64::from(tcp.acknowledgment),
            u64::from(tcp.flags.0) << 48 | u64::from(tcp.window) << 32 | u64::from(tcp.payload_length),
            mix(digest(tcp.options), tcp.urgent_pointer.into()),
        ];
        Self { compared, checksum: tcp.checksum, identification: identification(packet) }
    }

    /// A UDP datagram or an ICMP message; `None` for other packets.
    pub(super) fn of_datagram(packet: &Packet<'_>) -> Option<(Self, Way)> {
        let ip = packet.ip()?;
        let (source, destination) = (address(ip.source()), address(ip.destination()));
        let way = |from: u16, to: u16, asks| {
            let (from, to) = (u64::from(from), u64::from(to));
            let there = mix(mix(source, from), mix(destination, to));
            Way { there, back: mix(mix(destination, to), mix(source, from)), asks }
        };
        let (way, header, payload, checksum) = if let Some(udp) = packet.udp() {
            let Udp { source_port, destination_port, .. } = *udp;
            let asks = source_port == DNS || destination_port == DNS;
            (way(source_port, destination_port, asks), u64::from(udp.length) << 1, udp.payload, udp.checksum)
        } else {
            let icmp = packet.icmp()?;
            // An identifier is the port of both ends.
            let port = icmp.echo().map_or(0, |(_, identifier, _)| identifier);
            let header = (icmp.length as u64) << 1 | 1;
            (way(port, port, icmp.echo().is_some()), header, icmp.bytes, icmp.checksum)
        };
        let start = payload.get(..COMPARED).unwrap_or(payload);
        let compared = [OUTSIDE_TCP, way.there, header, digest(start)];
        Some((Self { compared, checksum, identification: identification(packet) }, way))
    }

    /// Whether all is equal but the checksum, which can have been left to the network card.
    pub(super) fn is_equal(&self, other: &Self) -> bool {
        self.compared == other.compared && self.identification == other.identification
    }

    /// A number that is equal for equal contents.
    pub(super) fn hash(&self) -> u64 {
        let [whose, numbers, form, rest] = self.compared;
        let identification = u64::from(self.identification.unwrap_or_default());
        mix(mix(whose, numbers), mix(form, rest ^ identification))
    }
}

/// In the place of a segment's connection, of which there are at most 2^32.
const OUTSIDE_TCP: u64 = u64::MAX;

fn identification(packet: &Packet<'_>) -> Option<u16> {
    match packet.ip()? {
        Ip::V4(ip) => Some(ip.header.identification()).filter(|identification| *identification != 0),
        Ip::V6(_) => None,
    }
}

/// A number for an address.
pub(super) fn address(address: IpAddr) -> u64 {
    match address {
        IpAddr::V4(address) => mix(4, u32::from(address).into()),
        IpAddr::V6(address) => digest(&address.octets()),
    }
}

/// A number that is equal for equal bytes, and hardly ever for others.
#[inline]
pub(super) fn digest(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks();
    let number = words.iter().fold(bytes.len() as u64, |number, word| mix(number, u64::from_le_bytes(*word)));
    match bytes.last_chunk() {
        _ if rest.is_empty() => number,
        Some(last) => mix(number, u64::from_le_bytes(*last)),
        None => mix(number, rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte))),
    }
}

/// Two numbers in one: the high and low half of a product, with odd constants against zeros.
#[expect(clippy::cast_possible_truncation, reason = "the halves of the product are meant")]
pub(super) fn mix(a: u64, b: u64) -> u64 {
    let product = u128::from(a ^ 0x9e37_79b9_7f4a_7c15) * u128::from(b ^ 0xd1b5_4a32_d192_ed03);
    (product >> 64) as u64 ^ product as u64 ^ a.rotate_left(23)
}
