//! The framing of pcapng: a block's type, its length before and behind its body.
//!
//! Follows draft-ietf-opsawg-pcapng, section 3.1, and Wireshark 4.0, which rounds lengths that are no multiple of four up.

use std::ops::Range;

use byteorder::{BigEndian, LittleEndian};
use pcap_file::pcapng::RawBlock;
use pcap_file::pcapng::blocks::{
    CUSTOM_BLOCK_COPIABLE, CUSTOM_BLOCK_NON_COPIABLE, ENHANCED_PACKET_BLOCK, INTERFACE_DESCRIPTION_BLOCK, PACKET_BLOCK,
    SECTION_HEADER_BLOCK, SIMPLE_PACKET_BLOCK, SYSTEMD_JOURNAL_EXPORT_BLOCK,
};

use super::buffer::{Supply, Window};
use super::order::Order;
use super::reader::{Data, LARGEST_DATA};
use super::stop::Stop;

/// Wireshark's limit: a packet block with the largest D-Bus message (128 MiB) and 128 KiB of options.
pub(super) const LARGEST_BLOCK: u32 = 32 + 128 * 1024 * 1024 + 128 * 1024;

/// Bytes of a section header or interface block that are held to read its options; what goes beyond is skipped. Writers
/// keep to a few hundred bytes, a long comment or capture filter to some thousand.
const LARGEST_DESCRIPTION: usize = 1024 * 1024;

/// The bytes of a packet block that are held: its fixed fields and the data that is looked at, not the options behind.
const LARGEST_PACKET: usize = HEADER + 20 + LARGEST_DATA;

/// Type and length.
pub(super) const HEADER: usize = 8;

/// The length again, at the end.
pub(super) const TRAILER: usize = 4;

/// Sysdig's event blocks.
const SYSDIG_EVENTS: [u32; 3] = [0x204, 0x216, 0x221];

/// What a block is to the walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Section,
    Interface,
    EnhancedPacket,
    SimplePacket,
    ObsoletePacket,
    /// Numbered as a frame by Wireshark without being a packet, after this many bytes of other fields.
    Record(usize),
    /// Names of addresses, which are not used.
    Names,
    /// Keys of encrypted connections, which are not used.
    Secrets,
    Other,
}

/// Name resolution blocks.
const NAMES: u32 = 4;

/// Decryption secrets blocks.
const SECRETS: u32 = 10;

impl Kind {
    fn of(number: u32) -> Self {
        match number {
            SECTION_HEADER_BLOCK => Self::Section,
            INTERFACE_DESCRIPTION_BLOCK => Self::Interface,
            ENHANCED_PACKET_BLOCK => Self::EnhancedPacket,
            SIMPLE_PACKET_BLOCK => Self::SimplePacket,
            PACKET_BLOCK => Self::ObsoletePacket,
            CUSTOM_BLOCK_COPIABLE | CUSTOM_BLOCK_NON_COPIABLE => Self::Record(4),
            SYSTEMD_JOURNAL_EXPORT_BLOCK => Self::Record(0),
            NAMES => Self::Names,
            SECRETS => Self::Secrets,
            number if SYSDIG_EVENTS.contains(&number) => Self::Record(0),
            _ => Self::Other,
        }
    }
}

/// A block at the window's position.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    pub(super) kind: Kind,
    /// The byte order of its numbers; a section header's own.
    pub(super) order: Order,
    /// All its bytes, rounded up to a multiple of four.
    pub(super) length: usize,
    /// Whether all of it is in the window and its second length was checked.
    pub(super) held: bool,
    /// Offset in the uncompressed file, in bytes.
    pub(super) offset: u64,
    number: u32,
}

