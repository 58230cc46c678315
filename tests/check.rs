//! `lab check`: labs that are right have no problem, and each of many that are broken has exactly those that it was given.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test reads files, and may panic")]

#[path = "check/cases.rs"]
mod cases;

use std::path::Path;
use std::sync::OnceLock;

use wirelab::lab::{DEFAULT, Files, Lab, starter};
use wirelab::render::check::{Checked, Sample, Trial, check};
use wirelab::report::{Request, Required, model::LabFacts};
use wirelab::samples::SAMPLES;

/// How many samples the broken labs are rendered with.
const FEW: usize = 1;
/// What every lab here needs beyond what it breaks.
const MANIFEST: &str = "schema = 1\nid = \"mine\"\nextends = \"http\"\n";

struct Samples {
    most: usize,
}

/// Reports that do not depend on the lab; they are made once.
fn samples() -> &'static [Sample] {
    static REPORTS: OnceLock<Vec<Sample>> = OnceLock::new();
    REPORTS.get_or_init(|| {
        let request = Request {
            required: Required { handshake: true, request: true, response: true, close: true },
            lab: LabFacts { id: "mine".to_owned(), hosts: Vec::new(), time_zone: "UTC".to_owned() },
            ..Request::default()
        };
        let report = |sample: &wirelab::samples::Sample| {
            let report = sample.report(request.clone()).unwrap();
            Sample { name: sample.label.to_owned(), report }
        };
        SAMPLES.iter().map(report).collect()
    })
}

impl Trial for Samples {
    fn samples(&self, _: &Lab) -> Vec<Sample> {
        samples().iter().take(self.most).cloned().collect()
    }

    fn render(&self, lab: &Lab, count: usize, render: &(dyn Fn(&Lab, usize) + Sync)) {
        (0..count).for_each(|number| render(lab, number));
    }
}

fn checked(files: &Files, most: usize) -> Checked {
    check(files, &Samples { most })
}

fn lines(checked: &Checked) -> Vec<String> {
    checked.problems.iter().map(ToString::to_string).collect()
}

fn assert_right(files: &Files, most: usize) -> Checked {
    let checked = checked(files, most);
    assert_eq!(lines(&checked), [""; 0]);
    assert!(checked.is_rendered);
    checked
}

#[test]
fn the_built_in_lab_is_right_with_all_samples() {
    let checked = assert_right(&Lab::built_in_files(DEFAULT).unwrap(), usize::MAX);
    assert_eq!((checked.samples, checked.languages.join(" ").as_str()), (SAMPLES.len(), "zh en zh-en en-zh"));
}

#[test]
fn new_labs_are_right() {
    assert_right(&starter::small("course").unwrap(), usize::MAX);
    assert_right(&starter::copy(&Lab::built_in_files(DEFAULT).unwrap(), "course"), FEW);
}

#[test]
fn the_example_is_right() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/custom-lab");
    let mut files = Files::new();
    read(&folder, "", &mut files);
    let checked = assert_right(&files, FEW);
    assert_eq!(checked.others, ["README.md"]);
}

fn read(folder: &Path, prefix: &str, files: &mut Files) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{prefix}{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            read(&path, &format!("{name}/"), files);
        } else {
            files.insert(name, std::fs::read(&path).unwrap());
        }
    }
}

/// A line with `#` for the number of sentences that a language lacks: it is another one whenever the built-in lab says more.
fn without_count(line: &str) -> String {
    let Some((before, after)) = line.split_once(" sentences are not there") else { return line.to_owned() };
    format!("{}# sentences are not there{after}", before.trim_end_matches(|digit: char| digit.is_ascii_digit()))
}

#[test]
fn broken_labs_have_exactly_the_problems_that_they_were_given() {
    let mut wrong = Vec::new();
    for (what, broken, expected) in cases::CASES {
        let mut files = Files::from([("lab.toml".to_owned(), MANIFEST.into())]);
        files.extend(broken.iter().map(|(name, text)| ((*name).to_owned(), text.to_vec())));
        let found: Vec<String> = lines(&checked(&files, FEW)).iter().map(|line| without_count(line)).collect();
        if found != *expected {
            wrong.push(format!("{what}:\n  {}\nexpected:\n  {}\n", found.join("\n  "), expected.join("\n  ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.concat());
}
