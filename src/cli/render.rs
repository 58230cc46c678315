//! `wirelab render`: the page of a report whose Markdown a student filled in.

use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::args::{RenderArguments, ReportFormat};
use super::guard::Guard;
use super::lab::folder;
use super::output::Output;
use super::{Outcome, added, message, open, output};
use crate::files;
use crate::lab::{self, Lab, Lang};
use crate::render::{Mark, Origin, filled_page, mark_page, read_mark, without_mark};

/// Largest Markdown: many times what `report` writes and a student adds. What is larger is no report.
const LARGEST: u64 = 4 << 20;

/// What to do about a file that is no report.
const GIVE: &str = "give the .md file that `wirelab report` wrote";

/// Languages of a report that does not say any.
const LANGUAGES: &str = "zh-en";

/// Things left out that are named one by one.
const MOST_NAMED: usize = 20;

pub(super) fn run(arguments: &RenderArguments, quiet: bool, guard: &Guard) -> Result<Outcome> {
    let name = arguments.report.display();
    let target = target(arguments)?;
    if arguments.writing.open && target.is_none() {
        bail!("--open needs a page in a file: leave out -o -");
    }
    let markdown = read(&arguments.report)?;
    let mark = read_mark(&markdown);
    let lab = lab_of(arguments, mark.as_ref())?;
    let languages = languages_of(&lab, mark.as_ref())?;
    if !quiet && mark.is_none() {
        let languages: Vec<&str> = languages.iter().map(Lang::as_str).collect();
        let (lab, languages) = (&lab.manifest.id, languages.join("-"));
        message(&format!("{name} has no mark of wirelab; taken for a report of the lab {lab} in {languages}"));
    }
    let folder = arguments.report.parent().unwrap_or(Path::new(""));
    let added = added::read(&markdown, folder);
    let lab_name = arguments.lab.as_deref().unwrap_or(&lab.manifest.id);
    let page = guard
        .watch(lab_name, &lab, || {
            filled_page(&without_mark(&markdown), &lab, &languages, &added.figures, &added.pictures)
        })
        .with_context(|| name.to_string())?;
    let capture = mark.and_then(|mark| mark.origin.capture);
    let origin = Origin { lab: Some(lab.manifest.id.clone()), languages, capture };
    let text = mark_page(&origin, &page);
    match &target {
        None => io::stdout().lock().write_all(text.as_bytes())?,
        Some(path) => {
            let makes_folder = is_folder(arguments.output.as_deref());
            let page = Output { path: path.clone(), content: text.into_bytes(), makes_folder, is_named: true };
            output::write(&[page], &arguments.report, arguments.writing.force, &|_| false)?;
        }
    }
    for (line, left_out) in added.left_out.iter().take(MOST_NAMED) {
        message(&format!("{name}:{line}: {left_out}"));
    }
    if let Some(more) = added.left_out.len().checked_sub(MOST_NAMED).filter(|more| *more > 0) {
        message(&format!("{name}: {more} more are left out"));
    }
    if let Some(path) = target.filter(|_| arguments.writing.open)
        && let Some(failed) = open::open(&path)
    {
        message(&failed);
    }
    Ok(Outcome::of(added.left_out.is_empty()))
}

/// The file of the page; none for standard output.
fn target(arguments: &RenderArguments) -> Result<Option<PathBuf>> {
    let beside = arguments.report.with_extension(ReportFormat::Html.extension());
    let Some(output) = &arguments.output else { return Ok(Some(beside)) };
    if output == Path::new("-") {
        return Ok(None);
    }
    if is_folder(Some(output)) {
        let name = beside.file_name().with_context(|| format!("{} is no file", arguments.report.display()))?;
        return Ok(Some(output.join(name)));
    }
    Ok(Some(output.clone()))
}

fn is_folder(output: Option<&Path>) -> bool {
    output.is_some_and(|output| files::is_folder(output) || super::destination::ends_with_separator(output))
}

fn read(path: &Path) -> Result<String> {
    let name = path.display();
    if files::is_folder(path) {
        bail!("{name} is a folder; {GIVE}");
    }
    let bytes = match files::read_up_to(LARGEST, path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::FileTooLarge => {
            bail!("{name}: {error}; {GIVE}, with pictures in files beside it")
        }
        Err(error) => return Err(error).with_context(|| format!("cannot read {name}")),
    };
    let text = match files::text(bytes) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::InvalidData => bail!("{name}: {error}, or {GIVE}"),
        Err(error) => return Err(error).with_context(|| format!("cannot read {name}")),
    };
    let beginning: String = text.trim_start().chars().take(14).collect();
    if beginning.eq_ignore_ascii_case("<!doctype html") {
        bail!("{name} is a page already; {GIVE}");
    }
    if text.trim().is_empty() {
        bail!("{name} is empty; {GIVE}");
    }
    Ok(text)
}

/// The lab that was asked for, else that of the mark. A mark names no folder: it may be anybody's text.
fn lab_of(arguments: &RenderArguments, mark: Option<&Mark>) -> Result<Lab> {
    if let Some(name) = &arguments.lab {
        return folder::open(name);
    }
    let Some((id, line)) = mark.and_then(|mark| Some((mark.origin.lab.as_deref()?, mark.line))) else {
        return Ok(Lab::built_in(lab::DEFAULT)?);
    };
    if !Lab::built_in_ids().any(|known| known == id) {
        let name = arguments.report.display();
        bail!(
            "{name}:{line}: the report was made with the lab `{id}`, which is not built in; give its folder with --lab"
        );
    }
    Ok(Lab::built_in(id)?)
}

fn languages_of(lab: &Lab, mark: Option<&Mark>) -> Result<Vec<Lang>> {
    let languages = mark.map(|mark| mark.origin.languages.clone()).filter(|languages| !languages.is_empty());
    let languages = match languages {
        Some(languages) => languages,
        None => Lang::list(LANGUAGES)?,
    };
    for language in &languages {
        lab.wording(language)?;
    }
    Ok(languages)
}
