//! Bytes that no capture program wrote: nothing panics, nothing hangs, whole frames are kept.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use wirelab::analysis::analyse;
use wirelab::capture::Bytes;
use wirelab::capture::CaptureError;
use wirelab::evidence;
use wirelab::report::{self, Request};
use wirelab::select::Preferences;

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
            let mut changed = data.to_vec();
            for _ in 0..=numbers.below(8) {
                let at = numbers.below(changed.len());
                changed[at] = u8::try_from(numbers.below(256)).unwrap();
            }
            run(name, &changed);
        }
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
