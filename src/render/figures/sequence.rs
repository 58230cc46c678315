//! Time-sequence plot (W. R. Stevens): the bytes that the side with more to say sends, and how far its peer acknowledges them.

use tera::{Error, Value};

use super::axis::{Scale, float, seconds};
use super::measure;
use super::svg::{At, Svg};
use super::words::Words;
use crate::analysis::model::{Exchange, Side};
use crate::report::model::{Point, Report, Series};

const TOP: f64 = 34.0;
const BOTTOM: f64 = 282.0;

/// The longer message, and the whole connection when it has more than the one exchange; nothing for a message of one segment.
pub(super) fn draw(report: &Report, words: &Words) -> Result<Option<Svg>, Error> {
    let Some(exchange) = &report.exchange else { return Ok(None) };
    let sender = sender(exchange);
    let message = Plot::of(&report.exchange_series, sender, false).filter(|plot| plot.data > 1);
    let Some(message) = message else { return Ok(None) };
    let on_connection = report.analysis.exchange_range(exchange.stream).len();
    let whole = Plot::of(&report.connection_series, sender, true).filter(|_| on_connection > 1);
    let alternative = words.line(
        "sequence.alternative",
        [
            ("side", Value::from(sender.name())),
            ("segments", Value::from(message.data)),
            ("thinned", Value::from(report.exchange_series.every > 1)),
            ("from", Value::from(message.low.to_string())),
            ("to", Value::from(message.high.to_string())),
            ("start", Value::from(message.first.time.to_string())),
            ("end", Value::from(message.last.time.to_string())),
            ("retransmissions", Value::from(message.retransmissions)),
        ],
    )?;
    let mut svg = Svg::new(860.0, &alternative);
    let (left, right) = if whole.is_some() { (74.0, 410.0) } else { (74.0, 850.0) };
    let mut title = words.lines("sequence.exchange", [])?;
    title.truncate(if whole.is_some() { 2 } else { 3 });
    let mut panel = Panel { svg: &mut svg, words, left, right };
    panel.draw(&message, &report.exchange_series, &title)?;
    panel.tags(report, &message);
    let has_requests = sender == Side::Server || whole.is_some();
    if let Some(whole) = whole {
        let title = words.lines("sequence.connection", [("exchanges", Value::from(on_connection))])?;
        let mut panel = Panel { svg: &mut svg, words, left: 524.0, right: 850.0 };
        panel.draw(&whole, &report.connection_series, &title)?;
        panel.requests(report, &whole, exchange.stream);
    }
    let y = legend(&mut svg, words, sender, has_requests)?;
    svg.set_height(y);
    Ok(Some(svg))
}

/// The side whose message of the exchange is longer; the caption names it by the same rule.
fn sender(exchange: &Exchange) -> Side {
    let request = exchange.request.header_bytes + exchange.request.body_bytes;
    let response = exchange.response.as_ref().map_or(0, |response| response.header_bytes + response.body_bytes);
    if request > response { Side::Client } else { Side::Server }
}

/// A segment of the sender with data: its place in the byte stream, without wrap-around.
#[derive(Debug, Clone, Copy)]
struct Data {
    frame: u64,
    time: crate::time::Span,
    low: i64,
    high: i64,
    retransmission: bool,
}

/// A series as it is drawn.
#[derive(Debug)]
struct Plot {
    sender: Side,
    segments: Vec<Data>,
    /// Time and acknowledged position.
    acknowledged: Vec<(f64, i64)>,
    first: Data,
    last: Data,
    low: i64,
    high: i64,
    start: f64,
    end: f64,
    data: u64,
    retransmissions: u64,
}

impl Plot {
    /// Nothing without a segment of `sender` that carries data, or when all have the same time. With `data_only` handshake, idle time and close are cut off.
    fn of(series: &Series, sender: Side, data_only: bool) -> Option<Self> {
        let is_data = |point: &&Point| point.from == sender && point.len > 0;
        let origin = series.points.iter().find(is_data)?.seq;
        let mut reference = origin;
        let mut base = i64::from(origin) - 1;
        let mut segments = Vec::new();
        let mut acknowledged: Vec<(f64, i64)> = Vec::new();
        for point in &series.points {
            match (point.from, point.ack) {
                (from, _) if from == sender && point.len > 0 => {
                    // Each number lies near the one before it, so that it is followed beyond 2³² bytes.
                    let low = base + i64::from(point.seq.wrapping_sub(reference).cast_signed());
                    (reference, base) = (point.seq, low);
                    let high = low + i64::from(point.len);
                    let (frame, time, retransmission) = (point.frame, point.time, point.retransmission);
                    segments.push(Data { frame, time, low, high, retransmission });
                }
                (from, Some(ack)) if from != sender => {
                    let position = base + i64::from(ack.wrapping_sub(reference).cast_signed());
                    let reached = acknowledged.last().map_or(position, |(_, before)| position.max(*before));
                    acknowledged.push((seconds(point.time), reached));
                }
                _ => {}
            }
        }
        let (first, last) = (*segments.first()?, *segments.last()?);
        let low = segments.iter().map(|data| data.low).min()?;
        let high = segments.iter().map(|data| data.high).max()?;
        for (_, position) in &mut acknowledged {
            *position = (*position).clamp(low, high);
        }
        let drawn = |point: &&Point| !data_only || point.len > 0;
        let times = || series.points.iter().filter(drawn).map(|point| seconds(point.time));
        let start = times().fold(f64::INFINITY, f64::min);
        let end = times().fold(f64::NEG_INFINITY, f64::max);
        if start >= end {
            return None;
        }
        Some(Self {
            sender,
            first,
            last,
            low,
            high,
            start,
            end,
            data: u64::try_from(segments.len()).unwrap_or(u64::MAX),
            retransmissions: segments.iter().map(|data| u64::from(data.retransmission)).sum(),
            segments,
            acknowledged,
        })
    }
}

