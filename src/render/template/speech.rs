//! The wording of a lab, ready to say sentences with the Report's facts.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde_json::Value as Json;
use tera::{Context, Kwargs, State, Tera, TeraResult, Value};

use super::bounded;
use super::escape;
use super::facts::Facts;
use super::filters;
use crate::lab::{AtWork, Lab, Lang, Place, Sentence, Wording, hint};
use crate::render::error::RenderError;
use crate::render::fault::Fault;

/// Longest sentence in bytes, and how deep sentences may use each other.
const LONGEST: usize = 1024 * 1024;
const DEEPEST: usize = 8;

/// What sentences are made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::render) enum Medium {
    /// A report in Markdown: all sentences.
    Markdown,
    /// The labels of figures: plain text, the sentences under `figures`.
    Figure,
    /// What stands around a report's text on its page: those under `page` and `language`.
    Page,
}

impl Medium {
    fn has(self, key: &str) -> bool {
        match self {
            Self::Markdown => true,
            Self::Figure => key.starts_with("figures."),
            Self::Page => key.starts_with("page.") || key.starts_with("language."),
        }
    }
}

/// One language's sentences. A report says few of them: each is compiled when it is first said.
#[derive(Debug)]
struct Voice {
    language: Lang,
    wording: Wording,
    /// What sentences can use, without any sentence.
    tera: OnceLock<Tera>,
    /// The sentences said up to now, each as a template named by its key.
    compiled: Mutex<HashMap<String, Arc<Tera>>>,
    at_work: AtWork,
    /// How many sentences are being said at the moment, each by the one before it. No template can set it.
    depth: AtomicUsize,
}

impl Voice {
    /// The sentences of a language that a medium has. Those that were read from files are compiled at once: errors in them show,
    /// whether they are said or not.
    fn new(
        language: &Lang,
        wording: &Wording,
        report: &Value,
        facts: &Arc<Facts>,
        medium: Medium,
        at_work: &AtWork,
    ) -> Result<Arc<Self>, RenderError> {
        let voice = Self::unchecked(language, wording, report, facts, medium, at_work);
        let faults = voice.faults(wording.read_from_files().filter(|(key, _)| medium.has(key)));
        if faults.is_empty() { Ok(voice) } else { Err(RenderError::Template(faults)) }
    }

    /// The same; errors show when a sentence is said.
    fn unchecked(
        language: &Lang,
        wording: &Wording,
        report: &Value,
        facts: &Arc<Facts>,
        medium: Medium,
        at_work: &AtWork,
    ) -> Arc<Self> {
        let voice = Arc::new(Self {
            language: language.clone(),
            wording: wording.clone(),
            tera: OnceLock::new(),
            compiled: Mutex::default(),
            at_work: at_work.clone(),
            depth: AtomicUsize::new(0),
        });
        let mut tera = Tera::default();
        match medium {
            Medium::Figure => tera.set_escape_fn(escape::plain),
            Medium::Markdown | Medium::Page => tera.set_escape_fn(escape::markdown),
        }
        tera.autoescape_on([""]);
        filters::register(&mut tera, facts, medium);
        let inner = Arc::downgrade(&voice);
        let speak = move |kwargs: Kwargs, _: &State| -> TeraResult<Value> {
            let voice = inner.upgrade().ok_or_else(|| tera::Error::message("wording is gone"))?;
            Ok(Value::safe_string(&voice.say(&kwargs)?))
        };
        tera.register_function("say", speak.clone());
        tera.register_function("term", speak);
        let known = wording.clone();
        tera.register_function("has", move |kwargs: Kwargs, _: &State| -> TeraResult<bool> {
            Ok(known.get(kwargs.must_get("key")?).is_some())
        });
        tera.global_context().insert_value("report", report.clone());
        tera.global_context().insert("lang", language.as_str());
        let _ = voice.tera.set(tera);
        voice
    }

