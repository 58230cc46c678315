//! The link layers that a script's packets can be put into, by the names of its `link` statement.

use super::wire::{SHORTEST_FRAME, ethernet};

/// Script of an exchange with its handshake and close, a query before it and a ping.
pub const EXCHANGE: &str = r#"
pad
0       dns www.lab.example 198.51.100.10
+1ms    ping 198.51.100.10 20ms
+1ms    c SYN mss=1400 scale=7 sack
+12ms   s SYN mss=1400 scale=7 sack
+0      c ACK
+1ms    c "GET / HTTP/1.1\r\nHost: www.lab.example\r\n\r\n"
+12ms   s ACK
+1ms    s "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n" body 3000
+0      c ACK
+5s     s FIN
+0      c ACK
+1ms    c FIN
+12ms   s ACK
"#;

/// A link layer with the headers that a capture on it has.
#[derive(Debug, Clone, Copy)]
pub struct Link {
    pub name: &'static str,
    /// Its pcap number.
    pub number: u32,
    /// The frame of a packet.
    frame: fn(&Sent<'_>) -> Vec<u8>,
}

/// A packet, and who sends it.
#[derive(Debug, Clone, Copy)]
pub struct Sent<'p> {
    pub source: [u8; 6],
    pub destination: [u8; 6],
    /// Whether the host that captures sends it.
    pub is_own: bool,
    pub packet: &'p [u8],
    /// Whether a short Ethernet frame is filled up.
    pub pad: bool,
}

/// An access point's address, which names its network.
const NETWORK: [u8; 6] = [0, 0, 0x5e, 0, 0x53, 0xaa];
const SNAP: [u8; 6] = [0xaa, 0xaa, 3, 0, 0, 0];

pub const LINKS: &[Link] = &[
    Link { name: "ethernet", number: 1, frame: plain },
    Link { name: "vlan", number: 1, frame: |sent| tagged(sent, &[(0x8100, 0x6005)]) },
    Link { name: "qinq", number: 1, frame: |sent| tagged(sent, &[(0x88a8, 100), (0x8100, 0x2005), (0x8100, 7)]) },
    Link { name: "qinq-old", number: 1, frame: |sent| tagged(sent, &[(0x9100, 100), (0x8100, 5)]) },
    Link { name: "8023", number: 1, frame: snap_in_ethernet },
    Link { name: "pppoe", number: 1, frame: pppoe_in_ethernet },
    Link { name: "ppp-ether", number: 51, frame: pppoe },
    Link { name: "ppp", number: 9, frame: |sent| [ppp(sent), sent.packet.to_vec()].concat() },
    Link { name: "ppp-short", number: 9, frame: |sent| [&ppp(sent)[1..], sent.packet].concat() },
    Link { name: "ppp-hdlc", number: 50, frame: framed_ppp },
    Link { name: "ppp-direction", number: 204, frame: |sent| [vec![u8::from(sent.is_own)], framed_ppp(sent)].concat() },
    Link { name: "chdlc", number: 104, frame: |sent| [&[0x0f, 0], &ether_type(sent)[..], sent.packet].concat() },
    Link { name: "raw", number: 101, frame: |sent| sent.packet.to_vec() },
    Link { name: "raw-bsd", number: 12, frame: |sent| sent.packet.to_vec() },
    Link { name: "null", number: 0, frame: |sent| [&family(sent, 30).to_le_bytes()[..], sent.packet].concat() },
    Link { name: "null-big", number: 0, frame: |sent| [&family(sent, 24).to_be_bytes()[..], sent.packet].concat() },
    Link { name: "loop", number: 108, frame: |sent| [&family(sent, 24).to_be_bytes()[..], sent.packet].concat() },
    Link { name: "enc", number: 109, frame: enc },
    Link { name: "sll", number: 113, frame: sll },
    Link { name: "sll2", number: 276, frame: sll2 },
    Link { name: "nflog", number: 239, frame: nflog },
    Link { name: "ipnet", number: 226, frame: ipnet },
    Link { name: "pktap", number: 258, frame: pktap },
    Link { name: "wlan", number: 105, frame: |sent| wlan(sent, false) },
    Link { name: "wlan-qos", number: 105, frame: |sent| wlan(sent, true) },
    Link { name: "wlan-bridge", number: 105, frame: between_access_points },
    Link { name: "wlan-aggregate", number: 105, frame: aggregate },
    Link { name: "radiotap", number: 127, frame: radiotap },
    Link { name: "ppi", number: 192, frame: |sent| [vec![0, 0, 8, 0, 105, 0, 0, 0], wlan(sent, true)].concat() },
    Link { name: "prism", number: 119, frame: prism },
    Link { name: "avs", number: 163, frame: avs },
];

