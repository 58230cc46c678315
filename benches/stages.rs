//! How long each stage takes, from the bytes of a file to the page: `cargo bench --bench stages`.
//!
//! What all frames pass is measured per byte on 16 MiB of replicated captures, what is done once a report on the page load.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    missing_docs,
    unreachable_pub,
    reason = "a measuring tool may stop, and criterion's macros make functions without documentation"
)]

mod replica;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use replica::{File, Format, Random};
use wirelab::analysis::analyse;
use wirelab::capture::{Bytes, Reader};
use wirelab::evidence;
use wirelab::files;
use wirelab::lab::{DEFAULT, Lab, Lang};
use wirelab::packet::Packet;
use wirelab::render::{FigureLinks, draw, markdown, page};
use wirelab::report::{self, Request};
use wirelab::select::Preferences;
use wirelab::text::to_json;

/// Size of the capture that the stages of all frames are measured on: more than caches hold.
const SIZE: u64 = 16 << 20;

fn capture(format: Format) -> Vec<u8> {
    let mut file = File::new(format, Vec::new()).expect("memory can be written");
    replica::replicate(&replica::originals(), &mut Random(1), |time, bytes| {
        file.frame(time, bytes).expect("memory can be written");
        file.size < SIZE
    });
    file.finish().expect("memory can be written")
}

fn walk(source: &Bytes<'_>, mut each: impl FnMut(&Packet<'_>)) {
    let mut reader = Reader::open(source).expect("a replica can be read");
    while let Some(frame) = reader.next_frame() {
        each(&Packet::parse(frame));
    }
}

fn every_frame(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("every frame");
    group.sample_size(10);
    for (name, format) in [("pcap", Format::Pcap), ("pcapng", Format::Pcapng)] {
        let data = capture(format);
        let source = Bytes { name, data: &data };
        group.throughput(Throughput::Bytes(data.len() as u64));
        group.bench_function(format!("file layer, {name}"), |bencher| {
            bencher.iter(|| {
                let mut reader = Reader::open(&source).expect("a replica can be read");
                while let Some(frame) = reader.next_frame() {
                    black_box(frame);
                }
            });
        });
        if format == Format::Pcap {
            group.bench_function("file layer and packets", |bencher| {
                bencher.iter(|| {
                    walk(&source, |packet| {
                        black_box(packet);
                    });
                });
            });
            group.bench_function("analysis", |bencher| {
                bencher.iter(|| analyse(&source, &Preferences::default()).expect("a replica can be read"));
            });
            let survey = analyse(&source, &Preferences::default()).expect("a replica can be read");
            group.bench_function("evidence: field trees of one frame in all", |bencher| {
                let last = [survey.analysis.capture.frames].into();
                bencher.iter(|| {
                    evidence::trees(&source, &survey, Some(&last), &mut |tree| {
                        black_box(tree);
                        Ok::<_, wirelab::capture::CaptureError>(())
                    })
                });
            });
            group.bench_function("analysis as JSON", |bencher| {
                bencher.iter(|| to_json(&survey.analysis).expect("an analysis is JSON"));
            });
        }
    }
}

fn one_report(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("one report");
    group.sample_size(20);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/captures/page-load.pcapng");
    let data = files::read_bytes(path.as_ref()).expect("the example can be read");
    let source = Bytes { name: "page-load.pcapng", data: &data };
    group.bench_function("analysis", |bencher| {
        bencher.iter(|| analyse(&source, &Preferences::default()).expect("the example can be read"));
    });
    let survey = analyse(&source, &Preferences::default()).expect("the example can be read");
    group.bench_function("evidence and findings", |bencher| {
        bencher.iter(|| report::build(&source, &survey, Request::default()).expect("the example can be read"));
    });
    let report = report::build(&source, &survey, Request::default()).expect("the example can be read");
    let json = to_json(&report).expect("a report is JSON");
    group.bench_function("lab", |bencher| bencher.iter(|| Lab::built_in(DEFAULT)));
    let lab = Lab::built_in(DEFAULT).expect("it is built in");
    let languages = Lang::list("zh-en").expect("they are languages");
    group.bench_function("figures", |bencher| bencher.iter(|| draw(&report, &lab, &languages)));
    let figures = draw(&report, &lab, &languages).expect("figures can be drawn");
    let links = FigureLinks::Folder("report-figures");
    group.bench_function("Markdown", |bencher| {
        bencher.iter(|| markdown(&json, &lab, &languages, &figures, links));
    });
    let text = markdown(&json, &lab, &languages, &figures, links).expect("the lab is right");
    group.bench_function("page", |bencher| bencher.iter(|| page(&text, &lab, &languages, &figures)));
}

criterion_group!(stages, every_frame, one_report);
criterion_main!(stages);
