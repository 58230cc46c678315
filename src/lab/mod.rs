//! Labs: folders with report templates, wording, rubric and look.
//!
//! ```text
//! lab.toml                  what the lab is: languages, sections, hosts, evidence
//! report.md                 the report's frame; the sections go into it
//! sections/<name>.md        one file per section; <name>.<lang>.md is the section in one language
//! parts/<name>.md           what sections share
//! locales/<lang>.toml       the wording of one language; locales/<lang>/*.toml are parts of it
//! page.html *.css           the page around a report: colours.css, style.css, figures.css; extra.css adds to them
//! assets/                   pictures that templates show with asset(name=…)
//! rubric.toml               how captures are marked
//! ```
//!
//! The built-in lab `http` is such a folder, embedded in the program. A lab that `extends` it brings only the files
//! it changes; `lab.toml` and the locale files are laid over key by key, all others file by file. A template that begins with
//! `{% extends "http/<file>" %}` changes only blocks of it.
//!
//! Nothing here reads files: a lab is made from a map of file names to bytes.

mod assemble;
mod at_work;
mod condition;
mod error;
mod kind;
mod language;
mod lines;
mod locale;
mod manifest;
mod nearest;
pub mod rubric;
pub mod starter;
mod wording;

use std::collections::{BTreeMap, BTreeSet};

use include_dir::{Dir, DirEntry, include_dir};

pub use at_work::{AtWork, Place};
pub use error::LabError;
pub(crate) use kind::Kind;
pub use language::Lang;
pub(crate) use lines::Lines;
pub use manifest::{Evidence, Manifest, Part};
pub(crate) use nearest::{hint, nearest};
pub use rubric::Rubric;
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
    /// The templates of the lab that this one extends, named `<lab>/<file>`.
    base: BTreeMap<String, String>,
    wording: BTreeMap<Lang, Wording>,
    at_work: AtWork,
    assets: BTreeMap<String, Vec<u8>>,
    /// `rubric.toml`, not read yet.
    rubric: Option<String>,
    /// The files of the folder itself, not those of the lab it extends.
    own: BTreeSet<String>,
    /// Whether all sentences are known to be such that the template engine takes them.
    is_compiled: bool,
}

impl Lab {
    /// Identifiers of the built-in labs.
    pub fn built_in_ids() -> impl Iterator<Item = &'static str> {
        BUILT_IN.dirs().filter_map(|dir| dir.path().to_str())
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

