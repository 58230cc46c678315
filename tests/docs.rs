//! The documents say what the code does.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test reads files, and may panic")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// All `"stage.what"` texts of the stages that make diagnostics.
fn codes_in_source() -> BTreeSet<String> {
    let mut files = vec![root().join("src/http/conversation.rs")];
    sources(&root().join("src/analysis"), &mut files);
    sources(&root().join("src/capture"), &mut files);
    let texts = files.iter().map(|file| std::fs::read_to_string(file).unwrap());
    let quoted = texts.flat_map(|text| text.split('"').map(str::to_owned).collect::<Vec<_>>());
    let is_code = |text: &str| {
        let stages = ["capture.", "packet.", "tcp.", "http.", "tls.", "dns.", "icmp."];
        stages.iter().any(|stage| {
            text.strip_prefix(stage).is_some_and(|rest| {
                rest.len() > 3 && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
            })
        })
    };
    quoted.filter(|text| is_code(text) && text != "packet.unknown").collect()
}

#[test]
fn every_diagnostic_is_documented_and_no_other() {
    let document = std::fs::read_to_string(root().join("docs/diagnostics.md")).unwrap();
    let rows = document.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let documented: BTreeSet<String> = rows.map(str::to_owned).collect();
    assert_eq!(documented, codes_in_source());
}

#[test]
fn the_readme_commands_are_those_that_are_checked() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let checks = std::fs::read_to_string(root().join(".ci/run")).unwrap();
    assert!(readme.contains("\ncargo run --release -- report examples/captures/page-load.pcapng\n"));
    assert!(checks.contains("cargo run --release --locked -- report examples/captures/page-load.pcapng"));
    assert!(readme.contains("\ncargo test\n"));
    assert!(checks.contains("cargo test --locked"));
}
