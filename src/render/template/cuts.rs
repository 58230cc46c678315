//! Filters of the template engine that take text apart, once more: what they give is captured text again.
//!
//! A text that is escaped, or code between backticks, is only harmless as a whole: without its first character, or with a backslash replaced,
//! it could act. The engine's own filters pass on that it was harmless; these do not, and what they give is escaped like any other text.

use tera::{Kwargs, State, Tera, TeraResult, Value};

/// Widest indentation, as the engine's own filter has it.
const WIDEST: usize = 1000;

/// Puts the filters in the place of the engine's.
pub(in crate::render) fn register(tera: &mut Tera) {
    tera.register_filter("replace", |text: &str, kwargs: Kwargs, _: &State| -> TeraResult<String> {
        Ok(text.replace(kwargs.must_get::<&str>("from")?, kwargs.must_get::<&str>("to")?))
    });
    tera.register_filter("trim", |text: Value, kwargs: Kwargs, _: &State| trim(&text, &kwargs, true, true));
    tera.register_filter("trim_start", |text: Value, kwargs: Kwargs, _: &State| trim(&text, &kwargs, true, false));
    tera.register_filter("trim_end", |text: Value, kwargs: Kwargs, _: &State| trim(&text, &kwargs, false, true));
    tera.register_filter("indent", |text: &str, kwargs: Kwargs, _: &State| indent(text, &kwargs));
    tera.register_filter("reverse", |value: Value, _: Kwargs, _: &State| match value.as_str() {
        Some(text) => Ok(Value::from(text.chars().rev().collect::<String>())),
        None => value.reverse(),
    });
}

/// Without space at its ends, which leaves harmless what is; or without a pattern, which does not.
fn trim(text: &Value, kwargs: &Kwargs, start: bool, end: bool) -> TeraResult<Value> {
    let Some(mut rest) = text.as_str() else {
        return Err(tera::Error::message(format!("only text can be trimmed, this is `{text}`")));
    };
    if let Some(pattern) = kwargs.get::<&str>("pat")? {
        rest = if start { rest.trim_start_matches(pattern) } else { rest };
        rest = if end { rest.trim_end_matches(pattern) } else { rest };
        return Ok(Value::from(rest));
    }
    rest = if start { rest.trim_start() } else { rest };
    rest = if end { rest.trim_end() } else { rest };
    Ok(if text.is_safe() { Value::safe_string(rest) } else { Value::from(rest) })
}

/// Each line but the first with `width` spaces before it; the first with `first`, empty ones with `blank`.
fn indent(text: &str, kwargs: &Kwargs) -> TeraResult<String> {
    let width = kwargs.get::<usize>("width")?.unwrap_or(4).min(WIDEST);
    let with = kwargs.get::<&str>("indentation")?.unwrap_or(" ");
    if with.chars().count() != 1 {
        return Err(tera::Error::message(format!("`indentation` is one character, not `{with}`")));
    }
    let (first, blank): (bool, bool) =
        (kwargs.get("first")?.unwrap_or_default(), kwargs.get("blank")?.unwrap_or_default());
    let margin = with.repeat(width);
    let mut indented = String::with_capacity(text.len());
    for (place, line) in text.split('\n').enumerate() {
        let is_indented = if place == 0 { first } else { blank || !line.is_empty() };
        indented.push_str(if place == 0 { "" } else { "\n" });
        indented.push_str(if is_indented { &margin } else { "" });
        indented.push_str(line);
    }
    Ok(indented)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::template::escape;
    use tera::Context;

    #[test]
    fn what_is_cut_is_escaped_again() {
        let mut tera = Tera::default();
        tera.set_escape_fn(escape::markdown);
        tera.autoescape_on([""]);
        register(&mut tera);
        tera.register_filter("code", |text: &str, _: Kwargs, _: &State| Value::safe_string(&escape::code(text, 100)));
        let mut context = Context::new();
        context.insert("v", "*b*");
        let check = |template: &str, expected: &str| {
            let mut tera = tera.clone();
            tera.add_raw_template("x", template).unwrap();
            assert_eq!(tera.render("x", &context).unwrap(), expected, "{template}");
        };
        check("{{ v | code }}", "`*b*`");
        check("{{ v | code | trim }}", "`*b*`");
        check("{{ v | code | trim(pat='`') }}", "\\*b\\*");
        check("{{ v | code | trim_start(pat='`') | trim_end(pat='`') }}", "\\*b\\*");
        check("{{ v | code | replace(from='`', to='') }}", "\\*b\\*");
        check("{% set x %}{{ v }}{% endset %}{{ x | replace(from='*', to='[') }}", "\\\\\\[b\\\\\\[");
        check("{{ v | code | indent(width=1, indentation='*', first=true) }}", "\\*\\`\\*b\\*\\`");
        check("{{ v | code | reverse | reverse }}", "\\`\\*b\\*\\`");
        check("{{ v | code | split(pat='`') | join(sep='') }}", "\\*b\\*");
        check("{{ [1, 2] | reverse | first }}", "2");
        check("{{ 'a\n\nb' | indent(width=2) }}", "a␊␊  b");
    }
}
