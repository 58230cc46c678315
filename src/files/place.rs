//! What there is under a name, and in a folder.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What there is under the name of an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// Nothing.
    Nothing,
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A pipe or a device.
    Stream,
}

/// What there is at `path`; links are followed.
#[must_use]
pub fn existing(path: &Path) -> Existing {
    match fs::metadata(path) {
        Err(_) => Existing::Nothing,
        Ok(metadata) if metadata.is_file() => Existing::File,
        Ok(metadata) if metadata.is_dir() => Existing::Folder,
        Ok(_) => Existing::Stream,
    }
}

/// Whether both paths lead to one file that exists.
#[must_use]
pub fn is_same(one: &Path, other: &Path) -> bool {
    fs::canonicalize(one).is_ok_and(|one| fs::canonicalize(other).is_ok_and(|other| one == other))
}

/// Whether there is a folder at `path`.
#[must_use]
pub fn is_folder(path: &Path) -> bool {
    path.is_dir()
}

/// Whether there is something other than a folder at `path`.
#[must_use]
pub fn is_file(path: &Path) -> bool {
    path.exists() && !path.is_dir()
}

/// What `folder` holds, in order of name.
///
/// # Errors
/// When it cannot be read.
pub fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

/// What an entry of a folder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A link that leads nowhere, or out of the folder that was asked about.
    Outside,
    /// A pipe or a device.
    Stream,
}

/// What there is at `path`, in the folder `root` or one below it. A link counts as the file that it leads to if that is below `root` too.
///
/// # Errors
/// When the system does not say.
pub fn entry(root: &Path, path: &Path) -> io::Result<Entry> {
    let metadata = fs::symlink_metadata(path)?;
    if metadata.is_symlink() {
        let is_below = fs::canonicalize(root).and_then(|root| Ok(fs::canonicalize(path)?.starts_with(root)));
        let is_file = fs::metadata(path).is_ok_and(|target| target.is_file());
        return Ok(if is_file && is_below.unwrap_or(false) { Entry::File } else { Entry::Outside });
    }
    Ok(match metadata {
        metadata if metadata.is_dir() => Entry::Folder,
        metadata if metadata.is_file() => Entry::File,
        _ => Entry::Stream,
    })
}

/// Size of each of some files, and when it was changed: what tells that they are others now.
pub type Stamps = BTreeMap<PathBuf, (u64, Option<SystemTime>)>;

/// The stamps of the files in `folder` and, `depth` folders deep, below it; of the first `most`. Links are not followed.
#[must_use]
pub fn stamps(folder: &Path, depth: usize, most: usize) -> Stamps {
    let mut stamps = Stamps::new();
    add_stamps(folder, depth, most, &mut stamps);
    stamps
}

fn add_stamps(folder: &Path, depth: usize, most: usize, stamps: &mut Stamps) {
    // What cannot be read has no stamps: it changes when it can.
    for path in entries(folder).unwrap_or_default() {
        if stamps.len() >= most {
            return;
        }
        match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_dir() => {
                if let Some(depth) = depth.checked_sub(1) {
                    add_stamps(&path, depth, most, stamps);
                }
            }
            Ok(metadata) => {
                stamps.insert(path, (metadata.len(), metadata.modified().ok()));
            }
            Err(_) => {}
        }
    }
}

/// Adds the stamp of one more file, links followed; nothing if it is not there.
pub fn add_stamp(path: &Path, stamps: &mut Stamps) {
    if let Ok(metadata) = fs::metadata(path) {
        stamps.insert(path.to_owned(), (metadata.len(), metadata.modified().ok()));
    }
}
