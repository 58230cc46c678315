//! IEEE 802.11: management and control frames by their addresses, data frames down to the packet, unless they are encrypted.

use super::llc;
use crate::packet::{Layer, Packet, Part, Rest, be16, le16};

/// What stands behind a frame's payload and its header, as far as a radio header tells.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Trailer {
    /// Whether the frame check sequence (4 bytes) was captured.
    pub(super) fcs: bool,
    /// Whether the header is filled up to a multiple of 4 bytes.
    pub(super) padded: bool,
}

/// An IEEE 802.11 header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wlan {
    /// Offset in the frame.
    pub offset: usize,
    /// Frame control field, in network byte order (`wlan.fc`).
    pub control: [u8; 2],
    /// Bytes of the header.
    pub length: usize,
    /// Receiver (`wlan.ra`), transmitter (`wlan.ta`), and the third address, as far as the frame has them.
    pub addresses: [Option<[u8; 6]>; 3],
    /// The fourth address, of frames between two access points.
    pub fourth: Option<[u8; 6]>,
    /// Sequence control: fragment number in the lower 4 bits, then the sequence number (`wlan.frag`, `wlan.seq`).
    pub sequence: Option<u16>,
    /// Offset and value of the `QoS` control field (`wlan.qos`).
    pub qos: Option<(usize, u16)>,
    /// Offset of the frame check sequence, if it was captured (`wlan.fcs`).
    pub fcs: Option<usize>,
}

/// The header of the one packet in an aggregate MSDU (14 bytes).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aggregate {
    /// Offset in the frame.
    pub offset: usize,
    /// Destination (`wlan.da`).
    pub destination: [u8; 6],
    /// Source (`wlan.sa`).
    pub source: [u8; 6],
    /// Bytes behind it (`wlan_aggregate.a_mdsu.length`).
    pub length: u16,
}

/// Types of frames.
const MANAGEMENT: u8 = 0;
const CONTROL: u8 = 1;
const DATA: u8 = 2;

impl Wlan {
    /// Version of the protocol; of others than 0 nothing else is read (`wlan.fc.version`).
    #[must_use]
    pub fn version(&self) -> u8 {
        let [first, _] = self.control;
        first & 3
    }

    /// Management 0, control 1, data 2, extension 3 (`wlan.fc.type`).
    #[must_use]
    pub fn kind(&self) -> u8 {
        let [first, _] = self.control;
        first >> 2 & 3
    }

    /// The kind of frame within its type (`wlan.fc.subtype`).
    #[must_use]
    pub fn subtype(&self) -> u8 {
        let [first, _] = self.control;
        first >> 4
    }

    /// The second byte of the frame control field (`wlan.flags`).
    #[must_use]
    pub fn flags(&self) -> u8 {
        let [_, flags] = self.control;
        flags
    }

    /// Whether it goes to the distribution system.
    #[must_use]
    pub fn to_ds(&self) -> bool {
        self.flags() & 0x01 != 0
    }

    /// Whether it comes from the distribution system.
    #[must_use]
    pub fn from_ds(&self) -> bool {
        self.flags() & 0x02 != 0
    }

    /// Whether further fragments follow.
    #[must_use]
    pub fn has_more_fragments(&self) -> bool {
        self.flags() & 0x04 != 0
    }

    /// Whether the frame body is encrypted.
    #[must_use]
    pub fn is_protected(&self) -> bool {
        self.flags() & 0x40 != 0
    }

    /// Whether it is a management frame.
    #[must_use]
    pub fn is_management(&self) -> bool {
        self.kind() == MANAGEMENT
    }

    /// Whether it is a data frame, with data or without.
    #[must_use]
    pub fn is_data(&self) -> bool {
        self.kind() == DATA
    }

    /// Whether it is a data frame with data.
    #[must_use]
    pub fn has_data(&self) -> bool {
        /// Subtypes with this bit carry no data.
        const NO_DATA: u8 = 4;
        self.is_data() && self.subtype() & NO_DATA == 0
    }

    /// Whether the frame body holds several packets, each with a header of its own.
    #[must_use]
    pub fn is_aggregate(&self) -> bool {
        self.has_data() && self.qos.is_some_and(|(_, control)| control & 0x80 != 0)
    }

    /// The sender of a data frame's packet (`wlan.sa`); of an aggregate each packet has its own.
    #[must_use]
    pub fn source(&self) -> Option<[u8; 6]> {
        let [_, transmitter, third] = self.addresses;
        match (self.is_data() && self.from_ds(), self.to_ds()) {
            (true, _) if self.is_aggregate() => None,
            (true, true) => self.fourth,
            (true, false) => third,
            (false, _) => transmitter,
        }
    }

    /// The receiver of a data frame's packet (`wlan.da`); of an aggregate each packet has its own.
    #[must_use]
    pub fn destination(&self) -> Option<[u8; 6]> {
        let [receiver, _, third] = self.addresses;
        match self.is_data() && self.to_ds() {
            true if self.is_aggregate() => None,
            true => third,
            false => receiver,
        }
    }

