//! The segments of the chosen exchange: runs of one side as one arrow, long stretches as a count.

use std::collections::BTreeSet;

use tera::{Error, Value};

use super::notes::Note;
use super::rows::{Arrow, Row, between};
use crate::analysis::model::{Exchange, Side};
use crate::dissect::LayerTree;
use crate::render::figures::measure;
use crate::render::figures::words::Words;
use crate::render::template::escape;
use crate::report::model::{FrameFacts, Point, Report};
use crate::time::Span;

/// Arrows of an exchange that are all drawn; of more, those at its start and end and the first retransmissions.
const MAX_ARROWS: usize = 14;
const AT_START: usize = 6;
const AT_END: usize = 4;
const MAX_RETRANSMISSIONS: usize = 6;
/// Width that the start line of a message may take on its arrow.
const START_LINE: f64 = 150.0;

/// One segment, or several of one side that continue each other.
#[derive(Debug, Clone)]
struct Run {
    first: u64,
    last: u64,
    time: Option<Span>,
    /// Time of the last segment.
    end: Option<Span>,
    from: Side,
    seq: u32,
    /// Payload of each segment.
    lens: Vec<u32>,
    ack: Option<u32>,
    retransmission: bool,
}

impl Run {
    fn bytes(&self) -> u64 {
        self.lens.iter().map(|len| u64::from(*len)).sum()
    }

    /// Whether `next` follows without a gap, a change of direction or anything to tell it apart.
    fn goes_on_with(&self, next: &Run) -> bool {
        let same = self.from == next.from && !self.retransmission && !next.retransmission;
        let end = self.lens.iter().fold(self.seq, |seq, len| seq.wrapping_add(*len));
        let both_bare = self.bytes() == 0 && next.bytes() == 0 && self.ack == next.ack;
        let both_data = self.lens.iter().all(|len| *len > 0) && next.bytes() > 0;
        same && ((both_data && end == next.seq) || both_bare)
    }
}

/// The rows of the exchange, each with its first frame, without the frames of handshake and close.
pub(super) fn arrows(report: &Report, own: &BTreeSet<u64>, words: &Words) -> Result<Vec<(u64, Row)>, Error> {
    let Some(exchange) = &report.exchange else { return Ok(Vec::new()) };
    let series = &report.exchange_series;
    if series.every > 1 {
        return thinned(report, exchange, own, words);
    }
    let mut runs: Vec<Run> = Vec::new();
    for point in series.points.iter().filter(|point| !own.contains(&point.frame)) {
        let run = of_point(point);
        // A request stands alone, so that its start line can be read.
        let stands_alone = |frame: u64| frame == exchange.request.first_frame;
        match runs.last_mut() {
            Some(last) if last.goes_on_with(&run) && !stands_alone(last.first) => {
                last.last = run.last;
                last.end = run.end;
                last.lens.extend(run.lens);
            }
            _ => runs.push(run),
        }
    }
    let notable = notable(report, exchange);
    let shown = shown(&runs, &notable);
    let mut rows = Vec::new();
    let mut left_out: Vec<&Run> = Vec::new();
    for (run, shown) in runs.iter().zip(shown) {
        if shown {
            rows.extend(stretch(&left_out, words)?);
            left_out.clear();
            rows.push((run.first, Row::Arrow(arrow(report, run, words)?)));
        } else {
            left_out.push(run);
        }
    }
    rows.extend(stretch(&left_out, words)?);
    Ok(rows)
}

fn of_point(point: &Point) -> Run {
    Run {
        first: point.frame,
        last: point.frame,
        time: Some(point.time),
        end: Some(point.time),
        from: point.from,
        seq: point.seq,
        lens: vec![point.len],
        ack: point.ack,
        retransmission: point.retransmission,
    }
}

