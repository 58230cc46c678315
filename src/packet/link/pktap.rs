//! Apple's packet tap: a frame of any interface, with the name of the process that it belongs to.

use super::by_link_type;
use crate::capture::LinkType;
use crate::packet::{Layer, Packet, Part, Rest, le32};

/// A header of 108 bytes or more, little-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pktap {
    /// Offset in the frame.
    pub offset: usize,
    /// Bytes of the header (`pktap.hdrlen`).
    pub length: usize,
    /// Link type of the frame behind it (`pktap.dlt`).
    pub link_type: u32,
}

impl Pktap {
    /// Bytes of the fields that all versions have.
    const SHORTEST: usize = 108;
}

pub(super) fn parse<'a>(packet: &mut Packet<'a>, part: Part<'a>) -> Rest<'a> {
    let header = || {
        let length = usize::try_from(le32(part.data, 0)?).ok()?;
        let is_whole = length >= Pktap::SHORTEST && part.data.len() >= Pktap::SHORTEST;
        is_whole.then_some(Pktap { offset: part.offset, length, link_type: le32(part.data, 8)? })
    };
    let Some(header) = header() else {
        return Rest::Malformed("PKTAP header is cut");
    };
    if let Err(rest) = packet.push(Layer::Pktap(header)) {
        return rest;
    }
    match u16::try_from(header.link_type) {
        Ok(number) => by_link_type(packet, LinkType::from_file(number), part.behind(header.length)),
        Err(_) => Rest::Malformed("no link type"),
    }
}
