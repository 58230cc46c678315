//! Labs by name or folder, and what they ask of the stages before them.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::files;
use crate::lab::{Files, Lab, Part};
use crate::report::Required;
use crate::select::Preferences;

/// The file that makes a folder a lab.
pub(in crate::cli) const MANIFEST: &str = "lab.toml";

/// Largest file of a lab; wording and templates are far smaller.
const MAX_FILE: usize = 8 << 20;
/// Files of a lab.
const MAX_FILES: usize = 1000;
/// Depth of folders in a lab.
const MAX_DEPTH: usize = 4;

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

/// The files of a folder, by their paths in it.
pub(in crate::cli) fn read_files(folder: &Path) -> Result<Files> {
    let mut found = Files::new();
    read_folder(folder, "", 0, &mut found)?;
    Ok(found)
}

fn read_folder(folder: &Path, prefix: &str, depth: usize, found: &mut Files) -> Result<()> {
    for path in files::entries(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let Some(name) = path.file_name().map(|name| name.to_string_lossy().into_owned()) else { continue };
        let name = format!("{prefix}{name}");
        if files::is_folder(&path) {
            if depth < MAX_DEPTH {
                read_folder(&path, &format!("{name}/"), depth + 1, found)?;
            }
            continue;
        }
        let bytes = files::read_bytes(&path).with_context(|| format!("cannot read {}", path.display()))?;
        if bytes.len() > MAX_FILE || found.len() >= MAX_FILES {
            bail!("{}: a lab has at most {MAX_FILES} files of at most {MAX_FILE} bytes", path.display());
        }
        found.insert(name, bytes);
    }
    Ok(())
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
