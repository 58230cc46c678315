//! All texts of a lab that the template engine reads: templates and sentences, each with its place.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::problem::Problem;
use super::tokens::{self, Part};
use super::word::Place;
use crate::lab::{Lab, Lines};

/// A template or a sentence.
#[derive(Debug)]
pub(super) struct Text<'l> {
    /// The file it is in.
    pub(super) file: &'l str,
    /// Its key, if it is a sentence.
    pub(super) key: Option<&'l str>,
    pub(super) text: &'l str,
    /// Line of the file at which it begins.
    line: usize,
    lines: Lines,
    /// Whether it is in the lab's own folder: only there problems are told.
    pub(super) is_own: bool,
    pub(super) parts: Vec<Part<'l>>,
    /// The text without its tags, place for place.
    pub(super) plain: String,
}

/// All texts.
#[derive(Debug)]
pub(super) struct Texts<'l> {
    pub(super) all: Vec<Text<'l>>,
    templates: BTreeMap<&'l str, usize>,
    sentences: BTreeMap<&'l str, Vec<usize>>,
}

impl<'l> Texts<'l> {
    pub(super) fn of(lab: &'l Lab) -> Self {
        let mut texts = Self { all: Vec::new(), templates: BTreeMap::new(), sentences: BTreeMap::new() };
        for (file, text) in lab.templates_of("md").chain(lab.templates_of("html")) {
            texts.templates.insert(file, texts.all.len());
            texts.add(Text::new(file, None, text, 1, lab.is_own(file)));
        }
        for language in &lab.manifest.languages {
            let Ok(wording) = lab.wording(language) else { continue };
            for (key, sentence) in wording.iter() {
                let known = texts.sentences.entry(key).or_default();
                known.push(texts.all.len());
                let is_own = matches!(sentence.text, Cow::Owned(_)) && lab.is_own(&sentence.file);
                texts.all.push(Text::new(&sentence.file, Some(key), &sentence.text, sentence.line, is_own));
            }
        }
        texts
    }

    fn add(&mut self, text: Text<'l>) {
        self.all.push(text);
    }

    pub(super) fn get(&self, text: usize) -> Option<&Text<'l>> {
        self.all.get(text)
    }

    /// The template of this name.
    pub(super) fn template(&self, name: &str) -> Option<usize> {
        self.templates.get(name).copied()
    }

    /// The templates, by name.
    pub(super) fn templates(&self) -> impl Iterator<Item = (&'l str, usize)> {
        self.templates.iter().map(|(name, text)| (*name, *text))
    }

    /// The sentences of a key, in all languages.
    pub(super) fn sentences(&self) -> impl Iterator<Item = (&'l str, &[usize])> {
        self.sentences.iter().map(|(key, texts)| (*key, texts.as_slice()))
    }

    /// A problem at a place; none where the lab that this one extends has it.
    pub(super) fn problem(&self, place: Place, message: String) -> Option<Problem> {
        let text = self.get(place.text).filter(|text| text.is_own)?;
        Some(Problem { file: text.file.to_owned(), line: Some(text.line_at(place.at)), message })
    }
}

impl<'l> Text<'l> {
    fn new(file: &'l str, key: Option<&'l str>, text: &'l str, line: usize, is_own: bool) -> Self {
        let (parts, plain) = tokens::parts(text);
        Self { file, key, text, line, lines: Lines::of(text), is_own, parts, plain }
    }

    /// The line of the file at which the byte `at` of the text stands.
    pub(super) fn line_at(&self, at: usize) -> usize {
        self.line + self.lines.at(at) - 1
    }
}
