//! Runs wirelab.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::process;

/// What `wirelab inspect` said of a capture.
#[derive(Debug)]
pub(crate) struct Inspection {
    pub(crate) code: i32,
    /// The Analysis; `None` when nothing was printed.
    pub(crate) analysis: Option<Value>,
    /// The field trees, one JSON object a line.
    pub(crate) trees: Vec<u8>,
}

/// The program to test: `WIRELAB_BIN`, else the one that cargo built.
pub(crate) fn program() -> Option<PathBuf> {
    let chosen = std::env::var_os("WIRELAB_BIN").map(PathBuf::from);
    chosen.or_else(|| option_env!("CARGO_BIN_EXE_wirelab").map(PathBuf::from))
}

/// Inspects a capture, twice: the Analysis and all field trees. `Err` says why there is no answer.
pub(crate) fn inspect(program: &Path, capture: &Path, limit: Duration) -> Result<Inspection, String> {
    let start = || {
        let mut command = Command::new(program);
        command.arg("inspect").arg(capture);
        command
    };
    let analysis = process::run(start().args(["--format", "json"]), limit)?;
    let code = analysis.code;
    if !(0..=2).contains(&code) {
        return Err(format!("inspect ended with {code}: {}", analysis.stderr));
    }
    let parsed = match serde_json::from_slice(&analysis.stdout) {
        Ok(value) => Some(value),
        Err(_) if analysis.stdout.is_empty() => None,
        Err(error) => return Err(format!("inspect printed no JSON: {error}")),
    };
    let trees = process::run(start().args(["--frames", "all", "--format", "json"]), limit)?;
    if !(0..=2).contains(&trees.code) {
        return Err(format!("inspect --frames ended with {}: {}", trees.code, trees.stderr));
    }
    Ok(Inspection { code, analysis: parsed, trees: trees.stdout })
}
