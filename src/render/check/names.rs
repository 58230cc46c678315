//! Names that do not exist: variables, members of the Report, parameters of components, values of sentences.

use std::collections::BTreeMap;

use super::calls::{Calls, Values};
use super::components::Components;
use super::problem::Problem;
use super::scope::{Of, Scope};
use super::shape::{Schema, Shape};
use super::texts::Texts;
use super::walk::Walk;
use super::word::Word;
use crate::lab::{Lab, Lang};

/// How often a lab is read. Each reading knows of the parameters of components and sentences what the one before it has seen; the
/// first knows nothing of them, so that every reading is right, and each more exact.
const READINGS: usize = 4;

/// Sentences that the program says by itself, with values of its own.
pub(super) fn is_said_by_program(key: &str) -> bool {
    key.starts_with("figures.") || key == "page.bytes"
}

/// What a lab asks for, and the names in it that do not exist.
#[derive(Debug)]
pub(super) struct Names<'s> {
    pub(super) calls: Calls<'s>,
    pub(super) problems: Vec<Problem>,
}

/// Reads a lab.
pub(super) fn read<'s>(lab: &Lab, texts: &Texts<'_>, schema: &Schema<'s>) -> Names<'s> {
    let components = Components::of(texts);
    let mut known = BTreeMap::new();
    let mut values: Option<Values<'s>> = None;
    let mut names = Names { calls: Calls::default(), problems: Vec::new() };
    for _ in 0..READINGS {
        let mut walk = Walk {
            texts,
            schema,
            components: &components,
            known: &known,
            here: 0,
            depth: 0,
            calls: Calls::default(),
            problems: Vec::new(),
        };
        templates(&mut walk, lab);
        walk.all_components();
        sentences(&mut walk, values.as_ref());
        let (calls, problems) = (walk.calls, walk.problems);
        known = calls.components.clone();
        values = Some(Values::of(&calls));
        names = Names { calls, problems };
    }
    names
}

fn templates<'s>(walk: &mut Walk<'_, 's>, lab: &Lab) {
    let texts = walk.texts;
    let mut read: Vec<usize> = Vec::new();
    let sections = lab.manifest.sections.iter().flat_map(|section| {
        let in_languages =
            lab.manifest.languages.iter().map(move |language| format!("sections/{section}.{language}.md"));
        in_languages.chain([format!("sections/{section}.md")])
    });
    for file in sections.chain(["report.md".to_owned(), "page.html".to_owned()]) {
        if let Some(text) = texts.template(&file) {
            read.push(text);
            walk.template(text, &mut Scope::new(variables(walk.schema, lab, &file), Of::Template));
        }
    }
    for (file, text) in texts.templates() {
        let is_base = lab.template(file).is_none();
        if !is_base && !read.contains(&text) && !walk.calls.used.contains(file) {
            walk.template(text, &mut Scope::new(variables(walk.schema, lab, file), Of::Part));
        }
    }
}

/// The variables of a template.
fn variables<'s>(schema: &Schema<'s>, lab: &Lab, file: &str) -> BTreeMap<String, Shape<'s>> {
    let any = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), Shape::Any)).collect::<BTreeMap<_, _>>();
    if file == "page.html" {
        return any(&["body", "contents", "cover", "footer", "lab", "title"]);
    }
    let mut variables = any(&["title"]);
    variables.insert("report".to_owned(), schema.report());
    variables.insert("lang".to_owned(), one_of(lab.manifest.languages.iter().map(Lang::as_str)));
    let required = Shape::List(Box::new(Shape::Any));
    variables.insert(
        "lab".to_owned(),
        Shape::Map([("id".to_owned(), Shape::Any), ("required".to_owned(), required)].into()),
    );
    if file == "report.md" {
        let id = one_of(lab.manifest.sections.iter().map(String::as_str));
        let section = [("id".to_owned(), id), ("number".to_owned(), Shape::Any), ("body".to_owned(), Shape::Any)];
        variables.insert("sections".to_owned(), Shape::List(Box::new(Shape::Map(section.into()))));
    }
    variables
}

fn one_of<'s, 'w>(words: impl Iterator<Item = &'w str>) -> Shape<'s> {
    Shape::Words(words.map(Word::possible).collect())
}

fn sentences<'s>(walk: &mut Walk<'_, 's>, known: Option<&Values<'s>>) {
    let texts = walk.texts;
    for (key, sentences) in texts.sentences() {
        let known = known.and_then(|known| known.get(key)).filter(|_| !is_said_by_program(key));
        let of = if known.is_some() { Of::Sentence(key.to_owned()) } else { Of::Part };
        let mut variables = known.unwrap_or_default();
        variables.insert("report".to_owned(), walk.schema.report());
        for name in ["lang", "key"] {
            variables.insert(name.to_owned(), Shape::Any);
        }
        for text in sentences {
            let parts = texts.get(*text).map_or(&[][..], |text| &text.parts);
            if parts.is_empty() {
                continue;
            }
            let mut scope = Scope::new(variables.clone(), of.clone());
            scope.declare(parts);
            walk.part_of(*text, 0..parts.len(), &mut scope, &BTreeMap::new());
        }
    }
}
