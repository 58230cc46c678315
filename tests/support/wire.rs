//! Bytes: TCP, UDP and ICMP in IPv4 or IPv6, in a pcap file.

use std::net::IpAddr;

use super::link::Link;

/// The smallest Ethernet frame without its frame check sequence.
pub const SHORTEST_FRAME: usize = 60;

/// The flags of a segment (RFC 9293, 3.1).
pub mod flag {
    pub const FIN: u8 = 1;
    pub const SYN: u8 = 2;
    pub const RST: u8 = 4;
    pub const PSH: u8 = 8;
    pub const ACK: u8 = 16;
}

/// What an IP packet says besides its payload.
#[derive(Debug, Clone, Copy)]
pub struct Ip {
    pub source: IpAddr,
    pub destination: IpAddr,
    pub ttl: u8,
    pub id: u16,
    pub dont_fragment: bool,
    /// Differentiated services and congestion notification: IPv4's second byte, IPv6's traffic class.
    pub tos: u8,
    pub protocol: u8,
    /// Whether the header checksum is left to the network card.
    pub offload: bool,
}

/// A segment.
#[derive(Debug, Clone, Default)]
pub struct Tcp {
    pub ports: (u16, u16),
    pub sequence: u32,
    pub acknowledgment: u32,
    pub flags: u8,
    pub window: u16,
    pub options: Vec<u8>,
    pub payload: Vec<u8>,
}

pub fn ones_complement_sum(bytes: &[u8], start: u32) -> u16 {
    let mut sum = start;
    for pair in bytes.chunks(2) {
        sum += u32::from(pair[0]) << 8 | u32::from(pair.get(1).copied().unwrap_or(0));
        sum = (sum & 0xffff) + (sum >> 16);
    }
    u16::try_from((sum & 0xffff) + (sum >> 16)).unwrap()
}

fn address(ip: IpAddr) -> Vec<u8> {
    match ip {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => v6.octets().to_vec(),
    }
}

fn pseudo_header_sum(ip: &Ip, length: usize) -> u16 {
    let mut header = address(ip.source);
    header.extend(address(ip.destination));
    header.extend(u32::try_from(length).unwrap().to_be_bytes());
    header.extend([0, 0, 0, ip.protocol]);
    ones_complement_sum(&header, 0)
}

/// Puts the checksum over pseudo-header and `bytes`, or the bare pseudo-header's, at `at`.
fn fill_checksum(ip: &Ip, bytes: &mut [u8], at: usize) {
    let bare = pseudo_header_sum(ip, bytes.len());
    let sum = if ip.offload { bare } else { !ones_complement_sum(bytes, bare.into()) };
    bytes[at..at + 2].copy_from_slice(&sum.to_be_bytes());
}

pub fn tcp(ip: &Ip, segment: &Tcp) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(segment.ports.0.to_be_bytes());
    bytes.extend(segment.ports.1.to_be_bytes());
    bytes.extend(segment.sequence.to_be_bytes());
    bytes.extend(segment.acknowledgment.to_be_bytes());
    let words = u8::try_from(5 + segment.options.len() / 4).unwrap();
    bytes.extend([words << 4, segment.flags]);
    bytes.extend(segment.window.to_be_bytes());
    bytes.extend([0; 4]);
    bytes.extend(&segment.options);
    bytes.extend(&segment.payload);
    fill_checksum(ip, &mut bytes, 16);
    bytes
}

pub fn udp(ip: &Ip, ports: (u16, u16), payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(ports.0.to_be_bytes());
    bytes.extend(ports.1.to_be_bytes());
    bytes.extend(u16::try_from(8 + payload.len()).unwrap().to_be_bytes());
    bytes.extend([0; 2]);
    bytes.extend(payload);
    fill_checksum(ip, &mut bytes, 6);
    bytes
}

