//! The rows of the ladder, from the Report's facts.

use std::collections::BTreeSet;

use tera::{Error, Value};

use super::absent;
use super::exchange;
use super::notes::{self, Note};
use crate::analysis::model::{Connection, Side, SynFacts};
use crate::render::figures::words::Words;
use crate::report::model::{Report, Segment, SegmentStep, TimelineExchange};
use crate::time::Span;

/// Largest window shift; a larger one counts as this (RFC 7323, 2.3).
const MAX_WINDOW_SHIFT: u8 = 14;

/// A time without data is shown from this on: shorter ones are part of any exchange.
const IDLE: Span = Span::from_nanos(100_000_000);
/// Rows of a handshake that are drawn; of more only the number.
const MAX_OPENING: usize = 12;

/// One row.
#[derive(Debug)]
pub(super) enum Row {
    /// Where a part of the connection begins.
    Heading(Vec<String>),
    /// One segment or a run of segments.
    Arrow(Arrow),
    /// What the capture lacks; with a direction if it is a segment.
    Absent { from: Option<Side>, lines: Vec<String> },
    /// Exchanges or segments that are not drawn one by one; each line in each language.
    Band(Vec<Vec<String>>),
    /// A time in which nothing is sent that would be drawn.
    Gap(Vec<Vec<String>>),
}

/// Segments of one side, one behind the other.
#[derive(Debug)]
pub(super) struct Arrow {
    pub(super) first: u64,
    pub(super) last: u64,
    pub(super) segments: u64,
    pub(super) time: Option<Span>,
    pub(super) from: Side,
    pub(super) label: String,
    pub(super) retransmission: bool,
    pub(super) notes: Vec<Note>,
    /// The states that it leads to, in the main language.
    pub(super) states: Vec<(Side, String)>,
}

pub(super) fn rows(report: &Report, connection: &Connection, words: &Words) -> Result<Vec<Row>, Error> {
    let mut rows = vec![Row::Heading(words.lines("ladder.part.opening", [])?)];
    opening(&mut rows, report, connection, words)?;
    let own: BTreeSet<u64> = report.handshake.iter().chain(&report.close).map(|segment| segment.facts.frame).collect();
    let mut transfer = exchange::arrows(report, &own, words)?;
    let first_close = report.close.first().map_or(u64::MAX, |segment| segment.facts.frame);
    let late = transfer.iter().position(|(frame, _)| *frame > first_close).unwrap_or(transfer.len());
    let late = transfer.split_off(late);
    let has_data = connection.client_bytes + connection.server_bytes > 0;
    let has_part = if report.exchange.is_some() { !transfer.is_empty() || late.is_empty() } else { has_data };
    if has_part {
        rows.push(Row::Heading(words.lines("ladder.part.exchange", [])?));
    }
    if let Some(chosen) = &report.exchange {
        let others = |later: bool| {
            let mut others: Vec<&TimelineExchange> = report.timeline.exchanges.iter().collect();
            others.retain(|other| other.stream == chosen.stream && (other.index > chosen.index) == later);
            others.retain(|other| other.index != chosen.index);
            others
        };
        let on_connection = report.analysis.exchange_range(chosen.stream).len();
        let on_connection = on_connection + usize::try_from(report.not_listed.exchanges_of_connection).unwrap_or(0);
        let up_to_chosen = usize::try_from(chosen.index).unwrap_or(usize::MAX);
        let counted = |later: bool| {
            if later { on_connection.saturating_sub(up_to_chosen) } else { up_to_chosen.saturating_sub(1) }
        };
        other_exchanges(&mut rows, "before", counted(false), &others(false), words)?;
        rows.extend(transfer.into_iter().map(|(_, row)| row));
        if chosen.response.is_none() {
            rows.push(Row::Absent { from: Some(Side::Server), lines: words.lines("ladder.absent.response", [])? });
        }
        other_exchanges(&mut rows, "after", counted(true), &others(true), words)?;
    } else if has_data {
        let values = [
            ("client", Value::from(connection.client_bytes)),
            ("server", Value::from(connection.server_bytes)),
            ("application", Value::from(notes::application(connection.application))),
        ];
        rows.push(Row::Band(vec![words.lines("ladder.data", values)?]));
    }
    idle(&mut rows, report, words)?;
    close(&mut rows, report, connection, late, words)?;
    Ok(rows)
}

