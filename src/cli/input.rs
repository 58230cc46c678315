//! Opening what the command line names.

use std::io::{self, ErrorKind};
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};

use crate::analysis::{self, Survey};
use crate::capture::Source;
use crate::diagnostic::Diagnostic;
use crate::files::{FileSource, Spooled};
use crate::select::Preferences;

/// Opens a capture file, or standard input for `-`.
pub(super) fn open(path: &Path) -> Result<Box<dyn Source>> {
    if path == Path::new("-") {
        let spooled = Spooled::copy(io::stdin().lock()).context("cannot read standard input")?;
        return Ok(Box::new(spooled));
    }
    let source = FileSource::open(path).map_err(|error| {
        let remedy = match error.kind() {
            ErrorKind::NotFound => "check its name and folder",
            ErrorKind::PermissionDenied => "ask for the right to read it, or copy it to a folder of yours",
            ErrorKind::IsADirectory => "give a file in it",
            _ => "copy the file to this computer and try again",
        };
        anyhow!("cannot open {}: {error}; {remedy}", path.display())
    })?;
    Ok(Box::new(source))
}

/// Pass 1 over a capture; an error if the file is damaged and no frame of it could be read.
pub(super) fn survey(source: &dyn Source, preferences: &Preferences) -> Result<Survey> {
    let survey = analysis::analyse(source, preferences)?;
    if survey.damaged && survey.analysis.capture.frames == 0 {
        let of_file = |diagnostic: &&Diagnostic| diagnostic.code.starts_with("capture.");
        let at = survey.analysis.diagnostics.iter().rev().find(of_file);
        let why = at.map_or_else(|| "the file is damaged".to_owned(), |at| format!("{} {}", at.code, params(at)));
        bail!("{}: no frame could be read ({why}); copy or record the file again", source.name());
    }
    Ok(survey)
}

fn params(diagnostic: &Diagnostic) -> String {
    let params: Vec<String> = diagnostic.params.iter().map(|(name, value)| format!("{name}={value}")).collect();
    params.join(" ")
}
