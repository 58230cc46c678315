//! Radio headers: what a wireless adapter in monitor mode says of a frame, in front of its IEEE 802.11 header.

use super::{by_link_type, wlan};
use crate::capture::LinkType;
use crate::packet::{Layer, Packet, Part, Rest, be32, le16, le32};

/// A header of a radio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Radio {
    /// Offset in the frame.
    pub offset: usize,
    /// Which of the formats it has.
    pub header: RadioHeader,
    /// Bytes of the header.
    pub length: usize,
}

/// Formats of radio headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RadioHeader {
    /// Radiotap, the usual one.
    Radiotap,
    /// Per-Packet Information.
    Ppi,
    /// Prism.
    Prism,
    /// AVS.
    Avs,
}

/// Bits of the first word of a radiotap header that say which fields there are.
const HAS_TIME: u32 = 1;
const HAS_FLAGS: u32 = 1 << 1;
const HAS_MORE: u32 = 1 << 31;
/// Flags of a frame.
const FCS_AT_END: u8 = 0x10;
const HEADER_PADDED: u8 = 0x20;

pub(super) fn radiotap<'a>(packet: &mut Packet<'a>, part: Part<'a>) -> Rest<'a> {
    let Some(length) = le16(part.data, 2).filter(|length| *length >= 8) else {
        return Rest::Malformed("radiotap header is cut");
    };
    let flags = radiotap_flags(part.data).unwrap_or_default();
    let trailer = wlan::Trailer { fcs: flags & FCS_AT_END != 0, padded: flags & HEADER_PADDED != 0 };
    match push(packet, RadioHeader::Radiotap, length.into(), part) {
        Ok(content) => wlan::parse(packet, content, trailer),
        Err(rest) => rest,
    }
}

/// The flags field of a radiotap header.
fn radiotap_flags(header: &[u8]) -> Option<u8> {
    let present = le32(header, 4)?;
    let last =
        header.get(4..)?.chunks_exact(4).position(|word| le32(word, 0).is_some_and(|word| word & HAS_MORE == 0))?;
    let fields = 4 + 4 * (last + 1);
    let flags = if present & HAS_TIME == 0 { fields } else { fields.next_multiple_of(8) + 8 };
    if present & HAS_FLAGS == 0 { None } else { header.get(flags).copied() }
}

pub(super) fn ppi<'a>(packet: &mut Packet<'a>, part: Part<'a>) -> Rest<'a> {
    let Some((length, link_type)) = le16(part.data, 2).filter(|length| *length >= 8).zip(le32(part.data, 4)) else {
        return Rest::Malformed("PPI header is cut");
    };
    let fcs = ppi_flags(part.data.get(..usize::from(length)).unwrap_or(part.data)).is_some_and(|flags| flags & 1 != 0);
    let content = match push(packet, RadioHeader::Ppi, length.into(), part) {
        Ok(content) => content,
        Err(rest) => return rest,
    };
    match u16::try_from(link_type).map(LinkType::from_file) {
        Ok(LinkType::IEEE802_11) => wlan::parse(packet, content, wlan::Trailer { fcs, padded: false }),
        Ok(link_type) => by_link_type(packet, link_type, content),
        Err(_) => Rest::Malformed("no link type"),
    }
}

/// The flags of a PPI header's field that all 802.11 frames share.
fn ppi_flags(header: &[u8]) -> Option<u16> {
    const COMMON: u16 = 2;
    let is_aligned = header.get(1).is_some_and(|flags| flags & 1 != 0);
    let mut at = 8;
    loop {
        let (kind, length) = (le16(header, at)?, usize::from(le16(header, at + 2)?));
        if kind == COMMON {
            return le16(header, at + 4 + 8);
        }
        at += 4 + if is_aligned { length.next_multiple_of(4) } else { length };
    }
}

pub(super) fn prism<'a>(packet: &mut Packet<'a>, part: Part<'a>) -> Rest<'a> {
    if be32(part.data, 0).is_some_and(|magic| magic >> 16 == AVS_MAGIC) {
        return avs(packet, part);
    }
    let length = le32(part.data, 4).and_then(|length| usize::try_from(length).ok());
    header(packet, RadioHeader::Prism, length, part)
}

/// The upper half of an AVS header's first word; the lower one is the version.
const AVS_MAGIC: u32 = 0x8021;

pub(super) fn avs<'a>(packet: &mut Packet<'a>, part: Part<'a>) -> Rest<'a> {
    let length = be32(part.data, 4).and_then(|length| usize::try_from(length).ok());
    header(packet, RadioHeader::Avs, length, part)
}

fn header<'a>(packet: &mut Packet<'a>, header: RadioHeader, length: Option<usize>, part: Part<'a>) -> Rest<'a> {
    let Some(length) = length.filter(|length| *length >= 8) else {
        return Rest::Malformed("radio header is cut");
    };
    match push(packet, header, length, part) {
        Ok(content) => wlan::parse(packet, content, wlan::Trailer::default()),
        Err(rest) => rest,
    }
}

fn push<'a>(packet: &mut Packet<'a>, header: RadioHeader, length: usize, part: Part<'a>) -> Result<Part<'a>, Rest<'a>> {
    packet.push(Layer::Radio(Radio { offset: part.offset, header, length }))?;
    Ok(part.behind(length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_behind_a_time_and_further_words() {
        let plain = [0, 0, 9, 0, 2, 0, 0, 0, 0x10];
        assert_eq!(radiotap_flags(&plain), Some(0x10));
        let with_time = [0, 0, 17, 0, 3, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0x30];
        assert_eq!(radiotap_flags(&with_time), Some(0x30));
        let two_words = [0, 0, 13, 0, 2, 0, 0, 0x80, 0, 0, 0, 0, 0x20];
        assert_eq!(radiotap_flags(&two_words), Some(0x20));
        assert_eq!(radiotap_flags(&[0, 0, 8, 0, 0, 0, 0, 0]), None);
        assert_eq!(radiotap_flags(&[0, 0, 8, 0, 2, 0, 0, 0x80]), None);
    }
}
