//! `wirelab lab preview` in use: a lab is edited, broken and repaired while a client, and a real browser, look at the report.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    dead_code,
    reason = "a test writes files, reads the environment and may panic; the browser's module is shared"
)]

#[path = "page/chromium.rs"]
mod chromium;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use chromium::Browser;
use serde_json::Value;

const CAPTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/captures/curl-close.pcap");
/// How long a change may take to be seen, on a busy machine.
const LIMIT: Duration = Duration::from_mins(1);

/// A preview that runs, of a lab that takes all but its aims from the built-in one.
struct Preview {
    child: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl Preview {
    fn start(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("lab/sections")).unwrap();
        std::fs::write(folder.path().join("lab/lab.toml"), "schema = 1\nid = \"mine\"\nextends = \"http\"\n").unwrap();
        std::fs::write(folder.path().join("lab/sections/aims.md"), "The first text.\n").unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_wirelab"))
            .current_dir(folder.path())
            .args(["lab", "preview", "lab", CAPTURE, "--lang", "en"])
            .args(options)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
        let port = address.trim().strip_prefix("http://127.0.0.1:").and_then(|rest| rest.strip_suffix('/'));
        let port = port.unwrap_or_else(|| panic!("`{address}` is no address")).parse().unwrap();
        Self { child, port, folder }
    }

    fn write_aims(&self, text: &str) {
        std::fs::write(self.folder.path().join("lab/sections/aims.md"), text).unwrap();
    }

    /// Head and content of what is answered to these bytes.
    fn ask(&self, request: &str) -> (String, Vec<u8>) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end =
            answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap_or(answer.len().saturating_sub(4)) + 4;
        let content = answer.split_off(end.min(answer.len()));
        (String::from_utf8(answer).unwrap(), content)
    }

    fn get(&self, path: &str) -> (String, Vec<u8>) {
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n", self.port))
    }

    /// The state, once it is as wanted.
    fn wait(&self, is_wanted: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        let mut version = 0;
        loop {
            let state: Value = serde_json::from_slice(&self.get(&format!("/state?after={version}")).1).unwrap();
            if state["busy"] == false && is_wanted(&state) {
                return state;
            }
            assert!(begun.elapsed() < LIMIT, "{state}");
            version = state["version"].as_u64().unwrap();
        }
    }

    fn page(&self) -> String {
        String::from_utf8(self.get("/report").1).unwrap()
    }
}

