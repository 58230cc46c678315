//! Labs: folders with report templates, wording, rubric and look.
//!
//! ```text
//! lab.toml             what the lab is: languages, sections, hosts, evidence
//! report.md            the report's frame; the sections go into it
//! sections/<name>.md   one file per section
//! locales/<lang>.toml  the wording of one language; locales/<lang>/*.toml are parts of it
//! page.html style.css  the page around a report
//! ```
//!
//! The built-in lab `http` is such a folder, embedded in the program. A lab that `extends` it brings only the files
//! it changes; `lab.toml` and the locale files are laid over key by key, all others file by file.
//!
//! Nothing here reads files: a lab is made from a map of file names to bytes.

mod at_work;
mod error;
mod language;
mod lines;
mod locale;
mod manifest;
mod nearest;
mod wording;

use std::collections::BTreeMap;

use include_dir::{Dir, DirEntry, include_dir};

pub use at_work::{AtWork, Place};
pub use error::LabError;
pub use language::Lang;
pub use manifest::{Evidence, Manifest, Part};
pub(crate) use nearest::hint;
pub use wording::{Sentence, Wording};

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// The built-in lab that is used when none is named.
pub const DEFAULT: &str = "http";

/// The files of a lab folder: path with `/` between its parts, and content.
pub type Files = BTreeMap<String, Vec<u8>>;

/// A lab, ready to render reports with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lab {
    /// What `lab.toml` says.
    pub manifest: Manifest,
    templates: BTreeMap<String, String>,
    wording: BTreeMap<Lang, Wording>,
    at_work: AtWork,
}

/// Files that a lab must have, by itself or from the lab it extends.
const NEEDED: [&str; 3] = ["report.md", "page.html", "style.css"];

impl Lab {
    /// Identifiers of the built-in labs.
    pub fn built_in_ids() -> impl Iterator<Item = &'static str> {
        BUILT_IN.dirs().filter_map(|dir| dir.path().to_str())
    }

    /// A built-in lab.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn built_in(id: &str) -> Result<Self, LabError> {
        let mut files = Self::built_in_files(id)?;
        // The build script has read the locale files.
        files.retain(|name, _| wording::language_of(name).is_none());
        let wording = Wording::built_in(id).map(|(language, wording)| Ok((language.parse()?, wording)));
        Self::assembled(&files, wording.collect::<Result<_, LabError>>()?)
    }

    /// The files of a built-in lab.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn built_in_files(id: &str) -> Result<Files, LabError> {
        let Some(dir) = BUILT_IN.dirs().find(|dir| dir.path().to_str() == Some(id)) else {
            return Err(LabError::Unknown {
                name: id.to_owned(),
                hint: hint(id, Self::built_in_ids()),
                known: Self::built_in_ids().collect::<Vec<_>>().join(", "),
            });
        };
        let mut files = Files::new();
        collect(dir, dir.path(), &mut files);
        Ok(files)
    }

    /// The lab that `files` make up, laid over the lab it extends.
    ///
    /// # Errors
    /// When a file is missing, is not UTF-8, or says what cannot be; the message names the file and line.
    pub fn from_files(files: &Files) -> Result<Self, LabError> {
        let mut wording: BTreeMap<Lang, Wording> = BTreeMap::new();
        for (name, bytes) in files {
            if let Some(language) = wording::language_of(name) {
                let read = Wording::read(name, decode(name, bytes)?)?;
                wording.entry(language.parse()?).or_default().join(read)?;
            }
        }
        Self::assembled(files, wording)
    }

    /// The lab of these files, the locale files among them as `own` wording.
    fn assembled(files: &Files, own: BTreeMap<Lang, Wording>) -> Result<Self, LabError> {
        let manifest_text =
            text_of(manifest::FILE, files)?.ok_or_else(|| LabError::MissingFile { file: manifest::FILE.to_owned() })?;
        let written = manifest::Written::read(manifest_text)?;
        let base = match &written.extends {
            Some(id) => Some(Self::built_in(id)?),
            None => None,
        };
        let (mut templates, mut wording) = match &base {
            Some(base) => (base.templates.clone(), base.wording.clone()),
            None => (BTreeMap::new(), BTreeMap::new()),
        };
        for (name, bytes) in files {
            if has_ending(name, "md") || has_ending(name, "html") || has_ending(name, "css") {
                templates.insert(name.clone(), decode(name, bytes)?.to_owned());
            }
        }
        for (language, own) in own {
            let under = wording.remove(&language).unwrap_or_default();
            wording.insert(language, under.overlaid(own));
        }
        if let Some(file) = NEEDED.iter().find(|file| !templates.contains_key(**file)) {
            return Err(LabError::MissingFile { file: (*file).to_owned() });
        }
        let sections: Vec<&str> = templates
            .keys()
            .filter_map(|name| name.strip_prefix("sections/").and_then(|name| name.strip_suffix(".md")))
            .collect();
        let manifest = written.complete(manifest_text, base.as_ref().map(|base| &base.manifest), &sections)?;
        if let Some(language) = manifest.languages.iter().find(|language| !wording.contains_key(*language)) {
            return Err(LabError::MissingFile { file: format!("locales/{language}.toml") });
        }
        Ok(Self { manifest, templates, wording, at_work: AtWork::default() })
    }

    /// The template files of the lab: `report.md`, `sections/…`, `page.html`, `style.css`.
    pub fn templates(&self) -> impl Iterator<Item = (&str, &str)> {
        self.templates.iter().map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// The template files whose names end with `.` and `ending`.
    pub(crate) fn templates_of(&self, ending: &str) -> impl Iterator<Item = (&str, &str)> {
        self.templates().filter(move |(name, _)| has_ending(name, ending))
    }

    /// Where a rendering of this lab is.
    #[must_use]
    pub fn at_work(&self) -> &AtWork {
        &self.at_work
    }

    /// One template file.
    #[must_use]
    pub fn template(&self, name: &str) -> Option<&str> {
        self.templates.get(name).map(String::as_str)
    }

    /// The wording in one language.
    ///
    /// # Errors
    /// When the lab does not have the language.
    pub fn wording(&self, language: &Lang) -> Result<&Wording, LabError> {
        self.wording.get(language).filter(|_| self.manifest.languages.contains(language)).ok_or_else(|| {
            LabError::NoLanguage {
                lab: self.manifest.id.clone(),
                language: language.to_string(),
                known: self.manifest.languages.iter().map(Lang::as_str).collect::<Vec<_>>().join(", "),
            }
        })
    }

    /// The time zone of reports whose first language is `language`: the lab's, else UTC.
    #[must_use]
    pub fn time_zone(&self, language: &Lang) -> &str {
        self.manifest.time_zone.get(language).map_or("UTC", String::as_str)
    }
}

