//! What is known of a value in a template before anything is rendered.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::word::{Word, join_words};

/// How many references a schema follows to reach a type.
const MOST_REFERENCES: usize = 8;

/// What is known of a value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape<'s> {
    /// Nothing is known.
    Any,
    /// It is none.
    Nothing,
    /// A value of the Report: a schema that is no reference.
    Of(&'s Json),
    /// A list of such values.
    List(Box<Shape<'s>>),
    /// A map with these members and no others.
    Map(BTreeMap<String, Shape<'s>>),
    /// One of these texts.
    Words(Vec<Word>),
}

/// Why a member cannot be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Lacks {
    /// There is no such member; there are these.
    Member(Vec<String>),
    /// It is a list: a member has to be taken from one of its own.
    IsList,
    /// It is a text, a number or a truth value.
    IsPlain,
}

impl<'s> Shape<'s> {
    /// What both can be.
    pub(super) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Nothing, shape) | (shape, Self::Nothing) => shape,
            (Self::Words(some), Self::Words(others)) => Self::Words(join_words(some, others)),
            (Self::List(some), Self::List(others)) => Self::List(Box::new(some.or(*others))),
            (some, other) if some == other => some,
            _ => Self::Any,
        }
    }

    /// What a member of a list, a text or a map is, as `for` goes through it.
    pub(super) fn each(&self, schema: &Schema<'s>) -> Self {
        match self {
            Self::List(item) => (**item).clone(),
            Self::Of(of) => of.get("items").map_or(Self::Any, |items| schema.shape(items)),
            _ => Self::Any,
        }
    }

    /// The texts that it can be; those of an enumeration without a promise that it is each of them.
    pub(super) fn words(&self) -> Vec<Word> {
        match self {
            Self::Words(words) => words.clone(),
            Self::Of(schema) => {
                let words: Option<Vec<Word>> = schema
                    .get("oneOf")
                    .and_then(Json::as_array)
                    .filter(|of| !of.is_empty())
                    .and_then(|of| of.iter().map(|of| of.get("const")?.as_str().map(Word::possible)).collect());
                words.unwrap_or_else(|| vec![Word::any()])
            }
            _ => vec![Word::any()],
        }
    }
}

/// The schema of the Report.
#[derive(Debug)]
pub(super) struct Schema<'s> {
    root: &'s Json,
}

impl<'s> Schema<'s> {
    pub(super) fn new(root: &'s Json) -> Self {
        Self { root }
    }

    /// The Report itself.
    pub(super) fn report(&self) -> Shape<'s> {
        Shape::Of(self.root)
    }

    /// The shape of a schema: references followed, `null` left out.
    pub(super) fn shape(&self, schema: &'s Json) -> Shape<'s> {
        let mut schema = schema;
        for _ in 0..MOST_REFERENCES {
            if let Some(reference) = schema.get("$ref").and_then(Json::as_str) {
                let Some(named) = reference.strip_prefix('#').and_then(|path| self.root.pointer(path)) else {
                    return Shape::Any;
                };
                schema = named;
                continue;
            }
            let Some(any) = schema.get("anyOf").and_then(Json::as_array) else { return Shape::Of(schema) };
            let mut others = any.iter().filter(|of| of.get("type").and_then(Json::as_str) != Some("null"));
            match (others.next(), others.next()) {
                (Some(only), None) => schema = only,
                _ => return Shape::Any,
            }
        }
        Shape::Any
    }

    /// A member of a value by its name.
    pub(super) fn member(&self, shape: &Shape<'s>, name: &str) -> Result<Shape<'s>, Lacks> {
        match shape {
            Shape::Any | Shape::Nothing => Ok(Shape::Any),
            Shape::List(_) => Err(Lacks::IsList),
            Shape::Words(_) => Err(Lacks::IsPlain),
            Shape::Map(members) => {
                members.get(name).cloned().ok_or_else(|| Lacks::Member(members.keys().cloned().collect()))
            }
            Shape::Of(schema) => self.member_of(schema, name),
        }
    }

    fn member_of(&self, schema: &'s Json, name: &str) -> Result<Shape<'s>, Lacks> {
        if let Some(properties) = schema.get("properties").and_then(Json::as_object) {
            return self.property(properties, schema, name);
        }
        if is_open(schema) {
            return Ok(Shape::Any);
        }
        let is = |kind: &str| match schema.get("type") {
            Some(Json::String(only)) => only == kind,
            Some(Json::Array(kinds)) => {
                kinds.iter().all(|of| of.as_str().is_some_and(|of| of == kind || of == "null")) && !kinds.is_empty()
            }
            _ => false,
        };
        if is("array") {
            return Err(Lacks::IsList);
        }
        let is_plain = ["string", "integer", "number", "boolean"].into_iter().any(is);
        if is_plain || !Shape::Of(schema).words().contains(&Word::any()) { Err(Lacks::IsPlain) } else { Ok(Shape::Any) }
    }

    fn property(&self, properties: &'s Map<String, Json>, schema: &'s Json, name: &str) -> Result<Shape<'s>, Lacks> {
        if let Some(property) = properties.get(name) {
            return Ok(self.shape(property));
        }
        // Text that is not UTF-8 has its bytes beside it.
        let is_raw = name.strip_suffix("_raw").is_some_and(|name| properties.contains_key(name));
        if is_raw || is_open(schema) {
            return Ok(Shape::Any);
        }
        Err(Lacks::Member(properties.keys().cloned().collect()))
    }

    /// A member whose name is known only when a report is rendered: what all members are.
    pub(super) fn some_member(&self, shape: &Shape<'s>) -> Shape<'s> {
        let Shape::Of(schema) = shape else { return shape.each(self) };
        if let Some(patterns) = schema.get("patternProperties").and_then(Json::as_object) {
            let mut members = patterns.values();
            return match (members.next(), members.next()) {
                (Some(only), None) => self.shape(only),
                _ => Shape::Any,
            };
        }
        let Some(properties) = schema.get("properties").and_then(Json::as_object) else { return shape.each(self) };
        let shapes = properties.values().map(|property| self.shape(property));
        shapes.reduce(Shape::or).unwrap_or(Shape::Any)
    }
}

/// Whether an object can have members that its schema does not name.
fn is_open(schema: &Json) -> bool {
    let additional = schema.get("additionalProperties");
    schema.get("patternProperties").is_some()
        || additional.is_some_and(|of| *of != Json::Bool(false))
        || (schema.get("properties").is_none() && schema.get("type").is_none() && schema.get("oneOf").is_none())
        || (schema.get("properties").is_none() && schema.get("type").and_then(Json::as_str) == Some("object"))
}
