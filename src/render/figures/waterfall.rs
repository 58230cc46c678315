//! The client's connections and exchanges over time: the whole capture in a strip, then the time around the chosen exchange.

use tera::{Error, Value};

use super::axis::{Scale, float, seconds};
use super::measure;
use super::svg::{At, Svg};
use super::words::Words;
use crate::analysis::model::{Application, Side};
use crate::report::model::{ContentKind, Report, SegmentStep, TimelineConnection, TimelineExchange};
use crate::time::Span;

const LEFT: f64 = 226.0;
const RIGHT: f64 = 852.0;
/// From one connection to the next.
const ROW: f64 = 27.0;
/// Exchanges less far apart than this, in seconds, belong to the same load of a page.
const PAUSE: f64 = 1.0;

/// The exchanges of the client; nothing when the chosen one and those around it have no times, or all the same.
pub(super) fn draw(report: &Report, words: &Words) -> Result<Option<Svg>, Error> {
    let Some(load) = Load::of(report) else { return Ok(None) };
    let alternative = words.line(
        "waterfall.alternative",
        [
            ("connections", Value::from(load.rows.len())),
            ("exchanges", Value::from(load.exchanges.len())),
            ("start", Value::from(Span::from_nanos(load.first).to_string())),
            ("end", Value::from(Span::from_nanos(load.last).to_string())),
            ("chosen", Value::from(report.exchange.as_ref().map(|exchange| exchange.request.first_frame))),
        ],
    )?;
    let mut svg = Svg::new(860.0, &alternative);
    let (y, marks) = strip(&mut svg, report, words, &load)?;
    let y = rows(&mut svg, report, words, &load, y)?;
    let y = legend(&mut svg, words, &load, &marks, y + 18.0)?;
    let y = left_out(&mut svg, report, words, &load, y)?;
    svg.set_height(y);
    Ok(Some(svg))
}

/// The exchanges around the chosen one and the connections that are open meanwhile.
struct Load<'r> {
    exchanges: Vec<&'r TimelineExchange>,
    rows: Vec<&'r TimelineConnection>,
    /// Its first request and last byte, in nanoseconds.
    first: i128,
    last: i128,
    /// What is drawn, in seconds.
    start: f64,
    end: f64,
}

impl<'r> Load<'r> {
    fn of(report: &'r Report) -> Option<Self> {
        let chosen = report.exchange.as_ref()?;
        let timeline = &report.timeline;
        let mut timed: Vec<&TimelineExchange> =
            timeline.exchanges.iter().filter(|exchange| exchange.request_time.is_some()).collect();
        timed.sort_by_key(|exchange| exchange.request_time);
        let mut group: Vec<&TimelineExchange> = Vec::new();
        let mut end = f64::NEG_INFINITY;
        let mut found = false;
        for exchange in timed {
            let start = seconds(exchange.request_time?);
            if !group.is_empty() && start > end + PAUSE {
                if found {
                    break;
                }
                group.clear();
                end = f64::NEG_INFINITY;
            }
            found |= (exchange.stream, exchange.index) == (chosen.stream, chosen.index);
            end = end.max(seconds(last_time(exchange)?));
            group.push(exchange);
        }
        if !found {
            return None;
        }
        let first = group.iter().filter_map(|exchange| exchange.request_time).min()?;
        let of_chosen = timeline.connections.iter().find(|connection| connection.stream == chosen.stream);
        let answered = group.iter().filter_map(|exchange| last_time(exchange)).max()?;
        // A request without a response waits as long as its connection is seen.
        let last = if answered > first { answered } else { of_chosen?.last_time.filter(|last| *last > first)? };
        let streams =
            |connection: &TimelineConnection| group.iter().any(|exchange| exchange.stream == connection.stream);
        let syn = timeline
            .connections
            .iter()
            .filter(|connection| streams(connection))
            .filter_map(|connection| connection.syn_time)
            .filter(|syn| seconds(*syn) > seconds(first) - PAUSE)
            .min();
        let start = seconds(syn.unwrap_or(first).min(first));
        let margin = (seconds(last) - start).max(1e-4) * 0.03;
        let (start, end) = (start - margin, seconds(last) + margin);
        let rows: Vec<&TimelineConnection> = timeline
            .connections
            .iter()
            .filter(|connection| {
                let opens = connection.first_time.is_some_and(|time| seconds(time) <= end);
                opens && connection.last_time.is_some_and(|time| seconds(time) >= start)
            })
            .collect();
        Some(Self { exchanges: group, rows, first: first.as_nanos(), last: last.as_nanos(), start, end })
    }
}

