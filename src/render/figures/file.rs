//! Figures read back from their files.

use std::fmt::Write as _;

use super::Figure;
use crate::render::page::raw_html::{Tagged, name};

/// Deepest nesting of elements; those that wirelab draws are flatter.
const DEEPEST: usize = 32;

/// The figure in an SVG file: one `svg` element, well-formed and simple as wirelab writes it; `None` for any other text.
///
/// It is not yet clean: a page cleans every figure. Without comments, instructions and deep or broken nesting, that takes
/// time in proportion to its length.
#[must_use]
pub fn read_figure(text: &str) -> Option<Figure> {
    let mut svg = String::with_capacity(text.len());
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some((between, markup)) = rest.split_once('<') {
        write_between(between, &open, &mut svg)?;
        if let Some(comment) = markup.strip_prefix("!--") {
            rest = comment.split_once("-->")?.1;
        } else if let Some(instruction) = markup.strip_prefix('?') {
            rest = instruction.split_once("?>")?.1;
        } else if let Some(end) = markup.strip_prefix('/') {
            let (element, after) = name(end);
            rest = after.trim_ascii_start().strip_prefix('>')?;
            open.pop().filter(|opened| *opened == element)?;
            let _ = write!(svg, "</{element}>");
        } else {
            let (element, after) = name(markup);
            let tag = Tagged::read(after).filter(|tag| !tag.attributes.contains('<'))?;
            let is_root_in_place = open.is_empty() == (element == "svg") && (!open.is_empty() || svg.is_empty());
            if !is_root_in_place || open.len() >= DEEPEST {
                return None;
            }
            let _ = write!(svg, "<{element}{}>", tag.attributes);
            if tag.is_empty {
                let _ = write!(svg, "</{element}>");
            } else {
                open.push(element);
            }
            rest = tag.rest;
        }
    }
    write_between(rest, &open, &mut svg)?;
    (open.is_empty() && !svg.is_empty()).then(|| Figure { svg, alternative: String::new() })
}

/// Text stands within the root element; around it are only spaces, which are no part of the figure.
fn write_between(text: &str, open: &[&str], svg: &mut String) -> Option<()> {
    if open.is_empty() {
        return text.trim_start_matches('\u{feff}').trim().is_empty().then_some(());
    }
    svg.push_str(text);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_element_is_a_figure_whatever_stands_around_it() {
        let read = |text: &str| read_figure(text).map(|figure| figure.svg);
        assert_eq!(
            read("<?xml version=\"1.0\"?>\n<svg a='1'><!-- x --><g><path d=\"M0 0\"/>a &lt; b</g></svg>\n<!-- x -->\n")
                .unwrap(),
            "<svg a=\"1\"><g><path d=\"M0 0\"></path>a &lt; b</g></svg>"
        );
        for other in [
            "",
            "text",
            "<g></g>",
            "<svg>",
            "<svg><g></svg></g>",
            "<svg></svg><svg></svg>",
            "<svg></svg> text",
            "<svg><svg></svg></svg>",
            "<svg a=\"<b>\"></svg>",
            "<svg a=b c",
            "<!DOCTYPE html><p>",
        ] {
            assert_eq!(read(other), None, "{other}");
        }
        assert_eq!(read(&format!("<svg>{}", "<g>".repeat(100_000))), None);
        assert_eq!(read(&format!("<svg {}></svg>", "a=\"\" ".repeat(100_000))), None);
    }
}
