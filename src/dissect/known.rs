//! Protocols above UDP and TCP that are named and not dissected: by port, or by what they begin with, as Wireshark's defaults are.
//!
//! A line is right only if every payload that fits it is given the same names by Wireshark; where names depend on what stands
//! deeper in it, `fits` asks for the plain kind.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use super::{dns, media};
use crate::packet::{Endpoint, Ethernet, Layer, Packet, Tcp};

/// A protocol as `frame.protocols` and the Protocol column name it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Known {
    /// Names in `frame.protocols`, outermost first.
    pub(super) names: &'static [&'static str],
    /// The Protocol column.
    pub(super) column: &'static str,
}

pub(super) const fn known(names: &'static [&'static str], column: &'static str) -> Known {
    Known { names, column }
}

/// HTTP's start lines and fields in datagrams (`UPnP` Device Architecture, 1.1).
pub(super) const SSDP: Known = known(&["ssdp"], "SSDP");

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
    port(67..=68, any, &["dhcp"], "DHCP"),
    port(69..=69, |bytes| matches!(bytes, [0, 1 | 2 | 4..=6, ..]), &["tftp"], "TFTP"),
    port(69..=69, |bytes| matches!(bytes, [0, 3, _, _, _, ..]), &["tftp", "data"], "TFTP"),
    port(88..=88, |bytes| matches!(bytes, [0x6a..=0x6d | 0x7e, ..]), &["kerberos"], "KRB5"),
    port(123..=123, |bytes| bytes.len() >= 48, &["ntp"], "NTP"),
    port(137..=137, |bytes| bytes.len() >= 12, &["nbns"], "NBNS"),
    port(138..=138, is_browser_announcement, &["nbdgm", "smb", "browser"], "BROWSER"),
    port(161..=162, is_snmp, &["snmp"], "SNMP"),
    port(500..=500, |bytes| bytes.len() >= 28, &["isakmp"], "ISAKMP"),
    port(514..=514, any, &["syslog"], "Syslog"),
    port(520..=520, |bytes| matches!(bytes, [1..=2, 1, ..]), &["rip"], "RIPv1"),
    port(520..=520, |bytes| matches!(bytes, [1..=2, 2, ..]), &["rip"], "RIPv2"),
    port(521..=521, any, &["ripng"], "RIPng"),
    port(546..=547, any, &["dhcpv6"], "DHCPv6"),
    port(319..=320, any, &["ptp"], "PTPv2"),
    port(1645..=1646, is_plain_radius, &["radius"], "RADIUS"),
    port(1812..=1813, is_plain_radius, &["radius"], "RADIUS"),
    OfPort { ports: 1900..=1900, fits: any, known: SSDP },
    port(1985..=1985, any, &["hsrp"], "HSRP"),
    port(5060..=5060, media::describes, &["sip", "sdp"], "SIP/SDP"),
    port(5060..=5060, |bytes| bytes.ends_with(b"\r\n\r\n"), &["sip"], "SIP"),
    port(5350..=5351, any, &["portcontrol"], "NAT-PMP"),
    port(5678..=5678, any, &["mndp"], "MNDP"),
    port(8000..=8000, |bytes| matches!(bytes, [2, .., 3]), &["oicq"], "OICQ"),
    port(8805..=8805, any, &["pfcp"], "PFCP"),
    port(17500..=17500, |bytes| matches!(bytes, [b'{', ..]), &["db-lsp-disc", "json"], "DB-LSP-DISC/JSON"),
];

const TCP_PORTS: &[OfPort] = &[
    port(21..=21, any, &["ftp"], "FTP"),
    port(22..=22, |bytes| bytes.starts_with(b"SSH-") && bytes.ends_with(b"\n"), &["ssh"], "SSH"),
    port(23..=23, any, &["telnet"], "TELNET"),
    port(25..=25, is_smtp, &["smtp"], "SMTP"),
    port(587..=587, is_smtp, &["smtp"], "SMTP"),
    port(110..=110, is_lines, &["pop"], "POP"),
    port(143..=143, is_lines, &["imap"], "IMAP"),
    port(524..=524, is_netware, &["ncp"], "NCP"),
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
    OfContent { fits: is_google_quic, keeps: true, known: known(&["gquic"], "GQUIC") },
    OfContent { fits: is_dtls, keeps: false, known: known(&["dtls"], "DTLS") },
    OfContent { fits: is_bittorrent_table, keeps: false, known: known(&["bt-dht"], "BT-DHT") },
];

/// Conversations remembered; a capture of one lab has dozens.
const MAX_CONVERSATIONS: usize = 65_536;

