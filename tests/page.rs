//! Pages of reports in a real Chromium: on a wide screen in light and dark, on a phone, on A4 paper.
//!
//! ```text
//! CHROMIUM=PROGRAM            another program than `chromium`
//! WIRELAB_SHOTS=DIR           pictures and PDF files of all renderings
//! WIRELAB_REQUIRE_TOOLS=1     fail, rather than skip, without Chromium
//! ```
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test panics, reports to the terminal, reads the environment and files"
)]

#[path = "page/chromium.rs"]
mod chromium;
#[path = "page/hostile.rs"]
mod hostile;

use std::path::{Path, PathBuf};

use chromium::Browser;
use serde_json::{Value, json};
use wirelab::analysis::analyse;
use wirelab::capture::Bytes;
use wirelab::lab::{DEFAULT, Lab, Lang};
use wirelab::render::{FigureLinks, draw, markdown, page};
use wirelab::report::{self, Request, Required, model::LabFacts, model::Student};
use wirelab::select::Preferences;
use wirelab::text::to_json;

const EXAMPLES: [(&str, &str); 7] = [
    ("page-load.pcapng", "zh-en"),
    ("lossy.pcapng", "en"),
    ("tls-only.pcapng", "zh"),
    ("refused.pcapng", "zh-en"),
    ("ping-only.pcapng", "en-zh"),
    ("ipv6-vlan.pcapng", "zh-en"),
    ("redirect-cookie.pcapng", "zh"),
];

/// How a page is looked at.
struct Rendering {
    name: &'static str,
    width: u32,
    scheme: &'static str,
    media: &'static str,
}

const RENDERINGS: [Rendering; 4] = [
    Rendering { name: "light", width: 1100, scheme: "light", media: "screen" },
    Rendering { name: "dark", width: 1100, scheme: "dark", media: "screen" },
    Rendering { name: "phone", width: 400, scheme: "light", media: "screen" },
    Rendering { name: "print", width: PAPER_WIDTH, scheme: "light", media: "print" },
];

/// A4 without the margins of the style sheet, in CSS pixels: 182 mm × 266 mm.
const PAPER_WIDTH: u32 = 688;
const PAPER_HEIGHT: u64 = 1005;

fn page_of(name: &str, data: &[u8], languages: &str, student: Student) -> String {
    let source = Bytes { name, data };
    let survey = analyse(&source, &Preferences::default()).unwrap();
    let request = Request {
        required: Required { handshake: true, request: true, response: true, close: true },
        lab: LabFacts { id: DEFAULT.to_owned(), hosts: Vec::new(), time_zone: "UTC".to_owned() },
        student,
        ..Request::default()
    };
    let report = report::build(&source, &survey, request).unwrap();
    let (lab, languages) = (Lab::built_in(DEFAULT).unwrap(), Lang::list(languages).unwrap());
    let figures = draw(&report, &lab, &languages).unwrap();
    let links = FigureLinks::Folder("report-figures");
    let text = markdown(&to_json(&report).unwrap(), &lab, &languages, &figures, links).unwrap();
    page(&text, &lab, &languages, &figures).unwrap()
}

fn example(name: &str, languages: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/captures").join(name);
    page_of(name, &std::fs::read(path).unwrap(), languages, Student::default())
}

/// A browser; none, with a word about it, where Chromium is missing.
fn browser() -> Option<Browser> {
    if chromium::is_installed() {
        return Some(Browser::start());
    }
    assert!(std::env::var_os("WIRELAB_REQUIRE_TOOLS").is_none(), "chromium is not installed");
    eprintln!("skipped: chromium is not installed");
    None
}

/// Pages in files of a folder that goes away with it.
struct Shelf {
    folder: tempfile::TempDir,
    shots: Option<PathBuf>,
}

impl Shelf {
    fn new() -> Self {
        let shots = std::env::var_os("WIRELAB_SHOTS").map(PathBuf::from);
        if let Some(shots) = &shots {
            std::fs::create_dir_all(shots).unwrap();
        }
        Self { folder: tempfile::tempdir().unwrap(), shots }
    }

