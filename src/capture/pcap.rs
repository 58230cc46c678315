//! libpcap's classic format: a file header, then records of a header and the captured bytes.
//!
//! Follows draft-ietf-opsawg-pcap and, where files in the field differ from it, Wireshark 4.0: a captured length above the
//! snap length or the original length is taken as it is, and so is a fraction of a second that is a whole second or more.

use pcap_file::Endianness;
use pcap_file::pcap::{PcapParser, PcapTsResolution};

use super::buffer::{Supply, Window};
use super::order::Order;
use super::pcap_variant::{Magic, Variant};
use super::reader::{CaptureError, Record};
use super::stop::Stop;
use super::{Interface, LinkType};
use crate::time::Timestamp;

/// Bytes of the file header.
const FILE_HEADER: usize = 24;

/// A walk over the records of a pcap file.
#[derive(Debug)]
pub(super) struct Pcap {
    parser: PcapParser,
    order: Order,
    variant: Variant,
    nanos_per_unit: i64,
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
            let length = window.available().len();
            return Err(CaptureError::CutHeader { name: name.to_owned(), format: "pcap", length });
        };
        window.consume(length);
        let header = parser.header();
        if header.version_major < 2 {
            let (major, minor) = (header.version_major, header.version_minor);
            return Err(CaptureError::UnsupportedVersion { name: name.to_owned(), format: "pcap", major, minor });
        }
        let link_type = LinkType::from_pcap(&header);
        let order = match header.endianness {
            Endianness::Little => Order::Little,
            Endianness::Big => Order::Big,
        };
        let nanos_per_unit = match header.ts_resolution {
            PcapTsResolution::MicroSecond => 1000,
            PcapTsResolution::NanoSecond => 1,
        };
        let variant = Variant::detect(magic, &header, order, window);
        let largest_capture = link_type.largest_capture();
        let snap_length = (header.snaplen != 0).then_some(header.snaplen);
        let interface = Interface::of_pcap(link_type, snap_length);
        Ok((Self { parser, order, variant, nanos_per_unit, link_type, largest_capture }, interface))
    }

    /// The next record; `None` at the end of the file.
    pub(super) fn next(&self, window: &mut Window<'_>) -> Result<Option<Record>, Stop> {
        let offset = window.position();
        let header = match self.whole_record(window.available()) {
            Some(header) => header,
            None if self.fetch(window)? => self.whole_record(window.available()).ok_or(Stop::Cut { offset })?,
            None => return Ok(None),
        };
        self.check(&header, offset)?;
        let header_length = self.variant.header_length();
        let whole = window.consume(header_length + header.captured as usize);
        Ok(Some(Record {
            time: Some(self.time(&header)),
            data: whole.start + header_length..whole.end,
            wire_length: header.original,
            interface: 0,
            link_type: self.link_type,
        }))
    }

    /// The header of the record that `bytes` begins with, if they hold all of it.
    fn whole_record(&self, bytes: &[u8]) -> Option<Header> {
        if self.variant == Variant::STANDARD {
            let (_, raw) = self.parser.next_raw_packet(bytes).ok()?;
            let (seconds, fraction, captured, original) = (raw.ts_sec, raw.ts_frac, raw.incl_len, raw.orig_len);
            return Some(Header { seconds, fraction, captured, original });
        }
        let header = self.header(bytes)?;
        (bytes.len() >= self.variant.header_length() + header.captured as usize).then_some(header)
    }

    fn header(&self, bytes: &[u8]) -> Option<Header> {
        let field = |index: usize| self.order.u32(bytes, index * 4);
        let (captured, original) = self.variant.lengths.sorted(field(2)?, field(3)?);
        Some(Header { seconds: field(0)?, fraction: field(1)?, captured, original })
    }

    /// Reads on until the next record is whole; false at the end of the file.
    fn fetch(&self, window: &mut Window<'_>) -> Result<bool, Stop> {
        let offset = window.position();
        let header_length = self.variant.header_length();
        if window.ensure(header_length) == Supply::Short {
            return if window.available().is_empty() && window.failure().is_none() {
                Ok(false)
            } else {
                Err(Stop::Cut { offset })
            };
        }
        let header = self.header(window.available()).ok_or(Stop::Cut { offset })?;
        self.check(&header, offset)?;
        match window.ensure(header_length + header.captured as usize) {
            Supply::Full => Ok(true),
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
        let nanos = i64::from(header.seconds) * 1_000_000_000 + i64::from(header.fraction) * self.nanos_per_unit;
        Timestamp::from_nanos(nanos.into())
    }
}