    /// The wireless network, by the address of its access point (`wlan.bssid`).
    #[must_use]
    pub fn network(&self) -> Option<[u8; 6]> {
        let [receiver, transmitter, third] = self.addresses;
        match (self.is_data() && self.to_ds(), self.is_data() && self.from_ds()) {
            (true, true) => None,
            (true, false) => receiver,
            (false, true) => transmitter,
            (false, false) => third,
        }
    }
}

/// Reads a header and, of a data frame, what stands behind it.
pub(super) fn parse<'a>(packet: &mut Packet<'a>, part: Part<'a>, trailer: Trailer) -> Rest<'a> {
    let without_fcs = part.length.saturating_sub(4);
    let fcs = (trailer.fcs && part.length == part.data.len() && part.length >= 4).then_some(part.offset + without_fcs);
    let part = if trailer.fcs { part.within(without_fcs) } else { part };
    let Some(mut header) = header(part) else {
        return Rest::Malformed("802.11 header is cut");
    };
    header.fcs = fcs;
    if let Err(rest) = packet.push(Layer::Wlan(header)) {
        return rest;
    }
    let length = if trailer.padded { header.length.next_multiple_of(4) } else { header.length };
    body(packet, &header, part.behind(length))
}

fn body<'a>(packet: &mut Packet<'a>, header: &Wlan, part: Part<'a>) -> Rest<'a> {
    let is_fragment = header.has_more_fragments() || header.sequence.is_some_and(|sequence| sequence & 15 != 0);
    let has_body = header.has_data() || header.is_management();
    if header.version() == 0 && has_body && header.is_protected() {
        Rest::Encrypted
    } else if header.version() != 0 || !header.has_data() {
        Rest::Payload(&[])
    } else if is_fragment {
        Rest::Fragment
    } else if header.is_aggregate() {
        aggregate(packet, part)
    } else {
        llc::parse(packet, part)
    }
}

/// Reads an aggregate of one packet. Of several none is read: a frame has one packet here.
fn aggregate<'a>(packet: &mut Packet<'a>, part: Part<'a>) -> Rest<'a> {
    const LENGTH: usize = 14;
    let header = || {
        Some(Aggregate {
            offset: part.offset,
            destination: address(part.data, 0)?,
            source: address(part.data, 6)?,
            length: be16(part.data, 12)?,
        })
    };
    let Some(header) = header() else {
        return Rest::Malformed("aggregate header is cut");
    };
    let end = LENGTH + usize::from(header.length);
    if part.length >= end.next_multiple_of(4) + LENGTH {
        return Rest::Aggregate;
    }
    match packet.push(Layer::Aggregate(header)) {
        Ok(()) => llc::parse(packet, part.within(end).behind(LENGTH)),
        Err(rest) => rest,
    }
}

fn header(part: Part<'_>) -> Option<Wlan> {
    let data = part.data;
    let control: [u8; 2] = data.get(..2)?.try_into().ok()?;
    let mut wlan = Wlan {
        offset: part.offset,
        control,
        length: 10,
        addresses: [address(data, 4), None, None],
        fourth: None,
        sequence: None,
        qos: None,
        fcs: None,
    };
    if wlan.version() != 0 {
        return Some(Wlan { length: 2, addresses: [None; 3], ..wlan });
    }
    match wlan.kind() {
        MANAGEMENT | DATA => with_sequence(wlan, part),
        CONTROL => {
            // Clear to send and acknowledgment have one address.
            if !matches!(wlan.subtype(), 12 | 13) {
                wlan.addresses = [Some(address(data, 4)?), Some(address(data, 10)?), None];
                wlan.length = 16;
            }
            Some(wlan)
        }
        _ => Some(wlan),
    }
}

fn with_sequence(mut wlan: Wlan, part: Part<'_>) -> Option<Wlan> {
    const WITH_QOS: u8 = 8;
    let data = part.data;
    wlan.addresses = [Some(address(data, 4)?), Some(address(data, 10)?), Some(address(data, 16)?)];
    wlan.sequence = Some(le16(data, 22)?);
    wlan.length = 24;
    let has_order = wlan.flags() & 0x80 != 0;
    if wlan.is_data() {
        if wlan.to_ds() && wlan.from_ds() {
            wlan.fourth = Some(address(data, wlan.length)?);
            wlan.length += 6;
        }
        if wlan.subtype() & WITH_QOS != 0 {
            wlan.qos = Some((part.offset + wlan.length, le16(data, wlan.length)?));
            wlan.length += 2;
        }
    }
    // The high throughput control field.
    if has_order && (wlan.qos.is_some() || wlan.is_management()) {
        wlan.length += 4;
    }
    Some(wlan)
}

fn address(bytes: &[u8], at: usize) -> Option<[u8; 6]> {
    bytes.get(at..at + 6)?.try_into().ok()
}