    /// Compiles sentences, to see which of them cannot be.
    fn faults<'w>(&self, sentences: impl Iterator<Item = (&'w str, &'w Sentence)>) -> Vec<Fault> {
        let broken = sentences.filter_map(|(key, sentence)| {
            let _within = self.at_work.at(Place::line(sentence.file.clone(), sentence.line));
            let error = self.compiled(key, sentence).err()?;
            Some(in_sentence(key, sentence, RenderError::from(error).faults()))
        });
        broken.collect()
    }

    /// The template of a sentence; `None` if nothing in it needs one.
    fn compiled(&self, key: &str, sentence: &Sentence) -> TeraResult<Option<Arc<Tera>>> {
        if !sentence.text.contains('{') && sentence.text.len() <= LONGEST {
            return Ok(None);
        }
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(template) = compiled.get(key) {
            return Ok(Some(Arc::clone(template)));
        }
        let mut template = self.tera.get().cloned().unwrap_or_default();
        template.add_raw_template(key, &sentence.text)?;
        let template = Arc::new(template);
        compiled.insert(key.to_owned(), Arc::clone(&template));
        Ok(Some(template))
    }

    fn say(&self, kwargs: &Kwargs) -> TeraResult<String> {
        let key: &str = kwargs.must_get("key")?;
        let Some(sentence) = self.wording.get(key) else {
            let hint = hint(key, self.wording.keys());
            return Err(tera::Error::message(format!("locales/{} has no key `{key}`{hint}", self.language)));
        };
        let nested = Nested::in_voice(self);
        if nested.depth > DEEPEST {
            return Err(tera::Error::message(format!("`{key}` uses itself; locale sentences may nest {DEEPEST} deep")));
        }
        let blame = |error: RenderError| tera::Error::message(in_sentence(key, sentence, error.faults()));
        let Some(tera) = self.compiled(key, sentence).map_err(|error| blame(error.into()))? else {
            return Ok(one_line(&sentence.text));
        };
        let _within = self.at_work.at(Place::line(sentence.file.clone(), sentence.line));
        let mut context = Context::new();
        for (name, value) in kwargs.iter() {
            if let Some(name) = name.as_str() {
                context.insert_value(name.to_owned(), value.clone());
            }
        }
        let text = bounded::render(&tera, key, &context, LONGEST).map_err(blame)?;
        Ok(one_line(&text))
    }
}

/// The first fault of a sentence, at its place in the locale file; that of a sentence which it says at that one's place.
fn in_sentence(key: &str, sentence: &Sentence, faults: Vec<Fault>) -> Fault {
    let Some(fault) = faults.into_iter().next() else { return Fault::of_file(&sentence.file, "cannot be said") };
    if fault.file != key && !fault.file.is_empty() {
        return fault;
    }
    let before = fault.line.unwrap_or(1).saturating_sub(1);
    Fault {
        file: sentence.file.to_string(),
        line: Some(sentence.line + before),
        message: format!("`{key}`: {}", fault.message),
        shown: fault.shown,
    }
}

/// A sentence that is being said.
struct Nested<'v> {
    voice: &'v Voice,
    /// How many sentences use each other, this one among them.
    depth: usize,
}

impl<'v> Nested<'v> {
    fn in_voice(voice: &'v Voice) -> Self {
        Self { voice, depth: voice.depth.fetch_add(1, Ordering::Relaxed) + 1 }
    }
}

impl Drop for Nested<'_> {
    fn drop(&mut self) {
        self.voice.depth.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How the sentences of several languages stand together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// Beneath each other.
    Sentence,
    /// In one line.
    Term,
}

/// The voices of the languages of a report, the main one first.
#[derive(Debug)]
pub(in crate::render) struct Speech {
    voices: Vec<Arc<Voice>>,
}

