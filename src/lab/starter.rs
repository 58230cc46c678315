//! The files of a new lab.

use super::error::LabError;
use super::kind::Kind;
use super::manifest;
use super::{DEFAULT, Files, Lab};

/// Files of a small lab that extends the built-in one, with `@id@` and `@sections@` to be filled in.
const SMALL: [(&str, &str); 4] = [
    (manifest::FILE, include_str!("starter/lab.toml")),
    ("locales/zh.toml", include_str!("starter/locales/zh.toml")),
    ("locales/en.toml", include_str!("starter/locales/en.toml")),
    ("sections/question.md", include_str!("starter/sections/question.md")),
];

/// The section of the built-in lab before which the small lab has its own.
const BEFORE: &str = "summary";

/// A small commented lab of the name `id`, laid over the built-in one.
///
/// # Errors
/// When the built-in lab cannot be read.
pub fn small(id: &str) -> Result<Files, LabError> {
    let base = Lab::built_in(DEFAULT)?;
    let mut sections = Vec::new();
    for section in &base.manifest.sections {
        if section == BEFORE {
            sections.push("  \"question\",".to_owned());
        }
        sections.push(format!("  {section:?},"));
    }
    let filled = |text: &str| text.replace("@id@", id).replace("@sections@", &sections.join("\n"));
    Ok(SMALL.iter().map(|(name, text)| ((*name).to_owned(), filled(text).into_bytes())).collect())
}

/// The files of another lab, under the name `id`.
#[must_use]
pub fn copy(files: &Files, id: &str) -> Files {
    let renamed = |(name, bytes): (&String, &Vec<u8>)| {
        let bytes = if name == manifest::FILE { with_id(bytes, id) } else { bytes.clone() };
        (name.clone(), bytes)
    };
    files.iter().filter(|(name, _)| Kind::of(name) != Kind::Other).map(renamed).collect()
}

/// `lab.toml` with another id.
fn with_id(manifest: &[u8], id: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(manifest);
    let is_id = |line: &&str| line.split_once('=').is_some_and(|(key, _)| key.trim() == "id");
    let lines: Vec<String> =
        text.lines().map(|line| if is_id(&line) { format!("id = \"{id}\"") } else { line.to_owned() }).collect();
    (lines.join("\n") + "\n").into_bytes()
}

/// An id for a lab in a folder of this name: letters a-z, digits and hyphens.
#[must_use]
pub fn id_of(folder: &str) -> String {
    let plain = |character: char| if character.is_ascii_alphanumeric() { character.to_ascii_lowercase() } else { '-' };
    let id: String = folder.chars().map(plain).collect();
    let id: String =
        id.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-").chars().take(40).collect();
    if id.is_empty() { "my-lab".to_owned() } else { id }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_lab_is_one() {
        let lab = Lab::from_files(&small("course").unwrap()).unwrap();
        assert_eq!((lab.manifest.id.as_str(), lab.manifest.extends.as_deref()), ("course", Some("http")));
        assert!(lab.manifest.sections.iter().any(|section| section == "question"));
    }

    #[test]
    fn a_copy_differs_in_its_id_only() {
        let files = Lab::built_in_files(DEFAULT).unwrap();
        let mut lab = Lab::from_files(&copy(&files, "course")).unwrap();
        assert_eq!(lab.manifest.id, "course");
        DEFAULT.clone_into(&mut lab.manifest.id);
        assert_eq!(lab, Lab::built_in(DEFAULT).unwrap());
    }

    #[test]
    fn ids_come_from_folder_names() {
        for (folder, id) in [("Lab 1 (HTTP)", "lab-1-http"), ("网络实验", "my-lab"), ("course", "course")] {
            assert_eq!(id_of(folder), id);
        }
    }
}
