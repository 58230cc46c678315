//! `wirelab lab list`: the built-in labs, and those in the current folder.

use std::io::{self, Write};
use std::path::Path;

use anyhow::Result;

use super::folder;
use crate::files;
use crate::lab::{Lab, Lang};
use crate::text::printable;

pub(super) fn run() -> Result<()> {
    let mut out = io::stdout().lock();
    for id in Lab::built_in_ids() {
        write_lab(&mut out, id, "built in", &Lab::built_in(id)?)?;
    }
    for path in files::entries(Path::new(".")).unwrap_or_default() {
        if !files::is_file(&path.join(folder::MANIFEST)) {
            continue;
        }
        let name = printable(&path.strip_prefix(".").unwrap_or(&path).display().to_string());
        match folder::read(&path) {
            Ok(lab) => write_lab(&mut out, &name, "folder", &lab)?,
            Err(_) => writeln!(out, "{name} (folder, cannot be used: `wirelab lab check {name}` says why)")?,
        }
    }
    Ok(())
}

fn write_lab(out: &mut impl Write, name: &str, place: &str, lab: &Lab) -> io::Result<()> {
    let languages: Vec<&str> = lab.manifest.languages.iter().map(Lang::as_str).collect();
    writeln!(out, "{name} ({place}; {})", languages.join(", "))?;
    for language in &lab.manifest.languages {
        if let Some(title) = lab.manifest.title.get(language) {
            writeln!(out, "    {}", printable(title))?;
        }
    }
    Ok(())
}
