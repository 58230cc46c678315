//! Labs that somebody else made: whatever their templates do, the program ends in time, within its memory, with a message that
//! names the file, and writes nothing.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test writes files, prints, and may panic"
)]

mod support;

use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use support::cost::{Cost, run_told};

/// What a rendering may take more than before (1 GiB), what the program needs besides, and what a busy machine lets grow between two looks.
const MOST_MEMORY: u64 = (1 << 30) + (512 << 20);
/// The bound on a rendering is 30 seconds; a busy machine takes longer to begin and to end.
const LONGEST: Duration = Duration::from_mins(2);

const LAB: &str = "schema = 1\nid = \"hostile\"\nextends = \"http\"\nsections = [\"aims\"]\n";
const FOREVER: &str = "{% for a in range(end=99999) %}{% for b in range(end=99999) %}{% endfor %}{% endfor %}";

/// A lab, and what the message has to say.
struct Hostile {
    name: &'static str,
    files: Vec<(&'static str, String)>,
    told: &'static [&'static str],
}

fn section(name: &'static str, text: impl Into<String>, told: &'static [&'static str]) -> Hostile {
    Hostile { name, files: vec![("sections/aims.md", text.into())], told }
}

fn sentence(name: &'static str, locale: &str, told: &'static [&'static str]) -> Hostile {
    let section = ("sections/aims.md", "{{ say(key=\"hostile\") }}".to_owned());
    Hostile { name, files: vec![section, ("locales/en.toml", locale.to_owned())], told }
}

/// A text that each of `steps` lines makes larger.
fn growing(step: &str, steps: usize) -> String {
    format!("{{% set x = \"aaaaaaaa\" %}}\n{}{{{{ x | length }}}}", format!("{step}\n").repeat(steps))
}

fn report(folder: &Path, hostile: &Hostile) -> (Cost, String, Duration) {
    let lab = folder.join("lab");
    for (file, text) in [("lab.toml", LAB)].into_iter().chain(hostile.files.iter().map(|(file, text)| (*file, &**text)))
    {
        let path = lab.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let capture = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/captures/curl-close.pcap");
    let begun = Instant::now();
    let arguments = ["report", capture, "--lab", "lab", "--lang", "en", "--format", "html,md", "-o", "out/"];
    let (cost, told) = run_told(folder, &arguments);
    (cost, told, begun.elapsed())
}

/// Runs all of them, three at a time.
fn check(all: Vec<Hostile>) {
    let faults = Mutex::new(Vec::new());
    let all = Mutex::new(all);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                loop {
                    let Some(hostile) = all.lock().unwrap().pop() else { break };
                    let folder = tempfile::tempdir().unwrap();
                    let (cost, told, time) = report(folder.path(), &hostile);
                    println!("{}: {} MiB, {time:?}\n{told}", hostile.name, cost.peak >> 20);
                    let is_told = hostile.told.iter().all(|part| told.contains(part)) && !told.contains("panicked");
                    let left: Vec<_> =
                        folder.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
                    let is_bounded = cost.peak < MOST_MEMORY && time < LONGEST;
                    if cost.code != Some(2) || !is_told || !is_bounded || left != ["lab"] {
                        faults.lock().unwrap().push(format!("{}: {cost:?} {time:?} {left:?}: {told}", hostile.name));
                    }
                }
            });
        }
    });
    let faults = faults.into_inner().unwrap();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_rendering_that_takes_too_long_is_ended() {
    let page = Hostile {
        name: "a loop in the page",
        files: vec![("page.html", FOREVER.to_owned())],
        told: &["lab lab: page.html: ", "not rendered after 30 seconds; nothing is written"],
    };
    check(vec![
        section(
            "a loop",
            FOREVER,
            &["lab lab: sections/aims.md: ", "not rendered after 30 seconds; nothing is written"],
        ),
        sentence("a loop in a sentence", &format!("\nhostile = \"{FOREVER}\"\n"), &["lab lab: locales/en.toml:2: "]),
        page,
    ]);
}

#[test]
fn a_rendering_that_takes_too_much_memory_is_ended() {
    // On a machine that is too busy to fill the memory, the time is over first.
    let told = &["lab lab: sections/aims.md: ", "nothing is written. Look there for "][..];
    let large = growing("{% set x = x ~ x %}", 25);
    let arrays =
        format!("{{% set x = range(end=99999) %}}{}{{{{ x | length }}}}", "{% set x = [...x, ...x] %}\n".repeat(30));
    let maps = format!(
        "{{% set x = {{\"a\": \"aaaa\"}} %}}{}{{{{ x | str | length }}}}",
        "{% set x = {\"a\": x, \"b\": x} %}\n".repeat(40)
    );
    let lines = format!(
        "{{% set x = \"a\n\n\" %}}{}{{% set y = x | indent(width=1000, blank=true) %}}{{{{ y | length }}}}",
        "{% set x = x ~ x %}\n".repeat(21)
    );
    check(vec![
        section("a text joined to itself", growing("{% set x = x ~ x %}", 40), told),
        section("a block printed twice", growing("{% set x %}{{ x }}{{ x }}{% endset %}", 40), told),
        section("replace", growing("{% set x = x | replace(from=\"a\", to=x) %}", 9), told),
        section("join", growing("{% set x = [x, x, x, x] | join(sep=x) %}", 20), told),
        section("split", format!("{large}{{% set y = x | split(pat=\"\") %}}{{{{ y | length }}}}"), told),
        section("lists", arrays, told),
        section("maps", maps, told),
        section("indent", lines, told),
        sentence(
            "a sentence",
            &format!("hostile = '''{}'''\n", growing("{% set x = x ~ x %}", 40)),
            &["lab lab: locales/en.toml:1: ", "nothing is written. Look there for "],
        ),
    ]);
}

