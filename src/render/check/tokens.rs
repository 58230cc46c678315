//! The text of a template in parts: what stands there as it is, and the tags with their tokens.
//!
//! Only templates that the engine accepts are read, so nothing here is an error: what is not known is a sign.

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part<'t> {
    /// `{{ … }}`.
    Output(Vec<Token<'t>>),
    /// `{% … %}`.
    Tag(Vec<Token<'t>>),
}

/// A token, and the byte at which it begins and ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token<'t> {
    pub(super) what: What<'t>,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What<'t> {
    Name(&'t str),
    Text(String),
    Number(&'t str),
    Sign(&'t str),
}

/// Signs of more than one character, the longer ones first.
const LONG_SIGNS: [&str; 10] = ["...", "//", "**", "==", "!=", ">=", "<=", "</", "?.", "?["];

/// The parts of a template, and its text with every byte of a tag or comment replaced by [`TAG`], line ends kept.
pub(super) fn parts(text: &str) -> (Vec<Part<'_>>, String) {
    let mut parts = Vec::new();
    let mut plain = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(next_tag) {
        let start = at + found;
        plain.push_str(text.get(at..start).unwrap_or_default());
        let (end, part) = tag(text, start);
        cover(&mut plain, text.get(start..end).unwrap_or_default());
        parts.extend(part);
        at = end;
    }
    plain.push_str(text.get(at..).unwrap_or_default());
    (parts, plain)
}

/// What stands for a byte of a tag.
pub(super) const TAG: char = '\u{1}';

fn cover(plain: &mut String, tag: &str) {
    plain.extend(tag.bytes().map(|byte| if byte == b'\n' { '\n' } else { TAG }));
}

fn next_tag(text: &str) -> Option<usize> {
    ["{{", "{%", "{#"].iter().filter_map(|open| text.find(open)).min()
}

/// The tag that begins at `start`: where it ends, and what is in it.
fn tag(text: &str, start: usize) -> (usize, Option<Part<'_>>) {
    let rest = text.get(start..).unwrap_or_default();
    if rest.starts_with("{#") {
        return (start + rest.find("#}").map_or(rest.len(), |end| end + 2), None);
    }
    let is_output = rest.starts_with("{{");
    let close = if is_output { "}}" } else { "%}" };
    let mut tokens = Vec::new();
    let mut at = start + 2;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let skipped = rest.len() - rest.trim_start().len();
        let rest = rest.trim_start();
        at += skipped;
        let inner = rest.strip_prefix('-').filter(|inner| inner.starts_with(close));
        if rest.is_empty() || rest.starts_with(close) || inner.is_some() {
            at += if rest.is_empty() { 0 } else { close.len() + usize::from(inner.is_some()) };
            break;
        }
        let (what, length) = token(rest);
        tokens.push(Token { what, start: at, end: at + length });
        at += length;
    }
    // A `-` that trims the text before the tag.
    if tokens.first().is_some_and(|first| first.what == What::Sign("-") && first.start == start + 2) {
        tokens.remove(0);
    }
    if !is_output && matches!(tokens.as_slice(), [only] if only.what == What::Name("raw")) {
        let rest = text.get(at..).unwrap_or_default();
        let end = rest.find("endraw").and_then(|end| Some(end + rest.get(end..)?.find("%}")? + 2));
        return (at + end.unwrap_or(rest.len()), None);
    }
    (at, Some(if is_output { Part::Output(tokens) } else { Part::Tag(tokens) }))
}

/// The first token of a text that is not empty, and its length.
fn token(text: &str) -> (What<'_>, usize) {
    let first = text.chars().next().unwrap_or_default();
    let run = |is_part: fn(char) -> bool| text.find(|c| !is_part(c)).unwrap_or(text.len());
    if first.is_ascii_alphabetic() || first == '_' {
        let length = run(|c| c.is_ascii_alphanumeric() || c == '_');
        return (What::Name(text.get(..length).unwrap_or_default()), length);
    }
    if first.is_ascii_digit() {
        let length = run(|c| c.is_ascii_digit());
        return (What::Number(text.get(..length).unwrap_or_default()), length);
    }
    if matches!(first, '"' | '\'' | '`') {
        return quoted(text, first);
    }
    let long = LONG_SIGNS.iter().find(|sign| text.starts_with(**sign));
    let length = long.map_or(first.len_utf8(), |sign| sign.len());
    (What::Sign(text.get(..length).unwrap_or_default()), length)
}

fn quoted(text: &str, quote: char) -> (What<'_>, usize) {
    let mut said = String::new();
    let mut characters = text.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some((_, 'n')) => said.push('\n'),
                Some((_, 't')) => said.push('\t'),
                Some((_, 'r')) => said.push('\r'),
                Some((_, other)) => said.push(other),
                None => {}
            },
            _ if character == quote => return (What::Text(said), at + 1),
            _ => said.push(character),
        }
    }
    (What::Text(said), text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<String> {
        let (parts, _) = parts(text);
        let tokens = parts.into_iter().flat_map(|part| match part {
            Part::Output(tokens) | Part::Tag(tokens) => tokens,
        });
        tokens.map(|token| format!("{}:{:?}", token.start, token.what)).collect()
    }

    #[test]
    fn tags_have_tokens_with_their_places() {
        assert_eq!(tokens("a {{- x?.y -}} b"), ["6:Name(\"x\")", "7:Sign(\"?.\")", "9:Name(\"y\")"]);
        assert_eq!(
            tokens("{% if \"%}\\\"\" ~ 12 %}"),
            ["3:Name(\"if\")", "6:Text(\"%}\\\"\")", "13:Sign(\"~\")", "15:Number(\"12\")"]
        );
        assert_eq!(tokens("{# {{ a }} #}{% raw %}{{ b }}{% endraw %}{{ c }}"), ["44:Name(\"c\")"]);
        assert_eq!(tokens("{{ -1 }}"), ["3:Sign(\"-\")", "4:Number(\"1\")"]);
    }

    #[test]
    fn text_keeps_its_places() {
        let (_, plain) = parts("a{{ x }}\n{# 中 #}b");
        assert_eq!(plain, format!("a{}\n{}b", TAG.to_string().repeat(7), TAG.to_string().repeat(9)));
    }
}