/// The frames that begin, complete or acknowledge a message of the exchange.
fn notable(report: &Report, exchange: &Exchange) -> BTreeSet<u64> {
    let mut notable = BTreeSet::from([exchange.request.first_frame]);
    notable.extend(exchange.request.frame);
    if let Some(response) = &exchange.response {
        notable.insert(response.first_frame);
        notable.extend(response.frame);
    }
    notable.extend([report.acknowledged.request, report.acknowledged.response].into_iter().flatten());
    notable
}

/// Which runs are drawn. A stretch left out holds at least two.
fn shown(runs: &[Run], notable: &BTreeSet<u64>) -> Vec<bool> {
    if runs.len() <= MAX_ARROWS {
        return vec![true; runs.len()];
    }
    let mut again = 0;
    let mut shown: Vec<bool> = runs
        .iter()
        .enumerate()
        .map(|(place, run)| {
            again += usize::from(run.retransmission);
            place < AT_START
                || place + AT_END >= runs.len()
                || notable.range(run.first..=run.last).next().is_some()
                || (run.retransmission && again <= MAX_RETRANSMISSIONS)
        })
        .collect();
    for place in 1..shown.len().saturating_sub(1) {
        if let Some([true, here @ false, true]) = shown.get_mut(place - 1..=place + 1) {
            *here = true;
        }
    }
    shown
}

/// A band for runs that are not drawn: how many segments they are and what they carry.
fn stretch(runs: &[&Run], words: &Words) -> Result<Option<(u64, Row)>, Error> {
    let (Some(first), Some(last)) = (runs.first(), runs.last()) else { return Ok(None) };
    let of = |side: Side| runs.iter().filter(move |run| run.from == side);
    let segments = |side: Side| of(side).map(|run| run.lens.len()).sum::<usize>();
    let bytes = |side: Side| of(side).map(|run| run.bytes()).sum::<u64>();
    let values = [
        ("client", Value::from(segments(Side::Client))),
        ("server", Value::from(segments(Side::Server))),
        ("client_bytes", Value::from(bytes(Side::Client))),
        ("server_bytes", Value::from(bytes(Side::Server))),
        ("retransmissions", Value::from(runs.iter().filter(|run| run.retransmission).count())),
        ("start", Value::from(first.time.map(|time| time.to_string()))),
        ("end", Value::from(last.end.map(|time| time.to_string()))),
    ];
    Ok(Some((first.first, Row::Band(vec![words.lines("ladder.stretch", values)?]))))
}

/// A long exchange of whose segments the Report holds only a part: those that are surely there, and a count.
fn thinned(report: &Report, exchange: &Exchange, own: &BTreeSet<u64>, words: &Words) -> Result<Vec<(u64, Row)>, Error> {
    let response = exchange.response.as_ref();
    let mut frames: Vec<u64> = vec![exchange.request.first_frame];
    frames.extend(exchange.request.frame);
    frames.extend(response.map(|response| response.first_frame));
    frames.extend(response.and_then(|response| response.frame));
    frames.retain(|frame| !own.contains(frame));
    frames.sort_unstable();
    frames.dedup();
    let runs: Vec<Run> = frames.iter().filter_map(|frame| report.frames.get(frame)).filter_map(of_tree).collect();
    let left_out = report.exchange_series.segments.saturating_sub(u64::try_from(runs.len()).unwrap_or_default());
    let from = response.map(|response| response.first_frame);
    let mut rows = Vec::new();
    for run in &runs {
        rows.push((run.first, Row::Arrow(arrow(report, run, words)?)));
        if Some(run.first) == from {
            let lines = words.lines("ladder.thinned", [("count", Value::from(left_out))])?;
            rows.push((run.first + 1, Row::Band(vec![lines])));
        }
    }
    Ok(rows)
}

