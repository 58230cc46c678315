//! A capture described by bytes, whatever they are: sequence numbers, lengths and checksums follow by themselves, so that most bytes lead
//! to packets that are followed up to HTTP, and each deviation is one byte that says so.
//!
//! Two bytes of [settings](Recipe), then steps. A step is eight bytes and a payload:
//!
//! | byte | is |
//! | --- | --- |
//! | 0 | low half: [what](Step::what) is sent; high half: what it is wrapped in |
//! | 1 | connection (3 bits), from the server, over IPv6, cut, with options, not recorded |
//! | 2 | TCP flags, or a protocol number |
//! | 3, 4 | how far sequence and acknowledgment number are from the right ones |
//! | 5 | cube root of the time since the step before, in microseconds |
//! | 6, 7 | length of the payload, little-endian |

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::wire::{self, Ip, Tcp};

/// Steps that are taken; a longer recipe ends here.
pub const MAX_STEPS: usize = 512;
/// Payload of a step, so that a datagram around it and its wrapping has a length of 16 bits.
pub const MAX_PAYLOAD: usize = 60_000;
const HEADER: usize = 8;
const CLIENT_MAC: [u8; 6] = [0, 0, 0x5e, 0, 0x53, 0x64];
const ROUTER_MAC: [u8; 6] = [0, 0, 0x5e, 0, 0x53, 0x01];
const LINKS: [u32; 12] = [1, 1, 1, 101, 113, 276, 0, 108, 105, 127, 9, 239];

/// One packet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Step {
    pub kind: u8,
    pub connection: u8,
    pub flags: u8,
    pub sequence: i8,
    pub acknowledgment: i8,
    pub time: i8,
    pub payload: Vec<u8>,
}

/// What a [`Step`] sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    Segment,
    Dns,
    Echo,
    IpPayload,
    LinkPayload,
    Frame,
    Again,
}

pub const FROM_SERVER: u8 = 1 << 3;
pub const OVER_IPV6: u8 = 1 << 4;
pub const CUT: u8 = 1 << 5;
pub const WITH_OPTIONS: u8 = 1 << 6;
pub const NOT_RECORDED: u8 = 1 << 7;

impl Step {
    pub fn what(&self) -> What {
        match self.kind & 15 {
            0..=8 => What::Segment,
            9 => What::Dns,
            10 | 11 => What::Echo,
            12 => What::IpPayload,
            13 => What::LinkPayload,
            14 => What::Frame,
            _ => What::Again,
        }
    }

    fn has(&self, bit: u8) -> bool {
        self.connection & bit != 0
    }

    fn nanos(&self) -> i64 {
        i64::from(self.time).pow(3) * 1000
    }
}

/// A capture, described.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recipe {
    /// Link type.
    pub link: u8,
    /// Bit 0: big-endian file; bit 1: checksums are left to the client's network card; bit 2: frames are padded; bit 3: identifications are constant.
    pub settings: u8,
    pub steps: Vec<Step>,
}

impl Recipe {
    pub fn read(bytes: &[u8]) -> Self {
        let mut recipe = Self {
            link: bytes.first().copied().unwrap_or(0),
            settings: bytes.get(1).copied().unwrap_or(0),
            steps: Vec::new(),
        };
        let mut rest = bytes.get(2..).unwrap_or_default();
        while recipe.steps.len() < MAX_STEPS
            && let Some(([kind, connection, flags, sequence, acknowledgment, time, low, high], behind)) =
                rest.split_first_chunk::<HEADER>()
        {
            let length = usize::from(u16::from_le_bytes([*low, *high])).min(behind.len());
            let (payload, next) = behind.split_at(length);
            recipe.steps.push(Step {
                kind: *kind,
                connection: *connection,
                flags: *flags,
                sequence: sequence.cast_signed(),
                acknowledgment: acknowledgment.cast_signed(),
                time: time.cast_signed(),
                payload: payload[..length.min(MAX_PAYLOAD)].to_vec(),
            });
            rest = next;
        }
        recipe
    }

