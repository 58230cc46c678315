//! Report and lab to Markdown.

use std::fmt::Write as _;
use std::sync::Arc;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde_json::Value as Json;
use tera::{Context, Tera, Value};

use super::assets;
use super::error::RenderError;
use super::fault::{self, Names};
use super::figures::{FigureLinks, Figures};
use super::template::bounded::{self, LARGEST};
use super::template::facts::Facts;
use super::template::speech::{self, Medium, Speech};
use super::template::{escape, filters};
use crate::lab::{Lab, Lang, Place};

/// The report in Markdown (`CommonMark` with tables and a little HTML, as GitHub shows it).
///
/// `report` is the Report in JSON, `figures` are those drawn of it; `languages` are the report's, the main one first. Captured text in it shows and
/// never acts. Same input, same output.
///
/// # Errors
/// When the lab is broken: the message names its file and line. No Report makes a right lab fail.
pub fn markdown(
    report: &Json,
    lab: &Lab,
    languages: &[Lang],
    figures: &Figures,
    links: FigureLinks<'_>,
) -> Result<String, RenderError> {
    let written = write(report, lab, languages, figures, links, &mut Err)?;
    Ok(tidy(&written.text))
}

/// A report in Markdown, and its sections by the names of their files.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) text: String,
    pub(super) sections: Vec<(String, String)>,
}

/// As [`markdown`]. `failed` decides of a section that cannot be rendered: it is left out, or nothing is written.
pub(super) fn write(
    report: &Json,
    lab: &Lab,
    languages: &[Lang],
    figures: &Figures,
    links: FigureLinks<'_>,
    failed: &mut dyn FnMut(RenderError) -> Result<(), RenderError>,
) -> Result<Written, RenderError> {
    let main = languages.first().ok_or(RenderError::NoLanguage)?;
    let facts = Arc::new(Facts::new(report, zone(report, lab, main)));
    let report = speech::value(report)?;
    let speech = Arc::new(Speech::new(lab, languages, &report, &facts, Medium::Markdown)?);
    let mut tera = prepared(&facts, &speech, lab, figures, links);
    let added = tera.add_raw_templates(lab.templates_of("md"));
    added.map_err(|error| RenderError::Template(fault::faults(&error, &Names::of(lab, "md"))))?;

    let mut context = Context::new();
    context.insert_value("report", report);
    context.insert("lang", main.as_str());
    context.insert_value("lab", lab_facts(lab));
    context.insert_value("title", Value::safe_string(&speech::title(lab, languages)));

    let writer = Writer { lab, languages, tera: &tera, speech: &speech, context: &context };
    let mut sections = Vec::new();
    let mut bodies = Vec::new();
    let mut number = 0_u64;
    for name in &lab.manifest.sections {
        let body = match writer.section(name) {
            Ok(body) => body,
            Err(error) => {
                failed(error)?;
                continue;
            }
        };
        let body = body.trim();
        if body.is_empty() {
            continue;
        }
        let is_numbered = !lab.manifest.unnumbered.contains(name);
        number += u64::from(is_numbered);
        let mut section = tera::Map::new();
        section.insert("id".into(), Value::from(name.as_str()));
        section.insert("number".into(), if is_numbered { Value::from(number) } else { Value::none() });
        section.insert("body".into(), Value::safe_string(body));
        sections.push(Value::from(section));
        bodies.push((format!("sections/{name}.md"), body.to_owned()));
    }
    context.insert_value("sections", Value::from(sections));
    let _within = lab.at_work().at(Place::file("report.md"));
    let text = bounded::render(&tera, "report.md", &context, LARGEST)?;
    Ok(Written { text, sections: bodies })
}

/// Writes the sections of a report.
struct Writer<'r> {
    lab: &'r Lab,
    languages: &'r [Lang],
    tera: &'r Tera,
    speech: &'r Speech,
    context: &'r Context,
}

