//! Round-trip times of the pings on one axis.

use tera::{Error, Value};

use super::axis::{Scale, float, seconds};
use super::measure;
use super::svg::Svg;
use super::words::Words;
use crate::analysis::model::Ping;
use crate::render::template::numbers;
use crate::report::model::Report;
use crate::time::Span;

/// Targets drawn, one line each; the report shows as many.
const MAX_TARGETS: usize = 4;
/// Replies whose value is written; of more only the shortest and the longest.
const MAX_LABELS: usize = 16;
/// Replies drawn; of more the first.
const MAX_DOTS: usize = 300;
/// Rows of labels above a line.
const MAX_LEVELS: usize = 8;
const LEFT: f64 = 190.0;
const RIGHT: f64 = 838.0;
const LEVEL: f64 = 15.0;

/// The pings with at least two replies; nothing when there are none.
pub(super) fn draw(report: &Report, words: &Words) -> Result<Option<Svg>, Error> {
    let pings: Vec<&Ping> =
        report.analysis.pings.iter().filter(|ping| replies(ping).len() > 1).take(MAX_TARGETS).collect();
    let Some(first) = pings.first() else { return Ok(None) };
    let values = |ping: &Ping| {
        let rtts = replies(ping);
        let shortest = rtts.iter().map(|(_, rtt)| *rtt).min().unwrap_or_default();
        let longest = rtts.iter().map(|(_, rtt)| *rtt).max().unwrap_or_default();
        [
            ("target", Value::from(ping.target.to_string())),
            ("sent", Value::from(ping.sent)),
            ("received", Value::from(ping.received)),
            ("lost", Value::from(ping.sent.saturating_sub(ping.received))),
            ("drawn", Value::from(rtts.len().min(MAX_DOTS))),
            ("mean", Value::from(mean(ping).to_string())),
            ("shortest", Value::from(shortest.to_string())),
            ("longest", Value::from(longest.to_string())),
        ]
    };
    let mut svg = Svg::new(860.0, &words.line("ping.alternative", values(first))?);
    let scale = axis(&pings);
    let mut y = 12.0;
    for ping in &pings {
        y = lane(&mut svg, report, words, ping, scale, y, &values(ping))?;
    }
    for (value, text) in scale.ticks(7.0) {
        svg.line((scale.at(value), 8.0), (scale.at(value), y), "grid");
        svg.text(scale.at(value), y + 14.0, "grey small middle", &text);
    }
    svg.text(RIGHT, y + 30.0, "grey small end", &words.line("ping.axis", [])?);
    svg.set_height(y + 36.0);
    Ok(Some(svg))
}

/// From 0, or from below the shortest time when all are much alike.
fn axis(pings: &[&Ping]) -> Scale {
    let drawn = || pings.iter().flat_map(|ping| replies(ping).into_iter().take(MAX_DOTS));
    let times = || drawn().map(|(_, rtt)| seconds(rtt) * 1e3);
    let (shortest, longest) = (times().fold(f64::INFINITY, f64::min), times().fold(0.0, f64::max));
    let margin = (longest - shortest) * 0.3;
    let low = if shortest * 2.0 > longest && margin > 0.0 { shortest - margin } else { 0.0 };
    Scale::new((low, longest + (longest - low) * 0.05), (LEFT, RIGHT))
}

