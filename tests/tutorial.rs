//! The tutorials in `docs/` are what happens: their commands are run, their files written, their outputs compared.
//!
//! A block ```` ```console ```` holds commands after `$ ` and what they print; `…` stands for any further lines. A block before which a line
//! says ``Write `file`:``, ``Add to `file`:`` or ``Replace in `file`:`` is what the reader types into that file. `WIRELAB_UPDATE=1` writes the outputs anew.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test runs commands, and may panic"
)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

/// A capture that the tutorials call `capture.pcapng`.
const CAPTURE: &str = "examples/captures/page-load.pcapng";
/// What stands for any further lines of an output.
const MORE: &str = "…";

#[test]
fn the_tutorial_of_labs_is_what_happens() {
    follow("docs/labs.md");
}

/// What a line before a block says about it.
fn file_named<'l>(line: &'l str, verb: &str) -> Option<&'l str> {
    line.strip_prefix(verb)?.split('`').nth(1)
}

fn follow(tutorial: &str) {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(package.join(tutorial)).unwrap().replace("\r\n", "\n");
    let folder = tempfile::tempdir().unwrap();
    fs::copy(package.join(CAPTURE), folder.path().join("capture.pcapng")).unwrap();

    let mut followed = String::new();
    let mut before = "";
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        followed.push_str(line);
        followed.push('\n');
        if let Some(kind) = line.strip_prefix("```").filter(|_| !line.is_empty()) {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            if kind == "console" {
                followed.push_str(&run(&block, folder.path()));
            } else {
                let content = block.join("\n") + "\n";
                if let Some(file) = file_named(before, "Write ") {
                    let path = folder.path().join(file);
                    fs::create_dir_all(path.parent().unwrap()).unwrap();
                    fs::write(path, &content).unwrap();
                } else if let Some(file) = file_named(before, "Add to ") {
                    let path = folder.path().join(file);
                    let there = fs::read_to_string(&path).unwrap();
                    fs::write(path, there + &content).unwrap();
                } else if let Some(file) = file_named(before, "Replace in ") {
                    replace(&folder.path().join(file), &block);
                }
                followed.push_str(&content);
            }
            followed.push_str("```\n");
        }
        if !line.is_empty() {
            before = line;
        }
    }
    if std::env::var_os("WIRELAB_UPDATE").is_some() {
        fs::write(package.join(tutorial), &followed).unwrap();
    }
    let differs = followed.lines().zip(text.lines()).position(|(now, said)| now != said);
    if let Some(line) = differs.or((followed != text).then_some(0)) {
        let now = followed.lines().nth(line).unwrap_or_default();
        panic!("{tutorial}:{}: what happens is `{now}`; WIRELAB_UPDATE=1 writes it", line + 1);
    }
}

/// Replaces the lines after `- ` by those after `+ ` in a file.
fn replace(path: &Path, block: &[&str]) {
    let lines = |mark: &str| block.iter().filter_map(|line| line.strip_prefix(mark)).collect::<Vec<_>>().join("\n");
    let (old, new) = (lines("- "), lines("+ "));
    let text = fs::read_to_string(path).unwrap();
    assert!(!old.is_empty() && text.contains(&old), "{}: no `{old}`", path.display());
    fs::write(path, text.replace(&old, &new)).unwrap();
}

/// Runs the commands of a block; gives the block with what they print.
fn run(block: &[&str], folder: &Path) -> String {
    let mut text = String::new();
    let mut lines = block.iter().peekable();
    while let Some(line) = lines.next() {
        let command = line.strip_prefix("$ ").unwrap_or_else(|| panic!("`{line}` is no command"));
        let mut said: Vec<&str> = Vec::new();
        while let Some(output) = lines.next_if(|line| !line.starts_with("$ ")) {
            said.push(output);
        }
        let printed = printed(command, folder);
        text.push_str(line);
        text.push('\n');
        for (place, output) in printed.iter().enumerate() {
            if said.get(place) == Some(&MORE) {
                text.push_str(MORE);
                text.push('\n');
                break;
            }
            text.push_str(output);
            text.push('\n');
        }
    }
    text
}

/// The lines that a command prints, those on standard error after those on standard output.
fn printed(command: &str, folder: &Path) -> Vec<String> {
    let mut words = command.split_whitespace();
    assert_eq!(words.next(), Some("wirelab"), "{command}");
    let words: Vec<&str> = words.collect();
    let mut program = Command::new(assert_cmd::cargo::cargo_bin("wirelab"));
    program.current_dir(folder).args(&words);
    if words.starts_with(&["lab", "preview"]) {
        // It serves until it is stopped: what it says at the beginning is its output.
        let mut server = program.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(server.stdout.as_mut().unwrap()).read_line(&mut first).unwrap();
        server.kill().unwrap();
        server.wait().unwrap();
        return vec![first.trim_end().to_owned()];
    }
    let output = program.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    text.lines().map(str::to_owned).collect()
}
