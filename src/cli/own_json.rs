//! Whether a Report in JSON is as wirelab wrote it.
//!
//! JSON has no comments, and a member for a mark would be a part of the Report that scripts read. So the Report is made
//! again, from the same capture, as the file itself says that it was made: for which choice, student and time zone. The
//! file is wirelab's own if that gives the same bytes. A report on another capture cannot be made again: it is not
//! known to be unedited.

use serde_json::Value;

use super::args::ChoiceArguments;
use crate::analysis::Survey;
use crate::capture::Source;
use crate::report::model::{LabFacts, Report, Student};
use crate::report::{self, Request};
use crate::text::to_json;

/// The Report as wirelab writes it to a file.
pub(super) fn text(report: &Value) -> serde_json::Result<String> {
    Ok(serde_json::to_string_pretty(report)? + "\n")
}

/// Whether `there` is a Report on the capture of `report` as wirelab writes it.
pub(super) fn is_own(there: &[u8], source: &dyn Source, survey: &Survey, request: &Request, report: &Report) -> bool {
    let Ok(stated) = serde_json::from_slice::<Value>(there) else { return false };
    let is_same = |name: &str, value: &str| stated.get(name).and_then(Value::as_str) == Some(value);
    if !is_same("schema", report.schema) || !is_same("sha256", &report.sha256) {
        return false;
    }
    let again = |show_secrets| {
        let request = Request { show_secrets, ..stated_request(&stated, request) };
        let report = report::build(source, survey, request).ok()?;
        text(&to_json(&report).ok()?).ok()
    };
    [false, true].into_iter().any(|show_secrets| again(show_secrets).is_some_and(|text| text.as_bytes() == there))
}

/// The request that a Report in JSON says it was made for, in the lab of `request`.
fn stated_request(stated: &Value, request: &Request) -> Request {
    let text = |path: &str| stated.pointer(path).and_then(Value::as_str).map(str::to_owned);
    let zone = text("/lab/time_zone").unwrap_or_default();
    Request {
        filter: text("/selection/flag").and_then(|typed| ChoiceArguments::read(&typed)),
        lab: LabFacts { time_zone: zone, ..request.lab.clone() },
        student: Student { id: text("/student/id"), name: text("/student/name"), class: text("/student/class") },
        ..request.clone()
    }
}
