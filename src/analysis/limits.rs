//! How much is kept of a capture at most.
//!
//! No file of n bytes makes the program use more than 64 MiB + 4 n of memory. A file may be small and yet, decompressed, hold
//! millions of connections: hence a part of each limit that is there for every file, and all these parts together stay below the 64
//! MiB. The other part grows with the file as stored, by what the smallest record that costs something costs. Reaching a limit is a
//! diagnostic.

/// Connections followed in any file; a browser opens some hundreds in a lab. Each takes up to 3 KiB through both passes.
const CONNECTIONS: usize = 8192;
/// Bytes of the file for each connection more. The smallest record that opens one has 56: a scan of a whole network is not
/// listed to its end, a capture with payload is.
const BYTES_PER_CONNECTION: u64 = 640;
/// Out-of-order bytes that wait for a gap to be filled, of all connections; one alone may hold 4 MiB.
const HELD_BYTES: usize = 6 << 20;
/// Memory for the messages of all connections: about 8000 exchanges with short targets.
const MESSAGE_BYTES: usize = 5 << 20;
/// Bytes of unfinished hello messages of all TLS connections; one seldom has more than 2 KiB.
const HELLO_BYTES: usize = 2 << 20;
/// Memory for names: about 20,000 of usual length; a capture of one lab has hundreds.
const NAME_BYTES: usize = 2 << 20;
/// Echo requests kept; a lab has a few. Each takes some 300 bytes.
const PINGS: usize = 8192;
/// Bytes of the file for each echo request more; the smallest has 44.
const BYTES_PER_PING: u64 = 256;

/// The limits for one file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) connections: usize,
    /// Out-of-order bytes of all connections.
    pub(crate) held_bytes: usize,
    /// Memory for HTTP messages.
    pub(crate) message_bytes: usize,
    /// Bytes of unfinished TLS hello messages.
    pub(crate) hello_bytes: usize,
    /// Memory for names.
    pub(crate) name_bytes: usize,
    /// Echo requests.
    pub(crate) pings: usize,
}

impl Limits {
    /// For a file of so many bytes, as stored.
    pub(crate) fn of(size: u64) -> Self {
        let share = |part: u64| usize::try_from(size / part).unwrap_or(usize::MAX / 2);
        Self {
            connections: CONNECTIONS + share(BYTES_PER_CONNECTION),
            held_bytes: HELD_BYTES + share(2),
            message_bytes: MESSAGE_BYTES + share(2),
            hello_bytes: HELLO_BYTES + share(2),
            name_bytes: NAME_BYTES + share(2),
            pings: PINGS + share(BYTES_PER_PING),
        }
    }
}

#[cfg(test)]
impl Default for Limits {
    fn default() -> Self {
        Self::of(0)
    }
}
