//! `wirelab report`: the lab report of a capture.

use std::io::{self, Write};

use anyhow::{Context, Result};

use super::args::{ReportArguments, ReportFormat};
use super::output::{Destination, Document};
use super::{Outcome, input, labs, message};
use crate::lab::{Lab, Lang};
use crate::render::{self, FigureLinks};
use crate::report::{self, Request, model::LabFacts, model::Report, model::Student};
use crate::text::to_json;

pub(super) fn run(arguments: &ReportArguments, quiet: bool) -> Result<Outcome> {
    let lab = labs::open(&arguments.lab)?;
    let languages = Lang::list(&arguments.lang)?;
    for language in &languages {
        lab.wording(language)?;
    }
    let destination = Destination::resolve(arguments)?;
    let default_zone = languages.first().map_or("UTC", |language| lab.time_zone(language));
    let time_zone = arguments.time_zone.clone().unwrap_or_else(|| default_zone.to_owned());
    render::check_time_zone(&time_zone)?;

    let source = input::open(&arguments.capture)?;
    let survey = input::survey(source.as_ref(), &labs::preferences(&lab))?;
    let request = Request {
        filter: arguments.choice.filter(),
        preferences: labs::preferences(&lab),
        required: labs::required(&lab),
        lab: LabFacts { id: lab.manifest.id.clone(), hosts: lab.manifest.hosts.clone(), time_zone },
        student: Student {
            id: arguments.student_id.clone(),
            name: arguments.student_name.clone(),
            class: arguments.class.clone(),
        },
    };
    let report = report::build(source.as_ref(), &survey, request).with_context(|| source.name().to_owned())?;
    let documents = documents(&report, &lab, &languages, destination.formats())?;
    let mut out = io::stdout().lock();
    for written in destination.write(documents)? {
        writeln!(out, "{}", written.display())?;
    }
    if !quiet && !report.evidence.complete {
        message(&missing_evidence(&report));
    }
    Ok(Outcome::of(report.evidence.complete))
}

fn documents(report: &Report, lab: &Lab, languages: &[Lang], formats: &[ReportFormat]) -> Result<Vec<Document>> {
    let json = to_json(report)?;
    let figures = render::draw(report, lab, languages)?;
    let markdown = if formats.iter().all(|format| *format == ReportFormat::Json) {
        String::new()
    } else {
        render::markdown(&json, lab, languages, &figures, FigureLinks::Text)?
    };
    let document = |format: &ReportFormat| -> Result<Document> {
        let text = match format {
            ReportFormat::Md => markdown.clone(),
            ReportFormat::Html => render::page(&markdown, lab, languages, &figures)?,
            ReportFormat::Json => serde_json::to_string_pretty(&json)? + "\n",
        };
        Ok(Document { format: *format, text })
    };
    formats.iter().map(document).collect()
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
