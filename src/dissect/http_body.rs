//! A message's body (`http.file_data`).

use std::borrow::Cow;

use super::http::Body;
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
    let mut codings = head.fields.iter().filter(|field| field.is("content-encoding"));
    match codings.next_back() {
        None => Some(Cow::Borrowed(body)),
        Some(coding) if coding.trimmed().eq_ignore_ascii_case(b"identity") => Some(Cow::Borrowed(body)),
        Some(coding) => content::as_shown(body, coding.trimmed()).map(Cow::Owned),
    }
}
