//! Markdown to one self-contained HTML page.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use pulldown_cmark::{Alignment, CowStr, Event, HeadingLevel, Parser, Tag, TagEnd, html};
use sha2::{Digest, Sha256};
use tera::{Context, Kwargs, State, Tera, TeraResult, Value};

use super::answers;
use super::base64::base64;
use super::bounded::{self, LARGEST};
use super::error::RenderError;
use super::facts::Facts;
use super::figures::Figures;
use super::pictures::{self, MARKDOWN, Pictures};
use super::raw_html;
use super::sanitise::{self, FIGURE};
use super::speech::{Medium, Speech};
use crate::lab::{Lab, Lang};

/// The page of a report in Markdown: HTML that needs no other file, no network and no script.
///
/// # Errors
/// As [`filled_page`].
pub fn page(markdown: &str, lab: &Lab, languages: &[Lang], figures: &Figures) -> Result<String, RenderError> {
    filled_page(markdown, lab, languages, figures, &Pictures::new())
}

/// The page of a report in Markdown that a student may have changed, with the pictures that were added.
///
/// Raw HTML in it is made regular, then goes through an allow-list. A picture that is neither in `figures` nor in `pictures` is left out; its
/// text alternative stands in its place.
///
/// # Errors
/// When the lab is broken: the message names its file and line. No Markdown makes a right lab fail, unless the page would
/// be larger than any report's.
pub fn filled_page(
    markdown: &str,
    lab: &Lab,
    languages: &[Lang],
    figures: &Figures,
    pictures: &Pictures,
) -> Result<String, RenderError> {
    let main = languages.first().ok_or(RenderError::NoLanguage)?;
    let document = Document::read(markdown, figures, pictures);
    let speech = Arc::new(Speech::new(
        lab,
        languages,
        &Arc::new(Facts::new(&serde_json::Value::Null, jiff::tz::TimeZone::UTC)),
        Medium::Page,
    )?);

    let mut tera = Tera::default();
    tera.autoescape_on([".html"]);
    tera.register_filter("safe", |value: Value, _: Kwargs, _: &State| value);
    register_words(&mut tera, &speech);
    tera.add_raw_templates(lab.templates_of("html"))?;

    let mut context = Context::new();
    context.insert_value("contents", Value::safe_string(&document.contents()));
    context.insert_value("body", Value::safe_string(&document.html));
    context.insert("title", &document.title);
    context.insert("lab", &lab.manifest.id);
    let body = bounded::render(&tera, "page.html", &context, LARGEST)?;
    let names = figures.names().chain(document.pictures.iter().map(|(name, _)| name.as_str()));
    let body = place(&sanitise::clean(&body, names), figures, &document.pictures);

    let style = style(lab)?;
    let title = if document.title.is_empty() { &lab.manifest.id } else { &document.title };
    Ok(shell(&tag(&speech, main), title, &style, &body))
}

/// Everything around the body. It is not part of the lab, so that no lab can loosen the policy.
fn shell(language: &str, title: &str, style: &str, body: &str) -> String {
    let hash = base64(&Sha256::digest(style.as_bytes()));
    let title = ammonia::clean_text(title).replace("&#32;", " ");
    let language = ammonia::clean_text(language);
    format!(
        "<!DOCTYPE html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; \
         style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )
}

/// The style sheets of a lab, in the order in which a page has them: colours as variables, the page, its figures.
const STYLES: [&str; 3] = ["colours.css", "style.css", "figures.css"];

/// The lab's style with the line ends that a browser hashes.
fn style(lab: &Lab) -> Result<String, RenderError> {
    let style: String = STYLES.iter().filter_map(|file| lab.template(file)).collect();
    let style = style.replace("\r\n", "\n").replace(['\r', '\0'], "\n");
    if style.to_ascii_lowercase().contains("</style") { Err(RenderError::StyleEnds) } else { Ok(style) }
}

/// The BCP 47 tag of a language, as its wording gives it under `language.tag`.
fn tag(speech: &Speech, language: &Lang) -> String {
    speech.plain_main("language.tag").unwrap_or_else(|| language.as_str().replace('_', "-"))
}

/// `word(key=…)`: the term in all languages as HTML; `label(key=…)`: the same as plain text for an attribute.
fn register_words(tera: &mut Tera, speech: &Arc<Speech>) {
    let words = Arc::clone(speech);
    tera.register_function("word", move |kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        let markdown = words.term(&kwargs)?;
        let inline = Parser::new(&markdown)
            .filter(|event| !matches!(event, Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph)));
        let mut shown = String::new();
        html::push_html(&mut shown, inline);
        Ok(Value::safe_string(&shown))
    });
    let words = Arc::clone(speech);
    tera.register_function("label", move |kwargs: Kwargs, _: &State| -> TeraResult<String> {
        Ok(plain(Parser::new(&words.term(&kwargs)?)))
    });
}

