//! The allow-list through which all HTML of a page goes.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use ammonia::{Builder, UrlRelative};

/// The element that stands for a figure until the figure takes its place.
pub(in crate::render) const FIGURE: &str = "wl-figure";

/// Elements that a page may have.
const TAGS: [&str; 54] = [
    "a",
    "abbr",
    "article",
    "aside",
    "b",
    "blockquote",
    "br",
    "caption",
    "cite",
    "code",
    "dd",
    "del",
    "details",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "i",
    "img",
    "kbd",
    "li",
    "main",
    "mark",
    "nav",
    "ol",
    "p",
    "pre",
    "s",
    "section",
    "small",
    "span",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "u",
    "ul",
];

/// Attributes of elements.
const ATTRIBUTES: [(&str, &[&str]); 7] = [
    ("a", &["href"]),
    ("details", &["open"]),
    ("img", &["src", "alt"]),
    ("ol", &["start"]),
    ("td", &["colspan", "rowspan"]),
    ("th", &["colspan", "rowspan", "scope"]),
    (FIGURE, &["name"]),
];
/// Attributes of any element.
const COMMON_ATTRIBUTES: [&str; 6] = ["aria-label", "class", "dir", "id", "lang", "title"];

/// Attributes that an element may have.
pub(in crate::render) fn attributes(element: &str) -> impl Iterator<Item = &'static str> {
    let own = ATTRIBUTES.iter().find(|(of, _)| *of == element).map_or(&[][..], |(_, names)| names);
    own.iter().copied().chain(COMMON_ATTRIBUTES)
}

/// Whether an attribute may have this value.
pub(in crate::render) fn is_value(element: &str, attribute: &str, value: &str) -> bool {
    match (element, attribute) {
        ("a", "href") => is_link(value),
        ("img", "src") => is_image(value),
        (_, "id") => is_name(value),
        (_, "class") => value.split_ascii_whitespace().all(is_name),
        _ => true,
    }
}

/// Elements that raw HTML in Markdown may have.
pub(in crate::render) fn elements() -> impl Iterator<Item = &'static str> {
    TAGS.into_iter().chain([FIGURE])
}

/// `html` with nothing in it that acts: no script, style attribute, form, outside image or unknown element.
///
/// Of `figures` the placeholder elements stay.
pub(in crate::render) fn clean<'f>(html: &str, figures: impl Iterator<Item = &'f str>) -> String {
    let figures: HashSet<String> = figures.map(str::to_owned).collect();
    let attributes: HashMap<&str, HashSet<&str>> =
        ATTRIBUTES.iter().map(|(element, names)| (*element, names.iter().copied().collect())).collect();
    Builder::empty()
        .tags(elements().collect())
        .tag_attributes(attributes)
        .generic_attributes(COMMON_ATTRIBUTES.into())
        .clean_content_tags(["script", "style", "template", "svg", "math"].into())
        .url_schemes(["http", "https", "mailto", "data"].into())
        .url_relative(UrlRelative::PassThrough)
        .link_rel(None)
        .attribute_filter(move |element, attribute, value| {
            let is_kept = match (element, attribute) {
                (FIGURE, "name") => figures.contains(value),
                _ => is_value(element, attribute, value),
            };
            is_kept.then_some(Cow::Borrowed(value))
        })
        .clean(html)
        .to_string()
}

/// Elements of a figure.
const FIGURE_TAGS: [&str; 12] =
    ["a", "circle", "desc", "g", "line", "path", "polygon", "rect", "svg", "text", "title", "tspan"];

/// An SVG with nothing in it that acts, and nothing but shapes, text and links to places in the page.
pub(in crate::render) fn clean_figure(svg: &str) -> String {
    Builder::empty()
        .tags(FIGURE_TAGS.into())
        .generic_attributes(
            [
                "aria-label",
                "class",
                "cx",
                "cy",
                "d",
                "dx",
                "dy",
                "height",
                "href",
                "id",
                "lang",
                "points",
                "r",
                "role",
                "rx",
                "transform",
                "viewBox",
                "width",
                "x",
                "x1",
                "x2",
                "y",
                "y1",
                "y2",
            ]
            .into(),
        )
        .clean_content_tags(["script", "style", "template", "math", "foreignObject"].into())
        .url_relative(UrlRelative::PassThrough)
        .link_rel(None)
        .attribute_filter(|element, attribute, value| match attribute {
            // A figure in a page is as wide as its place; a file has a size of its own.
            "width" | "height" if element == "svg" => None,
            "href" => value.strip_prefix('#').is_some_and(is_name).then_some(Cow::Borrowed(value)),
            "id" => is_name(value).then_some(Cow::Borrowed(value)),
            "class" => value.split_ascii_whitespace().all(is_name).then_some(Cow::Borrowed(value)),
            _ => Some(Cow::Borrowed(value)),
        })
        .clean(svg)
        .to_string()
}

/// A place in the page, or a page elsewhere that a reader may open.
fn is_link(url: &str) -> bool {
    url.strip_prefix('#').is_some_and(is_name)
        || ["http://", "https://", "mailto:"].iter().any(|scheme| url.starts_with(scheme))
}

/// A picture in the page itself, of a kind that holds no code.
fn is_image(url: &str) -> bool {
    ["png", "jpeg", "gif", "webp"].iter().any(|kind| url.starts_with(&format!("data:image/{kind};base64,")))
}

fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.len() <= 64
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_shapes_text_and_links_within_the_page_stay_of_a_figure() {
        let check = |svg: &str, expected: &str| assert_eq!(clean_figure(svg), expected);
        let drawn = "<svg viewBox=\"0 0 10 10\" role=\"img\"><title>A &amp; B</title><a href=\"#f1\"><text x=\"1\" class=\"c\">a<tspan class=\"m\">b</tspan></text></a><path d=\"M0 0L1 1\"></path></svg>";
        check(drawn, drawn);
        check("<svg onload=\"alert(1)\"><script>alert(2)</script><style>*{}</style></svg>", "<svg></svg>");
        check("<svg><a href=\"https://evil.example\"><text>x</text></a></svg>", "<svg><a><text>x</text></a></svg>");
        check("<svg><image href=\"x.png\"/><use href=\"#a\"/><rect style=\"x\"/></svg>", "<svg><rect></rect></svg>");
        check("<svg><foreignObject><p>x</p></foreignObject></svg>", "<svg></svg>");
        check("<p>x</p>", "x");
    }

    #[test]
    fn only_inert_html_stays() {
        let check = |html: &str, expected: &str| assert_eq!(clean(html, ["ladder"].into_iter()), expected);
        check("<b onclick=x()>a</b>", "<b>a</b>");
        check("a<script>alert(1)</script>b", "ab");
        check("<img src=x onerror=alert(1)>", "<img>");
        check("<a href=\"javascript:alert(1)\">x</a>", "<a>x</a>");
        check("<a href=\"data:text/html,x\">x</a>", "<a>x</a>");
        check("<a href=\"#f201\" class=\"f client\">x</a>", "<a href=\"#f201\" class=\"f client\">x</a>");
        check("<a href=\"evil.html\">x</a>", "<a>x</a>");
        check("<p style=\"position:fixed\">x</p>", "<p>x</p>");
        check("<form><input name=a></form>", "");
        check("<wl-figure name=\"ladder\"></wl-figure>", "<wl-figure name=\"ladder\"></wl-figure>");
        check("<wl-figure name=\"evil\"></wl-figure>", "<wl-figure></wl-figure>");
        check("<iframe src=\"https://a\"></iframe>", "");
    }
}
