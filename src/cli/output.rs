//! Where `report` writes.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::args::{ReportArguments, ReportFormat};
use crate::files;

/// One document to write.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) format: ReportFormat,
    pub(super) text: String,
}

/// Where documents go, and which are wanted.
#[derive(Debug)]
pub(super) struct Destination {
    formats: Vec<ReportFormat>,
    place: Place,
}

#[derive(Debug)]
enum Place {
    StandardOutput,
    File(PathBuf),
    /// Files of this stem in this folder.
    Folder(PathBuf, String),
}

impl Destination {
    /// Reads `-o` and `--format` together: `-o FILE` needs one format, which its ending may choose.
    pub(super) fn resolve(arguments: &ReportArguments) -> Result<Self> {
        let mut formats = arguments.format.clone();
        formats.dedup();
        let stem = stem(&arguments.capture);
        let Some(output) = &arguments.output else {
            if formats == [ReportFormat::Json] {
                return Ok(Self { formats, place: Place::StandardOutput });
            }
            return Ok(Self { formats: or_default(formats), place: Place::Folder(PathBuf::new(), stem) });
        };
        if output == Path::new("-") {
            return match formats.as_slice() {
                [_] => Ok(Self { formats, place: Place::StandardOutput }),
                _ => bail!("-o - writes one document: choose it with --format html, md or json"),
            };
        }
        let by_ending = output.extension().and_then(|ending| ReportFormat::of_extension(ending.to_str()?));
        let is_folder =
            files::is_folder(output) || ends_with_separator(output) || (by_ending.is_none() && formats.len() != 1);
        if is_folder {
            return Ok(Self { formats: or_default(formats), place: Place::Folder(output.clone(), stem) });
        }
        if formats.is_empty() {
            formats.extend(by_ending);
        }
        match formats.as_slice() {
            [_] => Ok(Self { formats, place: Place::File(output.clone()) }),
            _ => bail!("{} can hold one format; give a folder, or one --format", output.display()),
        }
    }

    pub(super) fn formats(&self) -> &[ReportFormat] {
        &self.formats
    }

    /// Writes all documents; gives the names of the files.
    pub(super) fn write(&self, documents: Vec<Document>) -> Result<Vec<PathBuf>> {
        let mut written = Vec::new();
        for document in documents {
            let path = match &self.place {
                Place::StandardOutput => {
                    io::stdout().lock().write_all(document.text.as_bytes())?;
                    continue;
                }
                Place::File(path) => path.clone(),
                Place::Folder(folder, stem) => {
                    if folder != Path::new("") {
                        files::create_folder(folder).with_context(|| format!("cannot create {}", folder.display()))?;
                    }
                    folder.join(format!("{stem}.{}", document.format.extension()))
                }
            };
            files::write_atomically(&path, document.text.as_bytes())
                .with_context(|| format!("cannot write {}", path.display()))?;
            written.push(path);
        }
        Ok(written)
    }
}

fn or_default(formats: Vec<ReportFormat>) -> Vec<ReportFormat> {
    if formats.is_empty() { vec![ReportFormat::Html, ReportFormat::Md] } else { formats }
}

/// The name of the reports of a capture: its own without `.pcap`, `.pcapng`, `.cap` and a compression's ending.
fn stem(capture: &Path) -> String {
    if capture == Path::new("-") {
        return "report".to_owned();
    }
    let name = capture.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let without = |name: &str, endings: &[&str]| {
        let lower = name.to_ascii_lowercase();
        let ending = endings.iter().find(|ending| lower.ends_with(**ending) && lower.len() > ending.len());
        ending.and_then(|ending| name.get(..name.len() - ending.len())).unwrap_or(name).to_owned()
    };
    without(&without(&name, &[".gz", ".zst", ".lz4"]), &[".pcapng", ".pcap", ".cap", ".dmp"])
}

fn ends_with_separator(path: &Path) -> bool {
    path.to_string_lossy().ends_with(std::path::is_separator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stems() {
        let check = |name: &str, expected: &str| assert_eq!(stem(Path::new(name)), expected);
        check("a/http-1.pcapng", "http-1");
        check("http-1.pcap.gz", "http-1");
        check("http.1", "http.1");
        check(".pcap", ".pcap");
        check("-", "report");
    }
}
