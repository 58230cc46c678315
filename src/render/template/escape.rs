//! Captured text that shows and never acts: in Markdown (`CommonMark`, GitHub) as well as in HTML.

use std::fmt::Write as _;
use std::io;

use crate::render::page::sanitise::any_attributes;

/// What ends a text and shows nothing: GitHub looks for addresses of electronic mail in a text when its escapes are undone already, and
/// so does Markdown with the target of a link that a template makes of captured text.
const SEPARATOR: &str = "<!-- -->";

/// Longest captured text that is shown in full, in characters.
pub(in crate::render) const LONGEST: usize = 4096;

/// `text` with every character that could steer a reader's eye or terminal made visible.
///
/// Control characters become control pictures (`␀`); characters that reorder, hide or break text (bidirectional
/// controls, zero-width characters, line separators, tags) become `\u{202e}` and the like.
pub(in crate::render) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        push_visible(&mut shown, character);
    }
    shown
}

fn push_visible(shown: &mut String, character: char) {
    match character {
        '\u{0}'..='\u{1f}' => {
            shown.push(char::from_u32(0x2400 + u32::from(character)).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        '\u{7f}' => shown.push('\u{2421}'),
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{fffe}'..='\u{ffff}'
        | '\u{fdd0}'..='\u{fdef}'
        | '\u{e0000}'..='\u{e0fff}' => {
            let _ = write!(shown, "\\u{{{:04x}}}", u32::from(character));
        }
        _ => shown.push(character),
    }
}

/// The beginning of `text` and the number of characters left out.
pub(in crate::render) fn cut(text: &str, longest: usize) -> (&str, usize) {
    match text.char_indices().nth(longest) {
        Some((end, _)) => {
            let (kept, rest) = text.split_at_checked(end).unwrap_or((text, ""));
            (kept, rest.chars().count())
        }
        None => (text, 0),
    }
}

/// Writes `text` so that Markdown shows it literally, on one line.
///
/// This is the escape function of the Markdown templates.
pub(in crate::render) fn markdown(text: &str, output: &mut dyn io::Write) -> io::Result<()> {
    output.write_all(markdown_text(text).as_bytes())
}

/// Writes `text` as a figure shows it: visible, on one line, no markup. This is the escape function of figures' labels.
pub(in crate::render) fn plain(text: &str, output: &mut dyn io::Write) -> io::Result<()> {
    output.write_all(plain_text(text, LONGEST).as_bytes())
}

/// At most `longest` characters of `text`, visible, without markup.
pub(in crate::render) fn plain_text(text: &str, longest: usize) -> String {
    let (kept, left_out) = cut(text, longest);
    let mut shown = visible(kept);
    if left_out > 0 {
        let _ = write!(shown, "…[+{left_out}]");
    }
    shown
}

/// `text` as Markdown that shows it literally, on one line.
pub(in crate::render) fn markdown_text(text: &str) -> String {
    let (kept, left_out) = cut(text, LONGEST);
    let text = visible(kept);
    let mut escaped = String::with_capacity(text.len() + 8);
    for (place, character) in text.char_indices() {
        let (before, rest) = text.split_at_checked(place).unwrap_or_default();
        let after = rest.chars().nth(1);
        if is_in_address(before.chars().next_back(), character, after) || ends_scheme(before, character) {
            escaped.push_str(SEPARATOR);
        }
        // A reference means the same in raw HTML, where a backslash means nothing.
        if character == '<' {
            escaped.push_str("&lt;");
            continue;
        }
        if needs_backslash(before, character, after) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    push_left_out(&mut escaped, left_out);
    escaped
}

/// Whether Markdown could read `character`, between `before` and `after`, as anything but itself.
///
/// What only acts at the beginning of a line (lists, headings, rules) is escaped there alone, and what only acts
/// between certain neighbours only between them, so that the Markdown can be read.
fn needs_backslash(before: &str, character: char, after: Option<char>) -> bool {
    let is_numbered =
        !before.is_empty() && before.bytes().all(|byte| byte.is_ascii_digit()) && after.is_none_or(char::is_whitespace);
    match character {
        '\\' | '`' | '*' | '[' | ']' | '>' | '&' | '|' | '~' | '$' | '@' => true,
        '_' => {
            let is_word = |neighbour: Option<char>| neighbour.is_some_and(char::is_alphanumeric);
            !is_word(before.chars().next_back()) || !is_word(after)
        }
        '#' | '-' | '+' => before.is_empty(),
        '=' => before.is_empty() || ends_with_attribute(before),
        ')' => is_numbered,
        '.' => is_numbered || ends_with(before, &["www"]),
        ':' => after == Some('/') || ends_scheme(before, character),
        _ => false,
    }
}

/// Whether `character`, between `before` and `after`, is the `@` of what may be an address.
fn is_in_address(before: Option<char>, character: char, after: Option<char>) -> bool {
    let is_local = |before: char| before.is_alphanumeric() || matches!(before, '.' | '+' | '-' | '_');
    character == '@' && before.is_some_and(is_local) && after.is_some_and(char::is_alphanumeric)
}

/// Whether `character`, behind `before`, ends the scheme of an address that a program might open.
fn ends_scheme(before: &str, character: char) -> bool {
    character == ':' && ends_with(before, &["http", "https", "ftp", "mailto", "xmpp"])
}

/// Whether `text` ends with the name of an attribute that the elements of a page may have: in raw HTML of a template, what follows
/// would be its value.
fn ends_with_attribute(text: &str) -> bool {
    let text = text.trim_end();
    let name = text
        .rsplit(|character: char| !character.is_ascii_alphanumeric() && character != '-')
        .next()
        .unwrap_or_default();
    let before = text.strip_suffix(name).and_then(|before| before.chars().next_back());
    let begins = before.is_none_or(|before| before.is_whitespace() || matches!(before, '"' | '\'' | '/'));
    begins && any_attributes().any(|attribute| name.eq_ignore_ascii_case(attribute))
}

/// Whether a code span of `text` could act where it is none: in raw HTML of a template.
fn acts_in_html(text: &str) -> bool {
    let names_attribute = |(place, _): (usize, &str)| text.get(..place).is_some_and(ends_with_attribute);
    text.contains('<') || text.contains("](") || text.match_indices('=').any(names_attribute)
}

/// Whether `text` ends with one of `words`, in upper or lower case.
fn ends_with(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| {
        let start = text.len().checked_sub(word.len());
        start.and_then(|start| text.get(start..)).is_some_and(|end| end.eq_ignore_ascii_case(word))
    })
}

fn push_left_out(text: &mut String, left_out: usize) {
    if left_out > 0 {
        let _ = write!(text, "…\\[+{left_out}\\]");
    }
}

/// `text` as a code block: its lines as they are, every character that could steer a reader's eye made visible.
pub(in crate::render) fn block(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| visible(&line.replace('\t', "    "))).collect();
    let longest = lines.iter().flat_map(|line| line.split(|character| character != '`')).map(str::len).max();
    let fence = "`".repeat(longest.unwrap_or(0).max(2) + 1);
    format!("{fence}text\n{}\n{fence}", lines.join("\n"))
}

/// `text` as inline code.
///
/// A code span with backticks where that is safe everywhere; else a `code` element with character references,
/// because a `|` in a code span would split a table cell, and a `<` in one would begin an element within raw HTML; where it stands is not
/// known here.
pub(in crate::render) fn code(text: &str, longest: usize) -> String {
    let (kept, left_out) = cut(text, longest);
    let shown = visible(kept);
    let is_plain = !shown.is_empty()
        && !shown.contains(['`', '|'])
        && !acts_in_html(&shown)
        && !shown.starts_with(' ')
        && !shown.ends_with(' ')
        && !shown.contains("  ");
    let mut code = if is_plain { format!("`{shown}`") } else { code_element(&shown) };
    push_left_out(&mut code, left_out);
    code
}

fn code_element(shown: &str) -> String {
    if shown.is_empty() {
        return "<code>\"\"</code>".to_owned();
    }
    let mut code = String::from("<code>");
    let mut previous = ' ';
    for (place, character) in shown.char_indices() {
        let after = || shown.get(place + character.len_utf8()..)?.chars().next();
        if character == '@' && is_in_address(Some(previous), character, after()) {
            code.push_str(SEPARATOR);
        }
        match character {
            ' ' if previous == ' ' => code.push_str("&nbsp;"),
            ' ' => code.push(' '),
            _ if character.is_ascii_punctuation() => {
                let _ = write!(code, "&#{};", u32::from(character));
            }
            _ => code.push(character),
        }
        previous = character;
    }
    code.push_str("</code>");
    code
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

    /// The text of `markdown` in a table cell, and whether anything but text, code and the table was in it.
    fn read_in_cell(cell: &str) -> (String, bool) {
        let document = format!("| a | b |\n|---|---|\n| {cell} | x |\n");
        let mut text = String::new();
        let mut acted = false;
        let mut cells = 0;
        let mut in_body = false;
        for event in Parser::new_ext(&document, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
            match event {
                Event::End(TagEnd::TableHead) => in_body = true,
                Event::Start(Tag::TableCell) if in_body => cells += 1,
                Event::Text(part) | Event::Code(part) if cells == 1 => text.push_str(&part),
                Event::InlineHtml(html) if matches!(&*html, "<code>" | "</code>" | SEPARATOR) => {}
                Event::Start(Tag::Table(_) | Tag::TableHead | Tag::TableRow | Tag::TableCell)
                | Event::End(_)
                | Event::Text(_) => {}
                _ => acted = true,
            }
        }
        (text.replace('\u{a0}', " "), acted || cells != 2)
    }

    #[test]
    fn a_block_is_not_left_by_what_stands_in_it() {
        assert_eq!(block("a\n```\n\tb\u{202e}"), "````text\na\n```\n    b\\u{202e}\n````");
        assert_eq!(block(""), "```text\n\n```");
    }

    #[test]
    fn captured_text_is_readable_and_inert() {
        let check = |text: &str, expected: &str| assert_eq!(markdown_text(text), expected);
        check("10.164.249.88:13096", "10.164.249.88:13096");
        check("<b>", "&lt;b\\>");
        check("www.evil.example", "www\\.evil.example");
        check("http://a", "http<!-- -->\\://a");
        check("mailto:a@b.c", "mailto<!-- -->\\:a<!-- -->\\@b.c");
        check("x class=y ID =z /?uid=5", "x class\\=y ID \\=z /?uid=5");
        check("@a ,@b", "\\@a ,\\@b");
        check("- list", "\\- list");
        check("1. list", "1\\. list");
        check("a\r\nb", "a␍␊b");
        check("\u{202e}x", "\\\\u{202e}x");
        check("64-bit Windows 11 (22H2)", "64-bit Windows 11 (22H2)");
        check("_a_b_", "\\_a_b\\_");
    }

    #[test]
    fn code_survives_backticks_pipes_and_spaces() {
        let check = |text: &str, expected: &str| assert_eq!(code(text, 100), expected);
        check("text/html", "`text/html`");
        check("a|b", "<code>a&#124;b</code>");
        check("a@b|", "<code>a<!-- -->&#64;b&#124;</code>");
        check("``", "<code>&#96;&#96;</code>");
        check("", "<code>\"\"</code>");
        check("<b>", "<code>&#60;b&#62;</code>");
        check("a id=b", "<code>a id&#61;b</code>");
        check("/?id=5", "`/?id=5`");
        check(" a", "<code>&nbsp;a</code>");
        assert_eq!(code("abcdef", 2), "`ab`…\\[+4\\]");
    }

    proptest! {
        #[test]
        fn no_text_acts_in_a_table_cell(text in "[ -~\\n\\r\\t\u{202e}é中]{0,40}") {
            let shown = visible(&text);
            let (read, acted) = read_in_cell(&markdown_text(&text));
            prop_assert!(!acted, "{}", markdown_text(&text));
            prop_assert_eq!(read.trim(), shown.trim());
            let (read, acted) = read_in_cell(&code(&text, 100));
            prop_assert!(!acted, "{}", code(&text, 100));
            let expected = if shown.is_empty() { "\"\"" } else { &shown };
            prop_assert_eq!(read, expected);
        }
    }
}
