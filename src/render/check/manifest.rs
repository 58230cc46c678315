//! What `lab.toml` leaves open, and `rubric.toml`.

use super::problem::Problem;
use crate::lab::{Files, Lab, LabError};

/// `lab.toml` as it is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manifest<'f>(&'f str);

impl<'f> Manifest<'f> {
    pub(super) fn of(files: &'f Files) -> Self {
        Self(files.get(FILE).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default())
    }

    /// A problem at the first line that has `text`; of the whole file if there is none.
    pub(super) fn problem(self, text: &str, message: String) -> Problem {
        let line = self.0.lines().zip(1..).find(|(line, _)| line.contains(text)).map(|(_, number)| number);
        Problem { file: FILE.to_owned(), line, message }
    }
}

/// The name of the file.
const FILE: &str = "lab.toml";

/// The problems of what a lab says of itself.
pub(super) fn check(lab: &Lab, written: Manifest<'_>) -> Vec<Problem> {
    let manifest = &lab.manifest;
    let mut problems = Vec::new();
    for language in manifest.languages.iter().filter(|language| !manifest.title.contains_key(*language)) {
        let message = format!("the lab has no title in `{language}`; write `{language} = \"…\"` under `[title]`");
        problems.push(written.problem("[title]", message));
    }
    problems.extend(lab.rubric().err().map(LabError::each).into_iter().flatten().map(Problem::from));
    problems
}

impl From<LabError> for Problem {
    fn from(error: LabError) -> Self {
        match error {
            LabError::Invalid { file, line, message } => Self { file, line: Some(line), message },
            LabError::MissingFile { ref file } | LabError::NotUtf8 { ref file } => {
                let message = error.to_string();
                let message = message.strip_prefix(&format!("{file}: ")).unwrap_or(&message).to_owned();
                Self { file: file.clone(), line: None, message }
            }
            other => Self { file: String::new(), line: None, message: other.to_string() },
        }
    }
}