impl Block {
    /// The block at the window's position, in a section of `order`; `None` at the end of the file. Of blocks that are longer
    /// than anything in them that is looked at only the beginning is held.
    pub(super) fn read(order: Order, window: &mut Window<'_>) -> Result<Option<Self>, Stop> {
        let bytes = window.available();
        let raw = match order {
            Order::Little => RawBlock::from_slice::<LittleEndian>(bytes),
            Order::Big => RawBlock::from_slice::<BigEndian>(bytes),
        };
        // The crate's errors are an incomplete block, or one that Wireshark may be more lenient with.
        let Ok((_, raw)) = raw else { return Self::read_in_parts(order, window) };
        let kind = Kind::of(raw.type_);
        let own_order = if kind == Kind::Section { section_order(bytes) } else { None };
        Ok(Some(Self {
            kind,
            order: own_order.unwrap_or(order),
            length: raw.initial_len as usize,
            held: true,
            offset: window.position(),
            number: raw.type_,
        }))
    }

    fn read_in_parts(order: Order, window: &mut Window<'_>) -> Result<Option<Self>, Stop> {
        let offset = window.position();
        let cut = Stop::Cut { offset };
        if window.ensure(HEADER) == Supply::Short {
            let end = window.available().is_empty() && window.failure().is_none();
            return if end { Ok(None) } else { Err(cut) };
        }
        let Some(number) = order.u32(window.available(), 0) else { return Err(cut) };
        let mut block = Self { kind: Kind::of(number), order, length: 0, held: false, offset, number };
        if block.kind == Kind::Section {
            if window.ensure(HEADER + 4) == Supply::Short {
                return Err(cut);
            }
            block.order = section_order(window.available()).ok_or_else(|| block.damaged("byte_order"))?;
        }
        let Some(stored) = block.order.u32(window.available(), 4) else { return Err(cut) };
        let rounded = stored.checked_next_multiple_of(4).filter(|length| *length <= LARGEST_BLOCK);
        block.length = rounded.map_or(0, |length| length as usize);
        if block.length < HEADER + TRAILER {
            return Err(block.damaged("length").with("length", stored));
        }
        let wanted = block.length.min(match block.kind {
            Kind::Names | Kind::Other => return Ok(Some(block)),
            Kind::Secrets => HEADER + 4,
            Kind::Section | Kind::Interface => LARGEST_DESCRIPTION,
            Kind::EnhancedPacket | Kind::SimplePacket | Kind::ObsoletePacket | Kind::Record(_) => LARGEST_PACKET,
        });
        if window.ensure(wanted) == Supply::Short {
            return Err(cut);
        }
        if wanted == block.length {
            block.check_trailer(window.available().get(wanted - TRAILER..).unwrap_or_default())?;
            block.held = true;
        }
        Ok(Some(block))
    }

    /// The block's body, as far as it is in the window.
    pub(super) fn body<'a>(&self, window: &'a Window<'_>) -> &'a [u8] {
        let bytes = window.available();
        bytes.get(HEADER..bytes.len().min(self.length - TRAILER)).unwrap_or_default()
    }

    /// Moves the window behind the block.
    pub(super) fn pass(&self, window: &mut Window<'_>) -> Result<(), Stop> {
        self.take(0..0, window).map(drop)
    }

    /// Moves the window behind the block; gives the bytes at `place` in it, [`LARGEST_DATA`] at most.
    pub(super) fn take(&self, place: Range<usize>, window: &mut Window<'_>) -> Result<Data, Stop> {
        let place = place.start..place.end.min(place.start + LARGEST_DATA);
        if self.held {
            let whole = window.consume(self.length);
            return Ok(Data::InWindow(whole.start + place.start..whole.start + place.end));
        }
        let before = (self.length - TRAILER) as u64;
        if window.set_aside(place, before) == Supply::Short || window.ensure(TRAILER) == Supply::Short {
            return Err(Stop::Cut { offset: self.offset });
        }
        self.check_trailer(window.available())?;
        window.consume(TRAILER);
        Ok(Data::Aside)
    }

    /// Damage of this block: `what` of it makes no sense.
    pub(super) fn damaged(&self, what: &str) -> Stop {
        Stop::damaged("capture.damaged_block", self.offset).with("block_type", self.number).with("what", what)
    }