fn last_time(exchange: &TimelineExchange) -> Option<Span> {
    [exchange.request_time, exchange.response_first_time, exchange.response_time].into_iter().flatten().max()
}

/// Pings drawn in the strip.
const MAX_PINGS: usize = 400;

/// The whole capture: pings, names, exchanges, and how connections end. Gives where it ends and which marks it has.
fn strip(svg: &mut Svg, report: &Report, words: &Words, load: &Load<'_>) -> Result<(f64, Vec<&'static str>), Error> {
    let duration = report.analysis.capture.duration.map_or(load.end, seconds).max(load.end);
    let scale = Scale::new((0.0, duration), (LEFT, RIGHT));
    stacked(svg, &words.lines("waterfall.whole", [])?, 34.0);
    for (value, text) in scale.ticks(8.0) {
        svg.line((scale.at(value), 16.0), (scale.at(value), 54.0), "grid");
        svg.text(scale.at(value), 11.0, "grey small middle", &text);
    }
    svg.line((LEFT, 36.0), (RIGHT, 36.0), "axis");
    for exchange in &report.timeline.exchanges {
        let (Some(start), Some(end)) = (exchange.request_time, last_time(exchange)) else { continue };
        let (from, to) = (scale.within(seconds(start)), scale.within(seconds(end)));
        svg.rect(from, 26.0, (to - from).max(1.5), 20.0, "soft-fill");
    }
    let time = |frame: u64| report.frames.get(&frame).and_then(|frame| frame.time_relative).map(seconds);
    let at = |frame: u64| time(frame).map(|time| scale.within(time));
    let names = report.analysis.names.iter().take(100).filter_map(|name| at(name.query_frame?));
    let diamonds: Vec<[At; 5]> = names.map(|x| diamond(x, 36.0)).collect();
    let pings = report.analysis.pings.iter().flat_map(|ping| &ping.frames).take(MAX_PINGS);
    let pings: Vec<f64> = pings.filter_map(|(request, _)| at(*request)).collect();
    for x in &pings {
        svg.circle(*x, 36.0, 2.8, "soft-fill");
    }
    shapes(svg, &diamonds, "hollow");
    let mut ends = [Vec::new(), Vec::new()];
    for connection in &report.timeline.connections {
        let known = report.analysis.connection(connection.stream);
        let steps = known.map(|connection| connection.close.steps.as_slice()).unwrap_or_default();
        for step in steps.iter().filter(|step| SegmentStep::from(step.step) != SegmentStep::Ack) {
            let Some(x) = at(step.frame) else { continue };
            let [client, server] = &mut ends;
            let side = if step.from == Side::Client { client } else { server };
            side.push([(x, 22.0), (x, 50.0)]);
        }
    }
    let [client, server] = &ends;
    shapes(svg, client, "client-line heavy");
    shapes(svg, server, "server-line heavy");
    let (from, to) = (scale.within(load.start), scale.within(load.end));
    svg.line((from, 54.0), (to.max(from + 1.0), 54.0), "ink-line");
    let funnel = [(from, 56.0), (LEFT, 78.0), (RIGHT, 78.0), (to.max(from + 1.0), 56.0)];
    svg.polygon(&funnel, "wash");
    let drawn = [
        ("name", diamonds.is_empty()),
        ("ping", pings.is_empty()),
        ("client", client.is_empty()),
        ("server", server.is_empty()),
    ];
    Ok((84.0, drawn.into_iter().filter(|(_, none)| !none).map(|(mark, _)| mark).collect()))
}

fn diamond(x: f64, y: f64) -> [At; 5] {
    [(x, y - 5.0), (x + 5.0, y), (x, y + 5.0), (x - 5.0, y), (x, y - 5.0)]
}

