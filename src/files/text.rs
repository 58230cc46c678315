//! Small files that are held as a whole.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// The most that is read of a file that is held as a whole (template, rubric, roster, report).
pub const LARGEST_HELD_FILE: u64 = 64 * 1024 * 1024;

/// All bytes of a small file.
///
/// # Errors
/// When it cannot be read or is larger than [`LARGEST_HELD_FILE`].
pub fn read_bytes(path: &Path) -> io::Result<Vec<u8>> {
    read_up_to(LARGEST_HELD_FILE, path)
}

/// All bytes of a file of at most `limit`.
///
/// # Errors
/// When it cannot be read or is larger.
pub fn read_up_to(limit: u64, path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::new(ErrorKind::FileTooLarge, format!("it is larger than {limit} bytes")));
    }
    Ok(bytes)
}

/// All bytes of a regular file below `folder`, of at most `limit`. No link leads out of the folder.
///
/// # Errors
/// When it cannot be read, is larger, is no regular file or is elsewhere.
pub fn read_below(folder: &Path, relative: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let (folder, file) = (fs::canonicalize(folder)?, fs::canonicalize(folder.join(relative))?);
    if !file.starts_with(&folder) {
        return Err(io::Error::new(ErrorKind::PermissionDenied, "it is not below the folder of the report"));
    }
    if !fs::metadata(&file)?.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "it is no file"));
    }
    read_up_to(limit, &file)
}

/// The text of a small UTF-8 file, without the byte-order mark that Windows editors put before it.
///
/// # Errors
/// As [`read_bytes`], or when it is not UTF-8: the message says at which byte.
pub fn read_text(path: &Path) -> io::Result<String> {
    text(read_bytes(path)?)
}

/// The text that `bytes` are in UTF-8, without its byte-order mark.
///
/// # Errors
/// When they are not UTF-8: the message says at which byte.
pub fn text(bytes: Vec<u8>) -> io::Result<String> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        io::Error::new(ErrorKind::InvalidData, format!("it is not UTF-8 at byte {at}; save it as UTF-8"))
    })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}
