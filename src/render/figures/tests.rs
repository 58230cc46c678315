//! The figures of real Reports, of hostile ones and of the largest there can be.

use std::collections::BTreeSet;

use super::{Figure, Figures, draw};
use crate::analysis::analyse;
use crate::analysis::model::Side;
use crate::capture::Bytes;
use crate::lab::Lang;
use crate::render::page::sanitise::clean_figure;
use crate::render::tests::{EXAMPLES, HOSTILE, attributes, lab, numbers};
use crate::render::{FigureLinks, markdown, page};
use crate::report::model::{Point, Report};
use crate::report::{self, Request};
use crate::select::Preferences;
use crate::text::{Text, to_json};
use crate::time::Span;

fn report_of(name: &str) -> Report {
    let (name, data) = *EXAMPLES.iter().find(|(other, _)| *other == name).unwrap();
    let source = Bytes { name, data };
    let survey = analyse(&source, &Preferences::default()).unwrap();
    report::build(&source, &survey, Request::default()).unwrap()
}

fn reports() -> impl Iterator<Item = (&'static str, Report)> {
    EXAMPLES.iter().map(|(name, _)| (*name, report_of(name)))
}

fn drawn(report: &Report, languages: &str) -> Figures {
    draw(report, lab(), &Lang::list(languages).unwrap()).unwrap()
}

fn html(report: &Report, languages: &str) -> String {
    let (figures, languages_list) = (drawn(report, languages), Lang::list(languages).unwrap());
    let links = FigureLinks::Folder("x-figures");
    let text = markdown(&to_json(report).unwrap(), lab(), &languages_list, &figures, links).unwrap();
    page(&text, lab(), &languages_list, &figures).unwrap()
}

/// Panics unless every element that begins ends in order, and every `&` begins a reference.
fn is_well_formed(xml: &str) {
    let mut open: Vec<&str> = Vec::new();
    for piece in xml.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap_or_else(|| panic!("a tag without end: {piece}"));
        assert!(!text.contains('>') || open.last() == Some(&"style") || tag.starts_with("style"), "a bare > in {text}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
        } else {
            assert_eq!(tag.matches('"').count() % 2, 0, "quotes in {tag}");
            open.push(tag.split(' ').next().unwrap());
        }
    }
    assert!(open.is_empty(), "{open:?} do not end");
    for reference in xml.split('&').skip(1) {
        assert!(["amp;", "lt;", "gt;", "quot;"].iter().any(|known| reference.starts_with(known)), "&{reference:.9}");
    }
}

/// The text of every label.
fn labels(svg: &str) -> Vec<String> {
    let texts = svg.split("<text ").skip(1).map(|rest| rest.split("</text>").next().unwrap());
    texts
        .map(|text| {
            let inner = text.split_once('>').unwrap().1;
            inner.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text)).collect()
        })
        .collect()
}

#[test]
fn each_capture_has_the_figures_that_it_can_have() {
    let names = |name: &str| drawn(&report_of(name), "en").names().map(str::to_owned).collect::<Vec<_>>().join(" ");
    assert_eq!(names("page-load.pcapng"), "encapsulation ladder ping sequence waterfall");
    assert_eq!(names("curl-close.pcap"), "encapsulation ladder sequence waterfall");
    assert_eq!(names("simultaneous-close.pcapng"), "encapsulation ladder waterfall", "one segment has no course");
    assert_eq!(names("no-response.pcapng"), "encapsulation ladder waterfall");
    assert_eq!(names("tls-only.pcapng"), "ladder");
    assert_eq!(names("ping-only.pcapng"), "ping");
}

#[test]
fn the_plot_and_its_caption_are_of_the_longer_message() {
    let mut report = report_of("simultaneous-close.pcapng");
    report.exchange.as_mut().unwrap().request.body_bytes = 900_000;
    report.exchange_series.points = (1..=9_u32)
        .map(|number| {
            let (from, len) = if number % 3 == 0 { (Side::Server, 0) } else { (Side::Client, 100) };
            let seq = if from == Side::Client { number * 100 } else { 1 };
            Point::new(number.into(), from, seq, len, Some(if len == 0 { number * 100 } else { 1 }))
        })
        .collect();
    let figure = drawn(&report, "en").iter().find(|(name, _)| *name == "sequence").map(|(_, figure)| figure.clone());
    let figure = figure.unwrap();
    assert!(figure.alternative.starts_with("Time-sequence plot of the client's data: 6 segments"));
    let labels = labels(&figure.svg).join("|");
    assert!(labels.contains("client's data segment") && labels.contains("acknowledged by the server"), "{labels}");
    assert!(html(&report, "en").contains("bytes that the client has sent"));
    assert!(html(&report, "zh").contains("客户端发出的字节数"));
}

#[test]
fn figures_are_well_formed_and_every_label_says_something() {
    for (name, report) in reports() {
        for languages in ["zh", "en", "zh-en", "en-zh"] {
            for (figure, drawing) in drawn(&report, languages).iter() {
                is_well_formed(&drawing.svg);
                is_well_formed(&drawing.file(lab()));
                assert!(!drawing.alternative.is_empty() && drawing.svg.contains("role=\"img\"><title>"));
                for label in labels(&drawing.svg) {
                    assert!(!label.trim().is_empty(), "{name} {figure}: an empty label");
                }
            }
        }
    }
}

#[test]
fn a_stretch_that_is_not_drawn_ends_with_its_last_segment() {
    let figures = drawn(&report_of("lossy.pcapng"), "en");
    let (_, ladder) = figures.iter().find(|(name, _)| *name == "ladder").unwrap();
    // Frames 77 to 121.
    assert!(labels(&ladder.svg).iter().any(|label| label.contains("0.287996687 s – 0.308398385 s")));
}

