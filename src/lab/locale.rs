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
    /// Line in the file, from 1.
    pub(crate) line: usize,
}

/// The values of a locale file, in the order of its keys within each table.
pub(crate) fn entries(text: &str) -> Result<Vec<Entry>, Error> {
    let table = DeTable::parse(text)?;
    let mut entries = Vec::new();
    add(&Lines::of(text), "", table.get_ref(), &mut entries);
    Ok(entries)
}

fn add(lines: &Lines, prefix: &str, table: &DeTable<'_>, entries: &mut Vec<Entry>) {
    for (name, value) in table {
        let name = name.get_ref();
        let key = if prefix.is_empty() { name.to_string() } else { format!("{prefix}.{name}") };
        let line = lines.at(value.span().start);
        match value.get_ref() {
            DeValue::Table(table) => add(lines, &key, table, entries),
            DeValue::String(text) => entries.push(Entry { key, text: Some(text.to_string()), line }),
            _ => entries.push(Entry { key, text: None, line }),
        }
    }
}
