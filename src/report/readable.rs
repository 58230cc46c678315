//! Captured text beyond ASCII, made readable: header lines whose charset HTTP does not tell.

use serde::Serialize;

use crate::http::charset;

/// A text, and the charset that its bytes look like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Readable {
    /// The text in that charset.
    pub(crate) text: String,
    /// Its name in the WHATWG Encoding Standard.
    pub(crate) charset: &'static str,
    /// Whether the bytes are valid UTF-8, which other text seldom is by chance.
    pub(crate) utf_8: bool,
}

/// Reads bytes given as hexadecimal digits; `None` if they are all ASCII, or no text that could be guessed.
pub(crate) fn read(digits: &str) -> Option<Readable> {
    let bytes: Option<Vec<u8>> =
        digits.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect();
    let (text, encoding) = charset::of_field(&bytes?)?;
    Some(Readable { text, charset: encoding.name(), utf_8: encoding == encoding_rs::UTF_8 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_text_beyond_ascii_is_made_readable() {
        let text = |digits: &str| read(digits).map(|readable| (readable.text, readable.charset, readable.utf_8));
        assert_eq!(text("583a20b3c9b9a60d0a"), Some(("X: 成功\r\n".to_owned(), "GBK", false)));
        assert_eq!(text("e68890e58a9f"), Some(("成功".to_owned(), "UTF-8", true)));
        assert_eq!((text("4f4b"), text("xx"), text("")), (None, None, None));
    }
}
