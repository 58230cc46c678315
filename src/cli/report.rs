//! `wirelab report`: the lab report of a capture.

use anyhow::{Context, Result};

use super::args::{ReportArguments, ReportFormat};
use super::output::{Destination, Document};
use super::{Outcome, input, message};
use crate::lab::{Lab, Languages};
use crate::render;
use crate::report::{self, Request, model::LabFacts, model::Report, model::Student};
use crate::text::to_json;

pub(super) fn run(arguments: &ReportArguments, quiet: bool) -> Result<Outcome> {
    let lab = Lab::open(&arguments.lab)?;
    let languages: Languages = arguments.lang.parse()?;
    lab.check_languages(&languages)?;
    let destination = Destination::resolve(arguments)?;
    let time_zone = match &arguments.time_zone {
        Some(zone) => zone.clone(),
        None => lab.time_zone(languages.first()).to_owned(),
    };
    render::check_time_zone(&time_zone)?;

    let source = input::open(&arguments.capture)?;
    let survey = input::survey(source.as_ref(), &lab.preferences())?;
    let request = Request {
        filter: arguments.choice.filter(),
        preferences: lab.preferences(),
        lab: LabFacts { id: lab.id().to_owned(), hosts: lab.hosts().to_vec(), time_zone },
        student: Student {
            id: arguments.student_id.clone(),
            name: arguments.student_name.clone(),
            class: arguments.class.clone(),
        },
    };
    let report = report::build(source.as_ref(), &survey, request).with_context(|| source.name().to_owned())?;
    let documents = documents(&report, &lab, &languages, destination.formats())?;
    for written in destination.write(documents)? {
        message(&format!("wrote {}", written.display()));
    }
    if !quiet && !report.evidence.complete {
        message(&missing_evidence(&report));
    }
    Ok(Outcome::of(report.evidence.complete))
}

fn documents(report: &Report, lab: &Lab, languages: &Languages, formats: &[ReportFormat]) -> Result<Vec<Document>> {
    let json = to_json(report)?;
    let markdown = if formats.iter().all(|format| *format == ReportFormat::Json) {
        String::new()
    } else {
        render::markdown(&json, lab, languages)?
    };
    let document = |format: &ReportFormat| -> Result<Document> {
        let text = match format {
            ReportFormat::Md => markdown.clone(),
            ReportFormat::Html => render::page(&markdown, &json, lab, languages)?,
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
