//! The request's frame layer by layer, and other frames beside it to one scale.

use tera::{Error, Value};

use super::axis::{Scale, float};
use super::frame_bytes::{Carried, Part, PartLayer, carried, parts, sum, terms, units};
use super::measure;
use super::svg::Svg;
use super::words::Words;
use crate::report::model::{Report, SegmentStep};

const LEFT: f64 = 176.0;
const RIGHT: f64 = 858.0;
/// Height of a layer, and from one to the next.
const LAYER: (f64, f64) = (28.0, 34.0);
/// Height of a bar, and from one to the next.
const BAR: (f64, f64) = (13.0, 21.0);

/// The layers of the frame in which the request begins; nothing without one whose bytes are all accounted for.
pub(super) fn draw(report: &Report, words: &Words) -> Result<Option<Svg>, Error> {
    let Some(request) = report.exchange.as_ref().map(|exchange| exchange.request.first_frame) else { return Ok(None) };
    let Some(whole) = report.frames.get(&request).and_then(parts) else { return Ok(None) };
    let payload = whole.iter().find(|part| part.layer == PartLayer::Application).map_or(0, |part| part.bytes);
    if payload == 0 {
        return Ok(None);
    }
    let carried = carried(report, payload);
    let alternative = words.line(
        "encapsulation.alternative",
        [
            ("frame", Value::from(request)),
            ("terms", Value::from(terms(whole))),
            ("sum", Value::from(sum(whole))),
            ("carried", Value::from(carried.key())),
        ],
    )?;
    let mut svg = Svg::new(860.0, &alternative);
    svg.spans(
        (0.0, 12.0),
        "",
        &label(&words.lines("encapsulation.nested", [("frame", Value::from(request))])?, "bold", "grey small"),
    );
    let y = nested(&mut svg, words, whole, carried)?;
    let y = bars(&mut svg, report, words, y + 22.0)?;
    svg.set_height(y);
    Ok(Some(svg))
}

/// The words of each language in a row: the first in one class, the others in another.
fn label<'w>(lines: &'w [String], first: &'static str, other: &'static str) -> Vec<(&'static str, &'w str)> {
    let mut spans: Vec<(&str, &str)> = Vec::new();
    for (place, line) in lines.iter().enumerate() {
        if place > 0 {
            spans.push((other, "\u{2002}"));
        }
        spans.push((if place == 0 { first } else { other }, line));
    }
    spans
}

/// The units of data above each other, the application's on top; each holds what is above it.
fn nested(svg: &mut Svg, words: &Words, whole: &[Part], carried: Carried) -> Result<f64, Error> {
    let places = places(whole);
    let units = units(whole);
    let rows = rows(whole, &units);
    let mut y = 24.0;
    for (depth, own) in units.iter().enumerate() {
        let mut content = (LEFT, 0.0);
        for ((part, (x, wide)), row) in whole.iter().zip(&places).zip(&rows).filter(|(_, row)| **row <= depth) {
            let is_own = *row == depth;
            svg.rect(*x, y, wide - 1.0, LAYER.0, &format!("{}{}", part.class(), if is_own { "" } else { " pale" }));
            if part.layer == PartLayer::Application {
                content = (*x, *wide);
            } else {
                let ink = if is_own { "middle inverse small" } else { "middle soft small" };
                svg.text(x + (wide - 1.0) / 2.0, y + 18.5, ink, &part.bytes.to_string());
            }
        }
        let is_payload = depth == 0;
        let within = whole.iter().zip(&rows).filter(|(_, row)| **row < depth).map(|(part, _)| part.bytes).sum();
        let says = if is_payload {
            words.lines(&format!("encapsulation.payload.{}", carried.key()), [("bytes", Value::from(sum(own)))])?
        } else {
            unit(words, own, within)?
        };
        let (first, other) = if is_payload { ("inverse bold", "inverse small") } else { ("soft", "grey small") };
        let says = fitting(&says, content.1 - 20.0);
        svg.spans((content.0 + 10.0, y + 18.5), "", &label(&says, first, other));
        let names = match own.first() {
            Some(first) => words
                .lines(&format!("encapsulation.layer.{}", first.class()), [("protocol", Value::from(first.title()))])?,
            None => Vec::new(),
        };
        svg.spans((0.0, y + 18.5), "", &label(&fitting(&names, LEFT - 6.0), "", "grey small"));
        y += LAYER.1;
    }
    Ok(y)
}

/// In which unit each piece is; a filler, which comes last, in the one that holds it.
fn rows(whole: &[Part], units: &[Vec<Part>]) -> Vec<usize> {
    let is_filled = |unit: &Vec<Part>| unit.iter().any(|part| part.layer == PartLayer::Filler);
    let filled = units.iter().position(is_filled).unwrap_or_default();
    let outside_in = units.iter().enumerate().rev();
    let headers = outside_in
        .flat_map(|(depth, unit)| unit.iter().filter(|part| part.layer != PartLayer::Filler).map(move |_| depth));
    headers.chain(std::iter::repeat(filled)).take(whole.len()).collect()
}

/// What a layer calls its unit of data, with the sum of its bytes.
fn unit(words: &Words, own: &[Part], within: u64) -> Result<Vec<String>, Error> {
    let (filler, headers): (Vec<Part>, Vec<Part>) = own.iter().partition(|part| part.layer == PartLayer::Filler);
    let after = if filler.is_empty() { String::new() } else { format!(" + {}", terms(&filler)) };
    let name = match headers.first() {
        Some(first) if first.protocol == "udp" => "datagram",
        Some(first) => first.class(),
        None => return Ok(Vec::new()),
    };
    let mut says = words.lines(&format!("encapsulation.unit.{name}"), [])?;
    if let Some(first) = says.first_mut() {
        *first = format!("{first}\u{2002}{} + {within}{after} = {} B", terms(&headers), sum(own) + within);
    }
    Ok(says)
}

