//! A place in a lab where something is wrong, as read from the template engine's errors.

use std::fmt;

use super::reference::catalogue;
use crate::lab::{Lab, hint};

/// How a message begins when something is open where a template ends.
pub(super) const ENDS_EARLY: &str = "the file ends too early";
/// Names that a message lists at most; of more the first.
const MOST_NAMES: usize = 12;

/// What is wrong at a place in a lab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Path in the lab folder; empty if the place is not known.
    pub file: String,
    /// Line, from 1; `None` if it is the whole file.
    pub line: Option<usize>,
    /// What is wrong and what to do, on one line.
    pub message: String,
    /// The line as it stands in the file, with signs below what is meant.
    pub shown: Option<String>,
}

impl Fault {
    pub(super) fn of_file(file: &str, message: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line: None, message: message.into(), shown: None }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.file.as_str(), self.line) {
            ("", _) => write!(f, "{}", self.message)?,
            (file, None) => write!(f, "{file}: {}", self.message)?,
            (file, Some(line)) => write!(f, "{file}:{line}: {}", self.message)?,
        }
        self.shown.iter().try_for_each(|shown| write!(f, "\n{shown}"))
    }
}

/// Names that a lab's templates give themselves, for those that were probably meant.
#[derive(Debug, Clone, Default)]
pub(super) struct Names<'n> {
    pub(super) components: Vec<&'n str>,
    pub(super) templates: Vec<&'n str>,
}

impl<'n> Names<'n> {
    /// Those of a lab's Markdown or page: the files of this ending.
    pub(super) fn of(lab: &'n Lab, ending: &'n str) -> Self {
        let mut names = Self::default();
        for (name, text) in lab.templates_of(ending) {
            names.templates.push(name);
            let defined = text.split("{%").skip(1).filter_map(|tag| {
                let tag = tag.trim_start_matches('-').trim_start().strip_prefix("component ")?;
                tag.split_once('(').map(|(name, _)| name.trim())
            });
            names.components.extend(defined);
        }
        names
    }
}

/// The tags of the template engine.
const TAGS: [&str; 22] = [
    "block",
    "break",
    "component",
    "continue",
    "elif",
    "else",
    "endblock",
    "endcomponent",
    "endfilter",
    "endfor",
    "endif",
    "endraw",
    "endset",
    "extends",
    "filter",
    "for",
    "if",
    "include",
    "raw",
    "set",
    "set_global",
    "super",
];

/// The faults that an error of the template engine tells of, in its order.
///
/// An error in a sentence is told by the sentence, not by the templates that say it.
pub(super) fn faults(error: &tera::Error, names: &Names<'_>) -> Vec<Fault> {
    use tera::ErrorKind::{CircularExtend, CircularInclude, MissingParent};
    match error.kind() {
        MissingParent { current, parent } => {
            let message =
                format!("there is no template `{parent}` to extend{}", hint(parent, names.templates.iter().copied()));
            vec![Fault::of_file(current, message)]
        }
        CircularExtend { tpl, .. } => vec![Fault::of_file(tpl, "extends itself; take away one `{% extends %}`")],
        CircularInclude { tpl, .. } => vec![Fault::of_file(tpl, "includes itself; take away one `{% include %}`")],
        _ => {
            let mut text = error.to_string();
            let mut source = std::error::Error::source(error);
            while let Some(cause) = source {
                text = format!("{text}: {cause}");
                source = cause.source();
            }
            read(&text, names)
        }
    }
}

/// The faults in a report of the engine: `error: …`, `--> file:line:column`, the line and the signs below it.
fn read(text: &str, names: &Names<'_>) -> Vec<Fault> {
    let mut faults: Vec<Fault> = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let Some(first) = line.strip_prefix("error: ") else {
            if line.starts_with("note: ") {
                // Where a component is called from: the fault is in the component.
                for _ in 0..3 {
                    lines.next();
                }
            } else if faults.is_empty() && !line.trim().is_empty() {
                faults.push(Fault::of_file("", line));
            }
            continue;
        };
        let mut message = first.to_owned();
        let mut place = None;
        for line in lines.by_ref() {
            if let Some(found) = line.trim_start().strip_prefix("--> ") {
                place = Some(found);
                break;
            }
            message.push('\n');
            message.push_str(line);
        }
        let shown: Vec<&str> = lines.by_ref().take(3).skip(1).collect();
        faults.push(fault(&message, place.unwrap_or_default(), &shown, names));
    }
    faults
}