    /// The template files of the lab: `report.md`, `sections/…`, `page.html`, `style.css`.
    pub fn templates(&self) -> impl Iterator<Item = (&str, &str)> {
        self.templates.iter().map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// The template files whose names end with `.` and `ending`, and those of the lab it extends that they name.
    pub(crate) fn templates_of(&self, ending: &str) -> impl Iterator<Item = (&str, &str)> {
        let own = self.templates().filter(move |(name, _)| kind::has_ending(name, ending));
        let base = self.base.iter().filter(move |(name, _)| kind::has_ending(name, ending));
        own.chain(base.map(|(name, text)| (name.as_str(), text.as_str())))
    }

    /// The same lab, whose renderings are [at work](Self::at_work) at places of their own.
    #[must_use]
    pub fn apart(&self) -> Self {
        Self { at_work: AtWork::default(), ..self.clone() }
    }

    /// The same lab, whose sentences need not be compiled to see whether that can be done.
    pub(crate) fn known_to_compile(&self) -> Self {
        Self { is_compiled: true, ..self.clone() }
    }

    pub(crate) fn is_known_to_compile(&self) -> bool {
        self.is_compiled
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

    /// The file of a section in a language: `sections/<name>.<lang>.md` if there is one.
    pub(crate) fn section_in(&self, name: &str, language: &Lang) -> Option<String> {
        Some(format!("sections/{name}.{language}.md")).filter(|file| self.templates.contains_key(file))
    }

    /// A file below `assets/`, by its name there.
    #[must_use]
    pub fn asset(&self, name: &str) -> Option<&[u8]> {
        self.assets.get(name).map(Vec::as_slice)
    }

    /// The names of the files below `assets/`, in order.
    pub fn assets(&self) -> impl Iterator<Item = &str> {
        self.assets.keys().map(String::as_str)
    }

    /// How captures are marked; `None` if the lab does not say.
    ///
    /// # Errors
    /// When `rubric.toml` cannot be read: all that is found, each with its line.
    pub fn rubric(&self) -> Result<Option<Rubric>, LabError> {
        self.rubric.as_deref().map(|text| Rubric::read(text, &self.manifest.languages)).transpose()
    }

    /// The files of the lab's own folder, in order; those that it takes from the lab it extends are not among them.
    pub fn own_files(&self) -> impl Iterator<Item = &str> {
        self.own.iter().map(String::as_str)
    }

    /// Whether a file is in the lab's own folder.
    pub(crate) fn is_own(&self, file: &str) -> bool {
        self.own.contains(file)
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
        check(
            "schema = 2\nid = \"mine\"\n",
            "lab.toml:1: the lab was made for a newer wirelab (schema 2); this one reads schema 1: update wirelab",
        );
        check(
            "schema = 1\nid = \"mine\"\nextends = \"htp\"\n",
            "lab.toml:3: no lab is called `htp`; did you mean `http`?; built-in labs: http",
        );
        check(
            "schema = 1\nid = \"mine\"\nextends = \"http\"\n[time_zone]\nzh = \"Asia/Shangai\"\n",
            "lab.toml:5: `Asia/Shangai` is no IANA time zone; did you mean `Asia/Shanghai`?; write one such as `Asia/Shanghai`",
        );
        let error = Lab::from_files(&files(&[("lab.toml", "schema = 1\nid = \"mine\"\nsectoins = []\n")])).unwrap_err();
        let error = error.to_string();
        assert!(
            error.starts_with("lab.toml:3: unknown field `sectoins`") && error.ends_with("; did you mean `sections`?"),
            "{error}"
        );
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        let error = Lab::from_files(&files(&[
            (
                "lab.toml",
                "schema = 1\nid = \"mine\"\nextends = \"http\"\nhosts = [\"http://a/\"]\n[title]\nfr = \"T\"\n",
            ),
            ("locales/english.toml", ""),
            ("locales/zh.toml", "a = 1\nb = 2\n"),
        ]))
        .unwrap_err();
        let lines: Vec<String> = error.each().iter().map(ToString::to_string).collect();
        let starts: Vec<&str> = lines.iter().filter_map(|line| line.split(": ").next()).collect();
        assert_eq!(
            starts,
            ["lab.toml:6", "lab.toml:4", "locales/english.toml:1", "locales/zh.toml:1", "locales/zh.toml:2"]
        );
    }

    #[test]
    fn a_language_takes_what_it_lacks_from_its_fallback_but_not_its_name() {
        let lab = Lab::from_files(&files(&[
            (
                "lab.toml",
                "schema = 1\nid = \"mine\"\nextends = \"http\"\nlanguages = [\"de\", \"en\"]\nfallback = { de = \"en\" }\n",
            ),
            ("locales/de.toml", "[sections]\naims.title = \"Ziele\"\n"),
        ]))
        .unwrap();
        let de = lab.wording(&"de".parse().unwrap()).unwrap();
        assert_eq!(de.get("sections.aims.title").unwrap().text, "Ziele");
        assert_eq!(
            de.get("sections.tasks.title"),
            lab.wording(&"en".parse().unwrap()).unwrap().get("sections.tasks.title")
        );
        assert_eq!(de.get("language.tag"), None);
    }

    #[test]
    fn a_lab_can_name_the_files_of_the_lab_it_extends() {
        let lab = Lab::from_files(&files(&[
            ("lab.toml", "schema = 1\nid = \"mine\"\nextends = \"http\"\n"),
            ("sections/cover.md", "{% extends \"http/sections/cover.md\" %}"),
        ]))
        .unwrap();
        let names: Vec<&str> = lab.templates_of("md").map(|(name, _)| name).collect();
        assert!(names.contains(&"sections/cover.md") && names.contains(&"http/sections/cover.md"));
    }
}
