//! The table of variables, filters, tests and functions. A test compares it with what is registered.

/// One thing that a template can use.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    /// Its name.
    pub(super) name: &'static str,
    /// How it is written.
    pub(super) form: &'static str,
    /// What it gives.
    pub(super) gives: &'static str,
}

const fn entry(name: &'static str, form: &'static str, gives: &'static str) -> Entry {
    Entry { name, form, gives }
}

pub(super) const VARIABLES: &[Entry] = &[
    entry("report", "report", "the Report: everything below under \"The Report\"; in sentences too"),
    entry("lang", "lang", "the main language of the report, such as `zh`; in a sentence, the language of the sentence"),
    entry("lab", "lab.id, lab.required", "the lab's identifier, and the parts of the evidence that it asks for"),
    entry("title", "title", "the lab's title in all languages of the report"),
    entry(
        "sections",
        "sections",
        "in `report.md` only: the sections that are not empty, each with `id`, `number` (none for an unnumbered one) and `body`",
    ),
];

pub(super) const FILTERS: &[Entry] = &[
    entry("frame", "n | frame", "a tag such as `#201` that links to the frame's row"),
    entry(
        "frames",
        "list | frames(max=12, more=0)",
        "tags, joined as the language does; of a long list the first `max` and the count; `more` frames exist beside the list",
    ),
    entry("row", "n | row", "the frame's number at the head of its row: what its tags link to"),
    entry("here", "n | here", "a tag in a table's row, and what other tags link to if the frame has no row yet"),
    entry("code", "text | code(max=4096)", "captured text as inline code, at most `max` characters of it"),
    entry("text_block", "text | text_block", "captured text as a code block, line by line"),
    entry(
        "ms",
        "duration | ms",
        "a duration in milliseconds, without the unit: three decimals, or six where the capture has them",
    ),
    entry(
        "seconds",
        "duration | seconds",
        "a duration in seconds, without the unit: six decimals, or nine where the capture has them",
    ),
    entry("since", "a | since(from=b)", "the duration from `b` to `a`, both times or durations: for `ms` or `seconds`"),
    entry("time", "time | time", "a point in time, in the report's time zone with its offset"),
    entry("size", "n | size", "a number of bytes with its unit, such as `7.97 MB`; below 1000 exact"),
    entry("bits", "n | bits", "the powers of two that make up a number, as a list"),
    entry("hex", "n | hex(digits=1)", "a hexadecimal number with `0x`, at least so many digits"),
    entry("hanzi", "n | hanzi", "a number from 1 to 99 in Chinese numerals, as headings have it"),
    entry("header_name", "line | header_name", "the name of a header line"),
    entry("header_value", "line | header_value", "the value of a header line"),
    entry("is_folded", "line | is_folded", "whether a header line goes on in another line"),
    entry(
        "readable",
        "digits | readable",
        "what bytes beyond ASCII, in hexadecimal, say: `text`, `charset`, `utf_8`; none if nothing can be said",
    ),
    entry("user_agent", "text | user_agent", "what a User-Agent says, as codes: an object"),
    entry(
        "members",
        "text | members",
        "the members of a comma-separated header value: `text`, `name`, `value`, `number`, `parameters` of each",
    ),
    entry(
        "qualities",
        "text | qualities",
        "the members of a header value with weights, the most welcome first: `item`, `q`, `refused` of each",
    ),
    entry("safe", "text | safe", "the text as it is: this does not keep it from being escaped"),
    entry("replace", "text | replace(from=\"a\", to=\"b\")", "the text with every `a` replaced; escaped again"),
    entry("trim", "text | trim(pat=\"x\")", "the text without space, or without `pat`, at both ends"),
    entry("trim_start", "text | trim_start(pat=\"x\")", "the same at its beginning"),
    entry("trim_end", "text | trim_end(pat=\"x\")", "the same at its end"),
    entry(
        "indent",
        "text | indent(width=4, indentation=\" \", first=false, blank=false)",
        "each line but the first indented; escaped again",
    ),
    entry("reverse", "list | reverse", "the list, or the text, backwards"),
];