    fn check_trailer(&self, trailer: &[u8]) -> Result<(), Stop> {
        let again = self.order.u32(trailer, 0).and_then(|length| length.checked_next_multiple_of(4));
        if again.is_some_and(|length| length as usize == self.length) {
            return Ok(());
        }
        Err(self.damaged("second_length").with("length", self.length))
    }
}

/// The byte order that the section header block at the beginning of `bytes` sets.
pub(super) fn section_order(bytes: &[u8]) -> Option<Order> {
    [Order::Little, Order::Big].into_iter().find(|order| order.u32(bytes, HEADER) == Some(0x1a2b_3c4d))
}

/// Whether a file that begins with `bytes` is pcapng.
pub(super) fn begins_section(bytes: &[u8]) -> bool {
    Order::Little.u32(bytes, 0) == Some(SECTION_HEADER_BLOCK) && section_order(bytes).is_some()
}

#[cfg(test)]
mod tests {
    use super::super::reader::tests::check;
    use super::super::sample::{Sample, option};
    use super::*;

    #[test]
    fn other_blocks_are_passed_over() {
        for order in [Order::Little, Order::Big] {
            // name resolution, statistics, decryption secrets, one of nobody's, an empty one
            let sample = Sample::pcapng(order)
                .interface(1, 0, &[])
                .block(4, b"\0\0\0\0")
                .block(5, &[0; 12])
                .block(10, b"LSTK\x04\0\0\0keys")
                .block(0x8000_0001, &[0xff; 40])
                .block(77, b"")
                .enhanced(0, 0, b"abc");
            let codes = ["capture.name_resolution", "capture.decryption_secrets"];
            check(&sample, &[("0.000000000", 3, b"abc")], &codes);
        }
    }

    #[test]
    fn lengths_without_padding_are_rounded_up() {
        let sample = Sample::pcapng(Order::Little)
            .interface(1, 0, &[])
            .n32(&[6, 33, 0, 0, 5, 1, 1])
            .raw(b"x\0\0\0")
            .n32(&[34])
            .enhanced(0, 6, b"y");
        check(&sample, &[("0.000005000", 1, b"x"), ("0.000006000", 1, b"y")], &[]);
    }

    #[test]
    fn framing_that_makes_no_sense_ends_the_walk() {
        let begin = Sample::pcapng(Order::Little).interface(1, 0, &[]).enhanced(0, 0, b"abc");
        let check = |tail: &[u32]| {
            let sample = begin.clone().n32(tail).raw(&[0; 64]);
            assert!(check(&sample, &[("0.000000000", 3, b"abc")], &["capture.damaged_block"]).damaged);
        };
        check(&[77, 0]);
        check(&[77, 8]);
        check(&[77, 12, 16]);
        check(&[77, LARGEST_BLOCK + 1]);
        check(&[77, 0xffff_ffff]);
        check(&[0x0a0d_0d0a, 28, 0x1a2b_3c4e]);
        check(&[0x0a0d_0d0a, 16, 0x1a2b_3c4d, 16]);
        check(&[1, 16, 1, 16]);
        check(&[6, 16, 0, 16]);
        check(&[6, 32, 0, 0, 0, 4, 4, 32]);
        check(&[6, 32, 0, 0, 0, 0xffff_ffff, 4, 32]);
        check(&[3, 16, 5, 16]);
        check(&[0xbad, 12, 12]);
    }

    #[test]
    fn large_blocks_without_a_packet_are_not_held() {
        let comment = option(Order::Little, 1, &vec![b'c'; 60_000]);
        let sample = Sample::pcapng(Order::Little)
            .section(Order::Little, &comment.repeat(40))
            .interface(1, 0, &[])
            .block(10, &vec![1; 3_000_000])
            .enhanced(0, 0, b"abc");
        let codes = ["capture.text_dropped", "capture.decryption_secrets", "capture.damaged_block"];
        let walked = check(&sample, &[("0.000000000", 3, b"abc")], &codes[..2]);
        assert_eq!(walked.facts.comments.len(), 17);
        let mut damaged = sample.clone();
        let trailer = sample.bytes.len() - 36 - 4;
        damaged.bytes[trailer] ^= 4;
        check(&damaged, &[], &codes);
    }
}
