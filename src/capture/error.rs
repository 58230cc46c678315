//! Why a file is refused.

/// Why no frame of a file can be read.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// The bytes could not be read.
    #[error("cannot read {name}: {reason}")]
    Io {
        /// The file.
        name: String,
        /// What the system said.
        reason: std::io::Error,
    },
    /// The compressed data around the capture is damaged from its beginning on.
    #[error(
        "{name}: the compressed data is cut or damaged before the first frame ({reason}); copy or record the file again"
    )]
    DamagedCompression {
        /// The file.
        name: String,
        /// What the decoder said.
        reason: std::io::Error,
    },
    /// The compressed data has a property that is not supported.
    #[error("{name}: the compressed data cannot be read here: {reason}; unpack it and give the capture file inside")]
    UnsupportedCompression {
        /// The file.
        name: String,
        /// What the decoder said.
        reason: std::io::Error,
    },
    /// Not even the file header may be taken out of the compressed data.
    #[error(
        "{name}: the compressed file holds more than {limit} bytes, and they do not show a frame; allow more with --max-size"
    )]
    TooLarge {
        /// The file.
        name: String,
        /// The most bytes that were to be taken out.
        limit: u64,
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
    #[error("{name}: {format} version {major}.{minor} in the file header is not supported; record the capture again")]
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
    #[error("{name}: the {format} file header at byte 0 is cut or damaged; copy or record the file again")]
    CutHeader {
        /// The file.
        name: String,
        /// `pcap` or `pcapng`.
        format: &'static str,
    },
}