impl Writer<'_> {
    /// The body of a section: of its template in all languages; of one template for each language where the lab has any such.
    fn section(&self, name: &str) -> Result<String, RenderError> {
        let file = format!("sections/{name}.md");
        if self.languages.iter().all(|language| self.lab.section_in(name, language).is_none()) {
            if self.lab.template(&file).is_none() {
                let known: Vec<&str> = self.languages.iter().map(Lang::as_str).collect();
                return Err(RenderError::NoSection { file, languages: known.join("-") });
            }
            return self.render(self.tera, &file, self.context);
        }
        let mut body = String::new();
        for (place, language) in self.languages.iter().enumerate() {
            let own = self.lab.section_in(name, language);
            if own.is_none() && self.lab.template(&file).is_none() {
                continue;
            }
            let mut tera = self.tera.clone();
            Arc::new(self.speech.alone(language)).register(&mut tera);
            let mut context = self.context.clone();
            context.insert("lang", language.as_str());
            let text = self.render(&tera, own.as_deref().unwrap_or(&file), &context)?;
            if place == 0 {
                body.push_str(text.trim());
            } else if !text.trim().is_empty() {
                let tag = self.speech.tag(language);
                let _ = write!(body, "\n\n<div class=\"also\" lang=\"{tag}\">\n\n{}\n\n</div>\n", text.trim());
            }
        }
        Ok(body)
    }

    fn render(&self, tera: &Tera, file: &str, context: &Context) -> Result<String, RenderError> {
        let _within = self.lab.at_work().at(Place::file(file.to_owned()));
        bounded::render(tera, file, context, LARGEST)
    }
}

/// What templates see of their lab: `id`, and `required`, the parts of the evidence it asks for.
fn lab_facts(lab: &Lab) -> Value {
    let required = lab.manifest.evidence.required.iter().map(|part| Value::from(part.as_str()));
    let mut facts = tera::Map::new();
    facts.insert("id".into(), Value::from(lab.manifest.id.as_str()));
    facts.insert("required".into(), Value::from(required.collect::<Vec<_>>()));
    Value::from(facts)
}

/// An instance with the filters and functions that the templates of the report may use.
pub(super) fn prepared(
    facts: &Arc<Facts>,
    speech: &Arc<Speech>,
    lab: &Lab,
    figures: &Figures,
    links: FigureLinks<'_>,
) -> Tera {
    let mut tera = Tera::default();
    tera.set_escape_fn(escape::markdown);
    tera.autoescape_on([".md"]);
    filters::register(&mut tera, facts, Medium::Markdown);
    speech.register(&mut tera);
    figures.register(&mut tera, facts, links);
    assets::register(&mut tera, lab, links);
    tera
}

/// Whether `name` is a time zone that times can be printed in.
///
/// # Errors
/// When it is no IANA name.
pub fn check_time_zone(name: &str) -> Result<(), RenderError> {
    match TimeZoneDatabase::bundled().get(name) {
        Ok(_) => Ok(()),
        Err(_) => Err(RenderError::TimeZone { name: name.to_owned() }),
    }
}

/// The zone in which the report prints times: the Report's, else the lab's, else UTC.
fn zone(report: &Json, lab: &Lab, main: &Lang) -> TimeZone {
    let database = TimeZoneDatabase::bundled();
    let named = report.get("lab").and_then(|facts| facts.get("time_zone")).and_then(Json::as_str);
    [named.unwrap_or_default(), lab.time_zone(main)]
        .iter()
        .find_map(|name| database.get(name).ok())
        .unwrap_or(TimeZone::UTC)
}

/// Without spaces at line ends, and with at most one empty line between blocks.
fn tidy(text: &str) -> String {
    let mut tidied = String::with_capacity(text.len());
    let mut empty_lines = 0;
    for line in text.lines().map(str::trim_end) {
        if line.is_empty() {
            empty_lines += 1;
            continue;
        }
        if empty_lines > 0 && !tidied.is_empty() {
            tidied.push('\n');
        }
        empty_lines = 0;
        tidied.push_str(line);
        tidied.push('\n');
    }
    tidied
}
