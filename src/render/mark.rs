//! The mark by which wirelab knows a text that it wrote: what made it, and whether it was edited since.
//!
//! ```text
//! <!-- wirelab 0.1.0; lab http; languages zh-en; capture <SHA-256>; text <SHA-256> -->
//! ```
//!
//! The mark is one line, a comment in Markdown, HTML and SVG alike. `text` is the SHA-256 of all that is before and
//! after this line. It is put in here and not by a template, so that no lab can forget it.

use sha2::{Digest, Sha256};

use crate::lab::Lang;
use crate::text::hex;

const START: &str = "<!-- wirelab ";
const END: &str = " -->";

/// Longest line that can be a mark; those that wirelab writes are shorter.
const LONGEST: usize = 1024;

/// What a text was made with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    /// Identifier of the lab.
    pub lab: Option<String>,
    /// Languages, the main one first; none in a figure.
    pub languages: Vec<Lang>,
    /// SHA-256 of the capture file, in hexadecimal; none when it is not known.
    pub capture: Option<String>,
}

/// A mark that stands in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// What the text was made with, as far as the mark can be read.
    pub origin: Origin,
    /// Whether the text is byte for byte as wirelab wrote it.
    pub unedited: bool,
    /// Line of the mark, from 1.
    pub line: usize,
}

/// A Markdown report with its mark in the first line.
#[must_use]
pub fn mark_markdown(origin: &Origin, markdown: &str) -> String {
    marked(origin, "", &format!("\n{markdown}"))
}

/// A page with its mark after the document type.
#[must_use]
pub fn mark_page(origin: &Origin, page: &str) -> String {
    let (before, after) = page.split_once('\n').unwrap_or(("", page));
    marked(origin, &format!("{before}\n"), after)
}

/// An SVG file with its mark in the last line.
#[must_use]
pub fn mark_figure(origin: &Origin, svg: &str) -> String {
    marked(origin, &format!("{}\n", svg.trim_end()), "")
}

fn marked(origin: &Origin, before: &str, after: &str) -> String {
    let languages: Vec<&str> = origin.languages.iter().map(Lang::as_str).collect();
    let members = [
        ("lab", origin.lab.clone()),
        ("languages", Some(languages.join("-")).filter(|languages| !languages.is_empty())),
        ("capture", origin.capture.clone()),
        ("text", Some(digest(before, after))),
    ];
    let members = members.into_iter().filter_map(|(name, value)| Some(format!("; {name} {}", value?)));
    let members: String = members.collect();
    format!("{before}{START}{}{members}{END}\n{after}", env!("CARGO_PKG_VERSION"))
}

/// The mark of `text`, if a line of it is one.
#[must_use]
pub fn read_mark(text: &str) -> Option<Mark> {
    let found = find(text)?;
    let written = digest(found.before, found.after);
    let unedited = found.is_whole_line && member(found.members, "text") == Some(&written);
    Some(Mark { origin: origin(found.members), unedited, line: found.line })
}

/// `text` without its mark.
#[must_use]
pub fn without_mark(text: &str) -> String {
    find(text).map_or_else(|| text.to_owned(), |found| format!("{}{}", found.before, found.after))
}

/// A mark in a text.
struct Found<'t> {
    before: &'t str,
    members: &'t str,
    /// Whether nothing but the end of the line follows it there.
    is_whole_line: bool,
    after: &'t str,
    line: usize,
}

fn find(text: &str) -> Option<Found<'_>> {
    let mut offset = 0;
    for (line, content) in (1..).zip(text.split_inclusive('\n')) {
        if content.len() <= LONGEST
            && let Some(members) = content.trim_end().strip_prefix(START).and_then(|rest| rest.strip_suffix(END))
        {
            let (before, after) = (text.get(..offset)?, text.get(offset + content.len()..)?);
            let is_whole_line = content.ends_with(&format!("{END}\n"));
            return Some(Found { before, members, is_whole_line, after, line });
        }
        offset += content.len();
    }
    None
}

fn origin(members: &str) -> Origin {
    Origin {
        lab: member(members, "lab").map(str::to_owned),
        languages: member(members, "languages").and_then(|joined| Lang::list(joined).ok()).unwrap_or_default(),
        capture: member(members, "capture").filter(|capture| is_digest(capture)).map(str::to_owned),
    }
}

fn member<'m>(members: &'m str, name: &str) -> Option<&'m str> {
    members.split("; ").find_map(|member| member.strip_prefix(name)?.strip_prefix(' '))
}

fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'))
}

fn digest(before: &str, after: &str) -> String {
    hex(&Sha256::new().chain_update(before).chain_update(after).finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Origin {
        Origin { lab: Some("http".to_owned()), languages: Lang::list("zh-en").unwrap(), capture: Some("0a".repeat(32)) }
    }

    #[test]
    fn a_mark_is_read_as_it_was_written() {
        for text in [
            mark_markdown(&sample(), "# Title\n"),
            mark_page(&sample(), "<!DOCTYPE html>\n<html></html>\n"),
            mark_figure(&sample(), "<svg></svg>\n"),
        ] {
            let mark = read_mark(&text).unwrap();
            assert_eq!((mark.origin, mark.unedited), (sample(), true), "{text}");
        }
        let unknown = mark_figure(&Origin::default(), "<svg/>");
        assert_eq!(read_mark(&unknown).unwrap().origin, Origin::default());
        assert_eq!(read_mark("# Title\n"), None);
    }

    #[test]
    fn every_edit_is_noticed_wherever_it_is() {
        let text = mark_markdown(&sample(), "# Title\n\nanswer:\n");
        let edits = [
            text.replace("answer:", "answer: 42"),
            text.replace('\n', "\r\n"),
            format!("{text}\n"),
            format!("\n{text}"),
            format!("\u{feff}{text}"),
            text.trim_end().to_owned(),
        ];
        for edited in &edits {
            assert!(!read_mark(edited).is_some_and(|mark| mark.unedited), "{edited:?}");
        }
        let below = read_mark(&format!("My notes\n\n{text}")).unwrap();
        assert_eq!((below.origin, below.line), (sample(), 3));
        assert_eq!(without_mark(&text), "\n# Title\n\nanswer:\n");
    }

    #[test]
    fn a_mark_that_makes_no_sense_says_nothing() {
        let mark = read_mark("<!-- wirelab x; languages ../zh; capture abc -->\n").unwrap();
        assert_eq!((mark.origin, mark.unedited), (Origin::default(), false));
    }
}
