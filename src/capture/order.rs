//! Numbers in the byte order of a file.

/// The byte order of a pcap file or of one section of a pcapng file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Least significant byte first.
    Little,
    /// Most significant byte first.
    Big,
}

impl Order {
    /// The 16-bit number `offset` bytes into `bytes`, `None` where they are too few.
    pub(super) fn u16(self, bytes: &[u8], offset: usize) -> Option<u16> {
        let field = *bytes.get(offset..)?.first_chunk()?;
        Some(match self {
            Self::Little => u16::from_le_bytes(field),
            Self::Big => u16::from_be_bytes(field),
        })
    }

    /// The 32-bit number `offset` bytes into `bytes`.
    pub(super) fn u32(self, bytes: &[u8], offset: usize) -> Option<u32> {
        let field = *bytes.get(offset..)?.first_chunk()?;
        Some(match self {
            Self::Little => u32::from_le_bytes(field),
            Self::Big => u32::from_be_bytes(field),
        })
    }

    /// The signed 64-bit number `offset` bytes into `bytes`.
    pub(super) fn i64(self, bytes: &[u8], offset: usize) -> Option<i64> {
        let field = *bytes.get(offset..)?.first_chunk()?;
        Some(match self {
            Self::Little => i64::from_le_bytes(field),
            Self::Big => i64::from_be_bytes(field),
        })
    }
}