/// The first lines that fit beside each other.
fn fitting(lines: &[String], most: f64) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    let mut used = 0.0;
    for line in lines {
        used += measure::width(line, if kept.is_empty() { 12.0 } else { 11.0 }) + 8.0;
        if kept.is_empty() {
            kept.push(measure::fit(line, most, |text| measure::width(text, 12.0)));
        } else if used <= most + 8.0 {
            kept.push(line.clone());
        }
    }
    kept
}

/// Where each piece begins and how wide it is: headers wide enough for their number, the payload takes what is left.
fn places(whole: &[Part]) -> Vec<(f64, f64)> {
    let wide = |part: &Part| (float(part.bytes) * 1.5).clamp(20.0, 96.0);
    let fixed: f64 = whole.iter().filter(|part| part.layer != PartLayer::Application).map(wide).sum();
    let mut x = LEFT;
    let mut places = Vec::with_capacity(whole.len());
    for part in whole {
        let width = if part.layer == PartLayer::Application { RIGHT - LEFT - fixed } else { wide(part) };
        places.push((x, width));
        x += width;
    }
    places
}

/// The request's frame and others of the report to one scale, the shortest first.
fn bars(svg: &mut Svg, report: &Report, words: &Words, top: f64) -> Result<f64, Error> {
    let mut rows: Vec<(u64, &'static str, &[Part])> = Vec::new();
    for (frame, role) in roles(report) {
        if rows.iter().all(|(other, ..)| *other != frame)
            && let Some(parts) = report.frames.get(&frame).and_then(parts)
        {
            rows.push((frame, role, parts));
        }
    }
    rows.sort_by_key(|(frame, _, parts)| (sum(parts), *frame));
    let longest = rows.iter().map(|(.., parts)| sum(parts)).max().unwrap_or_default();
    svg.spans((0.0, top), "", &label(&words.lines("encapsulation.compared", [])?, "bold", "grey small"));
    let scale = Scale::new((0.0, float(longest)), (LEFT, RIGHT - 2.0));
    let mut y = top + 12.0;
    let foot = y + BAR.1 * rows.iter().map(|_| 1.0).sum::<f64>();
    for (value, text) in scale.ticks(6.0) {
        svg.line((scale.at(value), y), (scale.at(value), foot), "grid");
        let class = if scale.at(value) > RIGHT - 20.0 { "grey small end" } else { "grey small middle" };
        svg.text(scale.at(value), foot + 13.0, class, &text);
    }
    svg.text(0.0, foot + 13.0, "grey small", &words.line("encapsulation.axis", [])?);
    for (frame, role, parts) in &rows {
        let name = words.lines(&format!("encapsulation.role.{role}"), [])?;
        let tag = format!("#{frame}");
        svg.tagged((0.0, y + 10.5), "mono small", &tag, &report.frames);
        let from = measure::mono(&tag, 11.0) + 8.0;
        let says = fitting(&name, LEFT - from - 6.0);
        svg.spans((from, y + 10.5), "", &label(&says, "soft small", "grey small"));
        let mut from = 0_u64;
        for part in *parts {
            let (x, to) = (scale.at(float(from)), scale.at(float(from + part.bytes)));
            svg.rect(x, y, (to - x).max(0.5), BAR.0, part.class());
            from += part.bytes;
        }
        let mut text = format!("{} = {}", terms(parts), sum(parts));
        if let Some(filler) = parts.last().filter(|part| part.layer == PartLayer::Filler) {
            text = format!("{text} ({})", words.line(&format!("encapsulation.what.{}", filler.protocol), [])?);
        }
        let wide = measure::width(&text, 11.0);
        let end = scale.at(float(from));
        if end + 8.0 + wide <= RIGHT {
            svg.text(end + 8.0, y + 10.5, "soft small", &text);
        } else {
            svg.rect(end - wide - 12.0, y, wide + 10.0, BAR.0, "paper");
            svg.text(end - 8.0, y + 10.5, "ink small end", &text);
        }
        y += BAR.1;
    }
    Ok(foot + 20.0)
}

/// The frames that are compared, with their part in the connection.
fn roles(report: &Report) -> Vec<(u64, &'static str)> {
    let mut roles = Vec::new();
    let syn = report.handshake.iter().find(|segment| segment.step == SegmentStep::Syn);
    roles.extend(syn.map(|segment| (segment.facts.frame, "syn")));
    let steps = report.handshake.iter().chain(&report.close);
    let acks = || steps.clone().filter(|segment| segment.step == SegmentStep::Ack && segment.facts.len == 0);
    // Received frames show padding where there is some.
    let padded = acks().find(|segment| {
        let frame = report.frames.get(&segment.facts.frame).and_then(parts);
        frame.is_some_and(|parts| parts.iter().any(|part| part.protocol == "padding"))
    });
    roles.extend(acks().next().into_iter().chain(padded).map(|segment| (segment.facts.frame, "ack")));
    if let Some(exchange) = &report.exchange {
        let request = &exchange.request;
        let one = request.frame == Some(request.first_frame);
        roles.push((request.first_frame, if one { "request" } else { "request_first" }));
        roles.extend(request.frame.map(|frame| (frame, "request_last")));
        if let Some(response) = &exchange.response {
            let one = response.frame == Some(response.first_frame);
            roles.push((response.first_frame, if one { "response" } else { "response_first" }));
            roles.extend(response.frame.map(|frame| (frame, "response_last")));
        }
    }
    roles
}
