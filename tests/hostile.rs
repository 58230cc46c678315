//! Bytes that no capture program wrote: nothing panics, nothing hangs, whole frames are kept.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod support;

use std::collections::BTreeSet;

use wirelab::analysis::analyse;
use wirelab::capture::Bytes;
use wirelab::capture::CaptureError;
use wirelab::evidence;
use wirelab::lab::{DEFAULT, Lab, Lang};
use wirelab::render::{FigureLinks, draw, markdown, page};
use wirelab::report::{self, Request};
use wirelab::select::Preferences;
use wirelab::text::to_json;

const EXAMPLES: &[(&str, &[u8])] = &[
    ("curl-close.pcap", include_bytes!("../examples/captures/curl-close.pcap")),
    ("keep-alive.pcapng", include_bytes!("../examples/captures/keep-alive.pcapng")),
    ("redirect-cookie.pcapng", include_bytes!("../examples/captures/redirect-cookie.pcapng")),
    ("upgrade.pcapng", include_bytes!("../examples/captures/upgrade.pcapng")),
    ("tls-only.pcapng", include_bytes!("../examples/captures/tls-only.pcapng")),
];

/// All that the program does with a capture, up to the Report.
fn run(name: &str, data: &[u8]) -> Option<u64> {
    let source = Bytes { name, data };
    let survey = analyse(&source, &Preferences::default()).ok()?;
    evidence::trees(&source, &survey, None, &mut |_| Ok::<_, CaptureError>(())).ok()?;
    report::build(&source, &survey, Request::default()).ok()?;
    Some(survey.analysis.capture.frames)
}

/// What is wrong with the report of a capture, rendered to all formats.
fn faults(lab: &Lab, name: &str, data: &[u8]) -> Vec<String> {
    let source = Bytes { name, data };
    let Ok(survey) = analyse(&source, &Preferences::default()) else { return Vec::new() };
    let report = report::build(&source, &survey, Request::default()).unwrap();
    let json = to_json(&report).unwrap();
    let mut faults = Vec::new();
    let mut tags = Vec::new();
    for language in ["zh", "en"] {
        let languages = Lang::list(language).unwrap();
        let figures = draw(&report, lab, &languages).unwrap();
        for (figure, drawn) in figures.iter() {
            faults.extend(ill_formed(&drawn.svg).map(|fault| format!("{figure}: {fault}")));
        }
        let text = markdown(&json, lab, &languages, &figures, FigureLinks::Text).unwrap();
        let untagged = text.split("\\#").skip(1).filter(|rest| rest.starts_with(|next: char| next.is_ascii_digit()));
        faults.extend(untagged.map(|rest| format!("#{} without a row", rest.split(' ').next().unwrap_or_default())));
        tags.push(frame_tags(&text));
        let text = markdown(&json, lab, &languages, &figures, FigureLinks::Folder("x-figures")).unwrap();
        let html = page(&text, lab, &languages, &figures).unwrap();
        let targets: BTreeSet<&str> = values(&html, "id=\"").collect();
        faults.extend(
            values(&html, "href=\"#").filter(|link| !targets.contains(link)).map(|link| format!("link #{link}")),
        );
    }
    if tags[0] != tags[1] {
        faults.push("zh and en name different frames".to_owned());
    }
    faults
}

/// The values of attributes that begin with `start`.
fn values<'h>(html: &'h str, start: &'h str) -> impl Iterator<Item = &'h str> {
    html.split(start).skip(1).filter_map(|rest| rest.split('"').next())
}

/// The frames that Markdown links to.
fn frame_tags(markdown: &str) -> BTreeSet<String> {
    markdown.split("](#f").skip(1).filter_map(|rest| rest.split(')').next()).map(str::to_owned).collect()
}

/// Why `svg`, as wirelab draws it, is not well-formed XML.
fn ill_formed(svg: &str) -> Option<String> {
    let control =
        |character: char| character.is_control() && character != '\n' || matches!(character, '\u{fffe}' | '\u{ffff}');
    if let Some(character) = svg.chars().find(|character| control(*character)) {
        return Some(format!("{character:?}"));
    }
    let is_reference = |name: &str| ["amp;", "lt;", "gt;", "quot;", "#39;"].iter().any(|known| name.starts_with(known));
    if let Some(rest) = svg.split('&').skip(1).find(|rest| !is_reference(rest)) {
        return Some(format!("&{}", rest.chars().take(20).collect::<String>()));
    }
    let mut open = Vec::new();
    for rest in svg.split('<').skip(1) {
        let Some((tag, _)) = rest.split_once('>') else { return Some(format!("<{rest} does not end")) };
        if tag.matches('"').count() % 2 != 0 {
            return Some(format!("<{tag}> with an open quotation mark"));
        }
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name) {
                return Some(format!("</{name}> ends what is not open"));
            }
        } else if !tag.ends_with('/') {
            open.push(tag.split(' ').next().unwrap_or_default());
        }
    }
    open.pop().map(|name| format!("<{name}> is not ended"))
}

