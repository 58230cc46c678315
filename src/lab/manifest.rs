//! `lab.toml`: what a lab is.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::error::{LabError, line_of};
use super::language::Lang;
use super::nearest::hint;

/// The name of the file in a lab folder.
pub(super) const FILE: &str = "lab.toml";
/// The only schema version so far.
const SCHEMA: i64 = 1;

/// A lab as `lab.toml` describes it, completed by the lab it extends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Identifier.
    pub id: String,
    /// Title per language.
    pub title: BTreeMap<Lang, String>,
    /// Languages that the lab has wording for.
    pub languages: Vec<Lang>,
    /// IANA time zone per language in which reports print times.
    pub time_zone: BTreeMap<Lang, String>,
    /// Hosts the lab asks to visit; empty if any will do.
    pub hosts: Vec<String>,
    /// Hosts that systems contact on their own to see whether they are online.
    pub connectivity_checks: Vec<String>,
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
    schema: toml::Spanned<i64>,
    id: toml::Spanned<String>,
    pub(super) extends: Option<String>,
    title: Option<BTreeMap<String, String>>,
    languages: Option<Vec<toml::Spanned<String>>>,
    time_zone: Option<BTreeMap<String, toml::Spanned<String>>>,
    hosts: Option<Vec<String>>,
    connectivity_checks: Option<Vec<String>>,
    evidence: Option<WrittenEvidence>,
    sections: Option<Vec<toml::Spanned<String>>>,
    unnumbered: Option<Vec<toml::Spanned<String>>>,
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
        let at = |span: std::ops::Range<usize>, message: String| invalid(text, span.start, message);
        if *written.schema.get_ref() != SCHEMA {
            let message = format!("this wirelab reads labs of schema {SCHEMA}; write `schema = {SCHEMA}`");
            return Err(at(written.schema.span(), message));
        }
        let id = written.id.get_ref();
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if id.is_empty() || id.len() > 40 || !id.bytes().all(is_plain) {
            return Err(at(written.id.span(), "an id has 1 to 40 letters a-z, digits and hyphens".to_owned()));
        }
        Ok(written)
    }

    /// The manifest, with what is not written taken from `base`.
    ///
    /// `has_section` tells whether `sections/<name>.md` is in the lab.
    pub(super) fn complete(
        self,
        text: &str,
        base: Option<&Manifest>,
        section_names: &[&str],
    ) -> Result<Manifest, LabError> {
        let left_out = |key: &str| LabError::Invalid {
            file: FILE.to_owned(),
            line: 1,
            message: format!("`{key}` is not given; add it, or write `extends = \"http\"`"),
        };
        let languages = match self.languages {
            Some(languages) => languages
                .into_iter()
                .map(|language| parse_language(text, language.span().start, language.get_ref()))
                .collect::<Result<Vec<_>, _>>()?,
            None => base.map(|base| base.languages.clone()).ok_or_else(|| left_out("languages"))?,
        };
        if languages.is_empty() {
            return Err(left_out("languages"));
        }
        let mut title = base.map(|base| base.title.clone()).unwrap_or_default();
        for (language, words) in self.title.unwrap_or_default() {
            title.insert(parse_language(text, 0, &language)?, words);
        }
        let mut time_zone = base.map(|base| base.time_zone.clone()).unwrap_or_default();
        for (language, zone) in self.time_zone.unwrap_or_default() {
            if jiff::tz::TimeZoneDatabase::bundled().get(zone.get_ref()).is_err() {
                let message = format!("`{}` is no IANA time zone; write one such as `Asia/Shanghai`", zone.get_ref());
                return Err(invalid(text, zone.span().start, message));
            }
            time_zone.insert(parse_language(text, zone.span().start, &language)?, zone.into_inner());
        }
        let sections = match self.sections {
            Some(sections) => known_sections(text, sections, section_names)?,
            None => base.map(|base| base.sections.clone()).ok_or_else(|| left_out("sections"))?,
        };
        let unnumbered = match self.unnumbered {
            Some(names) => known_sections(text, names, section_names)?,
            None => base.map(|base| base.unnumbered.clone()).unwrap_or_default(),
        };
        let evidence = match self.evidence {
            Some(evidence) => Evidence { required: evidence.required },
            None => base.map(|base| base.evidence.clone()).ok_or_else(|| left_out("evidence"))?,
        };
        Ok(Manifest {
            id: self.id.into_inner(),
            title,
            languages,
            time_zone,
            hosts: self.hosts.or_else(|| base.map(|base| base.hosts.clone())).unwrap_or_default(),
            connectivity_checks: self
                .connectivity_checks
                .or_else(|| base.map(|base| base.connectivity_checks.clone()))
                .unwrap_or_default(),
            evidence,
            sections,
            unnumbered,
        })
    }
}

fn known_sections(text: &str, names: Vec<toml::Spanned<String>>, known: &[&str]) -> Result<Vec<String>, LabError> {
    names
        .into_iter()
        .map(|name| {
            if known.contains(&name.get_ref().as_str()) {
                return Ok(name.into_inner());
            }
            let hint = hint(name.get_ref(), known.iter().copied());
            let message = format!("there is no file `sections/{}.md`{hint}", name.get_ref());
            Err(invalid(text, name.span().start, message))
        })
        .collect()
}

fn parse_language(text: &str, offset: usize, language: &str) -> Result<Lang, LabError> {
    language.parse().map_err(|error: LabError| invalid(text, offset, error.to_string()))
}

fn invalid(text: &str, offset: usize, message: String) -> LabError {
    LabError::Invalid { file: FILE.to_owned(), line: line_of(text, offset), message }
}

/// A TOML error with its line.
pub(super) fn invalid_toml(file: &str, text: &str, error: &toml::de::Error) -> LabError {
    let offset = error.span().map_or(0, |span| span.start);
    LabError::Invalid { file: file.to_owned(), line: line_of(text, offset), message: error.message().to_owned() }
}
