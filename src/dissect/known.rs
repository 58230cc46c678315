//! Protocols above UDP that are named and not dissected: by port, or by what they begin with, as Wireshark's defaults are.
//!
//! A line is right only if every datagram that fits it is given the same names by Wireshark; where names depend on what stands
//! deeper in the payload, `fits` asks for the plain kind.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use crate::packet::{Endpoint, Packet, Udp};

/// A protocol as `frame.protocols` and the Protocol column name it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Known {
    /// Names in `frame.protocols`, outermost first.
    pub(super) names: &'static [&'static str],
    /// The Protocol column.
    pub(super) column: &'static str,
}

const fn known(names: &'static [&'static str], column: &'static str) -> Known {
    Known { names, column }
}

/// A protocol with ports of its own (IANA's registry, as far as Wireshark follows it).
struct OfPort {
    ports: RangeInclusive<u16>,
    fits: fn(&[u8]) -> bool,
    known: Known,
}

const fn port(
    ports: RangeInclusive<u16>,
    fits: fn(&[u8]) -> bool,
    names: &'static [&'static str],
    column: &'static str,
) -> OfPort {
    OfPort { ports, fits, known: known(names, column) }
}

const PORTS: &[OfPort] = &[
    port(67..=68, |bytes| bytes.len() >= 236, &["dhcp"], "DHCP"),
    port(69..=69, |bytes| matches!(bytes, [0, 1..=6, ..]), &["tftp"], "TFTP"),
    port(123..=123, |bytes| bytes.len() >= 48, &["ntp"], "NTP"),
    port(137..=137, |bytes| bytes.len() >= 12, &["nbns"], "NBNS"),
    port(138..=138, is_browser_announcement, &["nbdgm", "smb", "browser"], "BROWSER"),
    port(161..=162, |bytes| matches!(bytes, [0x30, ..]), &["snmp"], "SNMP"),
    port(500..=500, |bytes| bytes.len() >= 28, &["isakmp"], "ISAKMP"),
    port(514..=514, any, &["syslog"], "Syslog"),
    port(520..=520, |bytes| matches!(bytes, [1..=2, 2, ..]), &["rip"], "RIPv2"),
    port(521..=521, any, &["ripng"], "RIPng"),
    port(546..=547, any, &["dhcpv6"], "DHCPv6"),
    port(1645..=1646, |bytes| bytes.len() >= 20, &["radius"], "RADIUS"),
    port(1812..=1813, |bytes| bytes.len() >= 20, &["radius"], "RADIUS"),
    port(1900..=1900, any, &["ssdp"], "SSDP"),
    port(1985..=1985, any, &["hsrp"], "HSRP"),
    port(5678..=5678, any, &["mndp"], "MNDP"),
    port(8000..=8000, |bytes| matches!(bytes, [2, .., 3]), &["oicq"], "OICQ"),
    port(8805..=8805, any, &["pfcp"], "PFCP"),
    port(17500..=17500, |bytes| matches!(bytes, [b'{', ..]), &["db-lsp-disc", "json"], "DB-LSP-DISC/JSON"),
];

/// A protocol that Wireshark recognises on any port.
struct OfContent {
    fits: fn(&[u8]) -> bool,
    /// Whether all that follows between the two endpoints is taken for the same.
    keeps: bool,
    known: Known,
}

const CONTENTS: &[OfContent] = &[
    OfContent { fits: is_wireguard, keeps: false, known: known(&["wg"], "WireGuard") },
    OfContent { fits: is_stun, keeps: false, known: known(&["stun"], "STUN") },
    OfContent { fits: is_quic, keeps: true, known: known(&["quic"], "QUIC") },
    OfContent { fits: is_bittorrent_table, keeps: false, known: known(&["bt-dht"], "BT-DHT") },
];

/// Conversations remembered; a capture of one lab has dozens.
const MAX_CONVERSATIONS: usize = 65_536;

/// What the datagrams before told of the conversations that they belong to.
#[derive(Debug, Default)]
pub(crate) struct Conversations(HashMap<(Endpoint, Endpoint), &'static Known>);

impl Conversations {
    /// The protocol of a packet's datagram, and what it tells of those that follow.
    pub(crate) fn follow(&mut self, packet: &Packet<'_>) -> Option<&'static Known> {
        let (udp, ip) = (packet.udp()?, packet.ip()?);
        if udp.payload.is_empty() {
            return None;
        }
        let source = Endpoint { ip: ip.source(), port: udp.source_port };
        let destination = Endpoint { ip: ip.destination(), port: udp.destination_port };
        let ends = (source.min(destination), source.max(destination));
        let told = self.0.get(&ends).copied().or_else(|| of_port(udp));
        if told.is_some() {
            return told;
        }
        let content = CONTENTS.iter().find(|content| (content.fits)(udp.payload))?;
        if content.keeps && self.0.len() < MAX_CONVERSATIONS {
            self.0.insert(ends, &content.known);
        }
        Some(&content.known)
    }
}

/// By port; the lower one is asked first.
fn of_port(udp: &Udp<'_>) -> Option<&'static Known> {
    let (low, high) = (udp.source_port.min(udp.destination_port), udp.source_port.max(udp.destination_port));
    let on = |number: u16| PORTS.iter().find(|port| port.ports.contains(&number) && (port.fits)(udp.payload));
    on(low).or_else(|| on(high)).map(|port| &port.known)
}

fn any(_: &[u8]) -> bool {
    true
}

/// A host announcement or election on the mail slot `\MAILSLOT\BROWSE`, in a direct datagram (RFC 1002, 4.4).
fn is_browser_announcement(bytes: &[u8]) -> bool {
    const SLOT: &[u8] = b"\\MAILSLOT\\BROWSE\0";
    matches!(bytes, [0x10..=0x12, ..]) && bytes.windows(SLOT.len()).any(|window| window == SLOT)
}

/// Type 1 to 4, three bytes of zero, and the length that the type has (WireGuard, 5.4).
fn is_wireguard(bytes: &[u8]) -> bool {
    match bytes {
        [1, 0, 0, 0, ..] => bytes.len() == 148,
        [2, 0, 0, 0, ..] => bytes.len() == 92,
        [3, 0, 0, 0, ..] => bytes.len() == 64,
        [4, 0, 0, 0, ..] => bytes.len() >= 32,
        _ => false,
    }
}

/// A STUN message (RFC 8489, 5): the magic cookie, and a length that fits.
fn is_stun(bytes: &[u8]) -> bool {
    match bytes {
        [0..=0x3f, _, high, low, 0x21, 0x12, 0xa4, 0x42, ..] => {
            usize::from(u16::from_be_bytes([*high, *low])) + 20 == bytes.len()
        }
        _ => false,
    }
}

/// A long header of QUIC version 1, 2 or a draft (RFC 9000, 17.2).
fn is_quic(bytes: &[u8]) -> bool {
    const SHORTEST: usize = 13;
    let long = bytes.len() >= SHORTEST && bytes.first().is_some_and(|first| first & 0xc0 == 0xc0);
    long && matches!(bytes.get(1..5), Some([0, 0, 0, 1] | [0xff, 0, 0, _] | [0x6b, 0x33, 0x43, 0xcf]))
}

/// A message of BitTorrent's distributed hash table (BEP 5): a bencoded dictionary.
fn is_bittorrent_table(bytes: &[u8]) -> bool {
    [&b"d1:ad"[..], b"d1:rd", b"d2:ip", b"d1:el"].iter().any(|start| bytes.starts_with(start))
}
