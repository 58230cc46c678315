//! pcapng: blocks in sections, each with its own byte order and interfaces.
//!
//! Follows draft-ietf-opsawg-pcapng and, where files in the field differ from it, Wireshark 4.0: lengths that are no multiple
//! of four are rounded up, the length of a section is not trusted, and the blocks that Wireshark lists without being packets
//! take a frame number. Unlike there, nothing but the framing and the packet blocks stops the walk: bad options and other
//! blocks' bad contents are passed over.

use byteorder::{BigEndian, LittleEndian};
use pcap_file::pcapng::RawBlock;
use pcap_file::pcapng::blocks::{
    CUSTOM_BLOCK_COPIABLE, CUSTOM_BLOCK_NON_COPIABLE, ENHANCED_PACKET_BLOCK, INTERFACE_DESCRIPTION_BLOCK, PACKET_BLOCK,
    SECTION_HEADER_BLOCK, SIMPLE_PACKET_BLOCK, SYSTEMD_JOURNAL_EXPORT_BLOCK,
};

use super::buffer::{Supply, Window};
use super::description::{self, Described};
use super::facts::Facts;
use super::order::Order;
use super::reader::{CaptureError, Record};
use super::stop::Stop;
use super::{Frame, LinkType};

/// Wireshark's limit: a packet block with the largest D-Bus message (128 MiB) and 128 KiB of options.
const LARGEST_BLOCK: u32 = 32 + 128 * 1024 * 1024 + 128 * 1024;

/// Bytes of a section header or interface block that are held to read its options; what goes beyond is skipped. Writers
/// keep to a few hundred bytes, a long comment or capture filter to some thousand.
const LARGEST_DESCRIPTION: usize = 1024 * 1024;

/// Type and length.
const BLOCK_HEADER: usize = 8;

/// The length again, at the end.
const BLOCK_TRAILER: usize = 4;

/// Sysdig's event blocks, which Wireshark lists among the packets.
const SYSDIG_EVENTS: [u32; 3] = [0x204, 0x216, 0x221];

/// Byte-order magic, version, section length.
const SECTION_FIXED: usize = 16;

/// A walk over the blocks of a pcapng file.
#[derive(Debug)]
pub(super) struct Pcapng {
    order: Order,
    /// The current section's interfaces.
    interfaces: Vec<Described>,
    /// Number in the file of the current section's first interface.
    first_interface: u32,
}

/// A block at the window's position.
#[derive(Debug, Clone, Copy)]
struct Block {
    kind: u32,
    order: Order,
    /// All its bytes, rounded up to a multiple of four.
    length: usize,
    /// Whether all of it is in the window and its second length was checked.
    held: bool,
    offset: u64,
}

/// Where a packet block's data lies, and what is said of it.
#[derive(Debug, Clone, Copy)]
struct Packet {
    interface: u32,
    ticks: Option<u64>,
    captured: u32,
    original: u32,
    /// Bytes of the body before the data.
    fixed: usize,
}

impl Pcapng {
    /// Whether a file that begins with these bytes is pcapng.
    pub(super) fn recognises(bytes: &[u8]) -> bool {
        Order::Little.u32(bytes, 0) == Some(SECTION_HEADER_BLOCK) && section_order(bytes).is_some()
    }

    /// Reads the first section header.
    pub(super) fn open(name: &str, window: &mut Window<'_>, facts: &mut Facts) -> Result<Self, CaptureError> {
        let mut walk = Self { order: Order::Little, interfaces: Vec::new(), first_interface: 0 };
        let begun = match walk.block(window) {
            Ok(Some(block)) => walk.begin_section(window, &block, facts).and_then(|()| pass(window, &block)),
            Ok(None) => Err(Stop::Cut { offset: 0 }),
            Err(stop) => Err(stop),
        };
        match begun {
            Ok(()) => Ok(walk),
            Err(Stop::Version { major, minor, .. }) => {
                Err(CaptureError::UnsupportedVersion { name: name.to_owned(), format: "pcapng", major, minor })
            }
            Err(_) => {
                let length = window.available().len();
                Err(CaptureError::CutHeader { name: name.to_owned(), format: "pcapng", length })
            }
        }
    }

    /// The next packet; `None` at the end of the file.
    pub(super) fn next(&mut self, window: &mut Window<'_>, facts: &mut Facts) -> Result<Option<Record>, Stop> {
        while let Some(block) = self.block(window)? {
            let packet = match block.kind {
                ENHANCED_PACKET_BLOCK => enhanced(&block, body(window, &block)),
                SIMPLE_PACKET_BLOCK => self.simple(&block, body(window, &block)),
                PACKET_BLOCK => obsolete(&block, body(window, &block)),
                CUSTOM_BLOCK_COPIABLE | CUSTOM_BLOCK_NON_COPIABLE => return other_record(window, &block, 4).map(Some),
                kind if kind == SYSTEMD_JOURNAL_EXPORT_BLOCK || SYSDIG_EVENTS.contains(&kind) => {
                    return other_record(window, &block, 0).map(Some);
                }
                SECTION_HEADER_BLOCK => {
                    self.begin_section(window, &block, facts)?;
                    pass(window, &block)?;
                    continue;
                }
                INTERFACE_DESCRIPTION_BLOCK => {
                    self.add_interface(window, &block, facts)?;
                    pass(window, &block)?;
                    continue;
                }
                _ => {
                    pass(window, &block)?;
                    continue;
                }
            };
            return self.record(window, &block, packet?).map(Some);
        }
        Ok(None)
    }

