//! `rubric.toml`: how captures are marked. Read here for its form; what it asks for is described in `docs/labs.md`.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::condition;
use super::error::{LabError, line_of};
use super::language::Lang;
use super::manifest::invalid_toml;

/// The name of the file in a lab folder.
pub(super) const FILE: &str = "rubric.toml";
/// The only schema version so far.
const SCHEMA: i64 = 1;
/// Most criteria and penalties; a rubric that people can read has some ten.
const MOST: usize = 200;
/// How captures are marked.
#[derive(Debug, Clone, PartialEq)]
pub struct Rubric {
    /// What the criteria add up to, without bonus.
    pub points: f64,
    /// What gives points, in order.
    pub criteria: Vec<Criterion>,
    /// What takes points, in order.
    pub penalties: Vec<Criterion>,
}

/// Something that gives or takes points.
#[derive(Debug, Clone, PartialEq)]
pub struct Criterion {
    /// Identifier: letters a-z, digits, hyphens and underscores.
    pub id: String,
    /// Points that it gives when met, or takes.
    pub points: f64,
    /// Whether the points come on top of the rubric's.
    pub bonus: bool,
    /// Title per language.
    pub title: BTreeMap<Lang, String>,
    /// CEL expression that is true when it is met.
    pub when: String,
    /// CEL expression that is true when it applies at all; `None`: always.
    pub applies: Option<String>,
    /// Less points for less, the first that is true.
    pub partial: Vec<Level>,
    /// CEL expression that gives the frames which show it.
    pub evidence: Option<String>,
    /// What to do when it is not met, per language.
    pub advice: BTreeMap<Lang, String>,
}

/// A part of a criterion's points.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    /// Points, fewer than the criterion's.
    pub points: f64,
    /// CEL expression.
    pub when: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    schema: Spanned<i64>,
    points: Spanned<f64>,
    #[serde(default)]
    criterion: Vec<WrittenCriterion>,
    #[serde(default)]
    penalty: Vec<WrittenCriterion>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCriterion {
    id: Spanned<String>,
    points: Spanned<f64>,
    #[serde(default)]
    bonus: bool,
    title: Spanned<BTreeMap<Spanned<String>, String>>,
    when: Spanned<String>,
    applies: Option<Spanned<String>>,
    #[serde(default)]
    partial: Vec<WrittenLevel>,
    evidence: Option<Spanned<String>>,
    advice: Option<Spanned<BTreeMap<Spanned<String>, String>>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenLevel {
    points: Spanned<f64>,
    when: Spanned<String>,
}

impl Rubric {
    /// Reads `rubric.toml` of a lab that has these languages.
    pub(super) fn read(text: &str, languages: &[Lang]) -> Result<Self, LabError> {
        let written: Written = toml::from_str(text).map_err(|error| invalid_toml(FILE, text, &error))?;
        let mut reader = Reader { text, languages, errors: Vec::new(), ids: Vec::new() };
        if *written.schema.get_ref() != SCHEMA {
            let message = format!("this wirelab reads rubrics of schema {SCHEMA}; write `schema = {SCHEMA}`");
            reader.wrong(written.schema.span(), message);
        }
        if written.criterion.len() + written.penalty.len() > MOST {
            reader.wrong(0..0, format!("a rubric has at most {MOST} criteria and penalties"));
        }
        let points = reader.points(&written.points);
        let criteria: Vec<Criterion> = written.criterion.into_iter().map(|one| reader.criterion(one)).collect();
        let penalties = written.penalty.into_iter().map(|one| reader.criterion(one)).collect();
        let sum: f64 = criteria.iter().filter(|criterion| !criterion.bonus).map(|criterion| criterion.points).sum();
        if (sum - points).abs() > 1e-6 {
            let message =
                format!("the criteria without bonus add up to {sum}, not to {points}; change one or the other");
            reader.wrong(written.points.span(), message);
        }
        let rubric = Self { points, criteria, penalties };
        LabError::of(reader.errors).map_or(Ok(rubric), Err)
    }
}

/// Reads values, and keeps what is wrong with them.
struct Reader<'t> {
    text: &'t str,
    languages: &'t [Lang],
    errors: Vec<LabError>,
    ids: Vec<String>,
}