    /// The bytes that [`Self::read`] reads.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![self.link, self.settings];
        for step in &self.steps {
            bytes.extend([step.kind, step.connection, step.flags, step.sequence.cast_unsigned()]);
            bytes.extend([step.acknowledgment.cast_unsigned(), step.time.cast_unsigned()]);
            bytes.extend(u16::try_from(step.payload.len()).unwrap_or(u16::MAX).to_le_bytes());
            bytes.extend(&step.payload);
        }
        bytes
    }

    /// The capture, as a pcap file.
    pub fn capture(&self) -> Vec<u8> {
        let mut scene = Scene::new(self);
        self.steps.iter().for_each(|step| scene.take(step));
        scene.file
    }
}

struct Scene {
    link: u32,
    settings: u8,
    now: i64,
    /// Next sequence numbers of each connection: client, server.
    next: [[u32; 2]; 8],
    identification: u16,
    last: Vec<u8>,
    file: Vec<u8>,
}

impl Scene {
    fn new(recipe: &Recipe) -> Self {
        let mut next = [[0; 2]; 8];
        for (number, ends) in (1_u32..).zip(&mut next) {
            // The last wraps around soon.
            *ends = [0x1000_0000_u32.wrapping_mul(number).wrapping_sub(0x50), 0x2000_0000_u32.wrapping_mul(number)];
        }
        let mut scene = Self {
            link: LINKS[usize::from(recipe.link) % LINKS.len()],
            settings: recipe.settings,
            now: 1_704_067_200_000_000_000,
            next,
            identification: 1,
            last: Vec::new(),
            file: Vec::new(),
        };
        for number in [0xa1b2_3c4d_u32, scene.version(), 0, 0, 262_144, scene.link] {
            scene.number(number);
        }
        scene
    }

    fn version(&self) -> u32 {
        if self.settings & 1 == 0 { 0x0004_0002 } else { 0x0002_0004 }
    }

    fn number(&mut self, number: u32) {
        self.file.extend(if self.settings & 1 == 0 { number.to_le_bytes() } else { number.to_be_bytes() });
    }

    fn take(&mut self, step: &Step) {
        self.now += step.nanos();
        match step.what() {
            What::Segment => {
                let packet = self.segment(step);
                self.send(step, packet);
            }
            What::Dns => {
                let ip = self.ip(step, 17);
                let ports = if step.has(FROM_SERVER) { (53, 5353) } else { (5353, 53) };
                let packet = wire::ip(&ip, &wire::udp(&ip, ports, &step.payload));
                self.send(step, packet);
            }
            What::Echo => {
                let ip = self.ip(step, if step.has(OVER_IPV6) { 58 } else { 1 });
                let echo = wire::echo(&ip, step.kind & 1 == 1, u16::from(step.flags));
                let packet = wire::ip(&ip, &echo);
                self.send(step, packet);
            }
            What::IpPayload => {
                let ip = self.ip(step, step.flags);
                let packet = wire::ip(&ip, &step.payload);
                self.send(step, packet);
            }
            What::LinkPayload => {
                let ether_type = u16::from_be_bytes([step.flags, step.sequence.cast_unsigned()]);
                let frame = self.framed(step, ether_type, &step.payload);
                self.record(step, frame);
            }
            What::Frame => self.record(step, step.payload.clone()),
            What::Again => self.record(step, self.last.clone()),
        }
    }

