//! `wirelab inspect`: the facts of a capture.

use std::collections::BTreeSet;
use std::io::{self, BufWriter, Write};

use anyhow::{Result, bail};

use super::args::{FrameList, InspectArguments, InspectFormat};
use super::lab::folder;
use super::{Outcome, input, inspect_json, inspect_text, message};
use crate::analysis::Survey;
use crate::capture::Source;
use crate::evidence;
use crate::lab::{self, Lab};
use crate::text::to_json;

pub(super) fn run(arguments: &InspectArguments, quiet: bool) -> Result<Outcome> {
    let lab = Lab::built_in(lab::DEFAULT)?;
    let source = input::open(&arguments.input)?;
    let survey = input::survey(source.as_ref(), &folder::preferences(&lab))?;
    let mut out = BufWriter::new(io::stdout().lock());
    match &arguments.frames {
        Some(frames) => print_frames(source.as_ref(), &survey, frames, arguments.format, &mut out)?,
        None => match arguments.format {
            InspectFormat::Json => inspect_json::analysis(&survey.analysis, &mut out)?,
            InspectFormat::Text => inspect_text::analysis(&survey.analysis, &mut out)?,
        },
    }
    out.flush()?;
    if let Some(limit_reached) = input::limit_reached(source.as_ref(), &survey).filter(|_| !quiet) {
        message(&limit_reached);
    }
    let outcome = Outcome::of(!survey.damaged);
    // The process ends here, and its memory with it: freeing what is kept of each message takes a twentieth of the time.
    std::mem::forget(survey);
    Ok(outcome)
}

fn print_frames(
    source: &dyn Source,
    survey: &Survey,
    list: &FrameList,
    format: InspectFormat,
    out: &mut impl Write,
) -> Result<()> {
    let wanted = wanted(list, survey.analysis.capture.frames)?;
    evidence::trees(source, survey, wanted.as_ref(), &mut |tree| -> Result<()> {
        match format {
            InspectFormat::Json => {
                serde_json::to_writer(&mut *out, &to_json(&tree)?)?;
                writeln!(out)?;
            }
            InspectFormat::Text => inspect_text::tree(&tree, out)?,
        }
        Ok(())
    })
}

/// The frames of a list; `None` for all.
fn wanted(list: &FrameList, last: u64) -> Result<Option<BTreeSet<u64>>> {
    let FrameList::Ranges(ranges) = list else { return Ok(None) };
    if let Some((_, beyond)) = ranges.iter().find(|(_, end)| *end > last) {
        bail!("there is no frame {beyond}: the last frame of the capture is {last}");
    }
    Ok(Some(ranges.iter().flat_map(|(first, end)| *first..=*end).collect()))
}
