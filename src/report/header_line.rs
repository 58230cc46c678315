//! Header lines as field trees print them, split into name and value.

/// Name and value of a header line. The value is without its line end, and a space stands where it goes on in another line
/// (`obs-fold`, RFC 9112, 5.2). Line ends are bytes or as Wireshark writes them: `\r\n`.
pub(crate) fn split(line: &str) -> (&str, String) {
    let (name, value) = line.split_once(':').unwrap_or((line.trim_end_matches(['\r', '\n']), ""));
    (name.trim(), unfolded(value).trim_matches([' ', '\t']).to_owned())
}

/// Whether a header line goes on in another line.
pub(crate) fn is_folded(line: &str) -> bool {
    next_line_end(line).is_some_and(|(at, length)| line.len() > at + length)
}

fn unfolded(value: &str) -> String {
    let mut joined = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((at, length)) = next_line_end(rest) {
        let (part, behind) = rest.split_at_checked(at).unwrap_or((rest, ""));
        joined.push_str(if joined.is_empty() { part } else { part.trim_end() });
        rest = behind.get(length..).unwrap_or_default();
        if !rest.is_empty() {
            joined.truncate(joined.trim_end().len());
            joined.push(' ');
            rest = trim_blanks(rest);
        }
    }
    joined.push_str(rest);
    joined
}

/// Where the next line end is that ends the text or that a blank follows, and its length.
fn next_line_end(text: &str) -> Option<(usize, usize)> {
    ["\\r\\n", "\\n", "\r\n", "\n"]
        .iter()
        .filter_map(|end| {
            let found = text.match_indices(end).find(|(at, _)| {
                let behind = text.get(at + end.len()..).unwrap_or_default();
                behind.is_empty() || trim_blanks(behind).len() < behind.len()
            });
            found.map(|(at, _)| (at, end.len()))
        })
        .min()
}

/// Without the blanks at its beginning; a tab is one, or as Wireshark writes it.
fn trim_blanks(mut text: &str) -> &str {
    while let Some(rest) = [" ", "\t", "\\t"].iter().find_map(|blank| text.strip_prefix(blank)) {
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_split_at_the_first_colon() {
        let check = |line: &str, name: &str, value: &str| assert_eq!(split(line), (name, value.to_owned()), "{line:?}");
        check("Host: a:80\\r\\n", "Host", "a:80");
        check("Host:a\\n", "Host", "a");
        check("Odd\r\n", "Odd", "");
        check("X: a\\nb\\r\\n", "X", "a\\nb");
    }

    #[test]
    fn a_value_that_goes_on_is_one_value() {
        let check = |line: &str, value: &str| assert_eq!(split(line), ("A", value.to_owned()), "{line:?}");
        check("A: one \\r\\n\\t two\\r\\n three\\r\\n", "one two three");
        check("A: one\r\n\ttwo\n", "one two");
        check("A:\\r\\n one\\r\\n", "one");
        assert!(is_folded("A: b\\r\\n c\\r\\n") && !is_folded("A: b\\r\\n") && !is_folded("A: b"));
    }
}
