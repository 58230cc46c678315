//! The one module that touches the file system: captures to read, texts to read, outputs to write.

#![expect(clippy::disallowed_methods, reason = "this is the file module that the engine's purity is kept by")]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::capture::{LARGEST_CONTENT, Source};

/// The most that is read of a file that is held as a whole (template, rubric, roster, report).
pub const LARGEST_HELD_FILE: u64 = 64 * 1024 * 1024;

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

/// A temporary file without a name: it is gone when it is closed.
///
/// # Errors
/// When the system's folder for temporary files cannot be written to.
pub fn unnamed() -> io::Result<File> {
    tempfile::tempfile()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(source: &dyn Source) -> Vec<u8> {
        let mut bytes = Vec::new();
        source.open().unwrap().read_to_end(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn a_file_can_be_read_again_and_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("捕获.pcap");
        write_atomically(&path, b"0123456789").unwrap();
        let source = FileSource::open(&path).unwrap();
        assert_eq!((source.name(), source.size()), ("捕获.pcap", 10));
        let mut first = source.open().unwrap();
        let mut two = [0; 2];
        first.read_exact(&mut two).unwrap();
        assert_eq!(all(&source), b"0123456789");
        first.read_exact(&mut two).unwrap();
        assert_eq!(&two, b"23");
    }

    #[test]
    fn a_folder_is_no_capture() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(FileSource::open(folder.path()).unwrap_err().kind(), ErrorKind::IsADirectory);
    }

    #[test]
    fn standard_input_is_spooled_up_to_a_bound() {
        let source = Spooled::copy(&b"abc"[..]).unwrap();
        assert_eq!((source.name(), source.size()), ("-", 3));
        assert_eq!([all(&source), all(&source)], [b"abc", b"abc"]);
        assert!(Spooled::copy_up_to(3, &b"abc"[..]).is_ok());
        assert_eq!(Spooled::copy_up_to(2, &b"abc"[..]).unwrap_err().kind(), ErrorKind::FileTooLarge);
    }

    #[cfg(unix)]
    fn new_pipe(folder: &Path) -> PathBuf {
        let path = folder.join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        path
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_spooled() {
        let folder = tempfile::tempdir().unwrap();
        let path = new_pipe(folder.path());
        let writer = std::thread::spawn({
            let path = path.clone();
            move || fs::write(path, b"abc").unwrap()
        });
        let source = FileSource::open(&path).unwrap();
        writer.join().unwrap();
        assert_eq!((source.name(), source.size()), ("pipe", 3));
        assert_eq!([all(&source), all(&source)], [b"abc", b"abc"]);
    }

    #[test]
    fn writing_replaces_whole_files_and_leaves_nothing_beside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.md");
        write_atomically(&path, b"one").unwrap();
        write_atomically(&path, b"two").unwrap();
        assert_eq!(read_bytes(&path).unwrap(), b"two");
        assert_eq!(entries(folder.path()).unwrap(), [path]);
        assert!(write_atomically(&folder.path().join("missing/report.md"), b"x").is_err());
        assert!(write_atomically(folder.path(), b"x").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn writing_follows_links_keeps_permissions_and_spares_pipes() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        write_atomically(&file, b"one").unwrap();
        fs::set_permissions(&file, PermissionsExt::from_mode(0o640)).unwrap();
        symlink(&file, &link).unwrap();
        write_atomically(&link, b"two").unwrap();
        assert!(link.is_symlink());
        assert_eq!(read_text(&file).unwrap(), "two");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
        let pipe = new_pipe(folder.path());
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || read_bytes(&pipe).unwrap()
        });
        write_atomically(&pipe, b"three").unwrap();
        assert_eq!(reader.join().unwrap(), b"three");
    }

    #[cfg(unix)]
    #[test]
    fn reading_stays_below_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("report");
        assert_eq!(create_folder(&below.join("img")).unwrap(), [below.clone(), below.join("img")]);
        write_atomically(&folder.path().join("secret.png"), b"secret").unwrap();
        write_atomically(&below.join("img/a.png"), b"picture").unwrap();
        std::os::unix::fs::symlink(folder.path().join("secret.png"), below.join("link.png")).unwrap();
        new_pipe(&below);
        let read = |name: &str, limit| read_below(&below, Path::new(name), limit).map_err(|error| error.kind());
        assert_eq!(read("img/a.png", 7).unwrap(), b"picture");
        assert_eq!(read("img/a.png", 6), Err(ErrorKind::FileTooLarge));
        assert_eq!(read("link.png", 7), Err(ErrorKind::PermissionDenied));
        assert_eq!(read("../secret.png", 7), Err(ErrorKind::PermissionDenied));
        assert_eq!(read("img", 7), Err(ErrorKind::InvalidInput));
        assert_eq!(read("pipe", 7), Err(ErrorKind::InvalidInput));
        assert_eq!(read("missing.png", 7), Err(ErrorKind::NotFound));
    }

    #[cfg(unix)]
    #[test]
    fn links_count_as_what_they_lead_to_within_the_folder() {
        use Entry::{File, Folder, Outside, Stream};
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("lab");
        create_folder(&root.join("below")).unwrap();
        write_atomically(&root.join("below/file"), b"x").unwrap();
        write_atomically(&folder.path().join("other"), b"x").unwrap();
        for (name, target) in [("in", "below/file"), ("out", "../other"), ("nowhere", "missing"), ("round", ".")] {
            std::os::unix::fs::symlink(target, root.join(name)).unwrap();
        }
        new_pipe(&root);
        let kinds = ["below", "below/file", "in", "out", "nowhere", "round", "pipe"];
        let found = kinds.map(|name| entry(&root, &root.join(name)).unwrap());
        assert_eq!(found, [Folder, File, File, Outside, Outside, Outside, Stream]);
    }

    #[test]
    fn stamps_tell_that_a_file_is_another() {
        let folder = tempfile::tempdir().unwrap();
        create_folder(&folder.path().join("a/b")).unwrap();
        write_atomically(&folder.path().join("a/one"), b"x").unwrap();
        let before = stamps(folder.path(), 2, 10);
        assert_eq!(before, stamps(folder.path(), 2, 10));
        write_atomically(&folder.path().join("a/b/two"), b"x").unwrap();
        let after = stamps(folder.path(), 2, 10);
        assert_eq!((before.len(), after.len(), stamps(folder.path(), 1, 10).len()), (1, 2, 1));
        assert_eq!(stamps(folder.path(), 2, 1).len(), 1);
        write_atomically(&folder.path().join("a/one"), b"xy").unwrap();
        assert_ne!(stamps(folder.path(), 2, 10), after);
        let mut one = Stamps::new();
        add_stamp(&folder.path().join("missing"), &mut one);
        assert!(one.is_empty());
    }

    #[test]
    fn folders_made_in_vain_go_again() {
        let folder = tempfile::tempdir().unwrap();
        let made = create_folder(&folder.path().join("a/b")).unwrap();
        write_atomically(&folder.path().join("a/kept"), b"x").unwrap();
        remove_empty_folders(&made);
        assert_eq!(existing(&folder.path().join("a/b")), Existing::Nothing);
        assert_eq!(existing(&folder.path().join("a/kept")), Existing::File);
    }

    #[test]
    fn text_is_utf_8_without_its_mark() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rubric.toml");
        write_atomically(&path, "\u{feff}名 = 1".as_bytes()).unwrap();
        assert_eq!(read_text(&path).unwrap(), "名 = 1");
        write_atomically(&path, b"name = \xd6\xd0").unwrap();
        assert_eq!(read_text(&path).unwrap_err().to_string(), "it is not UTF-8 at byte 7; save it as UTF-8");
    }
}
