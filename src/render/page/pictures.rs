//! Pictures that a report in Markdown links to: its figures, and those that a student added.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// How reports in Markdown are read.
pub(in crate::render) const MARKDOWN: Options = Options::ENABLE_TABLES;

/// A picture that a Markdown text has in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    /// Where it leads, as written; `None` for an HTML element, which a page leaves out.
    pub destination: Option<String>,
    /// Line in the Markdown, from 1.
    pub line: usize,
}

/// The pictures of a Markdown text, in its order.
#[must_use]
pub fn linked_pictures(markdown: &str) -> Vec<Linked> {
    let ends: Vec<usize> = markdown.match_indices('\n').map(|(offset, _)| offset).collect();
    let line = |offset: usize| ends.partition_point(|end| *end < offset) + 1;
    let events = Parser::new_ext(markdown, MARKDOWN).into_offset_iter();
    let linked = events.filter_map(|(event, range)| match event {
        Event::Start(Tag::Image { dest_url, .. }) => {
            Some(Linked { destination: Some(dest_url.into_string()), line: line(range.start) })
        }
        Event::Html(html) | Event::InlineHtml(html) if html.to_ascii_lowercase().contains("<img") => {
            Some(Linked { destination: None, line: line(range.start) })
        }
        _ => None,
    });
    linked.collect()
}

/// A picture that a page can hold: PNG, JPEG, GIF or WebP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    kind: &'static str,
    base64: String,
}

impl Picture {
    /// The picture that `bytes` are by their beginning; `None` when they are none that a page can hold.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let kind = match bytes {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => "png",
            [0xff, 0xd8, 0xff, ..] => "jpeg",
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => "gif",
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "webp",
            _ => return None,
        };
        Some(Self { kind, base64: BASE64_STANDARD.encode(bytes) })
    }

    /// The picture in a `data:` link, as some editors paste it; `None` for any other link.
    #[must_use]
    pub fn of_data(link: &str) -> Option<Self> {
        let (kind, base64) = link.strip_prefix("data:image/")?.split_once(";base64,")?;
        let kind = ["png", "jpeg", "gif", "webp"].into_iter().find(|known| *known == kind)?;
        let digits = base64.trim_end_matches('=');
        let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
        let is_base64 = base64.len() - digits.len() <= 2 && digits.bytes().all(is_digit);
        is_base64.then(|| Self { kind, base64: base64.to_owned() })
    }

    /// Bytes that it takes on a page.
    #[must_use]
    pub fn size(&self) -> usize {
        self.base64.len()
    }

    /// The element that shows it.
    pub(in crate::render) fn element(&self, alternative: &str) -> String {
        let alternative = ammonia::clean_text(alternative).replace("&#32;", " ");
        format!("<img src=\"data:image/{};base64,{}\" alt=\"{alternative}\">", self.kind, self.base64)
    }
}

/// Pictures that a student added, by their destinations as written in the Markdown.
pub type Pictures = BTreeMap<String, Picture>;

/// The events of a document with `place` asked about each picture, given its destination and its text alternative: what
/// it gives stands for the picture, else the text alternative does.
pub(in crate::render) fn placed<'m>(
    events: impl Iterator<Item = Event<'m>>,
    mut place: impl FnMut(&str, &str) -> Option<String>,
) -> Vec<Event<'m>> {
    let mut placed = Vec::new();
    // Where the outermost picture that is open began, how many are open, and where it leads.
    let mut open: Option<(usize, usize, String)> = None;
    for event in events {
        match (event, &mut open) {
            (Event::Start(Tag::Image { dest_url, .. }), None) => {
                open = Some((placed.len(), 0, dest_url.into_string()));
            }
            (Event::Start(Tag::Image { .. }), Some((_, inner, _))) => *inner += 1,
            (Event::End(TagEnd::Image), Some((_, inner, _))) if *inner > 0 => *inner -= 1,
            (Event::End(TagEnd::Image), _) => {
                let Some((start, _, destination)) = open.take() else { continue };
                let alternative = super::document::plain(placed.iter().skip(start).cloned());
                if let Some(element) = place(&destination, &alternative) {
                    placed.truncate(start);
                    placed.push(Event::InlineHtml(element.into()));
                }
            }
            (other, _) => placed.push(other),
        }
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_found_with_their_lines() {
        let found = linked_pictures("# t\n\n![a](<x y.png>)\n![b][r] `![c](c.png)`\n\n<IMG src=x>\n\n[r]: d.png\n");
        let found: Vec<_> = found.iter().map(|linked| (linked.destination.as_deref(), linked.line)).collect();
        assert_eq!(found, [(Some("x y.png"), 3), (Some("d.png"), 4), (None, 6)]);
    }

    #[test]
    fn pictures_are_known_by_their_content() {
        let kind = |bytes: &[u8]| Picture::read(bytes).map(|picture| picture.kind);
        assert_eq!(kind(b"\x89PNG\r\n\x1a\n"), Some("png"));
        assert_eq!(kind(b"\xff\xd8\xff\xe0"), Some("jpeg"));
        assert_eq!(kind(b"GIF89a"), Some("gif"));
        assert_eq!(kind(b"RIFF\0\0\0\0WEBPVP8 "), Some("webp"));
        for other in [&b""[..], b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"BM", b"RIFF\0\0\0\0WAVE"] {
            assert_eq!(kind(other), None);
        }
    }

    #[test]
    fn pictures_in_links_are_base64_and_nothing_else() {
        let picture = Picture::of_data("data:image/gif;base64,R0lGODlh").unwrap();
        assert_eq!(Some(picture), Picture::read(b"GIF89a"));
        for other in ["data:image/svg+xml;base64,AAAA", "data:text/html,x", "data:image/png;base64,\" onload=x"] {
            assert_eq!(Picture::of_data(other), None, "{other}");
        }
    }

    #[test]
    fn a_text_alternative_acts_as_little_as_any_text() {
        let picture = Picture::read(b"GIF89a").unwrap();
        assert_eq!(
            picture.element("\"><script> a"),
            "<img src=\"data:image/gif;base64,R0lGODlh\" alt=\"&quot;&gt;&lt;script&gt; a\">"
        );
    }
}
