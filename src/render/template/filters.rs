//! Filters and functions of the Markdown templates and of the wording.
//!
//! [`catalogue`](super::catalogue) lists them with what they give.
//!
//! Those that read header values are in [`header_values`].

use std::fmt::Write as _;
use std::sync::Arc;

use tera::{Kwargs, State, Tera, TeraResult, Value};

use super::facts::Facts;
use super::speech::Medium;
use super::{cuts, escape, header_values, hexdump, numbers};
use crate::report::{header_line, readable, user_agent};

/// Frames listed before the rest is only counted.
const FRAMES_SHOWN: usize = 12;

/// Adds all filters and functions to an instance.
pub(in crate::render) fn register(tera: &mut Tera, facts: &Arc<Facts>, medium: Medium) {
    cuts::register(tera);
    register_frames(tera, facts, medium);
    register_text(tera, medium);
    header_values::register(tera);
    hexdump::register(tera, facts);
    register_numbers(tera, facts);
}

/// A frame as the medium names it: a tag that links to its row, or its number.
fn tag(facts: &Facts, frame: u64, medium: Medium) -> String {
    match medium {
        Medium::Figure => format!("#{frame}"),
        Medium::Markdown | Medium::Page => facts.tag(frame),
    }
}

fn register_frames(tera: &mut Tera, facts: &Arc<Facts>, medium: Medium) {
    let of = Arc::clone(facts);
    tera.register_filter("frame", move |n: u64, _: Kwargs, _: &State| safe(&tag(&of, n, medium)));
    let of = Arc::clone(facts);
    tera.register_function("frame", move |kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        Ok(safe(&tag(&of, kwargs.must_get("n")?, medium)))
    });
    let of = Arc::clone(facts);
    tera.register_filter("frames", move |list: Vec<u64>, kwargs: Kwargs, state: &State| -> TeraResult<Value> {
        let most = kwargs.get("max")?.unwrap_or(FRAMES_SHOWN);
        let language: String = state.get("lang")?.unwrap_or_default();
        let more: u64 = kwargs.get("more")?.unwrap_or(0);
        Ok(safe(&join_frames(&of, &list, most, more, &language, medium)))
    });
    let of = Arc::clone(facts);
    tera.register_filter("row", move |n: u64, _: Kwargs, _: &State| safe(&of.row(n)));
    let of = Arc::clone(facts);
    tera.register_filter("here", move |n: u64, _: Kwargs, _: &State| safe(&of.here(n)));
    let of = Arc::clone(facts);
    tera.register_function("anchor", move |kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        Ok(safe(&of.anchor(kwargs.must_get("id")?)))
    });
    let of = Arc::clone(facts);
    tera.register_function("field", move |kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        let (number, name): (u64, &str) = (kwargs.must_get("n")?, kwargs.must_get("name")?);
        let value = of.field(number, name).and_then(|field| field.get("value")).and_then(serde_json::Value::as_str);
        Ok(value.map_or_else(Value::none, Value::from))
    });
    let of = Arc::clone(facts);
    tera.register_function("frames_without_row", move |_: Kwargs, _: &State| of.without_row());
}

/// `a、b、c` in Chinese and Japanese, `a, b, c` elsewhere; after `most` frames only the number of all, or that there are `more` than the
/// list has.
fn join_frames(facts: &Facts, list: &[u64], most: usize, more: u64, language: &str, medium: Medium) -> String {
    let is_cjk = language.starts_with("zh") || language.starts_with("ja");
    let tags: Vec<String> = list.iter().take(most).map(|number| tag(facts, *number, medium)).collect();
    let mut joined = tags.join(if is_cjk { "、" } else { ", " });
    let separator = if is_cjk { "" } else { ", " };
    if more > 0 {
        let _ = write!(joined, "{separator}…");
    } else if list.len() > most {
        let _ = write!(joined, "{separator}… ({})", list.len());
    }
    joined
}

fn register_text(tera: &mut Tera, medium: Medium) {
    // Captured text stays escaped whatever a template does: `safe` does what no filter would do.
    tera.register_filter("safe", |value: Value, _: Kwargs, _: &State| value);
    tera.register_filter("code", move |text: String, kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        let longest = kwargs.get("max")?.unwrap_or(escape::LONGEST);
        Ok(match medium {
            Medium::Figure => safe(&escape::plain_text(&text, longest)),
            Medium::Markdown | Medium::Page => safe(&escape::code(&text, longest)),
        })
    });
    tera.register_filter("header_name", |line: &str, _: Kwargs, _: &State| header_line::split(line).0.to_owned());
    tera.register_filter("header_value", |line: &str, _: Kwargs, _: &State| header_line::split(line).1);
    tera.register_filter("is_folded", |line: &str, _: Kwargs, _: &State| header_line::is_folded(line));
    tera.register_filter("readable", |digits: &str, _: Kwargs, _: &State| -> TeraResult<Value> {
        readable::read(digits).map_or_else(|| Ok(Value::none()), |text| Value::try_from_serializable(&text))
    });
    tera.register_filter("text_block", |text: &str, _: Kwargs, _: &State| safe(&escape::block(text)));
    tera.register_filter("user_agent", |value: &str, _: Kwargs, _: &State| -> TeraResult<Value> {
        Value::try_from_serializable(&user_agent::read(value))
    });
}

fn register_numbers(tera: &mut Tera, facts: &Arc<Facts>) {
    tera.register_filter("ms", |span: &str, _: Kwargs, _: &State| duration(span).map(numbers::milliseconds));
    tera.register_filter("seconds", |span: &str, _: Kwargs, _: &State| duration(span).map(numbers::seconds));
    tera.register_filter("since", |later: &str, kwargs: Kwargs, _: &State| -> TeraResult<String> {
        Ok(numbers::span(duration(later)?.saturating_sub(duration(kwargs.must_get("from")?)?)))
    });
    tera.register_filter("size", |bytes: u64, _: Kwargs, _: &State| numbers::size(bytes));
    tera.register_filter("bits", |number: u64, _: Kwargs, _: &State| {
        (0..u64::BITS).map(|bit| 1_u64 << bit).filter(|bit| number & bit != 0).collect::<Vec<_>>()
    });
    tera.register_filter("hanzi", |number: u64, _: Kwargs, _: &State| numbers::hanzi(number));
    tera.register_filter("hex", |number: u64, kwargs: Kwargs, _: &State| -> TeraResult<String> {
        let digits: usize = kwargs.get("digits")?.unwrap_or(1).min(16);
        Ok(format!("0x{number:0digits$x}"))
    });
    let of = Arc::clone(facts);
    tera.register_filter("time", move |time: &str, _: Kwargs, _: &State| {
        duration(time).map(|nanos| numbers::timestamp(nanos, of.zone()))
    });
}

fn duration(seconds: &str) -> TeraResult<i128> {
    numbers::nanos(seconds)
        .ok_or_else(|| tera::Error::message(format!("`{seconds}` is no time: seconds with decimals")))
}

fn safe(text: &str) -> Value {
    Value::safe_string(text)
}
