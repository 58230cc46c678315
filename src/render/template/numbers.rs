//! Times, durations and sizes as a report prints them. They come as the Report's strings and stay exact.

/// Nanoseconds of a Report's time or duration: seconds with up to nine decimals.
pub(in crate::render) fn nanos(seconds: &str) -> Option<i128> {
    let (negative, digits) = match seconds.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, seconds),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 24 || fraction.len() > 9 || !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let whole: i128 = whole.parse().ok()?;
    let fraction: i128 = format!("{fraction:0<9}").parse().ok()?;
    let nanos = whole * 1_000_000_000 + fraction;
    Some(if negative { -nanos } else { nanos })
}

/// Seconds with six decimals, or nine if the microseconds are not whole: the precision of the capture, no more.
pub(in crate::render) fn seconds(nanos: i128) -> String {
    let places = if nanos % 1000 == 0 { 6 } else { 9 };
    decimal(nanos, 1_000_000_000, places)
}

/// Milliseconds with three decimals, or six if the microseconds are not whole.
pub(in crate::render) fn milliseconds(nanos: i128) -> String {
    let places = if nanos % 1000 == 0 { 3 } else { 6 };
    decimal(nanos, 1_000_000, places)
}

/// A Report's form of a duration: seconds with nine decimals.
pub(in crate::render) fn span(nanos: i128) -> String {
    decimal(nanos, 1_000_000_000, 9)
}

/// `nanos / unit` with `places` decimals, truncated.
fn decimal(nanos: i128, unit: u128, places: usize) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let magnitude = nanos.unsigned_abs();
    let fraction_places = usize::try_from(unit.ilog10()).unwrap_or_default();
    let fraction = format!("{:0fraction_places$}", magnitude % unit);
    let kept = fraction.get(..places.min(fraction.len())).unwrap_or_default();
    if kept.is_empty() { format!("{sign}{}", magnitude / unit) } else { format!("{sign}{}.{kept}", magnitude / unit) }
}

/// A size in SI units with three significant digits, such as `7.97 MB`; below 1000 it is exact.
pub(in crate::render) fn size(bytes: u64) -> String {
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut unit = 1_000_u128;
    let mut name = "kB";
    for (larger, larger_name) in [(1_000_000_u128, "MB"), (1_000_000_000, "GB"), (1_000_000_000_000, "TB")] {
        if u128::from(bytes) >= larger {
            (unit, name) = (larger, larger_name);
        }
    }
    let hundredths = (u128::from(bytes) * 100 + unit / 2) / unit;
    let (whole, rest) = (hundredths / 100, hundredths % 100);
    match whole {
        0..=9 => format!("{whole}.{rest:02} {name}"),
        10..=99 => format!("{whole}.{} {name}", rest / 10),
        _ => format!("{whole} {name}"),
    }
}

/// A section's number in Chinese numerals, for 1 to 99.
pub(in crate::render) fn hanzi(number: u64) -> String {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let digit =
        |value: u64| usize::try_from(value).ok().and_then(|value| DIGITS.get(value)).copied().unwrap_or_default();
    match number {
        1..=9 => digit(number).to_owned(),
        10..=19 => format!("十{}", digit(number % 10)),
        20..=99 => format!("{}十{}", digit(number / 10), digit(number % 10)),
        _ => number.to_string(),
    }
}

/// A point in time in a zone, with the offset from UTC: `2024-01-06 18:28:39.854873 +08:00`.
///
/// Outside the years that calendars know, seconds since 1970 in UTC.
pub(in crate::render) fn timestamp(nanos: i128, zone: &jiff::tz::TimeZone) -> String {
    let Ok(instant) = jiff::Timestamp::from_nanosecond(nanos) else {
        return format!("{} s since 1970-01-01 00:00:00 UTC", seconds(nanos));
    };
    let local = instant.to_zoned(zone.clone());
    let fraction = nanos.rem_euclid(1_000_000_000);
    let fraction = if fraction % 1000 == 0 { format!("{:06}", fraction / 1000) } else { format!("{fraction:09}") };
    format!("{}.{fraction} {}", local.strftime("%Y-%m-%d %H:%M:%S"), local.strftime("%:z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_keep_every_captured_digit() {
        assert_eq!(milliseconds(nanos("0.012399000").unwrap()), "12.399");
        assert_eq!(milliseconds(nanos("-0.000000001").unwrap()), "-0.000001");
        assert_eq!(seconds(nanos("14.441719000").unwrap()), "14.441719");
        assert_eq!(seconds(nanos("0.000000123").unwrap()), "0.000000123");
        assert_eq!(span(nanos("6.143709000").unwrap()), "6.143709000");
        assert_eq!(nanos("x"), None);
        assert_eq!(nanos("1.0000000001"), None);
    }

    #[test]
    fn times_stand_in_their_zone() {
        let zone = jiff::tz::TimeZoneDatabase::bundled().get("Asia/Shanghai").unwrap();
        assert_eq!(timestamp(1_704_536_919_854_873_000, &zone), "2024-01-06 18:28:39.854873 +08:00");
        assert_eq!(timestamp(-1, &jiff::tz::TimeZone::UTC), "1969-12-31 23:59:59.999999999 +00:00");
        assert!(timestamp(i128::from(i64::MAX) * 1_000_000_000, &zone).starts_with("9223372036854775807.000000 s"));
    }

    #[test]
    fn sizes_have_three_digits() {
        let check = |bytes, expected: &str| assert_eq!(size(bytes), expected);
        check(0, "0 B");
        check(999, "999 B");
        check(7_970_224, "7.97 MB");
        check(69_203, "69.2 kB");
        check(123_456, "123 kB");
        check(u64::MAX, "18446744 TB");
    }

    #[test]
    fn chinese_numerals() {
        assert_eq!([1, 10, 11, 20, 21].map(hanzi), ["一", "十", "十一", "二十", "二十一"]);
    }
}
