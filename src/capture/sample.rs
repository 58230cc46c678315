//! Small files built for tests, in either byte order.

use super::order::Order;

/// A file being built.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    order: Order,
    pub(super) bytes: Vec<u8>,
    /// Length of the file after each frame.
    pub(super) frame_ends: Vec<usize>,
}

/// A frame's bytes, such that no two frames of a sample are alike.
pub(super) fn data(number: u8, length: u8) -> Vec<u8> {
    (0..length).map(|index| index.wrapping_mul(7).wrapping_add(number)).collect()
}

/// An option of a pcapng block, padded.
pub(super) fn option(order: Order, code: u16, value: &[u8]) -> Vec<u8> {
    let mut bytes = [number16(order, code), number16(order, u16::try_from(value.len()).unwrap())].concat();
    bytes.extend_from_slice(value);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

fn number16(order: Order, number: u16) -> Vec<u8> {
    match order {
        Order::Little => number.to_le_bytes().to_vec(),
        Order::Big => number.to_be_bytes().to_vec(),
    }
}

fn number32(order: Order, number: u32) -> Vec<u8> {
    match order {
        Order::Little => number.to_le_bytes().to_vec(),
        Order::Big => number.to_be_bytes().to_vec(),
    }
}

impl Sample {
    /// An empty file.
    pub(super) fn new(order: Order) -> Self {
        Self { order, bytes: Vec::new(), frame_ends: Vec::new() }
    }

    /// A pcap file header.
    pub(super) fn pcap(order: Order, magic: u32, version: (u16, u16), snap_length: u32, link_type: u32) -> Self {
        Self::new(order).n32(&[magic]).n16(&[version.0, version.1]).n32(&[0, 0, snap_length, link_type])
    }

    /// A pcap file header as libpcap writes it today.
    pub(super) fn usual_pcap(order: Order) -> Self {
        Self::pcap(order, 0xa1b2_c3d4, (2, 4), 262_144, 1)
    }

    /// A pcapng file with its first section header.
    pub(super) fn pcapng(order: Order) -> Self {
        Self::new(order).section(order, &[])
    }

    pub(super) fn raw(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    pub(super) fn n16(self, numbers: &[u16]) -> Self {
        let order = self.order;
        numbers.iter().fold(self, |sample, number| sample.raw(&number16(order, *number)))
    }

    pub(super) fn n32(self, numbers: &[u32]) -> Self {
        let order = self.order;
        numbers.iter().fold(self, |sample, number| sample.raw(&number32(order, *number)))
    }

    /// A pcap record: seconds, fraction, captured length, original length, then `data`.
    pub(super) fn record(self, header: [u32; 4], data: &[u8]) -> Self {
        self.n32(&header).raw(data).end_frame()
    }

    /// A plain record of `data`.
    pub(super) fn usual_record(self, seconds: u32, data: &[u8]) -> Self {
        let length = u32::try_from(data.len()).unwrap();
        self.record([seconds, 0, length, length], data)
    }

    /// A pcapng block.
    pub(super) fn block(self, kind: u32, body: &[u8]) -> Self {
        let length = u32::try_from(body.len()).unwrap() + 12;
        self.n32(&[kind, length]).raw(body).n32(&[length])
    }

    /// A section header; what follows is in `order`.
    pub(super) fn section(mut self, order: Order, options: &[u8]) -> Self {
        self.order = order;
        let body = Self::new(order).n32(&[0x1a2b_3c4d]).n16(&[1, 0]).raw(&[0xff; 8]).raw(options);
        self.block(0x0a0d_0d0a, &body.bytes)
    }

    pub(super) fn interface(self, link_type: u16, snap_length: u32, options: &[(u16, &[u8])]) -> Self {
        let order = self.order;
        let options = options.iter().flat_map(|(code, value)| option(order, *code, value)).collect::<Vec<_>>();
        let body = Self::new(order).n16(&[link_type, 0]).n32(&[snap_length]).raw(&options);
        self.block(1, &body.bytes)
    }

    /// An enhanced packet block.
    pub(super) fn enhanced(self, interface: u32, ticks: u64, data: &[u8]) -> Self {
        let length = u32::try_from(data.len()).unwrap();
        let (high, low) = (u32::try_from(ticks >> 32).unwrap(), (ticks & 0xffff_ffff) as u32);
        self.packet(6, &[interface, high, low, length, length], data)
    }

    /// A packet block of any kind, from its fixed fields and data.
    pub(super) fn packet(self, kind: u32, fields: &[u32], data: &[u8]) -> Self {
        let mut body = Self::new(self.order).n32(fields).raw(data).bytes;
        body.resize(body.len().next_multiple_of(4), 0);
        self.block(kind, &body).end_frame()
    }

    pub(super) fn end_frame(mut self) -> Self {
        self.frame_ends.push(self.bytes.len());
        self
    }
}
