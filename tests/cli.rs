//! The commands as a person types them: outputs, errors, exit codes.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test reads and writes files, and may panic")]

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;

fn wirelab() -> Command {
    Command::cargo_bin("wirelab").unwrap()
}

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/captures").join(name)
}

fn inspect(name: &str) -> Value {
    let output = wirelab().args(["inspect", "--format", "json"]).arg(example(name)).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Exit code of `report` on an example, written to a folder of its own.
fn report_code(name: &str) -> i32 {
    let folder = tempfile::tempdir().unwrap();
    let output = wirelab().arg("report").arg(example(name)).arg("-o").arg(folder.path()).output().unwrap();
    output.status.code().unwrap()
}

#[test]
fn report_writes_a_page_and_markdown_beside_each_other_and_prints_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let output = wirelab().current_dir(folder.path()).arg("report").arg(example("curl-close.pcap")).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(
        String::from_utf8(output.stdout).unwrap().lines().collect::<Vec<_>>(),
        ["curl-close.html", "curl-close.md"]
    );
    let page = std::fs::read_to_string(folder.path().join("curl-close.html")).unwrap();
    assert!(page.contains("Content-Security-Policy") && page.contains("default-src 'none'"));
    assert!(!page.contains("<script") && !page.contains(" style="), "the page has script or style attributes");
}

#[test]
fn report_is_the_same_bytes_every_time_and_from_standard_input() {
    let json = |from_input: bool| {
        let mut command = wirelab();
        command.args(["report", "--format", "md", "--lang", "en", "-o", "-"]);
        if from_input {
            command.arg("-").write_stdin(std::fs::read(example("curl-close.pcap")).unwrap());
        } else {
            command.arg(example("curl-close.pcap"));
        }
        let text = String::from_utf8(command.output().unwrap().stdout).unwrap();
        // The mark has the digest of a text in which the name of the capture stands.
        let (mark, text) = text.split_once('\n').unwrap();
        assert!(mark.starts_with("<!-- wirelab ") && !text.contains("<!-- wirelab "));
        text.replace("`-`", "`curl-close.pcap`")
    };
    assert_eq!(json(false), json(false));
    assert_eq!(json(false), json(true));
}

#[test]
fn report_says_by_its_exit_code_whether_the_evidence_is_complete() {
    for complete in
        ["page-load.pcapng", "page-load.pcap.gz", "curl-close.pcap", "lossy.pcapng", "simultaneous-close.pcapng"]
    {
        assert_eq!(report_code(complete), 0, "{complete}");
    }
    for incomplete in [
        "reset.pcapng",
        "refused.pcapng",
        "unanswered.pcapng",
        "no-handshake.pcapng",
        "no-close.pcapng",
        "no-response.pcapng",
        "half-closed.pcapng",
        "tls-only.pcapng",
        "ping-only.pcapng",
    ] {
        assert_eq!(report_code(incomplete), 1, "{incomplete}");
    }
}

