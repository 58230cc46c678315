//! Writing outputs: all of them or none, and over nothing that somebody else wrote.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::files::{self, Existing, Staged};
use crate::render::read_mark;

/// One file to write.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) path: PathBuf,
    pub(super) content: Vec<u8>,
    /// Whether the folder of the file is created when it is missing.
    pub(super) makes_folder: bool,
    /// Whether the file's name is printed.
    pub(super) is_named: bool,
}

/// Why a file must not be overwritten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    Edited,
    Foreign,
}

/// Writes all outputs: under their names only when all are written. Prints the names of those that are named.
///
/// A file that is there already is overwritten if it is as wirelab wrote it (`is_own` tells that of a file without a
/// mark), or by `force`. `input`, what the outputs are made from, never is.
pub(super) fn write(outputs: &[Output], input: &Path, force: bool, is_own: &dyn Fn(&[u8]) -> bool) -> Result<()> {
    check(outputs, input, force, is_own)?;
    let mut made = Vec::new();
    let staged = stage(outputs, &mut made).inspect_err(|_| files::remove_empty_folders(&made))?;
    for (staged, output) in staged.into_iter().zip(outputs) {
        staged.commit().with_context(|| format!("cannot write {}", output.path.display()))?;
    }
    let mut out = io::stdout().lock();
    for output in outputs.iter().filter(|output| output.is_named) {
        writeln!(out, "{}", crate::text::printable(&output.path.display().to_string()))?;
    }
    Ok(())
}

fn stage<'o>(outputs: &'o [Output], made: &mut Vec<PathBuf>) -> Result<Vec<Staged<'o>>> {
    let mut staged = Vec::new();
    for output in outputs {
        let folder = output.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder.filter(|_| output.makes_folder) {
            let new = files::create_folder(folder).with_context(|| format!("cannot create {}", folder.display()))?;
            made.extend(new);
        } else if let Some(folder) = folder.filter(|folder| !files::is_folder(folder)) {
            bail!("cannot write {}: there is no folder {}; create it", output.path.display(), folder.display());
        }
        let written = Staged::new(&output.path, &output.content);
        staged.push(written.with_context(|| format!("cannot write {}", output.path.display()))?);
    }
    Ok(staged)
}

fn check(outputs: &[Output], input: &Path, force: bool, is_own: &dyn Fn(&[u8]) -> bool) -> Result<()> {
    let mut refused: Vec<(String, Refusal)> = Vec::new();
    for output in outputs {
        let name = output.path.display().to_string();
        match files::existing(&output.path) {
            Existing::Nothing | Existing::Stream => {}
            Existing::Folder => bail!("cannot write {name}: a folder has that name; give another with -o"),
            Existing::File if files::is_same(&output.path, input) => {
                bail!("{name} is what the report is made from; nothing is written. Give another name with -o")
            }
            Existing::File if force => {}
            Existing::File => refused.extend(refusal(output, is_own)?.map(|refusal| (name, refusal))),
        }
    }
    let [(first, refusal), others @ ..] = refused.as_slice() else { return Ok(()) };
    let why = match refusal {
        Refusal::Edited => "was edited since wirelab wrote it",
        Refusal::Foreign => "is there already, and is not known to be as wirelab wrote it",
    };
    let others: Vec<&str> = others.iter().map(|(name, _)| name.as_str()).collect();
    let others = if others.is_empty() { String::new() } else { format!(" (also {})", others.join(", ")) };
    bail!("{first} {why}{others}; nothing is written. Rename it, give another name with -o, or overwrite with --force")
}

fn refusal(output: &Output, is_own: &dyn Fn(&[u8]) -> bool) -> Result<Option<Refusal>> {
    let there = match files::read_bytes(&output.path) {
        Ok(there) => there,
        Err(error) if error.kind() == io::ErrorKind::FileTooLarge => return Ok(Some(Refusal::Foreign)),
        Err(error) => {
            let name = output.path.display();
            return Err(error).with_context(|| format!("cannot tell whether {name} was edited; give --force"));
        }
    };
    if there == output.content || is_own(&there) {
        return Ok(None);
    }
    let mark = std::str::from_utf8(&there).ok().and_then(read_mark);
    Ok(match mark {
        Some(mark) if mark.unedited => None,
        Some(_) => Some(Refusal::Edited),
        None => Some(Refusal::Foreign),
    })
}