/// The numbers of a frame that has a field tree.
fn of_tree(frame: &FrameFacts) -> Option<Run> {
    let tcp: &LayerTree = frame.layers.iter().find(|layer| layer.protocol == "tcp")?;
    let value =
        |name: &str| -> Option<u32> { tcp.fields.iter().find(|field| field.name == name)?.value.lossy().parse().ok() };
    Some(Run {
        first: frame.number,
        last: frame.number,
        time: frame.time_relative,
        end: frame.time_relative,
        from: frame.from?,
        seq: value("tcp.seq")?,
        lens: vec![value("tcp.len")?],
        ack: value("tcp.ack"),
        retransmission: false,
    })
}

fn arrow(report: &Report, run: &Run, words: &Words) -> Result<Arrow, Error> {
    let mut notes = notes_of(report, run.first, run.last, words)?;
    if run.retransmission {
        notes.insert(0, words.lines("ladder.retransmission", [])?);
    } else if run.bytes() == 0 && run.lens.len() > 1 {
        notes.push(words.lines("ladder.acks", [("count", Value::from(run.lens.len()))])?);
    } else if run.lens.len() > 1 {
        notes.push(words.lines("ladder.run", [("count", Value::from(run.lens.len()))])?);
    }
    Ok(Arrow {
        first: run.first,
        last: run.last,
        segments: if run.bytes() > 0 { u64::try_from(run.lens.len()).unwrap_or_default() } else { 1 },
        time: run.time,
        from: run.from,
        label: label(report, run),
        retransmission: run.retransmission,
        notes,
        states: Vec::new(),
    })
}

/// The relative numbers of a run; of a request also its start line, as far as it fits.
fn label(report: &Report, run: &Run) -> String {
    let ack = run.ack.map(|ack| format!("Ack={ack}")).unwrap_or_default();
    if run.bytes() == 0 {
        return format!("{} Seq={} {ack}", flags(report, run.first), run.seq).trim().to_owned();
    }
    if run.lens.len() > 1 {
        return format!("{} B  Seq={}", terms(&run.lens), run.seq);
    }
    let request = report.exchange.as_ref().map(|exchange| &exchange.request);
    let start_line = request.filter(|request| request.first_frame == run.first).map(|request| {
        let line = escape::visible(&format!("{} {}", request.method.lossy(), request.target.lossy()));
        measure::fit(&line, START_LINE, |text| measure::mono(text, 11.0)) + " "
    });
    format!("{}Seq={} {ack} Len={}", start_line.unwrap_or_default(), run.seq, run.bytes())
}

/// `10 × 1460 + 130 = 14730`; of many different lengths only the sum.
fn terms(lens: &[u32]) -> String {
    let mut groups: Vec<(u32, u64)> = Vec::new();
    for len in lens {
        match groups.last_mut() {
            Some((last, count)) if last == len => *count += 1,
            _ => groups.push((*len, 1)),
        }
    }
    let sum: u64 = lens.iter().map(|len| u64::from(*len)).sum();
    if groups.len() > 3 {
        return sum.to_string();
    }
    let terms: Vec<String> = groups
        .iter()
        .map(|(len, count)| if *count == 1 { len.to_string() } else { format!("{count} × {len}") })
        .collect();
    format!("{} = {sum}", terms.join(" + "))
}

/// The flags of a bare segment as its row shows them; empty when the Report has no such row.
fn flags(report: &Report, frame: u64) -> String {
    let info = report.frames.get(&frame).map(|frame| frame.info.lossy().into_owned()).unwrap_or_default();
    let flags = info.split_once('→').and_then(|(_, rest)| rest.split_once('['));
    let flags = flags.and_then(|(_, rest)| rest.split_once(']')).map(|(flags, _)| flags.to_owned());
    flags
        .filter(|flags| flags.bytes().all(|byte| byte.is_ascii_uppercase() || b", ".contains(&byte)))
        .unwrap_or_default()
}

