//! Checks a lab: everything that is wrong with it, each with file, line and what to do.
//!
//! 1. What [`Lab::from_files`] refuses; then nothing else can be looked at.
//! 2. `syntax`: what the template engine refuses.
//! 3. `names`: variables, members of the Report, parameters that do not exist, found without rendering anything, because a name that
//!    does not exist is often just nothing in a report.
//! 4. `wording`, `html`, `style`, `places`, `manifest`: sentences, what a page would leave out, files.
//! 5. `rendering`: the lab over samples, in each language and in pairs.
//!
//! Only certain problems are told: a right lab has none.

mod calls;
mod components;
mod expression;
mod html;
mod manifest;
mod names;
mod places;
mod problem;
mod rendering;
mod scope;
mod shape;
pub(in crate::render) mod style;
mod syntax;
mod texts;
mod tokens;
mod walk;
mod word;
mod wording;

pub use problem::Problem;
pub use rendering::Sample;

use std::collections::BTreeSet;

use crate::lab::{Files, Lab, Lang, hint};
use crate::render::figures;
use crate::report::model::Report;
use calls::Calls;
use manifest::Manifest;
use shape::Schema;
use texts::Texts;

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// What is wrong, in order of file and line, each once.
    pub problems: Vec<Problem>,
    /// Whether the lab was rendered: not if the template engine refuses it.
    pub is_rendered: bool,
    /// How many samples it was rendered with.
    pub samples: usize,
    /// The combinations of languages in which it was rendered, such as `zh-en`.
    pub languages: Vec<String>,
    /// How many sections the lab has.
    pub sections: usize,
    /// Files of the folder that are no part of the lab.
    pub others: Vec<String>,
    /// For each language with a fallback: how many of the lab's own sentences the other language's stand for.
    pub standing_in: Vec<(Lang, usize)>,
}

/// What a lab is tried with.
pub trait Trial {
    /// The Reports that a lab is rendered with.
    fn samples(&self, lab: &Lab) -> Vec<Sample>;

    /// Calls `render` once for each number below `count`, in any order and also at once, with the lab or one that is
    /// [apart](Lab::apart). It renders one of them, and should be watched: a template may never end.
    fn render(&self, lab: &Lab, count: usize, render: &(dyn Fn(&Lab, usize) + Sync));
}

/// Checks the lab that `files` make up.
pub fn check(files: &Files, trial: &dyn Trial) -> Checked {
    let (misplaced, others) = places::misplaced(files);
    let mut checked = Checked {
        problems: misplaced,
        is_rendered: false,
        samples: 0,
        languages: Vec::new(),
        sections: 0,
        others,
        standing_in: Vec::new(),
    };
    match Lab::from_files(files) {
        Ok(lab) => check_lab(&lab, Manifest::of(files), trial, &mut checked),
        Err(error) => checked.problems.extend(error.each().into_iter().map(Problem::from)),
    }
    in_order(&mut checked.problems);
    checked
}

fn check_lab(lab: &Lab, written: Manifest<'_>, trial: &dyn Trial, checked: &mut Checked) {
    checked.sections = lab.manifest.sections.len();
    let refused = syntax::check(lab);
    let schema = schemars::schema_for!(Report);
    let schema = Schema::new(schema.as_value());
    let texts = Texts::of(lab);
    let names = names::read(lab, &texts, &schema);
    let is_refused = |problem: &Problem| {
        refused.iter().any(|refused| (&refused.file, refused.line) == (&problem.file, problem.line))
    };
    let (wording, standing_in) = wording::check(lab, written, &texts, &names.calls);
    let mut problems: Vec<Problem> = names.problems;
    let (figures, captions) = figures(&texts, &names.calls);
    problems.extend(figures);
    problems.extend(wording.into_iter().filter(|problem| !captions.iter().any(|of| problem.message.contains(of))));
    problems.retain(|problem| !is_refused(problem));
    problems.extend(html::check(&texts));
    problems.extend(style::check(lab));
    problems.extend(places::unshown(lab, &texts, &names.calls));
    problems.extend(places::page(lab, &texts));
    problems.extend(manifest::check(lab, written));
    if refused.is_empty() {
        let samples = trial.samples(lab);
        problems.extend(rendering::check(lab, written, &texts, trial, &samples, &problems));
        checked.is_rendered = true;
        checked.samples = samples.len();
        let combinations = rendering::combinations(&lab.manifest.languages);
        let joined = combinations.iter().map(|of| of.iter().map(Lang::as_str).collect::<Vec<_>>().join("-"));
        checked.languages = joined.collect();
    }
    problems.extend(refused);
    checked.standing_in = standing_in;
    checked.problems.extend(problems);
}

/// Figures that are asked for and that no report has; and the keys of the captions that they would have.
fn figures(texts: &Texts<'_>, calls: &Calls<'_>) -> (Vec<Problem>, Vec<String>) {
    let wrong = calls
        .figures
        .iter()
        .filter(|(word, _)| word.whole && word.sure && figures::all_names().all(|name| name != word.prefix));
    wrong
        .map(|(word, place)| {
            let name = &word.prefix;
            let known: Vec<&str> = figures::all_names().collect();
            let message = format!(
                "there is no figure `{name}`{}; there are: {}",
                hint(name, known.iter().copied()),
                known.join(", ")
            );
            (texts.problem(word.place.unwrap_or(*place), message), format!("`captions.{name}`"))
        })
        .fold((Vec::new(), Vec::new()), |(mut problems, mut captions), (problem, caption)| {
            problems.extend(problem);
            captions.push(caption);
            (problems, captions)
        })
}

/// In order of file, line and message, each once.
fn in_order(problems: &mut Vec<Problem>) {
    let all: BTreeSet<Problem> = problems.drain(..).collect();
    problems.extend(all);
}