    fn ip(&mut self, step: &Step, protocol: u8) -> Ip {
        if self.settings & 8 == 0 {
            self.identification = self.identification.wrapping_add(1);
        }
        let number = step.connection & 7;
        let [client, server]: [IpAddr; 2] = if step.has(OVER_IPV6) {
            let address = |last| IpAddr::from(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last));
            [address(1), address(2)]
        } else {
            // Some connections have the same server.
            [Ipv4Addr::new(192, 0, 2, 100).into(), Ipv4Addr::new(198, 51, 100, 10 + number / 4).into()]
        };
        let from_server = step.has(FROM_SERVER);
        let (source, destination) = if from_server { (server, client) } else { (client, server) };
        Ip {
            source,
            destination,
            ttl: if from_server { 57 } else { 64 },
            id: self.identification,
            dont_fragment: number & 1 == 1,
            tos: 0,
            protocol,
            offload: self.settings & 2 != 0 && !from_server,
        }
    }

    fn segment(&mut self, step: &Step) -> Vec<u8> {
        let ip = self.ip(step, 6);
        let number = usize::from(step.connection & 7);
        let side = usize::from(step.has(FROM_SERVER));
        let client_port = 50_000 + u16::from(step.connection & 7);
        let server_port = if number == 7 { 443 } else { 80 };
        let ends = self.next[number];
        let sequence = ends[side].wrapping_add_signed(offset(step.sequence));
        let acknowledgment = ends[1 - side].wrapping_add_signed(offset(step.acknowledgment));
        let control = (step.flags & (wire::flag::SYN | wire::flag::FIN)).count_ones();
        let length = u32::try_from(step.payload.len()).unwrap_or(0) + control;
        if step.sequence == 0 || step.sequence > 64 {
            self.next[number][side] = sequence.wrapping_add(length);
        }
        let options = if step.has(WITH_OPTIONS) { &[2, 4, 5, 0xb4, 1, 3, 3, 7, 1, 1, 4, 2][..] } else { &[] };
        let segment = Tcp {
            ports: if side == 1 { (server_port, client_port) } else { (client_port, server_port) },
            sequence,
            acknowledgment: if step.flags & wire::flag::ACK == 0 { 0 } else { acknowledgment },
            flags: step.flags,
            window: if step.flags & 0xc0 == 0x40 { 0 } else { 502 },
            options: options.to_vec(),
            payload: step.payload.clone(),
        };
        wire::ip(&ip, &wire::tcp(&ip, &segment))
    }

    /// Wraps an IP packet and records it.
    fn send(&mut self, step: &Step, packet: Vec<u8>) {
        if step.has(NOT_RECORDED) {
            return;
        }
        let ether_type = if packet[0] >> 4 == 6 { 0x86dd } else { 0x0800 };
        let v6 = ether_type == 0x86dd;
        let inner = |head: &[u8]| [head, &packet].concat();
        let outer = |scene: &mut Self, protocol: u8, payload: &[u8]| {
            let connection = step.connection & (FROM_SERVER | 7);
            let ip = scene.ip(&Step { connection, ..step.clone() }, protocol);
            wire::ip(&ip, payload)
        };
        let (ether_type, payload) = match step.kind >> 4 {
            5 => (0x8100, [&[0, 7][..], &u16::to_be_bytes(ether_type), &packet].concat()),
            6 => (0x88a8, [&[0, 7, 0x81, 0, 0, 9][..], &u16::to_be_bytes(ether_type), &packet].concat()),
            7 => (0x8847, inner(&[0, 0, 0x10, 64, 0, 0, 0x21, 64])),
            8 => {
                let length = u16::try_from(packet.len() + 2).unwrap_or(0).to_be_bytes();
                let protocol = if v6 { [0, 0x57] } else { [0, 0x21] };
                (0x8864, [&[0x11, 0, 0, 1][..], &length, &protocol, &packet].concat())
            }
            9 => (0x0800, outer(self, if v6 { 41 } else { 4 }, &packet)),
            10 => (0x0800, outer(self, 47, &inner(&[&[0, 0][..], &u16::to_be_bytes(ether_type)].concat()))),
            11 | 12 => {
                let frame = wire::ethernet(CLIENT_MAC, ROUTER_MAC, &packet, false);
                let vxlan = [&[8, 0, 0, 0, 0, 0, 1, 0][..], &frame].concat();
                let ip = self.ip(&Step { connection: 0, ..step.clone() }, 17);
                (0x0800, wire::ip(&ip, &wire::udp(&ip, (40_000, 4789), &vxlan)))
            }
            13 if !v6 => return self.fragments(step, &packet),
            14 if v6 => (ether_type, with_extension_header(&packet)),
            _ => (ether_type, packet),
        };
        let frame = self.framed(step, ether_type, &payload);
        self.record(step, frame);
    }

    /// An IPv4 packet in two fragments, the second one first if the connection has an odd number.
    fn fragments(&mut self, step: &Step, packet: &[u8]) {
        let payload = &packet[20..];
        let cut = payload.len() / 16 * 8;
        let mut parts = [(0, &payload[..cut], true), (cut, &payload[cut..], false)];
        if step.connection & 1 == 1 {
            parts.reverse();
        }
        for (at, part, more) in parts {
            let mut fragment = [&packet[..20], part].concat();
            let length = u16::try_from(fragment.len()).unwrap_or(0);
            fragment[2..4].copy_from_slice(&length.to_be_bytes());
            let place = u16::try_from(at / 8).unwrap_or(0) | if more { 0x2000 } else { 0 };
            fragment[6..8].copy_from_slice(&place.to_be_bytes());
            let frame = self.framed(step, 0x0800, &fragment);
            self.record(step, frame);
        }
    }

    /// With the link's header in front.
    fn framed(&self, step: &Step, ether_type: u16, payload: &[u8]) -> Vec<u8> {
        let from_server = step.has(FROM_SERVER);
        let (source, destination) = if from_server { (ROUTER_MAC, CLIENT_MAC) } else { (CLIENT_MAC, ROUTER_MAC) };
        let kind = ether_type.to_be_bytes();
        let family: u32 = if ether_type == 0x86dd { 24 } else { 2 };
        let snap = [&[0xaa, 0xaa, 3, 0, 0, 0][..], &kind].concat();
        let wlan = [&[8, 1, 0, 0][..], &destination, &source, &destination, &[0x10, 0], &snap].concat();
        let head = match self.link {
            1 => [&destination[..], &source, &kind].concat(),
            113 => [&[0, if from_server { 0 } else { 4 }, 0, 1, 0, 6][..], &source, &[0, 0], &kind].concat(),
            276 => [&kind[..], &[0, 0, 0, 0, 0, 2, 0, 1, 4, 6], &source, &[0, 0]].concat(),
            0 => family.to_le_bytes().to_vec(),
            108 => family.to_be_bytes().to_vec(),
            105 => wlan,
            127 => [&[0, 0, 8, 0, 0, 0, 0, 0][..], &wlan].concat(),
            9 => [&[0xff, 3, 0][..], &[if family == 2 { 0x21 } else { 0x57 }]].concat(),
            239 => {
                let length = u16::try_from(payload.len() + 4).unwrap_or(u16::MAX).to_le_bytes();
                [&[if family == 2 { 2 } else { 10 }, 0, 0, 0][..], &length, &[9, 0]].concat()
            }
            _ => Vec::new(),
        };
        let mut frame = [&head[..], payload].concat();
        if self.settings & 4 != 0 && self.link == 1 {
            frame.resize(frame.len().max(wire::SHORTEST_FRAME), 0);
        }
        frame
    }

    fn record(&mut self, step: &Step, frame: Vec<u8>) {
        if step.has(NOT_RECORDED) {
            return;
        }
        let length = u32::try_from(frame.len()).unwrap_or(0);
        let cut = if step.has(CUT) { u32::from(step.flags) + 40 } else { length };
        let captured = length.min(cut);
        let now = u64::try_from(self.now).unwrap_or(0);
        let part = |number: u64| u32::try_from(number).unwrap_or(0);
        for number in [part(now / 1_000_000_000), part(now % 1_000_000_000), captured, length] {
            self.number(number);
        }
        self.file.extend(frame.iter().take(usize::try_from(captured).unwrap_or(0)));
        self.last = frame;
    }
}

/// A small number of bytes, or of segments.
fn offset(by: i8) -> i32 {
    if by.unsigned_abs() <= 64 { by.into() } else { i32::from(by) * 1460 }
}

/// An IPv6 packet with a hop-by-hop header that holds padding (RFC 8200, 4.3).
fn with_extension_header(packet: &[u8]) -> Vec<u8> {
    let mut longer = [&packet[..40], &[packet[6], 0, 1, 4, 0, 0, 0, 0], &packet[40..]].concat();
    let length = u16::try_from(longer.len() - 40).unwrap_or(0);
    longer[4..6].copy_from_slice(&length.to_be_bytes());
    longer[6] = 0;
    longer
}
