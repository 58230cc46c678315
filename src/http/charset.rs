//! The charset of text: declared, or guessed from its bytes.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, GBK, UTF_8};

/// Bytes in which a declaration within the text is looked for (HTML, 13.2.3.2).
const PRESCAN: usize = 1024;
/// Bytes that a guess is made from.
const SAMPLE: usize = 64 << 10;

/// How a charset is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// A byte order mark begins the text.
    ByteOrderMark,
    /// The charset parameter of Content-Type.
    ContentType,
    /// A declaration within the text: a `meta` element, an XML declaration, an `@charset` rule.
    Content,
    /// All bytes are ASCII, so that it does not matter.
    Ascii,
    /// The bytes look like it.
    Guessed,
}

/// A charset, how it is known, and the label that declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Charset {
    pub(crate) encoding: &'static Encoding,
    pub(crate) told: Told,
    pub(crate) label: Option<String>,
}

/// The charset of `content`, the beginning of a text whose Content-Type has the charset parameter `declared`: in the order of browsers, first a
/// byte order mark, then Content-Type, then what the text says, then a guess. A label that no one knows declares nothing.
pub(crate) fn of(content: &[u8], declared: Option<&[u8]>) -> Charset {
    let known = |label: &[u8]| {
        let encoding = Encoding::for_label(label)?;
        Some((encoding, String::from_utf8_lossy(label).into_owned()))
    };
    if let Some((encoding, _)) = Encoding::for_bom(content) {
        return Charset { encoding, told: Told::ByteOrderMark, label: None };
    }
    if let Some((encoding, label)) = declared.and_then(known) {
        return Charset { encoding, told: Told::ContentType, label: Some(label) };
    }
    if let Some((encoding, label)) = declared_within(content).and_then(known) {
        // A text in which this could be read is not in UTF-16.
        let encoding = if encoding.is_ascii_compatible() { encoding } else { UTF_8 };
        return Charset { encoding, told: Told::Content, label: Some(label) };
    }
    if content.is_ascii() {
        return Charset { encoding: UTF_8, told: Told::Ascii, label: None };
    }
    Charset { encoding: guess(content, true), told: Told::Guessed, label: None }
}

/// The text of a header value or start line, with the charset that its bytes look like; `None` if they are all ASCII, or no text in
/// any charset that is probable.
pub(crate) fn of_field(value: &[u8]) -> Option<(String, &'static Encoding)> {
    if value.is_ascii() {
        return None;
    }
    let encoding = guess(value, false);
    let text = encoding.decode_without_bom_handling_and_without_replacement(value)?;
    Some((text.into_owned(), encoding))
}

/// What the bytes look like, of which the last character may be cut.
fn guess(content: &[u8], may_be_cut: bool) -> &'static Encoding {
    let sample = content.get(..SAMPLE).unwrap_or(content);
    let is_utf_8 = match std::str::from_utf8(sample) {
        Ok(_) => true,
        Err(error) => may_be_cut && error.error_len().is_none() && error.valid_up_to() > 0,
    };
    if is_utf_8 {
        return UTF_8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(sample, true);
    let guessed = detector.guess(None, Utf8Detection::Deny);
    if guessed.is_single_byte() && is_hanzi(sample) { GBK } else { guessed }
}

/// Whether all bytes beyond ASCII are pairs of the two levels of Chinese characters of GB 2312, or its punctuation: too short a text
/// for statistics may be one.
fn is_hanzi(sample: &[u8]) -> bool {
    let mut rest = sample;
    loop {
        rest = match rest {
            [] => return true,
            [0..=0x7f, rest @ ..] | [0xb0..=0xf7 | 0xa1 | 0xa3, 0xa1..=0xfe, rest @ ..] => rest,
            _ => return false,
        }
    }
}

/// The label that a text declares itself.
fn declared_within(content: &[u8]) -> Option<&[u8]> {
    let start = content.get(..PRESCAN).unwrap_or(content);
    if let Some(rest) = start.strip_prefix(b"@charset \"") {
        return rest.split(|byte| *byte == b'"').next();
    }
    if start.starts_with(b"<?xml") {
        let declaration = start.split(|byte| *byte == b'>').next()?;
        return value_behind(declaration, b"encoding");
    }
    let tags = start.split(|byte| *byte == b'<').skip(1);
    let metas = tags.filter(|tag| tag.get(..4).is_some_and(|name| name.eq_ignore_ascii_case(b"meta")));
    metas.filter_map(|tag| tag.split(|byte| *byte == b'>').next()).find_map(|tag| value_behind(tag, b"charset"))
}

