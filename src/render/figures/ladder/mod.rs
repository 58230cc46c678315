//! The chosen connection as a ladder: handshake, exchange and close, frame by frame, from the top down.
//!
//! Times are those of the capture; the distance of two rows and the slope of an arrow say nothing.

mod absent;
mod exchange;
mod notes;
mod rows;

use tera::{Error, Value};

use super::measure;
use super::svg::Svg;
use super::words::Words;
use crate::analysis::model::Side;
use crate::render::template::numbers;
use crate::report::model::{Host, Report};
use rows::{Arrow, Row};

const WIDTH: f64 = 860.0;
/// The life lines of client and server.
const CLIENT: f64 = 212.0;
const SERVER: f64 = 562.0;
const TIME_END: f64 = 94.0;
const TAG_END: f64 = CLIENT - 10.0;
const NOTES: f64 = SERVER + 16.0;
const TOP: f64 = 44.0;
/// From one line of notes to the next.
const LINE: f64 = 14.0;

/// The ladder of the chosen connection; nothing without one.
pub(super) fn draw(report: &Report, words: &Words) -> Result<Option<Svg>, Error> {
    let (Some(connection), Some(client), Some(server)) = (&report.connection, &report.client, &report.server) else {
        return Ok(None);
    };
    let rows = rows::rows(report, connection, words)?;
    let frames = |section: &[crate::report::model::Segment]| -> Vec<u64> {
        section.iter().map(|segment| segment.facts.frame).collect()
    };
    let exchange = report.exchange.as_ref();
    let response = exchange.and_then(|exchange| exchange.response.as_ref());
    let alternative = words.line(
        "ladder.alternative",
        [
            ("stream", Value::from(connection.stream)),
            ("handshake", Value::from(frames(&report.handshake))),
            ("request", Value::from(exchange.map(|exchange| exchange.request.first_frame))),
            ("response", Value::from(response.map(|response| response.first_frame))),
            ("complete", Value::from(response.and_then(|response| response.frame))),
            ("close", Value::from(frames(&report.close))),
        ],
    )?;
    let mut svg = Svg::new(WIDTH, &alternative);
    let mut y = TOP;
    let mut body = Svg::new(WIDTH, "");
    for row in &rows {
        y = match row {
            Row::Heading(lines) => heading(&mut body, lines, y),
            Row::Arrow(arrow) => draw_arrow(&mut body, report, arrow, y),
            Row::Absent { from, lines } => absent(&mut body, *from, lines, y),
            Row::Band(lines) => band(&mut body, report, lines, "wash", y),
            Row::Gap(lines) => band(&mut body, report, lines, "gap", y),
        };
    }
    heads(&mut svg, words, client, server)?;
    svg.line((CLIENT, TOP - 6.0), (CLIENT, y), "axis");
    svg.line((SERVER, TOP - 6.0), (SERVER, y), "axis");
    svg.append(&body);
    if rows.iter().any(|row| matches!(row, Row::Arrow(arrow) if !arrow.states.is_empty())) {
        svg.text(WIDTH, y + 16.0, "grey small end", &words.line("ladder.inferred", [])?);
        y += 16.0;
    }
    svg.set_height(y + 6.0);
    Ok(Some(svg))
}

/// Names and addresses over the life lines.
fn heads(svg: &mut Svg, words: &Words, client: &Host, server: &Host) -> Result<(), Error> {
    svg.text(TIME_END, 31.0, "grey small end", &words.line("ladder.time", [])?);
    for (side, host, x) in [(Side::Client, client, CLIENT), (Side::Server, server, SERVER)] {
        let name = words.line(&format!("side.{}", side.name()), [])?;
        svg.text(x, 14.0, &format!("middle bold {}", side.name()), &name);
        let address = std::net::SocketAddr::new(host.ip, host.port).to_string();
        svg.text(x, 31.0, "mono small soft middle", &measure::fit(&address, 300.0, |text| measure::mono(text, 11.0)));
    }
    Ok(())
}

fn heading(svg: &mut Svg, lines: &[String], y: f64) -> f64 {
    let mut x = 0.0;
    for (place, line) in lines.iter().enumerate() {
        let (class, size) = if place == 0 { ("bold", 13.0) } else { ("grey small", 11.0) };
        svg.text(x, y + 18.0, class, line);
        x += measure::width(line, size) + 7.0;
    }
    svg.line((x.max(TIME_END + 6.0), y + 14.0), (WIDTH, y + 14.0), "grid");
    y + 26.0
}

