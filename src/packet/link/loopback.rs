//! Loopback of the BSDs, macOS and Npcap: an address family in front of the packet. `OpenBSD`'s `enc` interface has the same with
//! more behind it.

use super::{by_ether_type, ether_type};
use crate::packet::{Layer, Packet, Part, Rest, be32};

/// Address families of IPv4 on all systems, and of IPv6 on Linux, Windows, `NetBSD` and `OpenBSD`, `FreeBSD`, macOS.
const IPV4: u32 = 2;
const IPV6: [u32; 5] = [10, 23, 24, 28, 30];

/// A loopback header (4 bytes).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loopback {
    /// Offset in the frame.
    pub offset: usize,
    /// Address family (`null.family`), or an `EtherType` (`null.type`).
    pub family: u32,
}

/// A header of `OpenBSD`'s `enc` interface (12 bytes): what `IPsec` has done with the packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Enc {
    /// Offset in the frame.
    pub offset: usize,
    /// Address family, in the byte order of the capturing host (`enc.af`).
    pub family: u32,
    /// Security parameter index (`enc.spi`).
    pub index: u32,
    /// Flags, in the byte order of the capturing host (`enc.flags`).
    pub flags: u32,
}

impl Loopback {
    /// The `EtherType`, if it is one.
    #[must_use]
    pub fn ether_type(&self) -> Option<u16> {
        u16::try_from(self.family).ok().filter(|family| *family > ether_type::LAST_LENGTH)
    }
}

/// `LINKTYPE_NULL`: the number is in the byte order of the capturing host.
pub(super) fn null<'a>(packet: &mut Packet<'a>, part: Part<'a>) -> Rest<'a> {
    let Some(family) = be32(part.data, 0) else {
        return Rest::Malformed("loopback header is cut");
    };
    loopback(packet, host_order(family), part)
}

/// `LINKTYPE_LOOP`: the number is in network byte order.
pub(super) fn openbsd<'a>(packet: &mut Packet<'a>, part: Part<'a>) -> Rest<'a> {
    match be32(part.data, 0) {
        Some(family) => loopback(packet, family, part),
        None => Rest::Malformed("loopback header is cut"),
    }
}

/// A small number that was written in an unknown byte order, in 32 bits or in the first 16.
fn host_order(big_endian: u32) -> u32 {
    let little_endian = big_endian.swap_bytes();
    let [high, low] = [little_endian >> 16, little_endian & 0xffff];
    match (high, low) {
        // 16 bits in the last two bytes, least significant first.
        (1..6, _) => high,
        (1.., _) => big_endian,
        // 16 bits in the first two bytes, most significant first.
        (0, low) if low.is_multiple_of(0x100) && low < 0x600 => low >> 8,
        _ => low,
    }
}

fn loopback<'a>(packet: &mut Packet<'a>, family: u32, part: Part<'a>) -> Rest<'a> {
    let header = Loopback { offset: part.offset, family };
    if let Err(rest) = packet.push(Layer::Loopback(header)) {
        return rest;
    }
    match header.ether_type() {
        Some(ether_type) => by_ether_type(packet, ether_type, part.behind(4)),
        None => by_family(packet, family, part.behind(4)),
    }
}

/// Reads a header of `LINKTYPE_ENC`.
pub(super) fn enc<'a>(packet: &mut Packet<'a>, part: Part<'a>) -> Rest<'a> {
    let fields = be32(part.data, 0).zip(be32(part.data, 4)).zip(be32(part.data, 8));
    let Some(((family, index), flags)) = fields else {
        return Rest::Malformed("enc header is cut");
    };
    let is_swapped = family > 0xffff;
    let order = |number: u32| if is_swapped { number.swap_bytes() } else { number };
    let header = Enc { offset: part.offset, family: order(family), index, flags: order(flags) };
    match packet.push(Layer::Enc(header)) {
        Ok(()) => by_family(packet, header.family, part.behind(12)),
        Err(rest) => rest,
    }
}

/// Reads what an address family names.
pub(super) fn by_family<'a>(packet: &mut Packet<'a>, family: u32, part: Part<'a>) -> Rest<'a> {
    match family {
        IPV4 => by_ether_type(packet, ether_type::IPV4, part),
        family if IPV6.contains(&family) => by_ether_type(packet, ether_type::IPV6, part),
        other => Rest::UnknownFamily(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_in_each_byte_order() {
        assert_eq!(host_order(0x0200_0000), 2);
        assert_eq!(host_order(0x0000_0002), 2);
        assert_eq!(host_order(0x1e00_0000), 30);
        assert_eq!(host_order(0x0000_001e), 30);
        // IRIX wrote 16 bits.
        assert_eq!(host_order(0x0002_0000), 2);
        assert_eq!(host_order(0xdd86_0000), 0x86dd);
    }
}
