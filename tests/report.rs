//! Reports of the example captures, as a reader sees them.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test reads files, and may panic")]

mod support;

use std::path::Path;

use serde_json::Value;
use support::report::{codes, of, rendered};
use wirelab::lab::{DEFAULT, Lab, Lang};
use wirelab::render::{Figures, page};

fn report(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/captures").join(name);
    of(name, &std::fs::read(path).unwrap())
}

fn examples() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/captures");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains(".pcap"))
        .collect();
    names.sort();
    names
}

/// Numbers of three digits and more, and frame tags, in order: what both languages must agree in.
fn facts(markdown: &str) -> Vec<String> {
    let mut found: Vec<String> = markdown
        .split(|character: char| !character.is_ascii_digit() && character != '#')
        .filter(|word| word.len() >= 3 && word.starts_with('#'))
        .map(str::to_owned)
        .collect();
    found.sort();
    found.dedup();
    found
}

#[test]
fn every_example_makes_a_page_in_every_language_with_the_same_frames() {
    for name in examples() {
        let report = report(&name);
        let (zh, en) = (rendered(&report, "zh"), rendered(&report, "en"));
        assert_eq!(facts(&zh), facts(&en), "{name}");
        let lab = Lab::built_in(DEFAULT).unwrap();
        let languages = Lang::list("zh-en").unwrap();
        let html = page(&rendered(&report, "zh-en"), &lab, &languages, &Figures::default()).unwrap();
        assert!(html.contains("</html>"), "{name}");
    }
}

#[test]
fn every_link_to_a_frame_has_its_target() {
    for name in examples() {
        let lab = Lab::built_in(DEFAULT).unwrap();
        let languages = Lang::list("zh-en").unwrap();
        let html = page(&rendered(&report(&name), "zh-en"), &lab, &languages, &Figures::default()).unwrap();
        for link in html.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(html.contains(&format!("id=\"{link}\"")), "{name}: #{link}");
        }
    }
}

#[test]
fn what_is_missing_is_said_of_the_capture_that_lacks_it_and_not_of_another() {
    let cases: &[(&str, &str, &str)] = &[
        ("no_tcp", "ping-only.pcapng", "curl-close.pcap"),
        ("no_http", "tls-only.pcapng", "curl-close.pcap"),
        ("handshake_not_captured", "no-handshake.pcapng", "curl-close.pcap"),
        ("response_not_captured", "no-response.pcapng", "curl-close.pcap"),
        ("response_incomplete", "reset.pcapng", "curl-close.pcap"),
        ("request_incomplete", "snapped.pcap", "curl-close.pcap"),
        ("close_not_captured", "no-close.pcapng", "curl-close.pcap"),
        ("no_ping", "curl-close.pcap", "page-load.pcapng"),
        ("no_dns", "no-handshake.pcapng", "curl-close.pcap"),
        ("cut_frames", "snapped.pcap", "curl-close.pcap"),
    ];
    for (code, with, without) in cases {
        assert!(codes(&report(with)).iter().any(|found| found == code), "{with} lacks {code}");
        assert!(!codes(&report(without)).iter().any(|found| found == code), "{without} has {code}");
    }
}

#[test]
fn what_a_reader_once_found_false_is_not_said_again() {
    let never: &[(&str, &str)] = &[
        ("unanswered.pcapng", "The FINs of both sides were captured"),
        ("no-close.pcapng", "The FINs of both sides were captured"),
        ("no-handshake.pcapng", "No ACK that completes the handshake"),
        ("refused.pcapng", "so both can send"),
        ("lossy.pcapng", "spread over 63 segments"),
        ("page-load.pcapng", "not in the capture: Cookie"),
    ];
    for (name, sentence) in never {
        assert!(!rendered(&report(name), "en").contains(sentence), "{name}: {sentence}");
    }
}

#[test]
fn reports_stay_as_they_were_read() {
    for name in ["curl-close.pcap", "reset.pcapng", "tls-only.pcapng"] {
        let report = report(name);
        for language in ["en", "zh"] {
            insta::assert_snapshot!(format!("{name}-{language}"), rendered(&report, language));
        }
    }
}
