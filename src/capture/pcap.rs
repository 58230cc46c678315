//! libpcap's classic format: a file header, then records of a header and the captured bytes.
//!
//! Follows draft-ietf-opsawg-pcap and, where files in the field differ from it, Wireshark 4.0: a captured length above the
//! snap length or the original length is taken as it is, and so is a fraction of a second that is a whole second or more.

use pcap_file::Endianness;
use pcap_file::pcap::{PcapParser, PcapTsResolution};

use super::buffer::{Supply, Window};
use super::error::CaptureError;
use super::order::Order;
use super::pcap_variant::{Magic, Variant, aix_link_type};
use super::reader::{Data, LARGEST_DATA, Record};
use super::stop::Stop;
use super::{Interface, LinkType};
use crate::time::Timestamp;

/// Bytes of the file header.
const FILE_HEADER: usize = 24;

/// A walk over the records of a pcap file.
#[derive(Debug)]
pub(super) struct Pcap {
    order: Order,
    variant: Variant,
    nanos_per_unit: u64,
    link_type: LinkType,
    largest_capture: u32,
}

/// What every record header begins with.
#[derive(Debug, Clone, Copy)]
struct Header {
    seconds: u32,
    fraction: u32,
    captured: u32,
    original: u32,
}

impl Pcap {
    /// Reads the file header that begins with `magic`; gives the walk and its one interface.
    pub(super) fn open(name: &str, magic: Magic, window: &mut Window<'_>) -> Result<(Self, Interface), CaptureError> {
        let length = FILE_HEADER + magic.extra_header;
        let whole = window.ensure(length) == Supply::Full;
        let parser = whole.then(|| magic.standardise(window.available())).flatten();
        let Some(parser) = parser.and_then(|header| PcapParser::new(&header).ok().map(|(_, parser)| parser)) else {
            return Err(CaptureError::CutHeader { name: name.to_owned(), format: "pcap" });
        };
        window.consume(length);
        let header = parser.header();
        if header.version_major < 2 {
            let (major, minor) = (header.version_major, header.version_minor);
            return Err(CaptureError::UnsupportedVersion { name: name.to_owned(), format: "pcap", major, minor });
        }
        let aix = aix_link_type(&header);
        let link_type = aix.unwrap_or_else(|| LinkType::from_pcap(&header));
        let order = match header.endianness {
            Endianness::Little => Order::Little,
            Endianness::Big => Order::Big,
        };
        let nanos_per_unit = match header.ts_resolution {
            PcapTsResolution::MicroSecond if aix.is_none() => 1000,
            PcapTsResolution::MicroSecond | PcapTsResolution::NanoSecond => 1,
        };
        let variant = Variant::detect(magic, &header, order, window);
        let largest_capture = link_type.largest_capture();
        let snap_length = (header.snaplen != 0).then_some(header.snaplen);
        let interface = Interface::of_pcap(link_type, snap_length);
        Ok((Self { order, variant, nanos_per_unit, link_type, largest_capture }, interface))
    }

    /// The next record; `None` at the end of the file.
    pub(super) fn next(&self, window: &mut Window<'_>) -> Result<Option<Record>, Stop> {
        let offset = window.position();
        let header = match self.whole_record(window.available()) {
            Some(header) => header,
            None => match self.fetch(window)? {
                Some(header) => header,
                None => return Ok(None),
            },
        };
        self.check(&header, offset)?;
        let header_length = self.variant.header_length();
        let length = header_length + header.captured as usize;
        let data = if header.captured as usize <= LARGEST_DATA {
            let whole = window.consume(length);
            Data::InWindow(whole.start + header_length..whole.end)
        } else if window.set_aside(header_length..header_length + LARGEST_DATA, length as u64) == Supply::Full {
            Data::Aside
        } else {
            return Err(Stop::Cut { offset });
        };
        Ok(Some(Record {
            time: Some(self.time(&header)),
            data,
            captured_length: header.captured,
            wire_length: header.original,
            interface: 0,
            link_type: Some(self.link_type),
        }))
    }

    /// The header of the record that `bytes` begins with, if they hold all of it.
    fn whole_record(&self, bytes: &[u8]) -> Option<Header> {
        let header = self.header(bytes)?;
        (bytes.len() >= self.variant.header_length() + header.captured as usize).then_some(header)
    }

    fn header(&self, bytes: &[u8]) -> Option<Header> {
        let field = |index: usize| self.order.u32(bytes, index * 4);
        let (captured, original) = self.variant.lengths.sorted(field(2)?, field(3)?);
        Some(Header { seconds: field(0)?, fraction: field(1)?, captured, original })
    }

