//! `lab.toml`: what a lab is.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use regex::Regex;
use serde::Deserialize;
use toml::Spanned;

use super::Lab;
use super::error::{LabError, line_of};
use super::language::Lang;
use super::nearest::hint;

/// The name of the file in a lab folder.
pub(super) const FILE: &str = "lab.toml";
/// The only schema version so far.
const SCHEMA: i64 = 1;
/// Largest compiled `student_id` pattern in bytes; one for a number and a name has some thousand.
const LARGEST_PATTERN: usize = 1 << 20;

/// A lab as `lab.toml` describes it, completed by the lab it extends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Identifier.
    pub id: String,
    /// The built-in lab that this one is laid over.
    pub extends: Option<String>,
    /// Title per language.
    pub title: BTreeMap<Lang, String>,
    /// What the lab is about, per language, in a sentence or two.
    pub description: BTreeMap<Lang, String>,
    /// Who made the lab.
    pub authors: Vec<String>,
    /// Languages that the lab has wording for.
    pub languages: Vec<Lang>,
    /// The language whose sentences stand for those that a language does not have.
    pub fallback: BTreeMap<Lang, Lang>,
    /// IANA time zone per language in which reports print times.
    pub time_zone: BTreeMap<Lang, String>,
    /// Hosts the lab asks to visit; empty if any will do.
    pub hosts: Vec<String>,
    /// Hosts that systems contact on their own to see whether they are online.
    pub connectivity_checks: Vec<String>,
    /// Regular expression that finds the student number in the name of a file or folder, as its group `id`.
    pub student_id: Option<String>,
    /// What counts as complete evidence.
    pub evidence: Evidence,
    /// Sections in order: each is a file `sections/<name>.md`.
    pub sections: Vec<String>,
    /// Sections whose heading has no number.
    pub unnumbered: Vec<String>,
}

/// What a capture has to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The parts that must be there.
    pub required: Vec<Part>,
}

/// A part of the evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// SYN, SYN-ACK and ACK.
    Handshake,
    /// A complete request.
    Request,
    /// A complete response.
    Response,
    /// Both FINs, acknowledged.
    Close,
}

impl Part {
    /// Its name in `lab.toml` and in the Report's `evidence`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Handshake => "handshake",
            Self::Request => "request",
            Self::Response => "response",
            Self::Close => "close",
        }
    }
}

/// `lab.toml` as written: everything but `schema` and `id` may be left to the lab it extends.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    schema: Spanned<i64>,
    id: Spanned<String>,
    extends: Option<Spanned<String>>,
    title: Option<BTreeMap<Spanned<String>, String>>,
    description: Option<BTreeMap<Spanned<String>, String>>,
    authors: Option<Vec<String>>,
    languages: Option<Vec<Spanned<String>>>,
    fallback: Option<BTreeMap<Spanned<String>, Spanned<String>>>,
    time_zone: Option<BTreeMap<Spanned<String>, Spanned<String>>>,
    hosts: Option<Vec<Spanned<String>>>,
    connectivity_checks: Option<Vec<Spanned<String>>>,
    student_id: Option<Spanned<String>>,
    evidence: Option<WrittenEvidence>,
    sections: Option<Vec<Spanned<String>>>,
    unnumbered: Option<Vec<Spanned<String>>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenEvidence {
    required: Vec<Part>,
}

impl Written {
    /// Reads `lab.toml`.
    pub(super) fn read(text: &str) -> Result<Self, LabError> {
        let written: Self = toml::from_str(text).map_err(|error| invalid_toml(FILE, text, &error))?;
        let at = |span: Range<usize>, message: String| Err(invalid(text, span.start, message));
        match *written.schema.get_ref() {
            SCHEMA => {}
            newer if newer > SCHEMA => {
                let message = format!(
                    "the lab was made for a newer wirelab (schema {newer}); this one reads schema {SCHEMA}: update wirelab"
                );
                return at(written.schema.span(), message);
            }
            other => {
                let message = format!(
                    "there is no schema {other}; write `schema = {SCHEMA}`, and see what `wirelab lab check` says"
                );
                return at(written.schema.span(), message);
            }
        }
        let id = written.id.get_ref();
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if id.is_empty() || id.len() > 40 || !id.bytes().all(is_plain) {
            return at(written.id.span(), "an id has 1 to 40 letters a-z, digits and hyphens".to_owned());
        }
        Ok(written)
    }