    /// The block at the window's position; `None` at the end of the file.
    fn block(&self, window: &mut Window<'_>) -> Result<Option<Block>, Stop> {
        let bytes = window.available();
        let raw = match self.order {
            Order::Little => RawBlock::from_slice::<LittleEndian>(bytes),
            Order::Big => RawBlock::from_slice::<BigEndian>(bytes),
        };
        match raw {
            Ok((_, raw)) => {
                let order = if raw.type_ == SECTION_HEADER_BLOCK { section_order(bytes) } else { None };
                Ok(Some(Block {
                    kind: raw.type_,
                    order: order.unwrap_or(self.order),
                    length: raw.initial_len as usize,
                    held: true,
                    offset: window.position(),
                }))
            }
            Err(_) => self.block_in_parts(window),
        }
    }

    /// The same for a block that is not yet all there, or whose lengths only Wireshark's leniency accepts.
    fn block_in_parts(&self, window: &mut Window<'_>) -> Result<Option<Block>, Stop> {
        let offset = window.position();
        let cut = Stop::Cut { offset };
        if window.ensure(BLOCK_HEADER) == Supply::Short {
            return if window.available().is_empty() && window.failure().is_none() { Ok(None) } else { Err(cut) };
        }
        let Some(kind) = self.order.u32(window.available(), 0) else { return Err(cut) };
        let order = if kind == SECTION_HEADER_BLOCK {
            if window.ensure(BLOCK_HEADER + 4) == Supply::Short {
                return Err(cut);
            }
            let Some(order) = section_order(window.available()) else {
                return Err(damaged_block(kind, offset, "byte_order"));
            };
            order
        } else {
            self.order
        };
        let Some(stored) = order.u32(window.available(), 4) else { return Err(cut) };
        let least = BLOCK_HEADER + BLOCK_TRAILER + if kind == SECTION_HEADER_BLOCK { SECTION_FIXED } else { 0 };
        let length = stored.checked_next_multiple_of(4).filter(|length| *length <= LARGEST_BLOCK).map(|n| n as usize);
        let Some(length) = length.filter(|length| *length >= least) else {
            return Err(damaged_block(kind, offset, "length").with("length", stored));
        };
        let mut block = Block { kind, order, length, held: false, offset };
        let description = matches!(kind, SECTION_HEADER_BLOCK | INTERFACE_DESCRIPTION_BLOCK);
        if description && length > LARGEST_DESCRIPTION {
            if window.ensure(LARGEST_DESCRIPTION) == Supply::Short {
                return Err(cut);
            }
        } else if description || is_frame(kind) {
            if window.ensure(length) == Supply::Short {
                return Err(cut);
            }
            check_trailer(&block, window.available().get(length - BLOCK_TRAILER..).unwrap_or_default())?;
            block.held = true;
        }
        Ok(Some(block))
    }

    fn begin_section(&mut self, window: &Window<'_>, block: &Block, facts: &mut Facts) -> Result<(), Stop> {
        let body = body(window, block);
        let version = block.order.u16(body, 4).zip(block.order.u16(body, 6));
        let Some((major, minor)) = version else { return Err(damaged_block(block.kind, block.offset, "length")) };
        if !matches!((major, minor), (1, 0 | 2)) {
            return Err(Stop::Version { offset: block.offset, major, minor });
        }
        self.order = block.order;
        self.interfaces.clear();
        self.first_interface = facts.begin_section();
        description::section(block.order, body.get(SECTION_FIXED..).unwrap_or_default(), block.offset, facts);
        Ok(())
    }

    fn add_interface(&mut self, window: &Window<'_>, block: &Block, facts: &mut Facts) -> Result<(), Stop> {
        let number = u32::try_from(self.interfaces.len()).unwrap_or(u32::MAX);
        let described = description::interface(block.order, body(window, block), number, block.offset, facts)?;
        self.interfaces.push(described);
        Ok(())
    }

    /// A simple packet block is the first interface's; its captured length follows from that one's snap length.
    fn simple(&self, block: &Block, body: &[u8]) -> Result<Packet, Stop> {
        let Some(first) = self.interfaces.first() else { return Err(unknown_interface(block, 0)) };
        let original = block.order.u32(body, 0).ok_or_else(|| damaged_block(block.kind, block.offset, "length"))?;
        let captured = if first.snap_length == 0 { original } else { original.min(first.snap_length) };
        Ok(Packet { interface: 0, ticks: None, captured, original, fixed: 4 })
    }

