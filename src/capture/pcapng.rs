//! pcapng: sections, each with its own byte order and interfaces, and their packets.
//!
//! Follows draft-ietf-opsawg-pcapng and, where files in the field differ from it, Wireshark 4.0: the length of a section is
//! not trusted, and the blocks that Wireshark lists without being packets take a frame number. Unlike there, nothing but the
//! framing and the packet blocks stops the walk: bad options and other blocks' bad contents are passed over.

use super::Frame;
use super::block::{self, Block, Kind};
use super::buffer::Window;
use super::description::{self, Described};
use super::error::CaptureError;
use super::facts::{Facts, Unused};
use super::order::Order;
use super::reader::Record;
use super::stop::Stop;

/// A walk over the blocks of a pcapng file.
#[derive(Debug)]
pub(super) struct Pcapng {
    order: Order,
    /// The current section's interfaces.
    interfaces: Vec<Described>,
    /// Number in the file of the current section's first interface.
    first_interface: u32,
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
    /// Reads the first section header.
    pub(super) fn open(name: &str, window: &mut Window<'_>, facts: &mut Facts) -> Result<Self, CaptureError> {
        let mut walk = Self { order: Order::Little, interfaces: Vec::new(), first_interface: 0 };
        let name = name.to_owned();
        match walk.first_section(window, facts) {
            Ok(()) => Ok(walk),
            Err(Stop::Version { major, minor, .. }) => {
                Err(CaptureError::UnsupportedVersion { name, format: "pcapng", major, minor })
            }
            Err(_) => Err(CaptureError::CutHeader { name, format: "pcapng" }),
        }
    }

    fn first_section(&mut self, window: &mut Window<'_>, facts: &mut Facts) -> Result<(), Stop> {
        let block = Block::read(self.order, window)?.ok_or(Stop::Cut { offset: 0 })?;
        self.begin_section(&block, window, facts)?;
        block.pass(window)
    }

    /// The next frame; `None` at the end of the file.
    pub(super) fn next(&mut self, window: &mut Window<'_>, facts: &mut Facts) -> Result<Option<Record>, Stop> {
        while let Some(block) = Block::read(self.order, window)? {
            let packet = match block.kind {
                Kind::EnhancedPacket => enhanced(&block, block.body(window)),
                Kind::SimplePacket => self.simple(&block, block.body(window))?,
                Kind::ObsoletePacket => obsolete(&block, block.body(window)),
                Kind::Record(fixed) => return other_record(&block, fixed, window).map(Some),
                Kind::Section => {
                    self.begin_section(&block, window, facts)?;
                    block.pass(window)?;
                    continue;
                }
                Kind::Interface => {
                    self.add_interface(&block, window, facts)?;
                    block.pass(window)?;
                    continue;
                }
                Kind::Names | Kind::Secrets | Kind::Other => {
                    note_unused(&block, block.body(window), facts);
                    block.pass(window)?;
                    continue;
                }
            };
            let packet = packet.ok_or_else(|| block.damaged("length"))?;
            return self.record(&block, packet, window).map(Some);
        }
        Ok(None)
    }

    fn begin_section(&mut self, block: &Block, window: &Window<'_>, facts: &mut Facts) -> Result<(), Stop> {
        let (major, minor) = description::section(block, block.body(window), facts)?;
        if !matches!((major, minor), (1, 0 | 2)) {
            return Err(Stop::Version { offset: block.offset, major, minor });
        }
        self.order = block.order;
        self.interfaces.clear();
        self.first_interface = facts.begin_section();
        Ok(())
    }

    fn add_interface(&mut self, block: &Block, window: &Window<'_>, facts: &mut Facts) -> Result<(), Stop> {
        let number = u32::try_from(self.interfaces.len()).unwrap_or(u32::MAX);
        self.interfaces.push(description::interface(block, block.body(window), number, facts)?);
        Ok(())
    }

    /// A simple packet block is the first interface's; its captured length follows from that one's snap length.
    fn simple(&self, block: &Block, body: &[u8]) -> Result<Option<Packet>, Stop> {
        let Some(first) = self.interfaces.first() else { return Err(unknown_interface(block, 0)) };
        let Some(original) = block.order.u32(body, 0) else { return Ok(None) };
        let captured = if first.snap_length == 0 { original } else { original.min(first.snap_length) };
        Ok(Some(Packet { interface: 0, ticks: None, captured, original, fixed: 4 }))
    }

    fn record(&self, block: &Block, packet: Packet, window: &mut Window<'_>) -> Result<Record, Stop> {
        let Some(interface) = self.interfaces.get(packet.interface as usize) else {
            return Err(unknown_interface(block, packet.interface));
        };
        let room = block.length - block::HEADER - packet.fixed - block::TRAILER;
        let captured = packet.captured as usize;
        if packet.captured > interface.link_type.largest_capture() || captured > room {
            return Err(block.damaged("captured_length").with("captured_length", packet.captured));
        }
        let start = block::HEADER + packet.fixed;
        Ok(Record {
            time: packet.ticks.map(|ticks| interface.clock.time(ticks)),
            data: block.take(start..start + captured, window)?,
            captured_length: packet.captured,
            wire_length: packet.original,
            interface: self.first_interface + packet.interface,
            link_type: Some(interface.link_type),
        })
    }
}