    /// The lab that this one extends.
    pub(super) fn base(&self, text: &str) -> Result<Option<Lab>, LabError> {
        let Some(id) = &self.extends else { return Ok(None) };
        Lab::built_in(id.get_ref()).map(Some).map_err(|error| invalid(text, id.span().start, error.to_string()))
    }

    /// The manifest, with what is not written taken from `base`. `sections` are the names of the section files in the lab.
    pub(super) fn complete(
        self,
        text: &str,
        base: Option<&Manifest>,
        sections: &BTreeSet<&str>,
    ) -> Result<Manifest, LabError> {
        let mut reader = Reader { text, errors: Vec::new() };
        let base_of = |part: fn(&Manifest) -> &Vec<String>| base.map(|base| part(base).clone());
        let languages = match self.languages {
            Some(languages) => languages.into_iter().filter_map(|language| reader.language(&language)).collect(),
            None => base.map_or_else(|| reader.left_out("languages"), |base| base.languages.clone()),
        };
        let sections_written =
            self.sections.map(|names| reader.sections(names, sections)).or(base_of(|base| &base.sections));
        let manifest = Manifest {
            id: self.id.into_inner(),
            extends: self.extends.map(Spanned::into_inner),
            title: reader.by_language(base.map(|base| &base.title), self.title, &languages),
            description: reader.by_language(base.map(|base| &base.description), self.description, &languages),
            authors: self.authors.or(base_of(|base| &base.authors)).unwrap_or_default(),
            fallback: reader.fallback(self.fallback, &languages),
            time_zone: reader.time_zones(base.map(|base| &base.time_zone), self.time_zone, &languages),
            hosts: self.hosts.map(|hosts| reader.hosts(hosts)).or(base_of(|base| &base.hosts)).unwrap_or_default(),
            connectivity_checks: self
                .connectivity_checks
                .map(|hosts| reader.hosts(hosts))
                .or(base_of(|base| &base.connectivity_checks))
                .unwrap_or_default(),
            student_id: self
                .student_id
                .map(|pattern| reader.pattern(pattern))
                .or_else(|| base.and_then(|base| base.student_id.clone())),
            evidence: match self.evidence {
                Some(evidence) => Evidence { required: evidence.required },
                None => base
                    .map_or_else(|| Evidence { required: reader.left_out("evidence") }, |base| base.evidence.clone()),
            },
            sections: sections_written.unwrap_or_else(|| reader.left_out("sections")),
            unnumbered: self
                .unnumbered
                .map(|names| reader.sections(names, sections))
                .or(base_of(|base| &base.unnumbered))
                .unwrap_or_default(),
            languages,
        };
        LabError::of(reader.errors).map_or(Ok(manifest), Err)
    }
}

/// Reads values, and keeps what is wrong with them.
struct Reader<'t> {
    text: &'t str,
    errors: Vec<LabError>,
}

