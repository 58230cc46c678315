//! Labs by name or folder, and what they ask of the stages before them.

use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::files::{self, Entry};
use crate::lab::{Files, Kind, Lab, Part};
use crate::report::Required;
use crate::select::Preferences;

/// The file that makes a folder a lab.
pub(in crate::cli) const MANIFEST: &str = "lab.toml";

/// Largest text of a lab: fifty times the largest of the built-in one. Reading it as TOML takes a hundred times as much memory.
const LARGEST_TEXT: u64 = 1 << 20;
/// Largest other file, such as a logo: every page holds it.
const LARGEST_FILE: u64 = 4 << 20;
/// Largest sum of all files.
const LARGEST_LAB: usize = 32 << 20;
/// Most files of a lab: ten times those of the built-in one.
pub(in crate::cli) const MAX_FILES: usize = 1000;
/// Most folders that a file of a lab is in; the built-in one needs two.
pub(in crate::cli) const MAX_DEPTH: usize = 4;

/// A built-in lab by its name, or the lab in a folder.
pub(in crate::cli) fn open(name: &str) -> Result<Lab> {
    let folder = Path::new(name);
    if Lab::built_in_ids().any(|id| id == name) || !files::is_folder(folder) {
        return Ok(Lab::built_in(name)?);
    }
    read(folder)
}

/// The lab in a folder.
pub(in crate::cli) fn read(folder: &Path) -> Result<Lab> {
    Lab::from_files(&read_files(folder)?).with_context(|| format!("lab {}", folder.display()))
}

/// The files of a folder, by their paths in it. Names that begin with a dot, such as `.git`, belong to other programs.
pub(in crate::cli) fn read_files(folder: &Path) -> Result<Files> {
    let mut reading = Reading { root: folder, found: Files::new(), bytes: 0 };
    reading.read(folder, "", 0)?;
    Ok(reading.found)
}

/// The files of a lab found up to now.
struct Reading<'a> {
    root: &'a Path,
    found: Files,
    bytes: usize,
}

impl Reading<'_> {
    fn read(&mut self, folder: &Path, prefix: &str, depth: usize) -> Result<()> {
        for path in files::entries(folder).with_context(|| format!("cannot read {}", folder.display()))? {
            let Some(name) = path.file_name().map(|name| name.to_string_lossy().into_owned()) else { continue };
            if name.starts_with('.') {
                continue;
            }
            let shown = path.display();
            match files::entry(self.root, &path).with_context(|| format!("cannot read {shown}"))? {
                Entry::File => self.add(&path, format!("{prefix}{name}"))?,
                Entry::Folder if depth == MAX_DEPTH => {
                    bail!("{shown}: the folders of a lab are at most {MAX_DEPTH} deep; move it up or out")
                }
                Entry::Folder => self.read(&path, &format!("{prefix}{name}/"), depth + 1)?,
                Entry::Outside => {
                    bail!("{shown}: a link out of the lab, which is not followed; put a copy of the file in its place")
                }
                Entry::Stream => bail!("{shown}: neither a file nor a folder; remove it"),
            }
        }
        Ok(())
    }

    fn add(&mut self, path: &Path, name: String) -> Result<()> {
        let shown = path.display();
        let kind = Kind::of(&name);
        let limit = if matches!(kind, Kind::Asset(_) | Kind::Other) { LARGEST_FILE } else { LARGEST_TEXT };
        let bytes = match files::read_up_to(limit, path) {
            Ok(bytes) => bytes,
            // What is no part of a lab may be a capture to try it with.
            Err(error) if error.kind() == ErrorKind::FileTooLarge && kind == Kind::Other => return Ok(()),
            Err(error) if error.kind() == ErrorKind::FileTooLarge => {
                bail!("{shown}: a file of its kind has at most {} KiB in a lab; make it smaller", limit >> 10)
            }
            Err(error) => return Err(error).with_context(|| format!("cannot read {shown}")),
        };
        self.bytes += bytes.len();
        if self.found.len() == MAX_FILES || self.bytes > LARGEST_LAB {
            let lab = self.root.display();
            bail!("{lab}: more than {MAX_FILES} files or {} MiB; is it the folder of a lab?", LARGEST_LAB >> 20);
        }
        self.found.insert(name, bytes);
        Ok(())
    }
}

pub(in crate::cli) fn preferences(lab: &Lab) -> Preferences {
    let lower = |hosts: &[String]| hosts.iter().map(|host| host.to_ascii_lowercase()).collect();
    Preferences { hosts: lower(&lab.manifest.hosts), connectivity_checks: lower(&lab.manifest.connectivity_checks) }
}

pub(in crate::cli) fn required(lab: &Lab) -> Required {
    let asks = |part| lab.manifest.evidence.required.contains(&part);
    Required {
        handshake: asks(Part::Handshake),
        request: asks(Part::Request),
        response: asks(Part::Response),
        close: asks(Part::Close),
    }
}
