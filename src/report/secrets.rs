//! Values that a report must not pass on: cookies, credentials, passwords.

use super::model::{FrameFacts, Report};
use super::queries;
use crate::dissect::{Field, LayerTree};
use crate::text::Text;

/// Header fields whose values are masked, lower case.
const SECRET_HEADERS: &[&str] = &["cookie", "set-cookie", "authorization", "proxy-authorization"];
/// Wireshark's names of fields that hold such values.
const SECRET_FIELDS: &[&str] = &[
    "http.cookie",
    "http.cookie_pair",
    "http.set_cookie",
    "http.authorization",
    "http.authbasic",
    "http.proxy_authorization",
    "http.proxy_authbasic",
];
/// Names of form fields that hold a password, lower case.
pub(super) const PASSWORD_NAMES: &[&str] = &["password", "passwd", "pwd", "pass", "passphrase"];

/// What stands in place of a masked value.
pub(super) const MASK: &str = "••••••";

/// Masks all secrets of a Report.
pub(super) fn mask(report: &mut Report) {
    for layer in [&mut report.request, &mut report.response].into_iter().flatten() {
        mask_layer(layer);
    }
    for frame in report.frames.values_mut() {
        mask_frame(frame);
    }
    queries::mask(report);
}

fn mask_frame(frame: &mut FrameFacts) {
    let mut spans = Vec::new();
    for layer in &mut frame.layers {
        spans.extend(mask_layer(layer));
    }
    for (offset, length) in spans {
        if let Some(bytes) = &mut frame.bytes {
            hide_bytes(bytes, offset, length);
        }
        for field in frame.layers.iter_mut().flat_map(|layer| &mut layer.fields) {
            hide_in_payload(field, offset, length);
        }
    }
}

/// Masks the fields of a layer; gives offset and length of what was masked in the frame itself.
fn mask_layer(layer: &mut LayerTree) -> Vec<(usize, usize)> {
    let mut spans = Vec::new();
    for field in &mut layer.fields {
        if let Some(masked) = masked(field) {
            field.value = Text::from(masked);
            field.raw = None;
            if let (Some(offset), None) = (field.offset, field.frame) {
                spans.push((offset, field.length));
            }
        }
    }
    spans
}

/// The value with its secrets masked, if it has any.
fn masked(field: &Field) -> Option<String> {
    let value = field.value.lossy();
    if SECRET_FIELDS.contains(&field.name) {
        return Some(MASK.to_owned());
    }
    match field.name {
        "http.request.line" | "http.response.line" => {
            let (name, _) = value.split_once(':')?;
            let secret = SECRET_HEADERS.contains(&name.trim().to_ascii_lowercase().as_str());
            secret.then(|| format!("{name}: {MASK}")).or_else(|| mask_form(&value))
        }
        "http.file_data"
        | "urlencoded-form.value"
        | "http.request.uri"
        | "http.request.full_uri"
        | "http.referer"
        | "http.location"
        | "http.response_for.uri" => mask_form(&value),
        _ => None,
    }
}

/// Masks `name=value` pairs whose name is a password's, in a form or a query.
pub(super) fn mask_form(text: &str) -> Option<String> {
    let (prefix, form) = text.split_once('?').map_or(("", text), |(path, query)| (path, query));
    let mut found = false;
    let pairs: Vec<String> = form
        .split('&')
        .map(|pair| match pair.split_once('=') {
            Some((name, _)) if PASSWORD_NAMES.contains(&name.trim().to_ascii_lowercase().as_str()) => {
                found = true;
                format!("{name}={MASK}")
            }
            _ => pair.to_owned(),
        })
        .collect();
    let separator = if text.contains('?') { "?" } else { "" };
    found.then(|| format!("{prefix}{separator}{}", pairs.join("&")))
}

/// Hides the `length` bytes at `offset` of the frame in a field that shows all bytes of a payload.
fn hide_in_payload(field: &mut Field, offset: usize, length: usize) {
    if let (Some(start), "tcp.payload") = (field.offset, field.name) {
        let within = offset.saturating_sub(start);
        let mut digits = field.value.lossy().into_owned();
        hide_bytes(&mut digits, within, length);
        field.value = Text::from(digits.as_str());
        field.raw = Some(digits);
    }
}

/// Replaces hexadecimal digits by `x`.
fn hide_bytes(digits: &mut String, offset: usize, length: usize) {
    let range = offset * 2..(offset + length) * 2;
    *digits = digits.char_indices().map(|(at, digit)| if range.contains(&at) { 'x' } else { digit }).collect();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn password_fields_are_masked_and_no_others() {
        let check = |text: &str, expected: Option<&str>| assert_eq!(mask_form(text).as_deref(), expected);
        check("user=a&password=b", Some("user=a&password=••••••"));
        check("/login?pwd=1&x=2", Some("/login?pwd=••••••&x=2"));
        check("/a?b=c", None);
        check("compass=1", None);
    }

    #[test]
    fn bytes_are_hidden_in_place() {
        let mut digits = "00112233".to_owned();
        hide_bytes(&mut digits, 1, 2);
        assert_eq!(digits, "00xxxx33");
    }
}
