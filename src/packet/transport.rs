//! Transport layer: TCP, UDP, ICMP.

use std::fmt;

use super::network::protocol;
use super::{Layer, Packet, Part, Rest, be16, be32, tunnel};

/// A TCP segment (RFC 9293).
#[derive(Debug, Clone, Copy)]
pub struct Tcp<'a> {
    /// Offset of the header in the frame.
    pub offset: usize,
    /// Source port.
    pub source_port: u16,
    /// Destination port.
    pub destination_port: u16,
    /// Raw sequence number.
    pub sequence: u32,
    /// Raw acknowledgment number; meaningful with the ACK flag only.
    pub acknowledgment: u32,
    /// Control bits.
    pub flags: TcpFlags,
    /// The window field, not scaled.
    pub window: u16,
    /// Checksum as captured.
    pub checksum: u16,
    /// Urgent pointer.
    pub urgent_pointer: u16,
    /// Header length in bytes, options included.
    pub header_length: usize,
    /// Option bytes as far as captured.
    pub options: &'a [u8],
    /// Payload bytes as far as captured.
    pub payload: &'a [u8],
    /// Payload bytes on the wire (`tcp.len`).
    pub payload_length: u32,
}

impl<'a> Tcp<'a> {
    /// Sequence numbers this segment occupies: its payload, SYN and FIN (RFC 9293, 3.4).
    #[must_use]
    pub fn sequence_length(&self) -> u32 {
        self.payload_length
            .wrapping_add(u32::from(self.flags.contains(TcpFlags::SYN)))
            .wrapping_add(u32::from(self.flags.contains(TcpFlags::FIN)))
    }

    /// The sequence number behind this segment.
    #[must_use]
    pub fn end(&self) -> u32 {
        self.sequence.wrapping_add(self.sequence_length())
    }

    /// The options that are well-formed, with their offsets in the option bytes.
    pub fn options(&self) -> impl Iterator<Item = (usize, TcpOption<'a>)> + use<'a> {
        TcpOptions { bytes: self.options, at: 0 }
    }

    /// Whether a snap length cut the options.
    #[must_use]
    pub fn options_are_cut(&self) -> bool {
        TCP_MINIMUM + self.options.len() < self.header_length
    }
}

/// TCP control bits: the lower 12 bits of header bytes 12 and 13.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TcpFlags(pub u16);

impl TcpFlags {
    /// No more data from the sender.
    pub const FIN: Self = Self(0x001);
    /// Synchronise sequence numbers.
    pub const SYN: Self = Self(0x002);
    /// Reset the connection.
    pub const RST: Self = Self(0x004);
    /// Push.
    pub const PSH: Self = Self(0x008);
    /// The acknowledgment number is meaningful.
    pub const ACK: Self = Self(0x010);
    /// The urgent pointer is meaningful.
    pub const URG: Self = Self(0x020);
    /// ECN-Echo.
    pub const ECE: Self = Self(0x040);
    /// Congestion window reduced.
    pub const CWR: Self = Self(0x080);
    /// SYN and ACK.
    pub const SYN_ACK: Self = Self(0x012);

    /// Whether all of `other`'s bits are set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether any of `other`'s bits is set.
    #[must_use]
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Both sets of bits.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Debug for TcpFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TcpFlags({:#05x})", self.0)
    }
}

/// A TCP option (IANA "TCP Option Kind Numbers").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TcpOption<'a> {
    /// Maximum segment size in bytes.
    Mss(u16),
    /// Window scale: the shift count.
    WindowScale(u8),
    /// Selective acknowledgment permitted.
    SackPermitted,
    /// Selective acknowledgment blocks: pairs of left and right edges, 8 bytes each.
    Sack(&'a [u8]),
    /// Timestamps: value and echo reply.
    Timestamps(u32, u32),
    /// Padding between options.
    NoOperation,
    /// End of the list.
    End,
    /// Another kind, with its whole bytes.
    Other(u8, &'a [u8]),
}

struct TcpOptions<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Iterator for TcpOptions<'a> {
    type Item = (usize, TcpOption<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.at;
        let rest = self.bytes.get(start..)?;
        let kind = *rest.first()?;
        if kind <= 1 {
            // Behind the end there is padding, which Wireshark takes for more of it.
            let ends = kind == 0 && rest.get(1).is_some_and(|next| *next != 0);
            self.at = if ends { self.bytes.len() } else { start + 1 };
            return Some((start, if kind == 0 { TcpOption::End } else { TcpOption::NoOperation }));
        }
        let length = usize::from(*rest.get(1)?);
        let whole = rest.get(..length).filter(|_| length >= 2)?;
        self.at = start + length;
        let option = match (kind, length) {
            (2, 4) => TcpOption::Mss(be16(whole, 2)?),
            (3, 3) => TcpOption::WindowScale(*whole.get(2)?),
            (4, 2) => TcpOption::SackPermitted,
            (5, _) if length > 2 && (length - 2).is_multiple_of(8) => TcpOption::Sack(whole.get(2..)?),
            (8, 10) => TcpOption::Timestamps(be32(whole, 2)?, be32(whole, 6)?),
            _ => TcpOption::Other(kind, whole),
        };
        Some((start, option))
    }
}

/// A UDP datagram (RFC 768).
#[derive(Debug, Clone, Copy)]
pub struct Udp<'a> {
    /// Offset of the header in the frame.
    pub offset: usize,
    /// Source port.
    pub source_port: u16,
    /// Destination port.
    pub destination_port: u16,
    /// The length field: header and payload.
    pub length: u16,
    /// Bytes of header and payload on the wire.
    pub wire_length: usize,
    /// Checksum as captured.
    pub checksum: u16,
    /// Payload bytes as far as captured.
    pub payload: &'a [u8],
}

/// An ICMP (RFC 792) or `ICMPv6` (RFC 4443) message.
#[derive(Debug, Clone, Copy)]
pub struct Icmp<'a> {
    /// Offset of the header in the frame.
    pub offset: usize,
    /// Whether it is `ICMPv6`.
    pub v6: bool,
    /// Type.
    pub kind: u8,
    /// Code.
    pub code: u8,
    /// Checksum as captured.
    pub checksum: u16,
    /// All captured bytes of the message.
    pub bytes: &'a [u8],
    /// Bytes of the message on the wire.
    pub length: usize,
}