/// Figures and pictures in the place of their elements, each once. The cleaned HTML holds only elements of those of
/// this render, and elements without a name.
fn place(html: &str, figures: &Figures, pictures: &[(String, String)]) -> String {
    let mut shown: BTreeMap<&str, Cow<'_, str>> =
        figures.iter().map(|(name, figure)| (name, sanitise::clean_figure(&figure.svg).into())).collect();
    shown.extend(pictures.iter().map(|(name, element)| (name.as_str(), element.into())));
    let (open, close) = (format!("<{FIGURE} name=\""), format!("\"></{FIGURE}>"));
    let mut parts = html.split(open.as_str());
    let mut placed = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once(close.as_str()).unwrap_or(("", part));
        placed.push_str(&shown.remove(name).unwrap_or_default());
        placed.push_str(rest);
    }
    placed
}

/// A Markdown document as HTML, with what its page needs to know of it.
#[derive(Debug, Default)]
struct Document {
    html: String,
    title: String,
    headings: Vec<Heading>,
    /// Elements of the pictures that were added, by the names of those that stand for them.
    pictures: Vec<(String, String)>,
}

#[derive(Debug)]
struct Heading {
    level: HeadingLevel,
    id: String,
    html: String,
}

impl Document {
    fn read(markdown: &str, figures: &Figures, added: &Pictures) -> Self {
        let mut document = Self::default();
        let mut unused: Vec<&str> = figures.names().collect();
        let place = |destination: &str, alternative: &str| {
            if let Some(name) = figures.name_of(destination) {
                let place = unused.iter().position(|unused| *unused == name)?;
                return Some(stand_in(unused.swap_remove(place)));
            }
            let element = added.get(destination)?.element(alternative);
            // No figure's name has a slash.
            let name = format!("picture/{}", document.pictures.len());
            let stands = stand_in(&name);
            document.pictures.push((name, element));
            Some(stands)
        };
        let events = raw_html::regular(Parser::new_ext(markdown, MARKDOWN));
        let events = pictures::placed(answers::with_lines(events.into_iter()), place);
        let sides = sides(&events);
        document.read_headings(&events);
        html::push_html(&mut document.html, Page { events: events.into_iter(), sides, table: None });
        document
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
    fn contents(&self) -> String {
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

/// The element that stands for a figure or a picture until it takes its place.
fn stand_in(name: &str) -> String {
    format!("<{FIGURE} name=\"{name}\"></{FIGURE}>")
}

/// The events of a document, with tables in a wrapper that scrolls and frame tags that know their side.
struct Page<'m, I> {
    events: I,
    sides: BTreeMap<String, &'static str>,
    table: Option<Table<'m>>,
}

struct Table<'m> {
    alignments: Vec<Alignment>,
    cell: usize,
    in_head: bool,
    marker: std::marker::PhantomData<&'m ()>,
}

impl<'m, I: Iterator<Item = Event<'m>>> Iterator for Page<'m, I> {
    type Item = Event<'m>;

    fn next(&mut self) -> Option<Event<'m>> {
        let event = self.events.next()?;
        Some(match event {
            Event::Start(Tag::Table(alignments)) => {
                self.table = Some(Table { alignments, cell: 0, in_head: false, marker: std::marker::PhantomData });
                raw("<div class=\"scroll\"><table>")
            }
            Event::End(TagEnd::Table) => {
                self.table = None;
                raw("</tbody></table></div>\n")
            }
            Event::Start(Tag::TableHead) => self.row(true, "<thead><tr>"),
            Event::End(TagEnd::TableHead) => raw("</tr></thead><tbody>\n"),
            Event::Start(Tag::TableRow) => self.row(false, "<tr>"),
            Event::End(TagEnd::TableRow) => raw("</tr>\n"),
            Event::Start(Tag::TableCell) => self.cell(),
            Event::End(TagEnd::TableCell) => {
                raw(if self.table.as_ref().is_some_and(|table| table.in_head) { "</th>" } else { "</td>" })
            }
            Event::Start(Tag::Link { link_type, dest_url, title, id }) => match self.sides.get(&*dest_url) {
                Some(side) => {
                    let class = if side.is_empty() { "f".to_owned() } else { format!("f {side}") };
                    Event::InlineHtml(format!("<a class=\"{class}\" href=\"{dest_url}\">").into())
                }
                None => Event::Start(Tag::Link { link_type, dest_url, title, id }),
            },
            other => other,
        })
    }
}

