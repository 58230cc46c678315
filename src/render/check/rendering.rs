//! Renders a lab over samples: what cannot be rendered, and links and tags that lead nowhere.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use super::Trial;
use super::manifest::Manifest;
use super::problem::Problem;
use super::texts::Texts;
use super::word::Place;
use crate::lab::{Lab, Lang};
use crate::render::error::RenderError;
use crate::render::figures::{FigureLinks, draw};
use crate::render::{markdown, page};
use crate::report::model::Report;
use crate::text::to_json;

/// Where figures are said to be; what a report links to does not show on its page.
const FIGURES: &str = "report-figures";

/// What is rendered.
#[derive(Debug, Clone)]
pub struct Sample {
    /// What it is called in messages.
    pub name: String,
    /// Its Report, made for the lab.
    pub report: Report,
}

/// The combinations of languages that are rendered: each alone, and each as the first of a pair.
pub(super) fn combinations(languages: &[Lang]) -> Vec<Vec<Lang>> {
    let alone = languages.iter().map(|language| vec![language.clone()]);
    let next = languages.iter().cycle().skip(1);
    let pairs = languages.iter().zip(next).filter(|(first, second)| first != second);
    alone.chain(pairs.map(|(first, second)| vec![first.clone(), second.clone()])).collect()
}

/// What is wrong in any of the samples, each once. `known` are places that are problems already.
pub(super) fn check(
    lab: &Lab,
    written: Manifest<'_>,
    texts: &Texts<'_>,
    trial: &dyn Trial,
    samples: &[Sample],
    known: &[Problem],
) -> Vec<Problem> {
    let combinations = combinations(&lab.manifest.languages);
    let of_samples: Vec<Mutex<Found>> = samples.iter().map(|_| Mutex::default()).collect();
    trial.render(&lab.known_to_compile(), samples.len(), &|lab, number| {
        let (Some(sample), Some(found)) = (samples.get(number), of_samples.get(number)) else { return };
        let Ok(json) = to_json(&sample.report) else { return };
        let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
        for languages in &combinations {
            // What a page says itself, a pair says in both languages.
            let has_page = languages.len() > 1 || combinations.len() == 1;
            render(lab, sample, &json, languages, has_page, &mut found);
        }
    });
    let mut found = Found::default();
    for of_sample in of_samples {
        found.join(of_sample.into_inner().unwrap_or_else(PoisonError::into_inner));
    }
    let is_known = |problem: &Problem| {
        let is_there =
            |known: &Problem| known.line.is_some() && (&known.file, known.line) == (&problem.file, problem.line);
        known.iter().any(is_there) || is_lacking(lab, known, &problem.message)
    };
    let unknown = found.problems.into_values().filter(|problem| !is_known(problem));
    let mut problems: Vec<Problem> = unknown.map(|problem| in_folder(lab, problem)).collect();
    // A page that does not show everything lacks places that are linked to.
    if known.iter().any(|known| known.file == "page.html") {
        return problems;
    }
    problems.extend(dead_links(lab, written, texts, &found.dead));
    problems
}

/// Whether a message tells of a sentence that is known to be lacking.
fn is_lacking(lab: &Lab, known: &[Problem], message: &str) -> bool {
    let Some(key) = message.split_once(" has no key `").and_then(|(_, rest)| rest.split('`').next()) else {
        return false;
    };
    let named = format!("`{key}`");
    let has = |language| lab.wording(language).is_ok_and(|wording| wording.get(key).is_some());
    lab.manifest.languages.iter().any(has) || known.iter().any(|known| known.message.contains(&named))
}

/// A problem in a file that the lab takes from another one is told without that file's place in this folder.
fn in_folder(lab: &Lab, problem: Problem) -> Problem {
    if lab.template(&problem.file).is_none() || lab.is_own(&problem.file) {
        return problem;
    }
    let line = problem.line.map(|line| format!(":{line}")).unwrap_or_default();
    let base = lab.manifest.extends.as_deref().unwrap_or_default();
    let message = format!("{} (in {}{line} of the lab `{base}`)", problem.message, problem.file);
    Problem { file: String::new(), line: None, message }
}

/// What is found in all renderings.
#[derive(Debug, Default)]
struct Found {
    /// By file, line and the beginning of the message: the same cause is told once.
    problems: BTreeMap<(String, Option<usize>, String), Problem>,
    /// Places that are linked to and that no page of the samples has, by the file that links to them.
    dead: BTreeMap<String, BTreeSet<String>>,
}

impl Found {
    /// Adds what another sample has; of the same cause the first stays.
    fn join(&mut self, other: Self) {
        for (cause, problem) in other.problems {
            self.problems.entry(cause).or_insert(problem);
        }
        for (file, targets) in other.dead {
            self.dead.entry(file).or_default().extend(targets);
        }
    }

