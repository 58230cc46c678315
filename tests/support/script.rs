//! Runs a script: see the table in the module above.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

use super::asked::{Again, Asked};
use super::fragment;
use super::host::{Connection, Host, Sent};
use super::link::{self, LINKS, Link};
use super::payload;
use super::stored::Stored;
use super::tunnel::{self, Wrap};
use super::wire::{self, Ip, Pcap, Tcp, flag};
use super::words::{Statement, Word, duration, parse, statements};

const CLIENT: &str = "192.0.2.100";
const SERVER: &str = "198.51.100.10:80";
const RESOLVER: &str = "198.51.100.53";
const CLIENT_MAC: [u8; 6] = [0, 0, 0x5e, 0, 0x53, 0x64];
const ROUTER_MAC: [u8; 6] = [0, 0, 0x5e, 0, 0x53, 0x01];

/// The capture that a script describes. An error begins with `file:line:`.
pub fn run(file: &str, script: &str) -> Result<Vec<u8>, String> {
    let at = |(line, error): (usize, String)| format!("{file}:{line}: {error}");
    let statements = statements(script).map_err(at)?;
    if let [Statement { line, words }] = statements.as_slice()
        && let [Word::Plain(keyword), Word::Plain(path)] = words.as_slice()
        && keyword == "capture"
    {
        let whole = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        return std::fs::read(whole).map_err(|error| at((*line, format!("{path}: {error}"))));
    }
    let mut scene = Scene::default();
    for Statement { line, words } in &statements {
        scene.statement(words).map_err(|error| at((*line, error)))?;
    }
    let last = statements.last().map_or(1, |statement| statement.line);
    scene.finish().map_err(|error| at((last, error)))
}

/// What the statements so far have led to.
#[derive(Debug)]
struct Scene {
    now: u64,
    link: Link,
    snap: u32,
    pad: bool,
    /// After this time every packet is recorded once more.
    twice: Option<u64>,
    /// Most bytes of a fragment.
    fragments: Option<usize>,
    tunnel: Option<Wrap>,
    stored: Stored,
    /// Whether no frame is what the script means.
    empty: bool,
    offload: [bool; 2],
    hosts: HashMap<IpAddr, Host>,
    connections: HashMap<u16, Connection>,
    frames: Vec<(u64, Vec<u8>)>,
}

impl Default for Scene {
    fn default() -> Self {
        Self {
            now: 0,
            link: LINKS[0],
            snap: 262_144,
            pad: false,
            twice: None,
            fragments: None,
            tunnel: None,
            stored: Stored::Plain,
            empty: false,
            offload: [false; 2],
            hosts: HashMap::new(),
            connections: HashMap::new(),
            frames: Vec::new(),
        }
    }
}

impl Scene {
    fn statement(&mut self, words: &[Word]) -> Result<(), String> {
        let plain: Vec<&str> = words.iter().map_while(Word::plain).collect();
        match plain.as_slice() {
            ["link", name] => self.link = Link::named(name).ok_or_else(|| format!("`{name}` is no link layer"))?,
            ["snap", number] => self.snap = parse(number, "snap length")?,
            ["fragments", number] => self.fragments = Some(parse(number, "number of bytes")?),
            ["tunnel", name] => {
                self.tunnel = Some(tunnel::named(name).ok_or_else(|| format!("`{name}` is no tunnel"))?);
            }
            ["stored", how @ ..] => self.stored = Stored::of(how)?,
            ["empty"] => self.empty = true,
            ["pad"] => self.pad = true,
            ["twice", time] => self.twice = Some(duration(time)?),
            ["offload", "c"] => self.offload[0] = true,
            ["offload", "s"] => self.offload[1] = true,
            ["host", address, settings @ ..] => self.host_settings(address, settings)?,
            ["open", settings @ ..] => self.open(settings)?,
            [time, "handshake", settings @ ..] => {
                self.advance(time)?;
                self.handshake(settings)?;
            }
            [time, "dns", name, address] => {
                self.advance(time)?;
                self.dns(name, parse(address, "address")?)?;
            }
            [time, "ping", address, round_trips @ ..] => {
                self.advance(time)?;
                self.ping(parse(address, "address")?, round_trips)?;
            }
            [time, "frame", digits @ ..] => {
                self.advance(time)?;
                self.frames.push((self.now, payload::hex(&digits.concat())?));
            }
            [time, "error", reporter, kind, code, about, settings @ ..] => {
                self.advance(time)?;
                let kind = (parse(kind, "type")?, parse(code, "code")?);
                self.icmp_error(parse(reporter, "address")?, kind, about, settings)?;
            }
            [time, sender, ..] if sender.starts_with(['c', 's']) => {
                self.advance(time)?;
                let side = usize::from(sender.starts_with('s'));
                let number = if sender.len() == 1 { 1 } else { parse(&sender[1..], "number of a connection")? };
                let asked = Asked::of(&words[2..])?;
                self.segment(number, side, &asked)?;
            }
            _ => return Err(format!("`{}` is no statement", plain.join(" "))),
        }
        Ok(())
    }

