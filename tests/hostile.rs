//! Bytes that no capture program wrote: nothing panics, nothing hangs, whole frames are kept.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test reads files, and may panic"
)]

mod support;

use wirelab::analysis::analyse;
use wirelab::capture::Bytes;
use wirelab::capture::CaptureError;
use wirelab::evidence;
use wirelab::lab::{DEFAULT, Lab};
use wirelab::report::{self, Request};
use wirelab::select::Preferences;

use support::sound;

/// The project's own captures, by name.
fn examples() -> Vec<(String, Vec<u8>)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/captures");
    let entries = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let mut captures: Vec<_> = entries.filter(|path| path.to_string_lossy().contains(".pcap")).collect();
    captures.sort();
    let name = |path: &std::path::Path| path.file_name().unwrap().to_string_lossy().into_owned();
    captures.iter().map(|path| (name(path), std::fs::read(path).unwrap())).collect()
}

/// Runs `check` on every example, several at a time.
fn each_example(check: impl Fn(&str, &[u8]) + Sync) {
    let examples = std::sync::Mutex::new(examples());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, Into::into) {
            scope.spawn(|| {
                loop {
                    let next = examples.lock().unwrap().pop();
                    let Some((name, data)) = next else { break };
                    check(&name, &data);
                }
            });
        }
    });
}

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
    sound::faults(lab, &report::build(&source, &survey, Request::default()).unwrap())
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

/// Files up to this size are cut at every length.
const CUT_EVERYWHERE: usize = 8 << 10;
/// Lengths at which a larger one is cut.
const CUTS: usize = 200;
/// Variants of each file with other bytes in it.
const CHANGES: usize = 100;

#[test]
fn files_cut_anywhere_keep_their_whole_frames() {
    each_example(|name, data| {
        let whole = run(name, data).unwrap();
        let mut numbers = Numbers(1);
        let mut cuts: Vec<usize> = if data.len() <= CUT_EVERYWHERE {
            (0..data.len()).collect()
        } else {
            (0..CUTS).map(|_| numbers.below(data.len())).collect()
        };
        cuts.sort_unstable();
        let mut last = 0;
        for cut in cuts {
            let frames = run(name, &data[..cut]).unwrap_or(0);
            assert!(frames >= last && frames <= whole, "{name} cut at {cut}: {frames} frames after {last}");
            last = frames;
        }
    });
}

#[test]
fn files_with_changed_bytes_do_not_panic() {
    each_example(|name, data| {
        let mut numbers = Numbers(7);
        for _ in 0..CHANGES {
            run(name, &changed(&mut numbers, data));
        }
    });
}

#[test]
fn reports_of_changed_files_are_sound() {
    let lab = Lab::built_in(DEFAULT).unwrap();
    let mut numbers = Numbers(11);
    for (name, data) in &examples() {
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
    assert_eq!(sound::ill_formed("<svg><g a=\"b\"/><text>a &amp; b</text></svg>"), None);
    for svg in ["<svg>", "<svg><g></svg>", "<svg a=\"/>", "<svg>a & b</svg>", "<svg>\u{1b}</svg>", "<svg><g"] {
        assert!(sound::ill_formed(svg).is_some(), "{svg}");
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
