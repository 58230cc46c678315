//! One frame's bytes, split into layers.
//!
//! Bytes only: nothing here knows another frame. Slicing is lax, as Wireshark's is: a frame that a snap length cut, a
//! total length of 0 (segmentation offload) and trailing padding are normal; what cannot be read ends the list of layers
//! and is named in [`Packet::rest`].

mod fragments;
mod link;
mod network;
mod quoted;
mod transport;
mod tunnel;

pub mod checksum;
pub mod dns;
pub mod tls;
pub(crate) mod websocket;

pub use fragments::{Datagram, Fragment};
pub(crate) use fragments::{Defragmenter, Left};
pub use link::{
    Aggregate, Attribute, Carrier, CarrierKind, CiscoHdlc, Cooked, Enc, Ethernet, Ipnet, Llc, Loopback, Nflog,
    Numbering, Pktap, Ppp, Pppoe, Radio, RadioHeader, Snap, Vlan, Wlan,
};
pub(crate) use network::protocol;
pub use network::{Arp, Extension, Ip, Ipv4, Ipv6};
pub use quoted::QuotedSegment;
pub use transport::{Echo, Icmp, Tcp, TcpFlags, TcpOption, Udp};
pub use tunnel::{Tunnel, TunnelKind};

use std::cell::OnceCell;
use std::net::IpAddr;

use smallvec::SmallVec;

use crate::capture::{Frame, LinkType};

/// Deepest nesting of headers that is followed; real frames have fewer than 20.
const MAX_LAYERS: usize = 100;

/// Headers of which the usual few (Ethernet, a tag, IP, transport) are kept without an allocation for each frame.
pub type Layers<'a> = SmallVec<[Layer<'a>; 4]>;

/// A frame, dissected into layers from the outside in.
#[derive(Debug, Clone)]
pub struct Packet<'a> {
    /// The frame it was read from.
    pub frame: Frame<'a>,
    /// The frame's bytes; behind them those of the datagrams that it completes. Offsets of layers count in these.
    pub bytes: &'a [u8],
    /// IP datagrams in fragments that the frame completes, outermost first.
    pub datagrams: Vec<Datagram>,
    /// What most frames are, and then nothing else: their layers are listed only when something asks for them.
    direct: Option<Direct<'a>>,
    /// The headers, outermost first, of a packet that is not direct.
    layers: Layers<'a>,
    /// Those of a direct one, once they were asked for.
    listed: OnceCell<Box<Layers<'a>>>,
    /// What stands behind the last header.
    pub rest: Rest<'a>,
}

/// The headers behind Ethernet of a frame that has IP and TCP there, and nothing between or before them.
#[derive(Debug, Clone)]
struct Direct<'a> {
    ip: Ip<'a>,
    tcp: Tcp<'a>,
}

