//! Reading the values of header fields for the wording (RFC 9110, 5.6): captured text stays captured text, and what
//! is no number gives none.

use tera::{Kwargs, Map, State, Tera, Value};

/// Members read of one value: a list in a header has a few dozen at most.
const MOST: usize = 64;
/// Digits of the longest number read, well within `u64`.
const DIGITS: usize = 15;

/// Adds both filters to an instance.
pub(in crate::render) fn register(tera: &mut Tera) {
    tera.register_filter("members", |value: &str, _: Kwargs, _: &State| members(value));
    tera.register_filter("qualities", |value: &str, _: Kwargs, _: &State| qualities(value));
}

/// The members of a comma-separated list.
///
/// Of `max-age=60` the `name` is `max-age` (in lower case), the `value` `60` (without the quotation marks of a quoted
/// string; none without `=`), the `number` 60. A member without `=` that is a number itself has that `number`.
/// `parameters` are what follows after `;`, each with `name`, `value` and `number`; `text` is the member as written.
fn members(list: &str) -> Value {
    let read = |member: &str| {
        let mut parts = split(member, ';');
        let mut map = pair(parts.next().unwrap_or_default());
        map.insert("text".into(), Value::from(member));
        let parameters: Vec<Value> = parts.filter(|part| !part.is_empty()).map(|part| pair(part).into()).collect();
        map.insert("parameters".into(), Value::from(parameters));
        Value::from(map)
    };
    Value::from(split(list, ',').filter(|member| !member.is_empty()).take(MOST).map(read).collect::<Vec<_>>())
}

/// `name`, `value` and `number` of `name=value`.
fn pair(text: &str) -> Map {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name.trim_end(), Some(unquoted(value.trim_start()))),
        None => (text, None),
    };
    let number = number(value.as_deref().unwrap_or(name));
    let mut map = Map::new();
    map.insert("name".into(), Value::from(name.to_lowercase()));
    map.insert("value".into(), value.map_or_else(Value::none, Value::from));
    map.insert("number".into(), number.map_or_else(Value::none, Value::from));
    map
}

fn number(text: &str) -> Option<u64> {
    let is_number = text.len() <= DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

/// The content of a quoted string (RFC 9110, 5.6.4); any other text as it is.
fn unquoted(text: &str) -> String {
    let Some(inner) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else { return text.to_owned() };
    let mut content = String::with_capacity(inner.len());
    let mut escaped = false;
    for character in inner.chars() {
        if character == '\\' && !escaped {
            escaped = true;
        } else {
            content.push(character);
            escaped = false;
        }
    }
    content
}

/// The trimmed parts of `text` between separators that stand outside quoted strings.
fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |character: char| {
        let is_literal = escaped;
        escaped = quoted && character == '\\' && !is_literal;
        quoted ^= character == '"' && !is_literal;
        character == separator && !quoted
    })
    .map(|part| part.trim_matches([' ', '\t']))
}

/// The members of a list such as Accept-Language in order of preference (RFC 9110, 12.4.2): `item` is the member without
/// its quality, `q` the quality as written (none when none is, which counts as 1), `refused` whether it is 0.
fn qualities(list: &str) -> Value {
    let mut items: Vec<(u32, String, Option<&str>)> = Vec::new();
    for member in split(list, ',').filter(|member| !member.is_empty()).take(MOST) {
        let mut written = None;
        let mut item = String::new();
        for part in split(member, ';') {
            match part.split_once('=') {
                Some((name, quality)) if name.trim_end().eq_ignore_ascii_case("q") && written.is_none() => {
                    written = Some(quality.trim_start());
                }
                _ if item.is_empty() => part.clone_into(&mut item),
                _ => item.extend([";", part]),
            }
        }
        items.push((written.map_or(1000, thousandths), item, written));
    }
    items.sort_by_key(|(quality, ..)| std::cmp::Reverse(*quality));
    let values = items.into_iter().map(|(quality, item, written)| {
        let mut map = Map::new();
        map.insert("item".into(), Value::from(item));
        map.insert("q".into(), written.map_or_else(Value::none, Value::from));
        map.insert("refused".into(), Value::from(quality == 0));
        Value::from(map)
    });
    Value::from(values.collect::<Vec<_>>())
}

/// A quality value in thousandths; 1000 for one that is none.
fn thousandths(quality: &str) -> u32 {
    let (whole, fraction) = quality.split_once('.').unwrap_or((quality, ""));
    let digits = format!("{whole}{fraction:0<3}");
    if fraction.len() > 3 { 1000 } else { digits.parse().unwrap_or(1000).min(1000) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(list: &Value, keys: &[&str]) -> String {
        let items = list.as_array().unwrap().iter().map(|item| {
            let parts: Vec<String> =
                keys.iter().map(|key| item.get_from_path(key).map_or_else(String::new, ToString::to_string)).collect();
            parts.join("|")
        });
        items.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn qualities_come_in_order_of_preference() {
        let check = |list: &str, expected: &str| assert_eq!(shown(&qualities(list), &["item", "q"]), expected);
        check("zh-CN,zh;q=0.9", "zh-CN| zh|0.9");
        check("a;q=0.1, b;q=0.8;v=b3, , c;q=x", "c|x b;v=b3|0.8 a|0.1");
        check("text/html;level=\"1,2\";Q=0.5", "text/html;level=\"1,2\"|0.5");
        assert_eq!(shown(&qualities("a;q=0.000, b;q=0.001"), &["item", "refused"]), "b|false a|true");
    }

    #[test]
    fn members_have_names_values_and_numbers() {
        let check = |list: &str, keys: &[&str], expected: &str| assert_eq!(shown(&members(list), keys), expected);
        check("Max-Age=60, no-cache", &["name", "value", "number"], "max-age|60|60 no-cache||");
        check("private=\"a, b\",x", &["name", "value"], "private|a, b x|");
        check("timeout = 5 , max=\"100\"", &["name", "number"], "timeout|5 max|100");
        check("300", &["text", "number"], "300|300");
        check("max-age=-1, max-age=1e3, max-age=9999999999999999", &["number"], "  ");
        check(", ,", &["text"], "");
    }

    #[test]
    fn a_quote_that_is_never_closed_hides_no_member_before_it() {
        assert_eq!(shown(&members("a, b=\"c, d"), &["text"]), "a b=\"c, d");
        assert_eq!(shown(&members("a=\"\\\"\", b"), &["value"]), "\" ");
    }

    #[test]
    fn parameters_follow_the_first_semicolon() {
        let list = members("text/html; Charset=\"utf-8\"; x");
        let first = &list.as_array().unwrap()[0];
        assert_eq!(shown(first.get_from_path("parameters").unwrap(), &["name", "value"]), "charset|utf-8 x|");
        assert_eq!(first.get_from_path("name").unwrap().to_string(), "text/html");
    }
}
