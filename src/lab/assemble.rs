//! A lab from its files, laid over the lab it extends.

use std::collections::{BTreeMap, BTreeSet};

use super::at_work::AtWork;
use super::error::LabError;
use super::kind::Kind;
use super::language::Lang;
use super::manifest::{self, Manifest};
use super::wording::Wording;
use super::{Files, Lab};

/// Files that a lab must have, by itself or from the lab it extends.
const NEEDED: [&str; 3] = ["report.md", "page.html", "style.css"];

impl Lab {
    /// A built-in lab.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn built_in(id: &str) -> Result<Self, LabError> {
        let files = Self::built_in_files(id)?;
        // The build script has read the locale files.
        let wording = Wording::built_in(id).map(|(language, wording)| Ok((language.parse()?, wording)));
        assembled(&files, wording.collect::<Result<_, LabError>>()?, Vec::new())
    }

    /// The lab that `files` make up, laid over the lab it extends.
    ///
    /// # Errors
    /// When files are missing, are not UTF-8, or say what cannot be: all that is found, each with file and line.
    pub fn from_files(files: &Files) -> Result<Self, LabError> {
        let mut wording: BTreeMap<Lang, Wording> = BTreeMap::new();
        let mut errors = Vec::new();
        for (name, bytes) in files {
            if let Kind::Wording(language) = Kind::of(name) {
                let joined = add_wording(name, language, bytes, &mut wording);
                errors.extend(joined.err().map(LabError::each).into_iter().flatten());
            }
        }
        assembled(files, wording, errors)
    }
}

fn add_wording(
    file: &str,
    language: &str,
    bytes: &[u8],
    wording: &mut BTreeMap<Lang, Wording>,
) -> Result<(), LabError> {
    let parsed: Result<Lang, LabError> = language.parse();
    let language = parsed.map_err(|_| LabError::Invalid {
        file: file.to_owned(),
        line: 1,
        message: format!("`{language}` is no language; name the file `xx.toml` or `xx_YY.toml`, such as `en.toml`"),
    })?;
    let read = Wording::read(file, decode(file, bytes)?)?;
    wording.entry(language).or_default().join(read)
}

/// The lab of these files, the locale files among them as `own` wording. `errors` are those found up to now.
fn assembled(files: &Files, own: BTreeMap<Lang, Wording>, mut errors: Vec<LabError>) -> Result<Lab, LabError> {
    let mut templates = BTreeMap::new();
    let mut assets = BTreeMap::new();
    let mut rubric = None;
    for (name, bytes) in files {
        match Kind::of(name) {
            Kind::Template => match decode(name, bytes) {
                Ok(text) => drop(templates.insert(name.clone(), text.to_owned())),
                Err(error) => errors.push(error),
            },
            Kind::Asset(name) => drop(assets.insert(name.to_owned(), bytes.clone())),
            Kind::Rubric => match decode(name, bytes) {
                Ok(text) => rubric = Some(text.to_owned()),
                Err(error) => errors.push(error),
            },
            Kind::Manifest | Kind::Wording(_) | Kind::Other => {}
        }
    }
    let described = describe(files, &templates);
    let (manifest, base) = match described {
        Ok(described) => described,
        Err(error) => {
            errors.splice(0..0, error.each());
            return Err(LabError::of(errors).unwrap_or(LabError::MissingFile { file: manifest::FILE.to_owned() }));
        }
    };
    let mut lab = Lab {
        manifest,
        templates,
        base: BTreeMap::new(),
        wording: own,
        assets,
        rubric,
        own: files.keys().cloned().collect(),
        at_work: AtWork::default(),
        is_compiled: false,
    };
    if let Some(base) = base {
        lay_over(&mut lab, base);
    }
    let missing = NEEDED.iter().filter(|file| !lab.templates.contains_key(**file)).map(|file| (*file).to_owned());
    errors.extend(missing.map(|file| LabError::MissingFile { file }));
    errors.extend(fall_back(&mut lab));
    LabError::of(errors).map_or(Ok(lab), Err)
}

/// What `lab.toml` says, and the lab that it extends.
fn describe(files: &Files, templates: &BTreeMap<String, String>) -> Result<(Manifest, Option<Lab>), LabError> {
    let missing = || LabError::MissingFile { file: manifest::FILE.to_owned() };
    let text = decode(manifest::FILE, files.get(manifest::FILE).ok_or_else(missing)?)?;
    let written = manifest::Written::read(text)?;
    let base = written.base(text)?;
    let of_base = base.iter().flat_map(|base| base.templates.keys());
    let sections: BTreeSet<&str> = templates
        .keys()
        .chain(of_base)
        .filter_map(|name| name.strip_prefix("sections/")?.strip_suffix(".md"))
        // `aims.zh.md` is the section `aims` in one language.
        .map(|name| name.split_once('.').map_or(name, |(section, _)| section))
        .collect();
    let manifest = written.complete(text, base.as_ref().map(|base| &base.manifest), &sections)?;
    Ok((manifest, base))
}

/// Lays a lab over the lab it extends.
fn lay_over(lab: &mut Lab, base: Lab) {
    let names_base = |text: &String| {
        text.contains(&format!("\"{}/", base.manifest.id)) || text.contains(&format!("'{}/", base.manifest.id))
    };
    if lab.templates.values().any(names_base) {
        let id = &base.manifest.id;
        // Components have one name for all templates: those of the parts are there already.
        let extended = base.templates.iter().filter(|(name, _)| !name.starts_with("parts/"));
        lab.base = extended.map(|(name, text)| (format!("{id}/{name}"), text.clone())).collect();
    }
    for (name, text) in base.templates {
        lab.templates.entry(name).or_insert(text);
    }
    for (name, bytes) in base.assets {
        lab.assets.entry(name).or_insert(bytes);
    }
    // A rubric is worded in the languages of its lab.
    if base.manifest.languages == lab.manifest.languages {
        lab.rubric = lab.rubric.take().or(base.rubric);
    }
    for (language, under) in base.wording {
        let own = lab.wording.remove(&language).unwrap_or_default();
        lab.wording.insert(language, under.overlaid(own));
    }
}

/// Gives languages the sentences of those that stand for what they do not have. A language without any wording is an error.
fn fall_back(lab: &mut Lab) -> Vec<LabError> {
    let mut errors = Vec::new();
    let full = lab.wording.clone();
    for (language, other) in &lab.manifest.fallback {
        match (full.get(other), lab.wording.remove(language)) {
            (Some(under), own) => {
                let own = own.unwrap_or_default();
                lab.wording.insert(language.clone(), under.standing_in().overlaid(own));
            }
            (None, own) => {
                lab.wording.extend(own.map(|own| (language.clone(), own)));
                errors.push(LabError::MissingFile { file: format!("locales/{other}.toml") });
            }
        }
    }
    let unworded = lab.manifest.languages.iter().filter(|language| !full.contains_key(*language));
    errors.extend(unworded.map(|language| LabError::MissingFile { file: format!("locales/{language}.toml") }));
    errors
}

/// The text of a file, without the byte order mark that Windows editors write.
fn decode<'b>(name: &str, bytes: &'b [u8]) -> Result<&'b str, LabError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|_| LabError::NotUtf8 { file: name.to_owned() })
}
