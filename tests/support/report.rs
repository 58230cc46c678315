//! Reports of captures, as the command makes them.

use serde_json::Value;
use wirelab::analysis::analyse;
use wirelab::capture::Bytes;
use wirelab::lab::{DEFAULT, Lab, Lang};
use wirelab::render::{FigureLinks, Figures, markdown};
use wirelab::report::{self, Request, Required, model::LabFacts};
use wirelab::select::Preferences;
use wirelab::text::to_json;

/// The Report of a capture, for a lab that asks for everything.
pub fn of(name: &str, data: &[u8]) -> Value {
    let source = Bytes { name, data };
    let survey = analyse(&source, &Preferences::default()).unwrap();
    let request = Request {
        required: Required { handshake: true, request: true, response: true, close: true },
        lab: LabFacts { id: "http".to_owned(), hosts: Vec::new(), time_zone: "UTC".to_owned() },
        ..Request::default()
    };
    to_json(&report::build(&source, &survey, request).unwrap()).unwrap()
}

/// Its Markdown in a language, or in two joined by `-`.
pub fn rendered(report: &Value, languages: &str) -> String {
    let lab = Lab::built_in(DEFAULT).unwrap();
    markdown(report, &lab, &Lang::list(languages).unwrap(), &Figures::default(), FigureLinks::Text).unwrap()
}

/// Codes of the findings and of what is missing.
pub fn codes(report: &Value) -> Vec<String> {
    let of = |key: &str| report[key].as_array().unwrap().clone();
    of("findings").iter().chain(&of("missing")).map(|finding| finding["code"].as_str().unwrap().to_owned()).collect()
}