/// Those of the engine that are as its own manual says.
pub(super) const GENERAL_FILTERS: &[Entry] = &[
    entry("default", "value | default(value=x)", "`x` where there is no value"),
    entry("str", "value | str", "the value as text: keys of `report.frames` are text"),
    entry("int", "text | int(base=10)", "the whole number that a text says"),
    entry("float", "text | float", "the number that a text says"),
    entry("abs", "n | abs", "the number without its sign"),
    entry("round", "n | round(method=\"ceil\", precision=1)", "the number rounded"),
    entry("length", "value | length", "the number of characters, members or keys"),
    entry("upper", "text | upper", "the text in upper case"),
    entry("lower", "text | lower", "the text in lower case"),
    entry("capitalize", "text | capitalize", "the text with its first letter in upper case"),
    entry("title", "text | title", "the text with the first letter of each word in upper case"),
    entry("truncate", "text | truncate(length=10, end=\"…\")", "the beginning of a text"),
    entry("wordcount", "text | wordcount", "the number of words"),
    entry("pluralize", "n | pluralize(singular=\"\", plural=\"s\")", "an ending that depends on the number"),
    entry("split", "text | split(pat=\",\")", "the parts of a text, as a list"),
    entry("join", "list | join(sep=\", \")", "the members of a list as one text"),
    entry("first", "list | first", "the first member, or none"),
    entry("last", "list | last", "the last member, or none"),
    entry("nth", "list | nth(n=0)", "the member at a place, from 0, or none"),
    entry("sort", "list | sort(attribute=\"a\")", "the list in order"),
    entry("unique", "list | unique", "the list with each member once"),
    entry("group_by", "list | group_by(attribute=\"a\")", "the members by what they have under `a`"),
    entry("get", "object | get(key=\"k\", default=x)", "what an object has under a key"),
    entry("keys", "object | keys", "the keys of an object"),
    entry("values", "object | values", "the values of an object"),
    entry("pairs", "object | pairs", "keys and values of an object"),
    entry("escape", "text | escape", "the text escaped now rather than where it is printed"),
    entry("escape_html", "text | escape_html", "the text with references for HTML; escaped again where it is printed"),
    entry("escape_xml", "text | escape_xml", "the same for XML"),
    entry("newlines_to_br", "text | newlines_to_br", "the text with `<br>` for line ends; escaped where it is printed"),
];

pub(super) const TESTS: &[Entry] = &[
    entry("none", "value is none", "whether there is no value"),
    entry("defined", "value is defined", "whether there is such a variable or field"),
    entry("undefined", "value is undefined", "the contrary"),
    entry("string", "value is string", "whether it is text"),
    entry("number", "value is number", "whether it is a number"),
    entry("integer", "value is integer", "whether it is a whole number"),
    entry("float", "value is float", "whether it is a number with a fraction"),
    entry("bool", "value is bool", "whether it is `true` or `false`"),
    entry("array", "value is array", "whether it is a list"),
    entry("map", "value is map", "whether it is an object"),
    entry("iterable", "value is iterable", "whether `for` can go through it"),
    entry("odd", "n is odd", "whether a number is odd"),
    entry("even", "n is even", "whether a number is even"),
    entry("divisible_by", "n is divisible_by(divisor=2)", "whether nothing is left over"),
    entry("starting_with", "text is starting_with(pat=\"a\")", "whether a text begins so"),
    entry("ending_with", "text is ending_with(pat=\"a\")", "whether a text ends so"),
    entry("containing", "value is containing(pat=\"a\")", "whether a text or list holds it"),
];

pub(super) const FUNCTIONS: &[Entry] = &[
    entry(
        "say",
        "say(key=\"…\", name=value …)",
        "a sentence of `locales/` in each language of the report, beneath each other; the sentence sees the names",
    ),
    entry(
        "term",
        "term(key=\"…\", name=value …)",
        "a word or heading of `locales/`, in one line; in a sentence both give the sentence's language only",
    ),
    entry("main", "main(key=\"…\")", "the same in the main language only; not in sentences"),
    entry("has", "has(key=\"…\")", "whether all languages of the report have the key"),
    entry("frame", "frame(n=201)", "a tag such as `#201` that links to the frame's row"),
    entry(
        "field",
        "field(n=201, name=\"ip.ttl\")",
        "the value of a field of a frame, or none; of headers within headers the innermost",
    ),
    entry(
        "layer_bytes",
        "layer_bytes(frame=201, start=0, length=14, ends=[…], own=201)",
        "bytes of a frame as a hexadecimal view; with `length` 0 up to the last of `ends`; `own` is the frame that the layer belongs to",
    ),
    entry(
        "frames_without_row",
        "frames_without_row()",
        "the frames named so far that have no row: the last section gives them one",
    ),
    entry("anchor", "anchor(id=\"aims\")", "a place that `[…](#aims)` links to; nothing the second time"),
    entry(
        "figure",
        "figure(name=\"ladder\")",
        "a figure: `encapsulation`, `ladder`, `ping`, `sequence` or `waterfall`; none if the Report does not hold what it shows",
    ),
    entry("figure_number", "figure_number(name=\"ladder\")", "its number, in the order in which figures are placed"),
    entry("asset", "asset(name=\"logo.png\", alt=\"…\")", "a picture of the lab's folder `assets/`; not in sentences"),
    entry("range", "range(end=5, start=0, step_by=1)", "whole numbers, as a list"),
    entry("throw", "throw(message=\"…\")", "ends the rendering with this message"),
];

/// The names of all filters.
pub(in crate::render) fn filters() -> Vec<&'static str> {
    FILTERS.iter().chain(GENERAL_FILTERS).map(|entry| entry.name).collect()
}

/// The names of all functions, those of the page too.
pub(in crate::render) fn functions() -> Vec<&'static str> {
    let of_page = IN_PAGE.iter().filter(|entry| entry.form.contains('('));
    FUNCTIONS.iter().chain(of_page).map(|entry| entry.name).chain(["super"]).collect()
}

