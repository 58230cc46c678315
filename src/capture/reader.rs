//! Walking the frames of a capture.

use std::fmt;
use std::ops::Range;

use super::buffer::{Supply, Window};
use super::compressed::decompress;
use super::facts::Facts;
use super::foreign;
use super::pcap::Pcap;
use super::pcap_variant::Magic;
use super::pcapng::Pcapng;
use super::stop::Stop;
use super::{FileFacts, Format, LinkType, Source};
use crate::diagnostic::Diagnostic;
use crate::time::Timestamp;

/// Why no frame of a file can be read.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// The bytes could not be read.
    #[error("cannot read {name}: {source}")]
    Io {
        /// The file.
        name: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is something else.
    #[error("{name} is not a capture file: it looks like {looks_like} (first bytes: {first_bytes}); {remedy}")]
    NotACapture {
        /// The file.
        name: String,
        /// What its first bytes say, with an article.
        looks_like: &'static str,
        /// The first bytes in hexadecimal.
        first_bytes: String,
        /// What to do.
        remedy: &'static str,
    },
    /// A version of the format that cannot be read.
    #[error(
        "{name}: {format} version {major}.{minor} at byte 4 is not supported; open it in Wireshark and save it as pcapng"
    )]
    UnsupportedVersion {
        /// The file.
        name: String,
        /// `pcap` or `pcapng`.
        format: &'static str,
        /// Major version.
        major: u16,
        /// Minor version.
        minor: u16,
    },
    /// The file ends in its header or the header makes no sense.
    #[error(
        "{name}: the {format} file header at byte 0 is cut or damaged ({length} bytes); copy or record the file again"
    )]
    CutHeader {
        /// The file.
        name: String,
        /// `pcap` or `pcapng`.
        format: &'static str,
        /// Bytes that could be read.
        length: usize,
    },
}

/// One captured record.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// Number, from 1, as Wireshark counts.
    pub number: u64,
    /// When it was captured; `None` for simple packet blocks.
    pub time: Option<Timestamp>,
    /// The captured bytes.
    pub data: &'a [u8],
    /// Length on the wire in bytes; more than `data.len()` if cut by a snap length.
    pub wire_length: u32,
    /// Index into [`FileFacts::interfaces`].
    pub interface: u32,
    /// Link-layer header type of that interface.
    pub link_type: LinkType,
}

impl Frame<'_> {
    /// [`Frame::interface`] of a record without one ([`LinkType::NOT_A_PACKET`]).
    pub const NO_INTERFACE: u32 = u32::MAX;
}

/// A record of either format, its bytes as a range of the window.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) time: Option<Timestamp>,
    pub(super) data: Range<usize>,
    pub(super) wire_length: u32,
    pub(super) interface: u32,
    pub(super) link_type: LinkType,
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
    frames: u64,
    damaged: bool,
}

impl<'s> Reader<'s> {
    /// Opens `source` and reads up to the first frame.
    ///
    /// # Errors
    /// When the source cannot be read or is not a capture. A capture of which no frame can be read is no error here: it is
    /// [`damaged`](Self::damaged) and gives no frame.
    pub fn open(source: &'s dyn Source) -> Result<Self, CaptureError> {
        let name = source.name();
        let io = |source| CaptureError::Io { name: name.to_owned(), source };
        let (input, compression) = source.open().and_then(decompress).map_err(io)?;
        let mut window = Window::new(input);
        if window.ensure(foreign::LONGEST_MAGIC) == Supply::Short
            && window.available().is_empty()
            && let Some(source) = window.take_failure()
        {
            return Err(io(source));
        }
        let (walk, facts) = if let Some(magic) = Magic::of(window.available()) {
            let mut facts = Facts::new(Format::Pcap, compression);
            let (pcap, interface) = Pcap::open(name, magic, &mut window)?;
            facts.file.interfaces.push(interface);
            (Walk::Pcap(pcap), facts)
        } else if Pcapng::recognises(window.available()) {
            let mut facts = Facts::new(Format::Pcapng, compression);
            (Walk::Pcapng(Pcapng::open(name, &mut window, &mut facts)?), facts)
        } else {
            return Err(foreign::not_a_capture(name, window.available()));
        };
        Ok(Self { window, walk, facts, frames: 0, damaged: false })
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
                Some(Frame {
                    number: self.frames,
                    time: record.time,
                    data: self.window.slice(record.data),
                    wire_length: record.wire_length.min(LARGEST_WIRE_LENGTH),
                    interface: record.interface,
                    link_type: record.link_type,
                })
            }
            Ok(None) => {
                self.walk = Walk::Ended;
                None
            }
            Err(stop) => {
                self.end_at(stop);
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

    fn end_at(&mut self, stop: Stop) {
        self.walk = Walk::Ended;
        self.damaged = true;
        let last_frame = (self.frames > 0).then_some(self.frames);
        self.facts.diagnostics.push(stop.into_diagnostic(&self.window, last_frame));
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
