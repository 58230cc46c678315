//! Markdown to one self-contained HTML page.

mod answers;
mod bytes;
pub(super) mod document;
pub(super) mod pictures;
pub(super) mod raw_html;
pub(super) mod sanitise;
mod tables;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use pulldown_cmark::Parser;
use sha2::{Digest, Sha256};
use tera::{Context, Kwargs, State, Tera, TeraResult, Value};

use document::Document;
use sanitise::FIGURE;

use super::assets;
use super::error::RenderError;
use super::fault::{self, Names};
use super::figures::Figures;
use super::template::bounded::{self, LARGEST};
use super::template::facts::Facts;
use super::template::speech::{Medium, Speech};
use crate::lab::{Lab, Lang, Place};

pub use pictures::{Linked, Picture, Pictures, linked_pictures};

/// The page of a report in Markdown: HTML that needs no other file, no network and no script. Pictures are its figures and those of the
/// lab.
///
/// # Errors
/// As [`filled_page`].
pub fn page(markdown: &str, lab: &Lab, languages: &[Lang], figures: &Figures) -> Result<String, RenderError> {
    filled_page(markdown, lab, languages, figures, &assets::pictures(markdown, lab))
}

/// The page of a report in Markdown that a student may have changed, with the pictures that were added.
///
/// Raw HTML in it is made regular, then goes through an allow-list. A picture that is neither in `figures` nor in `pictures` is left out; its
/// text alternative stands in its place.
///
/// # Errors
/// When the lab is broken: the message names its file and line. No Markdown makes a right lab fail, unless the page would
/// be larger than any report's.
pub fn filled_page(
    markdown: &str,
    lab: &Lab,
    languages: &[Lang],
    figures: &Figures,
    pictures: &Pictures,
) -> Result<String, RenderError> {
    let main = languages.first().ok_or(RenderError::NoLanguage)?;
    let speech = Arc::new(Speech::new(
        lab,
        languages,
        &Value::none(),
        &Arc::new(Facts::new(&serde_json::Value::Null, jiff::tz::TimeZone::UTC)),
        Medium::Page,
    )?);
    let summary = |rows: usize| Ok(document::inline(&speech.term(&folded(rows))?));
    let document = Document::read(markdown, figures, pictures, &summary)?;

    let mut tera = prepared(&speech);
    let added = tera.add_raw_templates(lab.templates_of("html"));
    added.map_err(|error| RenderError::Template(fault::faults(&error, &Names::of(lab, "html"))))?;

    let mut context = Context::new();
    context.insert_value("contents", Value::safe_string(&document.contents()));
    context.insert_value("cover", Value::safe_string(&document.cover));
    context.insert_value("body", Value::safe_string(&document.body));
    context.insert_value("footer", Value::safe_string(&document.footer));
    context.insert("title", &document.title);
    context.insert("lab", &lab.manifest.id);
    let _within = lab.at_work().at(Place::file("page.html"));
    let body = bounded::render(&tera, "page.html", &context, LARGEST)?;
    let names = figures.names().chain(document.pictures.iter().map(|(name, _)| name.as_str()));
    let body = place(&sanitise::clean(&body, names), figures, &document.pictures);

    let style = style(lab)? + &document.links.rules();
    let title = if document.title.is_empty() { &lab.manifest.id } else { &document.title };
    Ok(shell(&speech.tag(main), title, &style, &body))
}

/// An instance with the functions that the page's template may use.
pub(super) fn prepared(speech: &Arc<Speech>) -> Tera {
    let mut tera = Tera::default();
    tera.autoescape_on([".html"]);
    tera.register_filter("safe", |value: Value, _: Kwargs, _: &State| value);
    register_words(&mut tera, speech);
    tera
}

/// Everything around the body. It is not part of the lab, so that no lab can loosen the policy.
fn shell(language: &str, title: &str, style: &str, body: &str) -> String {
    let hash = BASE64_STANDARD.encode(Sha256::digest(style.as_bytes()));
    let title = ammonia::clean_text(title).replace("&#32;", " ");
    let language = ammonia::clean_text(language);
    format!(
        "<!DOCTYPE html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; \
         style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )
}

/// The style sheets of a lab, in the order in which a page has them: colours as variables, the page, its figures, what a lab adds.
const STYLES: [&str; 4] = ["colours.css", "style.css", "figures.css", "extra.css"];

/// The lab's style with the line ends that a browser hashes.
fn style(lab: &Lab) -> Result<String, RenderError> {
    let style: String = STYLES.iter().filter_map(|file| lab.template(file)).collect();
    let style = style.replace("\r\n", "\n").replace(['\r', '\0'], "\n");
    if style.to_ascii_lowercase().contains("</style") { Err(RenderError::StyleEnds) } else { Ok(style) }
}

/// What `page.bytes` is said with.
fn folded(rows: usize) -> Kwargs {
    let values = [("key", Value::from("page.bytes")), ("rows", Value::from(rows))];
    Kwargs::new(Arc::new(values.into_iter().map(|(name, value)| (name.into(), value)).collect()))
}

/// `word(key=…)`: the term in all languages as HTML; `label(key=…)`: the same as plain text for an attribute.
fn register_words(tera: &mut Tera, speech: &Arc<Speech>) {
    let words = Arc::clone(speech);
    tera.register_function("word", move |kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        Ok(Value::safe_string(&document::inline(&words.term(&kwargs)?)))
    });
    let words = Arc::clone(speech);
    tera.register_function("label", move |kwargs: Kwargs, _: &State| -> TeraResult<String> {
        Ok(document::plain(Parser::new(&words.term(&kwargs)?)))
    });
}

/// Figures and pictures in the place of their elements, each once. The cleaned HTML holds only elements of those of
/// this render, and elements without a name.
fn place(html: &str, figures: &Figures, pictures: &[(String, String)]) -> String {
    let mut shown: BTreeMap<&str, Cow<'_, str>> =
        figures.iter().map(|(name, figure)| (name, sanitise::clean_figure(&figure.svg).into())).collect();
    shown.extend(pictures.iter().map(|(name, element)| (name.as_str(), element.into())));
    let (open, close) = (format!("<{FIGURE} name=\""), format!("\"></{FIGURE}>"));
    let mut parts = html.split(open.as_str());
    let mut placed = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once(close.as_str()).unwrap_or(("", part));
        placed.push_str(&shown.remove(name).unwrap_or_default());
        placed.push_str(rest);
    }
    placed
}
