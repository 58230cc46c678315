//! The components of a lab: what they are called with.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::expression::Cursor;
use super::scope::{Of, Scope};
use super::shape::Shape;
use super::texts::Texts;
use super::tokens::{Part, Token, What};
use super::walk::{Walk, end_of};
use super::word::{Place, Word};
use crate::lab::hint;

/// All components by name.
#[derive(Debug)]
pub(super) struct Components<'t, 's>(BTreeMap<String, Component<'t, 's>>);

/// A component.
#[derive(Debug)]
pub(super) struct Component<'t, 's> {
    text: usize,
    parts: Range<usize>,
    parameters: Vec<Parameter<'t, 's>>,
    /// Whether it takes parameters of any name.
    is_open: bool,
}

#[derive(Debug)]
struct Parameter<'t, 's> {
    name: &'t str,
    /// What it is when it is not given; `None` if it has to be.
    default: Option<Shape<'s>>,
    /// Whether it is what the template around the component has.
    is_implicit: bool,
}

impl<'t, 's> Components<'t, 's> {
    pub(super) fn of(texts: &'t Texts<'t>) -> Self {
        let mut components = BTreeMap::new();
        for (number, text) in texts.all.iter().enumerate() {
            for (at, part) in text.parts.iter().enumerate() {
                let Part::Tag(tokens) = part else { continue };
                let mut cursor = Cursor { tokens, at: 0 };
                if !cursor.is_word("component") {
                    continue;
                }
                cursor.next();
                let name = dotted(&mut cursor);
                let (parameters, is_open) = parameters(&mut cursor, number);
                let parts = at + 1..end_of(&text.parts, at + 1, "component", "endcomponent");
                components.insert(name, Component { text: number, parts, parameters, is_open });
            }
        }
        Self(components)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The components with the templates that define them.
    pub(super) fn places(&self) -> impl Iterator<Item = (&str, usize)> {
        self.0.iter().map(|(name, component)| (name.as_str(), component.text))
    }
}

/// A name whose parts are joined by dots.
fn dotted(cursor: &mut Cursor<'_>) -> String {
    let mut name = String::new();
    while let Some((part, _)) = cursor.name() {
        name.push_str(part);
        if !cursor.take(".") {
            break;
        }
        name.push('.');
    }
    name
}

/// `(name, name=default, @name, ...name)`, and whether the last is there.
fn parameters<'t, 's>(cursor: &mut Cursor<'t>, text: usize) -> (Vec<Parameter<'t, 's>>, bool) {
    let mut parameters = Vec::new();
    let mut is_open = false;
    cursor.take("(");
    while !cursor.is(")") {
        is_open |= cursor.take("...");
        let is_implicit = cursor.take("@");
        let Some((name, _)) = cursor.name() else { break };
        let mut default = None;
        let mut depth = 0_usize;
        while let Some(token) = cursor.tokens.get(cursor.at) {
            match &token.what {
                What::Sign(")" | ",") if depth == 0 => break,
                What::Sign("[" | "{" | "(") => depth += 1,
                What::Sign("]" | "}" | ")") => depth = depth.saturating_sub(1),
                _ => {}
            }
            if cursor.take("=") {
                default = cursor.tokens.get(cursor.at).map(|token| default_of(token, text));
            } else {
                cursor.next();
            }
        }
        parameters.push(Parameter { name, default, is_implicit });
        if !cursor.take(",") {
            break;
        }
    }
    (parameters, is_open)
}

fn default_of<'s>(token: &Token<'_>, text: usize) -> Shape<'s> {
    match &token.what {
        What::Text(said) => Shape::Words(vec![Word::written(said, Place { text, at: token.start })]),
        What::Name("none" | "None" | "null") => Shape::Nothing,
        _ => Shape::Any,
    }
}

impl<'s> Walk<'_, 's> {
    /// `<name value="…" value={…} />`, read from the name on.
    pub(super) fn component_call(&mut self, cursor: &mut Cursor<'_>, scope: &mut Scope<'s>) {
        let start = cursor.place();
        let name = dotted(cursor);
        let mut values = BTreeMap::new();
        let mut is_whole = true;
        loop {
            if cursor.take("{") {
                cursor.take("...");
                self.expression(cursor, scope, 0);
                cursor.take("}");
                is_whole = false;
                continue;
            }
            let Some((parameter, at)) = cursor.name() else { break };
            let value = if !cursor.take("=") {
                self.variable(scope, parameter, at)
            } else if cursor.take("{") {
                let value = self.expression(cursor, scope, 0);
                cursor.take("}");
                value
            } else {
                self.expression(cursor, scope, 20)
            };
            self.parameter(&name, parameter, at);
            values.insert(parameter.to_owned(), value);
        }
        cursor.take("/");
        cursor.take(">");
        if is_whole {
            self.lacking(&name, &values, start);
            self.calls.component(&name, values);
        } else if let Some(component) = self.components.0.get(&name) {
            let any = component.parameters.iter().map(|parameter| (parameter.name.to_owned(), Shape::Any));
            self.calls.component(&name, any.collect());
        }
    }

    fn parameter(&mut self, component: &str, name: &str, at: usize) {
        let Some(known) = self.components.0.get(component).filter(|known| !known.is_open) else { return };
        let names: Vec<&str> = known.parameters.iter().map(|parameter| parameter.name).collect();
        if !names.contains(&name) {
            let hint = hint(name, names.iter().copied());
            self.tell(
                at,
                format!("the component `{component}` has no parameter `{name}`{hint}; it has: {}", names.join(", ")),
            );
        }
    }

    fn lacking(&mut self, component: &str, values: &BTreeMap<String, Shape<'s>>, at: usize) {
        let Some(known) = self.components.0.get(component) else { return };
        let needed = known.parameters.iter().filter(|of| !of.is_implicit && of.default.is_none());
        let lacking: Vec<String> =
            needed.filter(|of| !values.contains_key(of.name)).map(|of| format!("`{}`", of.name)).collect();
        if !lacking.is_empty() && !known.is_open {
            self.tell(at, format!("the component `{component}` needs {}", lacking.join(", ")));
        }
    }

    /// Goes through all components.
    pub(super) fn all_components(&mut self) {
        let names: BTreeSet<String> = self.components.names().map(str::to_owned).collect();
        for name in names {
            let Some(component) = self.components.0.get(&name) else { continue };
            let known = self.known.get(&name);
            let mut values = BTreeMap::from([("body".to_owned(), Shape::Any)]);
            for parameter in &component.parameters {
                let given = known.map(|known| known.get(parameter.name).cloned());
                let shape = match (given, &parameter.default) {
                    _ if parameter.is_implicit && parameter.name == "report" => self.schema.report(),
                    _ if parameter.is_implicit => Shape::Any,
                    (None, _) | (Some(None), None) => Shape::Any,
                    (Some(None), Some(default)) => default.clone(),
                    (Some(Some(given)), Some(default)) => given.or(default.clone()),
                    (Some(Some(given)), None) => given,
                };
                values.insert(parameter.name.to_owned(), shape);
            }
            if component.is_open {
                continue;
            }
            let mut scope = Scope::new(values, Of::Component);
            if let Some(parts) = self.texts.get(component.text).and_then(|text| text.parts.get(component.parts.clone()))
            {
                scope.declare(parts);
            }
            self.part_of(component.text, component.parts.clone(), &mut scope, &BTreeMap::new());
        }
    }
}
