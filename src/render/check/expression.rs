//! Expressions of the template engine: what is known of their value, and the names in them that do not exist.
//!
//! The grammar and the binding powers are the engine's (Tera 2).

use std::collections::BTreeMap;

use super::calls::Said;
use super::scope::Scope;
use super::shape::Shape;
use super::tokens::{Token, What};
use super::walk::Walk;
use super::word::{Place, Word, joined};

/// The tokens of a tag, and which is next.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'t> {
    pub(super) tokens: &'t [Token<'t>],
    pub(super) at: usize,
}

impl<'t> Cursor<'t> {
    pub(super) fn peek(&self) -> Option<&'t What<'t>> {
        self.ahead(0)
    }

    pub(super) fn ahead(&self, more: usize) -> Option<&'t What<'t>> {
        self.tokens.get(self.at + more).map(|token| &token.what)
    }

    pub(super) fn is(&self, sign: &str) -> bool {
        matches!(self.peek(), Some(What::Sign(found)) if *found == sign)
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Some(What::Name(found)) if *found == word)
    }

    pub(super) fn next(&mut self) -> Option<&'t Token<'t>> {
        let token = self.tokens.get(self.at);
        self.at += 1;
        token
    }

    /// Goes on if the sign is next.
    pub(super) fn take(&mut self, sign: &str) -> bool {
        let found = self.is(sign);
        self.at += usize::from(found);
        found
    }

    pub(super) fn name(&mut self) -> Option<(&'t str, usize)> {
        let token = self.tokens.get(self.at)?;
        let What::Name(name) = token.what else { return None };
        self.at += 1;
        Some((name, token.start))
    }

    /// Byte at which the next token begins, or the last one ends.
    pub(super) fn place(&self) -> usize {
        let next = self.tokens.get(self.at).map(|token| token.start);
        next.or_else(|| self.tokens.last().map(|token| token.end)).unwrap_or_default()
    }

    /// Byte at which the token before the next one ends.
    fn end(&self) -> usize {
        self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(0, |token| token.end)
    }
}

/// Binding powers of an operator that stands between two values.
fn powers(token: &What<'_>) -> Option<(u8, u8)> {
    Some(match token {
        What::Name("or") => (1, 2),
        What::Name("and") => (3, 4),
        What::Name("in" | "is" | "not") => (5, 6),
        What::Sign("==" | "!=" | "<" | "<=" | ">" | ">=") => (7, 8),
        What::Sign("+" | "-") => (11, 12),
        What::Sign("*" | "/" | "%" | "~" | "//") => (13, 14),
        What::Sign("**") => (16, 15),
        What::Sign("|") => (17, 18),
        _ => return None,
    })
}

