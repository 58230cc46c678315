//! What Wireshark takes a body for, by its media type: its name in `frame.protocols`, and what the Info column says of it.

use serde::de::IgnoredAny;

use super::http::Message;
use super::http_body::shown;
use crate::http::head::Head;

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
    ("multipart/form-data", MULTIPART),
    ("text/css", "data-text-lines"),
    ("text/html", "data-text-lines"),
    ("text/javascript", "data-text-lines"),
    ("text/plain", "data-text-lines"),
    ("text/xml", "xml"),
];
const MULTIPART: &str = "mime_multipart";

/// Parts of a multipart body that are looked at; a form has a few.
const MAX_PARTS: usize = 64;

/// How a body is dissected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Media {
    /// What stands behind `http` in `frame.protocols`.
    pub(super) protocols: Vec<&'static str>,
    /// What stands behind the start line in the Info column.
    pub(super) note: String,
}

impl Media {
    /// Of a message's body; nothing without one.
    pub(super) fn of(message: &Message) -> Self {
        let Some(body) = message.body.whole().filter(|body| !body.is_empty()) else { return Self::default() };
        let Some(head) = Head::parse(&message.head) else { return Self::default() };
        match shown(&head, body).filter(|shown| !shown.is_empty()) {
            Some(shown) => Self::of_content(head.value("content-type"), &shown, true),
            None => Self::data(),
        }
    }

    fn data() -> Self {
        Self::new("data", String::new())
    }

    fn new(protocol: &'static str, note: String) -> Self {
        Self { protocols: vec![protocol], note }
    }

    fn of_content(content_type: Option<&[u8]>, content: &[u8], may_have_parts: bool) -> Self {
        let Some(content_type) = content_type else { return Self::data() };
        let end = content_type.iter().position(|byte| *byte == b';' || byte.is_ascii_whitespace());
        let (essence, parameters) =
            content_type.split_at_checked(end.unwrap_or(content_type.len())).unwrap_or_default();
        let media_type = String::from_utf8_lossy(essence).to_ascii_lowercase();
        let known = MEDIA_TYPES.iter().find(|(name, _)| *name == media_type).map(|(_, protocol)| *protocol);
        let named = |protocol| Self::new(protocol, format!(" ({media_type})"));
        match known {
            Some("data") => Self::data(),
            Some("xml") => Self::new("xml", String::new()),
            Some(MULTIPART) if may_have_parts => Self::of_parts(parameters, content),
            Some("json") => {
                let mut json = Self::new("json", format!(", JavaScript Object Notation ({media_type})"));
                if serde_json::from_slice::<IgnoredAny>(content).is_err() {
                    json.protocols.push("data-text-lines");
                }
                json
            }
            // Images are told by their first bytes.
            Some("image-jfif") if content.starts_with(b"\xff\xd8") => {
                Self::new("image-jfif", " (JPEG JFIF image)".to_owned())
            }
            Some("image-gif") if content.starts_with(b"GIF87a") || content.starts_with(b"GIF89a") => {
                let version = String::from_utf8_lossy(content.get(..6).unwrap_or_default());
                Self::new("image-gif", format!(" ({version})"))
            }
            Some("image-jfif" | "image-gif" | "png") | None if content.starts_with(b"\x89PNG") => {
                Self::new("png", " (PNG)".to_owned())
            }
            Some("image-jfif" | "image-gif" | "png") | None => named("media"),
            Some(protocol) => named(protocol),
        }
    }

    /// Of a multipart body (RFC 2046, 5.1): its parts, one after the other.
    fn of_parts(parameters: &[u8], content: &[u8]) -> Self {
        let mut all = Self::new(MULTIPART, String::new());
        let Some(boundary) = boundary(parameters) else { return all };
        let delimiter = [b"--", boundary].concat();
        let mut rest = content;
        for index in 0..=MAX_PARTS {
            let found = rest.windows(delimiter.len()).position(|bytes| bytes == delimiter);
            let (part, behind) = match found {
                Some(at) => (rest.get(..at), rest.get(at + delimiter.len()..).unwrap_or_default()),
                None => break,
            };
            // What stands before the first delimiter is no part.
            if let Some(part) = part.filter(|_| index > 0) {
                let media = Self::of_part(part);
                all.protocols.extend(media.protocols);
                all.note.push_str(&media.note);
            }
            rest = behind;
        }
        all
    }

    fn of_part(part: &[u8]) -> Self {
        const SEPARATOR: &[u8] = b"\r\n\r\n";
        let end = part.windows(SEPARATOR.len()).position(|bytes| bytes == SEPARATOR);
        let (head, content) = part.split_at_checked(end.unwrap_or(part.len())).unwrap_or_default();
        let content_type = head.split(|byte| *byte == b'\n').find_map(|line| {
            let (name, value) = line.split_at_checked("content-type:".len())?;
            name.eq_ignore_ascii_case(b"content-type:").then(|| value.trim_ascii())
        });
        Self::of_content(content_type, content.get(SEPARATOR.len()..).unwrap_or_default(), false)
    }
}

/// The boundary parameter of a multipart media type.
fn boundary(parameters: &[u8]) -> Option<&[u8]> {
    parameters.split(|byte| *byte == b';').map(<[u8]>::trim_ascii).find_map(|parameter| {
        let (name, value) = parameter.split_at_checked("boundary=".len())?;
        let value = value.strip_prefix(b"\"").map_or(value, |value| value.strip_suffix(b"\"").unwrap_or(value));
        (name.eq_ignore_ascii_case(b"boundary=") && !value.is_empty()).then_some(value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(content_type: Option<&[u8]>, content: &[u8], protocols: &[&str], note: &str) {
        let media = Media::of_content(content_type, content, true);
        assert_eq!((media.protocols.as_slice(), media.note.as_str()), (protocols, note));
    }

    #[test]
    fn known_types_and_those_that_the_content_belies() {
        check(Some(b"Text/HTML; charset=utf-8"), b"<html>", &["data-text-lines"], " (text/html)");
        check(Some(b"image/gif"), b"GIF89a", &["image-gif"], " (GIF89a)");
        check(Some(b"image/gif"), b"<html>", &["media"], " (image/gif)");
        check(
            Some(b"application/json"),
            b"{",
            &["json", "data-text-lines"],
            ", JavaScript Object Notation (application/json)",
        );
        check(None, b"x", &["data"], "");
    }

    #[test]
    fn each_part_of_a_form_counts() {
        let body = b"--b\r\nContent-Disposition: form-data; name=\"f\"\r\nContent-Type: text/plain\r\n\r\nhello\r\n\
            --b\r\nContent-Disposition: form-data; name=\"g\"\r\n\r\n1\r\n--b--\r\n";
        let protocols = ["mime_multipart", "data-text-lines", "data"];
        check(Some(b"multipart/form-data; boundary=b"), body, &protocols, " (text/plain)");
    }
}
