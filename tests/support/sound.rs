//! What is wrong with a rendered report, whatever the capture.

use std::collections::BTreeSet;

use wirelab::lab::{Lab, Lang};
use wirelab::render::{FigureLinks, draw, markdown, page};
use wirelab::report::model::Report;
use wirelab::text::to_json;

/// What is wrong with a report, rendered to all formats.
pub fn faults(lab: &Lab, report: &Report) -> Vec<String> {
    let json = to_json(report).unwrap();
    let mut faults = Vec::new();
    let mut tags = Vec::new();
    for language in ["zh", "en"] {
        let languages = Lang::list(language).unwrap();
        let figures = draw(report, lab, &languages).unwrap();
        for (figure, drawn) in figures.iter() {
            faults.extend(ill_formed(&drawn.svg).map(|fault| format!("{figure}: {fault}")));
        }
        let text = markdown(&json, lab, &languages, &figures, FigureLinks::Text).unwrap();
        let untagged = text.split("\\#").skip(1).filter(|rest| rest.starts_with(|next: char| next.is_ascii_digit()));
        faults.extend(untagged.map(|rest| format!("#{} without a row", rest.split(' ').next().unwrap_or_default())));
        tags.push(frame_tags(&text));
        let text = markdown(&json, lab, &languages, &figures, FigureLinks::Folder("x-figures")).unwrap();
        let html = page(&text, lab, &languages, &figures).unwrap();
        let targets: BTreeSet<&str> = values(&html, "id=\"").collect();
        faults.extend(
            values(&html, "href=\"#").filter(|link| !targets.contains(link)).map(|link| format!("link #{link}")),
        );
        faults.extend(acting(&html));
    }
    if tags[0] != tags[1] {
        faults.push("zh and en name different frames".to_owned());
    }
    faults
}

/// What a page has that acts: a script, an event handler, a style attribute, a frame, a reference to somewhere else than a link.
pub fn acting(html: &str) -> Vec<String> {
    const FORBIDDEN: [&str; 9] =
        ["script", "iframe", "object", "embed", "form", "input", "base", "link", "foreignobject"];
    let mut acting = Vec::new();
    let body = html.split_once("<body>").map_or(html, |(_, body)| body);
    for tag in body.split('<').skip(1) {
        let name: String = tag.chars().take_while(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        if FORBIDDEN.contains(&name.as_str()) {
            acting.push(format!("<{name}>"));
        }
        for attribute in attributes(tag) {
            let attribute = attribute.to_ascii_lowercase();
            if attribute.starts_with("on") || attribute == "style" || attribute == "srcset" {
                acting.push(format!("<{name} {attribute}>"));
            }
        }
    }
    acting
}

/// The names of a tag's attributes.
fn attributes(tag: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = tag;
    // Attributes are quoted with `"` in what wirelab writes; what stands between quotes is no name.
    while let Some(equals) = rest.find(['=', '>']) {
        if rest[equals..].starts_with('>') {
            break;
        }
        names.extend(rest[..equals].split_ascii_whitespace().next_back());
        let behind = &rest[equals + 1..];
        let Some(value) = behind.strip_prefix('"') else { break };
        let Some((_, next)) = value.split_once('"') else { break };
        rest = next;
    }
    names
}

/// The values of attributes that begin with `start`.
fn values<'h>(html: &'h str, start: &'h str) -> impl Iterator<Item = &'h str> {
    html.split(start).skip(1).filter_map(|rest| rest.split('"').next())
}

/// The frames that Markdown links to.
fn frame_tags(markdown: &str) -> BTreeSet<String> {
    markdown.split("](#f").skip(1).filter_map(|rest| rest.split(')').next()).map(str::to_owned).collect()
}

/// Why `svg`, as wirelab draws it, is not well-formed XML.
pub fn ill_formed(svg: &str) -> Option<String> {
    let control =
        |character: char| character.is_control() && character != '\n' || matches!(character, '\u{fffe}' | '\u{ffff}');
    if let Some(character) = svg.chars().find(|character| control(*character)) {
        return Some(format!("{character:?}"));
    }
    let is_reference = |name: &str| ["amp;", "lt;", "gt;", "quot;", "#39;"].iter().any(|known| name.starts_with(known));
    if let Some(rest) = svg.split('&').skip(1).find(|rest| !is_reference(rest)) {
        return Some(format!("&{}", rest.chars().take(20).collect::<String>()));
    }
    let mut open = Vec::new();
    for rest in svg.split('<').skip(1) {
        let Some((tag, _)) = rest.split_once('>') else { return Some(format!("<{rest} does not end")) };
        if tag.matches('"').count() % 2 != 0 {
            return Some(format!("<{tag}> with an open quotation mark"));
        }
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name) {
                return Some(format!("</{name}> ends what is not open"));
            }
        } else if !tag.ends_with('/') {
            open.push(tag.split(' ').next().unwrap_or_default());
        }
    }
    open.pop().map(|name| format!("<{name}> is not ended"))
}
