//! `wirelab report`: the lab report of a capture.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::args::{ReportArguments, ReportFormat};
use super::destination::{Destination, FigureFolder};
use super::guard::Guard;
use super::lab::folder;
use super::output::Output;
use super::{Outcome, input, message, open, output, own_json};
use crate::capture::CaptureError;
use crate::lab::{Lab, Lang};
use crate::render::{self, FigureLinks, Figures, Origin, mark_figure, mark_markdown, mark_page};
use crate::report::{self, Request, model::LabFacts, model::Report, model::Student};
use crate::text::to_json;

pub(super) fn run(arguments: &ReportArguments, quiet: bool, guard: &Guard) -> Result<Outcome> {
    let lab = folder::open(&arguments.lab)?;
    let languages = Lang::list(&arguments.lang)?;
    for language in &languages {
        lab.wording(language)?;
    }
    let destination = Destination::resolve(arguments)?;
    let page = page_to_open(arguments, &destination)?;
    let default_zone = languages.first().map_or("UTC", |language| lab.time_zone(language));
    let time_zone = arguments.time_zone.clone().unwrap_or_else(|| default_zone.to_owned());
    render::check_time_zone(&time_zone)?;

    let source = input::open(&arguments.input)?;
    let survey = input::survey(source.as_ref(), &folder::preferences(&lab))
        .map_err(|error| hint_for_markdown(&arguments.input.capture, error))?;
    let request = Request {
        filter: arguments.choice.filter(),
        preferences: folder::preferences(&lab),
        required: folder::required(&lab),
        lab: LabFacts { id: lab.manifest.id.clone(), hosts: lab.manifest.hosts.clone(), time_zone },
        student: Student {
            id: arguments.student_id.clone(),
            name: arguments.student_name.clone(),
            class: arguments.class.clone(),
        },
        show_secrets: arguments.show_secrets,
    };
    let report = report::build(source.as_ref(), &survey, request.clone()).with_context(|| source.name().to_owned())?;
    let (documents, texts) = guard.watch(&arguments.lab, &lab, || -> Result<_> {
        let documents = Documents::new(&report, &lab, &languages, &destination)?;
        let texts = destination.formats().iter().map(|format| documents.text(*format)).collect::<Result<Vec<_>>>()?;
        Ok((documents, texts))
    })?;
    let is_own = |there: &[u8]| own_json::is_own(there, source.as_ref(), &survey, &request, &report);
    let mut outputs = Vec::new();
    for (format, text) in destination.formats().iter().zip(texts) {
        match destination.path(*format) {
            None => io::stdout().lock().write_all(text.as_bytes())?,
            Some(path) => {
                let makes_folder = destination.makes_folder();
                outputs.push(Output { path, content: text.into_bytes(), makes_folder, is_named: true });
            }
        }
    }
    outputs.extend(documents.figure_files());
    output::write(&outputs, &arguments.input.capture, arguments.writing.force, &is_own)?;
    if let Some(limit_reached) = input::limit_reached(source.as_ref(), &survey).filter(|_| !quiet) {
        message(&limit_reached);
    }
    if !quiet && !report.evidence.complete {
        message(&missing_evidence(&report));
    }
    if let Some(failed) = page.and_then(|page| open::open(&page)) {
        message(&failed);
    }
    Ok(Outcome::of(report.evidence.complete))
}

/// The page that `--open` is to open.
fn page_to_open(arguments: &ReportArguments, destination: &Destination) -> Result<Option<PathBuf>> {
    if !arguments.writing.open {
        return Ok(None);
    }
    let page = destination.path(ReportFormat::Html).filter(|_| destination.formats().contains(&ReportFormat::Html));
    match page {
        Some(page) => Ok(Some(page)),
        None => bail!("--open needs a page in a file: write one with --format html, and not to -o -"),
    }
}

/// A Markdown file that is given in place of a capture is probably a report that is to become a page.
fn hint_for_markdown(capture: &Path, error: anyhow::Error) -> anyhow::Error {
    let is_refused = matches!(error.downcast_ref(), Some(CaptureError::NotACapture { .. }));
    let ending = capture.extension().unwrap_or_default();
    if is_refused && ending.eq_ignore_ascii_case(ReportFormat::Md.extension()) {
        let name = capture.display();
        return anyhow::anyhow!(
            "{name} is Markdown, not a capture; `wirelab render {name}` makes the page of a report"
        );
    }
    error
}

/// A report in all the forms in which it can be written.
struct Documents<'a> {
    json: serde_json::Value,
    lab: &'a Lab,
    origin: Origin,
    figures: Figures,
    markdown: String,
    /// Where the Markdown finds its figures, if it is written.
    figure_folder: Option<FigureFolder>,
}

impl<'a> Documents<'a> {
    fn new(report: &Report, lab: &'a Lab, languages: &[Lang], destination: &Destination) -> Result<Self> {
        let json = to_json(report)?;
        let figures = render::draw(report, lab, languages)?;
        let has = |format| destination.formats().contains(&format);
        let figure_folder = destination.figures().filter(|_| has(ReportFormat::Md));
        let links = match &figure_folder {
            Some(folder) => FigureLinks::Folder(&folder.link),
            None if has(ReportFormat::Md) => FigureLinks::Text,
            // The page has the figures in it: where a Markdown would find them does not show.
            None => FigureLinks::Folder("report-figures"),
        };
        let markdown = if has(ReportFormat::Md) || has(ReportFormat::Html) {
            render::markdown(&json, lab, languages, &figures, links)?
        } else {
            String::new()
        };
        let origin = Origin {
            lab: Some(lab.manifest.id.clone()),
            languages: languages.to_vec(),
            capture: Some(report.sha256.clone()),
        };
        Ok(Self { json, lab, origin, figures, markdown, figure_folder })
    }

    fn text(&self, format: ReportFormat) -> Result<String> {
        Ok(match format {
            ReportFormat::Md => mark_markdown(&self.origin, &self.markdown),
            ReportFormat::Html => {
                let page = render::page(&self.markdown, self.lab, &self.origin.languages, &self.figures)?;
                mark_page(&self.origin, &page)
            }
            ReportFormat::Json => own_json::text(&self.json)?,
        })
    }

    /// The figures and the lab's pictures beside the Markdown.
    fn figure_files(&self) -> Vec<Output> {
        let Some(folder) = &self.figure_folder else { return Vec::new() };
        let output =
            |name: &str, content| Output { path: folder.path.join(name), content, makes_folder: true, is_named: false };
        let figures = self.figures.iter().map(|(name, figure)| {
            output(&format!("{name}.svg"), mark_figure(&self.origin, &figure.file(self.lab)).into_bytes())
        });
        let assets = render::shown_assets(&self.markdown, self.lab).into_iter();
        let assets = assets.filter_map(|name| Some(output(name, self.lab.asset(name)?.to_vec())));
        figures.chain(assets).collect()
    }
}

/// Which of the lab's evidence is not in the capture.
fn missing_evidence(report: &Report) -> String {
    let evidence = &report.evidence;
    let parts = [
        (evidence.handshake, "handshake"),
        (evidence.request, "request"),
        (evidence.response, "response"),
        (evidence.close, "close"),
    ];
    let missing: Vec<&str> = parts.iter().filter(|(there, _)| !there).map(|(_, name)| *name).collect();
    format!("the capture lacks: {}; the report says how to record it", missing.join(", "))
}
