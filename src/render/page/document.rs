//! A Markdown report as the parts of a page.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;

use pulldown_cmark::{Event, HeadingLevel, Parser, Tag, TagEnd, html};
use tera::TeraResult;

use super::answers;
use super::bytes::{self, Links};
use super::pictures::{self, MARKDOWN, Pictures};
use super::raw_html;
use super::sanitise::FIGURE;
use super::tables::{Changes, Tables};
use crate::render::figures::Figures;

/// Classes that an anchor of a frame's row may have: who sent it, and what kind of row it is.
const ROW_CLASSES: [&str; 5] = ["client", "server", "http", "flags", "marked"];

/// A Markdown document in parts of HTML, with what its page needs to know of it.
#[derive(Debug, Default)]
pub(in crate::render) struct Document {
    /// What comes before the first section: title, student, key numbers.
    pub(in crate::render) cover: String,
    /// The sections.
    pub(in crate::render) body: String,
    /// What comes after the last rule.
    pub(in crate::render) footer: String,
    /// The title as plain text.
    pub(in crate::render) title: String,
    /// Elements of the pictures that were added, by the names of those that stand for them.
    pub(in crate::render) pictures: Vec<(String, String)>,
    /// What the byte views need of the style.
    pub(in crate::render) links: Links,
    headings: Vec<Heading>,
}

#[derive(Debug)]
struct Heading {
    level: HeadingLevel,
    id: String,
    html: String,
}

impl Document {
    /// Reads Markdown; `summary` words what a folded byte view of so many rows is called, as HTML.
    pub(in crate::render) fn read(
        markdown: &str,
        figures: &Figures,
        added: &Pictures,
        summary: &dyn Fn(usize) -> TeraResult<String>,
    ) -> TeraResult<Self> {
        let events = raw_html::regular(Parser::new_ext(markdown, MARKDOWN));
        let (events, pictures) = with_pictures(events, figures, added);
        let mut changes = Changes::new();
        let links = bytes::link(&events, &mut changes, summary)?;
        let tags = tags(&events);
        let mut document = Self { pictures, links, ..Self::default() };
        document.read_headings(&events);

        let is_section =
            |event: &Event<'_>| matches!(event, Event::Start(Tag::Heading { level: HeadingLevel::H2, .. }));
        let sections = events.iter().position(is_section).unwrap_or(0);
        let rule = events.iter().rposition(|event| matches!(event, Event::Rule)).filter(|rule| *rule >= sections);
        let end = rule.unwrap_or(events.len());
        let html = |range: Range<usize>| {
            let part = events.iter().cloned().enumerate().skip(range.start).take(range.len());
            let mut shown = String::new();
            html::push_html(&mut shown, Tables::new(part, &changes, &tags));
            shown
        };
        document.cover = html(0..sections);
        document.body = html(sections..end);
        document.footer = html(end.saturating_add(1)..events.len().max(end.saturating_add(1)));
        Ok(document)
    }

    fn read_headings(&mut self, events: &[Event<'_>]) {
        let mut open: Option<(HeadingLevel, Vec<Event<'_>>)> = None;
        for event in events {
            match event {
                Event::Start(Tag::Heading { level, .. }) => open = Some((*level, Vec::new())),
                Event::End(TagEnd::Heading(_)) => {
                    let Some((level, inner)) = open.take() else { continue };
                    if level == HeadingLevel::H1 && self.title.is_empty() {
                        self.title = plain(inner.iter().cloned());
                    }
                    let Some(id) = inner.iter().find_map(anchor) else { continue };
                    let mut shown = String::new();
                    let words = inner.iter().filter(|event| !is_link_part(event)).cloned();
                    html::push_html(&mut shown, words);
                    self.headings.push(Heading { level, id: id.0.to_owned(), html: shown });
                }
                _ => {
                    if let Some((_, inner)) = &mut open {
                        inner.push(event.clone());
                    }
                }
            }
        }
    }

    /// The contents list: a link for every section and subsection that has an anchor.
    pub(in crate::render) fn contents(&self) -> String {
        let mut list = String::from("<ol>\n");
        for heading in &self.headings {
            let class = match heading.level {
                HeadingLevel::H2 => "",
                HeadingLevel::H3 => " class=\"sub\"",
                _ => continue,
            };
            let _ = writeln!(list, "<li{class}><a href=\"#{}\">{}</a></li>", heading.id, heading.html);
        }
        list.push_str("</ol>");
        list
    }
}

/// The events of a document, with answers' line breaks kept and a stand-in for each picture that is one of `figures` or
/// was `added`; and the elements of the latter, by the names of their stand-ins.
fn with_pictures<'m>(
    events: Vec<Event<'m>>,
    figures: &Figures,
    added: &Pictures,
) -> (Vec<Event<'m>>, Vec<(String, String)>) {
    let mut elements: Vec<(String, String)> = Vec::new();
    let mut unused: Vec<&str> = figures.names().collect();
    let place = |destination: &str, alternative: &str| {
        if let Some(name) = figures.name_of(destination) {
            let place = unused.iter().position(|unused| *unused == name)?;
            return Some(stand_in(unused.swap_remove(place)));
        }
        let element = added.get(destination)?.element(alternative);
        // No figure's name has a slash.
        let name = format!("picture/{}", elements.len());
        let stands = stand_in(&name);
        elements.push((name, element));
        Some(stands)
    };
    let events = pictures::placed(answers::with_lines(events.into_iter()), place);
    (events, elements)
}

/// The element that stands for a figure or a picture until it takes its place.
fn stand_in(name: &str) -> String {
    format!("<{FIGURE} name=\"{name}\"></{FIGURE}>")
}

/// For each link to a frame that has a row: the classes of the row's anchor.
fn tags(events: &[Event<'_>]) -> BTreeMap<String, String> {
    events
        .iter()
        .filter_map(anchor)
        .filter(|(id, _)| id.strip_prefix('f').is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit())))
        .map(|(id, classes)| (format!("#{id}"), classes.to_owned()))
        .collect()
}