/// Which half of an echo exchange a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Echo {
    /// The question.
    Request,
    /// The answer.
    Reply,
}

impl Icmp<'_> {
    /// Bytes of the header of an echo message or an error.
    pub const HEADER: usize = 8;

    /// Whether it reports an error, and quotes the packet that caused it.
    #[must_use]
    pub fn is_error(&self) -> bool {
        if self.v6 { (1..=4).contains(&self.kind) } else { [3, 4, 5, 11, 12].contains(&self.kind) }
    }

    /// Whether it reports that a packet did not arrive: every error but source quench (4, deprecated by RFC 6633) and redirect (5).
    #[must_use]
    pub fn is_about_delivery(&self) -> bool {
        self.is_error() && (self.v6 || ![4, 5].contains(&self.kind))
    }

    /// For an echo message: which half, identifier and sequence number (`icmp.ident`, `icmp.seq`).
    #[must_use]
    pub fn echo(&self) -> Option<(Echo, u16, u16)> {
        let half = match (self.v6, self.kind) {
            (false, 8) | (true, 128) => Echo::Request,
            (false, 0) | (true, 129) => Echo::Reply,
            _ => return None,
        };
        Some((half, be16(self.bytes, 4)?, be16(self.bytes, 6)?))
    }
}

/// Reads the header of IP protocol `number`.
pub(super) fn parse<'a>(packet: &mut Packet<'a>, number: u8, part: Part<'a>) -> Rest<'a> {
    let layer = match number {
        protocol::TCP => tcp(part).map(Layer::Tcp),
        protocol::UDP => udp(part).map(Layer::Udp),
        protocol::ICMP | protocol::ICMPV6 => icmp(part, number == protocol::ICMPV6).map(Layer::Icmp),
        other => return Rest::UnknownIpProtocol(other),
    };
    let Some(layer) = layer else {
        return Rest::Malformed("transport header is cut or contradicts itself");
    };
    let (rest, ports) = match &layer {
        Layer::Tcp(tcp) => (tcp.payload, None),
        Layer::Udp(udp) => (udp.payload, Some((udp.wire_length, [udp.source_port, udp.destination_port]))),
        _ => (&[][..], None),
    };
    if let Err(rest) = packet.push(layer) {
        return rest;
    }
    let tunnel = ports.and_then(|(length, ports)| {
        let content = part.within(length).behind(UDP_HEADER);
        tunnel::over_udp(packet, ports, content)
    });
    tunnel.unwrap_or(Rest::Payload(rest))
}

const TCP_MINIMUM: usize = 20;

#[inline]
pub(super) fn tcp(Part { offset, data: bytes, length }: Part<'_>) -> Option<Tcp<'_>> {
    let word = be16(bytes, 12)?;
    let header_length = usize::from(word >> 12) * 4;
    if header_length < TCP_MINIMUM || header_length > length {
        return None;
    }
    let options_end = header_length.min(bytes.len());
    Some(Tcp {
        offset,
        source_port: be16(bytes, 0)?,
        destination_port: be16(bytes, 2)?,
        sequence: be32(bytes, 4)?,
        acknowledgment: be32(bytes, 8)?,
        flags: TcpFlags(word & 0x0fff),
        window: be16(bytes, 14)?,
        checksum: be16(bytes, 16)?,
        urgent_pointer: be16(bytes, 18)?,
        header_length,
        options: bytes.get(TCP_MINIMUM..options_end)?,
        payload: bytes.get(options_end..)?,
        payload_length: u32::try_from(length - header_length).ok()?,
    })
}

const UDP_HEADER: usize = 8;

fn udp(Part { offset, data: bytes, length: on_wire }: Part<'_>) -> Option<Udp<'_>> {
    let length = be16(bytes, 4)?;
    let payload = bytes.get(UDP_HEADER..)?;
    // A length of 0: a jumbogram (RFC 2675, 4), or written before segmentation offload filled it in.
    let wire_length = if length == 0 { on_wire } else { on_wire.min(length.into()) };
    Some(Udp {
        offset,
        source_port: be16(bytes, 0)?,
        destination_port: be16(bytes, 2)?,
        length,
        wire_length,
        checksum: be16(bytes, 6)?,
        payload: payload.get(..wire_length.saturating_sub(UDP_HEADER)).unwrap_or(payload),
    })
}

fn icmp(Part { offset, data: bytes, length }: Part<'_>, v6: bool) -> Option<Icmp<'_>> {
    Some(Icmp { offset, v6, kind: *bytes.first()?, code: *bytes.get(1)?, checksum: be16(bytes, 2)?, bytes, length })
}