/// One header, with its offset in the frame.
#[derive(Debug, Clone)]
pub enum Layer<'a> {
    /// Ethernet II, or IEEE 802.3 with a length.
    Ethernet(Ethernet),
    /// An IEEE 802.1Q / 802.1ad tag.
    Vlan(Vlan),
    /// IEEE 802.2 logical link control, with SNAP.
    Llc(Llc),
    /// What Linux writes in the place of a link-layer header.
    Cooked(Cooked),
    /// Loopback of the BSDs, macOS and Npcap.
    Loopback(Loopback),
    /// `OpenBSD`'s `IPsec` interface.
    Enc(Enc),
    /// Point-to-Point Protocol.
    Ppp(Ppp),
    /// PPP over Ethernet.
    Pppoe(Pppoe),
    /// Cisco's framing of serial lines.
    CiscoHdlc(CiscoHdlc),
    /// A link layer that is rare in front of IP.
    Carrier(Carrier),
    /// What a radio says of a frame.
    Radio(Radio),
    /// IEEE 802.11.
    Wlan(Wlan),
    /// A packet in an IEEE 802.11 aggregate.
    Aggregate(Aggregate),
    /// Netfilter's log.
    Nflog(Nflog<'a>),
    /// Solaris' zones.
    Ipnet(Ipnet),
    /// Apple's packet tap.
    Pktap(Pktap),
    /// Address resolution.
    Arp(Arp<'a>),
    /// Internet Protocol, either version.
    Ip(Ip<'a>),
    /// An IPv6 extension header, or an Authentication Header.
    Extension(Extension),
    /// The header of a tunnel: what stands behind it is another packet.
    Tunnel(Tunnel),
    /// Transmission Control Protocol.
    Tcp(Tcp<'a>),
    /// User Datagram Protocol.
    Udp(Udp<'a>),
    /// ICMP or `ICMPv6`.
    Icmp(Icmp<'a>),
}

impl Layer<'_> {
    /// Offset of the header in the frame.
    #[must_use]
    pub fn offset(&self) -> usize {
        match self {
            Self::Ethernet(ethernet) => ethernet.offset,
            Self::Vlan(vlan) => vlan.offset,
            Self::Llc(header) => header.offset,
            Self::Cooked(header) => header.offset,
            Self::Loopback(header) => header.offset,
            Self::Enc(header) => header.offset,
            Self::Ppp(header) => header.offset,
            Self::Pppoe(header) => header.offset,
            Self::CiscoHdlc(header) => header.offset,
            Self::Carrier(header) => header.offset,
            Self::Radio(header) => header.offset,
            Self::Wlan(header) => header.offset,
            Self::Aggregate(header) => header.offset,
            Self::Nflog(header) => header.offset,
            Self::Ipnet(header) => header.offset,
            Self::Pktap(header) => header.offset,
            Self::Arp(arp) => arp.offset,
            Self::Ip(ip) => ip.offset(),
            Self::Extension(extension) => extension.offset,
            Self::Tunnel(tunnel) => tunnel.offset,
            Self::Tcp(tcp) => tcp.offset,
            Self::Udp(udp) => udp.offset,
            Self::Icmp(icmp) => icmp.offset,
        }
    }
}

/// Why there are no further layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest<'a> {
    /// The last layer's payload, which other stages read.
    Payload(&'a [u8]),
    /// The record holds no packet.
    NotAPacket,
    /// A link type that is not supported.
    UnknownLink(LinkType),
    /// An `EtherType` that is not supported.
    UnknownEtherType(u16),
    /// A PPP protocol that is not supported.
    UnknownPppProtocol(u16),
    /// An LLC service access point that is not supported.
    UnknownServicePoint(u8),
    /// An address family that is not supported.
    UnknownFamily(u32),
    /// An IP protocol that is not supported.
    UnknownIpProtocol(u8),
    /// A wireless frame whose content is encrypted.
    Encrypted,
    /// Several packets in one wireless frame.
    Aggregate,
    /// One fragment of a datagram.
    Fragment,
    /// The next header is cut or contradicts itself.
    Malformed(&'static str),
}

/// The bytes in which the next header and all behind it stand: the frame, or what an outer header says that it carries.
#[derive(Debug, Clone, Copy)]
struct Part<'a> {
    /// Offset of the first byte in the frame.
    offset: usize,
    /// The bytes, as far as captured.
    data: &'a [u8],
    /// Number of bytes on the wire.
    length: usize,
}

impl Part<'_> {
    /// What stands behind a header of `length` bytes.
    fn behind(self, length: usize) -> Self {
        Self {
            offset: self.offset + length,
            data: self.data.get(length..).unwrap_or_default(),
            length: self.length.saturating_sub(length),
        }
    }

    /// The same bytes, of which there were `length` on the wire.
    fn reaching(self, length: usize) -> Self {
        Self { length, ..self }.within(length)
    }

    /// At most the first `length` bytes.
    fn within(self, length: usize) -> Self {
        Self { data: self.data.get(..length).unwrap_or(self.data), length: self.length.min(length), ..self }
    }
}

/// An address and a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, schemars::JsonSchema)]
pub struct Endpoint {
    /// IP address.
    pub ip: IpAddr,
    /// TCP or UDP port.
    pub port: u16,
}

impl<'a> Packet<'a> {
    /// Splits `frame` into its layers; a fragment of a datagram ends them.
    #[must_use]
    pub fn parse(frame: Frame<'a>) -> Self {
        let mut packet = Self::unsplit(frame);
        packet.split();
        packet
    }

    /// A packet whose layers are still to be found. It is large: what every frame passes splits it where it stands.
    #[inline]
    pub(crate) fn unsplit(frame: Frame<'a>) -> Self {
        Self {
            frame,
            bytes: frame.data,
            datagrams: Vec::new(),
            direct: None,
            layers: Layers::new(),
            listed: OnceCell::new(),
            rest: Rest::Payload(&[]),
        }
    }

    /// Finds the headers.
    #[inline]
    fn split(&mut self) {
        self.direct = link::direct(self.frame.link_type, self.whole());
        match &self.direct {
            Some(direct) => self.rest = Rest::Payload(direct.tcp.payload),
            None => self.split_into_layers(),
        }
    }

    /// Finds the headers one by one.
    fn split_into_layers(&mut self) {
        self.rest = link::parse(self, self.whole());
    }

    fn whole(&self) -> Part<'a> {
        let Frame { data, wire_length, .. } = self.frame;
        Part { offset: 0, data, length: (wire_length as usize).max(data.len()) }
    }

    /// The headers, outermost first.
    #[must_use]
    pub fn layers(&self) -> &[Layer<'a>] {
        if self.direct.is_none() {
            return &self.layers;
        }
        self.listed.get_or_init(|| {
            let mut packet = Self::unsplit(self.frame);
            packet.split_into_layers();
            Box::new(packet.layers)
        })
    }

    /// The innermost IP header.
    #[must_use]
    pub fn ip(&self) -> Option<&Ip<'a>> {
        if let Some(direct) = &self.direct {
            return Some(&direct.ip);
        }
        self.layers.iter().rev().find_map(|layer| match layer {
            Layer::Ip(ip) => Some(ip),
            _ => None,
        })
    }

    /// The outermost IP header.
    #[must_use]
    pub fn outer_ip(&self) -> Option<&Ip<'a>> {
        if let Some(direct) = &self.direct {
            return Some(&direct.ip);
        }
        self.layers.iter().find_map(|layer| match layer {
            Layer::Ip(ip) => Some(ip),
            _ => None,
        })
    }

    /// Offset behind the packet that the link layer at `offset` carries, where its header tells its length: a network-layer packet, or what an
    /// IEEE 802.3 header carries; `None` if there is none. What follows up to the end of the link layer's frame is padding or a trailer.
    #[must_use]
    pub fn network_end_behind(&self, offset: usize) -> Option<usize> {
        self.layers().iter().find_map(|layer| match layer {
            Layer::Ethernet(ethernet) if ethernet.offset >= offset && ethernet.is_length() => {
                Some(ethernet.offset + Ethernet::LENGTH + usize::from(ethernet.ether_type))
            }
            Layer::Ip(ip) if ip.offset() > offset => Some(ip.end()),
            Layer::Arp(arp) if arp.offset > offset => Some(arp.end()),
            _ => None,
        })
    }

    /// The outermost Ethernet header.
    #[must_use]
    pub fn ethernet(&self) -> Option<&Ethernet> {
        self.layers().iter().find_map(|layer| match layer {
            Layer::Ethernet(ethernet) => Some(ethernet),
            _ => None,
        })
    }

    /// The first IEEE 802.11 header.
    pub(crate) fn wlan(&self) -> Option<&Wlan> {
        // A direct packet has none.
        self.layers.iter().find_map(|layer| match layer {
            Layer::Wlan(wlan) => Some(wlan),
            _ => None,
        })
    }

    /// The TCP header, which is always the last layer.
    #[must_use]
    pub fn tcp(&self) -> Option<&Tcp<'a>> {
        if let Some(direct) = &self.direct {
            return Some(&direct.tcp);
        }
        match self.layers.last() {
            Some(Layer::Tcp(tcp)) => Some(tcp),
            _ => None,
        }
    }

    /// The UDP header, if it is the last layer.
    #[must_use]
    pub fn udp(&self) -> Option<&Udp<'a>> {
        match self.layers.last() {
            Some(Layer::Udp(udp)) => Some(udp),
            _ => None,
        }
    }

    /// The ICMP header, if it is the last layer.
    #[must_use]
    pub fn icmp(&self) -> Option<&Icmp<'a>> {
        match self.layers.last() {
            Some(Layer::Icmp(icmp)) => Some(icmp),
            _ => None,
        }
    }

    /// The packet that an ICMP error quotes, as far as it does; `None` if this is no such message. Its headers are none of this packet's:
    /// they tell of an earlier one.
    #[must_use]
    pub fn quoted(&self) -> Option<Self> {
        let icmp = self.icmp().filter(|icmp| icmp.is_error())?;
        let data = icmp.bytes.get(Icmp::HEADER..)?;
        let mut quoted = Self { bytes: self.bytes, ..Self::unsplit(self.frame) };
        let part = Part { offset: icmp.offset + Icmp::HEADER, data, length: icmp.length.saturating_sub(Icmp::HEADER) };
        quoted.rest = network::parse_ip(&mut quoted, part);
        // The first fragment of a datagram has the header behind IP, as a rule.
        if let (Rest::Fragment, Some(Layer::Ip(Ip::V4(ip)))) = (quoted.rest, quoted.layers.last())
            && ip.header.fragments_offset().value() == 0
        {
            let (number, length) = (ip.header.protocol().0, ip.header.slice().len());
            quoted.rest = network::content(&mut quoted, number, part.behind(length));
        }
        (!quoted.layers.is_empty()).then_some(quoted)
    }

    /// Where `part`, a slice of [`Self::bytes`], begins in them.
    #[must_use]
    pub fn offset_of(&self, part: &[u8]) -> usize {
        let begins_in = |bytes: &[u8]| bytes.as_ptr_range().contains(&part.as_ptr());
        // What was read before a datagram was complete is a slice of the frame itself.
        let whole = if begins_in(self.frame.data) { self.frame.data } else { self.bytes };
        (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize)
    }

    /// The frame that holds the byte at `offset` of [`Self::bytes`], and where in that frame.
    #[must_use]
    pub fn origin(&self, offset: usize) -> (u64, usize) {
        let within = self.datagrams.iter().find_map(|datagram| datagram.origin(offset));
        within.unwrap_or((self.frame.number, offset))
    }

    #[inline]
    fn push(&mut self, layer: Layer<'a>) -> Result<(), Rest<'a>> {
        if self.layers.len() >= MAX_LAYERS {
            return Err(Rest::Malformed("more nested headers than are followed"));
        }
        self.layers.push(layer);
        Ok(())
    }
}

