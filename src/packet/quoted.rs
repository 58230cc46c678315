//! The TCP segment that an ICMP error is about.

use etherparse::ip_number;

use super::{Endpoint, Icmp, Ip, Layer, Packet, be16, be32};

/// What an error quotes of a segment: at least its first eight bytes (RFC 792).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotedSegment {
    /// Its sender.
    pub source: Endpoint,
    /// Where it was to go.
    pub destination: Endpoint,
    /// Its sequence number.
    pub sequence: u32,
    /// The identification of its IPv4 header.
    pub identification: Option<u16>,
    /// Bytes of TCP header and payload, as its IP header counts them.
    pub length: u32,
}

impl Packet<'_> {
    /// The TCP segment that this packet, an ICMP error, quotes; `None` if it is none, quotes none, or too little of one.
    #[must_use]
    pub fn quoted_segment(&self) -> Option<QuotedSegment> {
        let icmp = self.icmp()?;
        let quoted = self.quoted()?;
        let ip = quoted.ip()?;
        let at = match quoted.layers.last()? {
            Layer::Tcp(tcp) => tcp.offset,
            Layer::Ip(Ip::V4(ip)) if ip.header.protocol() == ip_number::TCP && !is_later_fragment(ip) => {
                ip.offset + ip.header.slice().len()
            }
            Layer::Ip(Ip::V6(ip)) if ip.header.next_header() == ip_number::TCP => ip.offset + ip.header.slice().len(),
            _ => return None,
        };
        let segment = icmp.bytes.get(at.checked_sub(icmp.offset)?..)?;
        let end = match ip {
            Ip::V4(ip) => ip.offset + usize::from(ip.header.total_len()),
            Ip::V6(ip) => ip.offset + ip.header.slice().len() + usize::from(ip.header.payload_length()),
        };
        Some(QuotedSegment {
            source: Endpoint { ip: ip.source(), port: be16(segment, 0)? },
            destination: Endpoint { ip: ip.destination(), port: be16(segment, 2)? },
            sequence: be32(segment, 4)?,
            identification: ip.identification(),
            length: u32::try_from(end.saturating_sub(at)).ok()?,
        })
    }
}

fn is_later_fragment(ip: &super::Ipv4<'_>) -> bool {
    ip.header.fragments_offset().value() != 0
}

impl Icmp<'_> {
    /// The MTU of the next hop in "fragmentation needed" (RFC 1191, 4; 0 from a router that does not tell it) and "packet too big" (RFC 4443, 3.2).
    #[must_use]
    pub fn next_hop_mtu(&self) -> Option<u32> {
        match (self.v6, self.kind, self.code) {
            (false, 3, 4) => be16(self.bytes, 6).map(u32::from),
            (true, 2, _) => be32(self.bytes, 4),
            _ => None,
        }
    }
}