impl Speech {
    /// The voices that speak of `report`, which may be nothing.
    pub(in crate::render) fn new(
        lab: &Lab,
        languages: &[Lang],
        report: &Value,
        facts: &Arc<Facts>,
        medium: Medium,
    ) -> Result<Self, RenderError> {
        let voices = languages
            .iter()
            .map(|language| {
                let wording = lab.wording(language)?;
                if lab.is_known_to_compile() {
                    return Ok(Voice::unchecked(language, wording, report, facts, medium, lab.at_work()));
                }
                Voice::new(language, wording, report, facts, medium, lab.at_work())
            })
            .collect::<Result<Vec<_>, RenderError>>()?;
        if voices.is_empty() { Err(RenderError::NoLanguage) } else { Ok(Self { voices }) }
    }

    /// Voices that speak of nothing, whose sentences may be broken.
    pub(in crate::render) fn unchecked(
        lab: &Lab,
        languages: &[Lang],
        facts: &Arc<Facts>,
        medium: Medium,
    ) -> Result<Self, RenderError> {
        let voice = |language| -> Result<_, RenderError> {
            Ok(Voice::unchecked(language, lab.wording(language)?, &Value::none(), facts, medium, lab.at_work()))
        };
        Ok(Self { voices: languages.iter().map(voice).collect::<Result<_, _>>()? })
    }

    /// What is broken in the sentences of a language that were read from files.
    pub(in crate::render) fn faults(lab: &Lab, language: &Lang, facts: &Arc<Facts>) -> Vec<Fault> {
        let Ok(wording) = lab.wording(language) else { return Vec::new() };
        let voice = Voice::unchecked(language, wording, &Value::none(), facts, Medium::Markdown, lab.at_work());
        voice.faults(wording.read_from_files())
    }

    /// Adds `say`, `term`, `main` (in the main language only) and `has` to the templates of the report.
    pub(in crate::render) fn register(self: &Arc<Self>, tera: &mut Tera) {
        for (name, manner) in [("say", Manner::Sentence), ("term", Manner::Term)] {
            let speech = Arc::clone(self);
            tera.register_function(name, move |kwargs: Kwargs, _: &State| -> TeraResult<Value> {
                Ok(Value::safe_string(&speech.speak(&kwargs, manner)?))
            });
        }
        let speech = Arc::clone(self);
        tera.register_function("main", move |kwargs: Kwargs, _: &State| -> TeraResult<Value> {
            let Some(voice) = speech.voices.first() else { return Ok(Value::none()) };
            Ok(Value::safe_string(&voice.say(&kwargs)?))
        });
        let speech = Arc::clone(self);
        tera.register_function("has", move |kwargs: Kwargs, _: &State| -> TeraResult<bool> {
            let key = kwargs.must_get("key")?;
            Ok(speech.voices.iter().all(|voice| voice.wording.get(key).is_some()))
        });
    }

    /// The voice of one of the languages.
    pub(in crate::render) fn alone(&self, language: &Lang) -> Self {
        Self { voices: self.voices.iter().filter(|voice| voice.language == *language).map(Arc::clone).collect() }
    }

    /// A sentence in each language, without those that say the same or nothing.
    pub(in crate::render) fn each(&self, kwargs: &Kwargs) -> TeraResult<Vec<(&Lang, String)>> {
        let mut said: Vec<(&Lang, String)> = Vec::new();
        for voice in &self.voices {
            let sentence = voice.say(kwargs)?;
            if !sentence.is_empty() && said.iter().all(|(_, other)| *other != sentence) {
                said.push((&voice.language, sentence));
            }
        }
        Ok(said)
    }

    /// A term in all languages, as Markdown.
    pub(in crate::render) fn term(&self, kwargs: &Kwargs) -> TeraResult<String> {
        self.speak(kwargs, Manner::Term)
    }

    /// The BCP 47 tag of a language.
    pub(in crate::render) fn tag(&self, language: &Lang) -> String {
        let voice = self.voices.iter().find(|voice| voice.language == *language);
        voice.map_or_else(|| language.as_str().to_owned(), |voice| tag(&voice.wording, language))
    }

