//! What is asked of any bytes. Each function is a fuzz target and panics if its promise is broken; none may take long.

use std::fmt::Write as _;
use std::sync::OnceLock;

use wirelab::analysis::{Survey, analyse};
use wirelab::capture::{Bytes, CaptureError, Reader};
use wirelab::evidence;
use wirelab::lab::{DEFAULT, Lab, Lang};
use wirelab::render::{Figures, page};
use wirelab::report::{self, Request, model::Report};
use wirelab::select::Preferences;
use wirelab::text::to_json;

use super::recipe::Recipe;
use super::sound;

/// The largest input that is looked at: more is slow and reaches nothing new.
pub const LARGEST: usize = 64 << 10;
/// Frames that a compressed or much repeating input may hold before the check ends.
const MAX_FRAMES: u64 = 50_000;

/// File layer: any bytes, read to the end.
pub fn file(data: &[u8]) {
    let source = Bytes { name: "fuzz", data };
    let Ok(mut reader) = Reader::open(&source) else { return };
    let mut number = 0;
    while let Some(frame) = reader.next_frame() {
        number += 1;
        assert_eq!(frame.number, number);
        if number >= MAX_FRAMES {
            return;
        }
    }
    assert!(reader.next_frame().is_none());
    assert!(!reader.damaged() || !reader.diagnostics().is_empty());
}

/// Packet layer: two bytes of link type, then frames, each behind its length of one byte.
pub fn packet(data: &[u8]) {
    let Some(([high, low], mut rest)) = data.split_first_chunk::<2>() else { return };
    let mut file = Vec::new();
    let link = u16::from_be_bytes([*high, *low]);
    for number in [0xa1b2_3c4d_u32, 0x0004_0002, 0, 0, 262_144, link.into()] {
        file.extend(number.to_le_bytes());
    }
    while let Some((length, behind)) = rest.split_first() {
        let (frame, next) = behind.split_at(usize::from(*length).min(behind.len()));
        let length = u32::try_from(frame.len()).unwrap_or(0);
        for number in [1, 0, length, length] {
            file.extend(number.to_le_bytes());
        }
        file.extend(frame);
        rest = next;
    }
    let source = Bytes { name: "fuzz", data: &file };
    let survey = analyse(&source, &Preferences::default()).expect("the file is right");
    field_trees(&source, &survey);
}

/// TCP, HTTP and evidence: a capture, or a [`Recipe`] of one.
pub fn capture(data: &[u8]) {
    let bytes = cooked(data);
    let source = Bytes { name: "fuzz", data: &bytes };
    let Ok(survey) = analyse(&source, &Preferences::default()) else { return };
    connections_are_sound(&survey);
    field_trees(&source, &survey);
    let report = report_of(&source, &survey);
    frames_have_rows(&report);
    to_json(&report).expect("a Report has a form in JSON");
}

/// The same, worded and drawn.
pub fn render(data: &[u8]) {
    static LAB: OnceLock<Lab> = OnceLock::new();
    let lab = LAB.get_or_init(|| Lab::built_in(DEFAULT).expect("the built-in lab is right"));
    let bytes = cooked(data);
    let source = Bytes { name: "fuzz", data: &bytes };
    let Ok(survey) = analyse(&source, &Preferences::default()) else { return };
    let faults = sound::faults(lab, &report_of(&source, &survey));
    assert!(faults.is_empty(), "{}", faults.join(", "));
}

/// A report that was edited: any Markdown.
pub fn edited(data: &[u8]) {
    static LAB: OnceLock<Lab> = OnceLock::new();
    let lab = LAB.get_or_init(|| Lab::built_in(DEFAULT).expect("the built-in lab is right"));
    let languages = Lang::list("zh-en").expect("both languages are there");
    let text = String::from_utf8_lossy(data);
    let Ok(html) = page(&text, lab, &languages, &Figures::default()) else { return };
    let faults = sound::acting(&html);
    assert!(faults.is_empty(), "{}", faults.join(", "));
}

/// A capture as it stands, or the one that a recipe gives.
fn cooked(data: &[u8]) -> Vec<u8> {
    const MAGICS: [&[u8]; 8] = [
        b"\xa1\xb2\xc3\xd4",
        b"\xd4\xc3\xb2\xa1",
        b"\xa1\xb2\x3c\x4d",
        b"\x4d\x3c\xb2\xa1",
        b"\x0a\x0d\x0d\x0a",
        b"\x1f\x8b",
        b"\x28\xb5\x2f\xfd",
        b"\x04\x22\x4d\x18",
    ];
    if MAGICS.iter().any(|magic| data.starts_with(magic)) { data.to_vec() } else { Recipe::read(data).capture() }
}

fn report_of(source: &Bytes<'_>, survey: &Survey) -> Report {
    report::build(source, survey, Request::default()).expect("what was read once can be read again")
}

/// Field trees of all frames: their fields are bytes of the frames.
fn field_trees(source: &Bytes<'_>, survey: &Survey) {
    let mut frames = 0;
    let trees = evidence::trees(source, survey, None, &mut |tree| {
        frames += 1;
        assert_eq!(tree.number, frames);
        for field in tree.layers.iter().flat_map(|layer| &layer.fields) {
            if let (Some(raw), None) = (&field.raw, field.frame) {
                assert_eq!(raw.len(), 2 * field.length, "{} in frame {}", field.name, tree.number);
            }
        }
        Ok::<_, CaptureError>(())
    });
    trees.expect("what was read once can be read again");
    assert_eq!(frames, survey.analysis.capture.frames);
}

fn connections_are_sound(survey: &Survey) {
    let analysis = &survey.analysis;
    let last = analysis.capture.frames;
    for (stream, connection) in (0..).zip(&analysis.connections) {
        assert_eq!(connection.stream, stream);
        assert!(connection.first_frame <= connection.last_frame && connection.last_frame <= last);
        let handshake = &connection.handshake;
        let steps = [handshake.syn, handshake.syn_ack, handshake.ack];
        assert_eq!(handshake.complete, steps.iter().all(Option::is_some));
        assert!(connection.close.steps.is_sorted_by_key(|step| step.frame));
    }
    assert!(analysis.exchanges.is_sorted_by_key(|exchange| (exchange.stream, exchange.index)));
    for exchange in &analysis.exchanges {
        assert_eq!(exchange.request.complete, exchange.request.frame.is_some());
        if let Some(response) = &exchange.response {
            assert_eq!(response.complete, response.frame.is_some());
            assert!(response.frame.is_none_or(|frame| frame <= last));
        }
    }
    assert_eq!(analysis.selected.is_some(), !analysis.exchanges.is_empty());
}

/// Every frame that is named has a row.
fn frames_have_rows(report: &Report) {
    let rows = report.packet_list.phases.iter().flat_map(|phase| &phase.rows);
    let named = report.findings.iter().flat_map(|finding| &finding.frames);
    let mut absent = String::new();
    for frame in rows.chain(named).filter(|frame| !report.frames.contains_key(frame)) {
        let _ = write!(absent, " {frame}");
    }
    assert!(absent.is_empty(), "frames without a row:{absent}");
}
