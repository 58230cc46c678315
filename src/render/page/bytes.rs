//! The byte view of a page: bytes and the table of their fields light each other up, without script.
//!
//! A block that [`crate::render::template::hexdump`] wrote is linked with the field tables that follow it in the same part of the report. Each place
//! (`22 · 1`: offset and length in the frame) gets a number; its bytes and its row carry that number as a class, and [`rules`] lights all
//! that carry it while one of them is pointed at or linked to. A block that was changed so that it cannot be read any more
//! stays a block of code.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd};
use tera::TeraResult;

use super::tables::{Change, Changes, escape};
use crate::render::template::hexdump::{INFO, ROW};

/// Numbers that light up; a header of more fields than that still has its links.
const MOST_LIT: usize = 96;
/// Rows of bytes beyond which the view can be folded.
const UNFOLDABLE: usize = 12;
/// Characters of a field's name shown with its bytes.
const LONGEST_NAME: usize = 120;

/// What the byte views of a document change in its events.
///
/// `summary` words what a folded view of so many rows is called, as HTML.
pub(in crate::render) fn link(
    events: &[Event<'_>],
    changes: &mut Changes,
    summary: &dyn Fn(usize) -> TeraResult<String>,
) -> TeraResult<Links> {
    let mut views: Vec<View> = Vec::new();
    let mut is_open = false;
    for (index, event) in events.iter().enumerate() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                let view = Info::read(info).and_then(|info| View::read(info, index, events));
                is_open = view.is_some();
                views.extend(view);
            }
            Event::Start(Tag::Heading { .. }) => is_open = false,
            Event::Html(html) if html.contains("</div") => is_open = false,
            Event::Start(Tag::TableRow) => {
                if let Some(view) = views.last_mut().filter(|_| is_open) {
                    view.fields.extend(Field::read(index, events, &view.info));
                }
            }
            _ => {}
        }
    }
    let mut links = Links::default();
    for (number, view) in views.iter().enumerate() {
        links.most = links.most.max(view.change(number + 1, changes, summary)?);
    }
    Ok(links)
}

/// The numbers that a page's byte views use.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(in crate::render) struct Links {
    most: usize,
}

impl Links {
    /// The style rules that light up what carries the same number.
    pub(in crate::render) fn rules(self) -> String {
        let selectors: Vec<String> =
            (1..=self.most.min(MOST_LIT)).map(|n| format!(".layer:has(.n{n}:is(:hover,:target)) .n{n}")).collect();
        if selectors.is_empty() {
            String::new()
        } else {
            format!("{}{{background:var(--mark)}}\n", selectors.join(",\n"))
        }
    }
}

/// What a block's info string says: the bytes it is about, and their frame if it is not the table's.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Info {
    range: Range<usize>,
    frame: Option<u64>,
}

impl Info {
    fn read(info: &str) -> Option<Self> {
        let mut words = info.split_ascii_whitespace();
        (words.next()? == INFO).then_some(())?;
        let (first, last) = words.next()?.split_once('-')?;
        let range = first.parse().ok()?..last.parse::<usize>().ok()?.checked_add(1)?;
        let frame = match words.next() {
            Some(tag) => Some(tag.strip_prefix('#')?.parse().ok()?),
            None => None,
        };
        Some(Self { range, frame })
    }
}

/// One byte as it is shown: two hexadecimal digits or `xx`, and its character.
type Byte = (String, char);

#[derive(Debug)]
struct View {
    info: Info,
    /// The events of the block.
    events: Range<usize>,
    /// Offset of the first byte shown.
    start: usize,
    bytes: Vec<Byte>,
    /// The line that counts what is left out, if any.
    rest: String,
    fields: Vec<Field>,
}

