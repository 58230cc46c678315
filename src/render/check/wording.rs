//! Sentences that are asked for and not there, that nobody asks for, or that some languages lack.

use std::collections::{BTreeMap, BTreeSet};

use super::calls::Calls;
use super::manifest::Manifest;
use super::names::is_said_by_program;
use super::problem::Problem;
use super::texts::Texts;
use super::word::Word;
use crate::lab::{DEFAULT, Lab, Lang, Wording, nearest};

/// Sentences that a language lacks and that are named one by one; more of them are a language that is not finished.
const MOST_LACKING: usize = 10;
/// Sentences that a message names of many.
const NAMED: usize = 3;

/// The problems of a lab's wording, and how many sentences of each language another one's stand for.
pub(super) fn check(
    lab: &Lab,
    written: Manifest<'_>,
    texts: &Texts<'_>,
    calls: &Calls<'_>,
) -> (Vec<Problem>, Vec<(Lang, usize)>) {
    let wording: Vec<(&Lang, &Wording)> =
        lab.manifest.languages.iter().filter_map(|language| Some((language, lab.wording(language).ok()?))).collect();
    let there: BTreeSet<&str> = wording.iter().flat_map(|(_, wording)| wording.keys()).collect();
    let asked = Asked::of(calls);
    let (mut problems, meant) = absent(texts, calls, &there);
    problems.extend(untitled(lab, written, &there));
    let unused = unused(lab, &wording, &asked, &there);
    let unused_keys: BTreeSet<&str> = unused.iter().map(|(key, _)| *key).collect();
    problems.extend(lacking(lab, &wording, &there, &unused_keys));
    // One that is probably meant where another one is asked for is told of there.
    problems.extend(unused.into_iter().filter(|(key, _)| !meant.contains(key)).flat_map(|(_, problems)| problems));
    (problems, standing_in(lab, &wording))
}

/// What is asked for.
struct Asked<'c> {
    whole: BTreeSet<&'c str>,
    parts: Vec<&'c Word>,
}

impl<'c> Asked<'c> {
    fn of(calls: &'c Calls<'_>) -> Self {
        let words = || calls.said.iter().flat_map(|said| &said.key);
        let mut parts: Vec<&Word> = Vec::new();
        for word in words().filter(|word| !word.whole) {
            if !parts.iter().any(|known| known.is_like(word)) {
                parts.push(word);
            }
        }
        Self { whole: words().filter(|word| word.whole).map(|word| word.prefix.as_str()).collect(), parts }
    }

    fn has(&self, key: &str) -> bool {
        self.whole.contains(key)
            || self.parts.iter().any(|word| (!word.prefix.is_empty() || !word.suffix.is_empty()) && word.can_be(key))
    }
}

/// Sentences that are asked for by their whole key, and that no language has; and the keys that were probably meant.
fn absent<'l>(texts: &Texts<'_>, calls: &Calls<'_>, there: &BTreeSet<&'l str>) -> (Vec<Problem>, BTreeSet<&'l str>) {
    let questions: BTreeSet<&str> = calls
        .said
        .iter()
        .filter(|said| said.is_question)
        .flat_map(|said| &said.key)
        .filter(|word| word.whole)
        .map(|word| word.prefix.as_str())
        .collect();
    let (mut problems, mut meant) = (Vec::new(), BTreeSet::new());
    for said in calls.said.iter().filter(|said| !said.is_question) {
        for word in said.key.iter().filter(|word| word.whole && word.sure) {
            let key = word.prefix.as_str();
            if there.contains(key) || questions.contains(key) {
                continue;
            }
            let near = nearest(key, there.iter().copied());
            meant.extend(near);
            let hint = match near {
                Some(near) => format!("; did you mean `{near}`?"),
                None => "; write it into the files of locales/".to_owned(),
            };
            let place = word.place.unwrap_or(said.place);
            problems.extend(texts.problem(place, format!("no language has the sentence `{key}`{hint}")));
        }
    }
    (problems, meant)
}

/// Sections without a heading. Those that `report.md` names itself may have none.
fn untitled(lab: &Lab, written: Manifest<'_>, there: &BTreeSet<&str>) -> Vec<Problem> {
    let report = lab.template("report.md").unwrap_or_default();
    let special =
        |section: &str| report.contains(&format!("\"{section}\"")) || report.contains(&format!("'{section}'"));
    let sections = lab.manifest.sections.iter().filter(|section| !special(section));
    let untitled = sections.filter(|section| !there.contains(format!("sections.{section}.title").as_str()));
    untitled
        .map(|section| {
            let key = format!("sections.{section}.title");
            let message = format!("the section `{section}` has no heading; write `{key}` into the files of locales/");
            written.problem(&format!("\"{section}\""), message)
        })
        .collect()
}