fn opening(rows: &mut Vec<Row>, report: &Report, connection: &Connection, words: &Words) -> Result<(), Error> {
    let handshake = &connection.handshake;
    if report.handshake.is_empty() {
        rows.push(Row::Absent { from: None, lines: words.lines("ladder.absent.handshake", [])? });
        return Ok(());
    }
    if handshake.syn.is_none() {
        rows.push(absent::segment(words, Side::Client, "SYN")?);
    }
    let left_out = report.handshake.len().saturating_sub(MAX_OPENING);
    for (place, segment) in report.handshake.iter().enumerate() {
        // The copies of the SYN are the only ones that can be many.
        let is_copy = segment.step == SegmentStep::SynCopy;
        if left_out > 0 && is_copy && place > MAX_OPENING - 4 && place <= MAX_OPENING - 4 + left_out {
            if place == MAX_OPENING - 3 {
                rows.push(Row::Band(vec![words.lines("ladder.copies", [("count", Value::from(left_out))])?]));
            }
            continue;
        }
        if segment.step == SegmentStep::Ack && handshake.syn_ack.is_none() {
            rows.extend(absent::syn_ack(words, connection)?);
        }
        let syn = match segment.step {
            SegmentStep::Syn | SegmentStep::SynCopy => handshake.client.as_ref(),
            SegmentStep::SynAck => handshake.server.as_ref(),
            _ => None,
        };
        let label = opening_label(segment, syn);
        let notes = notes::opening(report, connection, segment, words)?;
        let states = notes::named(&notes::opening_states(segment.step), words)?;
        rows.push(Row::Arrow(Arrow { states, ..single(segment, label, notes) }));
    }
    if handshake.ack.is_none() {
        if handshake.syn_ack.is_none() {
            rows.extend(absent::syn_ack(words, connection)?);
        } else {
            rows.push(absent::segment(words, Side::Client, "ACK")?);
        }
    }
    Ok(())
}

fn single(segment: &Segment, label: String, notes: Vec<Note>) -> Arrow {
    let facts = &segment.facts;
    Arrow {
        first: facts.frame,
        last: facts.frame,
        segments: 1,
        time: facts.time_relative,
        from: facts.from,
        label,
        retransmission: facts.is_retransmission() || segment.step == SegmentStep::SynCopy,
        notes,
        states: Vec::new(),
    }
}

/// Characters of a label that fit on an arrow.
const ON_ARROW: usize = 51;

/// `SYN Seq=0 Win=64240 MSS=1460 WS=256 SACK`, as Wireshark's Info column writes it; options that do not fit are left to the text.
fn opening_label(segment: &Segment, syn: Option<&SynFacts>) -> String {
    let mut label = numbers(segment);
    if let Some(syn) = syn {
        label = format!("{label} Win={}", syn.window);
        let options = [
            syn.mss.map(|mss| format!(" MSS={mss}")),
            syn.window_scale.map(|shift| format!(" WS={}", 1_u32 << shift.min(MAX_WINDOW_SHIFT))),
            syn.sack_permitted.then(|| " SACK".to_owned()),
        ];
        for option in options.into_iter().flatten() {
            if label.len() + option.len() <= ON_ARROW {
                label.push_str(&option);
            }
        }
    }
    label
}

fn numbers(segment: &Segment) -> String {
    let facts = &segment.facts;
    let ack = facts.ack.map(|ack| format!(" Ack={ack}")).unwrap_or_default();
    let len = if facts.len > 0 { format!(" Len={}", facts.len) } else { String::new() };
    format!("{} Seq={}{ack}{len}", facts.flags, facts.seq)
}

