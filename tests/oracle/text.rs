//! Captured text as tshark prints it.

use serde_json::Value;

/// The bytes of a text member: those of `<name>_raw` if wirelab gives it, else its UTF-8.
pub(crate) fn bytes_of(object: &Value, name: &str) -> Option<Vec<u8>> {
    let text = object.get(name)?.as_str()?;
    let raw = object.get(format!("{name}_raw")).and_then(Value::as_str).and_then(from_hex);
    Some(raw.unwrap_or_else(|| text.as_bytes().to_vec()))
}

/// What `-T fields` prints for an ASCII string field: every other byte is U+FFFD, the string ends at a NUL, and five control characters
/// are escaped.
pub(crate) fn as_ascii_field(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    as_dns_name(bytes.get(..end).unwrap_or_default())
}

/// What `-T fields` prints for a domain name: the same, but a NUL is escaped.
pub(crate) fn as_dns_name(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            0 => text.push_str("\\000"),
            0x08 => text.push_str("\\b"),
            0x0c => text.push_str("\\f"),
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            b'\t' => text.push_str("\\t"),
            0x80.. => text.push('\u{fffd}'),
            byte => text.push(char::from(*byte)),
        }
    }
    text
}

fn from_hex(hex: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = hex
        .chars()
        .map(|digit| digit.to_digit(16))
        .map(|d| d.and_then(|d| u8::try_from(d).ok()))
        .collect::<Option<_>>()?;
    Some(digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect())
}