#[test]
fn a_lone_json_goes_to_standard_output() {
    let output = wirelab().args(["report", "--format", "json"]).arg(example("curl-close.pcap")).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["schema"], "wirelab.report/1");
    assert_eq!(report["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(report["evidence"]["complete"], true);
}

#[test]
fn a_single_argument_that_is_a_capture_means_report() {
    let folder = tempfile::tempdir().unwrap();
    let output = wirelab().current_dir(folder.path()).arg(example("curl-close.pcap")).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(folder.path().join("curl-close.md").exists());
}

#[test]
fn flags_choose_another_exchange() {
    let chosen = |flags: &[&str]| {
        let output = wirelab()
            .args(["report", "--format", "json"])
            .arg(example("keep-alive.pcapng"))
            .args(flags)
            .output()
            .unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        report["exchange"]["request"]["frame"].as_u64().unwrap()
    };
    let analysis = inspect("keep-alive.pcapng");
    let third = analysis["exchanges"][2]["request"]["frame"].as_u64().unwrap();
    assert_eq!(chosen(&["--frame", &third.to_string()]), third);
    let answer = analysis["exchanges"][2]["response"]["frame"].as_u64().unwrap();
    assert_eq!(chosen(&["--frame", &answer.to_string()]), third);
    assert_eq!(chosen(&["--stream", "0"]), chosen(&[]));
}

#[test]
fn a_flag_that_leaves_one_exchange_does_not_make_it_the_only_one() {
    let reasons = |name: &str, arguments: &[&str]| -> Value {
        let output =
            wirelab().args(["report", "--format", "json"]).args(arguments).arg(example(name)).output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        report["selection"]["reasons"].clone()
    };
    let first = inspect("keep-alive.pcapng")["exchanges"][0]["request"]["first_frame"].to_string();
    let chosen = reasons("keep-alive.pcapng", &["--frame", &first]);
    assert_eq!(chosen[0], "chosen_by_flag");
    assert!(!chosen.as_array().unwrap().iter().any(|reason| reason == "only_exchange"), "{chosen}");
    assert_eq!(reasons("curl-close.pcap", &[])[0], "only_exchange");
}

#[test]
fn wrong_use_ends_with_2_and_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.pcap");
    std::fs::write(&text, "these are my notes, not a capture").unwrap();
    let empty = folder.path().join("empty.pcap");
    std::fs::write(&empty, "").unwrap();
    let capture = example("curl-close.pcap");
    let capture = capture.to_str().unwrap();
    let check = |arguments: &[&str], said: &str| {
        let output = wirelab().current_dir(folder.path()).args(arguments).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
        assert!(message.contains(said), "{arguments:?}: {message}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    };
    check(&["report", "missing.pcap"], "missing.pcap");
    check(&["report", text.to_str().unwrap()], "not a capture");
    check(&["inspect", empty.to_str().unwrap()], "empty.pcap");
    check(&["report", capture, "--stream", "99"], "--stream 99 matches nothing");
    check(&["report", capture, "--frame", "999"], "the frames are 1 to 17");
    check(&["report", capture, "--host", "nowhere.example"], "www.lab.example");
    check(&["report", capture, "--stream", "0", "--frame", "10"], "cannot be used with");
    check(&["inspect", capture, "--frames", "18", "--format", "json"], "the last frame of the capture is 17");
    check(&["inspect", capture, "--frames", "x"], "not a frame number");
    check(&["report", capture, "--lang", "fr"], "no language `fr`");
    check(&["report", capture, "--lab", "htp"], "did you mean `http`");
    check(&["report", capture, "--time-zone", "Shanghai"], "no IANA time zone");
    check(&["report", capture, "-o", "-"], "--format");
    check(&["report"], "CAPTURE");
    check(&["frobnicate"], "frobnicate");
}

#[test]
fn inspect_ends_with_1_for_a_cut_file_and_keeps_its_whole_frames() {
    let folder = tempfile::tempdir().unwrap();
    let whole = std::fs::read(example("curl-close.pcap")).unwrap();
    let path = folder.path().join("cut.pcap");
    std::fs::write(&path, &whole[..whole.len() - 20]).unwrap();
    let output = wirelab().args(["inspect", "--format", "json"]).arg(&path).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let analysis: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(analysis["capture"]["frames"], 16);
    assert_eq!(analysis["diagnostics"][0]["code"], "capture.truncated_tail");
    std::fs::write(&path, &whole[..30]).unwrap();
    assert_eq!(wirelab().arg("inspect").arg(&path).output().unwrap().status.code(), Some(2));
}

#[test]
fn inspect_prints_one_object_a_line_for_each_frame() {
    let output = wirelab()
        .args(["inspect", "--format", "json", "--frames", "all"])
        .arg(example("curl-close.pcap"))
        .output()
        .unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    let frames: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(frames.len(), 17);
    assert!(frames.iter().zip(1..).all(|(frame, number)| frame["number"] == number));
    assert_eq!(frames[9]["layers"].as_array().unwrap().last().unwrap()["protocol"], "http");
}

#[test]
fn inspect_shows_secrets_and_report_masks_them() {
    let frames = wirelab()
        .args(["inspect", "--format", "json", "--frames", "all"])
        .arg(example("redirect-cookie.pcapng"))
        .output()
        .unwrap();
    let frames = String::from_utf8(frames.stdout).unwrap();
    let secret = |name: &str| {
        let fields = frames.lines().flat_map(|line| {
            let frame: Value = serde_json::from_str(line).unwrap();
            let layers = frame["layers"].as_array().unwrap().clone();
            layers.into_iter().flat_map(|layer| layer["fields"].as_array().unwrap().clone())
        });
        fields
            .filter(|field| field["name"] == name)
            .map(|field| field["value"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let secrets: Vec<String> =
        ["http.cookie", "http.authorization", "http.set_cookie"].iter().flat_map(|name| secret(name)).collect();
    assert!(secrets.len() >= 3, "{secrets:?}");
    for frame in [10, 14] {
        let report = wirelab()
            .args(["report", "--format", "json", "--frame", &frame.to_string()])
            .arg(example("redirect-cookie.pcapng"))
            .output()
            .unwrap();
        let report = String::from_utf8(report.stdout).unwrap();
        for secret in &secrets {
            let digits = wirelab::text::hex(secret.as_bytes());
            assert!(!report.contains(secret.as_str()) && !report.contains(&digits), "{secret} is in the report");
        }
    }
}

#[test]
fn help_lists_the_exit_codes() {
    let output = wirelab().arg("--help").output().unwrap();
    assert!(output.status.success());
    let help = String::from_utf8(output.stdout).unwrap();
    for word in ["Exit codes", "report", "render", "inspect", "completions", "damaged or cut", "left out", "--force"] {
        assert!(help.contains(word), "{word}");
    }
}

/// The example packed in two parts, as programs that append do.
fn packed(name: &str) -> Vec<(&'static str, Vec<u8>)> {
    use std::io::Write;
    let data = std::fs::read(example(name)).unwrap();
    let parts = data.split_at(data.len() / 2);
    let gzip = |part: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(part).unwrap();
        encoder.finish().unwrap()
    };
    let zstd = |part: &[u8]| ruzstd::encoding::compress_to_vec(part, ruzstd::encoding::CompressionLevel::Fastest);
    let lz4 = |part: &[u8]| {
        let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
        encoder.write_all(part).unwrap();
        encoder.finish().unwrap()
    };
    vec![
        ("gzip", [gzip(parts.0), gzip(parts.1)].concat()),
        ("zstd", [zstd(parts.0), zstd(parts.1)].concat()),
        ("lz4", [lz4(parts.0), lz4(parts.1)].concat()),
    ]
}

#[test]
fn compressed_captures_are_known_by_their_content() {
    let plain = inspect("keep-alive.pcapng");
    let folder = tempfile::tempdir().unwrap();
    for (compression, data) in packed("keep-alive.pcapng") {
        std::fs::write(folder.path().join("capture"), data).unwrap();
        let output =
            wirelab().current_dir(folder.path()).args(["inspect", "--format", "json", "capture"]).output().unwrap();
        let mut analysis: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(analysis["capture"]["compression"], compression);
        for changed in ["file", "bytes", "compression"] {
            analysis["capture"][changed] = plain["capture"][changed].clone();
        }
        assert_eq!(analysis, plain, "{compression}");
        assert!(output.status.success());
    }
}

#[test]
fn no_more_is_taken_out_of_a_compressed_capture_than_max_size() {
    let folder = tempfile::tempdir().unwrap();
    for (compression, data) in packed("keep-alive.pcapng") {
        std::fs::write(folder.path().join("capture"), &data).unwrap();
        let run = |arguments: &[&str]| {
            let output = wirelab().current_dir(folder.path()).args(arguments).output().unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            (output.status.code(), text, String::from_utf8(output.stderr).unwrap())
        };
        let (code, text, message) = run(&["inspect", "capture", "--format", "json", "--max-size", "4KiB"]);
        let analysis: Value = serde_json::from_str(&text).unwrap();
        let last = analysis["diagnostics"].as_array().unwrap().iter().find(|told| told["code"] == "capture.size_limit");
        assert_eq!((code, &last.unwrap()["params"]["limit"]), (Some(1), &4096.into()), "{compression}");
        assert!(message.contains("4096 bytes were read") && message.contains("--max-size"), "{message}");
        let arguments = ["report", "capture", "--format", "md", "-o", "-", "--lang", "en", "--max-size", "4096"];
        let (_, text, message) = run(&arguments);
        assert!(text.contains("Only the beginning of the file was read") && !text.contains("damaged"), "{text}");
        assert!(message.contains("--max-size"), "{message}");
        let (code, _, message) = run(&["inspect", "capture", "--max-size", "20"]);
        assert!(code == Some(2) && message.contains("allow more with --max-size"), "{message}");
        assert_eq!(run(&["inspect", "capture", "--max-size", "1MiB"]).0, Some(0));
        let (code, _, message) = run(&["inspect", "capture", "--max-size", "much"]);
        assert!(code == Some(2) && message.contains("500MiB"), "{message}");
    }
    let (_, data) = packed("keep-alive.pcapng").remove(0);
    let from_input = wirelab().args(["inspect", "-", "--max-size", "100B"]).write_stdin(data).output().unwrap();
    let message = String::from_utf8(from_input.stderr).unwrap();
    assert!(from_input.status.code() == Some(2) && message.contains("--max-size"), "{message}");
}

#[test]
fn lab_check_prints_problems_one_a_line_and_counts_them() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("lab/sections")).unwrap();
    std::fs::write(folder.path().join("lab/lab.toml"), "schema = 1\nid = \"lab\"\nextends = \"http\"\n").unwrap();
    std::fs::write(folder.path().join("lab/sections/aims.md"), "a\n{{ 1 | fraem }}\n").unwrap();
    let output = wirelab().current_dir(folder.path()).args(["lab", "check", "lab"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "sections/aims.md:2: there is no filter `fraem`; did you mean `frame`?\n"
    );
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with("wirelab: lab lab: 1 problem; it was not rendered"), "{said}");
}