/// The two bytes at `at`, least significant first.
fn le16(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2)?.try_into().ok().map(u16::from_le_bytes)
}

/// The four bytes at `at`, least significant first.
fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes)
}

/// The two bytes at `at`, in network byte order.
pub(crate) fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2)?.try_into().ok().map(u16::from_be_bytes)
}

/// The four bytes at `at`, in network byte order.
fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{Bytes, Reader};

    /// Frames of each capture that are cut and changed in every way.
    const CHANGED: u64 = 12;
    /// Bytes of a frame that may belong to headers.
    const HEADERS: usize = 80;

    /// A packet says the same of its headers whether they were found at once or one by one; whether it was at once.
    fn check(frame: Frame<'_>) -> bool {
        let packet = Packet::parse(frame);
        let mut listed = Packet::unsplit(frame);
        listed.split_into_layers();
        let said = |packet: &Packet<'_>| {
            let ends = (packet.tcp().copied(), packet.udp().copied(), packet.icmp().copied(), packet.wlan().copied());
            let ips = (packet.ip().cloned(), packet.outer_ip().cloned());
            format!("{ends:?} {ips:?} {:?} {:?} {:?}", packet.fragment_start(), packet.rest, packet.layers())
        };
        assert_eq!(said(&packet), said(&listed));
        let is_direct = matches!(listed.layers[..], [Layer::Ethernet(_), Layer::Ip(_), Layer::Tcp(_)]);
        assert_eq!(packet.direct.is_some(), is_direct);
        is_direct
    }

    #[test]
    fn headers_found_at_once_are_those_found_one_by_one() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/captures");
        let (mut at_once, mut one_by_one) = (0, 0);
        for name in ["page-load.pcapng", "ipv6-vlan.pcapng", "lossy.pcapng", "snapped.pcap", "two-interfaces.pcapng"] {
            let data = crate::files::read_bytes(format!("{folder}/{name}").as_ref()).unwrap();
            let source = Bytes { name, data: &data };
            let mut reader = Reader::open(&source).unwrap();
            while let Some(frame) = reader.next_frame() {
                *if check(frame) { &mut at_once } else { &mut one_by_one } += 1;
                if frame.number > CHANGED {
                    continue;
                }
                for length in 0..frame.data.len().min(HEADERS) {
                    check(Frame { data: &frame.data[..length], ..frame });
                    for change in [1, 0xff] {
                        let mut data = frame.data.to_vec();
                        data[length] ^= change;
                        check(Frame { data: &data, ..frame });
                    }
                }
            }
        }
        assert!(at_once > 500 && one_by_one > 50, "{at_once} {one_by_one}");
    }
}