/// The value behind `name` and an equals sign, with or without quotation marks.
fn value_behind<'t>(text: &'t [u8], name: &[u8]) -> Option<&'t [u8]> {
    let at = text.windows(name.len()).position(|found| found.eq_ignore_ascii_case(name))?;
    let value = text.get(at + name.len()..)?.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let value = value.strip_prefix(b"\"").or_else(|| value.strip_prefix(b"'")).unwrap_or(value);
    let end = value.iter().position(|byte| matches!(byte, b'"' | b'\'' | b';' | b' ' | b'/' | b'?' | b'>'));
    value.get(..end.unwrap_or(value.len())).filter(|value| !value.is_empty())
}

/// The beginning of a decoded text: at most `most` characters, whether the text goes on, and whether bytes were not in the charset.
/// `whole` tells whether `content` is all of it.
pub(crate) fn excerpt(content: &[u8], whole: bool, encoding: &'static Encoding, most: usize) -> (String, bool, bool) {
    // The longest character of any charset has four bytes.
    let enough = content.get(..most.saturating_mul(4).saturating_add(4)).unwrap_or(content);
    let whole = whole && enough.len() == content.len();
    let mut decoder = encoding.new_decoder_with_bom_removal();
    let room = decoder.max_utf8_buffer_length(enough.len()).unwrap_or_default();
    let mut text = String::with_capacity(room);
    let (_, _, malformed) = decoder.decode_to_string(enough, &mut text, whole);
    match text.char_indices().nth(most) {
        Some((end, _)) => {
            text.truncate(end);
            let malformed = malformed && text.contains(char::REPLACEMENT_CHARACTER);
            (text, false, malformed)
        }
        None => (text, whole, malformed),
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::{BIG5, GB18030, SHIFT_JIS, UTF_16LE};

    use super::*;

    const PAGE: &str =
        "<html><head><title>西安交通大学</title></head><body>欢迎访问学校主页，今天的新闻如下。</body></html>";

    fn check(content: &[u8], declared: Option<&[u8]>, encoding: &'static Encoding, told: Told) {
        let found = of(content, declared);
        assert_eq!((found.encoding, found.told), (encoding, told), "{}", String::from_utf8_lossy(content));
    }

    #[test]
    fn a_declaration_counts_in_the_order_of_browsers() {
        let (page, _, _) = GBK.encode(PAGE);
        check(&page, Some(b"gb2312"), GBK, Told::ContentType);
        check(&page, Some(b"utf-8"), UTF_8, Told::ContentType);
        check(&page, Some(b"no-such-charset"), GBK, Told::Guessed);
        check(&page, None, GBK, Told::Guessed);
        check(&[b"\xef\xbb\xbf", PAGE.as_bytes()].concat(), Some(b"gbk"), UTF_8, Told::ByteOrderMark);
        check(b"\xff\xfea\0", None, UTF_16LE, Told::ByteOrderMark);
        check(PAGE.as_bytes(), None, UTF_8, Told::Guessed);
        check(b"<html>", None, UTF_8, Told::Ascii);
    }

    #[test]
    fn a_text_may_declare_itself() {
        for (declaration, encoding) in [
            ("<html><META http-equiv=Content-Type content=\"text/html; charset=gb2312\">", GBK),
            ("<meta charset = 'GB18030'/>", GB18030),
            ("<meta name=charset-info><meta charset=big5>", BIG5),
            ("<?xml version=\"1.0\" encoding=\"Shift_JIS\"?>", SHIFT_JIS),
            ("@charset \"gbk\";", GBK),
            ("<meta charset=utf-16>", UTF_8),
        ] {
            check(declaration.as_bytes(), None, encoding, Told::Content);
        }
        check(b"<p>charset=gbk</p>", None, UTF_8, Told::Ascii);
        let late = format!("{}<meta charset=gbk>", " ".repeat(PRESCAN));
        check(late.as_bytes(), None, UTF_8, Told::Ascii);
    }

    #[test]
    fn short_values_are_guessed_and_said_to_be() {
        let check = |text: &str| {
            let (bytes, _, _) = GBK.encode(text);
            assert_eq!(of_field(&bytes), Some((text.to_owned(), GBK)), "{text}");
        };
        check("成功");
        check("attachment; filename=\"实验报告.doc\"");
        check("未找到该页");
        assert_eq!(of_field("成功".as_bytes()), Some(("成功".to_owned(), UTF_8)));
        assert_eq!(of_field(b"OK"), None);
    }

    #[test]
    fn an_excerpt_ends_between_characters() {
        let (page, _, _) = GBK.encode(PAGE);
        assert_eq!(excerpt(&page, true, GBK, 12), ("<html><head>".to_owned(), false, false));
        assert_eq!(excerpt(&page, true, GBK, 1000), (PAGE.to_owned(), true, false));
        // Cut within a character: nothing is wrong, there is more.
        let (text, whole, malformed) = excerpt(&page[..21], false, GBK, 1000);
        assert_eq!((text.as_str(), whole, malformed), ("<html><head><title>西", false, false));
        assert!(excerpt(&page, true, UTF_8, 1000).2);
    }
}