    fn speak(&self, kwargs: &Kwargs, manner: Manner) -> TeraResult<String> {
        let mut text = String::new();
        for (place, (language, sentence)) in self.each(kwargs)?.into_iter().enumerate() {
            let tag = self.tag(language);
            let _ = match manner {
                _ if place == 0 => write!(text, "{sentence}"),
                Manner::Sentence => write!(text, "<br><small lang=\"{tag}\">{sentence}</small>"),
                Manner::Term => write!(text, " <span lang=\"{tag}\">{sentence}</span>"),
            };
        }
        Ok(text)
    }
}

/// The BCP 47 tag of a language, as its wording gives it under `language.tag`.
fn tag(wording: &Wording, language: &Lang) -> String {
    wording
        .get("language.tag")
        .map_or_else(|| language.as_str().replace('_', "-"), |sentence| sentence.text.clone().into_owned())
}

/// The titles of a lab in the languages of a report, as Markdown.
pub(in crate::render) fn title(lab: &Lab, languages: &[Lang]) -> String {
    let mut titles = String::new();
    for language in languages {
        let Some(title) = lab.manifest.title.get(language).map(|title| escape::markdown_text(title)) else { continue };
        if titles.is_empty() {
            titles = title;
        } else {
            let tag = lab.wording(language).map_or_else(|_| language.to_string(), |wording| tag(wording, language));
            let _ = write!(titles, " <span lang=\"{tag}\">{title}</span>");
        }
    }
    if titles.is_empty() { escape::markdown_text(&lab.manifest.id) } else { titles }
}

/// The text on one line: a line break becomes a space, or nothing where Chinese text goes on.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for part in text.split('\n').map(str::trim).filter(|part| !part.is_empty()) {
        let joins_wide = line.chars().next_back().is_some_and(is_wide) || part.chars().next().is_some_and(is_wide);
        let joins_words = line.chars().next_back().is_some_and(|c| c.is_ascii_alphanumeric())
            || part.chars().next().is_some_and(|c| c.is_ascii_alphanumeric());
        if !line.is_empty() && (!joins_wide || (joins_words && !touches_punctuation(&line, part))) {
            line.push(' ');
        }
        line.push_str(part);
    }
    line
}

fn touches_punctuation(before: &str, after: &str) -> bool {
    before.chars().next_back().is_some_and(is_wide_punctuation) || after.chars().next().is_some_and(is_wide_punctuation)
}

/// Chinese characters and full-width punctuation.
fn is_wide(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
        || is_wide_punctuation(character)
}

fn is_wide_punctuation(character: char) -> bool {
    matches!(character, '\u{3000}'..='\u{303f}' | '\u{ff00}'..='\u{ffef}' | '“' | '”' | '—' | '…')
}

/// A Report value as a template value.
pub(in crate::render) fn value(json: &Json) -> Result<Value, RenderError> {
    Ok(Value::try_from_serializable(json)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_sentence_can_be_compiled() {
        let lab = Lab::built_in(crate::lab::DEFAULT).unwrap();
        let facts = Arc::new(Facts::new(&Json::Null, jiff::tz::TimeZone::UTC));
        for language in &lab.manifest.languages {
            let wording = lab.wording(language).unwrap();
            for medium in [Medium::Markdown, Medium::Figure, Medium::Page] {
                let voice = Voice::new(language, wording, &Value::none(), &facts, medium, lab.at_work()).unwrap();
                assert_eq!(voice.faults(wording.iter().filter(|(key, _)| medium.has(key))), []);
            }
        }
    }

    #[test]
    fn line_breaks_become_spaces_only_between_words() {
        let check = |text: &str, expected: &str| assert_eq!(one_line(text), expected);
        check("first\n  second\n", "first second");
        check("第一，\n第二", "第一，第二");
        check("长度为\n20 字节", "长度为 20 字节");
        check("长度为 20\n，即", "长度为 20，即");
    }
}
