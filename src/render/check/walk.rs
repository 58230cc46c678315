//! Goes through templates and sentences as the engine does, with what is known of each name.

use std::collections::BTreeMap;
use std::ops::Range;

use super::calls::Calls;
use super::components::Components;
use super::expression::Cursor;
use super::problem::Problem;
use super::scope::{Of, Scope};
use super::shape::{Lacks, Schema, Shape};
use super::texts::Texts;
use super::tokens::{Part, Token, What};
use super::word::Place;
use crate::lab::{hint, nearest};
use crate::render::known;

/// How deep templates may include each other and stand in blocks of each other; the engine refuses circles.
const DEEPEST: usize = 12;
/// Members that a message lists.
const MOST_LISTED: usize = 12;

/// One reading of a lab.
#[derive(Debug)]
pub(super) struct Walk<'a, 's> {
    pub(super) texts: &'a Texts<'a>,
    pub(super) schema: &'a Schema<'s>,
    pub(super) components: &'a Components<'a, 's>,
    /// Values of components' parameters, as the reading before this one found them.
    pub(super) known: &'a BTreeMap<String, BTreeMap<String, Shape<'s>>>,
    /// The text that is being read.
    pub(super) here: usize,
    pub(super) depth: usize,
    pub(super) calls: Calls<'s>,
    pub(super) problems: Vec<Problem>,
}

/// The blocks that templates give another one: where the content of each stands.
type Blocks<'t> = BTreeMap<&'t str, Vec<(usize, Range<usize>)>>;

impl<'a, 's> Walk<'a, 's> {
    /// Goes through a template, in the blocks of the one that it extends.
    pub(super) fn template(&mut self, text: usize, scope: &mut Scope<'s>) {
        let mut blocks = Blocks::new();
        let mut text = text;
        for _ in 0..DEEPEST {
            let Some(of) = self.texts.get(text) else { return };
            scope.declare(&of.parts);
            let Some(parent) = parent(&of.parts) else { break };
            self.calls.used.insert(parent.to_owned());
            for (name, range) in blocks_of(&of.parts) {
                blocks.entry(name).or_default().push((text, range));
            }
            let Some(parent) = self.texts.template(parent) else { return };
            text = parent;
        }
        let all = self.texts.get(text).map_or(0, |text| text.parts.len());
        self.part_of(text, 0..all, scope, &blocks);
    }

    /// Goes through some parts of a text.
    pub(super) fn part_of(&mut self, text: usize, range: Range<usize>, scope: &mut Scope<'s>, blocks: &Blocks<'a>) {
        let Some(of) = self.texts.get(text).filter(|_| self.depth < DEEPEST) else { return };
        let before = std::mem::replace(&mut self.here, text);
        self.depth += 1;
        let mut at = range.start;
        while at < range.end {
            let Some(part) = of.parts.get(at) else { break };
            at += 1;
            match part {
                Part::Output(tokens) => drop(self.expression(&mut Cursor { tokens, at: 0 }, scope, 0)),
                Part::Tag(tokens) => at = self.tag(text, at, tokens, scope, blocks),
            }
        }
        self.depth -= 1;
        self.here = before;
    }