impl Reader<'_> {
    fn wrong(&mut self, span: Range<usize>, message: String) {
        self.errors.push(invalid(self.text, span.start, message));
    }

    fn left_out<T>(&mut self, key: &str) -> Vec<T> {
        self.wrong(0..0, format!("`{key}` is not given; add it, or write `extends = \"http\"`"));
        Vec::new()
    }

    fn language(&mut self, written: &Spanned<String>) -> Option<Lang> {
        let language: Result<Lang, LabError> = written.get_ref().parse();
        language.map_err(|error| self.wrong(written.span(), error.to_string())).ok()
    }

    /// A language that the lab has.
    fn own_language(&mut self, written: &Spanned<String>, languages: &[Lang]) -> Option<Lang> {
        let language = self.language(written)?;
        if languages.contains(&language) {
            return Some(language);
        }
        let known: Vec<&str> = languages.iter().map(Lang::as_str).collect();
        let message =
            format!("`{language}` is not among the lab's languages ({}); add it to `languages`", known.join(", "));
        self.wrong(written.span(), message);
        None
    }

    /// Texts by language: those of the base for the lab's languages, with what is written over them.
    fn by_language(
        &mut self,
        base: Option<&BTreeMap<Lang, String>>,
        written: Option<BTreeMap<Spanned<String>, String>>,
        languages: &[Lang],
    ) -> BTreeMap<Lang, String> {
        let mut texts = base.cloned().unwrap_or_default();
        texts.retain(|language, _| languages.contains(language));
        for (language, words) in written.unwrap_or_default() {
            if let Some(language) = self.own_language(&language, languages) {
                texts.insert(language, words);
            }
        }
        texts
    }

    fn fallback(
        &mut self,
        written: Option<BTreeMap<Spanned<String>, Spanned<String>>>,
        languages: &[Lang],
    ) -> BTreeMap<Lang, Lang> {
        let mut fallback = BTreeMap::new();
        for (of, to) in written.unwrap_or_default() {
            let Some(of) = self.own_language(&of, languages) else { continue };
            let Some(language) = self.language(&to) else { continue };
            if of == language {
                self.wrong(to.span(), format!("`{language}` cannot stand for itself; name another language"));
            } else {
                fallback.insert(of, language);
            }
        }
        fallback
    }

    fn time_zones(
        &mut self,
        base: Option<&BTreeMap<Lang, String>>,
        written: Option<BTreeMap<Spanned<String>, Spanned<String>>>,
        languages: &[Lang],
    ) -> BTreeMap<Lang, String> {
        let mut zones = base.cloned().unwrap_or_default();
        zones.retain(|language, _| languages.contains(language));
        for (language, zone) in written.unwrap_or_default() {
            let Some(language) = self.own_language(&language, languages) else { continue };
            let database = jiff::tz::TimeZoneDatabase::bundled();
            if database.get(zone.get_ref()).is_ok() {
                zones.insert(language, zone.into_inner());
                continue;
            }
            let known: Vec<String> = database.available().map(|name| name.as_str().to_owned()).collect();
            let hint = hint(zone.get_ref(), known.iter().map(String::as_str));
            let message = format!("`{}` is no IANA time zone{hint}; write one such as `Asia/Shanghai`", zone.get_ref());
            self.wrong(zone.span(), message);
        }
        zones
    }

    /// Host names; a leading dot means the name and all below it.
    fn hosts(&mut self, written: Vec<Spanned<String>>) -> Vec<String> {
        let mut hosts = Vec::new();
        for host in written {
            let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte) || byte >= 0x80;
            if !host.get_ref().is_empty() && host.get_ref().bytes().all(is_part) {
                hosts.push(host.into_inner());
            } else {
                let message = format!(
                    "`{}` is no host name; write only the name, such as `www.example.edu`, without `http://` and path",
                    host.get_ref()
                );
                self.wrong(host.span(), message);
            }
        }
        hosts
    }

    fn pattern(&mut self, written: Spanned<String>) -> String {
        let pattern = regex::RegexBuilder::new(written.get_ref()).size_limit(LARGEST_PATTERN).build();
        let has_id = |pattern: &Regex| pattern.capture_names().flatten().any(|name| name == "id");
        match pattern {
            Ok(pattern) if has_id(&pattern) => {}
            Ok(_) => self.wrong(
                written.span(),
                "the pattern has no group `id`; write the part that is the student number as `(?<id>[0-9]+)`"
                    .to_owned(),
            ),
            Err(error) => {
                let why = error.to_string();
                let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ");
                self.wrong(written.span(), format!("the pattern is no regular expression: {why}"));
            }
        }
        written.into_inner()
    }

    fn sections(&mut self, names: Vec<Spanned<String>>, known: &BTreeSet<&str>) -> Vec<String> {
        let mut sections = Vec::new();
        for name in names {
            if !known.contains(name.get_ref().as_str()) {
                let hint = hint(name.get_ref(), known.iter().copied());
                self.wrong(name.span(), format!("there is no file `sections/{}.md`{hint}", name.get_ref()));
            } else if sections.contains(name.get_ref()) {
                self.wrong(name.span(), format!("`{}` is there twice; keep one", name.get_ref()));
            } else {
                sections.push(name.into_inner());
            }
        }
        sections
    }
}

fn invalid(text: &str, offset: usize, message: String) -> LabError {
    LabError::Invalid { file: FILE.to_owned(), line: line_of(text, offset), message }
}

/// A TOML error with its line, and the name that was probably meant.
pub(super) fn invalid_toml(file: &str, text: &str, error: &toml::de::Error) -> LabError {
    let offset = error.span().map_or(0, |span| span.start);
    let mut parts = error.message().split('`').skip(1).step_by(2);
    let wrong = parts.next().filter(|_| error.message().starts_with("unknown "));
    let hint = wrong.map(|name| hint(name, parts)).unwrap_or_default();
    LabError::Invalid {
        file: file.to_owned(),
        line: line_of(text, offset),
        message: format!("{}{hint}", error.message()),
    }
}