impl Link {
    /// A link layer of the table, or one of which only frames written as bytes are sent, by its pcap number.
    pub fn named(name: &str) -> Option<Self> {
        let unknown = || Some(Self { name: "unknown", number: name.parse().ok()?, frame: plain });
        LINKS.iter().find(|link| link.name == name).copied().or_else(unknown)
    }

    pub fn frame(&self, sent: &Sent<'_>) -> Vec<u8> {
        (self.frame)(sent)
    }
}

fn is_v6(sent: &Sent<'_>) -> bool {
    sent.packet[0] >> 4 == 6
}

fn ether_type(sent: &Sent<'_>) -> [u8; 2] {
    if is_v6(sent) { [0x86, 0xdd] } else { [8, 0] }
}

/// The address family, of which IPv6 has a number of the system's.
fn family(sent: &Sent<'_>, v6: u32) -> u32 {
    if is_v6(sent) { v6 } else { 2 }
}

fn length(bytes: &[u8]) -> [u8; 2] {
    u16::try_from(bytes.len()).unwrap().to_be_bytes()
}

fn filled(mut frame: Vec<u8>, sent: &Sent<'_>) -> Vec<u8> {
    if sent.pad {
        frame.resize(frame.len().max(SHORTEST_FRAME), 0);
    }
    frame
}

fn plain(sent: &Sent<'_>) -> Vec<u8> {
    ethernet(sent.source, sent.destination, sent.packet, sent.pad)
}

fn tagged(sent: &Sent<'_>, tags: &[(u16, u16)]) -> Vec<u8> {
    let tags: Vec<u8> =
        tags.iter().flat_map(|(kind, control)| [kind.to_be_bytes(), control.to_be_bytes()]).flatten().collect();
    filled([&sent.destination[..], &sent.source, &tags, &ether_type(sent), sent.packet].concat(), sent)
}

fn with_snap(sent: &Sent<'_>) -> Vec<u8> {
    [&SNAP[..], &ether_type(sent), sent.packet].concat()
}

fn snap_in_ethernet(sent: &Sent<'_>) -> Vec<u8> {
    let content = with_snap(sent);
    filled([&sent.destination[..], &sent.source, &length(&content), &content].concat(), sent)
}

fn ppp(sent: &Sent<'_>) -> Vec<u8> {
    vec![0, if is_v6(sent) { 0x57 } else { 0x21 }]
}

fn framed_ppp(sent: &Sent<'_>) -> Vec<u8> {
    [&[0xff, 3], &ppp(sent)[..], sent.packet].concat()
}

fn pppoe(sent: &Sent<'_>) -> Vec<u8> {
    let content = [ppp(sent), sent.packet.to_vec()].concat();
    [&[0x11, 0, 0x12, 0x34], &length(&content)[..], &content].concat()
}

fn pppoe_in_ethernet(sent: &Sent<'_>) -> Vec<u8> {
    filled([&sent.destination[..], &sent.source, &[0x88, 0x64], &pppoe(sent)].concat(), sent)
}

fn enc(sent: &Sent<'_>) -> Vec<u8> {
    [&family(sent, 24).to_le_bytes()[..], &[0, 0, 0x10, 1, 0, 8, 0, 0], sent.packet].concat()
}

/// Sent by this host 4, to this host 0.
fn direction(sent: &Sent<'_>) -> u8 {
    if sent.is_own { 4 } else { 0 }
}

fn sll(sent: &Sent<'_>) -> Vec<u8> {
    let start = [0, direction(sent), 0, 1, 0, 6];
    [&start[..], &sent.source, &[0, 0], &ether_type(sent), sent.packet].concat()
}

