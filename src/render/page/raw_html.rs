//! Raw HTML in Markdown, made regular before anything else reads it.
//!
//! What a browser's parser does with irregular HTML takes time and memory that grow with the square of its length: many
//! attributes, deep nesting, elements that are opened again in every paragraph. Here only tags of known elements pass,
//! written out in one form, with few attributes and little nesting; the content of elements that only programs read is
//! left out; a `<` that begins none of these is a character like any other. What passes is not yet clean: that is
//! [`super::sanitise`]'s.

use std::fmt::Write as _;

use pulldown_cmark::{Event, Tag, TagEnd};

use super::sanitise;

/// Most attributes of a tag; a tag with more is text.
const MOST_ATTRIBUTES: usize = 16;
/// Deepest nesting of raw elements, and of blocks in Markdown; what would be deeper is on the page without its element.
const DEEPEST: usize = 48;
/// Most formatting elements that stay open from one block to the next, where each opens again.
const MOST_FORMATS: usize = 4;

/// Elements without content.
const VOID: [&str; 3] = ["br", "hr", "img"];
/// Elements that a parser opens again in each block until they are closed.
const FORMATS: [&str; 8] = ["a", "b", "code", "em", "i", "s", "strong", "u"];
/// Elements whose content no reader sees.
const UNSEEN: [&str; 6] = ["script", "style", "template", "title", "svg", "math"];

/// The events of a document with regular HTML in them.
pub(in crate::render) fn regular<'m>(events: impl Iterator<Item = Event<'m>>) -> Vec<Event<'m>> {
    let mut regular = Vec::new();
    let mut elements = Elements::default();
    let mut blocks = Blocks::default();
    let mut block: Option<String> = None;
    for event in events {
        match event {
            Event::Start(Tag::HtmlBlock) => block = Some(String::new()),
            Event::End(TagEnd::HtmlBlock) => {
                let mut html = elements.regular(&block.take().unwrap_or_default());
                elements.close_formats(&mut html);
                regular.push(Event::Start(Tag::HtmlBlock));
                regular.extend(html.split_inclusive('\n').map(|line| Event::Html(line.to_owned().into())));
                regular.push(Event::End(TagEnd::HtmlBlock));
            }
            Event::Html(html) => match &mut block {
                Some(block) => block.push_str(&html),
                None => regular.push(Event::Html(elements.regular(&html).into())),
            },
            Event::InlineHtml(html) => regular.push(Event::InlineHtml(elements.regular(&html).into())),
            Event::Start(tag) => {
                if is_inline_parent(&tag) {
                    elements.inline_from = elements.open.len();
                }
                if blocks.start(&tag) {
                    regular.push(Event::Start(tag));
                }
            }
            Event::End(end) => {
                if let Some(closing) = elements.close_inline(end) {
                    regular.push(Event::InlineHtml(closing.into()));
                }
                if blocks.end(end) {
                    regular.push(Event::End(end));
                }
            }
            other => regular.push(other),
        }
    }
    regular
}

fn is_inline_parent(tag: &Tag<'_>) -> bool {
    matches!(tag, Tag::Paragraph | Tag::Heading { .. } | Tag::TableCell)
}

/// Blocks of Markdown that are open, without the too deep ones.
#[derive(Debug, Default)]
struct Blocks {
    depth: usize,
}

impl Blocks {
    fn start(&mut self, tag: &Tag<'_>) -> bool {
        let nests = matches!(tag, Tag::BlockQuote(_) | Tag::List(_) | Tag::Item) || is_nesting_inline(tag.to_end());
        self.depth += usize::from(nests);
        !nests || self.depth <= DEEPEST
    }

    fn end(&mut self, end: TagEnd) -> bool {
        let nests = matches!(end, TagEnd::BlockQuote(_) | TagEnd::List(_) | TagEnd::Item) || is_nesting_inline(end);
        let shown = !nests || self.depth <= DEEPEST;
        self.depth -= usize::from(nests && self.depth > 0);
        shown
    }
}

