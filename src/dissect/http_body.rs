//! A message's body (`http.file_data`).

use std::borrow::Cow;

use serde::de::IgnoredAny;

use super::http::{Body, Message};
use super::layer::{Layer, ascii};
use crate::http::content;
use crate::http::head::Head;

/// The body as Wireshark shows it: without transfer and content coding; nothing if it cannot be decoded or was too long to keep.
pub(super) fn fields<'a>(layer: Layer<'a>, head: &Head<'_>, body: &Body) -> Layer<'a> {
    let (Some(bytes), Some(first)) = (body.whole(), body.first) else {
        return layer;
    };
    let Some(shown) = shown(head, bytes) else {
        return layer;
    };
    match shown {
        // In one piece in the byte stream: it has a place.
        Cow::Borrowed(bytes) if head.value("transfer-encoding").is_none() => {
            layer.placed("http.file_data", ascii(bytes), first, bytes)
        }
        _ => layer.told_text("http.file_data", ascii(&shown)),
    }
}

/// The decoded body; `None` if it is in a coding that Wireshark does not undo, or not really in it.
pub(super) fn shown<'b>(head: &Head<'_>, body: &'b [u8]) -> Option<Cow<'b, [u8]>> {
    let compressed =
        |coding: &[u8]| matches!(coding.to_ascii_lowercase().as_slice(), b"gzip" | b"deflate" | b"compress");
    if head.elements("transfer-encoding").any(compressed) {
        return None;
    }
    match head.value("content-encoding") {
        None => Some(Cow::Borrowed(body)),
        Some(coding) if coding.eq_ignore_ascii_case(b"identity") => Some(Cow::Borrowed(body)),
        Some(coding) => content::decode(body, Some(coding)).ok().map(Cow::Owned),
    }
}

/// Media types that Wireshark has a dissector for, and its name in `frame.protocols`.
const MEDIA_TYPES: &[(&str, &str)] = &[
    ("application/json", "json"),
    ("application/json-rpc", "json"),
    ("application/octet-stream", "data"),
    ("application/soap+xml", "xml"),
    ("application/x-javascript", "data-text-lines"),
    ("application/x-www-form-urlencoded", "urlencoded-form"),
    ("application/xml", "xml"),
    ("image/gif", "image-gif"),
    ("image/jpeg", "image-jfif"),
    ("image/png", "png"),
    ("image/svg+xml", "xml"),
    ("message/rfc822", "imf"),
    ("multipart/form-data", "mime_multipart"),
    ("text/css", "data-text-lines"),
    ("text/html", "data-text-lines"),
    ("text/javascript", "data-text-lines"),
    ("text/plain", "data-text-lines"),
    ("text/xml", "xml"),
];

/// What stands behind `http` in `frame.protocols`: how Wireshark dissects the body.
pub(super) fn protocols(message: &Message) -> Vec<&'static str> {
    match dissected(message) {
        None => Vec::new(),
        Some(("json", _, false)) => vec!["json", "data-text-lines"],
        Some((protocol, ..)) => vec![protocol],
    }
}

/// What Wireshark adds to the Info column for the body.
pub(super) fn note(message: &Message) -> String {
    match dissected(message) {
        None | Some(("data" | "mime_multipart" | "xml", ..)) => String::new(),
        Some(("image-jfif", ..)) => " (JPEG JFIF image)".to_owned(),
        Some(("png", ..)) => " (PNG)".to_owned(),
        Some(("image-gif", version, _)) => format!(" ({version})"),
        Some(("json", media_type, _)) => format!(", JavaScript Object Notation ({media_type})"),
        Some((_, media_type, _)) => format!(" ({media_type})"),
    }
}

/// The protocol that Wireshark takes a body for, its media type (of a GIF its version), and whether it is well-formed as far
/// as that matters. `None` without a body.
fn dissected(message: &Message) -> Option<(&'static str, String, bool)> {
    let data = ("data", String::new(), true);
    let body = message.body.whole().filter(|body| !body.is_empty())?;
    let head = Head::parse(&message.head)?;
    let Some(shown) = shown(&head, body).filter(|shown| !shown.is_empty()) else { return Some(data) };
    let Some(media_type) = head.value("content-type") else { return Some(data) };
    let end = media_type.iter().position(|byte| *byte == b';' || byte.is_ascii_whitespace());
    let media_type = String::from_utf8_lossy(media_type.get(..end.unwrap_or(media_type.len()))?).to_ascii_lowercase();
    let known = MEDIA_TYPES.iter().find(|(name, _)| *name == media_type).map(|(_, protocol)| *protocol);
    Some(match known {
        // Images are told by their first bytes.
        Some("image-jfif") if !shown.starts_with(b"\xff\xd8") => ("media", media_type, true),
        Some("image-gif") => match shown.get(..6) {
            Some(version @ (b"GIF87a" | b"GIF89a")) => {
                ("image-gif", String::from_utf8_lossy(version).into_owned(), true)
            }
            _ => ("media", media_type, true),
        },
        Some("png") | None if shown.starts_with(b"\x89PNG") => ("png", media_type, true),
        Some("png") | None => ("media", media_type, true),
        Some("json") => ("json", media_type, serde_json::from_slice::<IgnoredAny>(&shown).is_ok()),
        Some(protocol) => (protocol, media_type, true),
    })
}
