//! The capture that a real student's report was rebuilt from, and the facts that a right report on it states. It lies beside
//! the project where it is developed; elsewhere this test is skipped.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test reads files, says what it skips, and may panic"
)]

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;

/// The folder, if it is there.
fn seed() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/seed");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: {} is not there", folder.display());
    None
}

fn run(arguments: &[&str], capture: &Path) -> String {
    let output = Command::cargo_bin("wirelab").unwrap().args(arguments).arg(capture).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What a key's first parts stand for.
const FRAMES: &[(&str, u64)] = &[
    ("req234.", 234),
    ("resp246.", 246),
    ("req239.", 239),
    ("handshake.13096.synack.", 194),
    ("handshake.13096.syn.", 187),
    ("handshake.13096.ack.", 199),
    ("teardown.13096.fin1.", 4344),
    ("teardown.13096.ack1.", 4345),
    ("teardown.13096.fin2.", 4527),
    ("teardown.13096.ack2.", 4535),
];
const PROTOCOLS: &[&str] = &["frame.", "eth.", "ip.", "tcp.", "http."];

#[test]
fn every_wireshark_named_fact_is_in_the_field_trees() {
    let Some(seed) = seed() else { return };
    let trees = run(
        &["inspect", "--format", "json", "--frames", "187,194,199,234,239,246,4344,4345,4527,4535"],
        &seed.join("http-seed.pcapng"),
    );
    let mut values: HashMap<(u64, String), Vec<String>> = HashMap::new();
    for line in trees.lines() {
        let tree: Value = serde_json::from_str(line).unwrap();
        let number = tree["number"].as_u64().unwrap();
        for field in tree["layers"].as_array().unwrap().iter().flat_map(|layer| layer["fields"].as_array().unwrap()) {
            let name = field["name"].as_str().unwrap().to_owned();
            values.entry((number, name)).or_default().push(field["value"].as_str().unwrap().to_owned());
        }
    }
    let expected = std::fs::read_to_string(seed.join("expected.tsv")).unwrap();
    let mut compared = 0;
    for row in expected.lines().skip(1) {
        let mut columns = row.split('\t');
        let (key, value) = (columns.next().unwrap(), columns.next().unwrap());
        let Some((prefix, frame)) = FRAMES.iter().find(|(prefix, _)| key.starts_with(prefix)) else { continue };
        // Two names of the table are no Wireshark fields.
        let name = match key.trim_start_matches(prefix) {
            "frame.time_delta_captured" => "frame.time_delta",
            name => name,
        };
        let derived =
            ["frame.bits", "frame.time_delta_displayed", "http.request_count_on_connection", "http.cookie_present"];
        let is_field = PROTOCOLS.iter().any(|protocol| name.starts_with(protocol)) && !derived.contains(&name);
        if !is_field
            || matches!(
                name,
                "ip.flags" | "tcp.flags_text" | "tcp.checksum_meaning" | "tcp.client_isn" | "tcp.server_isn"
            )
        {
            continue;
        }
        let found = values.get(&(*frame, name.to_owned()));
        if value == "(absent)" {
            assert_eq!(found, None, "{key}");
        } else {
            assert_eq!(found.and_then(|found| found.first()).map(String::as_str), Some(value), "{key}");
        }
        compared += 1;
    }
    assert!(compared > 150, "only {compared} facts compared");
}

#[test]
fn the_page_itself_is_selected_with_its_handshake_and_close() {
    let Some(seed) = seed() else { return };
    let analysis: Value =
        serde_json::from_str(&run(&["inspect", "--format", "json"], &seed.join("http-seed.pcapng"))).unwrap();
    assert_eq!(analysis["selected"]["stream"], 35);
    assert_eq!(analysis["selected"]["index"], 1);
    assert_eq!(analysis["exchanges"].as_array().unwrap().len(), 77);
    let connection = &analysis["connections"][35];
    let handshake = &connection["handshake"];
    assert_eq!([&handshake["syn"], &handshake["syn_ack"], &handshake["ack"]], [187, 194, 199]);
    let steps: Vec<u64> =
        connection["close"]["steps"].as_array().unwrap().iter().map(|step| step["frame"].as_u64().unwrap()).collect();
    assert_eq!(steps, [4344, 4345, 4527, 4535]);
    assert_eq!(connection["close"]["first"], "server");
    assert_eq!(connection["client_bytes"], 4014);
    assert_eq!(connection["server_bytes"], 793_982);
}

#[test]
fn no_mistake_of_the_student_is_in_the_report() {
    let Some(seed) = seed() else { return };
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.md");
    run(&["report", "-o", report.to_str().unwrap()], &seed.join("http-seed.pcapng"));
    let report = std::fs::read_to_string(&report).unwrap();
    let mistakes = std::fs::read_to_string(seed.join("mistakes.md")).unwrap();
    let quotes = mistakes.lines().filter_map(|line| line.strip_prefix("- quote: "));
    // A few quotes are right as such and wrong for what they leave out.
    let harmless = ["HTTP 请求报文:", "HTTP 应答报文", "TCP 释放连接", "13098 → 443 [SYN]", "了解网络中数据封装的概念"];
    let mut checked = 0;
    for quote in quotes.filter(|quote| !harmless.contains(quote)) {
        assert!(!report.contains(quote), "the report repeats: {quote}");
        checked += 1;
    }
    assert!(checked > 20, "only {checked} quotes");
    for claim in ["发送窗口", "标记字段", "生存周期", "号报文之前", "不会丢失、", "英语内容"]
    {
        assert!(!report.contains(claim), "the report says: {claim}");
    }
}
