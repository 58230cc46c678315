//! What a page would leave out of the HTML, links and pictures in templates and sentences.

use std::ops::Range;

use pulldown_cmark::{Event, Parser, Tag};

use super::problem::Problem;
use super::texts::{Text, Texts};
use super::tokens::TAG;
use super::word::Place;
use crate::lab::hint;
use crate::render::page::pictures::MARKDOWN;
use crate::render::page::sanitise;

/// Elements that are left out with everything in them.
const UNSEEN: [&str; 6] = ["math", "script", "style", "svg", "template", "title"];

/// What to do with a picture.
const PICTURE: &str = "put the picture into assets/ and write `{{ asset(name=\"…\", alt=\"…\") }}`";
/// What to do with a link.
const LINK: &str = "a link begins with `#`, `http://`, `https://` or `mailto:`";

/// The problems of all own texts.
pub(super) fn check(texts: &Texts<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (number, text) in texts.all.iter().enumerate().filter(|(_, text)| text.is_own) {
        let mut found = Vec::new();
        if text.file.to_ascii_lowercase().ends_with(".html") {
            elements(&text.plain, 0..text.plain.len(), &mut found);
        } else {
            markdown(text, &mut found);
        }
        for (at, message) in found {
            let message = text.key.map_or(message.clone(), |key| format!("`{key}`: {message}"));
            problems.extend(texts.problem(Place { text: number, at }, message));
        }
    }
    problems
}

type Found = Vec<(usize, String)>;

fn markdown(text: &Text<'_>, found: &mut Found) {
    for (event, range) in Parser::new_ext(&text.plain, MARKDOWN).into_offset_iter() {
        match event {
            Event::Html(_) | Event::InlineHtml(_) => elements(&text.plain, range, found),
            Event::Start(Tag::Link { dest_url, .. }) => {
                if !is_kept("a", "href", &dest_url) {
                    found.push((
                        range.start,
                        format!("the link to `{}` is left out on the page: {LINK}", shown(&dest_url)),
                    ));
                }
            }
            Event::Start(Tag::Image { dest_url, .. }) => {
                let known = fixed(&dest_url);
                if !known.is_empty() && !known.starts_with("data:") {
                    found.push((
                        range.start,
                        format!("the picture `{}` is left out on the page: {PICTURE}", shown(&dest_url)),
                    ));
                }
            }
            _ => {}
        }
    }
}

/// The elements that begin in a range of a text.
fn elements(text: &str, range: Range<usize>, found: &mut Found) {
    let mut at = range.start;
    while let Some(open) = text.get(at..range.end).and_then(|rest| rest.find('<')) {
        let start = at + open;
        at = start + 1;
        let rest = text.get(at..).unwrap_or_default();
        if let Some(comment) = rest.strip_prefix("!--") {
            at += 3 + comment.find("-->").map_or(comment.len(), |end| end + 3);
            continue;
        }
        let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(rest.len());
        let name = rest.get(..length).unwrap_or_default().to_ascii_lowercase();
        if name.is_empty() || rest.get(length..).is_some_and(|rest| rest.starts_with(TAG)) {
            continue;
        }
        at += length;
        if UNSEEN.contains(&name.as_str()) {
            found.push((
                start,
                format!("`<{name}>` is left out on the page with all that is in it; {}", instead(&name)),
            ));
            let end = text.get(at..range.end).and_then(|rest| rest.find(&format!("</{name}")));
            at += end.unwrap_or(0);
            continue;
        }
        if !sanitise::elements().any(|known| known == name) {
            let instead = instead(&name);
            let instead = if instead.is_empty() { hint(&name, sanitise::elements()) } else { format!("; {instead}") };
            found.push((start, format!("`<{name}>` is left out on the page: no such element is allowed{instead}")));
            continue;
        }
        at = attributes(text, at, &name, found);
    }
}