    /// Goes through a tag; gives the place of the part that follows.
    fn tag(
        &mut self,
        text: usize,
        next: usize,
        tokens: &'a [Token<'a>],
        scope: &mut Scope<'s>,
        blocks: &Blocks<'a>,
    ) -> usize {
        let mut cursor = Cursor { tokens, at: 0 };
        let Some((word, _)) = cursor.name() else {
            if cursor.take("<") {
                self.component_call(&mut cursor, scope);
            }
            return next;
        };
        match word {
            "if" => {
                self.expression(&mut cursor, scope, 0);
                scope.condition(true);
            }
            "elif" => drop(self.expression(&mut cursor, scope, 0)),
            "endif" => scope.condition(false),
            "for" => {
                let names = self.loop_names(&mut cursor, scope, 0);
                scope.enter(names);
            }
            "endfor" => scope.leave(),
            "set" | "set_global" => self.set(&mut cursor, scope, word == "set_global"),
            "filter" => self.filters(&mut cursor, scope),
            "include" => {
                if let Some(What::Text(name)) = cursor.peek() {
                    self.calls.used.insert(name.clone());
                    if let Some(included) = self.texts.template(name) {
                        let parts = self.texts.get(included).map_or(&[][..], |text| &text.parts);
                        scope.declare(parts);
                        self.part_of(included, 0..parts.len(), scope, &Blocks::new());
                    }
                }
            }
            "block" => {
                let Some((name, _)) = cursor.name() else { return next };
                let Some(given) = blocks.get(name).filter(|given| !given.is_empty()) else { return next };
                let parts = self.texts.get(text).map_or(&[][..], |text| &text.parts);
                let end = end_of(parts, next, "block", "endblock");
                self.block(given, text, next..end, scope, blocks);
                return end;
            }
            "component" => {
                let parts = self.texts.get(text).map_or(&[][..], |text| &text.parts);
                return end_of(parts, next, "component", "endcomponent");
            }
            _ => {}
        }
        next
    }

    /// The content that a block is given, then that which it shows with `super()`.
    fn block(
        &mut self,
        given: &[(usize, Range<usize>)],
        text: usize,
        own: Range<usize>,
        scope: &mut Scope<'s>,
        blocks: &Blocks<'a>,
    ) {
        for (text, range) in given {
            self.part_of(*text, range.clone(), scope, blocks);
            let parts = self.texts.get(*text).and_then(|text| text.parts.get(range.clone())).unwrap_or_default();
            if !parts.iter().any(says_super) {
                return;
            }
        }
        let inner = self.texts.get(text).map_or(0..0, |_| own);
        self.part_of(text, inner, scope, blocks);
    }

    fn set(&mut self, cursor: &mut Cursor<'_>, scope: &mut Scope<'s>, is_outside: bool) {
        let Some((name, _)) = cursor.name() else { return };
        let value = if cursor.take("=") {
            self.expression(cursor, scope, 0)
        } else {
            cursor.take("|");
            self.filters(cursor, scope);
            Shape::Any
        };
        if is_outside { scope.set_outside(name, value) } else { scope.set(name, value) }
    }

    fn filters(&mut self, cursor: &mut Cursor<'_>, scope: &mut Scope<'s>) {
        while cursor.name().is_some() {
            self.arguments(cursor, scope);
            cursor.take("|");
        }
    }

    /// What is known of a name.
    pub(super) fn variable(&mut self, scope: &Scope<'s>, name: &str, at: usize) -> Shape<'s> {
        if let Some(shape) = scope.get(name) {
            return shape;
        }
        let names = scope.names();
        let hint = hint(name, names.iter().copied());
        let known: Vec<&str> = names.iter().copied().filter(|name| *name != "key").collect();
        let message = match &scope.of {
            Of::Component => format!(
                "the component has no parameter `{name}`{hint}; a component sees only its parameters: add `{name}`, or `@{name}` for what the template around it has"
            ),
            Of::Sentence(key) => {
                format!("`{key}`: nobody who says this sentence gives it `{name}`{hint}; it has: {}", known.join(", "))
            }
            Of::Template | Of::Part => {
                let known: Vec<&str> = known.into_iter().take(MOST_LISTED).collect();
                format!("there is no `{name}` here{hint}; there are: {}", known.join(", "))
            }
        };
        self.tell(at, message);
        Shape::Any
    }

    /// A member of a value, which is written at `of` in the text.
    pub(super) fn member(&mut self, value: &Shape<'s>, name: &str, of: Range<usize>, at: usize) -> Shape<'s> {
        let lacks = match self.schema.member(value, name) {
            Ok(shape) => return shape,
            Err(lacks) => lacks,
        };
        let written = self.texts.get(self.here).and_then(|text| text.text.get(of)).unwrap_or_default();
        let message = match lacks {
            Lacks::Member(known) => {
                let mut hint = hint(name, known.iter().map(String::as_str));
                if hint.is_empty() {
                    let more = if known.len() > MOST_LISTED { ", …" } else { "" };
                    let listed: Vec<&str> = known.iter().take(MOST_LISTED).map(String::as_str).collect();
                    hint = format!("; it has: {}{more}", listed.join(", "));
                }
                format!("`{written}` has no `{name}`{hint}")
            }
            Lacks::IsList if name == "length" => format!("`{written}` is a list; write `{written} | length`"),
            Lacks::IsList => format!(
                "`{written}` is a list and has no `{name}`; go through it with `{{% for … in {written} %}}`, or take one with `{written}[0]`"
            ),
            Lacks::IsPlain => {
                let filter = nearest(name, known::FILTERS.iter().copied());
                let filter = filter.map(|name| format!("; did you mean `{written} | {name}`?")).unwrap_or_default();
                format!("`{written}` is a single value and has no `{name}`{filter}")
            }
        };
        self.tell(at, message);
        Shape::Any
    }

    /// Tells of a problem in the text that is being read.
    pub(super) fn tell(&mut self, at: usize, message: String) {
        let key = self.texts.get(self.here).and_then(|text| text.key);
        let message = match key {
            Some(key) if !message.starts_with('`') || !message.starts_with(&format!("`{key}`: ")) => {
                format!("`{key}`: {message}")
            }
            _ => message,
        };
        self.problems.extend(self.texts.problem(Place { text: self.here, at }, message));
    }
}

/// The name of the template that one extends.
fn parent<'t>(parts: &'t [Part<'_>]) -> Option<&'t str> {
    parts.iter().find_map(|part| match part {
        Part::Tag(tokens) => match tokens.as_slice() {
            [Token { what: What::Name("extends"), .. }, Token { what: What::Text(name), .. }, ..] => {
                Some(name.as_str())
            }
            _ => None,
        },
        Part::Output(_) => None,
    })
}

/// The blocks of a template with the parts within them.
fn blocks_of<'t>(parts: &[Part<'t>]) -> Vec<(&'t str, Range<usize>)> {
    let blocks = parts.iter().enumerate().filter_map(|(at, part)| {
        let Part::Tag(tokens) = part else { return None };
        let mut words = tokens.iter().map(|token| &token.what);
        match (words.next(), words.next()) {
            (Some(What::Name("block")), Some(What::Name(name))) => {
                Some((*name, at + 1..end_of(parts, at + 1, "block", "endblock")))
            }
            _ => None,
        }
    });
    blocks.collect()
}

/// The place of the tag `close` that ends what begins before `from`.
pub(super) fn end_of(parts: &[Part<'_>], from: usize, open: &str, close: &str) -> usize {
    let mut depth = 0_usize;
    for (at, part) in parts.iter().enumerate().skip(from) {
        let Part::Tag(tokens) = part else { continue };
        let Some(What::Name(word)) = tokens.first().map(|token| &token.what) else { continue };
        if *word == open {
            depth += 1;
        } else if *word == close {
            if depth == 0 {
                return at;
            }
            depth -= 1;
        }
    }
    parts.len()
}

fn says_super(part: &Part<'_>) -> bool {
    matches!(part, Part::Output(tokens) if tokens.iter().any(|token| token.what == What::Name("super")))
}
