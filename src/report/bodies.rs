//! Passwords in bodies: JSON members and parts of a multipart form (RFC 7578), in text as it is or as field trees print it.

use super::queries;
use super::secrets::{MASK, is_password, mask_form};

/// A body with its passwords masked, if it has any; `content_type` tells what it is, and where that says nothing, its first character.
pub(super) fn mask(text: &str, content_type: &str) -> Option<String> {
    let media_type = content_type.to_ascii_lowercase();
    let begins = |starts: &[char]| text.trim_start().starts_with(starts);
    if media_type.starts_with("application/x-www-form-urlencoded") {
        mask_form(text)
    } else if media_type.starts_with("multipart/") {
        mask_multipart(text)
    } else if media_type.contains("json") {
        mask_json(text)
    } else if media_type.starts_with("text/") && !media_type.starts_with("text/plain") {
        queries::masked(text)
    } else if begins(&['{', '[']) {
        mask_json(text)
    } else if text.starts_with("--") {
        mask_multipart(text)
    } else {
        mask_form(text)
    }
}

/// Masks the values of JSON members whose name is a password's. The text may be cut anywhere.
fn mask_json(text: &str) -> Option<String> {
    let mut shown = String::with_capacity(text.len());
    let mut found = false;
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('"') {
        shown.push_str(before);
        shown.push('"');
        rest = behind;
        let Some((name, after)) = behind.split_once('"').filter(|(name, _)| is_password(name)) else { continue };
        let Some(value) = trim_space(after).strip_prefix(':').map(trim_space) else { continue };
        let length = value_length(value);
        if length == 0 {
            continue;
        }
        found = true;
        let between = after.strip_suffix(value).unwrap_or_default();
        shown.extend([name, "\"", between, "\"", MASK, "\""]);
        rest = value.get(length..).unwrap_or_default();
    }
    shown.push_str(rest);
    found.then_some(shown)
}

/// Length of the string, number or word that a text begins with, quotation marks included.
fn value_length(text: &str) -> usize {
    let Some(inner) = text.strip_prefix('"') else {
        return text.find([',', '}', ']', '{', '[', '"', '<']).unwrap_or(text.len());
    };
    let mut escaped = false;
    let end = inner.char_indices().find(|(_, character)| {
        let is_end = *character == '"' && !escaped;
        escaped = *character == '\\' && !escaped;
        is_end
    });
    end.map_or(text.len(), |(at, _)| at + 2)
}

/// Without the white space at its beginning, which may be written out.
fn trim_space(mut text: &str) -> &str {
    loop {
        let trimmed = text.trim_start();
        let rest = ["\\r", "\\n", "\\t"].iter().find_map(|space| trimmed.strip_prefix(space));
        match rest {
            Some(rest) => text = rest,
            None => return trimmed,
        }
    }
}

/// Masks the content of the parts of a form whose name is a password's. The text may be cut anywhere.
fn mask_multipart(text: &str) -> Option<String> {
    const NAME: &str = " name=";
    let mut shown = String::with_capacity(text.len());
    let mut found = false;
    let mut rest = text;
    while let Some(at) = rest.find(NAME) {
        let (before, behind) = rest.split_at_checked(at + NAME.len()).unwrap_or((rest, ""));
        shown.push_str(before);
        rest = behind;
        let quoted = behind.strip_prefix('"').and_then(|quoted| quoted.split_once('"')).map(|(name, _)| name);
        let name = quoted.or_else(|| behind.split([';', '\r', '\n', '\\', ' ']).next()).unwrap_or_default();
        if !is_password(name) {
            continue;
        }
        let Some(start) = end_of(behind, &["\\r\\n\\r\\n", "\r\n\r\n", "\\n\\n", "\n\n"]) else { continue };
        let (head, content) = behind.split_at_checked(start).unwrap_or((behind, ""));
        let end = ["\\r\\n--", "\r\n--", "\\n--", "\n--"].iter().filter_map(|end| content.find(end)).min();
        found = true;
        shown.push_str(head);
        shown.push_str(MASK);
        rest = content.get(end.unwrap_or(content.len())..).unwrap_or_default();
    }
    shown.push_str(rest);
    found.then_some(shown)
}

/// Where the first of `ends` that is there ends.
fn end_of(text: &str, ends: &[&str]) -> Option<usize> {
    ends.iter().filter_map(|end| Some(text.find(end)? + end.len())).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(content_type: &str, text: &str, expected: Option<&str>) {
        assert_eq!(mask(text, content_type).as_deref(), expected, "{text}");
    }

    #[test]
    fn members_of_json_are_masked() {
        let json = |text, expected| check("application/json; charset=utf-8", text, expected);
        json(r#"{"user":"a","password":"s\"e","x":1}"#, Some(r#"{"user":"a","password":"••••••","x":1}"#));
        json(r#"{"PassWord" : 1234 , "b":[]}"#, Some(r#"{"PassWord" : "••••••", "b":[]}"#));
        json(r#"{"a":{"newPassword":"one"},"pwd":"two"}"#, Some(r#"{"a":{"newPassword":"••••••"},"pwd":"••••••"}"#));
        json(r#"{\r\n\t"pwd":\n"two"\r\n}"#, Some(r#"{\r\n\t"pwd":\n"••••••"\r\n}"#));
        json(r#"{"password":"cut he"#, Some(r#"{"password":"••••••""#));
        json(r#"{"a":"password","compass":"n"}"#, None);
        json(r#"{"passwords":["a"]}"#, None);
        json("{\"password\":", None);
        check("", r#"{"pwd":1}"#, Some(r#"{"pwd":"••••••"}"#));
        // A stray quotation mark hides nothing behind it.
        json(r#"a "stray, "password":"x""#, Some(r#"a "stray, "password":"••••••""#));
    }

    #[test]
    fn a_page_that_asks_for_a_password_is_left_alone() {
        check("text/html", "<input name=\"password\">\n\n<p>and more</p>", None);
        check("text/html", "<a href=\"/x?pwd=1\">", Some("<a href=\"/x?pwd=••••••\">"));
    }

    #[test]
    fn parts_of_a_form_are_masked() {
        let part = |name: &str, value: &str| {
            format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let form =
            |secret: &str| [part("user", "a"), part("user_passwd", secret), part("c", "d")].concat() + "--b--\r\n";
        check("multipart/form-data; boundary=b", &form("secret\r\nx"), Some(&form(MASK)));
        let printed = |text: String| text.replace('\r', "\\r").replace('\n', "\\n");
        check("multipart/form-data; boundary=b", &printed(form("secret")), Some(&printed(form(MASK))));
        check("multipart/form-data; boundary=b", &part("user", "password"), None);
        let cut = "--b\r\nContent-Disposition: form-data; name=pwd\r\n\r\nse";
        let masked = "--b\r\nContent-Disposition: form-data; name=pwd\r\n\r\n••••••";
        check("multipart/form-data; boundary=b", cut, Some(masked));
    }
}
