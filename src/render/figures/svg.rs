//! Writing SVG: shapes and text with classes, numbers with at most two decimals, every text escaped.

use std::fmt::Write as _;

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
        let mut d = String::new();
        for (place, (x, y)) in points.iter().enumerate() {
            let _ = write!(d, "{}{} {}", if place == 0 { 'M' } else { 'L' }, number(*x), number(*y));
        }
        let _ = write!(self.body, "<path d=\"{d}\" class=\"{class}\"></path>");
    }

    /// What `draw` adds links to the row of a frame.
    pub(super) fn link(&mut self, frame: u64, draw: impl FnOnce(&mut Self)) {
        let _ = write!(self.body, "<a href=\"#f{frame}\">");
        draw(self);
        self.body.push_str("</a>");
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
        svg.link(7, |svg| svg.text(1.0, 2.0, "label", "<b>&"));
        assert_eq!(
            svg.finish(),
            "<svg viewBox=\"0 0 10 5\" role=\"img\"><title>a &lt; b</title><a href=\"#f7\"><text x=\"1\" y=\"2\" \
             class=\"label\">&lt;b&gt;&amp;</text></a></svg>"
        );
    }
}