/// What the datagrams before told of the conversations that they belong to.
#[derive(Debug, Default)]
pub(crate) struct Conversations {
    /// What was recognised by its content, and stays it.
    kept: HashMap<(Endpoint, Endpoint), &'static Known>,
    media: media::Sessions,
}

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
        let ports = (udp.source_port, udp.destination_port);
        let announced = self.media.protocol([source, destination], udp);
        let told = announced.or_else(|| self.kept.get(&ends).copied()).or_else(|| of_port(PORTS, ports, udp.payload));
        if let Some(told) = told {
            if told.names.contains(&"sdp") {
                self.media.learn(udp.payload);
            }
            return Some(told);
        }
        let content = CONTENTS.iter().find(|content| (content.fits)(udp.payload))?;
        if content.keeps && self.kept.len() < MAX_CONVERSATIONS {
            self.kept.insert(ends, &content.known);
        }
        Some(&content.known)
    }
}

/// The protocol of a segment that belongs to no connection of HTTP or TLS.
pub(super) fn of_segment(tcp: &Tcp<'_>) -> Option<&'static Known> {
    of_port(TCP_PORTS, (tcp.source_port, tcp.destination_port), tcp.payload)
}

/// The names of a datagram between two ports, if that is all that is known of it.
pub(super) fn of_datagram(ports: (u16, u16), payload: &[u8]) -> Option<&'static [&'static str]> {
    let dns = dns::of_ports(ports);
    dns.or_else(|| of_port(PORTS, ports, payload).map(|known| known.names))
}

/// The names of what an `EtherType` stands for that has no layer.
pub(super) fn of_ether_type(packet: &Packet<'_>, ether_type: u16) -> &'static [&'static str] {
    let kind = || packet.bytes.get(end_of_last(packet)? + 1).copied();
    match ether_type {
        // The packet type (IEEE 802.1X, 11.3.2): an EAP packet, or a key and what opens and closes.
        0x888e if kind() == Some(0) => &["eapol", "eap"],
        0x888e => &["eapol"],
        0x88cc => &["lldp"],
        0x9000 => &["loop", "data"],
        _ => &[],
    }
}

/// Offset behind the last header, if that carries an `EtherType`.
fn end_of_last(packet: &Packet<'_>) -> Option<usize> {
    match packet.layers().last()? {
        Layer::Ethernet(header) => Some(header.offset + Ethernet::LENGTH),
        Layer::Vlan(header) => Some(header.offset + 4),
        Layer::Llc(header) => Some(header.offset + 2 + header.control_length + 5),
        Layer::Cooked(header) => Some(header.offset + header.length()),
        _ => None,
    }
}

/// The names of what a number of IANA's IP protocols stands for that has no layer.
pub(super) fn of_ip_protocol(number: u8) -> &'static [&'static str] {
    match number {
        // Wireshark names the family, and then the version.
        2 => &["igmp", "igmp"],
        46 => &["rsvp"],
        88 => &["eigrp"],
        89 => &["ospf"],
        112 => &["vrrp"],
        _ => &[],
    }
}

/// By port; the lower one is asked first.
fn of_port(table: &'static [OfPort], ports: (u16, u16), payload: &[u8]) -> Option<&'static Known> {
    let on = |number: u16| table.iter().find(|port| port.ports.contains(&number) && (port.fits)(payload));
    on(ports.0.min(ports.1)).or_else(|| on(ports.0.max(ports.1))).map(|port| &port.known)
}

/// A reply, or a command (RFC 5321, 4.1); what is not is a message, whose lines have further names.
fn is_smtp(bytes: &[u8]) -> bool {
    const COMMANDS: [&[u8]; 10] =
        [b"HELO", b"EHLO", b"MAIL", b"RCPT", b"DATA\r", b"RSET", b"NOOP", b"QUIT", b"AUTH", b"STARTTLS"];
    let is_reply = matches!(bytes, [b'2'..=b'5', b'0'..=b'9', b'0'..=b'9', b' ' | b'-', ..]);
    is_lines(bytes) && (is_reply || COMMANDS.iter().any(|command| bytes.to_ascii_uppercase().starts_with(command)))
}

/// Whole lines of text, as commands and replies are.
fn is_lines(bytes: &[u8]) -> bool {
    bytes.ends_with(b"\r\n")
}

/// A BER sequence as long as the payload (RFC 3417, 3).
fn is_snmp(bytes: &[u8]) -> bool {
    let fits = |rest: &[u8], length: usize| rest.len() == length;
    match bytes {
        [0x30, length @ ..=0x7f, rest @ ..] | [0x30, 0x81, length, rest @ ..] => fits(rest, usize::from(*length)),
        [0x30, 0x82, high, low, rest @ ..] => fits(rest, usize::from(u16::from_be_bytes([*high, *low]))),
        _ => false,
    }
}

/// Without an EAP-Message attribute (RFC 3579, 3.1), whose content Wireshark names, too.
fn is_plain_radius(bytes: &[u8]) -> bool {
    const HEADER: usize = 20;
    const EAP_MESSAGE: u8 = 79;
    let Some(mut attributes) = bytes.get(HEADER..) else { return false };
    while let [kind, length, ..] = attributes {
        if *kind == EAP_MESSAGE {
            return false;
        }
        attributes = attributes.get(usize::from(*length).max(2)..).unwrap_or_default();
    }
    true
}

/// A request or reply of `NetWare`'s core protocol in TCP, by its signature, alone in its segment.
fn is_netware(bytes: &[u8]) -> bool {
    match bytes {
        [b'D', b'm', b'd', b'T', length @ ..] | [b't', b'N', b'c', b'P', length @ ..] => {
            let length = length.first_chunk().map(|length| u32::from_be_bytes(*length) as usize);
            length == Some(bytes.len())
        }
        _ => false,
    }
}

fn any(_: &[u8]) -> bool {
    true
}

/// A host announcement or election on the mail slot `\MAILSLOT\BROWSE`, in a direct datagram (RFC 1002, 4.4).
fn is_browser_announcement(bytes: &[u8]) -> bool {
    const SLOT: &[u8] = b"\\MAILSLOT\\BROWSE\0";
    matches!(bytes, [0x10..=0x12, ..]) && bytes.windows(SLOT.len()).any(|window| window == SLOT)
}

/// Type 1 to 4, three bytes of zero, and the length that the type has (`WireGuard`, 5.4).
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
        [0..=1, _, high, low, 0x21, 0x12, 0xa4, 0x42, ..] => {
            usize::from(u16::from_be_bytes([*high, *low])) + 20 == bytes.len()
        }
        _ => false,
    }
}