#[test]
fn nesting_ends_with_a_message() {
    let component = "{% component r(n) %}{{ <r n={n} /> }}{% endcomponent r %}{{ <r n={1} /> }}";
    let again = "hostile = '''{% set depth = 0 %}{{ say(key=\"hostile\", depth=0) }}'''\n";
    // Each sentence brings an engine, and so a depth of components, of its own.
    let both = "hostile = '''{% component r(n) %}{{ say(key=\"hostile\") }}{{ <r n={n} /> }}{% endcomponent r %}{{ <r n={1} /> }}'''\n";
    check(vec![
        section(
            "blocks",
            format!("{}x{}", "{% if true %}".repeat(5000), "{% endif %}".repeat(5000)),
            &["sections/aims.md"],
        ),
        section(
            "parentheses",
            format!("{{{{ {}1{} }}}}", "(".repeat(100_000), ")".repeat(100_000)),
            &["sections/aims.md"],
        ),
        section("a component in itself", component, &["sections/aims.md", "recursion depth"]),
        section("a file in itself", "{% include \"sections/aims.md\" %}", &["sections/aims.md"]),
        section("a file that extends itself", "{% extends \"sections/aims.md\" %}", &["sections/aims.md"]),
        sentence("a sentence in itself", again, &["locales/en.toml:1", "may nest"]),
        sentence("components in sentences in components", both, &["locales/en.toml:1"]),
    ]);
}

#[test]
fn templates_reach_nothing_but_the_lab() {
    let file = &["sections/aims.md"][..];
    check(vec![
        section(
            "a file of the system",
            "{% include \"/etc/passwd\" %}",
            &["sections/aims.md:1", "there is no template `/etc/passwd`"],
        ),
        section("a file above the lab", "{% include \"../../../../etc/passwd\" %}", file),
        section("a file above the lab, by extends", "{% extends \"../secret.md\" %}", &["../secret.md"]),
        section(
            "the environment",
            "{{ get_env(name=\"HOME\") }}",
            &["sections/aims.md:1", "there is no function `get_env`"],
        ),
        section("the network", "{{ load_data(url=\"http://127.0.0.1/\") }}", &["there is no function `load_data`"]),
        section("a command", "{{ exec(command=\"id\") }}", &["there is no function `exec`"]),
        section("the clock", "{{ now() }}", &["there is no function `now`"]),
    ]);
}

#[test]
fn files_that_nest_or_hold_too_much_are_refused() {
    let locale = |name, text: String, told| Hostile { name, files: vec![("locales/en.toml", text)], told };
    let keys: Vec<String> = (0..20_001).map(|n| format!("k{n} = \"x\"\n")).collect();
    let keys = keys.concat();
    check(vec![
        locale("lists", format!("a = {}{}", "[".repeat(100_000), "]".repeat(100_000)), &["locales/en.toml:1: "]),
        locale("tables", format!("a = {}1{}", "{a=".repeat(50_000), "}".repeat(50_000)), &["locales/en.toml:1: "]),
        locale("dotted keys", format!("{} = \"x\"\n", vec!["a"; 200_000].join(".")), &["locales/en.toml:1: "]),
        locale("dotted heads", format!("[{}]\nx = \"x\"\n", vec!["a"; 200_000].join(".")), &["locales/en.toml:1: "]),
        locale("too many texts", keys, &["locales/en.toml:", "a language has at most 20000 texts"]),
        section("a large file", "x".repeat((1 << 20) + 1), &["lab/sections/aims.md: ", "at most 1024 KiB"]),
    ]);
}

#[test]
fn a_folder_that_is_no_lab_is_refused() {
    let run = |prepare: &dyn Fn(&Path), told: &str| {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("lab")).unwrap();
        prepare(&folder.path().join("lab"));
        let (cost, said, time) = report(folder.path(), &section("a folder", "x", &[]));
        assert!(cost.code == Some(2) && said.contains(told) && time < LONGEST, "{told}: {cost:?} {said}");
    };
    run(
        &|lab| std::os::unix::fs::symlink("/etc/passwd", lab.join("report.md")).unwrap(),
        "lab/report.md: a link out of the lab",
    );
    run(&|lab| std::os::unix::fs::symlink("/", lab.join("assets")).unwrap(), "lab/assets: a link out of the lab");
    run(&|lab| std::os::unix::fs::symlink(".", lab.join("parts")).unwrap(), "lab/parts: a link out of the lab");
    run(
        &|lab| std::fs::create_dir_all(lab.join("a/b/c/d/e")).unwrap(),
        "lab/a/b/c/d/e: the folders of a lab are at most 4 deep",
    );
    let pipe = |lab: &Path| {
        assert!(std::process::Command::new("mkfifo").arg(lab.join("style.css")).status().unwrap().success());
    };
    run(&pipe, "lab/style.css: neither a file nor a folder");
    let many = |lab: &Path| (0..1001).for_each(|n| std::fs::write(lab.join(format!("{n}.txt")), "x").unwrap());
    run(&many, "lab: more than 1000 files or 32 MiB");
}

/// What is beside a lab's files is left alone: another program's folder, a capture to try the lab with.
#[test]
fn what_is_no_part_of_a_lab_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let lab = folder.path().join("lab");
    std::fs::create_dir_all(lab.join(".git/a/b/c/d/e")).unwrap();
    std::fs::write(lab.join("capture.pcapng"), vec![0; 5 << 20]).unwrap();
    let (cost, told, _) = report(folder.path(), &section("a lab", "Fine.", &[]));
    assert_eq!(cost.code, Some(0), "{told}");
    assert!(std::fs::read_to_string(folder.path().join("out/curl-close.md")).unwrap().contains("Fine."));
}
