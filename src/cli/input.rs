//! Opening what the command line names.

use std::io::{self, ErrorKind};
use std::path::Path;

use anyhow::{Result, anyhow, bail};

use super::args::{ByteCount, InputArguments};
use crate::analysis::{self, Survey};
use crate::capture::Source;
use crate::diagnostic::Diagnostic;
use crate::files::{FileSource, Spooled};
use crate::select::Preferences;

/// What to do when there is more than is read.
const LARGER: &str = "read more with a larger --max-size";

/// Opens a capture file, or standard input for `-`.
pub(super) fn open(arguments: &InputArguments) -> Result<Box<dyn Source>> {
    let InputArguments { capture: path, max_size: ByteCount(largest) } = arguments;
    if path == Path::new("-") {
        let spooled = Spooled::copy_up_to(*largest, io::stdin().lock()).map_err(|error| {
            let remedy =
                if error.kind() == ErrorKind::FileTooLarge { LARGER } else { "save it to a file and give the file" };
            anyhow!("cannot read standard input: {error}; {remedy}")
        })?;
        return Ok(Box::new(spooled));
    }
    let source = FileSource::open_up_to(*largest, path).map_err(|error| {
        let remedy = match error.kind() {
            ErrorKind::NotFound => "check its name and folder",
            ErrorKind::PermissionDenied => "ask for the right to read it, or copy it to a folder of yours",
            ErrorKind::IsADirectory => "give a file in it",
            ErrorKind::FileTooLarge => LARGER,
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
        let remedy = if survey.ended_at_limit() { LARGER } else { "copy or record the file again" };
        bail!("{}: no frame could be read ({why}); {remedy}", source.name());
    }
    Ok(survey)
}

/// What to say of a capture that holds more than was asked for.
pub(super) fn limit_reached(source: &dyn Source, survey: &Survey) -> Option<String> {
    let (name, largest, frames) = (source.name(), source.largest_content(), survey.analysis.capture.frames);
    let message = format!("{name}: {largest} bytes were read, up to frame {frames}, and there are more; {LARGER}");
    survey.ended_at_limit().then_some(message)
}

fn params(diagnostic: &Diagnostic) -> String {
    let params: Vec<String> = diagnostic.params.iter().map(|(name, value)| format!("{name}={value}")).collect();
    params.join(" ")
}
