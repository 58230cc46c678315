//! A locale file: texts by dotted key. The build script reads those of the built-in labs with this file too.

use toml::de::{DeTable, DeValue, Error};

use super::lines::Lines;

/// A value of a locale file.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Its dotted key: `[fields."ip.ttl"] label = "…"` has the key `fields.ip.ttl.label`.
    pub(crate) key: String,
    /// The text; `None` if the value is something else.
    pub(crate) text: Option<String>,
    /// Line in the file, from 1, at which the value begins: of a text in `"""` its own first line.
    pub(crate) line: usize,
}

/// The values of a locale file, in the order of its keys within each table.
pub(crate) fn entries(text: &str) -> Result<Vec<Entry>, Error> {
    let table = DeTable::parse(text)?;
    let mut entries = Vec::new();
    add(text, &Lines::of(text), "", table.get_ref(), &mut entries);
    Ok(entries)
}

fn add(text: &str, lines: &Lines, prefix: &str, table: &DeTable<'_>, entries: &mut Vec<Entry>) {
    for (name, value) in table {
        let name = name.get_ref();
        let key = if prefix.is_empty() { name.to_string() } else { format!("{prefix}.{name}") };
        let start = value.span().start;
        let line = lines.at(start + opening(text.get(start..).unwrap_or_default()));
        match value.get_ref() {
            DeValue::Table(table) => add(text, lines, &key, table, entries),
            DeValue::String(said) => entries.push(Entry { key, text: Some(said.to_string()), line }),
            _ => entries.push(Entry { key, text: None, line }),
        }
    }
}

/// How many bytes stand before a text whose quotation marks have a line of their own.
fn opening(value: &str) -> usize {
    ["\"\"\"", "'''"]
        .iter()
        .find_map(|marks| {
            let rest = value.strip_prefix(marks)?;
            let end = if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with('\n')) };
            (end > 0).then_some(marks.len() + end)
        })
        .unwrap_or(0)
}
