//! Captures to read: files, and what is no regular file, copied.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use crate::capture::{LARGEST_CONTENT, Source};

/// A capture file on disk. What is no regular file (a pipe, a device) is [spooled](Spooled) when it is opened.
#[derive(Debug)]
pub struct FileSource {
    name: String,
    content: File,
    size: u64,
    largest_content: u64,
}

impl FileSource {
    /// Opens the file at `path`, with [`LARGEST_CONTENT`]. It stays the same file through all passes, even when another takes
    /// its name.
    ///
    /// # Errors
    /// As [`FileSource::open_up_to`].
    pub fn open(path: &Path) -> io::Result<Self> {
        Self::open_up_to(LARGEST_CONTENT, path)
    }

    /// The same; at most `largest_content` bytes are taken out of a compressed file, and as many copied from a pipe.
    ///
    /// # Errors
    /// When it cannot be opened, is a folder, or is a pipe that cannot be spooled.
    pub fn open_up_to(largest_content: u64, path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(io::Error::new(ErrorKind::IsADirectory, "it is a folder, not a capture file"));
        }
        let name = base_name(path);
        if metadata.is_file() {
            return Ok(Self { name, content: file, size: metadata.len(), largest_content });
        }
        let Spooled { content, size, .. } = Spooled::copy_up_to(largest_content, file)?;
        Ok(Self { name, content, size, largest_content })
    }
}

impl Source for FileSource {
    fn name(&self) -> &str {
        &self.name
    }

    fn size(&self) -> u64 {
        self.size
    }

    fn largest_content(&self) -> u64 {
        self.largest_content
    }

    fn open(&self) -> io::Result<Box<dyn Read + '_>> {
        Ok(Box::new(Pass { file: &self.content, offset: 0 }))
    }
}

/// Standard input, copied to a temporary file that has no name and goes with this value.
#[derive(Debug)]
pub struct Spooled {
    content: File,
    size: u64,
    largest_content: u64,
}

impl Spooled {
    /// Copies all of `input`, with [`LARGEST_CONTENT`].
    ///
    /// # Errors
    /// As [`Spooled::copy_up_to`].
    pub fn copy(input: impl Read) -> io::Result<Self> {
        Self::copy_up_to(LARGEST_CONTENT, input)
    }

    /// Copies all of `input`, at most `limit` bytes; as many are taken out of it if it is compressed.
    ///
    /// # Errors
    /// When it cannot be read, the temporary file cannot be written, or there is more ([`ErrorKind::FileTooLarge`]).
    pub fn copy_up_to(limit: u64, input: impl Read) -> io::Result<Self> {
        let mut content = tempfile::tempfile()?;
        let size = io::copy(&mut input.take(limit.saturating_add(1)), &mut content)?;
        if size > limit {
            return Err(io::Error::new(ErrorKind::FileTooLarge, format!("it is larger than {limit} bytes")));
        }
        Ok(Self { content, size, largest_content: limit })
    }
}

impl Source for Spooled {
    fn name(&self) -> &'static str {
        "-"
    }

    fn size(&self) -> u64 {
        self.size
    }

    fn largest_content(&self) -> u64 {
        self.largest_content
    }

    fn open(&self) -> io::Result<Box<dyn Read + '_>> {
        Ok(Box::new(Pass { file: &self.content, offset: 0 }))
    }
}

/// One reading of a file from its first byte on, beside any others.
struct Pass<'a> {
    file: &'a File,
    offset: u64,
}

impl Read for Pass<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        #[cfg(unix)]
        let count = std::os::unix::fs::FileExt::read_at(self.file, buffer, self.offset)?;
        #[cfg(windows)]
        let count = std::os::windows::fs::FileExt::seek_read(self.file, buffer, self.offset)?;
        self.offset += count as u64;
        Ok(count)
    }
}

/// The last part of `path`, what reports call the file. Names that are not UTF-8 are shown with U+FFFD.
fn base_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
