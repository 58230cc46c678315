//! `locales/<lang>.toml` and `locales/<lang>/<part>.toml`: the wording of a lab in one language, as small templates
//! addressed by dotted keys. Which part a key stands in makes no difference.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::error::LabError;
use super::locale::{self, Entry};
use super::manifest::invalid_toml;

/// One sentence or term: a small template and where it stands. The text of a built-in one is borrowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// The template.
    pub text: Cow<'static, str>,
    /// The file it is in.
    pub file: Cow<'static, str>,
    /// Its line in that file, from 1.
    pub line: usize,
}

/// Sentences by dotted key, in order of key, as the build script lists them.
type Listed = &'static [(&'static str, Sentence)];

include!(concat!(env!("OUT_DIR"), "/wording.rs"));

/// All wording of one language, by dotted key.
///
/// `[fields."ip.ttl"] label = "…"` has the key `fields.ip.ttl.label`.
#[derive(Debug, Clone, Default)]
pub struct Wording {
    /// What was read from files, and what stands in from another language.
    read: BTreeMap<String, Sentence>,
    /// What built-in labs say where that says nothing: the first that has a key.
    built_in: Vec<Listed>,
}

impl Wording {
    /// The language and wording of each built-in locale of the lab `id`.
    pub(super) fn built_in(id: &str) -> impl Iterator<Item = (&'static str, Self)> {
        let of_lab = BUILT_IN.iter().filter(move |(lab, _, _)| *lab == id);
        of_lab.map(|(_, language, listed)| (*language, Self { read: BTreeMap::new(), built_in: vec![listed] }))
    }

    /// Reads a locale file.
    pub(super) fn read(file: &str, text: &str) -> Result<Self, LabError> {
        let mut wording = Self::default();
        let mut errors = Vec::new();
        for Entry { key, text, line } in locale::entries(text).map_err(|error| invalid_toml(file, text, &error))? {
            let invalid = |message| LabError::Invalid { file: file.to_owned(), line, message };
            let Some(text) = text else {
                errors.push(invalid(format!("`{key}` is no text; put it in quotation marks")));
                continue;
            };
            let sentence = Sentence { text: text.into(), file: file.to_owned().into(), line };
            if wording.read.insert(key.clone(), sentence).is_some() {
                errors.push(invalid(format!("`{key}` is there twice; keep one")));
            }
        }
        LabError::of(errors).map_or(Ok(wording), Err)
    }

    /// This wording and another part of it, both read from files.
    pub(super) fn join(&mut self, part: Self) -> Result<(), LabError> {
        for (key, sentence) in part.read {
            if let Some(first) = self.read.get(&key) {
                let message = format!("`{key}` is already in {}:{}; keep one", first.file, first.line);
                return Err(LabError::Invalid { file: sentence.file.into_owned(), line: sentence.line, message });
            }
            self.read.insert(key, sentence);
        }
        Ok(())
    }

    /// This wording, with what `over` has instead where both have a key.
    pub(super) fn overlaid(mut self, over: Self) -> Self {
        self.read.retain(|key, _| over.built_in_sentence(key).is_none());
        self.read.extend(over.read);
        let built_in = over.built_in.into_iter().chain(self.built_in).collect();
        Self { read: self.read, built_in }
    }

    /// The sentences that may stand for those another language does not have: all but what the language says of itself.
    pub(super) fn standing_in(&self) -> Self {
        let others = self.iter().filter(|(key, _)| !key.starts_with("language."));
        Self { read: others.map(|(key, sentence)| (key.to_owned(), sentence.clone())).collect(), built_in: Vec::new() }
    }

    /// The sentence of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Sentence> {
        self.read.get(key).or_else(|| self.built_in_sentence(key))
    }

    fn built_in_sentence(&self, key: &str) -> Option<&'static Sentence> {
        self.built_in.iter().find_map(|listed| {
            let place = listed.binary_search_by_key(&key, |(key, _)| *key).ok()?;
            listed.get(place).map(|(_, sentence)| sentence)
        })
    }

    /// All keys with their sentences, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Sentence)> {
        let mut all: BTreeMap<&str, &Sentence> = BTreeMap::new();
        for listed in self.built_in.iter().rev() {
            all.extend(listed.iter().map(|(key, sentence)| (*key, sentence)));
        }
        all.extend(self.read.iter().map(|(key, sentence)| (key.as_str(), sentence)));
        all.into_iter()
    }

    /// What was read from files, in order of key.
    pub(crate) fn read_from_files(&self) -> impl Iterator<Item = (&str, &Sentence)> {
        let read = self.read.iter().filter(|(_, sentence)| matches!(sentence.text, Cow::Owned(_)));
        read.map(|(key, sentence)| (key.as_str(), sentence))
    }

    /// All keys, in order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(key, _)| key)
    }
}

impl PartialEq for Wording {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Wording {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_dotted_and_know_their_line() {
        let wording = Wording::read("locales/zh.toml", "[fields.\"ip.ttl\"]\n\nlabel = \"生存时间\"\n").unwrap();
        let sentence = wording.get("fields.ip.ttl.label").unwrap();
        assert_eq!((&*sentence.text, sentence.line), ("生存时间", 3));
    }

    #[test]
    fn parts_are_joined_and_say_no_key_twice() {
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