    /// Reads on until what is held of the next record is there; `None` at the end of the file.
    fn fetch(&self, window: &mut Window<'_>) -> Result<Option<Header>, Stop> {
        let offset = window.position();
        let header_length = self.variant.header_length();
        if window.ensure(header_length) == Supply::Short {
            return if window.available().is_empty() && window.failure().is_none() {
                Ok(None)
            } else {
                Err(Stop::Cut { offset })
            };
        }
        let header = self.header(window.available()).ok_or(Stop::Cut { offset })?;
        self.check(&header, offset)?;
        match window.ensure(header_length + LARGEST_DATA.min(header.captured as usize)) {
            Supply::Full => Ok(Some(header)),
            Supply::Short => Err(Stop::Cut { offset }),
        }
    }

    fn check(&self, header: &Header, offset: u64) -> Result<(), Stop> {
        if header.captured <= self.largest_capture {
            return Ok(());
        }
        Err(Stop::damaged("capture.damaged_record", offset)
            .with("captured_length", header.captured)
            .with("limit", self.largest_capture))
    }

    fn time(&self, header: &Header) -> Timestamp {
        Timestamp::new(header.seconds.into(), u64::from(header.fraction) * self.nanos_per_unit)
    }
}

#[cfg(test)]
mod tests {
    use super::super::reader::tests::{check, walk};
    use super::super::sample::Sample;
    use super::*;

    const BOTH: [Order; 2] = [Order::Little, Order::Big];

    #[test]
    fn micro_and_nanoseconds_in_both_byte_orders() {
        for order in BOTH {
            let of = |magic| Sample::pcap(order, magic, (2, 4), 96, 113).record([2, 345, 3, 70], b"abc");
            let walked = check(&of(0xa1b2_c3d4), &[("2.000345000", 70, b"abc")], &[]);
            assert_eq!(walked.frames[0].3, Some(LinkType::LINUX_SLL));
            assert_eq!(walked.facts.interfaces[0].snap_length, Some(96));
            check(&of(0xa1b2_3c4d), &[("2.000000345", 70, b"abc")], &[]);
        }
    }

    #[test]
    fn odd_fields_are_taken_as_they_are() {
        for order in BOTH {
            // snap length 0, captured above original, a second and a half of microseconds, seconds above 2³¹
            let sample = Sample::pcap(order, 0xa1b2_c3d4, (2, 4), 0, 1)
                .record([1, 5, 4, 2], b"abcd")
                .record([1, 1_500_000, 0, 0xffff_ffff], b"")
                .record([0xffff_ffff, 0, 1, 1], b"x");
            let walked = check(
                &sample,
                &[("1.000005000", 2, b"abcd"), ("2.500000000", 0x7fff_ffff, b""), ("4294967295.000000000", 1, b"x")],
                &[],
            );
            assert_eq!(walked.facts.interfaces[0].snap_length, None);
        }
    }

    #[test]
    fn flags_above_the_link_type_are_no_part_of_it() {
        let sample = Sample::pcap(Order::Big, 0xa1b2_c3d4, (2, 4), 96, 0x2400_0001).usual_record(1, b"abc");
        assert_eq!(walk(&sample.bytes).unwrap().frames[0].3, Some(LinkType::ETHERNET));
    }

    #[test]
    fn a_record_above_the_limit_ends_the_walk() {
        let sample = Sample::usual_pcap(Order::Little).usual_record(1, b"abc").record([1, 0, 262_145, 262_145], b"x");
        assert!(check(&sample, &[("1.000000000", 3, b"abc")], &["capture.damaged_record"]).damaged);
        let large = vec![7; 262_145];
        let bus = Sample::pcap(Order::Little, 0xa1b2_c3d4, (2, 4), 0, 231).usual_record(1, &large);
        let walked = check(&bus, &[("1.000000000", 262_145, &large[..262_144])], &["capture.long_record"]);
        assert!(!walked.damaged);
    }

    #[test]
    fn a_file_without_records_is_whole() {
        assert!(!check(&Sample::usual_pcap(Order::Little), &[], &[]).damaged);
    }

    #[test]
    fn an_old_version_is_refused() {
        let error = walk(&Sample::pcap(Order::Little, 0xa1b2_c3d4, (1, 4), 96, 1).bytes).err().unwrap();
        assert!(error.to_string().starts_with("test: pcap version 1.4 in the file header is not supported"), "{error}");
    }

    #[test]
    fn records_longer_than_the_window_are_whole() {
        let sample =
            (0..12).fold(Sample::usual_pcap(Order::Little), |sample, n| sample.usual_record(1, &vec![n; 250_000]));
        let walked = walk(&sample.bytes).unwrap();
        assert!(walked.frames.iter().zip(0..).all(|(frame, n)| frame.4 == vec![n; 250_000]));
        assert_eq!(walked.frames.len(), 12);
    }
}
