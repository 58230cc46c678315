//! Building one layer, field by field.
//!
//! Positions are those of the protocol's own diagram: counted from the first byte of its header. Where that byte lies in
//! the frame, or in another one, is the builder's business.

use std::fmt::Display;

use super::tree::{Field, LayerTree};
use crate::tcp::Carried;
use crate::text::{Text, hex};

/// Fields of one layer: more than any protocol's message has that people read. A head of 1 MiB can have a quarter of a million lines,
/// each of which takes hundreds of bytes in a tree. The layer says how many more there are.
const MAX_FIELDS: usize = 10_000;

/// A layer in the making.
#[derive(Debug)]
pub(super) struct Layer<'a> {
    bytes: &'a [u8],
    places: Places<'a>,
    tree: LayerTree,
}

/// Where the bytes of a layer were captured.
#[derive(Debug, Clone, Copy)]
enum Places<'a> {
    /// In one piece, from this offset of the frame on.
    Here(usize),
    /// In pieces: position in the layer, and place. Frames other than the second value are named.
    Pieces(&'a [(usize, Carried)], u64),
}

impl<'a> Layer<'a> {
    /// A layer whose header begins at `offset` of `frame`, the captured bytes.
    pub(super) fn new(protocol: &'static str, frame: &'a [u8], offset: usize) -> Self {
        Self {
            bytes: frame.get(offset..).unwrap_or_default(),
            places: Places::Here(offset),
            tree: LayerTree { protocol, fields: Vec::new(), fields_left_out: None },
        }
    }

    /// A layer of frame `number` that was put together from pieces in several frames.
    pub(super) fn reassembled(
        protocol: &'static str,
        bytes: &'a [u8],
        places: &'a [(usize, Carried)],
        number: u64,
    ) -> Self {
        let tree = LayerTree { protocol, fields: Vec::new(), fields_left_out: None };
        Self { bytes, places: Places::Pieces(places, number), tree }
    }

    /// The same layer; fields from here on stand in these bytes of the same stream.
    pub(super) fn reading(mut self, bytes: &'a [u8], places: &'a [(usize, Carried)]) -> Self {
        if let Places::Pieces(_, number) = self.places {
            self.bytes = bytes;
            self.places = Places::Pieces(places, number);
        }
        self
    }

    fn push(&mut self, field: Field) {
        if self.tree.fields.len() < MAX_FIELDS {
            self.tree.fields.push(field);
        } else {
            *self.tree.fields_left_out.get_or_insert(0) += 1;
        }
    }

    /// A field in the `length` bytes at `at`.
    pub(super) fn field(self, name: &'static str, value: impl Display, at: usize, length: usize) -> Self {
        self.text(name, Text::from(value.to_string()), at, length)
    }

    /// The same, where there is a value.
    pub(super) fn field_if(self, name: &'static str, value: Option<impl Display>, at: usize, length: usize) -> Self {
        match value {
            Some(value) => self.field(name, value, at, length),
            None => self,
        }
    }

    /// A field of one bit of the byte at `at`: 0 or 1.
    pub(super) fn bit(self, name: &'static str, is_set: bool, at: usize) -> Self {
        self.field(name, u8::from(is_set), at, 1)
    }

    /// A field in the `length` bytes at `at` whose value is captured text.
    pub(super) fn text(mut self, name: &'static str, value: Text, at: usize, length: usize) -> Self {
        let raw = self.bytes.get(at..at.saturating_add(length)).map(hex);
        let (offset, frame) = match self.places {
            Places::Here(offset) => (offset + at, None),
            Places::Pieces(pieces, here) => {
                let piece = pieces.iter().rev().find(|(start, _)| *start <= at);
                let place = piece.map(|(start, place)| place.advanced(at - start));
                (place.map_or(0, |place| place.offset), place.map(|place| place.frame).filter(|frame| *frame != here))
            }
        };
        let field = Field { name, value, offset: Some(offset), length, frame, generated: false, raw };
        self.push(field);
        self
    }

