//! Every finding is in the report of the capture that shows it and not in that of another: `tests/findings/<code>.with` and
//! `<code>.without`, captures written as text or named.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::panic, reason = "a test reads files, and may panic")]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use support::report::{Made, codes, of, rendered};
use wirelab::lab::{DEFAULT, Lab, Lang};

fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The codes of all rules: the files that `build.rs` lists.
fn rules() -> Vec<String> {
    let files = fs::read_dir(package().join("src/report/findings")).unwrap().map(|entry| entry.unwrap().path());
    let mut codes: Vec<String> = files
        .filter(|path| !path.ends_with("mod.rs") && fs::read_to_string(path).unwrap().contains("const RULE: Rule"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    codes.sort();
    codes
}

fn fixture(name: &str) -> Made {
    let file = format!("tests/findings/{name}");
    let script = fs::read_to_string(package().join(&file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    assert!(script.starts_with("# "), "{file}: the first line says what the capture shows");
    let data = support::capture(&file, &script).unwrap_or_else(|error| panic!("{error}"));
    of(name, &data)
}

/// The lists of findings in a report, one after the other: those that come first, and the further ones.
fn section(markdown: &str) -> String {
    let lists = markdown.split("<div class=\"findings\">").skip(1);
    lists.filter_map(|rest| Some(rest.split_once("</div>")?.0)).collect()
}

#[test]
fn each_finding_is_in_the_capture_that_shows_it_and_not_in_another() {
    for code in rules() {
        let with = fixture(&format!("{code}.with"));
        assert!(codes(&with).contains(&code), "{code}.with lacks it: {:?}", codes(&with));
        let without = fixture(&format!("{code}.without"));
        assert!(!codes(&without).contains(&code), "{code}.without has it");
    }
}

/// The literal pieces of a template, those that are long enough to be told apart.
fn literal_pieces(template: &str) -> Vec<&str> {
    let pieces = template.split("}}").flat_map(|part| part.split("%}")).filter_map(|part| part.split('{').next());
    pieces.map(str::trim).filter(|piece| piece.chars().count() > 1).collect()
}

/// The numbers in a text, hexadecimal ones and those with a point whole.
fn numbers(text: &str) -> BTreeSet<String> {
    let words = text.split(|character: char| !(character.is_ascii_alphanumeric() || character == '.'));
    let words = words.map(|word| word.trim_matches('.'));
    words.filter(|word| word.starts_with(|first: char| first.is_ascii_digit())).map(str::to_owned).collect()
}

#[test]
fn each_finding_is_worded_from_its_capture_and_its_frames_have_rows() {
    let lab = Lab::built_in(DEFAULT).unwrap();
    for code in rules() {
        let report = fixture(&format!("{code}.with"));
        let findings = report["findings"].as_array().unwrap();
        let at = findings.iter().position(|finding| finding["code"] == code.as_str()).unwrap();
        let mut said: Vec<BTreeSet<String>> = Vec::new();
        for language in Lang::list("zh-en").unwrap() {
            let markdown = rendered(&report, language.as_str());
            let section = section(&markdown);
            assert!(!section.contains("\\#"), "{code} {language} names a frame without a row: {section}");
            let items: Vec<&str> = section.split("\n- ").skip(1).collect();
            assert_eq!(items.len(), findings.len(), "{code} {language}: {section}");
            let (title, text) = items[at].split_once("**<br>").unwrap();
            let sentence = lab.wording(&language).unwrap().get(&format!("findings.{code}.title")).unwrap();
            let is_said = literal_pieces(&sentence.text).iter().any(|piece| title.contains(piece));
            assert!(is_said, "{code} {language}: `{title}` has no word of `{}`", sentence.text);
            assert!(text.trim().ends_with(['.', '。']), "{code} {language}: {text}");
            said.push(numbers(items[at]));
        }
        assert_eq!(said[0], said[1], "{code}: the languages differ");
    }
}

#[test]
fn there_is_no_fixture_without_a_rule() {
    let known: Vec<String> =
        rules().iter().flat_map(|code| [format!("{code}.with"), format!("{code}.without")]).collect();
    for entry in fs::read_dir(package().join("tests/findings")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(known.contains(&name), "{name}");
    }
}

#[test]
fn a_wrong_script_names_file_and_line() {
    let check = |script: &str, expected: &str| assert_eq!(support::capture("x.with", script).unwrap_err(), expected);
    check("# what\n0 handshake\n+1 c ACK\n", "x.with:3: `1` is no time; write 6ms, 20us or 1.5s");
    check("# what\n0 c FLY\n", "x.with:2: `FLY` is nothing that a segment has");
    check("0 c \"GET\n", "x.with:1: a string without its closing quote");
    check("1s c ACK\n0 c ACK\n", "x.with:2: `0` is before the packet above");
    check("0 c again\n", "x.with:1: there is no such segment to send again");
    check("capture no/such.pcap\n", "x.with:1: no/such.pcap: No such file or directory (os error 2)");
    check("# nothing\n", "x.with:1: the script sends nothing");
    check("hop ttl=3\n", "x.with:1: `hop ttl=3` is no statement");
}

#[test]
fn a_script_makes_the_packets_it_says() {
    let script = "0 handshake rtt=12ms\n\
                  +1ms c \"GET / HTTP/1.1\\r\\nHost: www.lab.example\\r\\n\\r\\n\"\n\
                  +12ms s ACK\n\
                  +1ms s \"HTTP/1.1 200 OK\\r\\nContent-Length: {length}\\r\\n\\r\\n\" body 4000 every=1ms\n\
                  +0 c ACK\n+1s s FIN\n+0 c ACK\n+1s c FIN\n+12ms s ACK\n";
    let report = of("script", &support::capture("script", script).unwrap());
    let twice = of("twice", &support::capture("twice", &format!("twice 20us\n{script}")).unwrap());
    assert_eq!(twice["analysis"]["capture"]["frames"], 2 * report["analysis"]["capture"]["frames"].as_u64().unwrap());
    let connection = &report["connection"];
    assert_eq!(connection["completeness"], 31);
    assert_eq!(connection["handshake"]["rtt"], "0.012000000");
    assert_eq!(connection["close"]["kind"], "four_segment");
    assert_eq!(report["exchange"]["response"]["body_bytes"], 4000);
    for (side, frames) in [("client", 6), ("server", 7)] {
        let checksums = &report["checksums"][side];
        assert_eq!((&checksums["ip_valid"], &checksums["tcp_valid"]), (&frames.into(), &frames.into()), "{side}");
    }
}
