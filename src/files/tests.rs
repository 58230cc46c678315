//! Files of every kind, read and written.

use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::*;
use crate::capture::Source;

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