fn ends(from: Side) -> (f64, f64) {
    match from {
        Side::Client => (CLIENT, SERVER),
        Side::Server => (SERVER, CLIENT),
    }
}

fn draw_arrow(svg: &mut Svg, report: &Report, arrow: &Arrow, y: f64) -> f64 {
    let line = y + 20.0;
    if let Some(time) = arrow.time {
        svg.text(TIME_END, line + 4.0, "mono small soft end", &numbers::seconds(time.as_nanos()));
    }
    let tag = if arrow.first == arrow.last {
        format!("#{}", arrow.first)
    } else {
        format!("#{}–#{}", arrow.first, arrow.last)
    };
    svg.tagged((TAG_END, line + 4.0), "mono small end", &tag, &report.frames);
    let label = measure::fit(&arrow.label, SERVER - CLIENT - 2.0, |text| measure::mono(text, 11.0));
    svg.text(f64::midpoint(CLIENT, SERVER), y + 13.0, "mono small middle", &label);
    let (from, to) = ends(arrow.from);
    let mut class = format!("{}-line", arrow.from.name());
    if arrow.segments > 1 {
        class.push_str(" thick");
    }
    if arrow.retransmission {
        class.push_str(" dashed");
    }
    svg.arrow((from, line - 1.0), (to, line + 7.0), &class);
    let notes = notes::lines(&arrow.notes, WIDTH - NOTES);
    let mut at = line + 4.0;
    for (class, text) in &notes {
        svg.tagged((NOTES, at), class, text, &report.frames);
        at += LINE;
    }
    let mut x = NOTES;
    for (side, state) in &arrow.states {
        let wide = measure::width(state, 11.0) + 10.0;
        if x > NOTES && x + wide > WIDTH + 10.0 {
            (x, at) = (NOTES, at + LINE);
        }
        svg.text(x, at, &format!("small {}", side.name()), state);
        x += wide;
    }
    let lines_end = if arrow.states.is_empty() { at } else { at + LINE };
    (y + 31.0).max(lines_end + 2.0)
}

/// A segment that is not in the capture: a dashed arrow, or a dashed box when it has no direction.
fn absent(svg: &mut Svg, from: Option<Side>, lines: &[String], y: f64) -> f64 {
    let centre = f64::midpoint(CLIENT, SERVER);
    let text = measure::fit(&lines.join(" · "), SERVER - CLIENT - 14.0, |text| measure::width(text, 11.0));
    if let Some(from) = from {
        svg.text(centre, y + 13.0, "grey small middle", &text);
        let (from, to) = ends(from);
        svg.arrow((from, y + 19.0), (to, y + 27.0), "absent");
        return y + 38.0;
    }
    let height = 12.0 + 15.0 * lines.iter().map(|_| 1.0).sum::<f64>();
    svg.rect(CLIENT - 40.0, y + 6.0, SERVER - CLIENT + 80.0, height, "absent");
    let mut at = y + 22.0;
    for line in lines {
        svg.text(centre, at, "grey small middle", line);
        at += 15.0;
    }
    y + height + 14.0
}

/// Something that takes place between two rows and is not drawn segment by segment.
fn band(svg: &mut Svg, report: &Report, lines: &[Vec<String>], class: &str, y: f64) -> f64 {
    const WIDE: f64 = 430.0;
    let centre = f64::midpoint(CLIENT, SERVER);
    let mut wrapped: Vec<(&str, String)> = Vec::new();
    for line in lines {
        for (place, said) in line.iter().enumerate() {
            let class = if place == 0 { "soft small middle" } else { "grey small middle" };
            wrapped.extend(measure::wrap(said, WIDE - 16.0, 11.0).into_iter().map(|text| (class, text)));
        }
    }
    let height = 10.0 + LINE * wrapped.iter().map(|_| 1.0).sum::<f64>();
    svg.rect(centre - WIDE / 2.0, y + 6.0, WIDE, height, class);
    let mut at = y + 20.0;
    for (class, text) in &wrapped {
        svg.tagged((centre, at), class, text, &report.frames);
        at += LINE;
    }
    y + height + 14.0
}
