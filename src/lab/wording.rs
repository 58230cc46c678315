//! `locales/<lang>.toml` and `locales/<lang>/<part>.toml`: the wording of a lab in one language, as small templates
//! addressed by dotted keys. Which part a key stands in makes no difference.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use super::error::{LabError, Lines};
use super::manifest::invalid_toml;

/// One sentence or term: a small template and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// The template.
    pub text: String,
    /// The file it is in.
    pub file: String,
    /// Its line in that file, from 1.
    pub line: usize,
}

/// All wording of one language, by dotted key.
///
/// `[fields."ip.ttl"] label = "…"` has the key `fields.ip.ttl.label`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wording {
    sentences: BTreeMap<String, Sentence>,
}

impl Wording {
    /// Reads a locale file.
    pub(super) fn read(file: &str, text: &str) -> Result<Self, LabError> {
        let table = DeTable::parse(text).map_err(|error| invalid_toml(file, text, &error))?;
        let mut wording = Self::default();
        wording.add(file, &Lines::of(text), "", table.get_ref())?;
        Ok(wording)
    }

    fn add(&mut self, file: &str, lines: &Lines, prefix: &str, table: &DeTable<'_>) -> Result<(), LabError> {
        for (name, value) in table {
            let key =
                if prefix.is_empty() { name.get_ref().to_string() } else { format!("{prefix}.{}", name.get_ref()) };
            let line = lines.at(value.span().start);
            match value.get_ref() {
                DeValue::Table(table) => self.add(file, lines, &key, table)?,
                DeValue::String(words) => {
                    let sentence = Sentence { text: words.to_string(), file: file.to_owned(), line };
                    if self.sentences.insert(key.clone(), sentence).is_some() {
                        let message = format!("`{key}` is there twice; keep one");
                        return Err(LabError::Invalid { file: file.to_owned(), line, message });
                    }
                }
                _ => {
                    let message = format!("`{key}` is no text; put it in quotation marks");
                    return Err(LabError::Invalid { file: file.to_owned(), line, message });
                }
            }
        }
        Ok(())
    }

    /// This wording and another part of it.
    pub(super) fn join(&mut self, part: Self) -> Result<(), LabError> {
        for (key, sentence) in part.sentences {
            if let Some(first) = self.sentences.get(&key) {
                let message = format!("`{key}` is already in {}:{}; keep one", first.file, first.line);
                return Err(LabError::Invalid { file: sentence.file, line: sentence.line, message });
            }
            self.sentences.insert(key, sentence);
        }
        Ok(())
    }

    /// This wording, with what `over` has instead where both have a key.
    pub(super) fn overlaid(mut self, over: Self) -> Self {
        self.sentences.extend(over.sentences);
        self
    }

    /// The sentence of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Sentence> {
        self.sentences.get(key)
    }

    /// All keys with their sentences, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Sentence)> {
        self.sentences.iter().map(|(key, sentence)| (key.as_str(), sentence))
    }

    /// All keys, in order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.sentences.keys().map(String::as_str)
    }
}

/// The language whose wording the file of a lab holds; `None` for other files.
pub(super) fn language_of(file: &str) -> Option<&str> {
    let name = file.strip_prefix("locales/")?.strip_suffix(".toml")?;
    let language = name.split_once('/').map_or(name, |(language, _)| language);
    Some(language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_dotted_and_know_their_line() {
        let wording = Wording::read("locales/zh.toml", "[fields.\"ip.ttl\"]\n\nlabel = \"生存时间\"\n").unwrap();
        let sentence = wording.get("fields.ip.ttl.label").unwrap();
        assert_eq!((sentence.text.as_str(), sentence.line), ("生存时间", 3));
    }

    #[test]
    fn parts_are_joined_and_say_no_key_twice() {
        assert_eq!(language_of("locales/zh.toml"), Some("zh"));
        assert_eq!(language_of("locales/zh/headers.toml"), Some("zh"));
        assert_eq!(language_of("sections/aims.md"), None);
        let mut wording = Wording::read("locales/zh/a.toml", "a = \"x\"\n").unwrap();
        wording.join(Wording::read("locales/zh/b.toml", "b = \"y\"\n").unwrap()).unwrap();
        assert_eq!(wording.keys().collect::<Vec<_>>(), ["a", "b"]);
        let error = wording.join(Wording::read("locales/zh/c.toml", "\nb = \"z\"\n").unwrap()).unwrap_err();
        assert_eq!(error.to_string(), "locales/zh/c.toml:2: `b` is already in locales/zh/b.toml:1; keep one");
    }

    #[test]
    fn errors_name_the_line() {
        let error = Wording::read("locales/zh.toml", "a = \"x\"\nb = 3\n").unwrap_err();
        assert_eq!(error.to_string(), "locales/zh.toml:2: `b` is no text; put it in quotation marks");
        let error = Wording::read("locales/zh.toml", "a = \"x\"\na = \"y\"\n").unwrap_err();
        assert!(error.to_string().starts_with("locales/zh.toml:2: "), "{error}");
    }
}