impl View {
    /// The view whose block begins at an event; `None` if the block cannot be read.
    fn read(info: Info, index: usize, events: &[Event<'_>]) -> Option<Self> {
        let length = events.get(index..)?.iter().position(|event| matches!(event, Event::End(TagEnd::CodeBlock)))?;
        let events_of = index..index + length + 1;
        let text: String = events
            .get(events_of.clone())?
            .iter()
            .filter_map(|event| if let Event::Text(text) = event { Some(&**text) } else { None })
            .collect();
        let mut view =
            Self { info, events: events_of, start: 0, bytes: Vec::new(), rest: String::new(), fields: Vec::new() };
        for line in text.lines() {
            if line.starts_with('…') {
                line.clone_into(&mut view.rest);
                continue;
            }
            let (offset, bytes) = row(line)?;
            if view.bytes.is_empty() {
                view.start = offset;
            }
            (offset == view.start + view.bytes.len()).then_some(())?;
            view.bytes.extend(bytes);
        }
        (!view.bytes.is_empty()).then_some(view)
    }

    /// Enters the view's HTML, its rows and links; gives the highest number used.
    fn change(
        &self,
        number: usize,
        changes: &mut Changes,
        summary: &dyn Fn(usize) -> TeraResult<String>,
    ) -> TeraResult<usize> {
        let mut numbers: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        let mut names: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
        for field in &self.fields {
            let next = numbers.len() + 1;
            let n = *numbers.entry((field.offset, field.length)).or_insert(next);
            names.entry(n).or_default().push(&field.name);
            changes.insert(field.row, Change::Row(format!("n{n}")));
            if self.shows(field.offset) {
                let link = format!("<a href=\"#b-{number}-{}\">{} · {}</a>", field.offset, field.offset, field.length);
                changes.insert(field.place, Change::Html(link));
            }
        }
        let covering: Vec<BTreeSet<usize>> = (self.start..self.start + self.bytes.len())
            .map(|at| {
                let covers = |(offset, length): &(usize, usize)| *offset <= at && at < offset.saturating_add(*length);
                numbers.iter().filter(|(place, _)| self.shows(at) && covers(place)).map(|(_, n)| *n).collect()
            })
            .collect();
        let html = self.html(number, &covering, &names);
        let rows = self.bytes.len().div_ceil(ROW);
        let html = if rows > UNFOLDABLE {
            format!("<details class=\"bytes\" open><summary>{}</summary>\n{html}</details>\n", summary(rows)?)
        } else {
            html
        };
        for event in self.events.clone().skip(1) {
            changes.insert(event, Change::Html(String::new()));
        }
        changes.insert(self.events.start, Change::Html(html));
        Ok(numbers.len())
    }

    /// Whether a byte is one of those that the view is about, and shown.
    fn shows(&self, offset: usize) -> bool {
        self.info.range.contains(&offset) && (self.start..self.start + self.bytes.len()).contains(&offset)
    }

    fn html(&self, number: usize, covering: &[BTreeSet<usize>], names: &BTreeMap<usize, Vec<&str>>) -> String {
        let mut html = String::from("<pre class=\"hex\">");
        let mut tint = Tint::default();
        for (row, (bytes, covering)) in self.bytes.chunks(ROW).zip(covering.chunks(ROW)).enumerate() {
            let offset = self.start + row * ROW;
            let _ = write!(html, "<span class=\"at\">{offset:04x}</span>  ");
            let mut hex = Vec::new();
            let mut text = String::new();
            let mut at = 0;
            while let Some(set) = covering.get(at) {
                let is_shown = self.shows(offset + at);
                let length = (at..covering.len())
                    .take_while(|next| covering.get(*next) == Some(set) && self.shows(offset + next) == is_shown)
                    .count();
                let group = bytes.get(at..at + length).unwrap_or_default();
                let digits: Vec<&str> = group.iter().map(|(digits, _)| digits.as_str()).collect();
                let characters: String = group.iter().map(|(_, character)| *character).collect();
                let is_first = tint.next(set);
                let id = if is_first && !set.is_empty() {
                    format!(" id=\"b-{number}-{}\"", offset + at)
                } else {
                    String::new()
                };
                let (start, attributes, end) = match tint.classes(set) {
                    _ if !is_shown => ("<i", String::new(), "</i>"),
                    None => ("", String::new(), ""),
                    Some(classes) => ("<span", format!(" class=\"{classes}\"{}", title(set, names)), "</span>"),
                };
                let close = if start.is_empty() { "" } else { ">" };
                hex.push(format!("{start}{id}{attributes}{close}{}{end}", digits.join(" ")));
                let _ = write!(text, "{start}{attributes}{close}{}{end}", escape(&characters));
                at += length;
            }
            let padding = (3 * ROW).saturating_sub(3 * bytes.len()) + 2;
            let _ = writeln!(html, "{}{}{text}", hex.join(" "), " ".repeat(padding));
        }
        let _ = writeln!(html, "{}</pre>", escape(&self.rest));
        html
    }
}

/// Alternating tints, so that neighbouring fields can be told apart where nothing can be pointed at.
#[derive(Debug, Default)]
struct Tint {
    last: Option<BTreeSet<usize>>,
    odd: bool,
}

impl Tint {
    /// Goes on to a group of bytes; whether it begins here rather than goes on from the row before.
    fn next(&mut self, set: &BTreeSet<usize>) -> bool {
        let is_first = self.last.as_ref() != Some(set);
        if is_first {
            self.odd ^= !set.is_empty();
            self.last = Some(set.clone());
        }
        is_first
    }

