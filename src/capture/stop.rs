//! Why a walk over the frames ends before the end of the file.

use std::io::{self, ErrorKind};

use serde_json::Value;

use super::Compression;
use super::buffer::Window;
use crate::diagnostic::{Diagnostic, Severity};

/// What an input's failure can come from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Compression around the capture.
    pub(super) compression: Option<Compression>,
    /// The most bytes that are taken out of it.
    pub(super) largest_content: u64,
}

/// Why reading failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// The compressed data is cut or damaged.
    Damage,
    /// The compressed data has a property that is not supported.
    Unsupported,
    /// More comes out of the compressed data than was asked for.
    Limit,
    /// The system refused.
    System,
}

/// The end of a walk at damage.
#[derive(Debug)]
pub(super) enum Stop {
    /// The input ended inside the record or block that begins at `offset`.
    Cut {
        /// Offset in the uncompressed file, in bytes.
        offset: u64,
    },
    /// A section of the pcapng file has a version that cannot be read.
    Version {
        /// Offset of the section header, in bytes.
        offset: u64,
        /// Major version.
        major: u16,
        /// Minor version.
        minor: u16,
    },
    /// The bytes make no sense here.
    Damaged(Box<Diagnostic>),
}

impl Stop {
    /// Damage at the byte `offset` of the uncompressed file.
    pub(super) fn damaged(code: &'static str, offset: u64) -> Self {
        Self::Damaged(Box::new(Diagnostic::new(code, Severity::Error, None).with("offset", offset)))
    }

    /// The same with one more parameter.
    pub(super) fn with(self, name: &str, value: impl Into<Value>) -> Self {
        match self {
            Self::Damaged(diagnostic) => Self::Damaged(Box::new(diagnostic.with(name, value))),
            other => other,
        }
    }

    /// The diagnostic that tells of it; `frame` is the last frame that was read.
    pub(super) fn into_diagnostic(self, window: &Window<'_>, limits: &Limits, frame: Option<u64>) -> Diagnostic {
        let mut diagnostic = match self {
            Self::Damaged(diagnostic) => *diagnostic,
            Self::Version { offset, major, minor } => {
                Diagnostic::new("capture.unsupported_version", Severity::Error, None)
                    .with("offset", offset)
                    .with("version", format!("{major}.{minor}"))
            }
            Self::Cut { offset } => match window.failure() {
                Some(error) => told(error, limits).with("offset", offset),
                None => Diagnostic::new("capture.truncated_tail", Severity::Warning, None).with("offset", offset),
            },
        };
        diagnostic.frame = frame;
        diagnostic
    }
}

/// What a failed read says.
fn told(error: &io::Error, limits: &Limits) -> Diagnostic {
    let with_reason = |code| Diagnostic::new(code, Severity::Error, None).with("reason", error.to_string());
    match failure(error, limits) {
        Failure::System => with_reason("capture.read_failed"),
        Failure::Limit => {
            Diagnostic::new("capture.size_limit", Severity::Error, None).with("limit", limits.largest_content)
        }
        Failure::Damage if error.kind() == ErrorKind::UnexpectedEof => {
            Diagnostic::new("capture.truncated_tail", Severity::Warning, None).with("compressed", true)
        }
        Failure::Unsupported => with_reason("capture.unsupported_compression"),
        Failure::Damage => with_reason("capture.damaged_compression"),
    }
}

/// Whether `error` is the decoder's, the bound's or the system's.
pub(super) fn failure(error: &io::Error, limits: &Limits) -> Failure {
    match error.kind() {
        _ if limits.compression.is_none() => Failure::System,
        ErrorKind::UnexpectedEof | ErrorKind::InvalidData | ErrorKind::InvalidInput => Failure::Damage,
        ErrorKind::Unsupported => Failure::Unsupported,
        ErrorKind::FileTooLarge => Failure::Limit,
        _ => Failure::System,
    }
}