/// An echo request or reply, ICMP or `ICMPv6` as the address family asks.
pub fn echo(ip: &Ip, reply: bool, sequence: u16) -> Vec<u8> {
    let kind = match (ip.source.is_ipv6(), reply) {
        (false, false) => 8,
        (false, true) => 0,
        (true, false) => 128,
        (true, true) => 129,
    };
    let mut bytes = vec![kind, 0, 0, 0, 0, 1];
    bytes.extend(sequence.to_be_bytes());
    bytes.extend([0x61; 32]);
    if ip.source.is_ipv6() {
        fill_checksum(ip, &mut bytes, 2);
    } else {
        let sum = !ones_complement_sum(&bytes, 0);
        bytes[2..4].copy_from_slice(&sum.to_be_bytes());
    }
    bytes
}

/// An ICMP error (RFC 792, 1191) about a packet, of which it quotes the header and eight bytes, or an `ICMPv6` one (RFC 4443), which quotes all.
pub fn icmp_error(ip: &Ip, (kind, code): (u8, u8), mtu: u16, packet: &[u8]) -> Vec<u8> {
    let mut bytes = vec![kind, code, 0, 0, 0, 0];
    bytes.extend(mtu.to_be_bytes());
    if ip.source.is_ipv6() {
        bytes.extend(packet);
        fill_checksum(ip, &mut bytes, 2);
    } else {
        bytes.extend(&packet[..packet.len().min(28)]);
        let sum = !ones_complement_sum(&bytes, 0);
        bytes[2..4].copy_from_slice(&sum.to_be_bytes());
    }
    bytes
}

pub fn ip(ip: &Ip, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    if ip.source.is_ipv6() {
        bytes.extend([0x60 | ip.tos >> 4, ip.tos << 4, 0, 0]);
        bytes.extend(u16::try_from(payload.len()).unwrap().to_be_bytes());
        bytes.extend([ip.protocol, ip.ttl]);
    } else {
        bytes.extend([0x45, ip.tos]);
        bytes.extend(u16::try_from(20 + payload.len()).unwrap().to_be_bytes());
        bytes.extend(ip.id.to_be_bytes());
        bytes.extend([if ip.dont_fragment { 0x40 } else { 0 }, 0, ip.ttl, ip.protocol, 0, 0]);
    }
    bytes.extend(address(ip.source));
    bytes.extend(address(ip.destination));
    if ip.source.is_ipv4() && !ip.offload {
        let sum = !ones_complement_sum(&bytes, 0);
        bytes[10..12].copy_from_slice(&sum.to_be_bytes());
    }
    bytes.extend(payload);
    bytes
}

pub fn ethernet(source: [u8; 6], destination: [u8; 6], packet: &[u8], pad: bool) -> Vec<u8> {
    let mut bytes = destination.to_vec();
    bytes.extend(source);
    bytes.extend(if packet[0] >> 4 == 6 { [0x86, 0xdd] } else { [0x08, 0x00] });
    bytes.extend(packet);
    if pad {
        bytes.resize(bytes.len().max(SHORTEST_FRAME), 0);
    }
    bytes
}

/// A pcap file with nanosecond times.
#[derive(Debug)]
pub struct Pcap {
    bytes: Vec<u8>,
    snap: u32,
}

impl Pcap {
    pub fn new(link: Link, snap: u32) -> Self {
        let mut bytes = Vec::new();
        for number in [0xa1b2_3c4d_u32, 0x0004_0002, 0, 0, snap, link.number] {
            bytes.extend(number.to_le_bytes());
        }
        Self { bytes, snap }
    }

    /// Adds a frame; its time counts from 2024-01-01 00:00:00 UTC.
    pub fn add(&mut self, nanos: u64, frame: &[u8]) {
        let seconds = u32::try_from(1_704_067_200 + nanos / 1_000_000_000).unwrap();
        let fraction = u32::try_from(nanos % 1_000_000_000).unwrap();
        let length = u32::try_from(frame.len()).unwrap();
        for number in [seconds, fraction, length.min(self.snap), length] {
            self.bytes.extend(number.to_le_bytes());
        }
        self.bytes.extend(frame.iter().take(self.snap as usize));
    }

    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }
}
