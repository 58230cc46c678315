//! One rendering: this program, run again to write the report to standard output.

use std::ffi::OsString;
use std::io::{self, Read, Seek};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;
use std::{fs::File, thread};

use anyhow::{Context, Result};

use crate::cli::FAILED;
use crate::cli::args::PreviewArguments;
use crate::files;

/// How often it is looked whether a rendering has ended.
const TICK: Duration = Duration::from_millis(20);
/// Most of an error that is shown.
const LONGEST_ERROR: u64 = 64 * 1024;

/// How a report is made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rendering<'a> {
    pub(super) program: &'a Path,
    pub(super) arguments: &'a PreviewArguments,
}

/// What came of it.
#[derive(Debug)]
pub(super) enum Rendered {
    Page(Vec<u8>),
    /// What was printed instead.
    Failed(String),
    /// It was ended, because its page was no longer wanted.
    Dropped,
}

impl Rendering<'_> {
    /// Makes the report, as long as `is_wanted`.
    pub(super) fn run(&self, mut is_wanted: impl FnMut() -> bool) -> Result<Rendered> {
        // Files take what a pipe would only take while somebody reads it.
        let (output, errors) = (files::unnamed()?, files::unnamed()?);
        let mut child = Command::new(self.program)
            .args(self.report_arguments())
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(errors.try_clone()?)
            .spawn()
            .context("cannot run the report")?;
        let Some(status) = wait(&mut child, &mut is_wanted)? else { return Ok(Rendered::Dropped) };
        Ok(match status.code() {
            Some(code) if code != i32::from(FAILED) => Rendered::Page(read(output, u64::MAX)?),
            _ => {
                let told = String::from_utf8_lossy(&read(errors, LONGEST_ERROR)?).trim().to_owned();
                let told = told.strip_prefix("wirelab: ").unwrap_or(&told).to_owned();
                Rendered::Failed(if told.is_empty() { format!("the rendering ended with {status}") } else { told })
            }
        })
    }

    fn report_arguments(&self) -> Vec<OsString> {
        let PreviewArguments { folder, capture, lang, choice, student, .. } = self.arguments;
        let mut arguments: Vec<OsString> = vec!["report".into(), "--quiet".into(), "--format".into(), "html".into()];
        arguments.extend(["-o".into(), "-".into(), "--lang".into(), lang.into()]);
        arguments.extend(choice.typed().into_iter().map(Into::into));
        arguments.extend(student.typed().into_iter().map(Into::into));
        arguments.extend(["--lab".into(), from_here(folder), "--".into(), from_here(capture)]);
        arguments
    }
}

/// A path that is neither taken for the name of a built-in lab nor for standard input.
fn from_here(path: &Path) -> OsString {
    if path.is_absolute() { path.into() } else { Path::new(".").join(path).into() }
}

/// How the child ended; none when it was not wanted any more.
fn wait(child: &mut Child, is_wanted: &mut impl FnMut() -> bool) -> io::Result<Option<ExitStatus>> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if !is_wanted() {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(TICK);
    }
}

fn read(mut file: File, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}