    fn classes(&self, set: &BTreeSet<usize>) -> Option<String> {
        if set.is_empty() {
            return None;
        }
        let mut classes = String::from(if self.odd { "odd" } else { "even" });
        for n in set.iter().filter(|n| **n <= MOST_LIT) {
            let _ = write!(classes, " n{n}");
        }
        Some(classes)
    }
}

/// The names of the fields whose bytes these are, as an attribute.
fn title(set: &BTreeSet<usize>, names: &BTreeMap<usize, Vec<&str>>) -> String {
    let names: Vec<&str> = set.iter().filter_map(|n| names.get(n)).flatten().copied().collect();
    let mut joined: String = names.join(" / ");
    if let Some((end, _)) = joined.char_indices().nth(LONGEST_NAME) {
        joined.truncate(end);
        joined.push('…');
    }
    format!(" title=\"{}\"", escape(&joined))
}

/// Offset and bytes of a row: `0010  45 00 xx  E··`.
fn row(line: &str) -> Option<(usize, Vec<Byte>)> {
    let (offset, rest) = line.split_once("  ")?;
    let is_offset = (4..=8).contains(&offset.len()) && offset.bytes().all(|byte| byte.is_ascii_hexdigit());
    let (digits, text) = rest.split_at_checked(3 * ROW - 1)?;
    let digits: Vec<&str> = digits.split_ascii_whitespace().collect();
    let characters: Vec<char> = text.strip_prefix("  ")?.chars().collect();
    let is_byte =
        |digits: &&str| digits.len() == 2 && (*digits == "xx" || digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
    // An editor may have removed spaces at the end of the line.
    let is_row = is_offset
        && (1..=ROW).contains(&digits.len())
        && digits.iter().all(is_byte)
        && characters.len() <= digits.len();
    let characters = characters.into_iter().chain(std::iter::repeat(' '));
    let bytes = digits.into_iter().zip(characters).map(|(digits, character)| (digits.to_owned(), character)).collect();
    is_row.then_some((usize::from_str_radix(offset, 16).ok()?, bytes))
}

/// A row of a field table whose place lies in the bytes of a view.
#[derive(Debug)]
struct Field {
    /// The events of its row and of its place.
    row: usize,
    place: usize,
    offset: usize,
    length: usize,
    name: String,
}

impl Field {
    /// The field of the table row that begins at an event, if its second cell is a place in the view's frame.
    fn read(index: usize, events: &[Event<'_>], info: &Info) -> Option<Self> {
        let mut cell = 0;
        let mut name = String::new();
        let mut frame = None;
        for (at, event) in events.iter().enumerate().skip(index) {
            match event {
                Event::Start(Tag::TableCell) => cell += 1,
                Event::End(TagEnd::TableRow) => return None,
                Event::Text(text) | Event::Code(text) if cell == 1 => {
                    if !name.is_empty() && !name.ends_with(' ') {
                        name.push(' ');
                    }
                    name.push_str(text);
                }
                Event::Start(Tag::Link { dest_url, .. }) if cell == 2 => {
                    frame = Some(dest_url.strip_prefix("#f")?.parse().ok()?);
                }
                Event::Text(text) if cell == 2 => {
                    let Some((offset, length)) = text.split_once(" · ") else { continue };
                    let (offset, length) = (offset.trim().parse().ok()?, length.trim().parse().ok()?);
                    return (frame == info.frame && length > 0).then_some(Self {
                        row: index,
                        place: at,
                        offset,
                        length,
                        name,
                    });
                }
                _ => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::document::Document;
    use super::*;
    use crate::render::figures::Figures;

    const VIEW: &str = "\
```hex 14-17
0000  38 97 d6 b4 e0 01 e4 5e 37 d2 86 3d 08 00 45 00  8······^7··=··E·
0010  01 <3                                            ·<
```

| Field | Place | Value |
|---|---|---|
| Version<br>`ip.version` | 14 · 1 | 4 |
| Services | 15 · 1 | 0 |
| Both | 14 · 2 | 1 |
| Elsewhere | [#7](#f7) 15 · 1 | 2 |
| Derived | derived | 3 |
";

    fn read(markdown: &str) -> Document {
        Document::read(markdown, &Figures::default(), &BTreeMap::new(), &|rows| Ok(format!("{rows} rows"))).unwrap()
    }

    #[test]
    fn bytes_and_rows_carry_the_number_of_their_field() {
        let html = read(&VIEW.replace("<3", "f3")).body;
        for part in [
            "08 00</i> <span id=\"b-1-14\" class=\"odd n1 n3\" title=\"Version ip.version / Both\">45</span> <span id=\"b-1-15\" class=\"even n2 n3\"",
            "01 f3  ",
            "<tr class=\"n1\"><td>Version<br><code>ip.version</code></td><td><a href=\"#b-1-14\">14 · 1</a></td>",
            "<tr class=\"n3\"><td>Both</td><td><a href=\"#b-1-14\">14 · 2</a></td>",
            "<tr><td>Elsewhere</td>",
            "<td>derived</td>",
        ] {
            assert!(html.contains(part), "{part}\n{html}");
        }
    }

    #[test]
    fn a_block_that_cannot_be_read_stays_code() {
        let html = read(VIEW).body;
        assert!(html.contains("<pre><code class=\"language-hex\">") && html.contains("<td>14 · 1</td>"), "{html}");
    }

    #[test]
    fn only_long_views_fold() {
        let row = |row: usize| format!("{:04x}  {}  {}\n", row * 16, ["00"; 16].join(" "), "·".repeat(16));
        let rows = |count: usize| (0..count).map(row).collect::<Vec<_>>().concat();
        let html = |count| read(&format!("```hex 0-{}\n{}```\n", count * 16 - 1, rows(count))).body;
        assert!(!html(12).contains("<details"));
        assert!(html(13).contains("<details class=\"bytes\" open><summary>13 rows</summary>"));
    }

    #[test]
    fn rules_are_made_for_the_numbers_in_use() {
        assert_eq!(Links { most: 0 }.rules(), "");
        assert_eq!(Links { most: 2 }.rules().matches(":has(").count(), 2);
        assert_eq!(Links { most: 5000 }.rules().matches(":has(").count(), MOST_LIT);
    }

    #[test]
    fn info_strings() {
        let check = |text: &str, expected: Option<(Range<usize>, Option<u64>)>| {
            assert_eq!(Info::read(text).map(|info| (info.range, info.frame)), expected, "{text}");
        };
        check("hex 14-33", Some((14..34, None)));
        check("hex 54-820 #211", Some((54..821, Some(211))));
        check("hex", None);
        check("hex 1-18446744073709551615", None);
        check("text 1-2", None);
    }
}
