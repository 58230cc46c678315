//! Points in time and durations of a capture, in nanoseconds.

use std::fmt;
use std::ops::Sub;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

const NANOS_PER_SECOND: i128 = 1_000_000_000;

/// A point in time: nanoseconds since the Unix epoch, possibly negative.
///
/// Prints as epoch seconds with nine decimals, as Wireshark's `frame.time_epoch` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i128);

/// A duration in nanoseconds, possibly negative (captures can run backwards).
///
/// Prints as seconds with nine decimals, as Wireshark's `frame.time_delta` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span(i128);

impl Timestamp {
    /// The point `nanos` nanoseconds after the Unix epoch.
    #[must_use]
    pub const fn from_nanos(nanos: i128) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since the Unix epoch.
    #[must_use]
    pub const fn as_nanos(self) -> i128 {
        self.0
    }
}

impl Span {
    /// A duration of `nanos` nanoseconds.
    #[must_use]
    pub const fn from_nanos(nanos: i128) -> Self {
        Self(nanos)
    }

    /// The duration in nanoseconds.
    #[must_use]
    pub const fn as_nanos(self) -> i128 {
        self.0
    }
}

impl Sub for Timestamp {
    type Output = Span;

    fn sub(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Sub for Span {
    type Output = Self;

    fn sub(self, shorter: Self) -> Self {
        Self(self.0.saturating_sub(shorter.0))
    }
}

fn print_seconds(nanos: i128, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let sign = if nanos < 0 { "-" } else { "" };
    let magnitude = nanos.unsigned_abs();
    let unit = NANOS_PER_SECOND.unsigned_abs();
    write!(f, "{sign}{}.{:09}", magnitude / unit, magnitude % unit)
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print_seconds(self.0, f)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print_seconds(self.0, f)
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
    }
}