/// Own sentences that nobody asks for, by key. What the built-in lab says too may stay for later.
fn unused<'l>(
    lab: &Lab,
    wording: &[(&Lang, &'l Wording)],
    asked: &Asked<'_>,
    there: &BTreeSet<&'l str>,
) -> Vec<(&'l str, Vec<Problem>)> {
    let built_in = Lab::built_in(DEFAULT).ok();
    let usual: BTreeSet<&str> = built_in
        .iter()
        .flat_map(|lab| lab.manifest.languages.iter().filter_map(|language| lab.wording(language).ok()))
        .flat_map(Wording::keys)
        .collect();
    let mut unused = Vec::new();
    for key in there.iter().filter(|key| !usual.contains(**key) && !asked.has(key)) {
        let is_known = key.starts_with("language.") || (is_said_by_program(key) && usual.contains(*key));
        if is_known {
            continue;
        }
        let others = asked.whole.iter().copied().chain(usual.iter().copied());
        let hint = nearest(key, others.filter(|near| near != key))
            .map_or_else(|| "; take it away".to_owned(), |near| format!("; did you mean `{near}`?"));
        let places: BTreeSet<(&str, usize)> = wording
            .iter()
            .filter_map(|(_, wording)| wording.get(key))
            .filter(|sentence| lab.is_own(&sentence.file))
            .map(|sentence| (&*sentence.file, sentence.line))
            .collect();
        let problem = |(file, line)| Problem::at(file, line, format!("nothing asks for the sentence `{key}`{hint}"));
        unused.push((*key, places.into_iter().map(problem).collect()));
    }
    unused
}

/// Sentences that some languages lack.
fn lacking(lab: &Lab, wording: &[(&Lang, &Wording)], there: &BTreeSet<&str>, unused: &BTreeSet<&str>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (language, own) in wording {
        let lacking: Vec<&str> = there
            .iter()
            .copied()
            .filter(|key| own.get(key).is_none() && !key.starts_with("language.") && !unused.contains(key))
            .collect();
        let file = file_of(lab, language);
        if lacking.len() > MOST_LACKING {
            let named: Vec<String> = lacking.iter().take(NAMED).map(|key| format!("`{key}`")).collect();
            let other = wording.iter().map(|(other, _)| *other).find(|other| other != language);
            let other = other.map_or("en", Lang::as_str);
            let message = format!(
                "{} sentences are not there in `{language}` ({}, …); add them, or write `fallback = {{ {language} = \"{other}\" }}` in lab.toml",
                lacking.len(),
                named.join(", ")
            );
            problems.push(Problem::of_file(&file, message));
            continue;
        }
        for key in lacking {
            let Some((other, sentence)) = wording.iter().find_map(|(other, wording)| Some((other, wording.get(key)?)))
            else {
                continue;
            };
            problems.push(if lab.is_own(&sentence.file) {
                let message = format!("`{key}` is there in `{other}`, and not in `{language}`; add it to {file}");
                Problem::at(&sentence.file, sentence.line, message)
            } else {
                Problem::of_file(&file, format!("`{key}` is not there, which `{other}` has; add it"))
            });
        }
    }
    problems
}

/// The file in which a language's sentences are written.
fn file_of(lab: &Lab, language: &Lang) -> String {
    let file = format!("locales/{language}.toml");
    let folder = format!("locales/{language}/");
    let first = lab.own_files().find(|name| name.starts_with(&folder));
    if lab.is_own(&file) { file } else { first.map_or(file, str::to_owned) }
}

/// For each language with a fallback: how many sentences of the lab's own files the other language's stand for.
fn standing_in(lab: &Lab, wording: &[(&Lang, &Wording)]) -> Vec<(Lang, usize)> {
    let by_language: BTreeMap<&Lang, &Wording> = wording.iter().copied().collect();
    let counted = lab.manifest.fallback.iter().filter_map(|(language, other)| {
        let own = by_language.get(language)?;
        let folder = format!("locales/{other}");
        let stand = own.iter().filter(|(_, sentence)| {
            lab.is_own(&sentence.file)
                && sentence.file.strip_prefix(&folder).is_some_and(|rest| rest.starts_with(['.', '/']))
        });
        Some((language.clone(), stand.count()))
    });
    counted.filter(|(_, count)| *count > 0).collect()
}