impl<'s> Walk<'_, 's> {
    /// Reads an expression whose operators bind at least as `least`.
    pub(super) fn expression(&mut self, cursor: &mut Cursor<'_>, scope: &mut Scope<'s>, least: u8) -> Shape<'s> {
        let told = self.problems.len();
        let start = cursor.place();
        let mut value = self.primary(cursor, scope);
        loop {
            let Some(next) = cursor.peek() else { return value };
            if matches!(next, What::Sign("[" | "?[")) {
                value = self.subscript(cursor, scope, &value, start);
                continue;
            }
            if cursor.is_word("if") && least == 0 {
                cursor.next();
                self.expression(cursor, scope, 0);
                if !cursor.is_word("else") {
                    return value;
                }
                cursor.next();
                return value.or(self.expression(cursor, scope, 0));
            }
            let Some((left, right)) = powers(next).filter(|(left, _)| *left >= least) else { return value };
            if left == 5 && cursor.is_word("not") {
                cursor.next();
            }
            let Some(operator) = cursor.next() else { return value };
            value = match operator.what {
                What::Sign("|") => self.filter(cursor, scope, &value, told),
                What::Name("is") => self.test(cursor, scope, told),
                What::Sign("~") => {
                    let after = self.expression(cursor, scope, right);
                    Shape::Words(joined(&value.words(), &after.words()))
                }
                What::Name("or") => value.or(self.expression(cursor, scope, right)),
                _ => {
                    self.expression(cursor, scope, right);
                    Shape::Any
                }
            };
        }
    }

    fn primary(&mut self, cursor: &mut Cursor<'_>, scope: &mut Scope<'s>) -> Shape<'s> {
        let Some(token) = cursor.next() else { return Shape::Any };
        match &token.what {
            What::Text(text) => Shape::Words(vec![Word::written(text, self.place(token.start))]),
            What::Number(_) => {
                // `1.5` is a number.
                if cursor.is(".") && matches!(cursor.ahead(1), Some(What::Number(_))) {
                    cursor.at += 2;
                }
                Shape::Any
            }
            What::Name("true" | "True" | "false" | "False") => Shape::Any,
            What::Name("none" | "None" | "null") => Shape::Nothing,
            What::Name("not") => {
                self.expression(cursor, scope, 5);
                Shape::Any
            }
            What::Sign("-") => {
                self.expression(cursor, scope, 20);
                Shape::Any
            }
            What::Name(name) if cursor.is("(") => self.function(cursor, scope, name, token.start),
            What::Name(name) => self.chain(cursor, scope, name, token.start),
            What::Sign("<") => {
                self.component_call(cursor, scope);
                Shape::Any
            }
            What::Sign("(") => {
                let value = self.expression(cursor, scope, 0);
                cursor.take(")");
                value
            }
            What::Sign("{") => self.map(cursor, scope),
            What::Sign("[") => self.list(cursor, scope),
            What::Sign(_) => Shape::Any,
        }
    }

    /// A name and its members: `report.exchange?.request`.
    fn chain(&mut self, cursor: &mut Cursor<'_>, scope: &mut Scope<'s>, name: &str, start: usize) -> Shape<'s> {
        let mut value = if name == "loop" { Shape::Any } else { self.variable(scope, name, start) };
        loop {
            if cursor.is("[") || cursor.is("?[") {
                value = self.subscript(cursor, scope, &value, start);
                continue;
            }
            let end = cursor.end();
            if !cursor.is(".") && !cursor.is("?.") {
                return value;
            }
            cursor.next();
            let Some((member, at)) = cursor.name() else { return value };
            value = self.member(&value, member, start..end, at);
        }
    }

    fn subscript(&mut self, cursor: &mut Cursor<'_>, scope: &mut Scope<'s>, of: &Shape<'s>, start: usize) -> Shape<'s> {
        let end = cursor.end();
        cursor.next();
        let at = cursor.place();
        let is_number = matches!(cursor.peek(), Some(What::Number(_) | What::Sign("-")));
        let index = if cursor.is(":") { Shape::Any } else { self.expression(cursor, scope, 0) };
        let mut is_slice = false;
        while cursor.take(":") {
            is_slice = true;
            if !cursor.is(":") && !cursor.is("]") {
                self.expression(cursor, scope, 0);
            }
        }
        cursor.take("]");
        if is_slice {
            return of.clone();
        }
        match &index {
            Shape::Words(words) => match words.as_slice() {
                [only] if only.whole => self.member(of, &only.prefix, start..end, at),
                _ => self.schema.some_member(of),
            },
            _ if is_number => of.each(self.schema),
            _ => self.schema.some_member(of),
        }
    }

    /// `(name=value, …)`: the values by their names.
    pub(super) fn arguments(&mut self, cursor: &mut Cursor<'_>, scope: &mut Scope<'s>) -> BTreeMap<String, Shape<'s>> {
        let mut values = BTreeMap::new();
        if !cursor.take("(") {
            return values;
        }
        while let Some((name, _)) = cursor.name() {
            cursor.take("=");
            let value = self.expression(cursor, scope, 0);
            values.insert(name.to_owned(), value);
            cursor.take(",");
        }
        cursor.take(")");
        values
    }

    fn function(&mut self, cursor: &mut Cursor<'_>, scope: &mut Scope<'s>, name: &str, start: usize) -> Shape<'s> {
        let mut values = self.arguments(cursor, scope);
        let place = self.place(start);
        let mut words = |name: &str| values.remove(name).map(|value| value.words()).unwrap_or_default();
        match name {
            "say" | "term" | "main" | "word" | "label" | "has" => {
                let key = words("key");
                self.calls.said.push(Said { key, values, is_question: name == "has", place });
            }
            "figure" | "figure_number" => {
                self.calls.figures.extend(words("name").into_iter().map(|word| (word, place)));
            }
            "asset" => self.calls.assets.extend(words("name").into_iter().map(|word| (word, place))),
            _ => {}
        }
        Shape::Any
    }

    fn filter(&mut self, cursor: &mut Cursor<'_>, scope: &mut Scope<'s>, value: &Shape<'s>, told: usize) -> Shape<'s> {
        let Some((name, _)) = cursor.name() else { return Shape::Any };
        if name == "default" {
            self.problems.truncate(told);
        }
        let arguments = self.arguments(cursor, scope);
        match name {
            "sort" | "unique" | "reverse" => value.clone(),
            "first" | "last" | "nth" => value.each(self.schema),
            "get" => {
                let default = arguments.get("default").cloned().unwrap_or(Shape::Nothing);
                self.schema.some_member(value).or(default)
            }
            "values" => Shape::List(Box::new(self.schema.some_member(value))),
            _ => Shape::Any,
        }
    }

    fn test(&mut self, cursor: &mut Cursor<'_>, scope: &mut Scope<'s>, told: usize) -> Shape<'s> {
        if cursor.is_word("not") {
            cursor.next();
        }
        let name = cursor.name();
        if matches!(name, Some(("defined" | "undefined", _))) {
            self.problems.truncate(told);
        }
        self.arguments(cursor, scope);
        Shape::Any
    }

    fn map(&mut self, cursor: &mut Cursor<'_>, scope: &mut Scope<'s>) -> Shape<'s> {
        let mut members = BTreeMap::new();
        let mut is_known = true;
        while !cursor.is("}") {
            if cursor.take("...") {
                self.expression(cursor, scope, 0);
                is_known = false;
            } else {
                let Some(key) = cursor.next() else { return Shape::Any };
                cursor.take(":");
                let value = self.expression(cursor, scope, 0);
                match &key.what {
                    What::Text(key) => drop(members.insert(key.clone(), value)),
                    _ => is_known = false,
                }
            }
            if !cursor.take(",") {
                break;
            }
        }
        cursor.take("}");
        if is_known { Shape::Map(members) } else { Shape::Any }
    }

    fn list(&mut self, cursor: &mut Cursor<'_>, scope: &mut Scope<'s>) -> Shape<'s> {
        if let Some(made) = self.comprehension(cursor, scope) {
            return made;
        }
        let mut item = Shape::Nothing;
        while !cursor.is("]") && cursor.peek().is_some() {
            let is_spread = cursor.take("...");
            let value = self.expression(cursor, scope, 0);
            item = item.or(if is_spread { value.each(self.schema) } else { value });
            if !cursor.take(",") {
                break;
            }
        }
        cursor.take("]");
        Shape::List(Box::new(item))
    }

    /// `[x for y in z if w]`, read from `z` on: `x` is about what `y` is.
    fn comprehension(&mut self, cursor: &mut Cursor<'_>, scope: &mut Scope<'s>) -> Option<Shape<'s>> {
        let from = *cursor;
        let mut depth = 0_usize;
        while let Some(what) = cursor.peek() {
            match what {
                What::Sign("[" | "(" | "{" | "?[") => depth += 1,
                What::Sign("]" | ")" | "}") if depth == 0 => break,
                What::Sign("]" | ")" | "}") => depth -= 1,
                What::Sign(",") if depth == 0 => break,
                What::Name("for") if depth == 0 => break,
                _ => {}
            }
            cursor.next();
        }
        if !cursor.is_word("for") {
            *cursor = from;
            return None;
        }
        cursor.next();
        let names = self.loop_names(cursor, scope, 1);
        scope.enter(names);
        if cursor.is_word("if") {
            cursor.next();
            self.expression(cursor, scope, 1);
        }
        cursor.take("]");
        let mut item = from;
        let made = self.expression(&mut item, scope, 0);
        scope.leave();
        Some(Shape::List(Box::new(made)))
    }

    /// `name in list` or `key, name in list`: the names with what they are.
    pub(super) fn loop_names(
        &mut self,
        cursor: &mut Cursor<'_>,
        scope: &mut Scope<'s>,
        least: u8,
    ) -> BTreeMap<String, Shape<'s>> {
        let first = cursor.name();
        let second = if cursor.take(",") { cursor.name() } else { None };
        cursor.next();
        let list = self.expression(cursor, scope, least);
        let mut names = BTreeMap::new();
        match (first, second) {
            (Some((key, _)), Some((value, _))) => {
                names.insert(key.to_owned(), Shape::Any);
                names.insert(value.to_owned(), self.schema.some_member(&list));
            }
            (Some((value, _)), None) => drop(names.insert(value.to_owned(), list.each(self.schema))),
            _ => {}
        }
        names
    }

    fn place(&self, at: usize) -> Place {
        Place { text: self.here, at }
    }
}