    fn put(&self, name: &str, html: &str) -> String {
        let file = self.folder.path().join(format!("{name}.html"));
        std::fs::write(&file, html).unwrap();
        format!("file://{}", file.display())
    }

    fn keep(&self, name: &str, base64: &Value) {
        if let Some(shots) = &self.shots {
            std::fs::write(shots.join(name), decode(base64.as_str().unwrap())).unwrap();
        }
    }
}

/// Everything that is wrong with a page in one rendering.
fn look(browser: &mut Browser, shelf: &Shelf, name: &str, url: &str, rendering: &Rendering) -> Vec<String> {
    let metrics = json!({ "width": rendering.width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
    browser.call("Emulation.setDeviceMetricsOverride", &metrics);
    let features = json!([{ "name": "prefers-color-scheme", "value": rendering.scheme }]);
    browser.call("Emulation.setEmulatedMedia", &json!({ "media": rendering.media, "features": features }));
    browser.open(url);
    let measured = browser.evaluate(include_str!("page/measure.js"));
    let mut wrong = browser.complaints(url);
    for (kind, faults) in measured["faults"].as_object().unwrap() {
        let faults = faults.as_array().unwrap();
        wrong.extend(faults.iter().take(6).map(|fault| format!("{kind}: {}", fault.as_str().unwrap())));
    }
    if rendering.media == "print" {
        let printed = json!({ "preferCSSPageSize": true, "printBackground": true });
        let pdf = browser.call("Page.printToPDF", &printed)["data"].take();
        shelf.keep(&format!("{name}.pdf"), &pdf);
        let (pages, height) = (pages(&decode(pdf.as_str().unwrap())), measured["height"].as_u64().unwrap());
        // Rows and figures that are not split leave room at the foot of pages; more than a third would be blank pages.
        let (least, most) = (height / PAPER_HEIGHT, height * 4 / PAPER_HEIGHT / 3 + 2);
        if !(least..=most).contains(&pages) {
            wrong.push(format!("{pages} pages for {height} px"));
        }
    } else if shelf.shots.is_some() {
        let whole = json!({ "captureBeyondViewport": true, "clip": { "x": 0, "y": 0, "width": rendering.width,
            "height": measured["height"], "scale": 1 } });
        let picture = browser.call("Page.captureScreenshot", &whole)["data"].take();
        shelf.keep(&format!("{name}-{}.png", rendering.name), &picture);
    }
    wrong.iter().map(|fault| format!("{name}, {}: {fault}", rendering.name)).collect()
}

fn look_at_all(browser: &mut Browser, name: &str, html: &str) -> Vec<String> {
    let shelf = Shelf::new();
    let url = shelf.put(name, html);
    RENDERINGS.iter().flat_map(|rendering| look(browser, &shelf, name, &url, rendering)).collect()
}

/// Pages of a PDF file: its page objects.
fn pages(pdf: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(pdf);
    text.split("/Type /Page").skip(1).filter(|rest| !rest.starts_with('s')).count() as u64
}

fn decode(base64: &str) -> Vec<u8> {
    let value = |letter: u8| match letter {
        b'A'..=b'Z' => u32::from(letter - b'A'),
        b'a'..=b'z' => u32::from(letter - b'a') + 26,
        b'0'..=b'9' => u32::from(letter - b'0') + 52,
        b'+' => 62,
        _ => 63,
    };
    let mut bytes = Vec::new();
    for group in base64.trim_end_matches('=').as_bytes().chunks(4) {
        let bits = group.iter().fold(0, |bits, letter| bits << 6 | value(*letter)) << (6 * (4 - group.len()));
        bytes.extend(&bits.to_be_bytes()[1..group.len()]);
    }
    bytes
}

#[test]
fn pages_are_sound_on_screens_and_paper() {
    let Some(mut browser) = browser() else { return };
    let mut wrong = Vec::new();
    for (name, languages) in EXAMPLES {
        let stem = format!("{}-{languages}", name.split('.').next().unwrap());
        wrong.extend(look_at_all(&mut browser, &stem, &example(name, languages)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn hostile_captures_show_and_never_act() {
    let Some(mut browser) = browser() else { return };
    let student = Student {
        id: Some(hostile::TEXT.to_owned()),
        name: Some(hostile::TEXT.to_owned()),
        class: Some(hostile::TEXT.to_owned()),
    };
    let html = page_of(hostile::TEXT, &hostile::capture(), "zh-en", student);
    assert!(html.matches("alert(1)").count() > 20, "the hostile text is shown");
    let wrong = look_at_all(&mut browser, "hostile", &html);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn bytes_and_rows_light_each_other_up() {
    let Some(mut browser) = browser() else { return };
    let shelf = Shelf::new();
    let url = shelf.put("bytes", &example("keep-alive.pcapng", "en"));
    browser.call(
        "Emulation.setDeviceMetricsOverride",
        &json!({ "width": 1100, "height": 900, "deviceScaleFactor": 1, "mobile": false }),
    );
    browser.open(&url);
    // Of the field under the pointer, or linked to: whether its bytes and its row have another background than before.
    let lit = "(() => { const layer = document.querySelector('.layer.network'); const of = (tag) => [...layer.querySelectorAll(tag)] \
        .filter((e) => e.classList.contains(n)).map((e) => getComputedStyle(e).backgroundColor); \
        const n = [...layer.querySelectorAll('tr')].find((row) => row.textContent.includes('ip.ttl')).className; \
        return [...of('span'), ...of('tr')]; })()";
    let plain = browser.evaluate(lit);
    let point = browser.evaluate(
        "(() => { const row = [...document.querySelectorAll('.layer.network tr')].find((row) => row.textContent.includes('ip.ttl')); \
        row.scrollIntoView({ block: 'center' }); const box = row.getBoundingClientRect(); return { x: box.left + 20, y: box.top + 10 }; })()",
    );
    browser.call("Input.dispatchMouseEvent", &json!({ "type": "mouseMoved", "x": point["x"], "y": point["y"] }));
    let pointed = browser.evaluate(lit);
    browser.call("Input.dispatchMouseEvent", &json!({ "type": "mouseMoved", "x": 1, "y": 1 }));
    browser.evaluate("location.hash = 'b-2-22'");
    let linked = browser.evaluate(lit);
    let of = |value: &Value| value.as_array().unwrap().clone();
    let (plain, pointed, linked) = (of(&plain), of(&pointed), of(&linked));
    assert_eq!(plain.len(), 3, "bytes, characters and row: {plain:?}");
    for at in 0..plain.len() {
        assert!(plain[at] != pointed[at] && plain[at] != linked[at], "{plain:?} {pointed:?} {linked:?}");
    }
}

/// The watch itself: a page that does all that a report must not do.
#[test]
fn a_bad_page_is_found_bad() {
    let Some(mut browser) = browser() else { return };
    let html = "<!DOCTYPE html><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'unsafe-inline'\">\
        <body><h3>Jump</h3><p style=\"color:#ccc\">faint</p><pre>".to_owned()
        + &"wide ".repeat(400)
        + "</pre><p><span>one</span><b class=\"o\">two</b></p><a href=\"#none\">x</a><img src=\"https://example.invalid/x.png\">\
        <svg width=\"1\" height=\"1\"></svg><script>console.log('x');document.querySelector('.o').animate([{marginLeft:'-20px'},{marginLeft:'-20px'}],1e9);alert(1)</script>";
    let wrong = look_at_all(&mut browser, "bad", &html).join("\n");
    for kind in [
        "console: ",
        "dialog: ",
        "log: ",
        "overflow: ",
        "figures: ",
        "links: #none",
        "structure: heading",
        "structure: not one main",
    ] {
        assert!(wrong.contains(kind), "{kind} not among\n{wrong}");
    }
}
