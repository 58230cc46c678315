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
    let Some(body) = message.body.whole().filter(|body| !body.is_empty()) else { return Vec::new() };
    let Some(head) = Head::parse(&message.head) else { return Vec::new() };
    let Some(shown) = shown(&head, body).filter(|shown| !shown.is_empty()) else { return vec!["data"] };
    let Some(media_type) = head.value("content-type") else { return vec!["data"] };
    let end = media_type.iter().position(|byte| *byte == b';' || byte.is_ascii_whitespace());
    let media_type = media_type.get(..end.unwrap_or(media_type.len())).unwrap_or_default().to_ascii_lowercase();
    let known = MEDIA_TYPES.iter().find(|(name, _)| name.as_bytes() == media_type).map(|(_, protocol)| *protocol);
    match known {
        // Images are told by their first bytes.
        Some("image-jfif") if !shown.starts_with(b"\xff\xd8") => vec!["media"],
        Some("image-gif") if !shown.starts_with(b"GIF8") => vec!["media"],
        Some("png") | None if shown.starts_with(b"\x89PNG") => vec!["png"],
        Some("png") | None => vec!["media"],
        Some("json") if serde_json::from_slice::<IgnoredAny>(&shown).is_err() => vec!["json", "data-text-lines"],
        Some(protocol) => vec![protocol],
    }
}