/// Id and classes of an anchor as the Markdown templates write it: `<a id="f201" class="client http">`.
fn anchor<'e>(event: &'e Event<'_>) -> Option<(&'e str, &'e str)> {
    let (Event::InlineHtml(html) | Event::Html(html)) = event else { return None };
    let (id, rest) = html.strip_prefix("<a id=\"")?.split_once('"')?;
    let classes = match rest.trim_end() {
        ">" | "></a>" => "",
        rest => rest.strip_prefix(" class=\"")?.strip_suffix("\">")?,
    };
    let is_plain = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (is_plain && classes.split_ascii_whitespace().all(|class| ROW_CLASSES.contains(&class))).then_some((id, classes))
}

fn is_link_part(event: &Event<'_>) -> bool {
    match event {
        Event::InlineHtml(html) => html.starts_with("<a ") || &**html == "</a>",
        Event::Start(Tag::Link { .. }) | Event::End(TagEnd::Link) => true,
        _ => false,
    }
}

/// Markdown on one line as HTML, without a paragraph around it.
pub(in crate::render) fn inline(markdown: &str) -> String {
    let events = Parser::new(markdown)
        .filter(|event| !matches!(event, Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph)));
    let mut shown = String::new();
    html::push_html(&mut shown, events);
    shown.trim_end().to_owned()
}

/// The text of events without any markup; the languages of a pair are set apart.
pub(in crate::render) fn plain<'e>(events: impl Iterator<Item = Event<'e>>) -> String {
    let mut text = String::new();
    for event in events {
        match event {
            Event::Text(part) | Event::Code(part) => text.push_str(&part),
            Event::InlineHtml(html) if html.starts_with("<span lang=") => {
                text.truncate(text.trim_end().len());
                text.push_str(" · ");
            }
            Event::SoftBreak | Event::HardBreak => text.push(' '),
            _ => {}
        }
    }
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(markdown: &str) -> Document {
        Document::read(markdown, &Figures::default(), &Pictures::new(), &|rows| Ok(rows.to_string())).unwrap()
    }

    #[test]
    fn tables_scroll_and_frame_tags_know_their_side() {
        let document = read(
            "See [#1](#f1) and [#2](#f2).\n\n| No. | n |\n|---|---:|\n| <a id=\"f1\" class=\"client http\"></a>1 | 2 |\n",
        );
        assert_eq!(
            document.body,
            "<p>See <a class=\"f client http\" href=\"#f1\">#1</a> and <a href=\"#f2\">#2</a>.</p>\n\
             <div class=\"scroll\"><table><thead><tr><th scope=\"col\">No.</th><th scope=\"col\" class=\"num\">n</th>\
             </tr></thead><tbody>\n<tr><td><a id=\"f1\" class=\"client http\"></a>1</td><td class=\"num\">2</td></tr>\n\
             </tbody></table></div>\n"
        );
    }

    #[test]
    fn cover_sections_and_footer_come_apart() {
        let document = read("# T\n\nwho\n\n## A\n\ntext\n\n---\n\nmore\n\n---\n\nend\n");
        assert_eq!(document.cover, "<h1>T</h1>\n<p>who</p>\n");
        assert_eq!(document.body, "<h2>A</h2>\n<p>text</p>\n<hr />\n<p>more</p>\n");
        assert_eq!(document.footer, "<p>end</p>\n");
        let document = read("only text");
        assert_eq!(
            (document.cover.as_str(), document.body.as_str(), document.footer.as_str()),
            ("", "<p>only text</p>\n", "")
        );
    }

    #[test]
    fn headings_with_an_anchor_make_the_contents() {
        let document =
            read("# A <span lang=\"en\">B</span>\n\n## <a id=\"aims\"></a>一、目的 <span lang=\"en\">Aims</span>\n");
        assert_eq!(document.title, "A · B");
        assert_eq!(
            document.contents(),
            "<ol>\n<li><a href=\"#aims\">一、目的 <span lang=\"en\">Aims</span></a></li>\n</ol>"
        );
    }
}
