//! NFLOG: packets that Linux' netfilter has logged, in attributes of type, length and value.

use super::loopback;
use crate::packet::{Layer, Packet, Part, Rest, be16};

/// Bytes before the attributes, and of an attribute before its value.
const HEADER: usize = 4;
/// Attributes begin at multiples of this.
const ALIGNMENT: usize = 4;

/// The header, up to the packet's first byte.
#[derive(Debug, Clone, Copy)]
pub struct Nflog<'a> {
    /// Offset in the frame.
    pub offset: usize,
    /// Address family of the packet (`nflog.family`).
    pub family: u8,
    /// The bytes of header and attributes.
    bytes: &'a [u8],
}

/// One attribute.
#[derive(Debug, Clone, Copy)]
pub struct Attribute<'a> {
    /// Where it begins behind the header's first byte.
    pub at: usize,
    /// Type (`nflog.tlv_type`).
    pub kind: u16,
    /// Length with type and length field (`nflog.tlv_length`).
    pub length: u16,
    /// Value, as far as captured.
    pub value: &'a [u8],
}

impl Attribute<'_> {
    /// Type of the attribute that holds the packet.
    pub const PAYLOAD: u16 = 9;
}

impl<'a> Nflog<'a> {
    /// The attributes in order, up to one that cannot be.
    pub fn attributes(&self) -> impl Iterator<Item = Attribute<'a>> + use<'a> {
        let (bytes, mut at) = (self.bytes, HEADER);
        std::iter::from_fn(move || {
            let rest = bytes.get(at..)?;
            let [a, b, c, d, ..] = *rest else { return None };
            // Both numbers are in the byte order of the capturing host; types are small.
            let [length, kind] = if c < d {
                [u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])]
            } else {
                [u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d])]
            };
            let whole = usize::from(length);
            if whole < HEADER {
                return None;
            }
            let value = rest.get(HEADER..whole).or(rest.get(HEADER..))?;
            let attribute = Attribute { at, kind: kind & 0x7fff, length, value };
            at += whole.next_multiple_of(ALIGNMENT);
            Some(attribute)
        })
    }
}

pub(super) fn parse<'a>(packet: &mut Packet<'a>, part: Part<'a>) -> Rest<'a> {
    if be16(part.data, 2).is_none() {
        return Rest::Malformed("NFLOG header is cut");
    }
    let family = part.data.first().copied().unwrap_or_default();
    let header = Nflog { offset: part.offset, family, bytes: part.data };
    if let Err(rest) = packet.push(Layer::Nflog(header)) {
        return rest;
    }
    match header.attributes().find(|attribute| attribute.kind == Attribute::PAYLOAD) {
        Some(payload) => {
            let content = part.behind(payload.at + HEADER).within(usize::from(payload.length) - HEADER);
            loopback::by_family(packet, family.into(), content)
        }
        None => Rest::Malformed("NFLOG without a packet"),
    }
}