fn sll2(sent: &Sent<'_>) -> Vec<u8> {
    let middle = [0, 0, 0, 0, 0, 2, 0, 1, direction(sent), 6];
    [&ether_type(sent)[..], &middle, &sent.source, &[0, 0], sent.packet].concat()
}

fn nflog(sent: &Sent<'_>) -> Vec<u8> {
    let attribute = |kind: u16, value: &[u8]| {
        let length = u16::try_from(4 + value.len()).unwrap();
        let mut bytes = [&length.to_le_bytes()[..], &kind.to_le_bytes(), value].concat();
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    };
    let hook = if sent.is_own { 3 } else { 1 };
    let family = if is_v6(sent) { 10 } else { 2 };
    [
        vec![family, 0, 0, 42],
        attribute(1, &[ether_type(sent)[0], ether_type(sent)[1], hook, 0]),
        attribute(10, b"lab\0"),
        attribute(if sent.is_own { 5 } else { 4 }, &[0, 0, 0, 2]),
        attribute(11, &[0, 0, 3, 0xe8]),
        attribute(9, sent.packet),
    ]
    .concat()
}

fn ipnet(sent: &Sent<'_>) -> Vec<u8> {
    let numbers = [u32::try_from(sent.packet.len()).unwrap(), 2, 0, u32::MAX, 0];
    let family = if is_v6(sent) { 26 } else { 2 };
    [&[1, family, 0, u8::from(sent.is_own)], &numbers.map(u32::to_be_bytes).concat()[..], sent.packet].concat()
}

fn pktap(sent: &Sent<'_>) -> Vec<u8> {
    let mut header = [108_u32, 1, 1].map(u32::to_le_bytes).concat();
    header.extend(b"en0");
    header.resize(36, 0);
    header.extend([if sent.is_own { 2_u32 } else { 1 }, 2, 14, 0, 1234].map(u32::to_le_bytes).concat());
    header.extend(b"curl");
    header.resize(108, 0);
    [header, plain(sent)].concat()
}

/// From the station to its access point if it captures, else the other way.
fn wlan(sent: &Sent<'_>, qos: bool) -> Vec<u8> {
    let header = wlan_header(sent, if qos { &[0x88] } else { &[8] });
    let qos: &[u8] = if qos { &[0, 0] } else { &[] };
    [&header, qos, &with_snap(sent)].concat()
}

fn wlan_header(sent: &Sent<'_>, first: &[u8]) -> Vec<u8> {
    let (flags, addresses) = if sent.is_own {
        (1, [NETWORK, sent.source, sent.destination])
    } else {
        (2, [sent.destination, NETWORK, sent.source])
    };
    [first, &[flags, 0x2c, 0], &addresses.concat(), &[0x10, 1]].concat()
}

fn between_access_points(sent: &Sent<'_>) -> Vec<u8> {
    let start = [8, 3, 0, 0];
    [&start[..], &NETWORK, &NETWORK, &sent.destination, &[0x10, 1], &sent.source, &with_snap(sent)].concat()
}

fn aggregate(sent: &Sent<'_>) -> Vec<u8> {
    let content = with_snap(sent);
    let header = wlan_header(sent, &[0x88]);
    [&header[..], &[0x80, 0], &sent.destination, &sent.source, &length(&content), &content].concat()
}

/// Flags, rate, channel, signal, antenna; the frame check sequence is captured.
fn radiotap(sent: &Sent<'_>) -> Vec<u8> {
    let header = [0, 0, 16, 0, 0x2e, 8, 0, 0, 0x10, 0x60, 0x85, 9, 0xc0, 0, 0xda, 1];
    [&header[..], &wlan(sent, true), &[1, 2, 3, 4]].concat()
}

fn prism(sent: &Sent<'_>) -> Vec<u8> {
    let mut header = [0x44_u32, 144].map(u32::to_le_bytes).concat();
    header.extend(b"wlan0");
    header.resize(144, 0);
    [header, wlan(sent, false)].concat()
}

fn avs(sent: &Sent<'_>) -> Vec<u8> {
    let mut header = [0x8021_1001_u32, 64].map(u32::to_be_bytes).concat();
    header.resize(28, 0);
    header.extend(6_u32.to_be_bytes());
    header.resize(64, 0);
    [header, wlan(sent, false)].concat()
}
