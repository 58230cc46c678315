//! pcapng options, decoded leniently: what cannot be used is passed over, never an error.

use super::order::Order;

/// `opt_comment`, of every block.
pub(super) const COMMENT: u16 = 1;

/// The options of a block: code and value, up to `opt_endofopt` or the end of the block.
#[derive(Debug, Clone)]
pub(super) struct Options<'a> {
    order: Order,
    rest: &'a [u8],
    overran: bool,
}

impl<'a> Options<'a> {
    /// The options that `bytes` holds.
    pub(super) fn new(order: Order, bytes: &'a [u8]) -> Self {
        Self { order, rest: bytes, overran: false }
    }

    /// Whether an option claimed more bytes than its block has. It and what follows it are not given.
    pub(super) fn overran(&self) -> bool {
        self.overran
    }
}

impl<'a> Iterator for Options<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let header = self.order.u16(self.rest, 0).zip(self.order.u16(self.rest, 2));
        let Some((code, length)) = header else {
            self.overran = true;
            self.rest = &[];
            return None;
        };
        let body = self.rest.get(4..).unwrap_or_default();
        if code == 0 {
            self.rest = &[];
            return None;
        }
        let length = usize::from(length);
        self.rest = body.get(length.next_multiple_of(4)..).unwrap_or_default();
        let value = body.get(..length);
        self.overran |= value.is_none();
        value.map(|value| (code, value))
    }
}

/// The bytes of a text option. Some writers end it with a NUL and fill up after it.
pub(super) fn text(value: &[u8]) -> &[u8] {
    value.split(|byte| *byte == 0).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], expected: &[(u16, &[u8])], overran: bool) {
        let mut options = Options::new(Order::Little, bytes);
        assert_eq!(options.by_ref().collect::<Vec<_>>(), expected);
        assert_eq!(options.overran(), overran);
    }

    #[test]
    fn reads_codes_and_values_up_to_the_end_mark() {
        check(
            b"\x02\0\x03\0abc\0\x09\0\x01\0\x06\0\0\0\0\0\0\0\x05\0\x01\0x\0\0\0",
            &[(2, b"abc"), (9, b"\x06")],
            false,
        );
    }

    #[test]
    fn an_option_longer_than_its_block_is_dropped() {
        check(b"\x02\0\x09\0abcd", &[], true);
        check(b"\x02\0\x04\0abcd\x02", &[(2, b"abcd")], true);
    }

    #[test]
    fn missing_padding_of_the_last_option_is_no_harm() {
        check(b"\x02\0\x03\0abc", &[(2, b"abc")], false);
    }

    #[test]
    fn text_ends_at_the_first_nul() {
        assert_eq!(text(b"eth0\0\0"), b"eth0");
        assert_eq!(text(b""), b"");
    }
}