/// A long header of QUIC version 1, 2 or a draft (RFC 9000, 17.2).
fn is_quic(bytes: &[u8]) -> bool {
    const SHORTEST: usize = 13;
    let long = bytes.len() >= SHORTEST && bytes.first().is_some_and(|first| first & 0xc0 == 0xc0);
    long && matches!(bytes.get(1..5), Some([0, 0, 0, 1] | [0xff, 0, 0, 11..=34] | [0x6b, 0x33, 0x43, 0xcf]))
}

/// A long header of Google's QUIC, whose version reads `Q046` or the like, or the header of an older one with a version.
fn is_google_quic(bytes: &[u8]) -> bool {
    let is_version = |version: Option<&[u8]>| matches!(version, Some([b'Q', b'0', b'0'..=b'9', b'0'..=b'9']));
    match bytes.first() {
        Some(0xc0..) => is_version(bytes.get(1..5)),
        Some(first) if first & 9 == 9 => is_version(bytes.get(9..13)),
        _ => false,
    }
}

/// A record of DTLS 1.0 or 1.2 (RFC 6347, 4.1) that carries no certificate, whose content Wireshark names, too.
fn is_dtls(bytes: &[u8]) -> bool {
    const CERTIFICATE: u8 = 11;
    match bytes {
        [22, 0xfe, 0xff | 0xfd, _, _, _, _, _, _, _, _, _, _, kind, ..] => *kind != CERTIFICATE,
        [20..=21 | 23, 0xfe, 0xff | 0xfd, ..] => bytes.len() > 13,
        _ => false,
    }
}

/// A message of `BitTorrent`'s distributed hash table (BEP 5): a bencoded dictionary.
fn is_bittorrent_table(bytes: &[u8]) -> bool {
    [&b"d1:ad"[..], b"d1:rd", b"d2:ip", b"d1:el"].iter().any(|start| bytes.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(ports: (u16, u16), payload: &[u8]) -> Option<&'static [&'static str]> {
        of_datagram(ports, payload)
    }

    #[test]
    fn the_lower_port_is_asked_first() {
        assert_eq!(names((50_000, 1900), b"M-SEARCH * HTTP/1.1\r\n\r\n"), Some(&["ssdp"][..]));
        assert_eq!(names((123, 1900), &[0; 48]), Some(&["ntp"][..]));
        assert_eq!(names((50_000, 50_001), b"x"), None);
    }

    #[test]
    fn a_port_is_not_enough() {
        assert_eq!(names((50_000, 161), &[0x30, 3, 2, 1, 0]), Some(&["snmp"][..]));
        assert_eq!(names((50_000, 161), &[0x30, 9, 2, 1, 0]), None);
    }

    #[test]
    fn content_on_any_port() {
        let mut initial = vec![0xc3, 0, 0, 0, 1, 8];
        initial.resize(1200, 0);
        assert!(is_quic(&initial));
        assert!(!is_quic(&[0xff, 0xff, 0, 0, 0xa0, 0, 0, 0, 0, 0, 0, 0, 0]));
        assert!(is_stun(&[0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]));
        assert!(is_wireguard(&[&[4, 0, 0, 0][..], &[7; 28]].concat()));
        assert!(!is_wireguard(&[4, 0, 0, 1]));
    }

    #[test]
    fn an_eap_message_is_more_than_radius() {
        let header = [1; 20];
        assert!(is_plain_radius(&[&header[..], &[1, 3, b'a']].concat()));
        assert!(!is_plain_radius(&[&header[..], &[1, 3, b'a', 79, 3, 0]].concat()));
    }
}
