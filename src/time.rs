//! Points in time and durations of a capture, in nanoseconds.

use std::fmt;
use std::num::NonZeroU32;
use std::ops::Sub;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

const NANOS_PER_SECOND: u32 = 1_000_000_000;

/// A number of nanoseconds up to 2^63 seconds, what lies beyond is cut. An `Option` of it takes no more room: connections keep
/// many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Nanos {
    /// Whole seconds, rounded down.
    seconds: i64,
    /// One more than the nanoseconds above them.
    above: NonZeroU32,
}

impl Nanos {
    const ZERO: Self = Self::new(0, 0);

    /// `seconds` and, above them, less than 10^9 nanoseconds.
    const fn new(seconds: i64, nanos: u32) -> Self {
        Self { seconds, above: NonZeroU32::MIN.saturating_add(nanos) }
    }

    #[expect(clippy::cast_possible_truncation, reason = "both fit after the comparison and the division")]
    const fn from_total(nanos: i128) -> Self {
        let seconds = nanos.div_euclid(NANOS_PER_SECOND as i128);
        if seconds > i64::MAX as i128 {
            return Self::new(i64::MAX, NANOS_PER_SECOND - 1);
        }
        if seconds < i64::MIN as i128 {
            return Self::new(i64::MIN, 0);
        }
        Self::new(seconds as i64, nanos.rem_euclid(NANOS_PER_SECOND as i128) as u32)
    }

    const fn above(self) -> u32 {
        self.above.get() - 1
    }

    const fn total(self) -> i128 {
        self.seconds as i128 * NANOS_PER_SECOND as i128 + self.above() as i128
    }

    const fn minus(self, other: Self) -> Self {
        let seconds = self.seconds.saturating_sub(other.seconds);
        match self.above().checked_sub(other.above()) {
            Some(above) => Self::new(seconds, above),
            None => Self::new(seconds.saturating_sub(1), self.above() + NANOS_PER_SECOND - other.above()),
        }
    }
}

impl Default for Nanos {
    fn default() -> Self {
        Self::ZERO
    }
}

impl fmt::Display for Nanos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, above) = match (self.seconds, self.above()) {
            (seconds @ 0.., above) => (seconds.unsigned_abs(), above),
            (seconds, 0) => (seconds.unsigned_abs(), 0),
            (seconds, above) => (seconds.unsigned_abs() - 1, NANOS_PER_SECOND - above),
        };
        let sign = if self.seconds < 0 { "-" } else { "" };
        write!(f, "{sign}{seconds}.{above:09}")
    }
}

/// A point in time: nanoseconds since the Unix epoch, possibly negative.
///
/// Prints as epoch seconds with nine decimals, as Wireshark's `frame.time_epoch` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(Nanos);

/// A duration in nanoseconds, possibly negative (captures can run backwards).
///
/// Prints as seconds with nine decimals, as Wireshark's `frame.time_delta` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span(Nanos);

impl Timestamp {
    /// The point `seconds` and `nanos` nanoseconds, which may be more than a second, after the Unix epoch.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "a remainder is less than its divisor")]
    pub const fn new(seconds: i64, nanos: u64) -> Self {
        let carried = (nanos / NANOS_PER_SECOND as u64).cast_signed();
        Self(Nanos::new(seconds.saturating_add(carried), (nanos % NANOS_PER_SECOND as u64) as u32))
    }

    /// The point `nanos` nanoseconds after the Unix epoch.
    #[must_use]
    pub const fn from_nanos(nanos: i128) -> Self {
        Self(Nanos::from_total(nanos))
    }

    /// Nanoseconds since the Unix epoch.
    #[must_use]
    pub const fn as_nanos(self) -> i128 {
        self.0.total()
    }
}

impl Span {
    /// A duration of `nanos` nanoseconds.
    #[must_use]
    pub const fn from_nanos(nanos: i128) -> Self {
        Self(Nanos::from_total(nanos))
    }

    /// The duration in nanoseconds.
    #[must_use]
    pub const fn as_nanos(self) -> i128 {
        self.0.total()
    }
}

impl Sub for Timestamp {
    type Output = Span;

    fn sub(self, earlier: Self) -> Span {
        Span(self.0.minus(earlier.0))
    }
}

impl Sub for Span {
    type Output = Self;

    fn sub(self, shorter: Self) -> Self {
        Self(self.0.minus(shorter.0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

fn seconds_schema(description: &str) -> Schema {
    json_schema!({
        "type": "string",
        "pattern": r"^-?[0-9]+\.[0-9]{9}$",
        "description": description,
    })
}

impl JsonSchema for Timestamp {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        seconds_schema("Seconds since 1970-01-01T00:00:00Z, nine decimals.")
    }
}

impl JsonSchema for Span {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Span".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        seconds_schema("A duration in seconds, nine decimals.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_nine_decimals_and_the_sign() {
        let check = |nanos, expected: &str| assert_eq!(Span::from_nanos(nanos).to_string(), expected);
        check(12_399_000, "0.012399000");
        check(-1, "-0.000000001");
        check(-1_500_000_000, "-1.500000000");
        check(1_704_536_919_854_873_000, "1704536919.854873000");
        check(-2_000_000_000, "-2.000000000");
        check(i128::MAX, "9223372036854775807.999999999");
        check(i128::MIN, "-9223372036854775808.000000000");
    }

    #[test]
    fn differences_and_order_are_those_of_the_numbers() {
        let numbers = [-2_000_000_001, -2_000_000_000, -1, 0, 1, 999_999_999, 1_000_000_000, 1_700_000_000_123_456_789];
        for one in numbers {
            for other in numbers {
                let (first, second) = (Timestamp::from_nanos(one), Timestamp::from_nanos(other));
                assert_eq!((first - second).as_nanos(), one - other);
                assert_eq!(first.cmp(&second), one.cmp(&other));
            }
        }
        assert_eq!(size_of::<Option<Timestamp>>(), 16);
    }

    #[test]
    fn a_fraction_of_more_than_a_second_is_carried_over() {
        assert_eq!(Timestamp::new(-1, 2_500_000_000).as_nanos(), 1_500_000_000);
        assert_eq!(Timestamp::new(i64::MAX, u64::MAX).to_string(), "9223372036854775807.709551615");
    }
}