    fn record(&self, window: &mut Window<'_>, block: &Block, packet: Packet) -> Result<Record, Stop> {
        let Some(source) = self.interfaces.get(packet.interface as usize) else {
            return Err(unknown_interface(block, packet.interface));
        };
        let largest = source.link_type.largest_capture();
        let room = block.length - BLOCK_HEADER - BLOCK_TRAILER - packet.fixed;
        let captured = packet.captured as usize;
        if packet.captured > largest || captured > room {
            return Err(
                damaged_block(block.kind, block.offset, "captured_length").with("captured_length", packet.captured)
            );
        }
        let whole = window.consume(block.length);
        let start = whole.start + BLOCK_HEADER + packet.fixed;
        Ok(Record {
            time: packet.ticks.map(|ticks| source.clock.time(ticks)),
            data: start..start + captured,
            wire_length: packet.original,
            interface: self.first_interface + packet.interface,
            link_type: source.link_type,
        })
    }
}

/// The byte order of the section header block that `bytes` begins with.
fn section_order(bytes: &[u8]) -> Option<Order> {
    [Order::Little, Order::Big].into_iter().find(|order| order.u32(bytes, BLOCK_HEADER) == Some(0x1a2b_3c4d))
}

/// Whether a block takes a frame number.
fn is_frame(kind: u32) -> bool {
    matches!(kind, ENHANCED_PACKET_BLOCK | SIMPLE_PACKET_BLOCK | PACKET_BLOCK | SYSTEMD_JOURNAL_EXPORT_BLOCK)
        || matches!(kind, CUSTOM_BLOCK_COPIABLE | CUSTOM_BLOCK_NON_COPIABLE)
        || SYSDIG_EVENTS.contains(&kind)
}

/// The block's body, as far as it is held.
fn body<'a>(window: &'a Window<'_>, block: &Block) -> &'a [u8] {
    let bytes = window.available();
    let end = bytes.len().min(block.length - BLOCK_TRAILER);
    bytes.get(BLOCK_HEADER..end).unwrap_or_default()
}

/// Moves behind a block that gave no frame.
fn pass(window: &mut Window<'_>, block: &Block) -> Result<(), Stop> {
    if block.held {
        window.consume(block.length);
        return Ok(());
    }
    let cut = Stop::Cut { offset: block.offset };
    let before = (block.length - BLOCK_TRAILER) as u64;
    if window.skip(before) == Supply::Short || window.ensure(BLOCK_TRAILER) == Supply::Short {
        return Err(cut);
    }
    check_trailer(block, window.available())?;
    window.consume(BLOCK_TRAILER);
    Ok(())
}

fn check_trailer(block: &Block, trailer: &[u8]) -> Result<(), Stop> {
    let again = block.order.u32(trailer, 0).and_then(|length| length.checked_next_multiple_of(4));
    if again.is_some_and(|length| length as usize == block.length) {
        return Ok(());
    }
    Err(damaged_block(block.kind, block.offset, "second_length").with("length", block.length))
}

fn damaged_block(kind: u32, offset: u64, what: &str) -> Stop {
    Stop::damaged("capture.damaged_block", offset).with("block_type", kind).with("what", what)
}

fn unknown_interface(block: &Block, interface: u32) -> Stop {
    Stop::damaged("capture.unknown_interface", block.offset).with("interface", interface)
}

fn enhanced(block: &Block, body: &[u8]) -> Result<Packet, Stop> {
    let field = |index: usize| block.order.u32(body, index * 4);
    packet(field(0), [field(1), field(2), field(3), field(4)])
        .ok_or_else(|| damaged_block(block.kind, block.offset, "length"))
}

/// The obsolete packet block has a 16-bit interface number, then a count of drops.
fn obsolete(block: &Block, body: &[u8]) -> Result<Packet, Stop> {
    let field = |index: usize| block.order.u32(body, index * 4);
    packet(block.order.u16(body, 0).map(u32::from), [field(1), field(2), field(3), field(4)])
        .ok_or_else(|| damaged_block(block.kind, block.offset, "length"))
}

fn packet(interface: Option<u32>, [high, low, captured, original]: [Option<u32>; 4]) -> Option<Packet> {
    let ticks = u64::from(high?) << 32 | u64::from(low?);
    Some(Packet { interface: interface?, ticks: Some(ticks), captured: captured?, original: original?, fixed: 20 })
}

/// A block that Wireshark numbers as a frame though it holds no packet; its body from `fixed` on is the data.
fn other_record(window: &mut Window<'_>, block: &Block, fixed: usize) -> Result<Record, Stop> {
    let length = block.length - BLOCK_HEADER - BLOCK_TRAILER;
    if length < fixed {
        return Err(damaged_block(block.kind, block.offset, "length"));
    }
    let whole = window.consume(block.length);
    let data = whole.start + BLOCK_HEADER + fixed..whole.end - BLOCK_TRAILER;
    let wire_length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    Ok(Record { time: None, data, wire_length, interface: Frame::NO_INTERFACE, link_type: LinkType::NOT_A_PACKET })
}