/// What the frames `first` to `last` of one side do in the chosen exchange.
pub(super) fn notes_of(report: &Report, first: u64, last: u64, words: &Words) -> Result<Vec<Note>, Error> {
    let Some(exchange) = &report.exchange else { return Ok(Vec::new()) };
    let from = report.frames.get(&first).and_then(|frame| frame.from);
    let mut notes = Vec::new();
    let holds = |frame: u64, side: Side| {
        let sender = report.frames.get(&frame).and_then(|frame| frame.from);
        (first..=last).contains(&frame) && sender == Some(side) && from.is_none_or(|from| from == side)
    };
    let request = &exchange.request;
    let length = ("bytes", Value::from(request.header_bytes + request.body_bytes));
    let ends = request.frame.filter(|frame| holds(*frame, Side::Client));
    if holds(request.first_frame, Side::Client) {
        let key = match (ends, request.complete) {
            (Some(_), _) => "whole",
            (None, true) => "begins",
            (None, false) => "incomplete",
        };
        notes.push(words.lines(&format!("ladder.request.{key}"), [length])?);
    } else if ends.is_some() {
        notes.push(words.lines("ladder.request.ends", [length])?);
    }
    if let Some(frame) = report.acknowledged.request.filter(|frame| holds(*frame, Side::Server)) {
        notes.push(words.lines("ladder.request.acknowledged", [("frame", Value::from(frame))])?);
    }
    if let Some(response) = &exchange.response {
        for interim in response.interim.iter().filter(|interim| holds(interim.frame, Side::Server)).take(2) {
            notes.push(words.lines("ladder.response.interim", [("status", Value::from(interim.status))])?);
        }
        let begins = holds(response.first_frame, Side::Server);
        let ends = response.frame.filter(|frame| holds(*frame, Side::Server));
        let time = request.frame.zip(response.frame).and_then(|(sent, done)| between(report, sent, done));
        let values = |frame: u64| {
            [
                ("frame", Value::from(frame)),
                ("status", Value::from(response.status)),
                ("header", Value::from(response.header_bytes)),
                ("body", Value::from(response.body_bytes)),
                ("time", Value::from(time.map(|time| time.to_string()))),
                ("complete", Value::from(response.complete)),
            ]
        };
        if begins {
            notes.push(words.lines("ladder.response.begins", values(response.first_frame))?);
        }
        if let Some(frame) = ends {
            notes.push(words.lines("ladder.response.ends", values(frame))?);
        }
    }
    if let Some(frame) = report.acknowledged.response.filter(|frame| holds(*frame, Side::Client)) {
        notes.push(words.lines("ladder.response.acknowledged", [("frame", Value::from(frame))])?);
    }
    Ok(notes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(frame: u64, from: Side, seq: u32, len: u32) -> Run {
        of_point(&Point::new(frame, from, seq, len, Some(1)))
    }

    #[test]
    fn segments_that_continue_each_other_are_one_run() {
        let first = run(1, Side::Server, 1, 1460);
        assert!(first.goes_on_with(&run(2, Side::Server, 1461, 130)));
        assert!(!first.goes_on_with(&run(2, Side::Server, 2921, 130)), "a gap");
        assert!(!first.goes_on_with(&run(2, Side::Client, 1461, 130)), "another direction");
        assert!(run(1, Side::Client, 1, 0).goes_on_with(&run(2, Side::Client, 1, 0)), "the same acknowledgment again");
        assert_eq!(terms(&[1460, 1460, 130]), "2 × 1460 + 130 = 3050");
        assert_eq!(terms(&[1, 2, 3, 4]), "10");
    }

    #[test]
    fn long_exchanges_keep_ends_and_retransmissions() {
        let mut runs: Vec<Run> = (0..100).map(|frame| run(frame, Side::Server, 1, 10)).collect();
        runs[40].retransmission = true;
        runs[42].retransmission = true;
        let places: Vec<usize> = shown(&runs, &BTreeSet::from([60]))
            .iter()
            .enumerate()
            .filter(|(_, shown)| **shown)
            .map(|(at, _)| at)
            .collect();
        assert_eq!(places, [0, 1, 2, 3, 4, 5, 40, 41, 42, 60, 96, 97, 98, 99]);
    }
}