fn has_ending(name: &str, ending: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, last)| last == ending)
}

fn text_of<'f>(name: &str, files: &'f Files) -> Result<Option<&'f str>, LabError> {
    files.get(name).map(|bytes| decode(name, bytes)).transpose()
}

/// The text of a file, without the byte order mark that Windows editors write.
fn decode<'b>(name: &str, bytes: &'b [u8]) -> Result<&'b str, LabError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|_| LabError::NotUtf8 { file: name.to_owned() })
}

fn collect(dir: &Dir<'_>, root: &std::path::Path, files: &mut Files) {
    for entry in dir.entries() {
        match entry {
            DirEntry::Dir(dir) => collect(dir, root, files),
            DirEntry::File(file) => {
                let path = file.path().strip_prefix(root).unwrap_or_else(|_| file.path());
                let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
                files.insert(parts.join("/"), file.contents().to_vec());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(list: &[(&str, &str)]) -> Files {
        list.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect()
    }

    #[test]
    fn the_built_in_lab_is_a_folder_like_any_other() {
        let files = Lab::built_in_files(DEFAULT).unwrap();
        assert_eq!(Lab::from_files(&files).unwrap(), Lab::built_in(DEFAULT).unwrap());
    }

    #[test]
    fn a_lab_brings_only_what_it_changes() {
        let base = Lab::built_in(DEFAULT).unwrap();
        let lab = Lab::from_files(&files(&[
            ("lab.toml", "schema = 1\nid = \"mine\"\nextends = \"http\"\nhosts = [\"example.org\"]\n"),
            ("locales/en.toml", "[sections]\naims.title = \"Goals\"\n"),
        ]))
        .unwrap();
        let en: Lang = "en".parse().unwrap();
        assert_eq!(lab.manifest.hosts, ["example.org"]);
        assert_eq!(lab.manifest.sections, base.manifest.sections);
        assert_eq!(lab.wording(&en).unwrap().get("sections.aims.title").unwrap().text, "Goals");
        assert_eq!(
            lab.wording(&en).unwrap().get("sections.tasks.title"),
            base.wording(&en).unwrap().get("sections.tasks.title")
        );
    }

    #[test]
    fn errors_name_file_line_and_remedy() {
        let check = |lab: &str, expected: &str| {
            let error = Lab::from_files(&files(&[("lab.toml", lab)])).unwrap_err();
            assert_eq!(error.to_string(), expected);
        };
        check(
            "schema = 1\nid = \"mine\"\nextends = \"http\"\nsections = [\"aims\",\n\"taks\"]\n",
            "lab.toml:5: there is no file `sections/taks.md`; did you mean `tasks`?",
        );
        check("schema = 2\nid = \"mine\"\n", "lab.toml:1: this wirelab reads labs of schema 1; write `schema = 1`");
        check(
            "schema = 1\nid = \"mine\"\nextends = \"htp\"\n",
            "no lab is called `htp`; did you mean `http`?; built-in labs: http",
        );
        check(
            "schema = 1\nid = \"mine\"\nextends = \"http\"\n[time_zone]\nzh = \"Asia/Shangai\"\n",
            "lab.toml:5: `Asia/Shangai` is no IANA time zone; write one such as `Asia/Shanghai`",
        );
        let error = Lab::from_files(&files(&[("lab.toml", "schema = 1\nid = \"mine\"\nsectoins = []\n")])).unwrap_err();
        assert!(error.to_string().starts_with("lab.toml:3: unknown field `sectoins`"), "{error}");
    }
}