/// Where one plot is drawn.
#[derive(Debug)]
struct Panel<'p> {
    svg: &'p mut Svg,
    words: &'p Words,
    left: f64,
    right: f64,
}

impl Panel<'_> {
    fn time(&self, plot: &Plot) -> Scale {
        let margin = (plot.end - plot.start).max(1e-6) * 0.04;
        Scale::new((plot.start - margin, plot.end + margin), (self.left, self.right))
    }

    fn bytes(plot: &Plot) -> Scale {
        Scale::new((signed(plot.low), signed(plot.high)), (BOTTOM, TOP + 8.0))
    }

    fn draw(&mut self, plot: &Plot, series: &Series, title: &[String]) -> Result<(), Error> {
        let (time, bytes) = (self.time(plot), Self::bytes(plot));
        let mut x = self.left - 66.0;
        for (place, line) in title.iter().enumerate() {
            let (class, size) = if place == 0 { ("bold", 13.0) } else { ("grey small", 11.0) };
            let line = measure::fit(line, self.right - x, |text| measure::width(text, size));
            self.svg.text(x, 12.0, class, &line);
            x += measure::width(&line, size) + 8.0;
        }
        for (value, text) in bytes.ticks(5.0) {
            self.svg.line((self.left, bytes.at(value)), (self.right, bytes.at(value)), "grid");
            self.svg.text(self.left - 7.0, bytes.at(value) + 4.0, "grey small end", &text);
        }
        self.svg.text(self.left - 66.0, TOP - 6.0, "grey small", &self.words.line("sequence.bytes", [])?);
        let wide = self.right - self.left;
        for (value, text) in time.ticks(wide / 75.0) {
            self.svg.line((time.at(value), BOTTOM), (time.at(value), BOTTOM + 4.0), "axis");
            self.svg.text(time.at(value), BOTTOM + 17.0, "grey small middle", &text);
        }
        self.svg.text(self.right, BOTTOM + 33.0, "grey small end", &self.words.line("sequence.time", [])?);
        self.svg.line((self.left, BOTTOM), (self.right, BOTTOM), "axis");
        if series.every > 1 {
            let says = self.words.line("sequence.thinned", [("every", Value::from(series.every))])?;
            self.svg.text(self.left - 66.0, BOTTOM + 33.0, "grey small", &says);
        }
        self.acknowledged(plot, time, bytes);
        let (again, once): (Vec<Data>, Vec<Data>) = plot.segments.iter().partition(|data| data.retransmission);
        let bar = |data: &Data| -> [At; 2] {
            let x = time.at(seconds(data.time));
            let (low, high) = (bytes.at(signed(data.low)), bytes.at(signed(data.high)));
            [(x, low), (x, high.min(low - 1.5))]
        };
        let bars: Vec<[At; 2]> = once.iter().map(bar).collect();
        self.svg.paths(&bars.iter().map(<[At; 2]>::as_slice).collect::<Vec<_>>(), &bar_class(plot.sender));
        let marks: Vec<[At; 5]> = again
            .iter()
            .map(|data| diamond(time.at(seconds(data.time)), bytes.at(signed(data.low.midpoint(data.high)))))
            .collect();
        if !marks.is_empty() {
            self.svg.paths(&marks.iter().map(<[At; 5]>::as_slice).collect::<Vec<_>>(), "warn");
        }
        Ok(())
    }

    /// How far the peer has acknowledged, as a step.
    fn acknowledged(&mut self, plot: &Plot, time: Scale, bytes: Scale) {
        let mut points: Vec<At> = Vec::new();
        for (at, position) in &plot.acknowledged {
            let (x, y) = (time.within(*at), bytes.at(signed(*position)));
            match points.last() {
                Some((_, before)) if (before - y).abs() < 1e-9 => {}
                Some((_, before)) => points.extend([(x, *before), (x, y)]),
                None => points.push((x, y)),
            }
        }
        if let Some((_, y)) = points.last().copied() {
            points.push((time.at(plot.end), y));
            self.svg.path(&points, &step_class(plot.sender));
        }
    }

    /// The frames of the chosen exchange: tags at the ends of the message, and a line for the request of a response.
    fn tags(&mut self, report: &Report, plot: &Plot) {
        let (time, bytes) = (self.time(plot), Self::bytes(plot));
        let Some(exchange) = &report.exchange else { return };
        let request = exchange.request.first_frame;
        let mut busy = f64::NEG_INFINITY;
        let point = report.exchange_series.points.iter().find(|point| point.frame == request);
        if let Some(point) = point.filter(|_| plot.sender == Side::Server) {
            let x = time.at(seconds(point.time));
            self.svg.line((x, TOP), (x, BOTTOM), "client-line dashed");
            let tag = format!("#{request}");
            self.svg.tagged((x + 5.0, TOP + 8.0), "mono small halo", &tag, &report.frames);
            busy = x + 5.0 + measure::mono(&tag, 11.0);
        }
        let ends: &[Data] = if plot.first.frame == plot.last.frame { &[plot.first] } else { &[plot.first, plot.last] };
        for data in ends {
            let x = time.at(seconds(data.time));
            let y = bytes.at(signed(data.low.midpoint(data.high)));
            let tag = format!("#{}", data.frame);
            let wide = measure::mono(&tag, 11.0);
            // To the left of the bar, where there is room for it beside the request's tag.
            let (at, class) = if x - 8.0 - wide < self.left || (y < TOP + 24.0 && x - 8.0 - wide < busy + 4.0) {
                (x + 8.0, "mono small halo")
            } else {
                (x - 8.0, "mono small end halo")
            };
            self.svg.tagged((at, (y + 4.0).max(TOP + 8.0)), class, &tag, &report.frames);
        }
    }

    /// A mark on the axis for each request of the connection.
    fn requests(&mut self, report: &Report, plot: &Plot, stream: u32) {
        let time = self.time(plot);
        let requests = report.timeline.exchanges.iter().filter(|exchange| exchange.stream == stream);
        let marks: Vec<[At; 2]> = requests
            .filter_map(|exchange| exchange.request_time)
            .map(|at| (time.within(seconds(at)), BOTTOM))
            .map(|(x, y)| [(x, y - 8.0), (x, y)])
            .collect();
        if !marks.is_empty() {
            self.svg.paths(&marks.iter().map(<[At; 2]>::as_slice).collect::<Vec<_>>(), "client-line heavy");
        }
    }
}

