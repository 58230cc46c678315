//! What a report in Markdown links to beside it: its figures, and pictures that a student added.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use super::destination::FIGURES;
use crate::files;
use crate::render::{Figures, Linked, Picture, Pictures, linked_pictures, read_figure};

/// Largest figure; those that wirelab draws are far smaller.
const LARGEST_FIGURE: u64 = 2 << 20;
/// Most figures of a report.
const MOST_FIGURES: usize = 100;
/// Largest picture: a screenshot of a large screen is smaller.
const LARGEST_PICTURE: u64 = 16 << 20;
/// All pictures of a report together, so that a browser and a mail can hold the page.
const ALL_PICTURES: usize = 48 << 20;

/// What was read for a page, and what is left out of it.
#[derive(Debug, Default)]
pub(super) struct Added {
    pub(super) figures: Figures,
    pub(super) pictures: Pictures,
    /// Line and message, in order.
    pub(super) left_out: Vec<(usize, String)>,
    /// The folder of the figures, once one is read.
    figure_folder: Option<PathBuf>,
    /// Bytes of the pictures as often as they are shown.
    shown: usize,
}

/// Reads what the Markdown of a report in `folder` links to.
pub(super) fn read(markdown: &str, folder: &Path) -> Added {
    let mut added = Added::default();
    let mut known: BTreeMap<String, Result<usize, String>> = BTreeMap::new();
    for Linked { destination, line } in linked_pictures(markdown) {
        let Some(destination) = destination else {
            let message = "a picture in HTML is left out; write it as ![what it shows](picture.png)".to_owned();
            added.left_out.push((line, message));
            continue;
        };
        let read = known.entry(destination.clone()).or_insert_with(|| added.read(&destination, folder));
        let outcome = match read {
            Ok(size) if added.shown.saturating_add(*size) > ALL_PICTURES => {
                added.pictures.remove(&destination);
                *read = Err(format!("the pictures have more than {ALL_PICTURES} bytes together; make them smaller"));
                read.as_ref()
            }
            other => other.as_ref(),
        };
        match outcome {
            Ok(size) => added.shown += size,
            Err(why) => added.left_out.push((line, format!("`{}` is left out: {why}", shortened(&destination)))),
        }
    }
    added
}

impl Added {
    /// Reads what a destination leads to; gives its size on the page, or why it is left out.
    fn read(&mut self, destination: &str, folder: &Path) -> Result<usize, String> {
        if let Some(picture) = Picture::of_data(destination) {
            return Ok(self.keep(destination, picture));
        }
        let path = local(destination)?;
        match figure(&path) {
            Some(name) => self.read_figure(&name, &path, folder),
            None => self.read_picture(destination, &path, folder),
        }
    }

    fn read_figure(&mut self, name: &str, path: &Path, folder: &Path) -> Result<usize, String> {
        let figures = path.parent().map(Path::to_owned);
        if self.figure_folder.is_some() && self.figure_folder != figures {
            return Err("a report has one folder of figures, and this is another".to_owned());
        }
        if self.figures.names().count() >= MOST_FIGURES {
            return Err(format!("a report has at most {MOST_FIGURES} figures"));
        }
        let bytes = files::read_below(folder, path, LARGEST_FIGURE).map_err(|error| {
            format!("{error}; keep the folder of figures beside the report, or write it again with `wirelab report`")
        })?;
        let svg = files::text(bytes).map_err(|error| error.to_string())?;
        let figure = read_figure(&svg).ok_or("it is no figure of wirelab's; write it again with `wirelab report`")?;
        self.figure_folder = figures;
        self.figures.insert(name, figure);
        Ok(0)
    }

    fn read_picture(&mut self, destination: &str, path: &Path, folder: &Path) -> Result<usize, String> {
        let bytes = files::read_below(folder, path, LARGEST_PICTURE)
            .map_err(|error| format!("{error}; put the picture beside the report or below that folder"))?;
        let picture = Picture::read(&bytes).ok_or("it is no PNG, JPEG, GIF or WebP picture; save it as PNG")?;
        Ok(self.keep(destination, picture))
    }

    fn keep(&mut self, destination: &str, picture: Picture) -> usize {
        let size = picture.size();
        self.pictures.insert(destination.to_owned(), picture);
        size
    }
}

/// The path that a destination leads to, relative to the report; or why it leads nowhere below the report's folder.
fn local(destination: &str) -> Result<PathBuf, String> {
    let lower = destination.to_ascii_lowercase();
    if lower.starts_with("http:") || lower.starts_with("https:") || lower.starts_with("//") {
        return Err("it is on the network; save it beside the report and link to the file".to_owned());
    }
    let decoded = percent_decoded(destination).ok_or("its name is not UTF-8 behind the % signs")?.replace('\\', "/");
    let path = PathBuf::from(decoded.strip_prefix("./").unwrap_or(&decoded));
    let has_scheme = decoded.split('/').next().is_some_and(|first| first.contains(':'));
    let is_below = path.components().all(|component| matches!(component, Component::Normal(_)));
    if has_scheme || !is_below || decoded.is_empty() || decoded.contains('\0') {
        return Err("it does not lead to a file below the folder of the report; put it there".to_owned());
    }
    Ok(path)
}

/// The name of a figure, if `path` is `<stem>-figures/<name>.svg`.
fn figure(path: &Path) -> Option<String> {
    let parts: Vec<&str> = path.iter().filter_map(|part| part.to_str()).collect();
    let [folder, file] = parts.as_slice() else { return None };
    let name = file.strip_suffix(".svg").filter(|_| folder.ends_with(FIGURES))?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (!name.is_empty() && name.bytes().all(is_plain)).then(|| name.to_owned())
}

/// `text` with each `%` and two hexadecimal digits as the byte that they mean.
fn percent_decoded(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let byte = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if let (Some(byte), Some(rest)) = (byte, part.get(2..)) {
            bytes.push(byte);
            bytes.extend(rest.bytes());
        } else {
            bytes.push(b'%');
            bytes.extend(part.bytes());
        }
    }
    String::from_utf8(bytes).ok()
}

/// The beginning of a destination, which can be megabytes of data.
fn shortened(destination: &str) -> String {
    const LONGEST: usize = 80;
    match destination.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", destination.get(..end).unwrap_or_default()),
        None => destination.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destinations_lead_below_the_report_or_nowhere() {
        let path = |destination| local(destination).map(|path| path.to_string_lossy().into_owned()).ok();
        assert_eq!(path("./img/a%20b.png").as_deref(), Some("img/a b.png"));
        assert_eq!(path("img\\截图.png").as_deref(), Some("img/截图.png"));
        assert_eq!(path("100%.png").as_deref(), Some("100%.png"));
        for wrong in [
            "",
            "/etc/passwd",
            "../a.png",
            "a/../../b.png",
            "%2e%2e/a.png",
            "..%5ca.png",
            "C:\\a.png",
            "https://a.example/b.png",
            "//a.example/b.png",
            "file:///a.png",
            "javascript:alert(1)",
            "a%00.png",
            "%ff.png",
        ] {
            assert_eq!(path(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn figures_are_in_a_folder_of_figures() {
        let name = |path: &str| figure(Path::new(path));
        assert_eq!(name("a-figures/time-sequence.svg").as_deref(), Some("time-sequence"));
        for other in ["ladder.svg", "a/ladder.svg", "b/a-figures/ladder.svg", "a-figures/x.png", "a-figures/\"x.svg"] {
            assert_eq!(name(other), None, "{other}");
        }
    }
}
