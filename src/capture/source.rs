//! Where the bytes of a capture come from.

use std::io::{self, Read};

/// The most bytes that are taken out of a compressed capture unless more are asked for: what no lab's capture comes near
/// and a minute is enough to read.
pub const LARGEST_CONTENT: u64 = 8 * 1024 * 1024 * 1024;

/// Bytes that can be read from the start more than once.
pub trait Source {
    /// The base name of the file, `-` for standard input.
    fn name(&self) -> &str;

    /// Size in bytes, as stored.
    fn size(&self) -> u64;

    /// The most bytes that are taken out of it if it is compressed.
    fn largest_content(&self) -> u64 {
        LARGEST_CONTENT
    }

    /// A new reader at the first byte.
    ///
    /// # Errors
    /// When the bytes cannot be read (the file is gone, no permission).
    fn open(&self) -> io::Result<Box<dyn Read + '_>>;
}

/// A capture held in memory, for tests and embedding.
#[derive(Debug, Clone, Copy)]
pub struct Bytes<'a> {
    /// The name to report.
    pub name: &'a str,
    /// The file's content.
    pub data: &'a [u8],
}

impl Source for Bytes<'_> {
    fn name(&self) -> &str {
        self.name
    }

    fn size(&self) -> u64 {
        self.data.len() as u64
    }

    fn open(&self) -> io::Result<Box<dyn Read + '_>> {
        Ok(Box::new(self.data))
    }
}