fn fault(message: &str, place: &str, shown: &[&str], names: &Names<'_>) -> Fault {
    if let Some(inner) = located(message) {
        return inner;
    }
    let mut parts = place.rsplitn(3, ':');
    let _column = parts.next();
    let line = parts.next().and_then(|line| line.parse().ok());
    let file = parts.next().unwrap_or(place);
    let signs = shown.get(1).and_then(|signs| signs.split_once("| ")).map_or("", |(_, signs)| signs);
    let source = shown.first().and_then(|line| line.split_once("| ")).map_or("", |(_, line)| line);
    let meant: String = source.chars().zip(signs.chars()).filter(|(_, sign)| *sign == '^').map(|(of, _)| of).collect();
    Fault {
        file: file.to_owned(),
        line,
        message: plain(message, &meant, names),
        shown: (!source.trim().is_empty()).then(|| shown.join("\n")),
    }
}

/// A message that tells of a place itself, as those of sentences do: `locales/zh.toml:3: …`, and below it the line.
fn located(message: &str) -> Option<Fault> {
    let (head, shown) = message.split_once('\n').map_or((message, None), |(head, shown)| (head, Some(shown)));
    let (place, message) = head.split_once(": ")?;
    let (file, line) = place.rsplit_once(':')?;
    if !file.starts_with("locales/") {
        return None;
    }
    Some(Fault {
        file: file.to_owned(),
        line: Some(line.parse().ok()?),
        message: message.to_owned(),
        shown: shown.map(str::to_owned),
    })
}

/// What the engine says, with the name that was probably meant and what to do. `meant` is the text that it points to.
fn plain(message: &str, meant: &str, names: &Names<'_>) -> String {
    let name = message.split('`').nth(1).unwrap_or_default();
    let unknown =
        |what: &str, known: &[&str]| format!("there is no {what} `{name}`{}", hint(name, known.iter().copied()));
    let known = |after: &str| -> Vec<String> {
        let list = message.split_once(after).map_or("", |(_, list)| list);
        list.split(", ").filter(|name| !name.is_empty() && !name.starts_with("__")).map(str::to_owned).collect()
    };
    let undefined = |what: &str, mut known: Vec<String>| {
        known.sort_unstable();
        let hint = hint(name, known.iter().map(String::as_str));
        let more = if known.len() > MOST_NAMES { ", …" } else { "" };
        let list = if known.is_empty() {
            String::new()
        } else {
            format!("; there are: {}{more}", known.iter().take(MOST_NAMES).cloned().collect::<Vec<_>>().join(", "))
        };
        format!("there is no {what}`{name}` here{hint}{list}")
    };
    let one_line = || message.split_whitespace().collect::<Vec<_>>().join(" ");
    match message {
        _ if message.starts_with("Unknown filter `") => unknown("filter", &catalogue::filters()),
        _ if message.starts_with("Unknown function `") => unknown("function", &catalogue::functions()),
        _ if message.starts_with("Unknown test `") => unknown("test", &catalogue::tests()),
        _ if message.starts_with("Unknown component `") => unknown("component", &names.components),
        _ if message.starts_with("Unknown template `") => unknown("template", &names.templates),
        _ if message.starts_with("Variable `") && message.contains("is not defined") => {
            undefined("", known("Available variables: "))
        }
        _ if message.starts_with("Variable `") && message.contains("value is undefined") => {
            format!("`{name}` has no value here; ask `{{% if {name} %}}` first")
        }
        _ if message.starts_with("Field `") && message.contains("is not defined") => {
            undefined("field ", known("Available fields: "))
        }
        _ if message.starts_with("Invalid type for the value, expected `") => wrong_kind(message, meant),
        "Unknown tag" => format!("there is no tag `{meant}`{}", hint(meant, TAGS)),
        "Unexpected end of input" => format!(
            "{ENDS_EARLY}; close what is open with `}}}}`, `%}}`, or `{{% endif %}}`, `{{% endfor %}}`, `{{% endblock %}}`"
        ),
        "Unexpected character" => "this character cannot stand here; put text in quotation marks".to_owned(),
        _ if message.starts_with("Missing keyword argument `") => format!("`{name}=…` is missing"),
        _ if message.starts_with("Block `") && message.ends_with("is not defined in any parent template") => {
            format!("the template that this one extends has no block `{name}`")
        }
        _ => one_line(),
    }
}