    fn advance(&mut self, time: &str) -> Result<(), String> {
        let (earlier, written) = match time.strip_prefix('+') {
            Some(written) => (self.now, written),
            None => (0, time),
        };
        let then = earlier + duration(written)?;
        if then < self.now {
            return Err(format!("`{time}` is before the packet above"));
        }
        self.now = then;
        Ok(())
    }

    fn host(&mut self, address: IpAddr) -> &mut Host {
        let is_client = address == parse::<IpAddr>(CLIENT, "").unwrap()
            || self.connections.values().any(|connection| connection.addresses[0].ip() == address);
        let (ttl, mac) = if is_client { (64, CLIENT_MAC) } else { (63, ROUTER_MAC) };
        let next_id = 0x1000 + 0x0800 * u16::try_from(self.hosts.len()).unwrap();
        self.hosts.entry(address).or_insert(Host { ttl, mac, fixed_id: None, next_id })
    }

    fn host_settings(&mut self, address: &str, settings: &[&str]) -> Result<(), String> {
        let host = self.host(parse(address, "address")?);
        for setting in settings {
            match setting.split_once('=') {
                Some(("ttl", number)) => host.ttl = parse(number, "TTL")?,
                Some(("id", number)) => host.fixed_id = Some(parse(number, "identification")?),
                Some(("mac", written)) => {
                    let bytes = written.split(':').map(|byte| u8::from_str_radix(byte, 16));
                    let bytes = bytes.collect::<Result<Vec<u8>, _>>().map_err(|error| format!("{written}: {error}"))?;
                    host.mac = bytes.try_into().map_err(|_| format!("`{written}` is no MAC address"))?;
                }
                _ => return Err(format!("`{setting}` is nothing that a host has")),
            }
        }
        Ok(())
    }

    fn open(&mut self, settings: &[&str]) -> Result<(), String> {
        let (number, settings) = match settings {
            [number, rest @ ..] if !number.contains('=') => (parse(number, "number of a connection")?, rest),
            all => (1, all),
        };
        let [mut client, mut server] = default_addresses(number);
        for setting in settings {
            match setting.split_once('=') {
                Some(("client", address)) => client = parse(address, "address with port")?,
                Some(("server", address)) => server = parse(address, "address with port")?,
                _ => return Err(format!("`{setting}` is nothing that a connection has")),
            }
        }
        self.connections.insert(number, Connection::new(number, client, server));
        Ok(())
    }

    fn handshake(&mut self, settings: &[&str]) -> Result<(), String> {
        let (mut number, mut round_trip) = (1, 12_000_000);
        for setting in settings {
            match setting.strip_prefix("rtt=") {
                Some(time) => round_trip = duration(time)?,
                None => number = parse(setting, "number of a connection")?,
            }
        }
        let options = || ["SYN", "mss=1460", "scale=7", "sack"].map(|word| Word::Plain(word.to_owned()));
        self.segment(number, 0, &Asked::of(&options())?)?;
        self.now += round_trip;
        self.segment(number, 1, &Asked::of(&options())?)?;
        self.segment(number, 0, &Asked::of(&[Word::Plain("ACK".to_owned())])?)
    }

    fn segment(&mut self, number: u16, side: usize, asked: &Asked) -> Result<(), String> {
        let [client, server] = default_addresses(number);
        let mut connection =
            self.connections.remove(&number).unwrap_or_else(|| Connection::new(number, client, server));
        connection.start(asked.flags & flag::SYN != 0);
        let sent = self.send(&mut connection, side, asked);
        self.connections.insert(number, connection);
        sent
    }