/// The other exchanges of the connection, before or after the chosen one.
fn other_exchanges(
    rows: &mut Vec<Row>,
    place: &str,
    count: usize,
    listed: &[&TimelineExchange],
    words: &Words,
) -> Result<(), Error> {
    if count == 0 {
        return Ok(());
    }
    let known = listed.len() == count;
    let first = listed.first().filter(|_| known).map(|exchange| exchange.request_frame);
    let last =
        listed.last().filter(|_| known).map(|exchange| exchange.response_frame.unwrap_or(exchange.request_frame));
    let values = [("count", Value::from(count)), ("first", Value::from(first)), ("last", Value::from(last))];
    rows.push(Row::Band(vec![words.lines(&format!("ladder.others.{place}"), values)?]));
    Ok(())
}

/// The time without data before the close, with the bare segments in it.
fn idle(rows: &mut Vec<Row>, report: &Report, words: &Words) -> Result<(), Error> {
    let Some(before) = report.before_close else { return Ok(()) };
    let Some(time) = between(report, before.last_data, before.frame).filter(|time| *time >= IDLE) else {
        return Ok(());
    };
    let values = [
        ("time", Value::from(time.to_string())),
        ("data", Value::from(before.last_data)),
        ("end", Value::from(before.frame)),
        ("bare", Value::from(before.bare_segments)),
        ("last_bare", Value::from(before.last_bare.filter(|frame| report.frames.contains_key(frame)))),
    ];
    rows.push(Row::Gap(vec![words.lines("ladder.idle", values)?]));
    Ok(())
}

fn close(
    rows: &mut Vec<Row>,
    report: &Report,
    connection: &Connection,
    late: Vec<(u64, Row)>,
    words: &Words,
) -> Result<(), Error> {
    let mut late = late.into_iter().peekable();
    if !report.close.is_empty() {
        let part = if late.peek().is_some() { "ladder.part.mixed" } else { "ladder.part.close" };
        rows.push(Row::Heading(words.lines(part, [])?));
    }
    for (place, segment) in report.close.iter().enumerate() {
        while let Some((_, row)) = late.next_if(|(frame, _)| *frame < segment.facts.frame) {
            rows.push(row);
        }
        if let Some(gap) = half_closed(report, place, words)? {
            rows.push(gap);
        }
        let notes = notes::close(report, connection, place, words)?;
        let states = notes::named(&notes::close_states(report, connection, place), words)?;
        rows.push(Row::Arrow(Arrow { states, ..single(segment, numbers(segment), notes) }));
    }
    rows.extend(late.map(|(_, row)| row));
    rows.extend(absent::close(report, connection, words)?);
    Ok(())
}

/// The time between the acknowledgment of the first FIN and the other side's FIN, which stands at `place`.
fn half_closed(report: &Report, place: usize, words: &Words) -> Result<Option<Row>, Error> {
    let Some(fin) = report.close.get(place).filter(|segment| segment.step == SegmentStep::Fin) else { return Ok(None) };
    let before = report.close.get(..place).unwrap_or_default();
    let is_fin = |segment: &&Segment| matches!(segment.step, SegmentStep::Fin | SegmentStep::FinAck);
    if !before.iter().any(|segment| is_fin(&segment) && segment.facts.from != fin.facts.from) {
        return Ok(None);
    }
    let from = fin.facts.from;
    let Some(ack) = before.iter().find(|segment| segment.step == SegmentStep::Ack && segment.facts.from == from) else {
        return Ok(None);
    };
    let (start, end) = (ack.facts.frame, fin.facts.frame);
    let Some(time) = between(report, start, end).filter(|time| *time >= IDLE) else { return Ok(None) };
    let series = &report.connection_series;
    let sends = series
        .points
        .iter()
        .any(|point| point.from == from && point.len > 0 && point.frame > start && point.frame < end);
    let silent = series.every == 1 && !sends;
    let values = [
        ("time", Value::from(time.to_string())),
        ("side", Value::from(from.name())),
        ("start", Value::from(start)),
        ("end", Value::from(end)),
        ("silent", Value::from(silent)),
    ];
    Ok(Some(Row::Gap(vec![words.lines("ladder.half_closed", values)?])))
}

/// Time from one frame of the Report to another.
pub(super) fn between(report: &Report, earlier: u64, later: u64) -> Option<Span> {
    let time = |frame: u64| report.frames.get(&frame)?.time_relative;
    Some(time(later)? - time(earlier)?)
}
