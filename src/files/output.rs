//! Outputs to write: whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes `bytes` to `path` so that there is never half a file under that name: to a temporary name beside it, then
/// renamed. A link is followed, a file that is replaced keeps its permissions, a pipe or device is written to as it is.
///
/// # Errors
/// When the folder is missing or cannot be written to.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    Staged::new(path, bytes)?.commit()
}

/// An output that is written, but not yet under its name. Dropping it leaves nothing behind.
#[derive(Debug)]
pub struct Staged<'b> {
    target: PathBuf,
    content: Content<'b>,
}

#[derive(Debug)]
enum Content<'b> {
    File(tempfile::NamedTempFile),
    /// For a pipe or a device.
    Stream(&'b [u8]),
}

impl<'b> Staged<'b> {
    /// Writes `bytes` beside `path`.
    ///
    /// # Errors
    /// When the folder is missing, cannot be written to or is full.
    pub fn new(path: &Path, bytes: &'b [u8]) -> io::Result<Self> {
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let existing = fs::metadata(&target).ok();
        if existing.as_ref().is_some_and(|metadata| !metadata.is_file() && !metadata.is_dir()) {
            return Ok(Self { target, content: Content::Stream(bytes) });
        }
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut temporary = new_temporary(folder)?;
        temporary.as_file_mut().write_all(bytes)?;
        if let Some(metadata) = existing {
            fs::set_permissions(temporary.path(), metadata.permissions())?;
        }
        Ok(Self { target, content: Content::File(temporary) })
    }

    /// Gives the output its name.
    ///
    /// # Errors
    /// When the system refuses, as for a folder of that name.
    pub fn commit(self) -> io::Result<()> {
        match self.content {
            Content::File(temporary) => temporary.persist(&self.target).map(drop).map_err(|error| error.error),
            Content::Stream(bytes) => File::options().write(true).open(&self.target)?.write_all(bytes),
        }
    }
}

/// A file in `folder` that is removed unless it is renamed, with the permissions of any newly created file.
fn new_temporary(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".wirelab-").suffix(".tmp");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    // Its name is nobody's business: what the system says of it is enough.
    builder.tempfile_in(folder).map_err(|error| {
        let cause = error.get_ref().and_then(std::error::Error::source).and_then(|cause| cause.downcast_ref());
        cause.and_then(io::Error::raw_os_error).map_or_else(|| error.kind().into(), io::Error::from_raw_os_error)
    })
}

/// Creates the folder at `path` and those above it; gives those that were not there, the outermost first.
///
/// # Errors
/// When it cannot be created or a file has its name.
pub fn create_folder(path: &Path) -> io::Result<Vec<PathBuf>> {
    let missing = path.ancestors().take_while(|folder| !folder.as_os_str().is_empty() && !folder.is_dir());
    let mut missing: Vec<PathBuf> = missing.map(Path::to_owned).collect();
    missing.reverse();
    fs::create_dir_all(path)?;
    Ok(missing)
}

/// Removes folders that were created in vain, the outermost first in `folders`. One that holds something stays.
pub fn remove_empty_folders(folders: &[PathBuf]) {
    for folder in folders.iter().rev() {
        // What cannot be removed is in use by somebody else.
        let _ = fs::remove_dir(folder);
    }
}

/// A temporary file without a name: it is gone when it is closed.
///
/// # Errors
/// When the system's folder for temporary files cannot be written to.
pub fn unnamed() -> io::Result<File> {
    tempfile::tempfile()
}
