//! What the commands write, what they refuse to overwrite, and what they open.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test reads and writes files, and may panic")]

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use tempfile::TempDir;

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/captures").join(name)
}

/// Exit code, standard output and standard error of `wirelab` in a folder.
fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::cargo_bin("wirelab").unwrap().current_dir(folder).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// A folder with a capture called `name` in it.
fn folder_with(example_name: &str, name: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(example(example_name), folder.path().join(name)).unwrap();
    folder
}

/// Every file below a folder with its content, in order of name.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(contents(&path));
        } else {
            found.push((path.clone(), fs::read(&path).unwrap()));
        }
    }
    found.sort();
    found
}

const ALL: [&str; 6] = ["report", "a.pcapng", "--format", "html,md,json", "-o", "out"];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    ALL.iter().copied().chain(more.iter().copied()).collect()
}

#[test]
fn outputs_as_wirelab_wrote_them_are_replaced() {
    let folder = folder_with("keep-alive.pcapng", "a.pcapng");
    let code = |more: &[&str]| run(folder.path(), &with(more));
    assert_eq!(code(&[]).0, 0);
    let first = contents(folder.path());
    assert!(first.iter().any(|(path, _)| path.ends_with("out/a-figures/ladder.svg")));
    assert_eq!(code(&[]).0, 0);
    assert_eq!(contents(folder.path()), first);
    for flags in [
        &["--lang", "en", "--stream", "0", "--student-name", "张三"][..],
        &["--show-secrets", "--time-zone", "Europe/Berlin", "--host", "www.lab.example"],
        &["--lang", "zh"],
    ] {
        let (code, _, said) = code(flags);
        assert_eq!(code, 0, "{flags:?}: {said}");
    }
    assert_eq!(code(&[]).0, 0);
    assert_eq!(contents(folder.path()), first);
}

#[test]
fn one_edited_output_keeps_all_from_being_written() {
    for name in ["a.html", "a.md", "a.json", "a-figures/ladder.svg"] {
        let folder = folder_with("keep-alive.pcapng", "a.pcapng");
        run(folder.path(), &with(&[]));
        let edited = folder.path().join("out").join(name);
        let text = fs::read_to_string(&edited).unwrap();
        let changed = text.replacen("keep-alive", "kept-alive", 1).replacen("SYN", "syn", 1);
        assert_ne!(text, changed, "{name}");
        fs::write(&edited, changed).unwrap();
        let before = contents(folder.path());
        let (code, out, said) = run(folder.path(), &with(&["--lang", "en"]));
        assert_eq!((code, out.as_str()), (2, ""), "{name}");
        assert!(said.contains(Path::new(name).file_name().unwrap().to_str().unwrap()), "{said}");
        assert!(said.contains("--force"), "{said}");
        assert_eq!(contents(folder.path()), before, "{name}");
        assert_eq!(run(folder.path(), &with(&["--force"])).0, 0);
        assert_eq!(fs::read_to_string(&edited).unwrap(), text, "{name}");
    }
}

#[test]
fn files_of_others_are_not_overwritten_and_the_capture_never_is() {
    let folder = folder_with("curl-close.pcap", "a.pcapng");
    fs::create_dir(folder.path().join("out")).unwrap();
    for (name, content) in [("a.html", "<p>mine</p>"), ("a.md", "# mine\n"), ("a.json", "{\"mine\": 1}\n")] {
        let path = folder.path().join("out").join(name);
        fs::write(&path, content).unwrap();
        let before = contents(folder.path());
        let (code, _, said) = run(folder.path(), &with(&[]));
        assert_eq!(code, 2);
        assert!(said.contains(name) && said.contains("--force"), "{said}");
        assert_eq!(contents(folder.path()), before);
        fs::remove_file(path).unwrap();
    }
    let capture = fs::read(folder.path().join("a.pcapng")).unwrap();
    let (code, ..) = run(folder.path(), &["report", "a.pcapng", "--format", "md", "-o", "a.pcapng", "--force"]);
    assert_eq!(code, 2);
    assert_eq!(fs::read(folder.path().join("a.pcapng")).unwrap(), capture);
}

#[test]
fn a_filled_in_report_of_another_capture_is_kept_and_a_written_one_replaced() {
    let folder = folder_with("curl-close.pcap", "a.pcapng");
    assert_eq!(run(folder.path(), &["report", "a.pcapng"]).0, 0);
    fs::copy(example("reset.pcapng"), folder.path().join("a.pcapng")).unwrap();
    assert_eq!(run(folder.path(), &["report", "a.pcapng"]).0, 1);
    assert_eq!(run(folder.path(), &["report", "a.pcapng", "--format", "json", "-o", "a.json"]).0, 1);
    fs::copy(example("curl-close.pcap"), folder.path().join("a.pcapng")).unwrap();
    let (code, _, said) = run(folder.path(), &["report", "a.pcapng", "--format", "json", "-o", "a.json"]);
    assert_eq!(code, 2, "whether a JSON report on another capture was edited is not known: {said}");
}