/// The names of all tests, as in `x is defined`.
pub(in crate::render) fn tests() -> Vec<&'static str> {
    TESTS.iter().map(|entry| entry.name).collect()
}

/// What stands around a report's text.
pub(super) const IN_PAGE: &[Entry] = &[
    entry("cover", "cover", "the cover, as HTML"),
    entry("contents", "contents", "the table of contents, as HTML"),
    entry("body", "body", "the sections, as HTML"),
    entry("footer", "footer", "what follows the last rule, as HTML"),
    entry("title", "title", "the report's title as text"),
    entry("lab", "lab", "the lab's identifier"),
    entry("word", "word(key=\"page.…\")", "a word of `locales/` in all languages, as HTML; keys begin with `page.`"),
    entry("label", "label(key=\"page.…\")", "the same as plain text, for an attribute"),
];

#[cfg(test)]
mod registered {
    use std::collections::BTreeSet;
    use std::sync::Arc;

    use tera::{Context, Tera};

    use super::*;
    use crate::lab::{DEFAULT, Lab, Lang};
    use crate::render::markdown::prepared;
    use crate::render::template::facts::Facts;
    use crate::render::template::speech::{Medium, Speech};
    use crate::render::{FigureLinks, Figures};

    /// How many filters, tests or functions an instance has.
    fn count(tera: &Tera, what: &str) -> usize {
        let shown = format!("{tera:?}");
        let (_, rest) = shown.split_once(&format!("{what}: ")).unwrap();
        rest.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap()
    }

    fn tera() -> Tera {
        let (lab, languages) = (Lab::built_in(DEFAULT).unwrap(), Lang::list("en").unwrap());
        let facts = Arc::new(Facts::new(&serde_json::Value::Null, jiff::tz::TimeZone::UTC));
        let speech = Speech::new(&lab, &languages, &tera::Value::none(), &facts, Medium::Markdown).unwrap();
        prepared(&facts, &Arc::new(speech), &lab, &Figures::default(), FigureLinks::Text)
    }

    /// As many as are registered, each only once, and none that a template cannot use: the same ones.
    fn check(what: &str, lists: &[&[Entry]], template: impl Fn(&str) -> String) {
        let tera = tera();
        let names: Vec<&str> = lists.iter().flat_map(|list| list.iter().map(|entry| entry.name)).collect();
        let unique: BTreeSet<&str> = names.iter().copied().collect();
        assert_eq!(unique.len(), names.len(), "a name is listed twice");
        assert_eq!(names.len(), count(&tera, what), "{what} that are registered and {what} in the catalogue");
        for name in names {
            let mut tera = tera.clone();
            let added = tera.add_raw_template("catalogue.md", &template(name));
            assert!(added.is_ok(), "{name}: {}", added.unwrap_err());
        }
        assert!(tera.clone().add_raw_template("catalogue.md", &template("never_registered")).is_err());
    }

    #[test]
    fn filters_are_those_registered() {
        check("filters", &[FILTERS, GENERAL_FILTERS], |name| format!("{{{{ 1 | {name} }}}}"));
    }

    #[test]
    fn tests_are_those_registered() {
        check("tests", &[TESTS], |name| format!("{{{{ 1 is {name} }}}}"));
    }

    #[test]
    fn functions_are_those_registered() {
        check("functions", &[FUNCTIONS], |name| format!("{{{{ {name}() }}}}"));
    }

    #[test]
    fn forms_name_what_they_show() {
        for list in [VARIABLES, FILTERS, GENERAL_FILTERS, TESTS, FUNCTIONS, IN_PAGE] {
            for entry in list {
                assert!(entry.form.contains(entry.name) && !entry.gives.ends_with('.'), "{}", entry.form);
            }
        }
    }

    #[test]
    fn variables_are_there() {
        let mut files = Lab::built_in_files(DEFAULT).unwrap();
        let asked = |entries: &mut dyn Iterator<Item = &Entry>| {
            let asked = entries.map(|entry| format!("{{{{ {} is defined }}}};", entry.name));
            asked.collect::<Vec<_>>().concat().into_bytes()
        };
        files.insert("report.md".to_owned(), asked(&mut VARIABLES.iter()));
        let of_page = asked(&mut IN_PAGE.iter().filter(|entry| !entry.form.contains('(')));
        files.insert("page.html".to_owned(), of_page);
        let changed = Lab::from_files(&files).unwrap();
        let languages = Lang::list("en").unwrap();
        let report = serde_json::json!({});
        let mut sections = changed.clone();
        sections.manifest.sections.clear();
        let text =
            crate::render::markdown(&report, &sections, &languages, &Figures::default(), FigureLinks::Text).unwrap();
        assert_eq!(text.trim(), "true;".repeat(VARIABLES.len()));
        let page = crate::render::page("x", &changed, &languages, &Figures::default()).unwrap();
        assert!(page.contains(&"true;".repeat(IN_PAGE.len() - 2)), "{page}");
        let unknown = tera().render_str("{{ no_such_variable is defined }}", &Context::new(), false);
        assert_eq!(unknown.unwrap(), "false");
    }
}
