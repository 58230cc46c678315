//! The Report, type by type, as its JSON Schema describes it.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::report::model::Report;

/// Places of a type that are listed.
const MOST_PLACES: usize = 6;

/// The chapter on the Report.
pub(super) fn described() -> String {
    let schema = schemars::schema_for!(Report).to_value();
    let none = Map::new();
    let types = schema.get("$defs").and_then(Value::as_object).unwrap_or(&none);
    let mut text = String::from(INTRODUCTION);
    write_fields(&mut text, &schema);
    let mut places = Vec::new();
    find_places(&schema, "report", types, &mut places);
    let mut written: Vec<&str> = Vec::new();
    for (name, _) in &places {
        let Some(described) = types.get(name.as_str()).filter(|_| !written.contains(&name.as_str())) else { continue };
        written.push(name);
        let at: Vec<&str> = places.iter().filter(|(other, _)| other == name).map(|(_, place)| place.as_str()).collect();
        write_type(&mut text, name, described, &at);
    }
    text
}

const INTRODUCTION: &str = "
## The Report

A field is written after a point: `report.connection.handshake.rtt`. What may be none is asked for before it is used.
Descriptions call none `null`, as the JSON of `wirelab report --format json` has it.

Types:

- text: what wirelab wrote, or what is known to be plain
- captured text: text from the capture, valid UTF-8 as captured, any other byte U+FFFD; then `<name>_raw` beside it holds the bytes in hexadecimal
- number: a whole number: of a frame as Wireshark counts, from 1; of bytes; or what the description says
- time: seconds since 1970-01-01 in UTC with nine decimals, as text; for the filter `time`
- duration: seconds with nine decimals, as text; for the filters `ms`, `seconds` and `since`
- list of …: `for` goes through it
- object by number: `report.frames | get(key=n | str, default=none)` gives one of it
- a name with a capital letter: an object, or a code, that has a section below

";

fn write_fields(text: &mut String, described: &Value) {
    for (name, field) in described.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let none = if is_nullable(field) { ", may be none" } else { "" };
        let _ = writeln!(text, "- `{name}` ({}{none}): {}", kind(field), description(field));
    }
}

fn write_type(text: &mut String, name: &str, described: &Value, at: &[&str]) {
    let shown: Vec<String> = at.iter().take(MOST_PLACES).map(|place| format!("`{place}`")).collect();
    let more = if at.len() > shown.len() { format!(" and {} more", at.len() - shown.len()) } else { String::new() };
    let _ = write!(text, "\n### {name}\n\n{}\n\nAt {}{more}.\n\n", description(described), shown.join(", "));
    write_fields(text, described);
    for value in described.get("oneOf").and_then(Value::as_array).into_iter().flatten() {
        if let Some(code) = value.get("const").and_then(Value::as_str) {
            let _ = writeln!(text, "- `{code}`: {}", description(value));
        }
    }
    for code in described.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
        let _ = writeln!(text, "- `{code}`");
    }
}

/// Each type and place at which it stands, outermost first.
fn find_places(described: &Value, path: &str, types: &Map<String, Value>, places: &mut Vec<(String, String)>) {
    let mut level = Vec::new();
    for (name, field) in described.get("properties").and_then(Value::as_object).into_iter().flatten() {
        find_in_field(field, &format!("{path}.{name}"), &mut level);
    }
    places.extend(level.iter().filter(|(name, _)| !is_plain(name)).cloned());
    for (name, path) in level {
        if let Some(described) = types.get(&name) {
            find_places(described, &path, types, places);
        }
    }
}

/// The types that a field holds.
fn find_in_field(field: &Value, path: &str, found: &mut Vec<(String, String)>) {
    if let Some(name) = reference(field) {
        found.push((name.to_owned(), path.to_owned()));
    }
    for choice in field.get("anyOf").and_then(Value::as_array).into_iter().flatten() {
        find_in_field(choice, path, found);
    }
    if let Some(items) = field.get("items") {
        find_in_field(items, &format!("{path}[]"), found);
    }
    for (_, member) in field.get("patternProperties").and_then(Value::as_object).into_iter().flatten() {
        find_in_field(member, &format!("{path}[n]"), found);
    }
}

