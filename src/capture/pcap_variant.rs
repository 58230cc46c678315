//! The pcap files of 1998 to 2001 whose records differ from libpcap's.
//!
//! Patched Linux distributions wrote longer record headers, some under the same magic number. What a file holds is guessed
//! from its first records, as Wireshark does; but where no variant fits without oddities we stay with libpcap's own, for a
//! damaged file is likelier today than a variant.

use pcap_file::pcap::PcapHeader;

use super::LinkType;
use super::buffer::{Supply, Window};
use super::order::Order;

/// Records looked at to tell variants apart.
const RECORDS_TRIED: usize = 3;

/// Bytes looked at for that: three records of usual size.
const BYTES_TRIED: usize = 3 * 256 * 1024;

/// A frame that claims to be longer on the wire is taken as a sign of a wrong guess (128 MiB, the largest D-Bus message).
const LARGEST_PLAUSIBLE: u32 = 128 * 1024 * 1024;

/// What the first four bytes of a pcap file say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Magic {
    order: Order,
    family: Family,
    nanoseconds: bool,
    /// Bytes between libpcap's file header and the first record.
    pub(super) extra_header: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    /// The magic number of libpcap, shared by variants.
    Common,
    /// A magic number that only libpcap's record header goes with.
    Fixed,
    /// The magic number of Kuznetzov's later patches.
    Modified,
}

impl Magic {
    /// Reads the magic number; `None` when the file is no pcap.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let magic = |order, family, nanoseconds, extra_header| Self { order, family, nanoseconds, extra_header };
        [Order::Little, Order::Big].into_iter().find_map(|order| {
            Some(match order.u32(bytes, 0)? {
                0xa1b2_c3d4 => magic(order, Family::Common, false, 0),
                0xa1b2_3c4d => magic(order, Family::Fixed, true, 0),
                0xa1b2_cd34 => magic(order, Family::Modified, false, 0),
                // Ixia's hardware and software capture: the size of all records follows the file header.
                0x1c00_01ac => magic(order, Family::Fixed, true, 4),
                0x1c00_01ab => magic(order, Family::Fixed, false, 4),
                _ => return None,
            })
        })
    }

    /// The file header with the magic number that libpcap would have written.
    pub(super) fn standardise(self, bytes: &[u8]) -> Option<[u8; 24]> {
        let mut header = *bytes.first_chunk::<24>()?;
        let number: u32 = if self.nanoseconds { 0xa1b2_3c4d } else { 0xa1b2_c3d4 };
        let number = match self.order {
            Order::Little => number.to_le_bytes(),
            Order::Big => number.to_be_bytes(),
        };
        header.first_chunk_mut().map(|magic| *magic = number)?;
        Some(header)
    }
}

/// The link type of an AIX file, which has the version 2.2, times in nanoseconds, and the interface types of RFC 1573 where
/// others have libpcap's numbers. A file with any other type is none of AIX's.
pub(super) fn aix_link_type(header: &PcapHeader) -> Option<LinkType> {
    if (header.version_major, header.version_minor) != (2, 2) {
        return None;
    }
    Some(match u32::from(header.datalink) {
        6 => LinkType::ETHERNET,
        9 => LinkType::IEEE802_5,
        15 => LinkType::FDDI,
        24 => LinkType::NULL,
        _ => return None,
    })
}

/// In which order a record header has its two lengths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lengths {
    /// Captured, original: file version 2.4.
    CapturedFirst,
    /// Original, captured: before version 2.3.
    OriginalFirst,
    /// Version 2.3 was written with either; the smaller is the captured length.
    Unclear,
}

impl Lengths {
    /// Captured and original length from the two fields in file order.
    pub(super) fn sorted(self, first: u32, second: u32) -> (u32, u32) {
        match self {
            Self::CapturedFirst => (first, second),
            Self::OriginalFirst => (second, first),
            Self::Unclear => (first.min(second), first.max(second)),
        }
    }
}

/// How the records of a file are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Variant {
    extra: Extra,
    /// The order of the two lengths.
    pub(super) lengths: Lengths,
}

/// What follows the four common fields of a record header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extra {
    Nothing,
    /// Interface index, protocol, packet type, padding: 8 bytes.
    Kuznetzov,
    /// The same with two counters: 12 bytes.
    KuznetzovCounters,
    /// Four bytes that Nokia's devices write.
    Nokia,
}

impl Variant {
    /// Bytes of a record header.
    pub(super) fn header_length(self) -> usize {
        16 + match self.extra {
            Extra::Nothing => 0,
            Extra::Nokia => 4,
            Extra::Kuznetzov => 8,
            Extra::KuznetzovCounters => 12,
        }
    }

    /// Finds the variant of the file whose first record is at the window's position.
    pub(super) fn detect(magic: Magic, header: &PcapHeader, order: Order, window: &mut Window<'_>) -> Self {
        let lengths = match (header.version_major, header.version_minor) {
            (2, 0..=2) | (543, _) => Lengths::OriginalFirst,
            (2, 3) => Lengths::Unclear,
            _ => Lengths::CapturedFirst,
        };
        let extra = match magic.family {
            Family::Modified => {
                // No default among these two: the one with fewer oddities.
                let mut oddities = |extra| Self { extra, lengths }.oddities(header, order, window);
                if oddities(Extra::KuznetzovCounters) < oddities(Extra::Kuznetzov) {
                    Extra::KuznetzovCounters
                } else {
                    Extra::Kuznetzov
                }
            }
            Family::Common if lengths == Lengths::CapturedFirst => [Extra::Nothing, Extra::Kuznetzov, Extra::Nokia]
                .into_iter()
                .find(|&extra| Self { extra, lengths }.oddities(header, order, window) == 0)
                .unwrap_or(Extra::Nothing),
            Family::Common | Family::Fixed => Extra::Nothing,
        };
        Self { extra, lengths }
    }

