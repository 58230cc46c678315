//! Reports of captures, as the command makes them.

use std::ops::Deref;

use serde_json::Value;
use wirelab::analysis::analyse;
use wirelab::capture::Bytes;
use wirelab::lab::{DEFAULT, Lab, Lang};
use wirelab::render::{FigureLinks, draw, markdown, page};
use wirelab::report::{self, Request, Required, model::LabFacts, model::Report};
use wirelab::select::Preferences;
use wirelab::text::to_json;

/// A Report, and the same as JSON, which it can be used as.
pub struct Made {
    report: Report,
    json: Value,
}

impl Deref for Made {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.json
    }
}

impl From<Report> for Made {
    fn from(report: Report) -> Self {
        let json = to_json(&report).unwrap();
        Self { report, json }
    }
}

/// The Report of a capture, for a lab that asks for everything.
pub fn of(name: &str, data: &[u8]) -> Made {
    let source = Bytes { name, data };
    let survey = analyse(&source, &Preferences::default()).unwrap();
    let request = Request {
        required: Required { handshake: true, request: true, response: true, close: true },
        lab: LabFacts { id: "http".to_owned(), hosts: Vec::new(), time_zone: "UTC".to_owned() },
        ..Request::default()
    };
    report::build(&source, &survey, request).unwrap().into()
}

/// Its Markdown in a language, or in two joined by `-`, with the text alternatives of its figures.
pub fn rendered(made: &Made, languages: &str) -> String {
    let (lab, languages) = (Lab::built_in(DEFAULT).unwrap(), Lang::list(languages).unwrap());
    let figures = draw(&made.report, &lab, &languages).unwrap();
    markdown(&made.json, &lab, &languages, &figures, FigureLinks::Text).unwrap()
}

/// Its page.
pub fn page_of(made: &Made, languages: &str) -> String {
    let (lab, languages) = (Lab::built_in(DEFAULT).unwrap(), Lang::list(languages).unwrap());
    let figures = draw(&made.report, &lab, &languages).unwrap();
    let text = markdown(&made.json, &lab, &languages, &figures, FigureLinks::Folder("x-figures")).unwrap();
    page(&text, &lab, &languages, &figures).unwrap()
}

/// Codes of the findings and of what is missing.
pub fn codes(report: &Value) -> Vec<String> {
    let of = |key: &str| report[key].as_array().unwrap().clone();
    of("findings").iter().chain(&of("missing")).map(|finding| finding["code"].as_str().unwrap().to_owned()).collect()
}
