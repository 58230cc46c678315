//! Text that was captured: bytes that are probably, but not certainly, UTF-8.

use std::borrow::Cow;
use std::fmt;

use memchr::memmem;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use smallvec::SmallVec;

const TEXT_KEY: &str = "\0text";
const RAW_KEY: &str = "\0raw";
/// [`TEXT_KEY`] as JSON has it.
const ESCAPED_TEXT_KEY: &[u8] = br#""\u0000text""#;

/// Captured bytes meant as text.
///
/// In JSON it is valid UTF-8 as captured, any other byte U+FFFD; if there was such a byte, the member
/// `<name>_raw` beside it holds all bytes in hexadecimal (see [`to_json`]). Short ones, as most are, need no allocation.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Text(SmallVec<[u8; 16]>);

impl Text {
    /// The bytes as captured.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The first bytes, whole characters if it is UTF-8, with `…` behind them.
    #[must_use]
    pub fn cut(&self, most: usize) -> Self {
        let mut end = most.min(self.0.len());
        while end > 0 && self.0.get(end).is_some_and(|byte| byte & 0xc0 == 0x80) && most - end < 4 {
            end -= 1;
        }
        let mut bytes = self.0.get(..end).unwrap_or_default().to_vec();
        bytes.extend_from_slice("…".as_bytes());
        Self(SmallVec::from_vec(bytes))
    }

    /// Valid UTF-8 as captured, any other byte as U+FFFD.
    #[must_use]
    pub fn lossy(&self) -> Cow<'_, str> {
        std::str::from_utf8(&self.0).map_or_else(|_| String::from_utf8_lossy(&self.0), Cow::Borrowed)
    }

    /// [`Self::lossy`] as [`printable`] text for a terminal.
    #[must_use]
    pub fn printable(&self) -> Cow<'_, str> {
        match self.lossy() {
            Cow::Borrowed(text) if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) => Cow::Borrowed(text),
            text => Cow::Owned(printable(&text)),
        }
    }
}

impl From<&[u8]> for Text {
    fn from(bytes: &[u8]) -> Self {
        Self(SmallVec::from_slice(bytes))
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(SmallVec::from_slice(text.as_bytes()))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(SmallVec::from_slice(text.as_bytes()))
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.lossy(), f)
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Ok(text) = std::str::from_utf8(&self.0) {
            return serializer.serialize_str(text);
        }
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry(TEXT_KEY, &self.lossy())?;
        map.serialize_entry(RAW_KEY, &hex(&self.0))?;
        map.end()
    }
}

impl JsonSchema for Text {
    fn schema_name() -> Cow<'static, str> {
        "Text".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "Captured text: valid UTF-8 as captured, any other byte U+FFFD; then `<name>_raw` beside it holds the bytes in hexadecimal.",
        })
    }
}

/// `text` for a terminal: control characters and those that change the direction of writing as `\u{…}`.
#[must_use]
pub fn printable(text: &str) -> String {
    let acts = |character: char| {
        character.is_control()
            || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
    };
    text.chars().fold(String::with_capacity(text.len()), |mut shown, character| {
        if acts(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
        shown
    })
}

/// Lower-case hexadecimal digits of `bytes`, two a byte.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from(if value < 10 { b'0' + value } else { b'a' + value - 10 });
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// `value` as JSON, with `<name>_raw` beside each [`Text`] that is not valid UTF-8.
///
/// # Errors
/// When `value` cannot be expressed in JSON (a map with keys that are not strings).
pub fn to_json(value: &impl Serialize) -> serde_json::Result<Value> {
    let value = serde_json::to_value(value)?;
    Ok(if has_raw(&value) { split(value).0 } else { value })
}

/// Whether there is a text anywhere that is not UTF-8.
fn has_raw(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.contains_key(RAW_KEY) || members.values().any(has_raw),
        Value::Array(items) => items.iter().any(has_raw),
        _ => false,
    }
}

/// Appends to `json` what [`to_json`] gives of `value`, indented, without making a tree of it unless a text needs that.
///
/// # Errors
/// As [`to_json`].
pub fn append_json(json: &mut Vec<u8>, value: &impl Serialize) -> serde_json::Result<()> {
    let before = json.len();
    serde_json::to_writer_pretty(&mut *json, value)?;
    let written = json.get(before..).unwrap_or_default();
    // A captured text that happens to read so costs the time of the tree, no more.
    if memmem::find(written, ESCAPED_TEXT_KEY).is_some() {
        json.truncate(before);
        serde_json::to_writer_pretty(json, &to_json(value)?)?;
    }
    Ok(())
}

/// The value with every text split, and, when the value is itself such a text, its raw digits.
fn split(value: Value) -> (Value, Option<Value>) {
    match value {
        Value::Object(mut members) => {
            if let (Some(text), Some(raw)) = (members.remove(TEXT_KEY), members.remove(RAW_KEY)) {
                return (text, Some(raw));
            }
            let mut all = Map::with_capacity(members.len());
            for (name, member) in members {
                let (member, raw) = split(member);
                let raw_name = raw.is_some().then(|| format!("{name}_raw"));
                all.insert(name, member);
                if let (Some(name), Some(raw)) = (raw_name, raw) {
                    all.insert(name, raw);
                }
            }
            (Value::Object(all), None)
        }
        Value::Array(items) => {
            let (items, raws): (Vec<Value>, Vec<Option<Value>>) = items.into_iter().map(split).unzip();
            let raw = raws
                .iter()
                .any(Option::is_some)
                .then(|| Value::Array(raws.into_iter().map(|raw| raw.unwrap_or(Value::Null)).collect()));
            (Value::Array(items), raw)
        }
        other => (other, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn raw_bytes_stand_beside_a_text_that_is_not_utf_8() {
        #[derive(Serialize)]
        struct Sample {
            target: Text,
            host: Text,
            names: Vec<Text>,
        }
        let sample = Sample {
            target: Text::from(&b"/\xd6\xd0"[..]),
            host: Text::from("a"),
            names: vec![Text::from("b"), Text::from(&b"\xff"[..])],
        };
        let mut appended = b"before ".to_vec();
        append_json(&mut appended, &sample).unwrap();
        let tree = serde_json::to_string_pretty(&to_json(&sample).unwrap()).unwrap();
        assert_eq!(String::from_utf8(appended).unwrap(), format!("before {tree}"));
        assert_eq!(
            to_json(&sample).unwrap(),
            json!({
                "target": "/\u{fffd}\u{fffd}", "target_raw": "2fd6d0", "host": "a",
                "names": ["b", "\u{fffd}"], "names_raw": [null, "ff"],
            })
        );
    }
}
