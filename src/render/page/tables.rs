//! Tables of a page: a wrapper that scrolls, heads with scope, numbers at the right, rows with a class.

use std::collections::BTreeMap;

use pulldown_cmark::{Alignment, CowStr, Event, Tag, TagEnd};

/// What stands in place of an event of the Markdown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::render) enum Change {
    /// This HTML.
    Html(String),
    /// A table row of this class.
    Row(String),
}

/// Changes by the index of their event.
pub(in crate::render) type Changes = BTreeMap<usize, Change>;

/// The events of a document with its changes, and its tables as a page has them. A link to one of `tags` gets its classes.
pub(in crate::render) struct Tables<'d, I> {
    events: I,
    changes: &'d Changes,
    tags: &'d BTreeMap<String, String>,
    table: Option<Table>,
}

struct Table {
    alignments: Vec<Alignment>,
    cell: usize,
    in_head: bool,
}

impl<'d, 'm, I: Iterator<Item = (usize, Event<'m>)>> Tables<'d, I> {
    /// `events` come with their index in the document.
    pub(in crate::render) fn new(events: I, changes: &'d Changes, tags: &'d BTreeMap<String, String>) -> Self {
        Self { events, changes, tags, table: None }
    }

    fn row(&mut self, in_head: bool) {
        if let Some(table) = &mut self.table {
            table.in_head = in_head;
            table.cell = 0;
        }
    }

    fn cell(&mut self) -> &'static str {
        let Some(table) = &mut self.table else { return "<td>" };
        let alignment = table.alignments.get(table.cell).copied().unwrap_or(Alignment::None);
        table.cell += 1;
        match (table.in_head, alignment) {
            (true, Alignment::Right) => "<th scope=\"col\" class=\"num\">",
            (true, _) => "<th scope=\"col\">",
            (false, Alignment::Right) => "<td class=\"num\">",
            (false, _) => "<td>",
        }
    }
}

impl<'m, I: Iterator<Item = (usize, Event<'m>)>> Iterator for Tables<'_, I> {
    type Item = Event<'m>;

    fn next(&mut self) -> Option<Event<'m>> {
        let (index, event) = self.events.next()?;
        let change = self.changes.get(&index);
        if let Some(Change::Html(html)) = change {
            return Some(Event::InlineHtml(html.clone().into()));
        }
        Some(match event {
            Event::Start(Tag::Table(alignments)) => {
                self.table = Some(Table { alignments, cell: 0, in_head: false });
                raw("<div class=\"scroll\"><table>")
            }
            Event::End(TagEnd::Table) => {
                self.table = None;
                raw("</tbody></table></div>\n")
            }
            Event::Start(Tag::TableHead) => {
                self.row(true);
                raw("<thead><tr>")
            }
            Event::End(TagEnd::TableHead) => raw("</tr></thead><tbody>\n"),
            Event::Start(Tag::TableRow) => {
                self.row(false);
                match change {
                    Some(Change::Row(class)) => Event::InlineHtml(format!("<tr class=\"{class}\">").into()),
                    _ => raw("<tr>"),
                }
            }
            Event::End(TagEnd::TableRow) => raw("</tr>\n"),
            Event::Start(Tag::TableCell) => raw(self.cell()),
            Event::End(TagEnd::TableCell) => {
                raw(if self.table.as_ref().is_some_and(|table| table.in_head) { "</th>" } else { "</td>" })
            }
            Event::Start(Tag::Link { link_type, dest_url, title, id }) => match self.tags.get(&*dest_url) {
                Some(classes) => Event::InlineHtml(
                    format!("<a class=\"{}\" href=\"{dest_url}\">", format!("f {classes}").trim_end()).into(),
                ),
                None => Event::Start(Tag::Link { link_type, dest_url, title, id }),
            },
            other => other,
        })
    }
}

fn raw<'m>(html: &'static str) -> Event<'m> {
    Event::InlineHtml(CowStr::Borrowed(html))
}

/// Text as HTML shows it.
pub(in crate::render) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
