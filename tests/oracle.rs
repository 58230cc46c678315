//! The oracle: wirelab against tshark 4.0, on every capture of a folder.
//!
//! Truth about connections (handshake, close, bytes), exchanges, names, pings and TLS is computed here from tshark's raw rows, as the contract
//! words it; fields are compared one by one. A difference fails the test unless `oracle/known_differences.rs` names its reason or
//! `oracle/known_differences.tsv` lists it.
//!
//! ```text
//! WIRELAB_CAPTURES=DIR        captures to compare (default: examples/captures)
//! WIRELAB_BIN=FILE            the program to test (default: the one cargo built)
//! WIRELAB_UPDATE=1            write what such a run finds into docs/oracle.md
//! WIRELAB_ORACLE_SAMPLE=N     only N of the files, chosen by WIRELAB_ORACLE_SEED (default 1)
//! WIRELAB_ORACLE_ONLY=TEXT    only files whose path contains TEXT
//! WIRELAB_ORACLE_VERBOSE=N    the first N differences in detail, three of a kind (default 20); with reasons too if WIRELAB_ORACLE_KNOWN=1
//! WIRELAB_ORACLE_OUT=FILE     all differences as a table
//! WIRELAB_ORACLE_CACHE=DIR   keep tshark's answers there, for runs that follow
//! WIRELAB_REQUIRE_TOOLS=1     fail, rather than skip, without tshark
//! ```
#![allow(
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test reports to the terminal, reads the environment and files, and measures time"
)]

mod support;

#[path = "oracle/capture.rs"]
mod capture;
#[path = "oracle/closes.rs"]
mod closes;
#[path = "oracle/connections.rs"]
mod connections;
#[path = "oracle/exchanges.rs"]
mod exchanges;
#[path = "oracle/fields.rs"]
mod fields;
#[path = "oracle/handshakes.rs"]
mod handshakes;
#[path = "oracle/known_differences.rs"]
mod known_differences;
#[path = "oracle/messages.rs"]
mod messages;
#[path = "oracle/names.rs"]
mod names;
#[path = "oracle/pings.rs"]
mod pings;
#[path = "oracle/printed.rs"]
mod printed;
#[path = "oracle/process.rs"]
mod process;
#[path = "oracle/reasons.rs"]
mod reasons;
#[path = "oracle/sample.rs"]
mod sample;
#[path = "oracle/segments.rs"]
mod segments;
#[cfg(test)]
#[path = "oracle/self_check.rs"]
mod self_check;
#[path = "oracle/settings.rs"]
mod settings;
#[path = "oracle/tally.rs"]
mod tally;
#[path = "oracle/text.rs"]
mod text;
#[path = "oracle/tls.rs"]
mod tls;
#[path = "oracle/tshark.rs"]
mod tshark;
#[path = "oracle/wirelab.rs"]
mod wirelab;

use std::collections::{HashMap, HashSet};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::known_differences::List;
use crate::printed::Printed;
use crate::tally::Tally;
use crate::tshark::Reassembly;

/// How long one run of a program may take: the largest captures take seconds, on a machine that does nothing else.
const LIMIT: Duration = Duration::from_mins(5);

/// Differences of one kind shown in detail.
const OF_A_KIND: usize = 3;

#[test]
fn wirelab_agrees_with_tshark() {
    let examples = root().join("examples/captures");
    let folder = std::env::var_os("WIRELAB_CAPTURES").map_or_else(|| examples.clone(), PathBuf::from);
    let mut files = sample::chosen(sample::captures(&folder));
    if updates() {
        // The document has the reasons that the tests meet, too.
        files.extend(sample::captures(&examples));
    }
    agree(&folder, &files);
}

/// The collection beside the project is larger than a test may take: some of its small files, the same ones in every run.
#[test]
fn wirelab_agrees_with_tshark_on_a_sample_of_the_collection() {
    let folder = root().join("../shared/captures");
    if std::env::var_os("WIRELAB_CAPTURES").is_some() || !folder.is_dir() {
        eprintln!("skipped: other captures are compared, or there are none in {}", folder.display());
        return;
    }
    agree(&folder, &sample::of_collection(sample::captures(&folder)));
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Whether the run writes what it finds into the document.
fn updates() -> bool {
    setting("WIRELAB_UPDATE").is_some() && setting("WIRELAB_CAPTURES").is_some()
}

#[allow(clippy::expect_used, reason = "a test that lacks its program or document fails")]
fn agree(folder: &Path, files: &[PathBuf]) {
    if let Some(missing) = ["tshark", "capinfos"].into_iter().find(|tool| !process::exists(tool)) {
        assert!(setting("WIRELAB_REQUIRE_TOOLS").is_none(), "{missing} not found");
        eprintln!("skipped: {missing} not found");
        return;
    }
    let program = wirelab::program().expect("WIRELAB_BIN, or a binary named wirelab in this package");
    assert!(!files.is_empty(), "no capture in {}", folder.display());

    let mut tally = compare_all(&program, folder, files);
    let list = List::read(&root().join("tests/oracle/known_differences.tsv"));
    tally.excuse(|difference| list.reason(difference));
    report(&tally, files.len());
    let document = root().join("docs/oracle.md");
    let text = std::fs::read_to_string(&document).expect("docs/oracle.md");
    if updates() {
        let text = reasons::written(&text, &tally, folder, files.len()).expect("a part to write");
        std::fs::write(&document, text).expect("docs/oracle.md");
        return;
    }
    let unexplained = tally.unexplained().count();
    assert!(unexplained == 0, "{unexplained} differences without a reason");
    let missing = reasons::undocumented(&tally, &text);
    assert!(missing.is_empty(), "docs/oracle.md lacks the reasons {missing:#?}");
}

/// The packets of a script in every link layer that the test support can write.
#[test]
fn every_link_layer_agrees_with_tshark() {
    if !process::exists("tshark") {
        assert!(setting("WIRELAB_REQUIRE_TOOLS").is_none(), "tshark not found");
        eprintln!("skipped: tshark not found");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for link in support::link::LINKS {
        let capture = support::capture(link.name, &format!("link {}\n{}", link.name, support::link::EXCHANGE)).unwrap();
        std::fs::write(folder.path().join(format!("{}.pcap", link.name)), capture).unwrap();
    }
    let program = wirelab::program().expect("WIRELAB_BIN, or a binary named wirelab in this package");
    let files = sample::captures(folder.path());
    let mut tally = compare_all(&program, folder.path(), &files);
    let list = List::read(&root().join("tests/oracle/known_differences.tsv"));
    tally.excuse(|difference| list.reason(difference));
    report(&tally, files.len());
    assert_eq!(tally.unexplained().count(), 0);
}

/// Compares the files, a few at a time; the result is in order of file.
fn compare_all(program: &Path, folder: &Path, files: &[PathBuf]) -> Tally {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        while let Some((index, file)) = take(&next, files) {
            let name = file.strip_prefix(folder).unwrap_or(file).to_string_lossy().into_owned();
            done.push((index, compare(program, file, &name)));
            if (index + 1) % 100 == 0 {
                eprintln!("{} of {} captures", index + 1, files.len());
            }
        }
        done
    };
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let mut done: Vec<(usize, Tally)> = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).flatten().collect()
    });
    assert_eq!(done.len(), files.len(), "a comparing thread panicked");
    done.sort_by_key(|(index, _)| *index);
    let mut all = Tally::default();
    for (_, tally) in done {
        all.add(tally);
    }
    all
}

