//! What is known of the bodies of the chosen exchange: lengths, codings, and the beginning of those that are text.

use super::model::{BodyFacts, BodyText, CharsetSource, UndecodedReason};
use crate::dissect::Message;
use crate::http::charset::{self, Told};
use crate::http::content::{self, Undecodable};
use crate::http::head::Head;
use crate::text::Text;

/// Bytes of a decoded body that its charset is looked for in.
const SAMPLE: usize = 64 << 10;
/// Characters of a text that are shown.
const EXCERPT: usize = 800;

/// Facts of a message's body; `None` without one.
pub(super) fn body_facts(message: &Message, complete: bool) -> Option<BodyFacts> {
    let body = &message.body;
    if body.length == 0 {
        return None;
    }
    let head = Head::parse(&message.head)?;
    let media_type = MediaType::of(head.value("content-type").unwrap_or_default());
    let codings = content::codings(&head);
    let decoded = match body.whole() {
        _ if !complete => Err(UndecodedReason::Incomplete),
        None => Err(UndecodedReason::TooLong),
        Some(bytes) => content::decode(bytes, &codings, SAMPLE).map_err(|reason| match reason {
            Undecodable::UnknownCoding => UndecodedReason::UnknownCoding,
            Undecodable::Malformed => UndecodedReason::Malformed,
            Undecodable::TooLong => UndecodedReason::TooLong,
        }),
    };
    let text = decoded.as_ref().ok().filter(|_| media_type.is_text());
    Some(BodyFacts {
        transferred: body.length,
        decoded: decoded.as_ref().ok().map(|decoded| decoded.length),
        undecoded: decoded.as_ref().err().copied(),
        codings: codings.iter().map(|coding| Text::from(coding.as_slice())).collect(),
        charset: media_type.charset.map(Text::from),
        text: text.map(|decoded| body_text(&decoded.start, decoded.length, media_type.charset)),
    })
}

fn body_text(start: &[u8], length: u64, declared: Option<&[u8]>) -> BodyText {
    let found = charset::of(start, declared);
    let (excerpt, whole, malformed) = charset::excerpt(start, start.len() as u64 == length, found.encoding, EXCERPT);
    BodyText {
        excerpt,
        whole,
        malformed,
        charset: found.encoding.name(),
        label: found.label,
        source: match found.told {
            Told::ByteOrderMark => CharsetSource::ByteOrderMark,
            Told::ContentType => CharsetSource::ContentType,
            Told::Content => CharsetSource::Content,
            Told::Ascii => CharsetSource::Ascii,
            Told::Guessed => CharsetSource::Guessed,
        },
    }
}

/// A Content-Type (RFC 9110, 8.3).
#[derive(Debug, Clone, Copy)]
struct MediaType<'a> {
    /// Type and subtype.
    essence: &'a [u8],
    charset: Option<&'a [u8]>,
}

impl<'a> MediaType<'a> {
    fn of(content_type: &'a [u8]) -> Self {
        let mut parts = content_type.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
        let essence = parts.next().unwrap_or_default();
        let charset = parts.find_map(|parameter| {
            let (name, value) = parameter.split_at_checked("charset=".len())?;
            let value = value.strip_prefix(b"\"").map_or(value, |value| value.strip_suffix(b"\"").unwrap_or(value));
            name.eq_ignore_ascii_case(b"charset=").then_some(value)
        });
        Self { essence, charset }
    }

    /// Whether content of this type is text that a person can read.
    fn is_text(self) -> bool {
        const SUBTYPES: &[&[u8]] =
            &[b"json", b"xml", b"javascript", b"x-javascript", b"ecmascript", b"x-www-form-urlencoded"];
        let essence = self.essence.to_ascii_lowercase();
        let mut parts = essence.splitn(2, |byte| *byte == b'/');
        let (main, sub) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        main == b"text"
            || (main == b"application" && SUBTYPES.contains(&sub))
            || sub.ends_with(b"+json")
            || sub.ends_with(b"+xml")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_and_their_charsets() {
        let check = |content_type: &[u8], is_text: bool, charset: Option<&[u8]>| {
            let media_type = MediaType::of(content_type);
            assert_eq!((media_type.is_text(), media_type.charset), (is_text, charset));
        };
        check(b"Text/HTML; Charset=\"gbk\"", true, Some(b"gbk"));
        check(b"application/problem+json", true, None);
        check(b"application/x-javascript;charset=utf-8", true, Some(b"utf-8"));
        check(b"image/svg+xml", true, None);
        check(b"application/octet-stream; charset=binary", false, Some(b"binary"));
        check(b"video/mp4", false, None);
        check(b"", false, None);
    }
}
