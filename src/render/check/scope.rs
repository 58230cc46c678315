//! The names that a template can use at a place, and what is known of their values.

use std::collections::{BTreeMap, BTreeSet};

use super::shape::Shape;
use super::tokens::{Part, What};

/// Names from the outermost to the innermost frame: a loop's body is a frame.
#[derive(Debug, Clone)]
pub(super) struct Scope<'s> {
    frames: Vec<Frame<'s>>,
    /// Names that are set anywhere in the templates at work: using one before that is not certain to be wrong.
    declared: BTreeSet<String>,
    /// What a name that is not known is told to be.
    pub(super) of: Of,
}

#[derive(Debug, Clone, Default)]
struct Frame<'s> {
    names: BTreeMap<String, Shape<'s>>,
    /// How many conditions are open in it.
    conditions: usize,
}

/// Whose names they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Of {
    /// A template of the report or of its page.
    Template,
    /// A template that is read alone, so that others may give it names.
    Part,
    /// A component.
    Component,
    /// The sentence of a key.
    Sentence(String),
}

impl<'s> Scope<'s> {
    pub(super) fn new(names: BTreeMap<String, Shape<'s>>, of: Of) -> Self {
        Self { frames: vec![Frame { names, conditions: 0 }], declared: BTreeSet::new(), of }
    }

    /// What is known of a name; `None` if there is none such.
    pub(super) fn get(&self, name: &str) -> Option<Shape<'s>> {
        let known = self.frames.iter().rev().find_map(|frame| frame.names.get(name)).cloned();
        let may_be = self.of == Of::Part || self.declared.contains(name);
        known.or_else(|| may_be.then_some(Shape::Any))
    }

    /// All names.
    pub(super) fn names(&self) -> BTreeSet<&str> {
        let known = self.frames.iter().flat_map(|frame| frame.names.keys());
        known.chain(&self.declared).map(String::as_str).collect()
    }

    /// Gives a name a value. Under a condition it may keep the one it has.
    pub(super) fn set(&mut self, name: &str, shape: Shape<'s>) {
        let is_sure = self.frames.last().is_some_and(|frame| frame.conditions == 0);
        let before = self.frames.iter().rev().find_map(|frame| frame.names.get(name)).cloned();
        let shape = match before {
            Some(before) if !is_sure => before.or(shape),
            _ => shape,
        };
        if let Some(frame) = self.frames.last_mut() {
            frame.names.insert(name.to_owned(), shape);
        }
    }

    /// The same outside all loops.
    pub(super) fn set_outside(&mut self, name: &str, shape: Shape<'s>) {
        let shape = self.get(name).map_or(shape.clone(), |before| before.or(shape));
        if let Some(frame) = self.frames.first_mut() {
            frame.names.insert(name.to_owned(), shape);
        }
    }

    pub(super) fn enter(&mut self, names: BTreeMap<String, Shape<'s>>) {
        self.frames.push(Frame { names, conditions: 0 });
    }

    pub(super) fn leave(&mut self) {
        if self.frames.len() > 1 {
            self.frames.pop();
        }
    }

    pub(super) fn condition(&mut self, opens: bool) {
        if let Some(frame) = self.frames.last_mut() {
            frame.conditions = if opens { frame.conditions + 1 } else { frame.conditions.saturating_sub(1) };
        }
    }

    /// Notes the names that a template sets anywhere.
    pub(super) fn declare(&mut self, parts: &[Part<'_>]) {
        for part in parts {
            let Part::Tag(tokens) = part else { continue };
            let mut names = tokens.iter().map(|token| &token.what);
            if let (Some(What::Name("set" | "set_global")), Some(What::Name(name))) = (names.next(), names.next()) {
                self.declared.insert((*name).to_owned());
            }
        }
    }
}
