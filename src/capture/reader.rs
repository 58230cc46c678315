//! Walking the frames of a capture.

use std::fmt;
use std::ops::Range;

use super::block;
use super::buffer::Window;
use super::compressed::{Input, decompress};
use super::error::CaptureError;
use super::facts::Facts;
use super::foreign;
use super::pcap::Pcap;
use super::pcap_variant::Magic;
use super::pcapng::Pcapng;
use super::stop::{self, Failure, Limits, Stop};
use super::{FileFacts, Format, LinkType, Source};
use crate::diagnostic::Diagnostic;
use crate::time::Timestamp;

/// One captured record.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// Number, from 1, as Wireshark counts.
    pub number: u64,
    /// When it was captured; `None` for simple packet blocks and for what is no packet.
    pub time: Option<Timestamp>,
    /// The captured bytes.
    pub data: &'a [u8],
    /// How many bytes were captured. `data` has all of them, but of records longer than 256 KiB only the beginning.
    pub captured_length: u32,
    /// Length on the wire in bytes; more than was captured if cut by a snap length.
    pub wire_length: u32,
    /// Index into [`FileFacts::interfaces`]; [`Frame::NO_INTERFACE`] for what is no packet.
    pub interface: u32,
    /// Link-layer header type of that interface; `None` for a block that Wireshark numbers as a frame but that holds no packet (custom,
    /// systemd journal, Sysdig event).
    pub link_type: Option<LinkType>,
}

impl Frame<'_> {
    /// [`Frame::interface`] of a record without one, which holds no packet.
    pub const NO_INTERFACE: u32 = u32::MAX;
}

/// The bytes of a record that are held. Only D-Bus, USB and EBHSCR records and what is no packet may be longer, and nothing in
/// those is dissected.
pub(super) const LARGEST_DATA: usize = 256 * 1024;

/// Where the bytes of a record are.
#[derive(Debug)]
pub(super) enum Data {
    /// This range of the window.
    InWindow(Range<usize>),
    /// Set aside by the window.
    Aside,
}

/// A record of either format.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) time: Option<Timestamp>,
    pub(super) data: Data,
    pub(super) captured_length: u32,
    pub(super) wire_length: u32,
    pub(super) interface: u32,
    pub(super) link_type: Option<LinkType>,
}

#[derive(Debug)]
enum Walk {
    Pcap(Pcap),
    Pcapng(Pcapng),
    Ended,
}

/// Wireshark shows no frame as longer than this.
const LARGEST_WIRE_LENGTH: u32 = i32::MAX.unsigned_abs();

/// A walk over the frames of a [`Source`], once, in file order.
pub struct Reader<'s> {
    window: Window<'s>,
    walk: Walk,
    facts: Facts,
    limits: Limits,
    frames: u64,
    damaged: bool,
}

impl<'s> Reader<'s> {
    /// Opens `source` and reads the file header. A pcapng file's interfaces become known as the walk comes to them.
    ///
    /// # Errors
    /// When the source cannot be read or is not a capture. A capture of which no frame can be read is no error here: it is
    /// [`damaged`](Self::damaged) and gives no frame.
    pub fn open(source: &'s dyn Source) -> Result<Self, CaptureError> {
        let name = source.name();
        let io = |reason| CaptureError::Io { name: name.to_owned(), reason };
        let bytes = source.open().map_err(io)?;
        let input = Input { bytes, size: source.size(), largest_content: source.largest_content() };
        let (input, compression) = decompress(input).map_err(io)?;
        let limits = Limits { compression, largest_content: source.largest_content() };
        let mut window = Window::new(input);
        window.ensure(foreign::LONGEST_MAGIC);
        let format = if Magic::of(window.available()).is_some() { Format::Pcap } else { Format::Pcapng };
        let mut facts = Facts::new(format, compression);
        match Self::open_format(name, &mut window, &mut facts) {
            Ok(walk) => Ok(Self { window, walk, facts, limits, frames: 0, damaged: false }),
            // A header that was not read wholly says less than why it was not.
            Err(error) => Err(match window.take_failure() {
                None => error,
                Some(reason) => match stop::failure(&reason, &limits) {
                    Failure::Damage => CaptureError::DamagedCompression { name: name.to_owned(), reason },
                    Failure::Unsupported => CaptureError::UnsupportedCompression { name: name.to_owned(), reason },
                    Failure::Limit => CaptureError::TooLarge { name: name.to_owned(), limit: limits.largest_content },
                    Failure::System => io(reason),
                },
            }),
        }
    }

