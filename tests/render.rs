//! `wirelab render`: what a student filled in becomes the page, and nothing in it acts.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test reads and writes files, and may panic")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use assert_cmd::Command;
use tempfile::TempDir;

const FIGURE: &str = "<svg viewBox=\"0 0 10 10\" role=\"img\"><title>A ladder</title><text x=\"1\" y=\"2\" class=\"label\">SYN</text></svg>";
/// The smallest GIF: one pixel.
const GIF: &[u8] = b"GIF89a\x01\0\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\0;";

fn wirelab(folder: &Path) -> Command {
    let mut command = Command::cargo_bin("wirelab").unwrap();
    command.current_dir(folder).timeout(Duration::from_mins(1));
    command
}

fn examples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/captures");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut captures: Vec<PathBuf> = paths.filter(|path| path.to_str().unwrap().contains(".pcap")).collect();
    captures.sort();
    captures
}

fn example(name: &str) -> PathBuf {
    examples().into_iter().find(|path| path.ends_with(name)).unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A folder with this Markdown as `r.md`.
fn folder_with(markdown: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("r.md"), markdown).unwrap();
    folder
}

/// `render r.md -o -` in a folder.
fn render(folder: &Path) -> Output {
    wirelab(folder).args(["render", "r.md", "-o", "-", "--quiet"]).output().unwrap()
}

/// The page of this Markdown, its exit code, and what was said.
fn page(markdown: &str) -> (String, i32, String) {
    let output = render(folder_with(markdown).path());
    (text(&output.stdout), output.status.code().unwrap(), text(&output.stderr))
}

#[test]
fn an_unchanged_report_of_every_example_gives_the_page_that_report_wrote() {
    for (capture, languages) in examples().iter().zip(["zh-en", "en", "zh", "en-zh"].into_iter().cycle()) {
        let folder = tempfile::tempdir().unwrap();
        let written =
            wirelab(folder.path()).args(["report", "-o", "out/", "--lang", languages]).arg(capture).output().unwrap();
        assert!(matches!(written.status.code(), Some(0 | 1)), "{written:?}");
        let names = text(&written.stdout);
        let names: Vec<&str> = names.lines().collect();
        let rendered = wirelab(folder.path()).args(["render", names[1], "-o", "again.html"]).output().unwrap();
        assert_eq!(rendered.status.code(), Some(0), "{rendered:?}");
        assert_eq!(text(&rendered.stdout), "again.html\n");
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(read(names[0]) == read("again.html"), "{}: the pages differ", capture.display());
    }
}

#[test]
fn what_a_student_writes_is_on_the_page_in_the_languages_of_the_report() {
    let folder = tempfile::tempdir().unwrap();
    wirelab(folder.path())
        .args(["report", "--lang", "en", "-o", "r.md"])
        .arg(example("reset.pcapng"))
        .output()
        .unwrap();
    let path = folder.path().join("r.md");
    let filled = fs::read_to_string(&path).unwrap() + "\n## My summary\n\nThe server reset the connection.\n";
    fs::write(&path, &filled).unwrap();
    let output = wirelab(folder.path()).args(["render", "r.md"]).output().unwrap();
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), "r.html\n".to_owned()), "{output:?}");
    let page = fs::read_to_string(folder.path().join("r.html")).unwrap();
    assert!(page.contains("<p>The server reset the connection.</p>") && page.contains("<html lang=\"en\">"));
    assert_eq!(fs::read_to_string(&path).unwrap(), filled);
}

#[test]
fn a_report_without_its_mark_still_becomes_a_page() {
    let folder = folder_with("# 我的报告\n\n正文\n");
    let output = wirelab(folder.path()).args(["render", "r.md"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stderr).contains("no mark"), "{output:?}");
    let page = fs::read_to_string(folder.path().join("r.html")).unwrap();
    assert!(page.contains("<title>我的报告</title>") && page.contains("<html lang=\"zh"));
}

