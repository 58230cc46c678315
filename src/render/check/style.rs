//! Style sheets: what would end a page's style, what a page's policy does not load, what is not closed.

use super::problem::Problem;
use crate::lab::{Lab, Lines};

/// The problems of a lab's own style sheets.
pub(super) fn check(lab: &Lab) -> Vec<Problem> {
    let sheets = lab.templates_of("css").filter(|(file, _)| lab.is_own(file));
    sheets.flat_map(|(file, text)| sheet(file, text)).collect()
}

fn sheet(file: &str, text: &str) -> Vec<Problem> {
    let lines = Lines::of(text);
    let mut problems = Vec::new();
    let mut tell = |at: usize, message: String| problems.push(Problem::at(file, lines.at(at), message));
    let lower = text.to_ascii_lowercase();
    for (at, _) in lower.match_indices("</style") {
        tell(at, "`</style` ends the style of the page; take it away".to_owned());
    }
    let plain = without_comments(&lower);
    for (at, _) in plain.match_indices("@import") {
        tell(at, "`@import` is not followed: a page loads nothing; copy the rules into this file".to_owned());
    }
    for (at, _) in plain.match_indices("url(") {
        let value = plain.get(at + 4..).unwrap_or_default().trim_start_matches(['"', '\'', ' ']);
        if !value.starts_with("data:image/") && !value.starts_with('#') {
            let message = "`url(…)` is not loaded: a page has everything in it; write `url(data:image/png;base64,…)`, or use assets/ in a template";
            tell(at, message.to_owned());
        }
    }
    if let Some(at) = unclosed(&plain) {
        tell(at, "this `{` is not closed; what follows it has no style".to_owned());
    }
    problems
}

/// The text with spaces for its comments.
fn without_comments(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, comment)) = rest.split_once("/*") {
        plain.push_str(before);
        let (comment, after) = comment.split_once("*/").unwrap_or((comment, ""));
        let length = rest.len() - before.len() - after.len();
        let kept = comment.bytes().filter(|byte| *byte == b'\n').count();
        plain.extend(std::iter::repeat_n('\n', kept));
        plain.extend(std::iter::repeat_n(' ', length - kept));
        rest = after;
    }
    plain.push_str(rest);
    plain
}

/// The first brace that is not closed.
fn unclosed(text: &str) -> Option<usize> {
    let mut open = Vec::new();
    let mut quote = None;
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (Some(by), _) if by == character || character == '\n' => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(character),
            (None, '{') => open.push(at),
            (None, '}') => drop(open.pop()),
            _ => {}
        }
    }
    open.first().copied()
}
