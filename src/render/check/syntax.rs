//! What the template engine refuses: syntax, and filters, functions, components and templates that do not exist.

use std::sync::Arc;

use serde_json::Value as Json;
use tera::{ErrorKind, Tera};

use super::problem::Problem;
use crate::lab::{Lab, Lang};
use crate::render::fault::{self, Fault, Names};
use crate::render::figures::{FigureLinks, Figures};
use crate::render::template::facts::Facts;
use crate::render::template::speech::{Medium, Speech};
use crate::render::{markdown, page};

/// The problems of a lab's templates and sentences.
pub(super) fn check(lab: &Lab) -> Vec<Problem> {
    let facts = Arc::new(Facts::new(&Json::Null, jiff::tz::TimeZone::UTC));
    let mut faults = Vec::new();
    for language in &lab.manifest.languages {
        faults.extend(Speech::faults(lab, language, &facts));
    }
    let first: Vec<Lang> = lab.manifest.languages.iter().take(1).cloned().collect();
    if let Ok(speech) = Speech::unchecked(lab, &first, &facts, Medium::Markdown) {
        let speech = Arc::new(speech);
        let tera = markdown::prepared(&facts, &speech, lab, &Figures::default(), FigureLinks::Text);
        faults.extend(templates(lab, "md", &tera));
    }
    if let Ok(speech) = Speech::unchecked(lab, &first, &facts, Medium::Page) {
        faults.extend(templates(lab, "html", &page::prepared(&Arc::new(speech))));
    }
    faults.into_iter().map(Problem::from).collect()
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self { file: fault.file, line: fault.line, message: fault.message }
    }
}

/// The faults of all templates of an ending: first what each says by itself, then what it asks of others.
fn templates(lab: &Lab, ending: &str, tera: &Tera) -> Vec<Fault> {
    let names = Names::of(lab, ending);
    let mut faults = Vec::new();
    let mut texts: Vec<(&str, &str)> = lab.templates_of(ending).collect();
    let mut broken = false;
    for (name, text) in &mut texts {
        let Err(error) = Tera::default().add_raw_template(name, text) else { continue };
        if matches!(error.kind(), ErrorKind::SyntaxError(_)) {
            faults.extend(fault::faults(&error, &names));
            *text = "";
            broken = true;
        }
    }
    // The engine tells of one such error at a time: go on without the template that it names.
    for _ in 0..texts.len() {
        let Err(error) = tera.clone().add_raw_templates(texts.iter().copied()) else { break };
        let mut found = fault::faults(&error, &names);
        let blamed = match error.kind() {
            ErrorKind::MissingParent { current: name, .. }
            | ErrorKind::CircularExtend { tpl: name, .. }
            | ErrorKind::CircularInclude { tpl: name, .. } => texts.iter_mut().find(|(known, _)| known == name),
            _ => None,
        };
        // What a broken template defines is not missing.
        found.retain(|fault| !broken || !is_of_others(fault, &names));
        for fault in &mut found {
            place_parent(fault, lab);
        }
        faults.extend(found);
        let Some((_, text)) = blamed else { break };
        *text = "";
        broken = true;
    }
    faults
}

/// Whether a fault is that another template does not define what it does define.
fn is_of_others(fault: &Fault, names: &Names<'_>) -> bool {
    let name = fault.message.split('`').nth(1).unwrap_or_default();
    fault.message.contains(" has no block `")
        || (fault.message.starts_with("there is no component `") && names.components.contains(&name))
}

/// Gives a fault without a line that of the tag which names the other template.
fn place_parent(fault: &mut Fault, lab: &Lab) {
    if fault.line.is_some() {
        return;
    }
    let lines = lab.template(&fault.file).unwrap_or_default().lines();
    let is_tag = |line: &str| line.contains("{% extends") || line.contains("{%- extends") || line.contains("include");
    fault.line = lines.zip(1..).find(|(line, _)| is_tag(line)).map(|(_, number)| number);
}