fn shapes<const N: usize>(svg: &mut Svg, shapes: &[[At; N]], class: &str) {
    if !shapes.is_empty() {
        svg.paths(&shapes.iter().map(<[At; N]>::as_slice).collect::<Vec<_>>(), class);
    }
}

/// The words of each language beneath each other, in the column of names.
fn stacked(svg: &mut Svg, lines: &[String], y: f64) {
    for (line, (class, dy)) in lines.iter().zip([("bold", 0.0), ("grey small", 15.0)]) {
        svg.text(0.0, y + dy, class, &measure::fit(line, LEFT - 14.0, |text| measure::width(text, 12.5)));
    }
}

/// A row a connection.
fn rows(svg: &mut Svg, report: &Report, words: &Words, load: &Load<'_>, top: f64) -> Result<f64, Error> {
    let scale = Scale::new((load.start, load.end), (LEFT, RIGHT));
    let foot = top + 18.0 + ROW * float(u64::try_from(load.rows.len()).unwrap_or_default());
    for (value, text) in scale.ticks(7.0) {
        svg.line((scale.at(value), top + 16.0), (scale.at(value), foot), "grid");
        svg.text(scale.at(value), top + 11.0, "grey small middle", &text);
    }
    // There is room for one language only.
    if let Some(says) = words.lines("waterfall.zoom", [])?.first() {
        svg.text(0.0, top + 11.0, "grey small", says);
    }
    let chosen = report.exchange.as_ref().map(|exchange| (exchange.stream, exchange.index));
    let mut y = top + 18.0 + ROW / 2.0;
    for connection in &load.rows {
        name(svg, report, connection, chosen.is_some_and(|(stream, _)| stream == connection.stream), y);
        handshake(svg, connection, scale, load, y);
        if let Some(text) = other_content(words, connection.carries)? {
            silent(svg, connection, scale, load, y, &text);
        }
        let mut letters_end = f64::NEG_INFINITY;
        for exchange in load.exchanges.iter().filter(|exchange| exchange.stream == connection.stream) {
            let is_chosen = chosen == Some((exchange.stream, exchange.index));
            letters_end = bar(svg, report, exchange, is_chosen, scale, y, letters_end);
        }
        y += ROW;
    }
    svg.line((LEFT, foot), (RIGHT, foot), "axis");
    Ok(foot)
}

/// Stream, ports and server of a connection; the chosen one's in bold.
fn name(svg: &mut Svg, report: &Report, connection: &TimelineConnection, is_chosen: bool, y: f64) {
    let server = std::net::SocketAddr::new(connection.server.ip, connection.server.port);
    let text = format!("{} :{} → {server}", connection.stream, connection.client_port);
    let text = measure::fit(&text, LEFT - 10.0, |text| measure::mono(text, 11.0));
    let known = report.analysis.connection(connection.stream);
    let class = if is_chosen { "mono small bold" } else { "mono small soft" };
    let first = known.map_or(0, |connection| connection.first_frame);
    svg.link(first, &report.frames, |svg| svg.text(0.0, y + 4.0, class, &text));
}

fn handshake(svg: &mut Svg, connection: &TimelineConnection, scale: Scale, load: &Load<'_>, y: f64) {
    let (Some(syn), Some(done)) = (connection.syn_time, connection.established_time) else { return };
    let (syn, done) = (seconds(syn), seconds(done));
    if done >= load.start && syn <= load.end {
        let (from, to) = (scale.within(syn), scale.within(done));
        svg.line((from, y), (to.max(from + 1.5), y), "handshake");
    }
}

/// What a connection carries whose exchanges cannot be drawn.
fn other_content(words: &Words, application: Application) -> Result<Option<String>, Error> {
    Ok(match application {
        Application::Tls => Some("TLS".to_owned()),
        Application::Http2 => Some("HTTP/2".to_owned()),
        Application::Unknown => Some(words.line("waterfall.unknown", [])?),
        Application::Http | Application::None => None,
    })
}