/// A value of another kind than a filter or test takes: `meant` is how it is written.
fn wrong_kind(message: &str, meant: &str) -> String {
    let mut kinds = message.split('`').skip(1).step_by(2).map(kind);
    let (needed, is) = (kinds.next().unwrap_or_default(), kinds.next().unwrap_or_default());
    let remedy = if is == NOTHING { format!("; ask `{{% if {meant} %}}` first") } else { String::new() };
    format!("`{meant}` is {is}, and {needed} is needed{remedy}")
}

/// What the engine calls no value.
const NOTHING: &str = "nothing";

/// A kind of value in words.
fn kind(name: &str) -> &str {
    match name {
        "undefined" | "none" | "null" => NOTHING,
        "u8" | "u16" | "u32" | "u64" | "u128" | "usize" | "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => {
            "a whole number"
        }
        "f32" | "f64" | "Number" | "number" => "a number",
        "&str" | "String" | "string" | "safe string" => "a text",
        "bool" => "true or false",
        "Map" | "map" => "a value with members",
        "array" => "a list",
        _ if name.starts_with("Vec<") || name.starts_with("&[") => "a list",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(template: &str) -> Vec<String> {
        let mut tera = tera::Tera::default();
        let names = Names::default();
        let error = tera
            .add_raw_template("sections/a.md", template)
            .and_then(|()| tera.render("sections/a.md", &tera::Context::new()).map(drop));
        faults(&error.unwrap_err(), &names).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn errors_name_place_and_what_was_meant() {
        let check = |template: &str, expected: &str| {
            let said = said(template);
            assert_eq!(said.iter().filter_map(|said| said.lines().next()).collect::<Vec<_>>(), [expected], "{said:?}");
        };
        check("a\n{{ 1 | uper }}", "sections/a.md:2: there is no filter `uper`; did you mean `upper`?");
        check("{{ 1 | upper }}", "sections/a.md:1: `1` is a whole number, and a text is needed");
        check("{% fi x %}", "sections/a.md:1: there is no tag `fi`; did you mean `if`?");
        check("\n{{ exchange }}", "sections/a.md:2: there is no `exchange` here");
        check(
            "{{ 1",
            "sections/a.md:1: the file ends too early; close what is open with `}}`, `%}`, or `{% endif %}`, `{% endfor %}`, `{% endblock %}`",
        );
        check(
            "{{ ) }}",
            "sections/a.md:1: Found `)` but expected one of: integer, float, string, bool, ident, `-`, `not`, `<`, `{`, `[` or `(`",
        );
    }

    #[test]
    fn several_errors_are_told_apart_and_shown() {
        assert_eq!(
            said("{{ 1 | a }}\n{{ 2 is b }}"),
            [
                "sections/a.md:1: there is no filter `a`\n1 | {{ 1 | a }}\n  |        ^",
                "sections/a.md:2: there is no test `b`\n2 | {{ 2 is b }}\n  |         ^"
            ]
        );
    }

    #[test]
    fn a_sentence_tells_of_itself() {
        let mut tera = tera::Tera::default();
        tera.register_function("say", |_: tera::Kwargs, _: &tera::State| -> tera::TeraResult<String> {
            Err(tera::Error::message("locales/zh.toml:7: `a.b`: there is no `x` here\n7 | {{ x }}"))
        });
        tera.add_raw_template("sections/a.md", "{{ say() }}").unwrap();
        let error = tera.render("sections/a.md", &tera::Context::new()).unwrap_err();
        let faults = faults(&error, &Names::default());
        assert_eq!((faults.len(), faults[0].file.as_str(), faults[0].line), (1, "locales/zh.toml", Some(7)));
        assert_eq!(faults[0].message, "`a.b`: there is no `x` here");
    }
}