    /// Sends what was asked for, in as many segments as it takes.
    fn send(&mut self, connection: &mut Connection, side: usize, asked: &Asked) -> Result<(), String> {
        if let Some(again) = &asked.again {
            let mut earlier = connection.ends[side].sent.iter().rev();
            let sent = match again {
                Again::Last => earlier.next(),
                Again::Named(name) => earlier.find(|(of, _)| of.as_ref() == Some(name)),
            };
            let sent = sent.map(|(_, sent)| sent.clone());
            let sent = sent.ok_or("there is no such segment to send again")?;
            self.emit(connection, side, &sent, asked);
            return Ok(());
        }
        let longest = if asked.whole { usize::MAX } else { connection.ends[1 - side].mss };
        let payload = payload::join(&asked.pieces);
        let mut parts: Vec<&[u8]> = payload.chunks(longest).collect();
        if parts.is_empty() {
            parts.push(&[]);
        }
        let last = parts.len() - 1;
        for (at, part) in parts.into_iter().enumerate() {
            if at > 0 {
                self.now += asked.every;
            }
            let end = &mut connection.ends[side];
            let push = if at == last && !part.is_empty() { flag::PSH } else { 0 };
            let closing = if at == last { asked.flags } else { asked.flags & !flag::FIN };
            let sent = Sent {
                sequence: end.next - u64::from(asked.probe),
                flags: closing | push,
                window: asked.window,
                options: asked.options.clone(),
                payload: part.to_vec(),
            };
            if sent.flags & flag::SYN != 0 {
                end.scales = asked.scales;
                end.mss = asked.mss.map_or(end.mss, usize::from);
            }
            end.next = end.next.max(sent.sequence + numbers(&sent));
            end.sent.push((asked.name.clone(), sent.clone()));
            self.emit(connection, side, &sent, asked);
        }
        Ok(())
    }

    /// Puts one segment on the way.
    fn emit(&mut self, connection: &mut Connection, side: usize, sent: &Sent, asked: &Asked) {
        let both_scale = connection.ends.iter().all(|end| end.scales);
        let peer_isn = connection.ends[1 - side].isn;
        let end = &mut connection.ends[side];
        let expects = if asked.crossing { end.acknowledged } else { end.expects() };
        let mut flags = sent.flags;
        let mut acknowledgment = 0;
        if let Some(expected) = expects.filter(|_| !asked.no_ack) {
            flags |= flag::ACK;
            acknowledgment = peer_isn.wrapping_add(low(expected));
            end.acknowledged = Some(expected);
        }
        // A RST of a side that never sent anything has number 0 (RFC 9293, 3.5.2).
        let no_number = flags & flag::RST != 0 && end.next == 0;
        let sequence = if no_number { 0 } else { end.isn.wrapping_add(low(sent.sequence)) };
        let window = sent.window.unwrap_or(if flags & flag::RST != 0 {
            0
        } else if both_scale && flags & flag::SYN == 0 {
            502
        } else {
            64_240
        });
        let (from, to) = (connection.addresses[side], connection.addresses[1 - side]);
        if !asked.unseen {
            let segment = Tcp {
                ports: (from.port(), to.port()),
                sequence,
                acknowledgment,
                flags,
                window,
                options: sent.options.clone(),
                payload: sent.payload.clone(),
            };
            let mut ip = self.ip(from.ip(), to.ip(), 6);
            ip.offload = self.offload[side];
            ip.dont_fragment = !asked.may_fragment;
            ip.tos = asked.tos;
            ip.ttl = asked.ttl.unwrap_or(ip.ttl);
            ip.id = asked.id.unwrap_or(ip.id);
            let mut bytes = wire::tcp(&ip, &segment);
            if asked.damaged
                && let Some(last) = bytes.last_mut()
            {
                *last ^= 0x20;
            }
            connection.ends[side].packet = wire::ip(&ip, &bytes);
            // The capture is made at the client: what the server sends and is lost does not come there.
            if !(asked.lost && side == 1) {
                self.frame(&ip, &bytes);
            }
        }
        if !asked.lost {
            connection.ends[1 - side].receive(sent.sequence, sent.sequence + numbers(sent));
        }
    }

    fn ip(&mut self, source: IpAddr, destination: IpAddr, protocol: u8) -> Ip {
        let host = self.host(source);
        let (ttl, id) = (host.ttl, host.id());
        Ip { source, destination, ttl, id, dont_fragment: protocol == 6, tos: 0, protocol, offload: false }
    }

    fn frame(&mut self, ip: &Ip, payload: &[u8]) {
        let packet = wire::ip(ip, payload);
        match self.fragments {
            Some(most) if payload.len() > most => {
                for piece in fragment::pieces(&packet, most, ip.id) {
                    self.packet(ip, &piece);
                }
            }
            _ => self.packet(ip, &packet),
        }
    }

    fn packet(&mut self, ip: &Ip, packet: &[u8]) {
        let source = self.host(ip.source).mac;
        let destination = self.host(ip.destination).mac;
        let is_own = source == CLIENT_MAC;
        let mut frame = self.link.frame(&link::Sent { source, destination, is_own, packet, pad: self.pad && !is_own });
        if let Some(tunnel) = self.tunnel {
            frame = tunnel::wrapped(&frame, packet, tunnel);
        }
        if let Some(later) = self.twice {
            self.frames.push((self.now, frame.clone()));
            self.now += later;
        }
        self.frames.push((self.now, frame));
    }

