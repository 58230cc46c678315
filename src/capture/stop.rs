//! Why a walk over the frames ends before the end of the file.

use std::io::{self, ErrorKind};

use serde_json::Value;

use super::Compression;
use super::buffer::Window;
use crate::diagnostic::{Diagnostic, Severity};

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
    pub(super) fn into_diagnostic(
        self,
        window: &Window<'_>,
        compression: Option<Compression>,
        frame: Option<u64>,
    ) -> Diagnostic {
        let mut diagnostic = match self {
            Self::Damaged(diagnostic) => *diagnostic,
            Self::Version { offset, major, minor } => {
                Diagnostic::new("capture.unsupported_version", Severity::Error, None)
                    .with("offset", offset)
                    .with("version", format!("{major}.{minor}"))
            }
            Self::Cut { offset } => match window.failure() {
                Some(error) => failure(error, compression).with("offset", offset),
                None => Diagnostic::new("capture.truncated_tail", Severity::Warning, None).with("offset", offset),
            },
        };
        diagnostic.frame = frame;
        diagnostic
    }
}

/// What a failed read says: a compressed file that is cut or damaged, or the system's refusal.
fn failure(error: &io::Error, compression: Option<Compression>) -> Diagnostic {
    if !is_damaged_compression(error, compression) {
        return Diagnostic::new("capture.read_failed", Severity::Error, None).with("reason", error.to_string());
    }
    if error.kind() == ErrorKind::UnexpectedEof {
        return Diagnostic::new("capture.truncated_tail", Severity::Warning, None).with("compressed", true);
    }
    Diagnostic::new("capture.damaged_compression", Severity::Error, None).with("reason", error.to_string())
}

/// Whether `error` is the decoder's and not the system's.
pub(super) fn is_damaged_compression(error: &io::Error, compression: Option<Compression>) -> bool {
    compression.is_some()
        && matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::InvalidData | ErrorKind::InvalidInput)
}