fn unknown_interface(block: &Block, interface: u32) -> Stop {
    Stop::damaged("capture.unknown_interface", block.offset).with("interface", interface)
}

fn enhanced(block: &Block, body: &[u8]) -> Option<Packet> {
    timed(block, body, block.order.u32(body, 0)?)
}

/// The obsolete packet block has a 16-bit interface number, then a count of drops.
fn obsolete(block: &Block, body: &[u8]) -> Option<Packet> {
    timed(block, body, block.order.u16(body, 0)?.into())
}

fn timed(block: &Block, body: &[u8], interface: u32) -> Option<Packet> {
    let field = |index: usize| block.order.u32(body, index * 4);
    let ticks = u64::from(field(1)?) << 32 | u64::from(field(2)?);
    Some(Packet { interface, ticks: Some(ticks), captured: field(3)?, original: field(4)?, fixed: 20 })
}

/// Counts a block that is of use to Wireshark and not to us.
fn note_unused(block: &Block, body: &[u8], facts: &mut Facts) {
    match block.kind {
        Kind::Names => facts.leave_unused(Unused::Names),
        Kind::Secrets => {
            let of = block.order.u32(body, 0).map_or("unknown", |of| match of {
                0x544c_534b => "tls",
                0x5353_484b => "ssh",
                0x5747_4b4c => "wireguard",
                0x5a4e_574b | 0x5a41_504b | 0x5a41_5053 => "zigbee",
                0x5541_4b4c => "opc_ua",
                _ => "unknown",
            });
            facts.leave_unused(Unused::Secrets(of));
        }
        _ => {}
    }
}

