//! Who sends: hosts with their addresses, and the two ends of a connection with what they have sent and received.

use std::net::SocketAddr;

/// How an address sends.
#[derive(Debug, Clone, Copy)]
pub struct Host {
    pub ttl: u8,
    pub mac: [u8; 6],
    /// The identification of every packet; otherwise it counts.
    pub fixed_id: Option<u16>,
    pub next_id: u16,
}

impl Host {
    /// The identification of the next packet.
    pub fn id(&mut self) -> u16 {
        let id = self.fixed_id.unwrap_or(self.next_id);
        self.next_id = self.next_id.wrapping_add(1);
        id
    }
}

/// A segment as it was sent, so that it can be sent again.
#[derive(Debug, Clone)]
pub struct Sent {
    /// From 0 for the SYN.
    pub sequence: u64,
    pub flags: u8,
    pub window: Option<u16>,
    pub options: Vec<u8>,
    pub payload: Vec<u8>,
}

/// One end of a connection.
#[derive(Debug, Clone)]
pub struct End {
    pub isn: u32,
    /// Sequence number of the next byte, from 0 for the SYN.
    pub next: u64,
    /// What has arrived from the peer: ranges of its numbers, in order, not touching.
    arrived: Vec<(u64, u64)>,
    /// The peer's number that was acknowledged last.
    pub acknowledged: Option<u64>,
    pub mss: usize,
    /// Whether its SYN had the window scale option.
    pub scales: bool,
    pub sent: Vec<(Option<String>, Sent)>,
    /// Its last packet, from the IP header on.
    pub packet: Vec<u8>,
}

impl End {
    fn new(isn: u32) -> Self {
        Self {
            isn,
            next: 0,
            arrived: Vec::new(),
            acknowledged: None,
            mss: 1460,
            scales: false,
            sent: Vec::new(),
            packet: Vec::new(),
        }
    }

    /// Notes that the peer's numbers from `from` up to `to` arrived.
    pub fn receive(&mut self, from: u64, to: u64) {
        self.arrived.push((from, to.max(from)));
        self.arrived.sort_unstable();
        let mut merged: Vec<(u64, u64)> = Vec::new();
        for (from, to) in self.arrived.drain(..) {
            match merged.last_mut() {
                Some(last) if last.1 >= from => last.1 = last.1.max(to),
                _ => merged.push((from, to)),
            }
        }
        self.arrived = merged;
    }

    /// The next number expected of the peer; `None` before anything arrived.
    pub fn expects(&self) -> Option<u64> {
        self.arrived.first().filter(|(from, _)| *from == 0).map(|(_, to)| *to)
    }

    /// Makes the end one of a connection whose handshake was before the capture.
    fn establish(&mut self) {
        self.next = 1;
        self.receive(0, 1);
    }
}

/// A connection of the script.
#[derive(Debug, Clone)]
pub struct Connection {
    pub number: u16,
    pub addresses: [SocketAddr; 2],
    /// The client's end, the server's.
    pub ends: [End; 2],
    pub started: bool,
}

impl Connection {
    pub fn new(number: u16, client: SocketAddr, server: SocketAddr) -> Self {
        let isn = |base: u32| base.wrapping_add(u32::from(number) * 0x0123_4567);
        Self {
            number,
            addresses: [client, server],
            ends: [End::new(isn(1_000_000_000)), End::new(isn(3_000_000_000))],
            started: false,
        }
    }

    /// Before the first packet: without a SYN the connection was open already.
    pub fn start(&mut self, with_syn: bool) {
        if !self.started && !with_syn {
            self.ends.iter_mut().for_each(End::establish);
        }
        self.started = true;
    }
}
