//! Walking the frames of a capture.

use super::{FileFacts, LinkType, Source};
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

/// A walk over the frames of a [`Source`], once, in file order.
pub struct Reader<'s> {
    source: &'s dyn Source,
}

impl<'s> Reader<'s> {
    /// Opens `source` and reads up to the first frame.
    ///
    /// # Errors
    /// When the source cannot be read or is not a capture.
    pub fn open(source: &'s dyn Source) -> Result<Self, CaptureError> {
        Ok(Self { source })
    }

    /// The next frame, `None` at the end or where the file is damaged (then a diagnostic says so).
    pub fn next_frame(&mut self) -> Option<Frame<'_>> {
        None
    }

    /// What the file says of itself, as far as it has been read.
    pub fn facts(&self) -> &FileFacts {
        unimplemented!()
    }

    /// What was odd in the file, as far as it has been read.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &[]
    }
}