/// What the lines and shapes are. Gives the height of the figure.
fn legend(svg: &mut Svg, words: &Words, sender: Side, has_requests: bool) -> Result<f64, Error> {
    let mut x = 8.0;
    let mut y = BOTTOM + 54.0;
    let names = ["segment", "retransmission", "acknowledged", "request"];
    for name in names.into_iter().filter(|name| has_requests || *name != "request") {
        let values = [("sender", Value::from(sender.name())), ("peer", Value::from(sender.peer().name()))];
        let says = words.line(&format!("sequence.legend.{name}"), values)?;
        let wide = measure::width(&says, 11.0) + 36.0;
        if x + wide > 856.0 && x > 8.0 {
            (x, y) = (8.0, y + 18.0);
        }
        match name {
            "segment" => svg.path(&[(x + 6.0, y), (x + 6.0, y - 11.0)], &bar_class(sender)),
            "retransmission" => svg.path(&diamond(x + 6.0, y - 5.0), "warn"),
            "acknowledged" => {
                let step = [(x, y), (x + 6.0, y), (x + 6.0, y - 9.0), (x + 12.0, y - 9.0)];
                svg.path(&step, &step_class(sender));
            }
            _ => svg.path(&[(x + 6.0, y), (x + 6.0, y - 8.0)], "client-line heavy"),
        }
        svg.text(x + 18.0, y, "soft small", &says);
        x += wide;
    }
    Ok(y + 8.0)
}

fn bar_class(sender: Side) -> String {
    format!("{}-line heavy", sender.name())
}

fn step_class(sender: Side) -> String {
    format!("{}-line", sender.peer().name())
}

fn diamond(x: f64, y: f64) -> [At; 5] {
    [(x, y - 5.5), (x + 5.5, y), (x, y + 5.5), (x - 5.5, y), (x, y - 5.5)]
}

fn signed(value: i64) -> f64 {
    let magnitude = float(value.unsigned_abs());
    if value < 0 { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_stream_goes_on_beyond_the_last_sequence_number() {
        let mut series = Series { segments: 2, every: 1, ..Series::default() };
        for (frame, seq) in [(1, 0xffff_ff00_u32), (2, 0x100)] {
            series.points.push(Point::new(frame, Side::Server, seq, 0x200, Some(1)));
        }
        series.points.push(Point::new(3, Side::Client, 1, 0, Some(0x300)));
        let plot = Plot::of(&series, Side::Server, false).unwrap();
        assert_eq!(plot.high - plot.low, 0x400);
        assert_eq!(plot.acknowledged.last().unwrap().1, plot.high);
    }
}