#[test]
fn the_output_option_takes_one_file_or_a_folder() {
    let folder = folder_with("curl-close.pcap", "a.pcapng");
    let names = |arguments: &[&str]| {
        let (code, out, said) = run(folder.path(), &[&["report", "a.pcapng"], arguments].concat());
        if code == 2 { Err(said) } else { Ok(out.lines().map(str::to_owned).collect::<Vec<_>>()) }
    };
    assert_eq!(names(&["-o", "x.html"]).unwrap(), ["x.html"]);
    assert_eq!(names(&["-o", "y.MD"]).unwrap(), ["y.MD"]);
    assert_eq!(names(&["-o", "z.json"]).unwrap(), ["z.json"]);
    assert_eq!(names(&["-o", "plain", "--format", "md"]).unwrap(), ["plain"]);
    assert!(folder.path().join("plain-figures").is_dir());
    assert_eq!(names(&["-o", "new"]).unwrap(), ["new/a.html", "new/a.md"]);
    assert_eq!(names(&["-o", "one/", "--format", "md,md"]).unwrap(), ["one/a.md"]);
    assert!(names(&["-o", "x.html", "--format", "html,md"]).unwrap_err().contains("one format"));
    assert!(names(&["-o", "missing/x.html"]).unwrap_err().contains("missing/x.html"));
    assert!(!folder.path().join("missing").exists());
    let (code, out, _) = run(folder.path(), &["report", "a.pcapng", "--format", "md", "-o", "-"]);
    assert_eq!(code, 0);
    assert!(!out.contains(".svg"), "standard output has no place for figures");
}

#[test]
fn odd_names_of_captures_give_reports_that_render_finds_its_figures_of() {
    for name in ["my capture #1 (a)", "抓包 50%", "report", "a]b[c<d>", "-x", "a\"'`b"] {
        let folder = folder_with("curl-close.pcap", &format!("{name}.pcap"));
        let capture = format!("./{name}.pcap");
        let (code, out, said) = run(folder.path(), &[&capture]);
        assert_eq!(code, 0, "{name}: {said}");
        assert_eq!(out, format!("{name}.html\n{name}.md\n"));
        let written = fs::read(folder.path().join(format!("{name}.html"))).unwrap();
        let (code, _, said) = run(folder.path(), &["render", &format!("./{name}.md"), "-o", "again.html"]);
        assert_eq!(code, 0, "{name}: {said}");
        assert!(fs::read(folder.path().join("again.html")).unwrap() == written, "{name}");
    }
}

#[cfg(unix)]
#[test]
fn names_that_are_not_utf_8_are_written_as_far_as_they_are() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let name = std::ffi::OsStr::from_bytes(b"\xd7\xa5\xb0\xfc.pcap");
    fs::copy(example("curl-close.pcap"), folder.path().join(name)).unwrap();
    let output = Command::cargo_bin("wirelab").unwrap().current_dir(folder.path()).arg(name).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let names = String::from_utf8(output.stdout).unwrap();
    assert!(names.lines().all(|name| folder.path().join(name).is_file()), "{names}");
}

#[test]
fn a_single_argument_is_a_capture_unless_it_is_a_command() {
    let folder = folder_with("curl-close.pcap", "inspect");
    fs::copy(example("curl-close.pcap"), folder.path().join("help")).unwrap();
    assert_eq!(run(folder.path(), &["./inspect"]).1, "inspect.html\ninspect.md\n");
    let (code, _, said) = run(folder.path(), &["inspect"]);
    assert_eq!(code, 2);
    assert!(said.contains("<CAPTURE>"), "{said}");
    assert!(run(folder.path(), &["help"]).1.contains("Exit codes"));
    fs::write(folder.path().join("报告.md"), "# report\n").unwrap();
    let (code, _, said) = run(folder.path(), &["报告.md"]);
    assert_eq!(code, 2);
    assert!(said.contains("wirelab render 报告.md"), "{said}");
    let (code, _, said) = run(folder.path(), &["missing.pcapng"]);
    assert_eq!(code, 2);
    assert!(said.contains("cannot open missing.pcapng"), "{said}");
}