impl Drop for Preview {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What `report` writes for the lab.
fn report(folder: &Path, options: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wirelab"));
    command
        .current_dir(folder)
        .args(["report", CAPTURE, "--lab", "lab", "--lang", "en", "--format", "html", "-o", "-"]);
    String::from_utf8(command.args(options).output().unwrap().stdout).unwrap()
}

#[test]
fn the_preview_is_the_report_and_follows_the_lab() {
    let options = ["--student-name", "A \"B\" -c", "--frame", "10"];
    let preview = Preview::start(&options);
    preview.wait(|state| state["page"] == 1);
    assert_eq!(preview.page(), report(preview.folder.path(), &options));
    assert!(preview.page().contains("The first text."));

    preview.write_aims("The second text.\n");
    preview.wait(|state| state["page"] == 2);
    assert_eq!(preview.page(), report(preview.folder.path(), &options));

    preview.write_aims("The third text.\n{{ report.nothing }}\n");
    let state = preview.wait(|state| state["error"].is_string());
    let error = state["error"].as_str().unwrap();
    assert!(error.contains("sections/aims.md:2:") && error.lines().count() >= 3, "{error}");
    assert!(preview.page().contains("The second text."), "the last good report stays");

    std::fs::write(preview.folder.path().join("lab/lab.toml"), "schema = 1\nid = \"mine\"\nextends = \"htp\"\n")
        .unwrap();
    preview.wait(|state| {
        state["error"].as_str().is_some_and(|error| error.contains("lab.toml:3: no lab is called `htp`"))
    });

    std::fs::write(preview.folder.path().join("lab/lab.toml"), "schema = 1\nid = \"mine\"\nextends = \"http\"\n")
        .unwrap();
    preview.write_aims("The fourth text.\n");
    preview.wait(|state| state["error"].is_null() && state["page"].as_u64() > Some(2));
    assert!(preview.page().contains("The fourth text."));
}

#[test]
fn a_rendering_that_never_ends_is_left_for_the_next() {
    let preview = Preview::start(&[]);
    preview.wait(|state| state["page"] == 1);
    preview.write_aims("{% for a in range(end=99999) %}{% for b in range(end=99999) %}{% endfor %}{% endfor %}");
    let begun = Instant::now();
    thread::sleep(Duration::from_secs(2));
    preview.write_aims("The end.\n");
    preview.wait(|state| state["page"] == 2);
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    assert!(preview.page().contains("The end."));
}

#[test]
fn only_this_computer_is_answered_and_no_file_is_served() {
    let preview = Preview::start(&[]);
    let port = preview.port;
    let status = |request: &str| preview.ask(request).0.lines().next().unwrap_or_default().to_owned();
    let get = |path: &str, host: &str| status(&format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n"));
    let own = format!("localhost:{port}");
    assert_eq!(get("/", &own), "HTTP/1.1 200 OK");
    for path in
        ["/lab.toml", "/../lab/lab.toml", "/lab/lab.toml", "/%2e%2e/lab/lab.toml", "//etc/passwd", "/etc/passwd"]
    {
        assert_eq!(get(path, &own), "HTTP/1.1 404 Not Found", "{path}");
    }
    for host in
        ["evil.example", &format!("evil.example:{port}"), "127.0.0.1", &format!("localhost.evil.example:{port}")]
    {
        assert_eq!(get("/report", host), "HTTP/1.1 421 Misdirected Request", "{host}");
    }
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "CONNECT"] {
        let request = format!("{method} /report HTTP/1.1\r\nHost: {own}\r\nContent-Length: 0\r\n\r\n");
        assert_eq!(status(&request), "HTTP/1.1 405 Method Not Allowed");
    }
    assert_eq!(status(&format!("HEAD / HTTP/1.1\r\nHost: {own}\r\n\r\n")), "HTTP/1.1 200 OK");
    assert!(preview.ask(&format!("HEAD / HTTP/1.1\r\nHost: {own}\r\n\r\n")).1.is_empty());
    assert_eq!(
        status(&format!("GET / HTTP/1.1\r\nA: {}", "x".repeat(20_000))),
        "HTTP/1.1 431 Request Header Fields Too Large"
    );
    assert_eq!(status("nonsense\r\n\r\n"), "HTTP/1.1 400 Bad Request");
    let begun = Instant::now();
    assert_eq!(status("GET / HTTP/1.1\r\n"), "", "a request that is never complete");
    assert!(begun.elapsed() < Duration::from_secs(20));
    // Others are answered while connections stay open that say nothing.
    let idle: Vec<TcpStream> = (0..100).filter_map(|_| TcpStream::connect(("127.0.0.1", port)).ok()).collect();
    thread::sleep(Duration::from_secs(6));
    assert_eq!(get("/", &own), "HTTP/1.1 200 OK");
    drop(idle);
    let head = preview.get("/").0;
    for field in ["Content-Security-Policy: default-src 'none'; script-src 'self'", "frame-ancestors 'none'", "nosniff"]
    {
        assert!(head.contains(field), "{head}");
    }
}

#[test]
fn wrong_usage_is_said() {
    let run = |arguments: &[&str]| {
        let output =
            Command::new(env!("CARGO_BIN_EXE_wirelab")).args(["lab", "preview"]).args(arguments).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, told) = run(&["no-such-lab", CAPTURE]);
    assert!(code == Some(2) && told.contains("no-such-lab is no folder"), "{told}");
    let (code, told) = run(&[env!("CARGO_MANIFEST_DIR"), "no-such.pcap"]);
    assert!(code == Some(2) && told.contains("no-such.pcap is no file"), "{told}");
}

/// Waits until an expression is true in the page.
fn wait_for(browser: &mut Browser, expression: &str) {
    let begun = Instant::now();
    while browser.evaluate(expression) != true {
        assert!(begun.elapsed() < LIMIT, "{expression}: {}", browser.evaluate("document.body.innerText"));
        thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_browser_shows_each_change_where_the_reader_was() {
    if !chromium::is_installed() {
        assert!(std::env::var_os("WIRELAB_REQUIRE_TOOLS").is_none(), "no chromium");
        eprintln!("skipped: no chromium");
        return;
    }
    let preview = Preview::start(&[]);
    let mut browser = Browser::start();
    browser.open(&format!("http://127.0.0.1:{}/", preview.port));
    let shows = |text: &str| {
        format!("document.getElementById('report').contentDocument.body?.innerText.includes('{text}') ?? false")
    };
    let failed = "!document.getElementById('failed').hidden";
    wait_for(&mut browser, &shows("The first text."));
    wait_for(&mut browser, "document.getElementById('report').contentDocument.readyState === 'complete'");
    assert_eq!(browser.evaluate(failed), false);
    browser.evaluate("document.getElementById('report').contentWindow.scrollTo({ top: 700, behavior: 'instant' })");

    preview.write_aims("The second text.\n");
    wait_for(&mut browser, &shows("The second text."));
    wait_for(&mut browser, "document.getElementById('report').contentWindow.scrollY === 700");

    preview.write_aims("{{ wrong </b> }}\n");
    wait_for(&mut browser, failed);
    let error = browser.evaluate("document.getElementById('error').textContent");
    assert!(error.as_str().unwrap().contains("sections/aims.md:1:"), "{error}");
    assert_eq!(browser.evaluate(&shows("The second text.")), true, "the last good report stays");
    assert_eq!(browser.evaluate("document.getElementById('error').childElementCount"), 0, "an error is text");
    assert_eq!(browser.evaluate("document.getElementById('last').hidden"), false);

    preview.write_aims("The third text.\n");
    wait_for(&mut browser, &shows("The third text."));
    assert_eq!(browser.evaluate(failed), false);
    wait_for(&mut browser, "document.getElementById('report').contentWindow.scrollY === 700");
}
