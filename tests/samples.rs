//! The samples that a lab is tried with: made from their scripts, and together everything that a report can say.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test reads files, and may panic"
)]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;
use support::report::{Made, codes, page_of, rendered};
use wirelab::capture::Source;
use wirelab::lab::{DEFAULT, Lab};
use wirelab::report::{Request, Required, model::LabFacts};
use wirelab::samples::SAMPLES;

const SCRIPT: &str = ".txt";
/// What the program carries for this: less than its templates.
const MOST_BYTES: u64 = 250_000;

fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn folder() -> PathBuf {
    package().join("examples/captures/samples")
}

fn files() -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The Report of each sample, for a lab that asks for everything.
fn reports() -> &'static [(&'static str, Made)] {
    static REPORTS: OnceLock<Vec<(&str, Made)>> = OnceLock::new();
    REPORTS.get_or_init(|| {
        let request = Request {
            required: Required { handshake: true, request: true, response: true, close: true },
            lab: LabFacts { id: "http".to_owned(), hosts: Vec::new(), time_zone: "UTC".to_owned() },
            ..Request::default()
        };
        let report = |sample: &wirelab::samples::Sample| {
            let report = sample.report(request.clone()).unwrap_or_else(|error| panic!("{}: {error}", sample.label));
            (sample.label, Made::from(report))
        };
        SAMPLES.iter().map(report).collect()
    })
}

/// All strings at a place of the Reports.
fn values(at: impl Fn(&Value) -> Vec<&Value>) -> BTreeSet<String> {
    let values = reports().iter().flat_map(|(_, report)| at(report));
    values.map(|value| value.as_str().unwrap().to_owned()).collect()
}

/// `WIRELAB_UPDATE=1` writes the captures.
#[test]
fn each_written_sample_is_what_its_script_makes() {
    let updates = std::env::var_os("WIRELAB_UPDATE").is_some();
    for script in files().iter().filter(|name| name.ends_with(SCRIPT)) {
        let text = fs::read_to_string(folder().join(script)).unwrap();
        assert!(text.starts_with("# "), "{script}: the first line says what the capture shows");
        let made = support::capture(script, &text).unwrap_or_else(|error| panic!("{error}"));
        let path = folder().join(script.strip_suffix(SCRIPT).unwrap());
        if updates {
            fs::write(&path, &made).unwrap();
        }
        let there = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(there == made, "{script} makes another capture: WIRELAB_UPDATE=1 cargo test --test samples");
    }
}

#[test]
fn each_file_is_a_sample_and_the_readme_names_it() {
    let readme = fs::read_to_string(package().join("examples/captures/README.md")).unwrap();
    for file in files().iter().filter(|name| !name.ends_with(SCRIPT)) {
        assert!(SAMPLES.iter().any(|sample| sample.name() == file), "{file} is no sample");
        assert!(readme.contains(&format!("`{file}`")), "{file} is not in the README");
    }
    let labels: BTreeSet<&str> = SAMPLES.iter().map(|sample| sample.label).collect();
    assert_eq!(labels.len(), SAMPLES.len(), "two samples of one label");
}

#[test]
fn the_samples_are_small_and_in_the_package() {
    let sizes: std::collections::BTreeMap<&str, u64> =
        SAMPLES.iter().map(|sample| (sample.name(), sample.size())).collect();
    let total: u64 = sizes.values().sum();
    assert!(total < MOST_BYTES, "{total} bytes");
    let listed = Command::new(env!("CARGO"))
        .args(["package", "--list", "--allow-dirty", "--offline"])
        .current_dir(package())
        .output()
        .unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    for file in sizes.keys() {
        let is_in = |folder: &str| listed.lines().any(|line| line == format!("{folder}{file}"));
        assert!(is_in("examples/captures/") || is_in("examples/captures/samples/"), "{file} is not in the package");
    }
}

#[test]
fn every_finding_and_everything_that_can_be_missing_is_in_a_sample() {
    let shown: BTreeSet<String> = reports().iter().flat_map(|(_, report)| codes(report)).collect();
    let lacking: Vec<String> = report_codes().into_iter().filter(|code| !shown.contains(code)).collect();
    assert!(lacking.is_empty(), "in no sample: {lacking:?}");
}