/// What to write in place of an element.
fn instead(element: &str) -> &'static str {
    match element {
        "script" => "a page has no scripts",
        "style" => "write it into style.css or extra.css",
        "svg" => "put a picture into assets/, or use `{{ figure(name=\"…\") }}`",
        "title" => "the title stands in lab.toml",
        "font" | "center" => "write a `class`, and style it in extra.css",
        "link" | "base" | "meta" => "the head of the page is always the same",
        "iframe" | "object" | "embed" | "video" | "audio" => "a page shows nothing from elsewhere; write a link",
        "form" | "input" | "button" | "textarea" | "select" => {
            "a page has no forms; `{{ <answer /> }}` is room to write"
        }
        _ => "",
    }
}

/// Reads attributes from `at` on, to the end of their tag.
fn attributes(text: &str, at: usize, element: &str, found: &mut Found) -> usize {
    let mut at = at;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let skipped = rest.len() - rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/' || c == TAG).len();
        at += skipped;
        let rest = text.get(at..).unwrap_or_default();
        if rest.is_empty() || rest.starts_with(['>', '<']) {
            return at;
        }
        let length = rest.find(|c: char| c.is_whitespace() || "=>/<\"'".contains(c)).unwrap_or(rest.len());
        let (start, name) = (at, rest.get(..length).unwrap_or_default().to_ascii_lowercase());
        at += length.max(1);
        let value = value(text, &mut at);
        // A name that a tag makes.
        if name.contains(TAG) || name.is_empty() {
            continue;
        }
        if !sanitise::attributes(element).any(|known| known == name) {
            let why = match name.as_str() {
                "style" => "; write a `class`, and style it in extra.css".to_owned(),
                _ if name.starts_with("on") => "; a page has no scripts".to_owned(),
                _ => hint(&name, sanitise::attributes(element)),
            };
            found.push((start, format!("`{name}` of `<{element}>` is left out on the page{why}")));
        } else if !is_kept(element, &name, &value) {
            let why = match name.as_str() {
                "href" => LINK,
                "src" => PICTURE,
                _ => "such names have letters a-z, digits, `-` and `_`, and begin with a letter",
            };
            found.push((start, format!("`{name}=\"{}\"` is left out on the page: {why}", shown(&value))));
        }
    }
}

/// The value behind an attribute's name.
fn value(text: &str, at: &mut usize) -> String {
    let rest = text.get(*at..).unwrap_or_default();
    let Some(behind) = rest.trim_start().strip_prefix('=') else { return String::new() };
    *at += rest.len() - behind.len();
    let begins = behind.trim_start();
    *at += behind.len() - begins.len();
    let quote = begins.chars().next().filter(|first| matches!(first, '"' | '\''));
    let (value, length) = match quote {
        Some(quote) => {
            let inner = begins.get(1..).unwrap_or_default();
            let end = inner.find(quote).unwrap_or(inner.len());
            (inner.get(..end).unwrap_or_default(), end + 2)
        }
        None => {
            let end = begins.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(begins.len());
            (begins.get(..end).unwrap_or_default(), end)
        }
    };
    *at += length;
    value.to_owned()
}

/// Whether a value stays on a page, as far as it is known before a report is rendered.
fn is_kept(element: &str, attribute: &str, value: &str) -> bool {
    if !value.contains(TAG) {
        return sanitise::is_value(element, attribute, value);
    }
    let known = fixed(value);
    match (element, attribute) {
        ("a", "href") => {
            known.is_empty()
                || known.starts_with('#')
                || sanitise::is_value(element, attribute, known)
                || begins_scheme(known)
        }
        ("img", "src") => known.is_empty() || "data:image/".starts_with(known) || known.starts_with("data:image/"),
        _ => true,
    }
}

fn begins_scheme(known: &str) -> bool {
    ["http://", "https://", "mailto:"].iter().any(|scheme| scheme.starts_with(known))
}

/// What is written of a value before the first tag in it.
fn fixed(value: &str) -> &str {
    value.split(TAG).next().unwrap_or_default()
}

/// A value for a message: its tags as `…`.
fn shown(value: &str) -> String {
    let parts: Vec<&str> = value.split(TAG).filter(|part| !part.is_empty()).collect();
    let shown = parts.join("…");
    if value.ends_with(TAG) { shown + "…" } else { shown }
}