fn take<'a>(next: &AtomicUsize, files: &'a [PathBuf]) -> Option<(usize, &'a PathBuf)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    files.get(index).map(|file| (index, file))
}

/// Everything about one capture.
fn compare(program: &Path, file: &Path, name: &str) -> Tally {
    let mut tally = Tally::of_file(name);
    let runs = tshark::dissect(file, Reassembly::InOrder, LIMIT)
        .and_then(|dissection| Ok((dissection, capture::information(file, LIMIT)?)));
    let inspection = wirelab::inspect(program, file, LIMIT);
    let ((dissection, information), inspection) = match (runs, inspection) {
        (Ok(theirs), Ok(ours)) => (theirs, ours),
        (theirs, ours) => {
            let said = |result: Option<String>| result.unwrap_or_else(|| "ran".to_owned());
            let (ours, theirs) = (said(ours.err()), said(theirs.err()));
            tally.compare("run", "to the end", Some(&ours), Some(&theirs), || None);
            return tally;
        }
    };
    let frames = inspection.analysis.as_ref().and_then(|a| a.pointer("/capture/frames")).and_then(Value::as_u64);
    capture::compare_exit(&mut tally, &dissection, inspection.code, frames);
    let printed = printed::printed(&inspection.trees);
    let settings::Chosen { dissection, in_order } = settings::choose(file, dissection, &printed, LIMIT);
    let streams = segments::streams(&dissection);
    let once = tshark::dissect_without(file, &segments::copies(&streams), LIMIT);
    let once_streams = once.as_ref().map(segments::streams).unwrap_or_default();
    if let Some(analysis) = &inspection.analysis {
        capture::compare(&mut tally, file, &dissection, &information, analysis);
        connections::compare(&mut tally, &streams, &once_streams, analysis);
        exchanges::compare(&mut tally, &streams, analysis);
        names::compare(&mut tally, &dissection, analysis);
        pings::compare(&mut tally, &dissection, analysis);
        tls::compare(&mut tally, &streams, analysis);
    }
    let facts = fields::Facts::of(&dissection, &streams, once.as_ref(), &in_order);
    compare_trees(&mut tally, &dissection, &facts, &printed);
    tally
}

fn compare_trees(tally: &mut Tally, dissection: &tshark::Dissection, facts: &fields::Facts<'_>, printed: &Printed) {
    let rows: HashMap<u64, &tshark::Row> = dissection.rows.iter().map(|row| (row.number, row)).collect();
    for (number, fields) in &printed.frames {
        // Frames of a damaged file that only wirelab reads have nothing to be compared with.
        let more = dissection.complaint.is_some() && !rows.contains_key(number);
        if !more {
            fields::compare_frame(tally, facts, rows.get(number).copied(), *number, fields);
        }
    }
    for complaint in &printed.complaints {
        tally.compare("frame", "output", Some(complaint), None, || None);
    }
    let numbers: HashSet<u64> = printed.frames.iter().map(|(number, _)| *number).collect();
    fields::compare_missing(tally, dissection, &numbers);
}

fn report(tally: &Tally, files: usize) {
    eprintln!("{files} captures\n\n{}", tally.table());
    let limit = setting("WIRELAB_ORACLE_VERBOSE").and_then(|text| text.parse().ok()).unwrap_or(20);
    let with_known = setting("WIRELAB_ORACLE_KNOWN").is_some();
    let mut of_kind: HashMap<&str, usize> = HashMap::new();
    let shown = tally.differences().iter().filter(|difference| with_known || difference.reason.is_none()).filter(|d| {
        let seen = of_kind.entry(&d.kind).or_default();
        *seen += 1;
        *seen <= OF_A_KIND
    });
    for difference in shown.take(limit) {
        eprintln!("{}", difference.detail());
    }
    if let Some(out) = setting("WIRELAB_ORACLE_OUT")
        && let Err(error) = std::fs::write(&out, tally.tsv())
    {
        eprintln!("{out}: {error}");
    }
}

/// An environment variable, unless it is empty.
pub(crate) fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}