#[test]
fn secrets_are_shown_when_asked_for() {
    let text = |flags: &[&str]| {
        let folder = folder_with("redirect-cookie.pcapng", "a.pcapng");
        let arguments = [&["report", "a.pcapng", "--frame", "14", "--format", "md", "-o", "-"], flags].concat();
        run(folder.path(), &arguments).1
    };
    assert!(text(&[]).contains("••••••"));
    assert!(text(&[]).contains("masked in this report"));
    let shown = text(&["--show-secrets"]);
    assert!(!shown.contains("••••••") && !shown.contains("masked in this report"));
}

#[cfg(target_os = "linux")]
#[test]
fn the_page_is_opened_after_it_is_written() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder_with("curl-close.pcap", "a.pcapng");
    let opener = folder.path().join("bin/xdg-open");
    fs::create_dir(folder.path().join("bin")).unwrap();
    fs::write(&opener, "#!/bin/sh\n/bin/cp \"$1\" opened.html\n").unwrap();
    fs::set_permissions(&opener, PermissionsExt::from_mode(0o755)).unwrap();
    let open = |arguments: &[&str]| {
        let mut command = Command::cargo_bin("wirelab").unwrap();
        command.current_dir(folder.path()).env("PATH", folder.path().join("bin")).args(arguments).output().unwrap()
    };
    let (page, opened) = (folder.path().join("a.html"), folder.path().join("opened.html"));
    for command in [&["report", "a.pcapng", "--open"][..], &["render", "a.md", "--open"]] {
        assert_eq!(open(command).status.code(), Some(0));
        for _ in 0..100 {
            if fs::read(&opened).is_ok_and(|opened| opened == fs::read(&page).unwrap()) {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        assert_eq!(fs::read(&opened).unwrap(), fs::read(&page).unwrap());
        fs::remove_file(&opened).unwrap();
    }
    for wrong in [&["--format", "md", "-o", "b.md"][..], &["--format", "html", "-o", "-"], &["--format", "json"]] {
        let output = open(&[&["report", "a.pcapng", "--open"], wrong].concat());
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stdout.is_empty() && String::from_utf8(output.stderr).unwrap().contains("--format html"));
        assert!(!folder.path().join("b.md").exists());
    }
    fs::remove_file(&opener).unwrap();
    let output = open(&["report", "a.pcapng", "--open"]);
    assert_eq!(output.status.code(), Some(0), "the page is written though nothing opens it");
    assert!(String::from_utf8(output.stderr).unwrap().contains("cannot open a.html"));
}

#[test]
fn what_is_no_capture_is_named_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let capture = fs::read(example("curl-close.pcap")).unwrap();
    fs::create_dir(folder.path().join("dir.pcap")).unwrap();
    let cases: [(&str, &[u8], &str, &str); 6] = [
        ("page.pcapng", b"<!DOCTYPE html>", "an HTML page", "download the file itself"),
        ("report.docx", b"PK\x03\x04", "an Office document", "unpack it"),
        ("empty.pcapng", b"", "an empty file", "record the capture again"),
        ("header.pcap", &capture[..20], "header at byte 0 is cut", "copy or record"),
        ("frame.pcap", &capture[..60], "no frame could be read", "copy or record"),
        ("dir.pcap", b"", "it is a folder", "give a file in it"),
    ];
    for (name, content, what, remedy) in cases {
        if name != "dir.pcap" {
            fs::write(folder.path().join(name), content).unwrap();
        }
        let (code, out, said) = run(folder.path(), &["report", name, "-o", "out/"]);
        assert_eq!((code, out.as_str()), (2, ""), "{name}");
        assert!(said.contains(name) && said.contains(what) && said.contains(remedy), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    assert!(!folder.path().join("out").exists());
    fs::write(folder.path().join("none.pcap"), &capture[..24]).unwrap();
    let (code, out, said) = run(folder.path(), &["report", "none.pcap", "--format", "md"]);
    assert_eq!((code, out.as_str()), (1, "none.md\n"), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_written_to_stays_as_it_was() {
    let folder = folder_with("curl-close.pcap", "a.pcapng");
    fs::write(folder.path().join("file"), "x").unwrap();
    fs::create_dir(folder.path().join("a-figures")).unwrap();
    fs::create_dir(folder.path().join("a-figures/ladder.svg")).unwrap();
    let before = contents(folder.path());
    for (output, said) in [
        ("file/a.md", "cannot write file/a.md"),
        ("a.md", "a folder has that name"),
        ("/proc/a.md", "cannot write /proc/a.md"),
    ] {
        let (code, _, message) = run(folder.path(), &["report", "a.pcapng", "-o", output]);
        assert_eq!(code, 2, "{output}");
        assert!(message.contains(said) && !message.contains(".tmp"), "{message}");
        assert_eq!(contents(folder.path()), before);
    }
}