/// One target: its replies as dots on a line with their values above it. Gives where the next one may begin.
fn lane<const N: usize>(
    svg: &mut Svg,
    report: &Report,
    words: &Words,
    ping: &Ping,
    scale: Scale,
    top: f64,
    values: &[(&'static str, Value); N],
) -> Result<f64, Error> {
    let mut rtts = replies(ping);
    rtts.truncate(MAX_DOTS);
    let shortest = rtts.iter().map(|(_, rtt)| *rtt).min();
    let longest = rtts.iter().map(|(_, rtt)| *rtt).max();
    let mut labels: Vec<Label> = rtts
        .iter()
        .filter(|(_, rtt)| rtts.len() <= MAX_LABELS || Some(*rtt) == shortest || Some(*rtt) == longest)
        .map(|(frame, rtt)| Label::new(*frame, *rtt, scale))
        .collect();
    labels.sort_by(|a, b| a.left.total_cmp(&b.left).then(a.frame.cmp(&b.frame)));
    let levels = place(&mut labels);
    let line = top + LEVEL * float(levels) + 8.0;
    svg.line((LEFT, line), (RIGHT, line), "axis");
    for label in &labels {
        let Some(level) = label.level else { continue };
        let y = line - 9.0 - LEVEL * float(level);
        svg.line((label.x, y + 3.0), (label.x, line), "axis");
    }
    for label in &labels {
        let Some(level) = label.level else { continue };
        svg.tagged((label.left, line - 9.0 - LEVEL * float(level)), "small halo", &label.text, &report.frames);
    }
    let mean = scale.within(seconds(mean(ping)) * 1e3);
    svg.polygon(&[(mean, line + 3.0), (mean - 5.0, line + 12.0), (mean + 5.0, line + 12.0)], "mark");
    for (frame, rtt) in &rtts {
        svg.link(*frame, &report.frames, |svg| svg.circle(scale.at(seconds(*rtt) * 1e3), line, 4.0, "dot"));
    }
    let target = measure::fit(&ping.target.to_string(), LEFT - 14.0, |text| measure::mono(text, 12.0));
    svg.text(0.0, line - 2.0, "mono", &target);
    let mut below = line + 14.0;
    for (place, words) in words.lines("ping.counted", values.clone())?.iter().enumerate() {
        svg.text(0.0, below, if place == 0 { "soft small" } else { "grey small" }, words);
        below += 15.0;
    }
    let told = words.line("ping.mean", values.clone())?;
    let wide = measure::width(&told, 11.0);
    svg.text(
        (mean + 8.0).min(RIGHT - wide),
        line + 14.0 + if mean + 8.0 + wide > RIGHT { 12.0 } else { 0.0 },
        "soft small",
        &told,
    );
    Ok(below.max(line + 34.0))
}

/// The value of one reply and where it is written.
struct Label {
    frame: u64,
    text: String,
    x: f64,
    left: f64,
    right: f64,
    level: Option<u64>,
}

impl Label {
    fn new(frame: u64, rtt: Span, scale: Scale) -> Self {
        let text = format!("#{frame} {}", numbers::milliseconds(rtt.as_nanos()));
        let wide = measure::width(&text, 11.0);
        let x = scale.at(seconds(rtt) * 1e3);
        let left = (x - wide / 2.0).min(RIGHT + 18.0 - wide);
        Self { frame, text, x, left, right: left + wide, level: None }
    }
}

/// Gives each label the lowest row in which it touches no other; the number of rows.
fn place(labels: &mut [Label]) -> u64 {
    let mut ends = [f64::NEG_INFINITY; MAX_LEVELS];
    let mut levels = 0;
    for label in labels {
        let free = ends.iter_mut().zip(0_u64..).find(|(end, _)| **end + 8.0 < label.left);
        if let Some((end, level)) = free {
            *end = label.right;
            label.level = Some(level);
            levels = levels.max(level + 1);
        }
    }
    levels
}

/// Reply frame and round-trip time of each request that was answered.
fn replies(ping: &Ping) -> Vec<(u64, Span)> {
    ping.frames.iter().zip(&ping.rtts).filter_map(|((_, reply), rtt)| Some(((*reply)?, (*rtt)?))).collect()
}

/// The mean in whole microseconds.
fn mean(ping: &Ping) -> Span {
    let rtts = replies(ping);
    let sum: i128 = rtts.iter().map(|(_, rtt)| rtt.as_nanos()).sum();
    let count = i128::try_from(rtts.len()).unwrap_or(1).max(1);
    Span::from_nanos((sum + count * 500) / (count * 1000) * 1000)
}