impl<'m, I> Page<'m, I> {
    fn row(&mut self, in_head: bool, html: &'static str) -> Event<'m> {
        if let Some(table) = &mut self.table {
            table.in_head = in_head;
            table.cell = 0;
        }
        raw(html)
    }

    fn cell(&mut self) -> Event<'m> {
        let Some(table) = &mut self.table else { return raw("<td>") };
        let alignment = table.alignments.get(table.cell).copied().unwrap_or(Alignment::None);
        table.cell += 1;
        raw(match (table.in_head, alignment) {
            (true, Alignment::Right) => "<th scope=\"col\" class=\"num\">",
            (true, _) => "<th scope=\"col\">",
            (false, Alignment::Right) => "<td class=\"num\">",
            (false, _) => "<td>",
        })
    }
}

fn raw<'m>(html: &'static str) -> Event<'m> {
    Event::InlineHtml(CowStr::Borrowed(html))
}

/// For each link to a frame that has a row: the side that sent it, or nothing.
fn sides(events: &[Event<'_>]) -> BTreeMap<String, &'static str> {
    events
        .iter()
        .filter_map(anchor)
        .filter(|(id, _)| id.strip_prefix('f').is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit())))
        .map(|(id, side)| (format!("#{id}"), side))
        .collect()
}

/// Id and side of an anchor as the Markdown templates write it: `<a id="f201" class="client">`.
fn anchor<'e>(event: &'e Event<'_>) -> Option<(&'e str, &'static str)> {
    let (Event::InlineHtml(html) | Event::Html(html)) = event else { return None };
    let (id, rest) = html.strip_prefix("<a id=\"")?.split_once('"')?;
    let side = match rest.trim_end() {
        ">" | "></a>" => "",
        " class=\"client\">" => "client",
        " class=\"server\">" => "server",
        _ => return None,
    };
    let is_plain = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    is_plain.then_some((id, side))
}

fn is_link_part(event: &Event<'_>) -> bool {
    match event {
        Event::InlineHtml(html) => html.starts_with("<a ") || &**html == "</a>",
        Event::Start(Tag::Link { .. }) | Event::End(TagEnd::Link) => true,
        _ => false,
    }
}

/// The text of events without any markup; the languages of a pair are set apart.
pub(super) fn plain<'e>(events: impl Iterator<Item = Event<'e>>) -> String {
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

    #[test]
    fn tables_scroll_and_frame_tags_know_their_side() {
        let document = Document::read(
            "See [#1](#f1) and [#2](#f2).\n\n| No. | n |\n|---|---:|\n| <a id=\"f1\" class=\"client\"></a>1 | 2 |\n",
            &Figures::default(),
            &Pictures::new(),
        );
        assert_eq!(
            document.html,
            "<p>See <a class=\"f client\" href=\"#f1\">#1</a> and <a href=\"#f2\">#2</a>.</p>\n\
             <div class=\"scroll\"><table><thead><tr><th scope=\"col\">No.</th><th scope=\"col\" class=\"num\">n</th>\
             </tr></thead><tbody>\n<tr><td><a id=\"f1\" class=\"client\"></a>1</td><td class=\"num\">2</td></tr>\n\
             </tbody></table></div>\n"
        );
    }

    #[test]
    fn headings_with_an_anchor_make_the_contents() {
        let document = Document::read(
            "# A <span lang=\"en\">B</span>\n\n## <a id=\"aims\"></a>一、目的 <span lang=\"en\">Aims</span>\n",
            &Figures::default(),
            &Pictures::new(),
        );
        assert_eq!(document.title, "A · B");
        assert_eq!(
            document.contents(),
            "<ol>\n<li><a href=\"#aims\">一、目的 <span lang=\"en\">Aims</span></a></li>\n</ol>"
        );
    }
}
