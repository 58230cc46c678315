//! Scales and round ticks.

use crate::time::Span;

/// `value` for drawing.
#[expect(clippy::cast_precision_loss, reason = "a drawing has fewer places than the number loses")]
pub(super) fn float(value: u64) -> f64 {
    value as f64
}

/// A duration in seconds for drawing.
#[expect(clippy::cast_precision_loss, reason = "a drawing has fewer places than the number loses")]
pub(super) fn seconds(span: Span) -> f64 {
    span.as_nanos() as f64 / 1e9
}

/// A range of values laid onto a range of places.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Scale {
    /// The values `low` to `high` at the places `from` to `to`; a range of nothing is widened.
    pub(super) fn new((low, high): (f64, f64), (from, to): (f64, f64)) -> Self {
        let high = if high > low { high } else { low + 1.0 };
        Self { low, high, from, to }
    }

    /// Where a value lies.
    pub(super) fn at(self, value: f64) -> f64 {
        self.from + (value - self.low) / (self.high - self.low) * (self.to - self.from)
    }

    /// Where a value lies, or the nearer end.
    pub(super) fn within(self, value: f64) -> f64 {
        self.at(value.clamp(self.low, self.high))
    }

    /// About `count` round values of the range, with the text of each.
    pub(super) fn ticks(self, count: f64) -> Vec<(f64, String)> {
        let raw = (self.high - self.low) / count;
        let power = 10_f64.powf(raw.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].iter().map(|factor| factor * power).find(|step| *step >= raw).unwrap_or(raw);
        let places = (-step.log10()).ceil().max(0.0);
        let mut ticks = Vec::new();
        let mut value = (self.low / step).ceil() * step;
        while value <= self.high + step * 1e-6 && ticks.len() < 40 {
            ticks.push((value, decimal(value, places)));
            value += step;
        }
        ticks
    }
}

/// `value` with so many decimals.
fn decimal(value: f64, places: f64) -> String {
    let places = (0_usize..12).find(|count| f64::from(u32::try_from(*count).unwrap_or_default()) >= places);
    let text = format!("{value:.*}", places.unwrap_or(12));
    if text.trim_matches(['-', '0', '.']).is_empty() { text.trim_start_matches('-').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round() {
        let check = |low, high, expected: &[&str]| {
            let ticks = Scale::new((low, high), (0.0, 100.0)).ticks(5.0);
            assert_eq!(ticks.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>(), expected);
        };
        check(0.0, 14730.0, &["0", "5000", "10000"]);
        check(14.454, 14.4973, &["14.46", "14.47", "14.48", "14.49"]);
        check(0.0, 0.0, &["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        check(3.0, 8.1, &["4", "6", "8"]);
    }

    #[test]
    fn a_scale_lays_values_onto_places() {
        let scale = Scale::new((10.0, 20.0), (100.0, 200.0));
        assert!((scale.at(15.0) - 150.0).abs() < 1e-9);
        assert!((scale.within(99.0) - 200.0).abs() < 1e-9);
    }
}