#[test]
fn both_languages_label_the_same_numbers() {
    let of = |drawing: &Figure| -> BTreeSet<String> { numbers(&drawing.svg.replace('<', " <")) };
    for (name, report) in reports() {
        let (zh, en) = (drawn(&report, "zh"), drawn(&report, "en"));
        for ((figure, zh), (_, en)) in zh.iter().zip(en.iter()) {
            let (zh, en) = (of(zh), of(en));
            assert_eq!(zh.symmetric_difference(&en).collect::<Vec<_>>(), Vec::<&String>::new(), "{name} {figure}");
        }
    }
}

#[test]
fn every_frame_of_a_figure_has_its_row() {
    for (name, report) in reports() {
        for (figure, drawing) in drawn(&report, "zh-en").iter() {
            for frame in drawing.frames() {
                assert!(report.frames.contains_key(&frame), "{name} {figure}: #{frame}");
            }
            // A tag without a link would be a frame without a row.
            for label in labels(&drawing.svg) {
                for tag in label.split('#').skip(1) {
                    let digits: String = tag.chars().take_while(char::is_ascii_digit).collect();
                    assert!(report.frames.contains_key(&digits.parse().unwrap()), "{name} {figure}: {label}");
                }
            }
        }
        let html = html(&report, "zh-en");
        let ids: BTreeSet<&str> = attributes(&html, "id").into_iter().collect();
        for link in attributes(&html, "href") {
            assert!(ids.contains(link.trim_start_matches('#')), "{name}: no target for {link}");
        }
    }
}

#[test]
fn figures_are_numbered_in_their_order_on_the_page() {
    let html = html(&report_of("page-load.pcapng"), "en");
    let numbers: Vec<&str> = html.split("<strong>Figure ").skip(1).filter_map(|rest| rest.split('.').next()).collect();
    assert_eq!(numbers, ["1", "2", "3", "4", "5"]);
    assert_eq!(html.matches("<svg ").count(), 5);
}

#[test]
fn a_file_gives_the_figure_of_the_page_again() {
    for (_, report) in reports() {
        for (_, drawing) in drawn(&report, "zh-en").iter() {
            let file = drawing.file(lab());
            assert!(file.starts_with("<svg ") && file.contains("xmlns=\"http://www.w3.org/2000/svg\""));
            assert_eq!(clean_figure(&file), clean_figure(&drawing.svg));
            assert_eq!(clean_figure(&drawing.svg), drawing.svg, "nothing of a figure is cleaned away");
        }
    }
}

#[test]
fn hostile_text_stays_inert_in_figures() {
    let mut report = report_of("redirect-cookie.pcapng");
    let hostile = || Text::from(HOSTILE);
    let exchange = report.exchange.as_mut().unwrap();
    (exchange.request.method, exchange.request.target) = (hostile(), hostile());
    exchange.request.host = Some(hostile());
    exchange.response.as_mut().unwrap().reason = hostile();
    for frame in report.frames.values_mut() {
        frame.info = hostile();
        (frame.source, frame.destination, frame.protocol) = (HOSTILE.into(), HOSTILE.into(), HOSTILE.into());
    }
    for exchange in &mut report.timeline.exchanges {
        (exchange.method, exchange.target, exchange.host) = (hostile(), hostile(), Some(hostile()));
    }
    let figures = drawn(&report, "zh-en");
    assert!(figures.names().any(|name| name == "ladder"));
    for (_, drawing) in figures.iter() {
        is_well_formed(&drawing.svg);
        assert!(!drawing.svg.contains("<script") && !drawing.svg.contains("<img"));
        assert!(!drawing.svg.chars().any(char::is_control) && !drawing.svg.contains(['\u{202e}', '\u{200b}']));
        assert_eq!(clean_figure(&drawing.svg), drawing.svg);
    }
    assert!(figures.iter().any(|(_, drawing)| drawing.svg.contains("&lt;/code&gt;")), "the text itself is shown");
}

#[test]
fn figures_are_bounded_however_much_a_report_holds() {
    let mut report = report_of("page-load.pcapng");
    let points: Vec<Point> = (1..=1600_u32)
        .map(|number| {
            let from = if number % 3 == 0 { Side::Client } else { Side::Server };
            let mut point =
                Point::new(number.into(), from, number * 700_001, number % 1000 + 1, Some(number * 600_001));
            point.retransmission = number % 4 == 0;
            point
        })
        .collect();
    for series in [&mut report.connection_series, &mut report.exchange_series] {
        series.points.clone_from(&points);
        series.segments = 1600;
    }
    let timeline = &mut report.timeline;
    timeline.connections = timeline.connections.iter().cycle().take(24).cloned().collect();
    timeline.exchanges = timeline.exchanges.iter().cycle().take(120).cloned().collect();
    let handshake = report.handshake.first().cloned().unwrap();
    report.handshake.extend((0..400).map(|_| crate::report::model::Segment {
        step: crate::report::model::SegmentStep::SynCopy,
        ..handshake.clone()
    }));
    let ping = &mut report.analysis.pings[0];
    ping.frames = (0..10_000).map(|_| ping.frames[0]).collect();
    ping.rtts = (1..=10_000).map(|number| Some(Span::from_nanos(number * 1_000_000))).collect();
    let figures = drawn(&report, "zh-en");
    assert_eq!(figures.names().count(), 5);
    for (name, drawing) in figures.iter() {
        assert!(drawing.svg.len() < 300_000, "{name}: {}", drawing.svg.len());
    }
}