    fn open_format(name: &str, window: &mut Window<'_>, facts: &mut Facts) -> Result<Walk, CaptureError> {
        if let Some(magic) = Magic::of(window.available()) {
            let (pcap, interface) = Pcap::open(name, magic, window)?;
            facts.file.interfaces.push(interface);
            return Ok(Walk::Pcap(pcap));
        }
        if block::begins_section(window.available()) {
            return Ok(Walk::Pcapng(Pcapng::open(name, window, facts)?));
        }
        Err(foreign::not_a_capture(name, window.available()))
    }

    /// The next frame, `None` at the end or where the file is damaged (then a diagnostic says so).
    pub fn next_frame(&mut self) -> Option<Frame<'_>> {
        let next = match &mut self.walk {
            Walk::Pcap(pcap) => pcap.next(&mut self.window),
            Walk::Pcapng(pcapng) => pcapng.next(&mut self.window, &mut self.facts),
            Walk::Ended => return None,
        };
        match next {
            Ok(Some(record)) => {
                self.frames += 1;
                if record.captured_length as usize > LARGEST_DATA {
                    self.facts.note_long(self.frames);
                }
                Some(Frame {
                    number: self.frames,
                    time: record.time,
                    data: match record.data {
                        Data::InWindow(range) => self.window.slice(range),
                        Data::Aside => self.window.aside(),
                    },
                    captured_length: record.captured_length,
                    wire_length: record.wire_length.min(LARGEST_WIRE_LENGTH),
                    interface: record.interface,
                    link_type: record.link_type,
                })
            }
            Ok(None) => {
                self.walk = Walk::Ended;
                self.facts.finish();
                None
            }
            Err(why) => {
                self.end_at(why);
                None
            }
        }
    }

    /// What the file says of itself, as far as it has been read.
    #[must_use]
    pub fn facts(&self) -> &FileFacts {
        &self.facts.file
    }

    /// What was odd in the file, as far as it has been read.
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.facts.diagnostics
    }

    /// Whether the walk ended before the end of the file: it is cut or damaged, and the last diagnostic says where.
    #[must_use]
    pub fn damaged(&self) -> bool {
        self.damaged
    }

    /// Bytes walked over up to now, in the uncompressed file.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        self.window.position()
    }

    fn end_at(&mut self, why: Stop) {
        self.walk = Walk::Ended;
        self.damaged = true;
        self.facts.finish();
        let last_frame = (self.frames > 0).then_some(self.frames);
        self.facts.diagnostics.push(why.into_diagnostic(&self.window, &self.limits, last_frame));
    }
}

