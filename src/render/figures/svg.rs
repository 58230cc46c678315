//! Writing SVG: shapes and text with classes, numbers with at most two decimals, every text escaped.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::report::model::FrameFacts;

/// A place in a drawing.
pub(super) type At = (f64, f64);

/// The frames that a drawing may link to: those of the Report.
pub(super) type Frames = BTreeMap<u64, FrameFacts>;

/// A drawing under way.
#[derive(Debug)]
pub(super) struct Svg {
    width: f64,
    height: f64,
    alternative: String,
    body: String,
}

impl Svg {
    /// A drawing `width` wide, described by `alternative`; its height is set by [`Self::set_height`].
    pub(super) fn new(width: f64, alternative: &str) -> Self {
        Self { width, height: 0.0, alternative: alternative.to_owned(), body: String::new() }
    }

    pub(super) fn set_height(&mut self, height: f64) {
        self.height = height;
    }

    /// What the drawing shows, in words.
    pub(super) fn alternative(&self) -> &str {
        &self.alternative
    }

    /// Text that begins at a point, or ends or is centred there if its class says so.
    pub(super) fn text(&mut self, x: f64, y: f64, class: &str, text: &str) {
        let _ = write!(
            self.body,
            "<text x=\"{}\" y=\"{}\" class=\"{class}\">{}</text>",
            number(x),
            number(y),
            escape(text)
        );
    }

    /// Pieces of text, one behind the other, each with its own class; `class` says how they stand at the point.
    pub(super) fn spans(&mut self, (x, y): At, class: &str, spans: &[(&str, &str)]) {
        let _ = write!(self.body, "<text x=\"{}\" y=\"{}\" class=\"{class}\">", number(x), number(y));
        for (class, text) in spans {
            let _ = write!(self.body, "<tspan class=\"{class}\">{}</tspan>", escape(text));
        }
        self.body.push_str("</text>");
    }

    /// Text of the wording, in which every tag such as `#201` of one of `frames` links to its row.
    pub(super) fn tagged(&mut self, (x, y): At, class: &str, text: &str, frames: &Frames) {
        let _ = write!(self.body, "<text x=\"{}\" y=\"{}\" class=\"{class}\">", number(x), number(y));
        self.with_tags(text, frames);
        self.body.push_str("</text>");
    }

    fn with_tags(&mut self, text: &str, frames: &Frames) {
        let mut pieces = text.split('#');
        self.body.push_str(&escape(pieces.next().unwrap_or_default()));
        for piece in pieces {
            let end = piece.find(|c: char| !c.is_ascii_digit()).unwrap_or(piece.len());
            let (digits, rest) = piece.split_at_checked(end).unwrap_or((piece, ""));
            let known = digits.parse().ok().and_then(|frame: u64| frames.get(&frame));
            let _ = match known {
                Some(frame) => {
                    let side = frame.from.map_or("tag", |side| side.name());
                    write!(self.body, "<a href=\"#f{digits}\"><tspan class=\"{side}\">#{digits}</tspan></a>")
                }
                None => write!(self.body, "#{digits}"),
            };
            self.body.push_str(&escape(rest));
        }
    }

    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), class: &str) {
        let _ = write!(
            self.body,
            "<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" class=\"{class}\"></line>",
            number(from.0),
            number(from.1),
            number(to.0),
            number(to.1)
        );
    }

    pub(super) fn rect(&mut self, x: f64, y: f64, width: f64, height: f64, class: &str) {
        let _ = write!(
            self.body,
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" class=\"{class}\"></rect>",
            number(x),
            number(y),
            number(width),
            number(height)
        );
    }

    pub(super) fn circle(&mut self, x: f64, y: f64, radius: f64, class: &str) {
        let _ = write!(
            self.body,
            "<circle cx=\"{}\" cy=\"{}\" r=\"{}\" class=\"{class}\"></circle>",
            number(x),
            number(y),
            number(radius)
        );
    }

    /// A line through points.
    pub(super) fn path(&mut self, points: &[(f64, f64)], class: &str) {
        self.paths(&[points], class);
    }

    /// Lines through points, as one shape.
    pub(super) fn paths(&mut self, lines: &[&[At]], class: &str) {
        let mut d = String::new();
        for points in lines {
            for (place, (x, y)) in points.iter().enumerate() {
                let _ = write!(d, "{}{} {}", if place == 0 { 'M' } else { 'L' }, number(*x), number(*y));
            }
        }
        let _ = write!(self.body, "<path d=\"{d}\" class=\"{class}\"></path>");
    }

    /// A filled shape with these corners.
    pub(super) fn polygon(&mut self, corners: &[At], class: &str) {
        let points: Vec<String> = corners.iter().map(|(x, y)| format!("{},{}", number(*x), number(*y))).collect();
        let _ = write!(self.body, "<polygon points=\"{}\" class=\"{class}\"></polygon>", points.join(" "));
    }

    /// A line with a head at its end.
    pub(super) fn arrow(&mut self, from: At, to: At, class: &str) {
        const LENGTH: f64 = 8.0;
        const HALF: f64 = 3.4;
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = dx.hypot(dy).max(1.0);
        let (ux, uy) = (dx / length, dy / length);
        let foot = (to.0 - ux * LENGTH, to.1 - uy * LENGTH);
        self.line(from, foot, class);
        let corners = [to, (foot.0 - uy * HALF, foot.1 + ux * HALF), (foot.0 + uy * HALF, foot.1 - ux * HALF)];
        self.polygon(&corners, class);
    }

    /// All that another drawing holds, over what is there.
    pub(super) fn append(&mut self, other: &Self) {
        self.body.push_str(&other.body);
    }

    /// What `draw` adds links to the row of a frame, if it is one of `frames`.
    pub(super) fn link(&mut self, frame: u64, frames: &Frames, draw: impl FnOnce(&mut Self)) {
        let known = frames.contains_key(&frame);
        if known {
            let _ = write!(self.body, "<a href=\"#f{frame}\">");
        }
        draw(self);
        if known {
            self.body.push_str("</a>");
        }
    }

    /// The SVG element.
    pub(super) fn finish(self) -> String {
        format!(
            "<svg viewBox=\"0 0 {} {}\" role=\"img\"><title>{}</title>{}</svg>",
            number(self.width),
            number(self.height),
            escape(&self.alternative),
            self.body
        )
    }
}

/// At most two decimals, none that are zero.
fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_text_is_escaped() {
        assert_eq!([number(1.0), number(0.126), number(-3.5)], ["1", "0.13", "-3.5"]);
        let mut svg = Svg::new(10.0, "a < b");
        svg.set_height(5.0);
        svg.link(7, &Frames::new(), |svg| svg.text(1.0, 2.0, "label", "<b>&"));
        svg.tagged((1.0, 2.0), "label", "#7<#x#", &Frames::new());
        assert_eq!(
            svg.finish(),
            "<svg viewBox=\"0 0 10 5\" role=\"img\"><title>a &lt; b</title><text x=\"1\" y=\"2\" class=\"label\">&lt;b&gt;&amp;</text>\
             <text x=\"1\" y=\"2\" class=\"label\">#7&lt;#x#</text></svg>"
        );
    }
}
