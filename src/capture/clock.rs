//! What a pcapng interface's ticks mean.

use crate::time::Timestamp;

const NANOS_PER_SECOND: u128 = 1_000_000_000;

/// Resolution and offset of an interface's time stamps (`if_tsresol`, `if_tsoffset`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Clock {
    resolution: Resolution,
    offset_seconds: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Resolution {
    /// A tick is this many nanoseconds.
    Nanos(u32),
    /// This many ticks a second, more than 10⁹.
    PerSecond(u128),
    /// 2ⁿ ticks a second.
    PowerOfTwo(u8),
}

impl Clock {
    /// The `if_tsresol` that holds where there is none.
    pub(super) const MICROSECONDS: u8 = 6;

    /// A clock from the option values. An `if_tsresol` is a negative power of ten, or of two with the top bit set.
    pub(super) fn new(resolution: u8, offset_seconds: i64) -> Self {
        let exponent = resolution & 0x7f;
        let resolution = match exponent {
            _ if resolution & 0x80 != 0 => Resolution::PowerOfTwo(exponent),
            0..=9 => Resolution::Nanos(10u32.pow(9 - u32::from(exponent))),
            // Beyond 10³⁸ no 64-bit count of ticks reaches a nanosecond.
            _ => Resolution::PerSecond(10u128.pow(u32::from(exponent).min(38))),
        };
        Self { resolution, offset_seconds }
    }

    /// The point in time `ticks` after this clock's zero, cut to whole nanoseconds.
    pub(super) fn time(self, ticks: u64) -> Timestamp {
        if let Resolution::Nanos(unit) = self.resolution
            && let Some(nanos) = ticks.checked_mul(unit.into())
        {
            return Timestamp::new(self.offset_seconds, nanos);
        }
        let nanos = match self.resolution {
            Resolution::Nanos(nanos) => u128::from(ticks) * u128::from(nanos),
            Resolution::PerSecond(rate) => u128::from(ticks) * NANOS_PER_SECOND / rate,
            Resolution::PowerOfTwo(exponent) => (u128::from(ticks) * NANOS_PER_SECOND) >> exponent,
        };
        let offset = i128::from(self.offset_seconds) * NANOS_PER_SECOND.cast_signed();
        Timestamp::from_nanos(nanos.cast_signed() + offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_become_nanoseconds_in_every_resolution() {
        // Beside each what tshark 4.0 prints; it overflows at 10⁻¹² and prints 0.003151549.
        let ticks = (5 << 32) + 123_456_789;
        let check =
            |resolution, expected: &str| assert_eq!(Clock::new(resolution, 0).time(ticks).to_string(), expected);
        check(0, "21598293269.000000000");
        check(3, "21598293.269000000");
        check(6, "21598.293269000");
        check(9, "21.598293269");
        check(10, "2.159829326");
        check(12, "0.021598293");
        check(19, "0.000000002");
        check(0x7f, "0.000000000");
        check(0x80, "21598293269.000000000");
        check(0x80 | 0x14, "20597.737568855");
        check(0x80 | 0x20, "5.028744523");
        check(0xff, "0.000000000");
    }

    #[test]
    fn the_offset_may_be_negative_and_never_overflows() {
        assert_eq!(Clock::new(6, -5).time(1_000_000).to_string(), "-4.000000000");
        assert_eq!(Clock::new(0, i64::MIN).time(0).to_string(), "-9223372036854775808.000000000");
        assert_eq!(Clock::new(0, i64::MAX).time(u64::MAX).to_string(), "9223372036854775807.999999999");
    }
}