/// A connection whose content is not HTTP in clear text: from its handshake to its last frame.
fn silent(svg: &mut Svg, connection: &TimelineConnection, scale: Scale, load: &Load<'_>, y: f64, text: &str) {
    let start = connection.established_time.or(connection.first_time).map_or(load.start, seconds);
    let end = connection.last_time.map_or(load.end, seconds);
    let (from, to) = (scale.within(start), scale.within(end));
    svg.rect(from, y - 7.0, (to - from).max(2.0), 14.0, "wash");
    let wide = measure::width(text, 11.0);
    let at = if to - from > wide + 8.0 { from + 5.0 } else { to + 5.0 };
    let (at, class) = if at + wide > RIGHT { (from - 5.0, "grey small end") } else { (at, "grey small") };
    svg.text(at, y + 4.0, class, text);
}

/// One exchange: thin while it waits, thick while it receives. Gives where its letter ends.
fn bar(
    svg: &mut Svg,
    report: &Report,
    exchange: &TimelineExchange,
    is_chosen: bool,
    scale: Scale,
    y: f64,
    letters_end: f64,
) -> f64 {
    let Some(request) = exchange.request_time.map(|time| scale.within(seconds(time))) else { return letters_end };
    let first = exchange.response_first_time.map(|time| scale.within(seconds(time)));
    let last = exchange.response_time.map(|time| scale.within(seconds(time)));
    let kind = kind(exchange);
    svg.link(exchange.request_frame, &report.frames, |svg| {
        svg.line((request, y), (first.unwrap_or(RIGHT), y), if first.is_some() { "waiting" } else { "waiting dashed" });
        if let Some(first) = first {
            let end = last.unwrap_or(first + 3.0);
            let class = format!("kind-{}{}", kind.key, if last.is_some() { "" } else { " cut" });
            svg.rect(first, y - 6.5, (end - first).max(2.0), 13.0, &class);
        }
    });
    let (from, to) = (first.unwrap_or(request), last.or(first).unwrap_or(request + 10.0));
    if is_chosen {
        svg.line((request, y - 11.0), (to.max(request + 4.0), y - 11.0), "ink-line heavy");
        svg.line((request, y - 13.0), (request, y + 9.0), "ink-line");
    }
    if first.is_none() {
        return letters_end;
    }
    let wide = measure::width(kind.letter, 11.0);
    if to - from >= wide + 2.0 {
        svg.text(f64::midpoint(from, to), y + 4.0, "inverse small middle", kind.letter);
        to
    } else if to + 2.0 > letters_end && !is_followed(exchange, report, scale, to + wide + 4.0) {
        svg.text(to + 2.0, y + 4.0, "soft small", kind.letter);
        to + wide + 4.0
    } else {
        letters_end
    }
}

/// Whether the next request of the connection begins before `x`.
fn is_followed(exchange: &TimelineExchange, report: &Report, scale: Scale, x: f64) -> bool {
    x > RIGHT
        || report.timeline.exchanges.iter().any(|other| {
            let start = other.request_time.map(seconds);
            other.stream == exchange.stream
                && other.index == exchange.index + 1
                && start.is_some_and(|start| scale.at(start) < x)
        })
}

/// How a kind of content is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Kind {
    key: &'static str,
    letter: &'static str,
}

const KINDS: [Kind; 9] = [
    Kind { key: "html", letter: "H" },
    Kind { key: "css", letter: "C" },
    Kind { key: "script", letter: "J" },
    Kind { key: "image", letter: "I" },
    Kind { key: "font", letter: "F" },
    Kind { key: "media", letter: "M" },
    Kind { key: "data", letter: "D" },
    Kind { key: "other", letter: "O" },
    Kind { key: "none", letter: "–" },
];

fn kind(exchange: &TimelineExchange) -> Kind {
    let key = match exchange.kind {
        Some(ContentKind::Html) => "html",
        Some(ContentKind::Css) => "css",
        Some(ContentKind::Script) => "script",
        Some(ContentKind::Image) => "image",
        Some(ContentKind::Font) => "font",
        Some(ContentKind::Media) => "media",
        Some(ContentKind::Data) => "data",
        Some(ContentKind::Other) => "other",
        None => "none",
    };
    KINDS.into_iter().find(|kind| kind.key == key).unwrap_or(Kind { key: "none", letter: "–" })
}