fn is_nesting_inline(end: TagEnd) -> bool {
    matches!(end, TagEnd::Emphasis | TagEnd::Strong)
}

/// The raw elements that are open.
#[derive(Debug, Default)]
struct Elements {
    open: Vec<&'static str>,
    /// How many were open when the current paragraph, heading or cell began.
    inline_from: usize,
}

impl Elements {
    fn regular(&mut self, html: &str) -> String {
        let mut regular = String::with_capacity(html.len());
        let mut rest = html;
        while let Some((text, tag)) = rest.split_once('<') {
            regular.push_str(text);
            if let Some(after) = self.markup(tag, &mut regular) {
                rest = after;
            } else {
                regular.push_str("&lt;");
                rest = tag;
            }
        }
        regular.push_str(rest);
        regular
    }

    /// Writes the markup that begins with `<` and `html`; gives what follows it, or nothing when it is no markup.
    fn markup<'h>(&mut self, html: &'h str, regular: &mut String) -> Option<&'h str> {
        if let Some(comment) = html.strip_prefix("!--") {
            return Some(comment.split_once("-->").map_or("", |(_, rest)| rest));
        }
        if let Some(end) = html.strip_prefix('/') {
            let (name, rest) = name(end);
            let rest = rest.trim_ascii_start().strip_prefix('>')?;
            if let Some(at) = self.open.iter().rposition(|open| name.eq_ignore_ascii_case(open)) {
                let _ = write!(regular, "</{}>", self.open.remove(at));
                self.inline_from -= usize::from(at < self.inline_from);
            }
            return (!name.is_empty()).then_some(rest);
        }
        let (name, rest) = name(html);
        let tag = Tagged::read(rest).filter(|_| !name.is_empty())?;
        if let Some(unseen) = UNSEEN.iter().find(|unseen| name.eq_ignore_ascii_case(unseen)) {
            return Some(after_end(tag.rest, unseen));
        }
        let Some(element) = sanitise::elements().find(|known| name.eq_ignore_ascii_case(known)) else {
            return Some(tag.rest);
        };
        let is_void = VOID.contains(&element);
        if is_void || self.open.len() < DEEPEST {
            let _ = write!(regular, "<{element}{}>", tag.attributes);
            if !is_void {
                self.open.push(element);
            }
        }
        Some(tag.rest)
    }

    /// Closes what was opened in the paragraph, heading or cell that ends.
    fn close_inline(&mut self, end: TagEnd) -> Option<String> {
        if !matches!(end, TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::TableCell) {
            return None;
        }
        let opened = self.open.split_off(self.inline_from.min(self.open.len()));
        let closing = opened.iter().rev().fold(String::new(), |closing, element| closing + "</" + element + ">");
        (!closing.is_empty()).then_some(closing)
    }

    /// Closes the formatting elements that a block leaves open beyond [`MOST_FORMATS`].
    fn close_formats(&mut self, html: &mut String) {
        let is_format = |element: &&&'static str| FORMATS.contains(element);
        while self.open.iter().filter(is_format).count() > MOST_FORMATS {
            let Some(at) = self.open.iter().rposition(|element| FORMATS.contains(element)) else { return };
            let _ = write!(html, "</{}>", self.open.remove(at));
        }
    }
}

/// What follows the name of a tag.
pub(in crate::render) struct Tagged<'h> {
    /// Regular attributes, each after a space.
    pub(in crate::render) attributes: String,
    /// Whether the tag ends with `/>`.
    pub(in crate::render) is_empty: bool,
    pub(in crate::render) rest: &'h str,
}

