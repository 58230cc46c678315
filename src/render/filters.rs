//! Filters and functions of the Markdown templates and of the wording.
//!
//! | in a template | gives |
//! | --- | --- |
//! | `n \| frame`, `frame(n=…)` | a tag that links to the frame's row |
//! | `list \| frames(max=12)` | tags, joined as the language does; of a long list the first and the count |
//! | `n \| row` | the frame's number at the head of its row |
//! | `text \| code(max=…)` | captured text as inline code |
//! | `span \| ms`, `span \| seconds` | milliseconds, seconds of a duration |
//! | `a \| since(from=b)` | the duration from `b` to `a` |
//! | `time \| time` | a point in time in the report's zone |
//! | `n \| size` | bytes in SI units |
//! | `n \| bits` | the powers of two that make up a number |
//! | `n \| hex(digits=8)` | a hexadecimal number |
//! | `bytes \| hexdump(offset=0, length=16)` | a code block of bytes |
//! | `text \| header_name`, `text \| header_value` | the two parts of a header line |
//! | `text \| qualities` | the items of a list with quality values: `item`, `q` |
//! | `text \| user_agent` | what a User-Agent says, as codes |
//! | `n \| hanzi` | Chinese numerals |
//! | `anchor(id="aims")` | a place to link to, the first time |
//! | `field(n=…, name="ip.ttl")` | the value of a field of a frame, or nothing |
//! | `frames_without_row()` | frames named so far that have no row |

use std::fmt::Write as _;
use std::sync::Arc;

use tera::{Kwargs, State, Tera, TeraResult, Value};

use super::facts::Facts;
use super::speech::Medium;
use super::{escape, numbers};
use crate::report::user_agent;

/// Frames listed before the rest is only counted.
const FRAMES_SHOWN: usize = 12;
/// Bytes a hexdump shows at most.
const DUMP_LONGEST: usize = 4096;

/// Adds all filters and functions to an instance.
pub(super) fn register(tera: &mut Tera, facts: &Arc<Facts>, medium: Medium) {
    register_frames(tera, facts, medium);
    register_text(tera, medium);
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
        Ok(safe(&join_frames(&of, &list, most, &language, medium)))
    });
    let of = Arc::clone(facts);
    tera.register_filter("row", move |n: u64, _: Kwargs, _: &State| safe(&of.row(n)));
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

/// `a、b、c` in Chinese and Japanese, `a, b, c` elsewhere; after `most` frames only the number of all.
fn join_frames(facts: &Facts, list: &[u64], most: usize, language: &str, medium: Medium) -> String {
    let is_cjk = language.starts_with("zh") || language.starts_with("ja");
    let tags: Vec<String> = list.iter().take(most).map(|number| tag(facts, *number, medium)).collect();
    let mut joined = tags.join(if is_cjk { "、" } else { ", " });
    if list.len() > most {
        let _ = write!(joined, "{}… ({})", if is_cjk { "" } else { ", " }, list.len());
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
    tera.register_filter("hexdump", |bytes: &str, kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        let (offset, length) = (kwargs.get("offset")?.unwrap_or(0), kwargs.get("length")?.unwrap_or(DUMP_LONGEST));
        Ok(safe(&hexdump(bytes, offset, length)))
    });
    tera.register_filter("header_name", |line: &str, _: Kwargs, _: &State| split_header(line).0.trim().to_owned());
    tera.register_filter("header_value", |line: &str, _: Kwargs, _: &State| {
        split_header(line).1.trim_matches([' ', '\t']).to_owned()
    });
    tera.register_filter("qualities", |list: &str, _: Kwargs, _: &State| qualities(list));
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

/// Name and value of a header line, without its line end (`\r\n` as bytes or as Wireshark writes them).
fn split_header(line: &str) -> (&str, &str) {
    let line = line.trim_end_matches(['\r', '\n']);
    let line = line.strip_suffix("\\r\\n").unwrap_or(line);
    line.split_once(':').unwrap_or((line, ""))
}

/// The items of a list such as Accept-Language in order of preference, each with its quality as written
/// (`1` when none is; RFC 9110, 12.4.2).
fn qualities(list: &str) -> Value {
    const MOST: usize = 32;
    let mut items: Vec<(u32, &str, &str)> = Vec::new();
    for item in list.split(',').take(MOST) {
        let mut parts = item.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        if name.is_empty() {
            continue;
        }
        let written = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q="))).unwrap_or("1");
        items.push((thousandths(written), name, written));
    }
    items.sort_by_key(|(quality, ..)| std::cmp::Reverse(*quality));
    let values = items.into_iter().map(|(_, name, written)| {
        let mut map = tera::Map::new();
        map.insert("item".into(), Value::from(name));
        map.insert("q".into(), Value::from(written));
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

/// A code block with offsets, bytes and their ASCII characters, as Wireshark shows them.
fn hexdump(digits: &str, offset: usize, length: usize) -> String {
    let digits = digits.as_bytes();
    let bytes: Vec<u8> = digits
        .chunks_exact(2)
        .skip(offset)
        .take(length.min(DUMP_LONGEST))
        .map_while(|pair| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()))
        .collect();
    let mut dump = String::from("```text\n");
    for (row, line) in bytes.chunks(16).enumerate() {
        let hex: Vec<String> = line.iter().map(|byte| format!("{byte:02x}")).collect();
        let text: String =
            line.iter().map(|byte| if (0x20..0x7f).contains(byte) { char::from(*byte) } else { '·' }).collect();
        let _ = writeln!(dump, "{:04x}  {:<47}  {text}", offset + row * 16, hex.join(" "));
    }
    let left_out = (digits.len() / 2).saturating_sub(offset).min(length).saturating_sub(bytes.len());
    if left_out > 0 {
        let _ = writeln!(dump, "…     +{left_out}");
    }
    dump.push_str("```");
    dump
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_lines_are_split_at_the_first_colon() {
        assert_eq!(split_header("Host: a:80\\r\\n"), ("Host", " a:80"));
        assert_eq!(split_header("Odd\r\n"), ("Odd", ""));
    }

    #[test]
    fn qualities_come_in_order_of_preference() {
        let check = |list: &str, expected: &str| {
            let shown: Vec<String> = qualities(list)
                .as_array()
                .unwrap()
                .iter()
                .map(|item| {
                    let get = |key: &str| item.get_from_path(key).unwrap().as_str().unwrap().to_owned();
                    format!("{}={}", get("item"), get("q"))
                })
                .collect();
            assert_eq!(shown.join(" "), expected);
        };
        check("zh-CN,zh;q=0.9", "zh-CN=1 zh=0.9");
        check("a;q=0.1, b;q=0.8;v=b3, , c;q=x", "c=x b=0.8 a=0.1");
    }

    #[test]
    fn a_hexdump_shows_offsets_bytes_and_text() {
        assert_eq!(
            hexdump("00010203474554", 4, 3),
            "```text\n0004  47 45 54                                         GET\n```"
        );
    }
}