impl Reader<'_> {
    fn wrong(&mut self, span: Range<usize>, message: String) {
        self.errors.push(LabError::Invalid { file: FILE.to_owned(), line: line_of(self.text, span.start), message });
    }

    fn points(&mut self, written: &Spanned<f64>) -> f64 {
        let points = *written.get_ref();
        if !(points > 0.0 && points <= 100_000.0) {
            self.wrong(written.span(), format!("{points} are no points; write a number above 0"));
        }
        points
    }

    fn criterion(&mut self, written: WrittenCriterion) -> Criterion {
        self.id(&written.id);
        let points = self.points(&written.points);
        let mut partial = Vec::new();
        for level in written.partial {
            let part = self.points(&level.points);
            if part >= points {
                self.wrong(level.points.span(), format!("a part has fewer points than the whole: fewer than {points}"));
            }
            partial.push(Level { points: part, when: self.condition(level.when) });
        }
        Criterion {
            id: written.id.into_inner(),
            points,
            bonus: written.bonus,
            title: self.texts(Some(written.title), "title"),
            when: self.condition(written.when),
            applies: written.applies.map(|applies| self.condition(applies)),
            partial,
            evidence: written.evidence.map(|evidence| self.condition(evidence)),
            advice: self.texts(written.advice, "advice"),
        }
    }

    fn id(&mut self, written: &Spanned<String>) {
        let id = written.get_ref();
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
        if id.is_empty() || id.len() > 40 || !id.bytes().all(is_plain) {
            let message =
                "an id has 1 to 40 letters a-z, digits, hyphens and underscores; it names a column of the gradebook";
            self.wrong(written.span(), message.to_owned());
        }
        if self.ids.contains(id) {
            self.wrong(written.span(), format!("`{id}` is there twice; each id stands once"));
        }
        self.ids.push(id.clone());
    }

    /// A text in each language of the lab.
    fn texts(
        &mut self,
        written: Option<Spanned<BTreeMap<Spanned<String>, String>>>,
        what: &str,
    ) -> BTreeMap<Lang, String> {
        let mut texts = BTreeMap::new();
        let Some(written) = written else { return texts };
        let span = written.span();
        for (language, text) in written.into_inner() {
            match language.get_ref().parse::<Lang>() {
                Ok(known) if self.languages.contains(&known) => drop(texts.insert(known, text)),
                _ => self.wrong(language.span(), format!("`{}` is not among the lab's languages", language.get_ref())),
            }
        }
        for language in self.languages {
            if !texts.contains_key(language) {
                self.wrong(span.clone(), format!("the {what} is not said in `{language}`; add it"));
            }
        }
        texts
    }

    /// A CEL expression over the names it may use.
    fn condition(&mut self, written: Spanned<String>) -> String {
        for fault in condition::faults(written.get_ref()) {
            self.wrong(written.span(), fault);
        }
        written.into_inner()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn languages() -> Vec<Lang> {
        Lang::list("zh-en").unwrap()
    }

    const HANDSHAKE: &str = "[[criterion]]\nid = \"handshake\"\npoints = 10\ntitle = { zh = \"握手\", en = \"Handshake\" }\nwhen = \"report.evidence.handshake\"\n";

    #[test]
    fn reads_criteria() {
        let rubric = Rubric::read(&format!("schema = 1\npoints = 10\n{HANDSHAKE}"), &languages()).unwrap();
        assert_eq!(rubric.criteria.len(), 1);
    }

    #[test]
    fn errors_name_line_and_remedy() {
        let check = |text: &str, expected: &[&str]| {
            let errors = Rubric::read(text, &languages()).unwrap_err().each();
            let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
            assert_eq!(errors.len(), expected.len(), "{errors:?}");
            for (error, expected) in errors.iter().zip(expected) {
                assert!(error.starts_with(expected), "{error}");
            }
        };
        check("points = 10\n", &["rubric.toml:1: missing field `schema`"]);
        check(
            &format!("schema = 1\npoints = 20\n{HANDSHAKE}"),
            &["rubric.toml:2: the criteria without bonus add up to 10, not to 20"],
        );
        check(
            &format!("schema = 1\npoints = 20\n{HANDSHAKE}{HANDSHAKE}"),
            &["rubric.toml:9: `handshake` is there twice"],
        );
        check(
            &format!("schema = 1\npoints = 10\n{}", HANDSHAKE.replace("report.", "rpeort.")),
            &["rubric.toml:7: a condition knows no `rpeort`; did you mean `report`?"],
        );
        check(
            &format!("schema = 1\npoints = 10\n{}", HANDSHAKE.replace("report.evidence.handshake", "report. &&")),
            &["rubric.toml:7: the condition is no CEL expression: "],
        );
        check(
            &format!("schema = 1\npoints = 10\n{}", HANDSHAKE.replace(", en = \"Handshake\"", "")),
            &["rubric.toml:6: the title is not said in `en`"],
        );
        check(
            &format!("schema = 1\npoints = 10\n{}", HANDSHAKE.replace("when", "wehn")),
            &["rubric.toml:7: unknown field `wehn`"],
        );
        check(
            &format!("schema = 1\npoints = 10\n{}", HANDSHAKE.replace("10", "-1")),
            &["rubric.toml:5: -1 are no points", "rubric.toml:2: the criteria"],
        );
    }
}