/// Numbers that look random and are the same every time (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(bound).unwrap()).unwrap()
    }
}

/// `data` with up to eight other bytes in it.
fn changed(numbers: &mut Numbers, data: &[u8]) -> Vec<u8> {
    let mut changed = data.to_vec();
    for _ in 0..=numbers.below(8) {
        let at = numbers.below(changed.len());
        changed[at] = u8::try_from(numbers.below(256)).unwrap();
    }
    changed
}

#[test]
fn files_cut_anywhere_keep_their_whole_frames() {
    for (name, data) in EXAMPLES {
        let whole = run(name, data).unwrap();
        let mut last = 0;
        let mut numbers = Numbers(1);
        let mut cuts: Vec<usize> = (0..120).map(|_| numbers.below(data.len())).collect();
        cuts.sort_unstable();
        for cut in cuts {
            let frames = run(name, &data[..cut]).unwrap_or(0);
            assert!(frames >= last && frames <= whole, "{name} cut at {cut}: {frames} frames after {last}");
            last = frames;
        }
    }
}

#[test]
fn files_with_changed_bytes_do_not_panic() {
    for (name, data) in EXAMPLES {
        let mut numbers = Numbers(7);
        for _ in 0..120 {
            run(name, &changed(&mut numbers, data));
        }
    }
}

#[test]
fn reports_of_changed_files_are_sound() {
    let lab = Lab::built_in(DEFAULT).unwrap();
    let mut numbers = Numbers(11);
    for (name, data) in EXAMPLES {
        for cut in [false, true] {
            let mut changed = changed(&mut numbers, data);
            if cut {
                changed.truncate(numbers.below(data.len()));
            }
            let faults = faults(&lab, name, &changed);
            assert!(faults.is_empty(), "{name}: {}", faults.join(", "));
        }
    }
}

/// RFC 7323, 2.3: a larger shift than 14 counts as 14.
#[test]
fn a_window_scale_beyond_the_largest_is_reported() {
    let script = "0 c SYN scale=255\n+1ms s SYN scale=15\n+1ms c ACK\n+1ms c \"GET / HTTP/1.1\\r\\nHost: a.example\\r\\n\\r\\n\"\n";
    assert_sound("window-scale", script);
}

/// The fields of a message name the frames in which they begin, which may be none that a phase lists.
#[test]
fn long_headers_late_on_a_connection_name_only_frames_with_rows() {
    let script = r#"
0     handshake
+1ms  c "GET /a HTTP/1.1\r\nHost: a.example\r\n\r\n"
+1ms  s "HTTP/1.1 404 Not Found\r\nContent-Length: {length}\r\n\r\n" body 900000
+1ms  c "GET / HTTP/1.1\r\nHost: a.example\r\n" "X-Field: 0123456789\r\n"*500 "\r\n"
+1ms  s "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" "X-Field: 0123456789\r\n"*500 "\r\n"
+1ms  c ACK
"#;
    assert_sound("long-headers", script);
}

fn assert_sound(name: &str, script: &str) {
    let faults = faults(&Lab::built_in(DEFAULT).unwrap(), name, &support::capture(name, script).unwrap());
    assert!(faults.is_empty(), "{}", faults.join(", "));
}

/// The checks themselves.
#[test]
fn ill_formed_figures_are_found() {
    assert_eq!(ill_formed("<svg><g a=\"b\"/><text>a &amp; b</text></svg>"), None);
    for svg in ["<svg>", "<svg><g></svg>", "<svg a=\"/>", "<svg>a & b</svg>", "<svg>\u{1b}</svg>", "<svg><g"] {
        assert!(ill_formed(svg).is_some(), "{svg}");
    }
}

#[test]
fn noise_is_refused() {
    let mut numbers = Numbers(3);
    for length in [0, 1, 4, 24, 100, 5000] {
        let noise: Vec<u8> = (0..length).map(|_| u8::try_from(numbers.below(256)).unwrap()).collect();
        assert_eq!(run("noise", &noise).unwrap_or(0), 0);
    }
}
