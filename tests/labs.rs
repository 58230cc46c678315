//! Labs as a course makes them: folders laid over the built-in one, and what the commands say of them.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test reads and writes files, and may panic")]

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use cel::{Context, Program, Value};
use serde_json::json;
use tempfile::TempDir;
use wirelab::lab::{DEFAULT, Lab};

const LAB: &str = "schema = 1\nid = \"course\"\nextends = \"http\"\n";

fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn example(name: &str) -> PathBuf {
    package().join("examples/captures").join(name)
}

fn wirelab(folder: &Path) -> Command {
    let mut command = Command::cargo_bin("wirelab").unwrap();
    command.current_dir(folder);
    command
}

/// A folder with the lab `lab` of these files in it.
fn folder_with(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join("lab").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// The report of an example in one format, with a lab.
fn report(folder: &Path, capture: &str, lab: &str, language: &str, format: &str) -> String {
    let mut command = wirelab(folder);
    command.args(["report", "--lab", lab, "--lang", language, "--format", format, "-o", "-", "--quiet"]);
    let output = command.arg(example(capture)).output().unwrap();
    assert!(output.status.code() != Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_built_in_lab_as_a_folder_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in Lab::built_in_files(DEFAULT).unwrap() {
        let path = folder.path().join("copy").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    for capture in ["page-load.pcapng", "reset.pcapng", "ping-only.pcapng"] {
        for (language, format) in [("zh-en", "md"), ("en", "html"), ("zh", "html")] {
            let built_in = report(folder.path(), capture, DEFAULT, language, format);
            assert!(
                built_in == report(folder.path(), capture, "copy", language, format),
                "{capture} {language} {format}"
            );
        }
    }
}

#[test]
fn a_new_lab_is_small_or_whole_and_never_over_anything() {
    let folder = tempfile::tempdir().unwrap();
    let new = |arguments: &[&str]| wirelab(folder.path()).args(["lab", "new"]).args(arguments).output().unwrap();
    let small = new(&["My Lab"]);
    assert_eq!(small.status.code(), Some(0));
    let written = String::from_utf8(small.stdout).unwrap();
    assert_eq!(written.lines().count(), 4, "{written}");
    let shown = wirelab(folder.path()).args(["lab", "show", "My Lab"]).output().unwrap();
    assert!(String::from_utf8(shown.stdout).unwrap().contains("my-lab\nextends      http\n"));

    assert_eq!(new(&["whole", "--full"]).status.code(), Some(0));
    let files = Lab::built_in_files(DEFAULT).unwrap();
    assert!(files.keys().all(|name| folder.path().join("whole").join(name).is_file()));

    assert_eq!(new(&["copy", "--from", "My Lab"]).status.code(), Some(0));
    assert!(fs::read_to_string(folder.path().join("copy/lab.toml")).unwrap().contains("id = \"copy\""));

    let again = new(&["whole"]);
    assert_eq!(again.status.code(), Some(2));
    assert!(String::from_utf8(again.stderr).unwrap().contains("whole is there already"));
    let unknown = new(&["other", "--from", "htttp"]);
    assert!(String::from_utf8(unknown.stderr).unwrap().contains("did you mean `http`?"));
    assert!(!folder.path().join("other").exists());

    let list = wirelab(folder.path()).args(["lab", "list"]).output().unwrap();
    let list = String::from_utf8(list.stdout).unwrap();
    for name in ["http (built in", "My Lab (folder", "copy (folder", "whole (folder"] {
        assert!(list.contains(name), "{list}");
    }
}

#[test]
fn a_block_of_a_template_is_changed_and_the_rest_stays() {
    let folder = folder_with(&[
        ("lab.toml", LAB),
        (
            "sections/cover.md",
            "{% extends \"http/sections/cover.md\" %}\n\n{% block kind %}\nA course, {{ super() }}\n{% endblock %}\n\n\
             {% block more_facts %}\n| Room | 2.017 |\n{% endblock %}\n",
        ),
    ]);
    let changed = report(folder.path(), "curl-close.pcap", "lab", "en", "md");
    let built_in = report(folder.path(), "curl-close.pcap", DEFAULT, "en", "md");
    let fresh = |line: &&str| !built_in.lines().any(|other| other == *line) && !line.starts_with("<!-- ");
    let fresh: Vec<&str> = changed.lines().filter(fresh).collect();
    assert!(fresh.contains(&"A course, Computer networks, lab report") && fresh.contains(&"| Room | 2.017 |"));
    // The id of the lab stands in one more line.
    assert_eq!(fresh.len(), 3, "{fresh:?}");
}

#[test]
fn a_section_in_one_language_stands_beneath_that_of_the_main_one() {
    let sections = "sections = [\"rules\"]\nunnumbered = []\n";
    let folder = folder_with(&[
        ("lab.toml", &format!("{LAB}{sections}")),
        ("sections/rules.zh.md", "只抓取自己的主机。{{ report.analysis.capture.frames }}\n"),
        ("sections/rules.en.md", "Record your own host only. {{ term(key=\"side.client\") }}\n"),
        ("locales/zh.toml", "sections.rules.title = \"要求\"\n"),
        ("locales/en.toml", "sections.rules.title = \"Rules\"\n"),
    ]);
    let text = report(folder.path(), "curl-close.pcap", "lab", "en-zh", "md");
    assert!(
        text.contains("Record your own host only. client\n\n<div class=\"also\" lang=\"zh-CN\">\n\n只抓取自己的主机。"),
        "{text}"
    );
    let text = report(folder.path(), "curl-close.pcap", "lab", "zh", "md");
    assert!(text.contains("只抓取自己的主机。") && !text.contains("Record"));
}

#[test]
fn a_language_that_is_begun_speaks_another_for_the_rest() {
    let folder = folder_with(&[
        (
            "lab.toml",
            &format!("{LAB}languages = [\"de\", \"en\"]\nfallback = {{ de = \"en\" }}\ntitle.de = \"Mitschnitt\"\n"),
        ),
        ("locales/de.toml", "[sections]\naims.title = \"Ziele\"\n"),
    ]);
    let text = report(folder.path(), "curl-close.pcap", "lab", "de", "md");
    assert!(text.contains("# Mitschnitt\n") && text.contains("Ziele\n") && text.contains("Environment\n"));
    // Sentences that both say alike stand once.
    let both = report(folder.path(), "curl-close.pcap", "lab", "de-en", "md");
    assert!(both.contains("Ziele <span lang=\"en\">Aims</span>"));
}

#[test]
fn the_example_of_a_course_brings_its_logo_to_page_and_markdown() {
    let folder = tempfile::tempdir().unwrap();
    let lab = package().join("examples/custom-lab");
    for language in ["zh", "en", "zh_TW", "zh_TW-en", "en-zh_TW"] {
        let output = wirelab(folder.path())
            .args(["report", "--lang", language, "--lab"])
            .arg(&lab)
            .arg(example("page-load.pcapng"))
            .args(["-o", &format!("{language}/")])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let read = |name: &str| fs::read(folder.path().join(language).join(name)).unwrap();
        assert!(String::from_utf8(read("page-load.html")).unwrap().contains("<img src=\"data:image/png;base64,"));
        let markdown = String::from_utf8(read("page-load.md")).unwrap();
        assert!(markdown.contains("![Campus network lab](<page-load-figures/logo.png>)"));
        assert_eq!(read("page-load-figures/logo.png"), fs::read(lab.join("assets/logo.png")).unwrap());
        // What a student fills in finds the logo beside it.
        let page = wirelab(&folder.path().join(language))
            .args(["render", "page-load.md", "-o", "filled.html", "--lab"])
            .arg(&lab)
            .output()
            .unwrap();
        assert_eq!(page.status.code(), Some(0), "{}", String::from_utf8_lossy(&page.stderr));
        assert!(String::from_utf8(read("filled.html")).unwrap().contains("<img src=\"data:image/png;base64,"));
    }
}

/// The conditions of a rubric are true or false of any Report, and its evidence is a list of frames.
#[test]
fn the_conditions_of_the_built_in_rubric_can_be_asked_of_every_example() {
    let rubric = Lab::built_in(DEFAULT).unwrap().rubric().unwrap().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut met = std::collections::BTreeMap::<String, [bool; 2]>::new();
    for capture in fs::read_dir(package().join("examples/captures")).unwrap() {
        let name = capture.unwrap().file_name().into_string().unwrap();
        if !name.contains(".pcap") {
            continue;
        }
        let report: serde_json::Value =
            serde_json::from_str(&report(folder.path(), &name, DEFAULT, "en", "json")).unwrap();
        let mut context = Context::default();
        context.add_variable("report", &report).unwrap();
        context.add_variable("submission", json!({ "file": name, "student_id": "2023001" })).unwrap();
        context.add_variable("lab", json!({ "hosts": ["www.lab.example"] })).unwrap();
        let ask = |condition: &str| Program::compile(condition).unwrap().execute(&context);
        for criterion in &rubric.criteria {
            let whole = ask(&criterion.when);
            let Ok(Value::Bool(whole)) = whole else { panic!("{name}: {}: {whole:?}", criterion.id) };
            met.entry(criterion.id.clone()).or_default()[usize::from(whole)] = true;
            for condition in criterion.partial.iter().map(|level| &level.when).chain(&criterion.applies) {
                let part = ask(condition);
                assert!(matches!(part, Ok(Value::Bool(_))), "{name}: {}: {part:?}", criterion.id);
            }
            if let Some(evidence) = criterion.evidence.as_ref().filter(|_| whole) {
                let frames = ask(evidence);
                assert!(matches!(frames, Ok(Value::List(_))), "{name}: {}: {frames:?}", criterion.id);
            }
        }
    }
    for (id, [failed, passed]) in met {
        assert!(
            passed && (failed || ["file_name", "readable", "fresh"].contains(&id.as_str())),
            "{id}: {failed} {passed}"
        );
    }
}
