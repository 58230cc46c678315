//! What the templates of a lab can use, as a document: made of the Report's types, the lab's components and one table in code.

pub(super) mod catalogue;
mod components;
mod report;

use std::fmt::Write as _;

use catalogue::{Entry, FILTERS, FUNCTIONS, GENERAL_FILTERS, IN_PAGE, TESTS, VARIABLES};

/// The document, in Markdown that reads well as text too.
#[must_use]
pub fn model_document() -> String {
    let mut text = String::from(INTRODUCTION);
    let parts: [(&str, &[Entry]); 6] = [
        ("Variables", VARIABLES),
        ("Filters", FILTERS),
        ("Filters of the template engine", GENERAL_FILTERS),
        ("Tests", TESTS),
        ("Functions", FUNCTIONS),
        ("In page.html", IN_PAGE),
    ];
    for (title, entries) in parts {
        let _ = write!(text, "\n## {title}\n\n");
        for Entry { form, gives, .. } in entries {
            let _ = writeln!(text, "- `{form}`: {gives}");
        }
    }
    text.push_str("\n## Components\n\nThe parts of the built-in lab that sections share, in its `parts/`.\n\n");
    for component in components::all() {
        let _ = writeln!(text, "- `{}`: {}", component.form, component.gives);
    }
    text.push_str(&report::described());
    text
}

const INTRODUCTION: &str = "\
# What templates can use

Sections, parts and `report.md` are Markdown with [Tera](https://keats.github.io/tera/) in it; sentences in `locales/` are
small templates of their own. Captured text is escaped where a template prints it, whatever filters it went through: put no
backslash or backquote before it. What is not in the capture is `none`: ask with `if`, or go on with `?.` as in
`report.exchange?.response?.status`.
";
