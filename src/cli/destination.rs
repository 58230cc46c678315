//! Where `report` writes, and which formats.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::args::{ReportArguments, ReportFormat};
use crate::files::{self, Existing};

/// What the folder of a report's figures is called after the stem of the report.
pub(super) const FIGURES: &str = "-figures";

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

/// The folder of a report's figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FigureFolder {
    /// Where it is.
    pub(super) path: PathBuf,
    /// How the Markdown beside it links to it.
    pub(super) link: String,
}

impl Destination {
    /// Reads `-o` and `--format` together: `-o FILE` needs one format, which its ending may choose.
    pub(super) fn resolve(arguments: &ReportArguments) -> Result<Self> {
        let mut formats: Vec<ReportFormat> = Vec::new();
        for format in &arguments.format {
            if !formats.contains(format) {
                formats.push(*format);
            }
        }
        let stem = stem(&arguments.input.capture);
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

    /// The file for a format; none for standard output.
    pub(super) fn path(&self, format: ReportFormat) -> Option<PathBuf> {
        match &self.place {
            Place::StandardOutput => None,
            Place::File(path) => Some(path.clone()),
            Place::Folder(folder, stem) => Some(folder.join(format!("{stem}.{}", format.extension()))),
        }
    }

    /// Whether the folder of the files may be created.
    pub(super) fn makes_folder(&self) -> bool {
        matches!(self.place, Place::Folder(..))
    }

    /// The folder for the figures of the Markdown; none when there is no place beside it.
    pub(super) fn figures(&self) -> Option<FigureFolder> {
        let markdown = self.path(ReportFormat::Md)?;
        if files::existing(&markdown) == Existing::Stream {
            return None;
        }
        let mut name = OsString::from(markdown.file_stem()?);
        name.push(FIGURES);
        Some(FigureFolder { link: in_link(name.to_str()?), path: markdown.with_file_name(name) })
    }
}

/// A name as a link in Markdown has it: what would end or change the link is percent-encoded.
fn in_link(name: &str) -> String {
    let mut link = String::with_capacity(name.len());
    for character in name.chars() {
        let plain = !character.is_ascii() && !character.is_control() && !character.is_whitespace();
        if plain || character.is_ascii_alphanumeric() || "-_.~".contains(character) {
            link.push(character);
        } else {
            for byte in character.to_string().bytes() {
                let _ = write!(link, "%{byte:02X}");
            }
        }
    }
    link
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

pub(super) fn ends_with_separator(path: &Path) -> bool {
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
        check("http-1.pcapng.zst", "http-1");
        check("http-1.pcap.LZ4", "http-1");
        check("http.1", "http.1");
        check(".pcap", ".pcap");
        check("-", "report");
    }

    #[test]
    fn links_to_odd_names_lead_to_them() {
        assert_eq!(in_link("抓包 #1 (a)\n%"), "抓包%20%231%20%28a%29%0A%25");
    }
}
