//! Captures of one kind of packet again and again, as dense as it goes: pcap files of raw IP.

/// A capture that grows packet by packet.
#[derive(Debug)]
pub struct Flood {
    pub file: Vec<u8>,
    packets: u32,
}

/// TCP flags.
pub const SYN: u8 = 2;
pub const RST: u8 = 4;
pub const ACK: u8 = 0x10;
pub const FIN: u8 = 1;

/// A segment of one of many connections.
#[derive(Debug, Clone, Copy, Default)]
pub struct Segment<'a> {
    /// Number of the connection, which gives its addresses and ports.
    pub connection: u32,
    pub from_server: bool,
    pub flags: u8,
    pub sequence: u32,
    pub acknowledgment: u32,
    pub payload: &'a [u8],
    /// More bytes that were on the wire, but are not in the file.
    pub cut: u16,
}

impl Flood {
    pub fn new() -> Self {
        Self::of_link(101)
    }

    pub fn of_link(link: u32) -> Self {
        let header = [0xa1b2_c3d4, 0x0004_0002, 0, 0, 262_144, link];
        Self { file: header.map(u32::to_le_bytes).concat(), packets: 0 }
    }

    /// Adds a frame, a microsecond after the one before it.
    pub fn frame(&mut self, parts: &[&[u8]], cut: u32) {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        let length = u32::try_from(length).unwrap();
        self.packets += 1;
        let (seconds, micros) = (self.packets / 1_000_000, self.packets % 1_000_000);
        for number in [1_700_000_000 + seconds, micros, length, length + cut] {
            self.file.extend(number.to_le_bytes());
        }
        for part in parts {
            self.file.extend(*part);
        }
    }

    /// Adds an IPv4 packet.
    pub fn ip(&mut self, protocol: u8, addresses: (u32, u32), payload: &[&[u8]], cut: u16) {
        let length: usize = payload.iter().map(|part| part.len()).sum();
        let length = u16::try_from(20 + length).unwrap().saturating_add(cut);
        let id = u16::try_from(self.packets & 0xffff).unwrap();
        let header = ipv4(length, id, 0, protocol, addresses);
        let parts: Vec<&[u8]> = std::iter::once(&header[..]).chain(payload.iter().copied()).collect();
        self.frame(&parts, cut.into());
    }

    pub fn tcp(&mut self, segment: Segment<'_>) {
        let client = 0x0a00_0000 | segment.connection >> 14;
        let port = 0xc000 | u16::try_from(segment.connection & 0x3fff).unwrap();
        let (addresses, ports) = ((client, 0xc633_640a), (port, 80));
        let swapped = segment.from_server;
        let addresses = if swapped { (addresses.1, addresses.0) } else { addresses };
        let ports = if swapped { (ports.1, ports.0) } else { ports };
        let header = [
            &ports.0.to_be_bytes()[..],
            &ports.1.to_be_bytes(),
            &segment.sequence.to_be_bytes(),
            &segment.acknowledgment.to_be_bytes(),
            &[0x50, segment.flags, 2, 0, 0, 0, 0, 0],
        ]
        .concat();
        self.ip(6, addresses, &[&header, segment.payload], segment.cut);
    }

    pub fn udp(&mut self, addresses: (u32, u32), ports: (u16, u16), payload: &[u8]) {
        let length = u16::try_from(8 + payload.len()).unwrap();
        let header = [ports.0, ports.1, length, 0].map(u16::to_be_bytes).concat();
        self.ip(17, addresses, &[&header, payload], 0);
    }
}

impl Default for Flood {
    fn default() -> Self {
        Self::new()
    }
}

/// An IPv4 header; `place` is flags and fragment offset.
pub fn ipv4(length: u16, id: u16, place: u16, protocol: u8, addresses: (u32, u32)) -> Vec<u8> {
    [
        &[0x45, 0][..],
        &length.to_be_bytes(),
        &id.to_be_bytes(),
        &place.to_be_bytes(),
        &[64, protocol, 0, 0],
        &addresses.0.to_be_bytes(),
        &addresses.1.to_be_bytes(),
    ]
    .concat()
}
