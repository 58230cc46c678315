//! What was odd in a capture without stopping its reading.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

/// How much a diagnostic matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing; nothing is missing because of it.
    Info,
    /// Something could not be read or followed as captured.
    Warning,
    /// Reading stopped here: the file is damaged.
    Error,
}

/// What a limit left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct LeftOut {
    /// The frame of the first of it.
    first: Option<u64>,
    count: u64,
}

impl LeftOut {
    /// Counts one more, in this frame.
    pub(crate) fn note(&mut self, frame: u64) {
        self.first.get_or_insert(frame);
        self.count += 1;
    }

    /// The diagnostic, with the count as the parameter `counted`; `None` if nothing was left out.
    pub(crate) fn diagnostic(self, code: &'static str, counted: &str) -> Option<Diagnostic> {
        let first = self.first?;
        Some(Diagnostic::new(code, Severity::Warning, Some(first)).with(counted, self.count))
    }
}

/// One observation about bytes that are not as they should be. Bad bytes are never an `Err`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Diagnostic {
    /// A stable code, `stage.what`; all are listed in `docs/diagnostics.md`.
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// The frame concerned, or `null` for the file as a whole.
    pub frame: Option<u64>,
    /// Values that belong to the code.
    pub params: Map<String, Value>,
}

impl Diagnostic {
    /// A diagnostic without parameters.
    #[must_use]
    pub fn new(code: &'static str, severity: Severity, frame: Option<u64>) -> Self {
        Self { code, severity, frame, params: Map::new() }
    }

    /// The same with one more parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.params.insert(name.to_owned(), value.into());
        self
    }
}