    /// The `length` bytes at `at`, if all of them are there.
    pub(super) fn slice(&self, at: usize, length: usize) -> Option<&'a [u8]> {
        self.bytes.get(at..at.checked_add(length)?)
    }

    /// The number in the `length` bytes at `at`, at most 8.
    pub(super) fn value(&self, at: usize, length: usize) -> Option<u64> {
        Some(self.slice(at, length)?.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)))
    }

    /// A field that is the number in its bytes, in decimal; none, if it is cut.
    pub(super) fn number(self, name: &'static str, at: usize, length: usize) -> Self {
        match self.value(at, length) {
            Some(value) => self.field(name, value, at, length),
            None => self,
        }
    }

    /// The same in hexadecimal, as Wireshark writes it.
    pub(super) fn hex(self, name: &'static str, at: usize, length: usize) -> Self {
        let width = 2 + 2 * length;
        match self.value(at, length) {
            Some(value) => self.field(name, format_args!("{value:#0width$x}"), at, length),
            None => self,
        }
    }

    /// A field of `width` bits, the lowest of which is `shift` bits from the right of the bytes that hold it, in decimal.
    pub(super) fn bits(self, name: &'static str, at: usize, length: usize, shift: u32, width: u32) -> Self {
        match self.value(at, length) {
            Some(value) => self.field(name, value >> shift & ((1 << width) - 1), at, length),
            None => self,
        }
    }

    /// A field that is shown as the hexadecimal digits of its `length` bytes at `at`; none, if there are none.
    pub(super) fn bytes(self, name: &'static str, at: usize, length: usize) -> Self {
        match self.bytes.get(at..at.saturating_add(length)) {
            Some(bytes) if length > 0 => self.text(name, Text::from(hex(bytes)), at, length),
            _ => self,
        }
    }

    /// A field of captured text whose bytes, `raw`, begin at `place`.
    pub(super) fn placed(mut self, name: &'static str, value: Text, place: Carried, raw: &[u8]) -> Self {
        let here = match self.places {
            Places::Here(_) => place.frame,
            Places::Pieces(_, here) => here,
        };
        self.push(Field {
            name,
            value,
            offset: Some(place.offset),
            length: raw.len(),
            frame: (place.frame != here).then_some(place.frame),
            generated: false,
            raw: Some(hex(raw)),
        });
        self
    }

    /// A field that Wireshark derives and shows in brackets.
    pub(super) fn generated(self, name: &'static str, value: impl Display) -> Self {
        self.without_bytes(name, Text::from(value.to_string()), true)
    }

    /// The same, where there is a value.
    pub(super) fn generated_if(self, name: &'static str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.generated(name, value),
            None => self,
        }
    }

    /// A field that the capture file tells, or that lies in no frame as it is (a decoded body).
    pub(super) fn told(self, name: &'static str, value: impl Display) -> Self {
        self.told_text(name, Text::from(value.to_string()))
    }

    /// The same, where there is a value.
    pub(super) fn told_if(self, name: &'static str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.told(name, value),
            None => self,
        }
    }

    /// The same with captured text.
    pub(super) fn told_text(self, name: &'static str, value: Text) -> Self {
        self.without_bytes(name, value, false)
    }

    /// The same, derived and shown in brackets.
    pub(super) fn generated_text(self, name: &'static str, value: Text) -> Self {
        self.without_bytes(name, value, true)
    }

    fn without_bytes(mut self, name: &'static str, value: Text, generated: bool) -> Self {
        self.push(Field { name, value, offset: None, length: 0, frame: None, generated, raw: None });
        self
    }

    /// More fields, from a function that takes the layer on.
    pub(super) fn with(self, more: impl FnOnce(Self) -> Self) -> Self {
        more(self)
    }

    /// The finished layer.
    pub(super) fn done(self) -> LayerTree {
        self.tree
    }
}

/// Captured bytes as `tshark -T fields` prints an ASCII field: every other byte is one U+FFFD.
pub(super) fn ascii(bytes: &[u8]) -> Text {
    let text = bytes.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { char::REPLACEMENT_CHARACTER });
    escaped(text, bytes.len())
}

/// The same for a UTF-8 field.
pub(super) fn utf8(bytes: &[u8]) -> Text {
    escaped(String::from_utf8_lossy(bytes).chars(), bytes.len())
}

/// Text up to a NUL, with the five control characters escaped that `tshark -T fields` escapes.
fn escaped(text: impl Iterator<Item = char>, capacity: usize) -> Text {
    let mut printed = String::with_capacity(capacity);
    for character in text.take_while(|character| *character != '\0') {
        match character {
            '\u{8}' => printed.push_str("\\b"),
            '\u{c}' => printed.push_str("\\f"),
            '\n' => printed.push_str("\\n"),
            '\r' => printed.push_str("\\r"),
            '\t' => printed.push_str("\\t"),
            other => printed.push(other),
        }
    }
    Text::from(printed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_as_tshark_prints_it() {
        assert_eq!(ascii(b"a\r\n\xd6\xd0\0b").lossy(), "a\\r\\n\u{fffd}\u{fffd}");
        assert_eq!(utf8("a\t\u{e4}\0b".as_bytes()).lossy(), "a\\t\u{e4}");
    }

    fn place(frame: u64, offset: usize) -> Carried {
        Carried { frame, offset, sequence: 0, acknowledgment: None }
    }

    #[test]
    fn places_of_a_layer_in_pieces() {
        let pieces = [(0, place(7, 60)), (4, place(9, 54))];
        let layer = Layer::reassembled("http", b"GET / HTTP/1.1", &pieces, 9);
        let tree = layer.text("a", ascii(b"GET"), 0, 3).text("b", ascii(b"/"), 4, 1).done();
        let found =
            |index: usize| (tree.fields[index].frame, tree.fields[index].offset, tree.fields[index].raw.as_deref());
        assert_eq!(found(0), (Some(7), Some(60), Some("474554")));
        assert_eq!(found(1), (None, Some(54), Some("2f")));
    }
}