impl<'h> Tagged<'h> {
    /// Attributes up to the `>`; nothing if there is none where it should be, or too many attributes.
    pub(in crate::render) fn read(mut html: &'h str) -> Option<Self> {
        let mut attributes = String::new();
        for _ in 0..=MOST_ATTRIBUTES {
            let before = html;
            html = html.trim_ascii_start();
            let is_empty = html.starts_with('/');
            if let Some(rest) = html.strip_prefix('/').unwrap_or(html).strip_prefix('>') {
                return Some(Self { attributes, is_empty, rest });
            }
            let (name, rest) = name(html);
            if name.is_empty() || before.len() == html.len() {
                return None;
            }
            let Some(value) = rest.trim_ascii_start().strip_prefix('=').map(str::trim_ascii_start) else {
                let _ = write!(attributes, " {name}=\"\"");
                html = rest;
                continue;
            };
            let quote = value.chars().next().filter(|first| matches!(first, '"' | '\''));
            let (value, rest) = match quote {
                Some(quote) => value.get(1..)?.split_once(quote)?,
                None => value.split_at_checked(value.find(|end: char| end.is_ascii_whitespace() || end == '>')?)?,
            };
            let _ = write!(attributes, " {name}=\"{}\"", value.replace('"', "&quot;"));
            html = rest;
        }
        None
    }
}

/// The name at the beginning of `html`, and what follows it.
pub(in crate::render) fn name(html: &str) -> (&str, &str) {
    let is_part = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | ':');
    let end = html.find(|character| !is_part(character)).unwrap_or(html.len());
    let is_name = html.starts_with(|first: char| first.is_ascii_alphabetic());
    html.split_at_checked(end).filter(|_| is_name).unwrap_or(("", html))
}

/// What follows the end tag of an element; nothing when it does not end.
fn after_end<'h>(html: &'h str, element: &str) -> &'h str {
    let mut parts = html.split("</");
    let _content = parts.next();
    for part in parts {
        let (name, rest) = name(part);
        if name.eq_ignore_ascii_case(element) {
            return rest.split_once('>').map_or("", |(_, rest)| rest);
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use pulldown_cmark::{Parser, html};

    fn check(markdown: &str, expected: &str) {
        let mut shown = String::new();
        html::push_html(&mut shown, super::regular(Parser::new(markdown)).into_iter());
        assert_eq!(shown, expected);
    }

    #[test]
    fn tags_have_one_form_and_other_signs_are_text() {
        check("a <B  CLASS='x' hidden>b</B >", "<p>a <b CLASS=\"x\" hidden=\"\">b</b></p>\n");
        check("<div\n  class=\"answer\">\nx < y\n</div>\n", "<div class=\"answer\">\nx &lt; y\n</div>\n");
        check("<div x=\">\" <p\n", "&lt;div x=\">\" &lt;p\n");
        check("<a id=\"f1\" class=\"client\"></a>\n", "<p><a id=\"f1\" class=\"client\"></a></p>\n");
    }

    #[test]
    fn what_no_reader_sees_is_left_out() {
        check("<script>\nalert(\"</b>\")\n</script>x\n", "x\n");
        check("<!-- a\n\n<b> -->\n\nb\n", "\n<p>b</p>\n");
        check("<iframe src=x></iframe>\n\n<style>\n*{}", "\n");
    }

    #[test]
    fn elements_end_with_their_paragraph() {
        check("a <b>b <i>c\n\nd</b>\n", "<p>a <b>b <i>c</i></b></p>\n<p>d</p>\n");
        check("<div>\n\na\n\n</div>\n", "<div>\n<p>a</p>\n</div>\n");
    }

    #[test]
    fn depth_and_attributes_are_bounded() {
        let shown = |markdown: &str| {
            let mut shown = String::new();
            html::push_html(&mut shown, super::regular(Parser::new(markdown)).into_iter());
            shown
        };
        assert_eq!(shown(&"<div>".repeat(1000)).matches("<div>").count(), super::DEEPEST);
        assert_eq!(shown(&"> ".repeat(1000)).matches("<blockquote>").count(), super::DEEPEST);
        assert_eq!(shown(&format!("<div {}>", "a ".repeat(17))).matches("<div").count(), 0);
        assert_eq!(shown(&format!("<div>{}\n\nx", "<b>".repeat(40))).matches("</b>").count(), 40 - super::MOST_FORMATS);
    }
}
