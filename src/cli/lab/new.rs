//! `wirelab lab new`: a lab to begin with.

use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::folder;
use crate::cli::args::NewArguments;
use crate::cli::message;
use crate::files;
use crate::lab::{DEFAULT, Files, Lab, starter};
use crate::text::printable;

pub(super) fn run(arguments: &NewArguments, quiet: bool) -> Result<()> {
    let folder = &arguments.folder;
    let shown = folder.display();
    let is_used = files::entries(folder).is_ok_and(|entries| !entries.is_empty());
    if is_used || files::is_file(folder) {
        bail!("{shown} is there already; give the name of a new folder");
    }
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let new = new_files(arguments, &starter::id_of(&name))?;
    Lab::from_files(&new).with_context(|| format!("the lab {} cannot be copied", arguments.from))?;
    write(folder, &new)?;
    let mut out = io::stdout().lock();
    for name in new.keys() {
        writeln!(out, "{}", printable(&folder.join(name).display().to_string()))?;
    }
    if !quiet {
        message(&format!("{shown} is a lab now: change it, then `wirelab lab check {shown}`"));
    }
    Ok(())
}

fn new_files(arguments: &NewArguments, id: &str) -> Result<Files> {
    let is_built_in = Lab::built_in_ids().any(|known| known == arguments.from);
    if is_built_in && arguments.from == DEFAULT && !arguments.full {
        return Ok(starter::small(id)?);
    }
    if is_built_in {
        return Ok(starter::copy(&Lab::built_in_files(&arguments.from)?, id));
    }
    let path = Path::new(&arguments.from);
    if !files::is_folder(path) {
        Lab::built_in(&arguments.from)?;
    }
    let own = folder::read_files(path)?;
    let lab = Lab::from_files(&own).with_context(|| format!("lab {}", path.display()))?;
    let mut all = match lab.manifest.extends.filter(|_| arguments.full) {
        Some(base) => starter::copy(&Lab::built_in_files(&base)?, id),
        None => Files::new(),
    };
    all.extend(starter::copy(&own, id));
    Ok(all)
}

fn write(folder: &Path, new: &Files) -> Result<()> {
    for (name, bytes) in new {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            files::create_folder(parent).with_context(|| format!("cannot create {}", parent.display()))?;
        }
        files::write_atomically(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}