/// The name of the type that a schema refers to.
fn reference(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.strip_prefix("#/$defs/")
}

/// Whether a type is explained in the table of types.
fn is_plain(name: &str) -> bool {
    matches!(name, "Text" | "Timestamp" | "Span" | "LinkType")
}

fn is_nullable(field: &Value) -> bool {
    let is_null = |kind: &Value| kind.as_str() == Some("null");
    let in_types = field.get("type").and_then(Value::as_array).is_some_and(|types| types.iter().any(is_null));
    let choices = field.get("anyOf").and_then(Value::as_array).into_iter().flatten();
    in_types || choices.filter_map(|choice| choice.get("type")).any(is_null)
}

/// The type of a field, without that it may be none.
fn kind(field: &Value) -> String {
    if let Some(name) = reference(field) {
        return match name {
            "Text" => "captured text".to_owned(),
            "Timestamp" => "time".to_owned(),
            "Span" => "duration".to_owned(),
            "LinkType" => "text".to_owned(),
            _ => name.to_owned(),
        };
    }
    if let Some(choices) = field.get("anyOf").and_then(Value::as_array) {
        let kinds: Vec<String> = choices.iter().map(kind).filter(|kind| kind != "none").collect();
        return kinds.join(" or ");
    }
    let types = match field.get("type") {
        Some(Value::Array(types)) => types.iter().filter_map(Value::as_str).find(|kind| *kind != "null"),
        Some(Value::String(kind)) => Some(kind.as_str()),
        _ => None,
    };
    match types {
        Some("string") => "text".to_owned(),
        Some("integer" | "number") => "number".to_owned(),
        Some("boolean") => "true or false".to_owned(),
        Some("null") => "none".to_owned(),
        Some("array") => list(field),
        Some("object") => {
            match field.get("patternProperties").and_then(Value::as_object).and_then(|of| of.values().next()) {
                Some(member) => format!("object by number: {}", kind(member)),
                None => "object".to_owned(),
            }
        }
        _ => "anything".to_owned(),
    }
}

fn list(field: &Value) -> String {
    if let Some(items) = field.get("prefixItems").and_then(Value::as_array) {
        let kinds = items.iter().map(|item| kind(item) + if is_nullable(item) { " or none" } else { "" });
        return format!("({})", kinds.collect::<Vec<_>>().join(", "));
    }
    let items = field.get("items");
    let none = if items.is_some_and(is_nullable) { " or none" } else { "" };
    format!("list of {}{none}", items.map_or_else(|| "anything".to_owned(), kind))
}

/// A description on one line.
fn description(schema: &Value) -> String {
    let text = schema.get("description").and_then(Value::as_str).unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every string, number, list and truth value of a Report stands at a path that the chapter has.
    #[test]
    fn every_field_is_described_with_a_sentence() {
        let schema = schemars::schema_for!(Report).to_value();
        let types = schema["$defs"].as_object().unwrap();
        let text = described();
        for (owner, described) in
            types.iter().map(|(name, described)| (name.as_str(), described)).chain([("Report", &schema)])
        {
            for (name, field) in described["properties"].as_object().into_iter().flatten() {
                let line = format!("- `{name}` ({}", kind(field));
                assert!(text.contains(&line), "{owner}.{name} is not in the document");
                let said = description(field);
                assert!(said.ends_with('.') && !said.contains("[`"), "{owner}.{name}: {said}");
                assert!(!kind(field).contains("anything"), "{owner}.{name} has no type");
            }
        }
        for name in types.keys().filter(|name| !is_plain(name)) {
            assert!(text.contains(&format!("\n### {name}\n")), "{name} is not in the document");
        }
    }

    #[test]
    fn places_are_paths() {
        let text = described();
        assert!(text.contains("At `report.connection`, `report.analysis.connections[]`."), "{text}");
        assert!(text.contains("- `rtts` (list of duration or none): "));
        assert!(text.contains("- `frames` (list of (number, number or none)): "));
        assert!(text.contains("- `frames` (object by number: FrameFacts): "));
    }
}