impl fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("facts", &self.facts)
            .field("frames", &self.frames)
            .field("position", &self.window.position())
            .field("damaged", &self.damaged)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::capture::Bytes;
    use crate::capture::compressed;
    use crate::capture::order::Order;
    use crate::capture::sample::{Sample, data};

    /// What a walk gave: of each frame its time, wire length, interface, link type and bytes.
    pub(in crate::capture) struct Walked {
        pub(in crate::capture) frames: Vec<(String, u32, u32, Option<LinkType>, Vec<u8>)>,
        pub(in crate::capture) facts: FileFacts,
        /// Codes of the diagnostics.
        pub(in crate::capture) codes: Vec<&'static str>,
        pub(in crate::capture) damaged: bool,
    }

    pub(in crate::capture) fn walk(bytes: &[u8]) -> Result<Walked, CaptureError> {
        let source = Bytes { name: "test", data: bytes };
        let mut reader = Reader::open(&source)?;
        let mut frames = Vec::new();
        while let Some(frame) = reader.next_frame() {
            assert_eq!(frame.number, frames.len() as u64 + 1);
            let time = frame.time.map(|time| time.to_string()).unwrap_or_default();
            frames.push((time, frame.wire_length, frame.interface, frame.link_type, frame.data.to_vec()));
        }
        assert!(reader.next_frame().is_none());
        let codes = reader.diagnostics().iter().map(|diagnostic| diagnostic.code).collect();
        Ok(Walked { frames, facts: reader.facts().clone(), codes, damaged: reader.damaged() })
    }

    /// Frames, codes and damage of a file.
    pub(in crate::capture) fn check(sample: &Sample, frames: &[(&str, u32, &[u8])], codes: &[&str]) -> Walked {
        let walked = walk(&sample.bytes).unwrap();
        let found = walked.frames.iter().map(|(time, wire, _, _, data)| (time.as_str(), *wire, data.as_slice()));
        assert_eq!(found.collect::<Vec<_>>(), frames);
        assert_eq!(walked.codes, codes);
        walked
    }

    /// What is told of blocks that are passed over.
    const UNUSED: [&str; 2] = ["capture.name_resolution", "capture.decryption_secrets"];

    fn samples() -> Vec<Sample> {
        let mut samples = Vec::new();
        for order in [Order::Little, Order::Big] {
            samples.push((1..6).fold(Sample::usual_pcap(order), |sample, n| sample.usual_record(9, &data(n, n * 11))));
            samples.push(
                Sample::pcapng(order)
                    .interface(1, 0, &[(2, b"eth0"), (9, &[9])])
                    .enhanced(0, 5, &data(1, 61))
                    .block(4, &[0; 8])
                    .block(10, b"KSLT\x04\0\0\0keys")
                    .packet(3, &[30], &data(2, 30))
                    .section(order, &[])
                    .interface(101, 96, &[])
                    .packet(2, &[0, 0, 7, 13, 13], &data(3, 13))
                    .block(0xbad, b"\0\0\0\0abcdefgh")
                    .end_frame()
                    .enhanced(0, 5, &data(4, 0)),
            );
        }
        samples
    }

    #[test]
    fn a_cut_at_any_byte_keeps_the_whole_frames_before_it() {
        for sample in samples() {
            let whole = walk(&sample.bytes).unwrap();
            assert!(!whole.damaged && whole.codes.iter().all(|code| UNUSED.contains(code)));
            assert_eq!(whole.frames.len(), sample.frame_ends.len());
            for length in 0..sample.bytes.len() {
                let frames = sample.frame_ends.iter().filter(|end| **end <= length).count();
                match walk(&sample.bytes[..length]) {
                    Ok(cut) => {
                        assert_eq!(cut.frames, whole.frames[..frames]);
                        let odd: Vec<_> = cut.codes.iter().filter(|code| !UNUSED.contains(code)).collect();
                        assert_eq!(cut.damaged, !odd.is_empty());
                        assert!(odd.iter().all(|code| **code == "capture.truncated_tail"));
                    }
                    Err(error) => {
                        assert_eq!(frames, 0, "{error}");
                        assert!(matches!(error, CaptureError::NotACapture { .. } | CaptureError::CutHeader { .. }));
                    }
                }
            }
        }
    }

    #[test]
    fn any_byte_may_be_anything() {
        for sample in samples() {
            for position in 0..sample.bytes.len() {
                for value in [0, 1, 0x7f, 0x80, 0xff] {
                    let mut bytes = sample.bytes.clone();
                    bytes[position] = value;
                    let _ = walk(&bytes);
                }
            }
        }
    }

    #[test]
    fn a_cut_compressed_file_keeps_the_frames_before() {
        for sample in samples() {
            let whole = walk(&sample.bytes).unwrap();
            for compression in compressed::tests::ALL {
                let stored = compressed::tests::compress(compression, &sample.bytes);
                let read = walk(&stored).unwrap();
                assert_eq!(read.facts.compression, Some(compression));
                assert_eq!((&read.frames, &read.codes, read.damaged), (&whole.frames, &whole.codes, false));
                for length in 0..stored.len() {
                    if let Ok(cut) = walk(&stored[..length]) {
                        assert!(whole.frames.starts_with(&cut.frames));
                        assert!(cut.damaged || cut.frames.len() < whole.frames.len());
                    }
                }
            }
        }
    }

    /// A file of which no more than `most` bytes may be taken out.
    struct Bounded<'a> {
        data: &'a [u8],
        most: u64,
    }

    impl Source for Bounded<'_> {
        fn name(&self) -> &'static str {
            "bounded"
        }
        fn size(&self) -> u64 {
            self.data.len() as u64
        }
        fn largest_content(&self) -> u64 {
            self.most
        }
        fn open(&self) -> std::io::Result<Box<dyn std::io::Read + '_>> {
            Ok(Box::new(self.data))
        }
    }

    #[test]
    fn no_more_than_asked_is_taken_out_of_a_compressed_file() {
        let sample = (1..5).fold(Sample::usual_pcap(Order::Little), |sample, n| sample.usual_record(1, &data(n, 84)));
        for compression in compressed::tests::ALL {
            let stored = compressed::tests::compress(compression, &sample.bytes);
            let walk = |most| {
                let source = Bounded { data: &stored, most };
                let mut reader = Reader::open(&source).map_err(|error| error.to_string())?;
                while reader.next_frame().is_some() {}
                Ok::<_, String>((reader.frames, reader.damaged(), reader.diagnostics().last().cloned()))
            };
            assert_eq!(walk(424), Ok((4, false, None)));
            for (most, frames) in [(423, 3), (324, 3), (323, 2), (24, 0)] {
                let (read, damaged, last) = walk(most).unwrap();
                let last = last.unwrap();
                assert_eq!((read, damaged, last.code), (frames, true, "capture.size_limit"));
                assert_eq!(last.params["limit"], most);
            }
            assert!(walk(20).unwrap_err().contains("--max-size"));
        }
        assert!(!walk(&sample.bytes).unwrap().damaged);
        let plain = Bounded { data: &sample.bytes, most: 30 };
        let mut reader = Reader::open(&plain).unwrap();
        while reader.next_frame().is_some() {}
        assert!(!reader.damaged(), "a plain file is read to its end");
    }

    #[test]
    fn a_frame_with_too_large_a_window_ends_the_walk_and_is_no_damage() {
        let sample = Sample::usual_pcap(Order::Little).usual_record(1, b"abc");
        // a frame's beginning: no size, a window of 128 MiB
        let frame = [0x28, 0xb5, 0x2f, 0xfd, 0, 17 << 3];
        let stored = compressed::tests::compress(crate::capture::Compression::Zstd, &sample.bytes);
        let walked = walk(&[&stored[..], &frame].concat()).unwrap();
        assert_eq!((walked.frames.len(), walked.codes), (1, vec!["capture.unsupported_compression"]));
        let refused = walk(&frame).err().unwrap().to_string();
        assert!(refused.contains("134217728 bytes") && refused.contains("unpack it"), "{refused}");
    }

    #[test]
    fn of_long_records_only_the_beginning_is_held() {
        let long = vec![7; 300_000];
        let custom = [&[0; 4][..], &long].concat();
        let usb = Sample::pcap(Order::Little, 0xa1b2_c3d4, (2, 4), 0, 249).usual_record(1, &long).usual_record(2, b"x");
        let mixed = Sample::pcapng(Order::Little)
            .interface(249, 0, &[])
            .enhanced(0, 0, &vec![7; 3_000_000])
            .block(0xbad, &custom)
            .end_frame()
            .enhanced(0, 0, b"x");
        for (sample, count) in [(usb, 1), (mixed, 2)] {
            let source = Bytes { name: "test", data: &sample.bytes };
            let mut reader = Reader::open(&source).unwrap();
            for _ in 0..count {
                let frame = reader.next_frame().unwrap();
                assert_eq!(frame.data, &long[..LARGEST_DATA]);
                assert!(frame.captured_length >= 300_000 && frame.captured_length == frame.wire_length);
            }
            assert_eq!(reader.next_frame().unwrap().data, b"x");
            assert!(reader.next_frame().is_none() && !reader.damaged());
            let [note] = reader.diagnostics() else { panic!("{:?}", reader.diagnostics()) };
            assert_eq!(
                (note.code, note.frame, &note.params["frames"]),
                ("capture.long_record", Some(1), &count.into())
            );
        }
    }

    #[test]
    fn blocks_that_are_not_used_are_named() {
        for order in [Order::Little, Order::Big] {
            let secrets = |kind: u32| Sample::new(order).n32(&[kind, 0]).bytes;
            let sample = Sample::pcapng(order)
                .interface(1, 0, &[])
                .block(4, &[0; 4])
                .block(4, &[0; 4])
                .block(10, &secrets(0x544c_534b))
                .block(10, &secrets(1))
                .block(10, &[])
                .enhanced(0, 0, b"x");
            let source = Bytes { name: "test", data: &sample.bytes };
            let mut reader = Reader::open(&source).unwrap();
            while reader.next_frame().is_some() {}
            let told = reader
                .diagnostics()
                .iter()
                .map(|told| (told.code, &told.params["blocks"], told.params.get("protocol")));
            let told: Vec<_> =
                told.map(|(code, blocks, of)| (code, blocks.as_u64(), of.and_then(|of| of.as_str()))).collect();
            assert_eq!(
                told,
                [
                    ("capture.name_resolution", Some(2), None),
                    ("capture.decryption_secrets", Some(1), Some("tls")),
                    ("capture.decryption_secrets", Some(2), Some("unknown")),
                ]
            );
        }
    }

    #[test]
    fn the_last_diagnostic_says_where_and_after_which_frame() {
        let sample = Sample::usual_pcap(Order::Little).usual_record(1, &data(1, 20)).raw(b"tail");
        let source = Bytes { name: "test", data: &sample.bytes };
        let mut reader = Reader::open(&source).unwrap();
        while reader.next_frame().is_some() {}
        let last = reader.diagnostics().last().unwrap();
        assert_eq!((last.code, last.frame), ("capture.truncated_tail", Some(1)));
        assert_eq!(last.params["offset"], 60);
        assert_eq!(reader.bytes_read(), 60);
    }

    #[test]
    fn a_source_that_fails_is_told_apart_from_a_damaged_one() {
        struct Failing;
        impl std::io::Read for Failing {
            fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                Err(std::io::Error::other("disk on fire"))
            }
        }
        struct Broken(Vec<u8>);
        impl Source for Broken {
            fn name(&self) -> &'static str {
                "broken.pcap"
            }
            fn size(&self) -> u64 {
                0
            }
            fn open(&self) -> std::io::Result<Box<dyn std::io::Read + '_>> {
                use std::io::Read;
                Ok(Box::new(self.0.chain(Failing)))
            }
        }
        let error = Reader::open(&Broken(Vec::new())).unwrap_err();
        assert_eq!(error.to_string(), "cannot read broken.pcap: disk on fire");
        let broken = Broken(Sample::usual_pcap(Order::Big).usual_record(1, &data(1, 20)).bytes);
        let mut reader = Reader::open(&broken).unwrap();
        assert!(reader.next_frame().is_some());
        assert!(reader.next_frame().is_none());
        assert!(reader.damaged());
        assert_eq!(reader.diagnostics()[0].code, "capture.read_failed");
    }

    #[test]
    fn damage_of_gzip_is_told_apart_from_damage_of_the_capture() {
        use std::io::Write;
        let sample = (0..9).fold(Sample::usual_pcap(Order::Little), |sample, n| sample.usual_record(1, &data(n, 90)));
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(&sample.bytes).unwrap();
        let good = encoder.finish().unwrap();
        let mut bad_checksum = good.clone();
        let checksum = good.len() - 8;
        bad_checksum[checksum] ^= 1;
        let walked = walk(&bad_checksum).unwrap();
        assert_eq!((walked.frames.len(), walked.codes), (9, vec!["capture.damaged_compression"]));
        let walked = walk(&good[..good.len() - 1]).unwrap();
        assert_eq!((walked.frames.len(), walked.codes), (9, vec!["capture.truncated_tail"]));
        assert!(matches!(walk(&good[..13]), Err(CaptureError::DamagedCompression { .. })));
    }
}
