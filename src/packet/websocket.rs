//! The header of a WebSocket frame (RFC 6455, 5.2), bytes only.

use super::be16;

/// Opcodes (RFC 6455, 11.8).
pub(crate) mod opcode {
    pub(crate) const CONTINUATION: u8 = 0;
    pub(crate) const TEXT: u8 = 1;
    pub(crate) const BINARY: u8 = 2;
    pub(crate) const CLOSE: u8 = 8;
    pub(crate) const PING: u8 = 9;
    pub(crate) const PONG: u8 = 10;
}

/// A frame's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    /// Whether it is the last frame of its message.
    pub(crate) fin: bool,
    /// The three reserved bits.
    pub(crate) reserved: u8,
    pub(crate) opcode: u8,
    pub(crate) masked: bool,
    /// The seven bits of the payload length: 126 and 127 announce a longer field.
    pub(crate) short_length: u8,
    /// Bytes of payload.
    pub(crate) length: u64,
    /// Bytes of the header.
    pub(crate) size: usize,
}

impl Header {
    /// Reads the header at the start of `bytes`; `None` if it is cut.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let [first, second, ..] = *bytes else { return None };
        let short_length = second & 0x7f;
        let (length, length_end) = match short_length {
            126 => (u64::from(be16(bytes, 2)?), 4),
            127 => (u64::from_be_bytes(*bytes.get(2..)?.first_chunk()?), 10),
            short => (u64::from(short), 2),
        };
        let masked = second & 0x80 != 0;
        let size = length_end + if masked { 4 } else { 0 };
        (bytes.len() >= size).then_some(Self {
            fin: first & 0x80 != 0,
            reserved: first >> 4 & 7,
            opcode: first & 0x0f,
            masked,
            short_length,
            length,
            size,
        })
    }

    /// Whether it is a control frame, which may stand within a message (RFC 6455, 5.5).
    pub(crate) fn is_control(self) -> bool {
        self.opcode >= opcode::CLOSE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_three_sizes_and_the_mask() {
        let check = |bytes: &[u8], length: u64, size: usize| {
            let header = Header::parse(bytes).unwrap();
            assert_eq!((header.length, header.size, header.opcode), (length, size, opcode::TEXT));
            assert!((2..size).all(|cut| Header::parse(&bytes[..cut]).is_none()));
        };
        check(&[0x81, 5], 5, 2);
        check(&[0x01, 0x85, 1, 2, 3, 4], 5, 6);
        check(&[0x81, 126, 1, 0], 256, 4);
        check(&[0x81, 127, 0, 0, 0, 1, 0, 0, 0, 0], 1 << 32, 10);
        assert_eq!(Header::parse(&[0x81]), None);
    }
}