/// A block that Wireshark numbers as a frame though it holds no packet; its body from `fixed` on is the data.
fn other_record(block: &Block, fixed: usize, window: &mut Window<'_>) -> Result<Record, Stop> {
    if block.length < block::HEADER + fixed + block::TRAILER {
        return Err(block.damaged("length"));
    }
    let place = block::HEADER + fixed..block.length - block::TRAILER;
    let length = u32::try_from(place.len()).unwrap_or(u32::MAX);
    Ok(Record {
        time: None,
        data: block.take(place, window)?,
        captured_length: length,
        wire_length: length,
        interface: Frame::NO_INTERFACE,
        link_type: None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::LinkType;
    use super::super::reader::tests::{Walked, check, walk};
    use super::super::sample::{Sample, data, option};
    use super::*;
    use crate::text::Text;

    const BOTH: [Order; 2] = [Order::Little, Order::Big];

    fn interfaces(walked: &Walked) -> Vec<u32> {
        walked.frames.iter().map(|frame| frame.2).collect()
    }

    #[test]
    fn every_packet_block_in_both_byte_orders() {
        for order in BOTH {
            let sample = Sample::pcapng(order)
                .interface(1, 20, &[])
                .enhanced(0, 1_000_005, b"abc")
                .packet(2, &[0, 0, 7, 3, 60], b"def")
                .packet(3, &[2], b"gh")
                .packet(3, &[60], &data(1, 20));
            let expected: [(&str, u32, &[u8]); 4] =
                [("1.000005000", 3, b"abc"), ("0.000007000", 60, b"def"), ("", 2, b"gh"), ("", 60, &data(1, 20))];
            check(&sample, &expected, &[]);
        }
    }

    #[test]
    fn the_obsolete_block_has_a_short_interface_number() {
        // interface 0, 3 drops
        let little = Sample::pcapng(Order::Little).interface(1, 0, &[]).packet(2, &[3 << 16, 0, 7, 1, 1], b"x");
        check(&little, &[("0.000007000", 1, b"x")], &[]);
        let big = Sample::pcapng(Order::Big).interface(1, 0, &[]).packet(2, &[3, 0, 7, 1, 1], b"x");
        check(&big, &[("0.000007000", 1, b"x")], &[]);
    }

    #[test]
    fn blocks_that_wireshark_numbers_are_frames_without_a_packet() {
        let custom = Sample::pcapng(Order::Little).block(0x4000_0bad, b"\0\0\0\0custom..");
        let walked = check(&custom, &[("", 8, b"custom..")], &[]);
        assert_eq!((walked.frames[0].2, walked.frames[0].3), (Frame::NO_INTERFACE, None));
        check(&Sample::pcapng(Order::Big).block(9, b"journal."), &[("", 8, b"journal.")], &[]);
    }

    #[test]
    fn a_link_type_of_any_number_is_one() {
        let walked =
            walk(&Sample::pcapng(Order::Little).interface(u16::MAX, 0, &[]).enhanced(0, 0, b"x").bytes).unwrap();
        assert_eq!(walked.frames[0].3, Some(LinkType(u16::MAX)));
    }

    #[test]
    fn sections_have_their_own_order_and_interfaces() {
        let sample = Sample::pcapng(Order::Little)
            .interface(1, 0, &[(2, b"a0")])
            .interface(101, 0, &[(2, b"a1")])
            .enhanced(1, 0, b"x")
            .section(Order::Big, &[])
            .interface(228, 65_535, &[(3, b"second")])
            .enhanced(0, 0, b"y")
            .interface(229, 0, &[])
            .enhanced(1, 0, b"z");
        let walked = walk(&sample.bytes).unwrap();
        assert_eq!(interfaces(&walked), [1, 2, 3]);
        assert_eq!(walked.frames[2].3, Some(LinkType::IPV6));
        let of = |id: usize| &walked.facts.interfaces[id];
        assert_eq!((of(1).id, of(1).section, of(1).number_in_section), (1, 1, 1));
        assert_eq!((of(2).id, of(2).section, of(2).number_in_section), (2, 2, 0));
        assert_eq!((&of(1).name, &of(2).name, &of(2).description), (&Some("a1".into()), &None, &Some("second".into())));
        assert_eq!((of(1).snap_length, of(2).snap_length), (None, Some(65_535)));
    }

    #[test]
    fn a_packet_of_an_unknown_interface_ends_the_walk() {
        let begin = Sample::pcapng(Order::Little).interface(1, 0, &[]).enhanced(0, 0, b"abc");
        check(&begin.clone().enhanced(1, 0, b"x"), &[("0.000000000", 3, b"abc")], &["capture.unknown_interface"]);
        let simple = Sample::pcapng(Order::Little).packet(3, &[1], b"x");
        assert!(check(&simple, &[], &["capture.unknown_interface"]).damaged);
    }

    #[test]
    fn time_stamps_follow_resolution_and_offset() {
        for order in BOTH {
            let offset = match order {
                Order::Little => (-5i64).to_le_bytes(),
                Order::Big => (-5i64).to_be_bytes(),
            };
            let sample = Sample::pcapng(order)
                .interface(1, 0, &[(9, &[9]), (14, &offset)])
                .interface(1, 0, &[(9, &[0x80 | 1]), (9, &[3])])
                .enhanced(0, 1, b"")
                .enhanced(1, 3, b"");
            check(&sample, &[("-4.999999999", 0, b""), ("1.500000000", 0, b"")], &[]);
        }
    }

    #[test]
    fn bad_options_stop_nothing() {
        let overlong = b"\x02\0\xff\xffeth0";
        let interface = Sample::new(Order::Little).n16(&[1, 0]).n32(&[0]).raw(overlong).bytes;
        let sample = Sample::new(Order::Little)
            .section(Order::Little, overlong)
            .interface(1, 0, &[(2, b"\xd2\xd4\xcc\xab"), (9, &[1, 2]), (8, &[1]), (14, &[1])])
            .block(1, &interface)
            .enhanced(0, 1_000_000, b"abc");
        let walked = check(&sample, &[("1.000000000", 3, b"abc")], &["capture.damaged_option"; 3]);
        assert!(!walked.damaged);
        assert_eq!(walked.facts.interfaces[0].name, Some(Text::from(&b"\xd2\xd4\xcc\xab"[..])));
        assert_eq!(walked.facts.interfaces[1].name, None);
    }

    #[test]
    fn section_headers_tell_of_the_machine() {
        let order = Order::Big;
        let options = |os: &[u8]| [option(order, 1, b"lab 3"), option(order, 2, b"cpu"), option(order, 3, os)].concat();
        let sample = Sample::new(order)
            .section(order, &options(b"Windows"))
            .section(order, &[options(b"Linux"), option(order, 4, b"Dumpcap")].concat());
        let facts = walk(&sample.bytes).unwrap().facts;
        assert_eq!((facts.hardware, facts.os), (Some("cpu".into()), Some("Windows".into())));
        assert_eq!(facts.application, Some("Dumpcap".into()));
        assert_eq!(facts.comments, ["lab 3".into(), "lab 3".into()]);
    }

    #[test]
    fn only_versions_1_0_and_1_2_can_be_read() {
        let mut sample = Sample::pcapng(Order::Little).interface(1, 0, &[]).enhanced(0, 0, b"abc");
        let first = sample.bytes.len();
        sample = sample.section(Order::Little, &[]).interface(1, 0, &[]).enhanced(0, 0, b"def");
        sample.bytes[first + 14] = 2;
        assert!(!walk(&sample.bytes).unwrap().damaged);
        sample.bytes[first + 12] = 2;
        check(&sample, &[("0.000000000", 3, b"abc")], &["capture.unsupported_version"]);
        sample.bytes[12] = 2;
        assert!(matches!(walk(&sample.bytes), Err(CaptureError::UnsupportedVersion { major: 2, minor: 0, .. })));
    }
}