#[test]
fn a_mark_names_a_built_in_lab_or_the_folder_is_asked_for() {
    let markdown = "# a\n\n<!-- wirelab 0.1.0; lab mine; languages en; text 0 -->\n";
    let folder = folder_with(markdown);
    let lab = folder.path().join("mine");
    fs::create_dir(&lab).unwrap();
    fs::write(lab.join("lab.toml"), "schema = 1\nid = \"mine\"\nextends = \"http\"\n").unwrap();
    let output = wirelab(folder.path()).args(["render", "r.md"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let message = text(&output.stderr);
    assert!(message.contains("r.md:3:") && message.contains("--lab"), "{message}");
    let output = wirelab(folder.path()).args(["render", "r.md", "--lab", "./mine"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(fs::read_to_string(folder.path().join("r.html")).unwrap().contains("<html lang=\"en\">"));
}

#[test]
fn figures_beside_the_report_are_cleaned_and_stand_in_the_page() {
    let folder = folder_with("# t\n\n![A ladder](<r-figures/ladder.svg>)\n\n![The *rest* \\<b>](r-figures/gone.svg)\n");
    fs::create_dir(folder.path().join("r-figures")).unwrap();
    let hostile = FIGURE.replace(
        "<title>",
        "<script>alert(1)</script><image href=\"https://a.example/x\" onload=\"alert(2)\"/><title>",
    );
    let styled = hostile.replace("<title>", "<style>*{}</style><title>");
    let standalone = format!("<?xml version=\"1.0\"?>\n{styled}\n<!-- x -->\n");
    fs::write(folder.path().join("r-figures/ladder.svg"), standalone).unwrap();
    let output = render(folder.path());
    let (page, said) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(page.contains(FIGURE) && !page.contains("alert") && !page.contains("a.example"));
    assert!(page.contains("<p>The <em>rest</em> &lt;b&gt;</p>"), "the text alternative stands for a missing figure");
    assert!(said.contains("r.md:5:") && said.contains("r-figures/gone.svg"), "{said}");
}

#[test]
fn pictures_below_the_report_are_in_the_page_and_others_are_named() {
    let folder = folder_with(
        "# t\n\n![shot](img/my%20shot.png)\n![again](<img/my shot.png>)\n![net](https://a.example/x.png)\n\
         ![up](../x.png)\n![page](evil.png)\n![svg](own.svg)\n<img src=\"img/my shot.png\">\n",
    );
    fs::create_dir(folder.path().join("img")).unwrap();
    fs::write(folder.path().join("img/my shot.png"), GIF).unwrap();
    fs::write(folder.path().join("evil.png"), "<script>alert(1)</script>").unwrap();
    fs::write(folder.path().join("own.svg"), FIGURE).unwrap();
    let output = render(folder.path());
    let (page, said) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(page.matches("<img src=\"data:image/gif;base64,R0lGODlh").count(), 2);
    assert!(page.contains("alt=\"shot\">") && page.contains("alt=\"again\">"));
    assert!(!page.contains("a.example") && !page.contains("alert(1)"));
    for (line, why) in [(5, "on the network"), (6, "below the folder"), (7, "no PNG"), (8, "no PNG"), (9, "in HTML")] {
        let named = said.lines().any(|message| message.contains(&format!("r.md:{line}:")) && message.contains(why));
        assert!(named, "{line} {why}: {said}");
    }
}

#[cfg(unix)]
#[test]
fn no_link_leads_out_of_the_folder_of_the_report() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("a.gif"), GIF).unwrap();
    fs::write(outside.path().join("ladder.svg"), FIGURE).unwrap();
    let folder = folder_with("![a](a.gif)\n![b](out-figures/ladder.svg)\n");
    std::os::unix::fs::symlink(outside.path().join("a.gif"), folder.path().join("a.gif")).unwrap();
    std::os::unix::fs::symlink(outside.path(), folder.path().join("out-figures")).unwrap();
    let output = render(folder.path());
    let page = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1));
    assert!(!page.contains("<img") && !page.contains("<svg"));
}

#[test]
fn html_of_a_student_is_shown_and_never_acts() {
    let (page, code, _) = page(
        "# t\n\n<script>alert(2)</script>\n\n<style>body{display:none}</style>\n\n\
         [a](javascript:alert(3)) <b onclick=\"alert(4)\" style=\"position:fixed\">bold</b>\n\n\
         <iframe src=\"https://a.example\"></iframe>\n\n<link rel=stylesheet href=\"https://a.example\">\n\n\
         <meta http-equiv=refresh content=\"0;url=https://a.example\">\n\n<base href=\"https://a.example\">\n\n\
         <object data=x></object><svg onload=\"alert(5)\"></svg><form action=x><input name=y></form>\n\n\
         <table><tr><td><table><tr><td>inner</td></tr></table></td></tr></table>\n",
    );
    assert_eq!(code, 0);
    assert!(page.contains("<b>bold</b>") && page.contains("inner"));
    let body = page.split_once("<body>").unwrap().1;
    for acts in [
        "<script",
        "alert(",
        "javascript:",
        "onclick",
        "style=",
        "<iframe",
        "<link",
        "<meta",
        "<base",
        "<svg",
        "<form",
        "<input",
        "a.example",
        "display:none",
    ] {
        assert!(!body.contains(acts), "{acts}");
    }
}

#[test]
fn lines_in_an_answer_box_stay_lines() {
    let (page, ..) = page("# t\n\n<div class=\"answer\">\n\n第一行\n第二行\n\n</div>\n\na\nb\n");
    assert!(page.contains("<p>第一行<br>\n第二行</p>") && page.contains("<p>a\nb</p>"), "{page}");
}