    /// Counts implausible fields in the first records, read as this variant.
    fn oddities(self, header: &PcapHeader, order: Order, window: &mut Window<'_>) -> u32 {
        let limit = LinkType::from_pcap(header).largest_capture();
        let mut oddities = 0;
        let mut at = 0;
        for _ in 0..RECORDS_TRIED {
            let record = at;
            at += self.header_length();
            if window.ensure(at) == Supply::Short {
                return oddities + u32::from(window.available().len() > record);
            }
            let bytes = window.available().get(record..).unwrap_or_default();
            let field = |index: usize| order.u32(bytes, index * 4).unwrap_or_default();
            let captured = field(2);
            oddities += u32::from(field(1) >= 1_000_000)
                + u32::from(captured > limit)
                + u32::from(captured > header.snaplen)
                + u32::from(field(3) > LARGEST_PLAUSIBLE)
                + u32::from(captured > field(3))
                + self.extra_oddities(order, bytes.get(16..).unwrap_or_default());
            if captured > limit {
                return oddities;
            }
            at += captured as usize;
            if at > BYTES_TRIED {
                return oddities;
            }
            if window.ensure(at) == Supply::Short {
                return oddities + 1;
            }
        }
        oddities
    }

    fn extra_oddities(self, order: Order, bytes: &[u8]) -> u32 {
        match self.extra {
            Extra::Nothing => 0,
            Extra::Nokia => {
                let stuff = order.u32(bytes, 0).unwrap_or_default();
                let plausible = stuff & 0x0fff_00f0 == 0x0fbf_0000
                    && matches!(stuff >> 28, 0x9 | 0xb)
                    && matches!(stuff >> 12 & 0xf, 0xb | 0xd)
                    && matches!(stuff >> 8 & 0xf, 0x6 | 0x9)
                    && matches!(stuff & 0xf, 1 | 2);
                u32::from(!plausible)
            }
            Extra::Kuznetzov | Extra::KuznetzovCounters => {
                let interface = order.u32(bytes, 0).unwrap_or_default();
                let protocol = order.u16(bytes, 4).unwrap_or_default();
                let packet_type = bytes.get(6).copied().unwrap_or_default();
                // An EtherType, or one of Linux's ETH_P_ values of the time.
                let known = matches!(protocol, 0x0600..|0x0060| 0x0200 | 0x0400 | 0..=0x17);
                u32::from(interface > 10_000) + u32::from(!known) + u32::from(packet_type > 4)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::reader::tests::check;
    use super::super::sample::{Sample, data};
    use super::*;

    /// Three records whose header has `extra` after the common fields.
    fn records(mut sample: Sample, extra: &[u8]) -> Sample {
        for number in 1..4 {
            sample = sample.record([1, 0, 60, 60], extra).raw(&data(number, 60));
        }
        sample
    }

    fn check_records(sample: &Sample) {
        let data = [data(1, 60), data(2, 60), data(3, 60)];
        check(
            sample,
            &[("1.000000000", 60, &data[0]), ("1.000000000", 60, &data[1]), ("1.000000000", 60, &data[2])],
            &[],
        );
    }

    #[test]
    fn patched_libpcaps_records_are_found() {
        let header = |magic| Sample::pcap(Order::Little, magic, (2, 4), 96, 1);
        check_records(&records(header(0xa1b2_cd34), b"\x02\0\0\0\0\x08\0\0"));
        check_records(&records(header(0xa1b2_cd34), b"\x02\0\0\0\0\x08\0\0\0\0\0\0"));
        check_records(&records(header(0xa1b2_c3d4), b"\x02\0\0\0\0\x08\0\0"));
        check_records(&records(header(0xa1b2_c3d4), b"\x01\xb6\xbf\x9f"));
        check_records(&records(header(0xa1b2_c3d4), b""));
        check_records(&records(header(0x1c00_01ab).raw(b"size"), b""));
    }

    #[test]
    fn the_lengths_were_once_in_the_other_order() {
        let of = |minor| Sample::pcap(Order::Big, 0xa1b2_c3d4, (2, minor), 96, 1).record([1, 0, 70, 3], b"abc");
        check(&of(2), &[("1.000000000", 70, b"abc")], &[]);
        check(&of(3), &[("1.000000000", 70, b"abc")], &[]);
    }

    #[test]
    fn aix_counts_nanoseconds_and_interface_types() {
        for order in [Order::Little, Order::Big] {
            let of = |kind| Sample::pcap(order, 0xa1b2_c3d4, (2, 2), 96, kind).record([5, 6, 70, 3], b"abc");
            let walked = check(&of(6), &[("5.000000006", 70, b"abc")], &[]);
            assert_eq!(walked.frames[0].3, Some(LinkType::ETHERNET));
            let walked = check(&of(1), &[("5.000006000", 70, b"abc")], &[]);
            assert_eq!(walked.frames[0].3, Some(LinkType::ETHERNET));
        }
    }

    #[test]
    fn damage_in_the_first_records_is_no_variant() {
        let sample = Sample::usual_pcap(Order::Little).usual_record(1, b"abc").record([9, 9, 0xffff_ffff, 9], b"rest");
        check(&sample, &[("1.000000000", 3, b"abc")], &["capture.damaged_record"]);
    }
}