/// The codes of all findings and of what can be missing.
fn report_codes() -> Vec<String> {
    let rules = fs::read_dir(package().join("src/report/findings")).unwrap().map(|entry| entry.unwrap().path());
    let rules = rules.filter(|path| !path.ends_with("mod.rs"));
    let rules = rules.filter(|path| fs::read_to_string(path).unwrap().contains("const RULE: Rule"));
    let findings = rules.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned());
    let source = fs::read_to_string(package().join("src/report/missing.rs")).unwrap();
    let list = source.split_once("CODES: &[&str] = &[").unwrap().1.split_once("];").unwrap().0;
    let missing: Vec<String> = list.split('"').skip(1).step_by(2).map(str::to_owned).collect();
    assert!(missing.len() > 10);
    findings.chain(missing).collect()
}

/// Names of header fields in lower case, of the request and the response that the Reports are about.
fn header_fields() -> BTreeSet<String> {
    let messages = reports().iter().flat_map(|(_, report)| [&report["request"], &report["response"]]);
    let fields = messages.filter_map(|message| message["fields"].as_array()).flatten();
    let lines =
        fields.filter(|field| ["http.request.line", "http.response.line"].iter().any(|name| field["name"] == *name));
    lines.filter_map(|line| Some(line["value"].as_str()?.split_once(':')?.0.to_ascii_lowercase())).collect()
}

#[test]
fn every_header_field_that_has_words_is_in_a_sample() {
    let lab = Lab::built_in(DEFAULT).unwrap();
    let shown = header_fields();
    let wording = lab.wording(&lab.manifest.languages[0]).unwrap();
    let worded: Vec<&str> = wording.keys().filter_map(|key| key.strip_prefix("headers.")).collect();
    assert!(worded.len() > 300);
    let lacking: Vec<&&str> = worded.iter().filter(|name| !shown.contains(**name)).collect();
    assert!(lacking.is_empty(), "in no sample: {lacking:?}; fields.pcap.txt and fields-beside.pcap.txt list them");
}

#[test]
fn the_samples_show_every_close_and_the_usual_ways_of_recording() {
    let connections = |report: &'_ Value| report["analysis"]["connections"].as_array().unwrap().clone();
    let closes: BTreeSet<String> = reports()
        .iter()
        .flat_map(|(_, report)| connections(report))
        .map(|connection| connection["close"]["kind"].as_str().unwrap().to_owned())
        .collect();
    let all = ["four_segment", "half_closed", "none", "reset", "simultaneous", "three_segment"];
    assert_eq!(closes, all.map(str::to_owned).into());
    let link_types = values(|report| report["analysis"]["capture"]["link_types"].as_array().unwrap().iter().collect());
    for link_type in ["ETHERNET", "LINUX_SLL", "LINUX_SLL2", "RAW", "NULL", "IEEE802_11_RADIOTAP", "IEEE802_11"] {
        assert!(link_types.contains(link_type), "{link_type}: {link_types:?}");
    }
    let protocols: BTreeSet<&str> = reports()
        .iter()
        .flat_map(|(_, report)| report["frames"].as_object().unwrap().values())
        .flat_map(|frame| frame["layers"].as_array().unwrap())
        .map(|layer| layer["protocol"].as_str().unwrap())
        .collect();
    for protocol in ["ip", "ipv6", "vxlan", "vlan", "pppoes", "wlan", "sll", "null"] {
        assert!(protocols.contains(protocol), "{protocol}: {protocols:?}");
    }
    let formats = values(|report| vec![&report["analysis"]["capture"]["format"]]);
    assert_eq!(formats.len(), 2, "{formats:?}");
    let frames = |report: &Value| report["analysis"]["capture"]["frames"].as_u64().unwrap();
    assert!(reports().iter().any(|(_, report)| frames(report) == 0));
}

#[test]
fn the_built_in_lab_renders_every_sample_in_all_its_languages() {
    for (name, report) in reports() {
        for languages in ["zh", "en", "zh-en"] {
            assert!(rendered(report, languages).len() > 1000, "{name} {languages}");
        }
        assert!(page_of(report, "zh-en").contains("</html>"), "{name}");
    }
}
