//! Bytes of a frame as a code block of the Markdown report.
//!
//! ````text
//! ```hex 14-33
//! 0000  38 97 d6 b4 e0 01 e4 5e 37 d2 86 3d 08 00 45 00  8······^7··=··E·
//! ```
//! ````
//!
//! Each row has the offset of its first byte, at most 16 bytes and their ASCII characters; a masked byte is `xx`. The block's info
//! string names the bytes that it is about, from 0 and both included, and the frame that holds them when it is another one than
//! the field table's (`hex 54-820 #211`). The page makes a byte view of it: see [`super::bytes`].

use std::fmt::Write as _;
use std::ops::Range;

use tera::{Kwargs, State, Tera, TeraResult, Value};

use super::facts::Facts;

/// The word that begins the info string of such a block.
pub(in crate::render) const INFO: &str = "hex";
/// Bytes in a row.
pub(in crate::render) const ROW: usize = 16;
/// Bytes shown at most; a header that is longer is rare, and its fields stand in the table.
const LONGEST: usize = 4096;

/// Adds `layer_bytes(frame=…, start=…, length=…, ends=…, own=…)`: the extent of a layer and its rows of bytes in a frame, or nothing
/// when the Report does not hold them. With a length of 0 the layer ends at the last of `ends`. `own` is the frame that the layer
/// belongs to.
pub(in crate::render) fn register(tera: &mut Tera, facts: &std::sync::Arc<Facts>) {
    let of = std::sync::Arc::clone(facts);
    tera.register_function("layer_bytes", move |kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        let frame: u64 = kwargs.must_get("frame")?;
        let (start, length): (usize, usize) = (kwargs.must_get("start")?, kwargs.must_get("length")?);
        let ends: Vec<usize> = kwargs.get("ends")?.unwrap_or_default();
        let end = if length > 0 { start.saturating_add(length) } else { ends.into_iter().max().unwrap_or(start) };
        let own: u64 = kwargs.get("own")?.unwrap_or(frame);
        let digits = of.frame(frame).and_then(|frame| frame.get("bytes")).and_then(serde_json::Value::as_str);
        let shown = digits.and_then(|digits| block(digits, start..end, (own != frame).then_some(frame)));
        Ok(shown.map_or_else(Value::none, |shown| Value::safe_string(&shown)))
    });
}

/// The bytes of `range`, as far as they were captured, in whole rows; `None` if there are none.
fn block(digits: &str, range: Range<usize>, frame: Option<u64>) -> Option<String> {
    let bytes: Vec<&str> = digits.as_bytes().chunks_exact(2).map_while(|pair| std::str::from_utf8(pair).ok()).collect();
    let end = range.end.min(bytes.len());
    let last = end.checked_sub(1).filter(|last| *last >= range.start)?;
    let shown_end = end.min(range.start.saturating_add(LONGEST));

    let mut block = format!("<span class=\"extent\">{} – {last} · {} B</span>\n\n", range.start, end - range.start);
    let _ = write!(block, "```{INFO} {}-{last}", range.start);
    if let Some(frame) = frame {
        let _ = write!(block, " #{frame}");
    }
    block.push('\n');
    let first_row = range.start - range.start % ROW;
    let rows = bytes.get(first_row..shown_end.next_multiple_of(ROW).min(bytes.len()))?;
    for (row, line) in rows.chunks(ROW).enumerate() {
        let text: String = line.iter().map(|byte| character(byte)).collect();
        let _ = writeln!(block, "{:04x}  {:<47}  {text}", first_row + row * ROW, line.join(" "));
    }
    if end > shown_end {
        let _ = writeln!(block, "…     +{}", end - shown_end);
    }
    block.push_str("```");
    Some(block)
}

/// The ASCII character of a byte in hexadecimal, a dot for any other.
fn character(byte: &str) -> char {
    match u8::from_str_radix(byte, 16) {
        Ok(byte @ 0x20..0x7f) => char::from(byte),
        _ => '·',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_rows_that_the_range_touches() {
        let digits = (0..40_u8).map(|byte| format!("{:02x}", byte + 0x30)).collect::<Vec<_>>().concat();
        let expected = "<span class=\"extent\">14 – 17 · 4 B</span>\n\n```hex 14-17\n\
            0000  30 31 32 33 34 35 36 37 38 39 3a 3b 3c 3d 3e 3f  0123456789:;<=>?\n\
            0010  40 41 42 43 44 45 46 47 48 49 4a 4b 4c 4d 4e 4f  @ABCDEFGHIJKLMNO\n```";
        assert_eq!(block(&digits, 14..18, None).as_deref(), Some(expected));
        let rest = "<span class=\"extent\">34 – 39 · 6 B</span>\n\n```hex 34-39 #7\n\
            0020  50 51 52 53 54 55 56 57                          PQRSTUVW\n```";
        assert_eq!(block(&digits, 34..90, Some(7)).as_deref(), Some(rest));
        assert_eq!(block(&digits, 40..50, None), None);
        assert_eq!(block(&digits, 3..3, None), None);
    }

    #[test]
    fn masked_bytes_stay_masked() {
        assert!(
            block("41xxxx42", 0..4, None)
                .unwrap()
                .contains("0000  41 xx xx 42                                      A··B")
        );
    }

    #[test]
    fn a_long_range_is_cut_and_counted() {
        let block = block(&"00".repeat(10_000), 100..9_000, None).unwrap();
        assert_eq!(block.lines().filter(|line| line.contains("  00 ")).count(), 257);
        assert!(block.contains("100 – 8999 · 8900 B") && block.ends_with("\n…     +4804\n```"));
    }
}