/// What shapes and colours mean, with the number of each kind.
fn legend(svg: &mut Svg, words: &Words, load: &Load<'_>, marks: &[&str], top: f64) -> Result<f64, Error> {
    let mut entries: Vec<(String, String)> = Vec::new();
    for kind_of in KINDS {
        let count = load
            .exchanges
            .iter()
            .filter(|exchange| exchange.response_first_time.is_some() && kind(exchange) == kind_of)
            .count();
        if count > 0 {
            let name = words.line(&format!("waterfall.kind.{}", kind_of.key), [("count", Value::from(count))])?;
            entries.push((format!("kind-{} {}", kind_of.key, kind_of.letter), name));
        }
    }
    let has_cut = load
        .exchanges
        .iter()
        .any(|exchange| exchange.response_first_time.is_some() && exchange.response_time.is_none());
    let has_handshake = load.rows.iter().any(|row| row.syn_time.is_some() && row.established_time.is_some());
    let mut names = vec!["waiting"];
    names.extend(has_cut.then_some("cut"));
    names.extend(has_handshake.then_some("handshake"));
    names.push("chosen");
    names.extend(marks);
    for name in names {
        entries.push((name.to_owned(), words.line(&format!("waterfall.legend.{name}"), [])?));
    }
    let (mut x, mut y) = (0.0, top);
    for (shape, says) in &entries {
        let wide = measure::width(says, 11.0) + 38.0;
        if x > 0.0 && x + wide > 858.0 {
            (x, y) = (0.0, y + 19.0);
        }
        match shape.as_str() {
            "waiting" => svg.line((x, y - 4.0), (x + 16.0, y - 4.0), "waiting"),
            "cut" => svg.rect(x, y - 10.5, 16.0, 13.0, "kind-none cut"),
            "handshake" => svg.line((x, y - 4.0), (x + 16.0, y - 4.0), "handshake"),
            "chosen" => svg.line((x, y - 4.0), (x + 16.0, y - 4.0), "ink-line heavy"),
            "name" => svg.path(&diamond(x + 8.0, y - 4.0), "hollow"),
            "ping" => svg.circle(x + 8.0, y - 4.0, 2.8, "soft-fill"),
            "client" => svg.path(&[(x + 8.0, y - 11.0), (x + 8.0, y + 3.0)], "client-line heavy"),
            "server" => svg.path(&[(x + 8.0, y - 11.0), (x + 8.0, y + 3.0)], "server-line heavy"),
            kind => {
                let (class, letter) = kind.split_once(' ').unwrap_or((kind, ""));
                svg.rect(x, y - 10.5, 16.0, 13.0, class);
                svg.text(x + 8.0, y, "inverse small middle", letter);
            }
        }
        svg.text(x + 22.0, y, "soft small", says);
        x += wide;
    }
    Ok(y + 8.0)
}

/// How many connections and exchanges the figure does not show.
fn left_out(svg: &mut Svg, report: &Report, words: &Words, load: &Load<'_>, y: f64) -> Result<f64, Error> {
    let timeline = &report.timeline;
    let rows = u64::try_from(load.rows.len()).unwrap_or_default();
    let listed = u64::try_from(timeline.connections.len()).unwrap_or_default();
    let connections = listed - rows + timeline.connections_left_out;
    let drawn = load.exchanges.iter().filter(|exchange| load.rows.iter().any(|row| row.stream == exchange.stream));
    let drawn = u64::try_from(drawn.count()).unwrap_or_default();
    let exchanges = u64::try_from(timeline.exchanges.len()).unwrap_or_default() - drawn + timeline.exchanges_left_out;
    if connections + exchanges == 0 {
        return Ok(y);
    }
    let values = [("connections", Value::from(connections)), ("exchanges", Value::from(exchanges))];
    svg.text(0.0, y + 14.0, "grey small", &words.line("waterfall.left_out", values)?);
    Ok(y + 22.0)
}