    fn error(&mut self, error: &RenderError, sample: &Sample, languages: &[Lang]) {
        for fault in error.faults() {
            let problem = Problem::from(fault);
            // What there is instead is another list in another sample.
            let cause = problem.message.split("; there are: ").next().unwrap_or_default().to_owned();
            let languages: Vec<&str> = languages.iter().map(Lang::as_str).collect();
            self.problems.entry((problem.file.clone(), problem.line, cause)).or_insert_with(|| Problem {
                message: format!("{} (with the sample {}, in {})", problem.message, sample.name, languages.join("-")),
                ..problem
            });
        }
    }
}

fn render(lab: &Lab, sample: &Sample, json: &serde_json::Value, languages: &[Lang], has_page: bool, found: &mut Found) {
    let figures = match draw(&sample.report, lab, languages) {
        Ok(figures) => figures,
        Err(error) => return found.error(&error, sample, languages),
    };
    let links = FigureLinks::Folder(FIGURES);
    let mut failed = false;
    let written = markdown::write(json, lab, languages, &figures, links, &mut |error| {
        failed = true;
        found.error(&error, sample, languages);
        Ok(())
    });
    let page = written.and_then(|written| {
        let page = has_page.then(|| page::page(&written.text, lab, languages, &figures)).transpose()?;
        Ok(page.map(|page| (page, written)))
    });
    match page {
        Ok(Some((page, written))) if !failed => links_of(&page, &written, found),
        // What others link to in a section that is left out is not there.
        Ok(_) => {}
        Err(error) => found.error(&error, sample, languages),
    }
}

/// Notes the links of a page that lead to no place in it.
fn links_of(page: &str, written: &markdown::Written, found: &mut Found) {
    let ids: BTreeSet<&str> = values(page, " id=\"").collect();
    let dead: BTreeSet<&str> =
        values(page, " href=\"#").filter(|target| !target.is_empty() && !ids.contains(target)).collect();
    for target in dead {
        let links = [format!("](#{target})"), format!("\"#{target}\"")];
        let by = written.sections.iter().find(|(_, body)| links.iter().any(|link| body.contains(link)));
        let file = by.map_or("report.md", |(file, _)| file);
        found.dead.entry(file.to_owned()).or_default().insert(target.to_owned());
    }
}

/// The values of an attribute in HTML as it is after cleaning.
fn values<'h>(html: &'h str, start: &str) -> impl Iterator<Item = &'h str> {
    html.split(start).skip(1).filter_map(|rest| rest.split('"').next())
}

fn dead_links(
    lab: &Lab,
    manifest: Manifest<'_>,
    texts: &Texts<'_>,
    dead: &BTreeMap<String, BTreeSet<String>>,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    let is_frame = |target: &str| {
        target
            .strip_prefix('f')
            .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit()))
    };
    let mut tags = dead.iter().filter(|(_, targets)| targets.iter().any(|target| is_frame(target)));
    if let Some((file, _)) = tags.next() {
        let message = format!(
            "frames are named that have no row to link to (first in {file}); make `frames` the last section, or write `{{{{ <rows list={{frames_without_row()}} /> }}}}` at the end"
        );
        problems.push(manifest.problem("sections", message));
    }
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for (file, targets) in dead {
        for target in targets.iter().filter(|target| !is_frame(target)) {
            if !told.insert(target) {
                continue;
            }
            let message = format!(
                "the link to `#{target}` leads nowhere in some reports; write `{{{{ anchor(id=\"{target}\") }}}}` where it is to lead"
            );
            problems.push(
                written_at(texts, target, &message).unwrap_or_else(|| Problem::of_file(shown(lab, file), message)),
            );
        }
    }
    problems
}

/// The problem at the first own text that has the link as it is.
fn written_at(texts: &Texts<'_>, target: &str, message: &str) -> Option<Problem> {
    let link = format!("#{target}");
    texts.all.iter().enumerate().filter(|(_, text)| text.is_own).find_map(|(number, text)| {
        let at = text.content.match_indices(&link).map(|(at, _)| at).find(|at| {
            let behind = text.content.get(at + link.len()..).and_then(|rest| rest.chars().next());
            behind.is_none_or(|next| !next.is_ascii_alphanumeric() && next != '-')
        })?;
        let message = text.key.map_or(message.to_owned(), |key| format!("`{key}`: {message}"));
        texts.problem(Place { text: number, at }, message)
    })
}

/// The file of a section as the lab has it: the section may be of one language.
fn shown<'f>(lab: &Lab, file: &'f str) -> &'f str {
    if lab.is_own(file) { file } else { "lab.toml" }
}
