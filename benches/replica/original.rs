//! The captures that are replicated.

use std::collections::HashMap;
use std::net::IpAddr;

use wirelab::capture::{LinkType, Reader};
use wirelab::files::FileSource;
use wirelab::packet::{Ip, Layer, Packet};
use wirelab::time::Timestamp;

/// How often each capture is taken, so that 1 GiB has about 25,000 connections.
const MIX: [(&str, usize); 18] = [
    ("page-load.pcapng", 5),
    ("lossy.pcapng", 8),
    ("ipv6-vlan.pcapng", 3),
    ("keep-alive.pcapng", 1),
    ("curl-close.pcap", 1),
    ("three-segment-close.pcapng", 1),
    ("simultaneous-close.pcapng", 1),
    ("half-closed.pcapng", 1),
    ("reset.pcapng", 2),
    ("refused.pcapng", 1),
    ("syn-retransmission.pcapng", 1),
    ("no-response.pcapng", 1),
    ("tls-only.pcapng", 1),
    ("redirect-cookie.pcapng", 1),
    ("pipelined.pcapng", 1),
    ("interim.pcapng", 1),
    ("upgrade.pcapng", 1),
    ("ping-only.pcapng", 1),
];

/// A capture in memory.
pub struct Original {
    pub client: IpAddr,
    pub client_mac: [u8; 6],
    pub frames: Vec<OriginalFrame>,
}

/// One of its frames.
pub struct OriginalFrame {
    /// Nanoseconds after the first frame.
    pub after: u64,
    pub bytes: Vec<u8>,
    pub ip: usize,
    pub transport: usize,
    pub protocol: Protocol,
    pub from_client: bool,
}

/// What stands behind the IP header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    Tcp,
    Udp,
    Icmp,
}

/// The captures of `examples/captures`, each as often as it is to be taken.
pub fn originals() -> Vec<Original> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/captures");
    let files = MIX.iter().flat_map(|(name, times)| std::iter::repeat_n(name, *times));
    files.map(|name| Original::read(&format!("{folder}/{name}"))).collect()
}

impl Original {
    fn read(path: &str) -> Self {
        let source = FileSource::open(path.as_ref()).expect("an example capture can be opened");
        let mut reader = Reader::open(&source).expect("an example capture can be read");
        let mut start = None;
        let mut frames = Vec::new();
        let mut seen: HashMap<IpAddr, usize> = HashMap::new();
        while let Some(frame) = reader.next_frame() {
            let time = frame.time.map_or(0, Timestamp::as_nanos);
            let start = *start.get_or_insert(time);
            assert_eq!(
                (frame.link_type, frame.data.len()),
                (Some(LinkType::ETHERNET), frame.wire_length as usize),
                "{path}"
            );
            let packet = Packet::parse(frame);
            let Some(ip) = packet.ip() else { continue };
            let (transport, protocol) = match packet.layers().last() {
                Some(Layer::Tcp(tcp)) => (tcp.offset, Protocol::Tcp),
                Some(Layer::Udp(udp)) => (udp.offset, Protocol::Udp),
                Some(Layer::Icmp(icmp)) if matches!(ip, Ip::V4(_)) => (icmp.offset, Protocol::Icmp),
                _ => continue,
            };
            for address in [ip.source(), ip.destination()] {
                *seen.entry(address).or_default() += 1;
            }
            let after = u64::try_from(time - start).expect("the example captures do not run backwards");
            let bytes = frame.data.to_vec();
            frames.push((
                ip.source(),
                OriginalFrame { after, bytes, ip: ip.offset(), transport, protocol, from_client: false },
            ));
        }
        // All are recorded at the client, so that every packet has its address.
        let client =
            seen.into_iter().find(|(_, count)| *count == frames.len()).expect("one address is in all packets").0;
        let mut client_mac = [0; 6];
        let frames = frames.into_iter().map(|(source, frame)| {
            let from_client = source == client;
            if from_client {
                client_mac.copy_from_slice(&frame.bytes[6..12]);
            }
            OriginalFrame { from_client, ..frame }
        });
        let frames = frames.collect();
        Self { client, client_mac, frames }
    }
}