#[test]
fn what_is_no_report_is_refused_with_what_to_do() {
    let folder = folder_with("");
    let check = |name: &str, content: &[u8], said: &[&str]| {
        fs::write(folder.path().join(name), content).unwrap();
        let output = wirelab(folder.path()).args(["render", name]).output().unwrap();
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{name}: {message}");
        assert!(message.contains(name) && said.iter().all(|said| message.contains(said)), "{message}");
    };
    check("empty.md", b"\n", &["is empty", ".md file"]);
    check("gbk.md", b"# \xd6\xd0\xce\xc4", &["not UTF-8 at byte 2", "save it as UTF-8"]);
    check("page.md", b"<!DOCTYPE html><p>", &["a page already"]);
    check("capture.md", &fs::read(example("reset.pcapng")).unwrap(), &["not UTF-8", "`wirelab report`"]);
    check("large.md", &vec![b'a'; 5 << 20], &["larger than 4194304 bytes"]);
    let output = wirelab(folder.path()).args(["render", "missing.md"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("missing.md"));
    let output = wirelab(folder.path()).args(["render", "r.md", "-o", "-", "--open"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty() && text(&output.stderr).contains("--open"));
}

#[test]
fn a_page_that_was_edited_and_the_report_itself_are_not_overwritten() {
    let folder = folder_with("# t\n");
    let code = |arguments: &[&str]| {
        wirelab(folder.path()).arg("render").arg("r.md").args(arguments).output().unwrap().status.code()
    };
    assert_eq!(code(&[]), Some(0));
    fs::write(folder.path().join("r.md"), "# t\n\nmore\n").unwrap();
    assert_eq!(code(&[]), Some(0), "a page as wirelab wrote it is replaced");
    let page = folder.path().join("r.html");
    let edited = fs::read_to_string(&page).unwrap().replace("more", "less");
    fs::write(&page, &edited).unwrap();
    assert_eq!(code(&[]), Some(2));
    assert_eq!(fs::read_to_string(&page).unwrap(), edited);
    assert_eq!(code(&["--force"]), Some(0));
    assert!(fs::read_to_string(&page).unwrap().contains("more"));
    assert_eq!(code(&["--force", "-o", "r.md"]), Some(2), "the report is never overwritten by its page");
    assert_eq!(fs::read_to_string(folder.path().join("r.md")).unwrap(), "# t\n\nmore\n");
}

/// What `text` gives for each number below `count`.
fn each(count: usize, text: impl Fn(usize) -> String) -> String {
    (0..count).map(text).collect::<Vec<_>>().concat()
}

/// Markdown that takes programs long: each is a page or an error within the time limit of the command.
#[test]
fn markdown_made_to_take_long_does_not() {
    let long = 1_000_000;
    let cases: Vec<(&str, String)> = vec![
        ("brackets", "[".repeat(long)),
        ("pictures", "![".repeat(long / 2)),
        ("links", "[a](".repeat(long / 4)),
        ("quotes", ">".repeat(long)),
        ("lists", "- ".repeat(long / 2)),
        ("emphasis", "*a _b ".repeat(long / 6)),
        ("backticks", (1..1400).map(|n| "`".repeat(n) + "a").collect()),
        ("elements", "<div>".repeat(long / 5)),
        ("inline elements", format!("a {}", "<b>".repeat(long / 3))),
        ("formats", each(200, |n| format!("<b title={n}>")) + &"<p>".repeat(long / 3)),
        ("attributes", format!("<div {}>", each(long / 8, |n| format!("a{n} ")))),
        ("hidden attributes", format!("<div x=\">\" {}>", each(long / 8, |n| format!("a{n} ")))),
        ("tables", "<table><tr><td>".repeat(long / 15)),
        ("comments", "<!-- ".repeat(long / 5)),
        ("entities", "&amp".repeat(long / 4)),
        ("rows", format!("|a|\n|-|\n{}", "|b|c\n".repeat(long / 5))),
        ("wide tables", format!("{}\n{}\n{}", "|a".repeat(2000), "|-".repeat(2000), "|b\n".repeat(long / 3))),
        ("references", each(long / 12, |n| format!("[{n}]: x\n[{n}] "))),
        ("definitions", format!("[a]: {}\n{}", "x".repeat(1000), "[a]".repeat(long / 3))),
        ("figures", "![a](r-figures/ladder.svg)".repeat(long / 26)),
        ("stand-ins", "<wl-figure name=\"ladder\"></wl-figure>".repeat(long / 37)),
        ("headings", "## <a id=\"a\"></a>b\n".repeat(long / 19)),
    ];
    for (name, markdown) in cases {
        let folder = folder_with(&markdown);
        let output = wirelab(folder.path())
            .timeout(Duration::from_secs(20))
            .args(["render", "r.md", "--quiet"])
            .output()
            .unwrap();
        let said = text(&output.stderr);
        assert!(matches!(output.status.code(), Some(0..=2)), "{name}: {:?} {said}", output.status);
        assert!(!said.contains("panicked"), "{name}: {said}");
        assert!(said.len() < 10_000, "{name}: {} bytes of messages", said.len());
    }
}