    fn dns(&mut self, name: &str, address: IpAddr) -> Result<(), String> {
        let kind: u16 = if address.is_ipv6() { 28 } else { 1 };
        let mut question = Vec::new();
        for label in name.split('.') {
            question.push(u8::try_from(label.len()).map_err(|_| format!("`{label}` is too long"))?);
            question.extend(label.as_bytes());
        }
        question.push(0);
        question.extend(kind.to_be_bytes());
        question.extend([0, 1]);
        let message = |flags: u16, answers: u8| {
            let mut bytes = vec![0x12, 0x34];
            bytes.extend(flags.to_be_bytes());
            bytes.extend([0, 1, 0, answers, 0, 0, 0, 0]);
            bytes.extend(&question);
            bytes
        };
        let mut answer = message(0x8180, 1);
        answer.extend([0xc0, 12]);
        answer.extend(kind.to_be_bytes());
        answer.extend([0, 1, 0, 0, 1, 0x2c]);
        let octets = match address {
            IpAddr::V4(v4) => v4.octets().to_vec(),
            IpAddr::V6(v6) => v6.octets().to_vec(),
        };
        answer.extend(u16::try_from(octets.len()).unwrap().to_be_bytes());
        answer.extend(octets);
        let (client, resolver) = (parse(CLIENT, "")?, parse(RESOLVER, "")?);
        for (from, to, ports, bytes, wait) in [
            (client, resolver, (40_000, 53), message(0x0100, 0), 0),
            (resolver, client, (53, 40_000), answer, 2_000_000),
        ] {
            self.now += wait;
            let ip = self.ip(from, to, 17);
            let bytes = wire::udp(&ip, ports, &bytes);
            self.frame(&ip, &bytes);
        }
        Ok(())
    }

    fn ping(&mut self, target: IpAddr, round_trips: &[&str]) -> Result<(), String> {
        let client = match target {
            IpAddr::V4(_) => parse(CLIENT, "")?,
            IpAddr::V6(_) => self.connections.get(&1).map_or(target, |connection| connection.addresses[0].ip()),
        };
        let protocol = if target.is_ipv6() { 58 } else { 1 };
        let start = self.now;
        for (at, round_trip) in (0_u16..).zip(round_trips) {
            self.now = start + u64::from(at) * 1_000_000_000;
            let ip = self.ip(client, target, protocol);
            let bytes = wire::echo(&ip, false, at + 1);
            self.frame(&ip, &bytes);
            if *round_trip != "lost" {
                self.now += duration(round_trip)?;
                let ip = self.ip(target, client, protocol);
                let bytes = wire::echo(&ip, true, at + 1);
                self.frame(&ip, &bytes);
            }
        }
        Ok(())
    }

    fn icmp_error(&mut self, reporter: IpAddr, kind: (u8, u8), about: &str, settings: &[&str]) -> Result<(), String> {
        let (side, number) = match about.split_at_checked(1) {
            Some(("c", number)) => (0, number),
            Some(("s", number)) => (1, number),
            _ => return Err(format!("`{about}` is no side of a connection")),
        };
        let number: u16 = if number.is_empty() { 1 } else { parse(number, "number of a connection")? };
        let connection = self.connections.get(&number).ok_or("there is no such connection")?;
        let (sender, packet) = (connection.addresses[side].ip(), connection.ends[side].packet.clone());
        let mut mtu = 0;
        for setting in settings {
            match setting.split_once('=') {
                Some(("mtu", number)) => mtu = parse(number, "MTU")?,
                _ => return Err(format!("`{setting}` is nothing that an error has")),
            }
        }
        let ip = self.ip(reporter, sender, if sender.is_ipv6() { 58 } else { 1 });
        let bytes = wire::icmp_error(&ip, kind, mtu, &packet);
        self.frame(&ip, &bytes);
        Ok(())
    }

    fn finish(self) -> Result<Vec<u8>, String> {
        if self.frames.is_empty() != self.empty {
            return Err(if self.empty { "the script sends something" } else { "the script sends nothing" }.to_owned());
        }
        let mut pcap = Pcap::new(self.link, self.snap);
        for (time, frame) in &self.frames {
            pcap.add(*time, frame);
        }
        Ok(self.stored.file(pcap.finish()))
    }
}

/// How many sequence numbers a segment takes.
fn numbers(sent: &Sent) -> u64 {
    let flags = [flag::SYN, flag::FIN].iter().filter(|flag| sent.flags & **flag != 0).count();
    (sent.payload.len() + flags) as u64
}

fn low(number: u64) -> u32 {
    u32::try_from(number & u64::from(u32::MAX)).unwrap()
}

fn default_addresses(number: u16) -> [SocketAddr; 2] {
    let client = SocketAddr::new(CLIENT.parse().unwrap(), 49_999 + number);
    [client, SERVER.parse().unwrap()]
}
