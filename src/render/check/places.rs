//! Files: those at a place where nothing looks for them, and those that nothing shows.

use super::calls::Calls;
use super::components::Components;
use super::problem::Problem;
use super::texts::Texts;
use super::tokens::{Part, What};
use crate::lab::{Files, Kind, Lab, Lang, hint, nearest};
use crate::render::page::Picture;

/// Files at the top of a lab.
const TOP: [&str; 8] =
    ["lab.toml", "rubric.toml", "report.md", "page.html", "style.css", "colours.css", "figures.css", "extra.css"];
/// Folders, and how the names of their files end.
const FOLDERS: [(&str, &str); 4] = [("sections", ".md"), ("parts", ".md"), ("locales", ".toml"), ("assets", "")];

/// Files that are no part of a lab: those whose name is near to one that is are problems, the others are given by their names.
pub(super) fn misplaced(files: &Files) -> (Vec<Problem>, Vec<String>) {
    let mut problems = Vec::new();
    let mut others = Vec::new();
    for file in files.keys().filter(|file| Kind::of(file) == Kind::Other) {
        match meant(file) {
            Some(meant) => {
                problems.push(Problem::of_file(file, format!("no part of a lab by this name; did you mean {meant}?")))
            }
            None => others.push(file.clone()),
        }
    }
    (problems, others)
}

fn meant(file: &str) -> Option<String> {
    let Some((folder, name)) = file.split_once('/') else {
        return nearest(file, TOP).map(|near| format!("`{near}`"));
    };
    let (near, ending) = FOLDERS.into_iter().find(|(known, _)| nearest(folder, [*known]).is_some())?;
    if near == folder {
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let is_text = name.rsplit_once('.').is_none_or(|(_, ending)| {
            ["md", "markdown", "mdown", "txt", "toml", "tml", "yaml", "yml", "json", "html"]
                .iter()
                .any(|known| ending.eq_ignore_ascii_case(known))
        });
        return (is_text && !stem.starts_with('.')).then(|| format!("`{folder}/{stem}{ending}`"));
    }
    (name.ends_with(ending) && !folder.contains('.')).then(|| format!("`{near}/{name}`"))
}

/// Templates and pictures that nothing shows, and pictures that are none.
pub(super) fn unshown(lab: &Lab, texts: &Texts<'_>, calls: &Calls<'_>) -> Vec<Problem> {
    let mut problems: Vec<Problem> = Vec::new();
    for file in lab.own_files() {
        match Kind::of(file) {
            Kind::Template => problems.extend(template(lab, texts, calls, file)),
            Kind::Wording(language) => problems.extend(wording(lab, file, language)),
            Kind::Asset(name) => problems.extend(asset(lab, calls, file, name)),
            _ => {}
        }
    }
    problems.extend(wrong_assets(lab, texts, calls));
    problems
}

fn template(lab: &Lab, texts: &Texts<'_>, calls: &Calls<'_>, file: &str) -> Option<Problem> {
    if calls.used.contains(file) {
        return None;
    }
    if let Some(name) = file.strip_prefix("sections/").and_then(|name| name.strip_suffix(".md")) {
        let (section, language) =
            name.split_once('.').map_or((name, None), |(section, language)| (section, Some(language)));
        let sections = &lab.manifest.sections;
        if !sections.iter().any(|known| known == section) {
            let hint = hint(section, sections.iter().map(String::as_str));
            let message = format!("`{section}` is not among the `sections` of lab.toml, so it is not shown{hint}");
            return Some(Problem::of_file(file, message));
        }
        return language.and_then(|language| unknown_language(lab, file, language));
    }
    if file.starts_with("parts/") {
        let text = texts.template(file)?;
        let defines = Components::of(texts).places().any(|(_, of)| of == text);
        return (!defines).then(|| {
            Problem::of_file(
                file,
                format!("no template includes it; write `{{% include \"{file}\" %}}`, or take it away"),
            )
        });
    }
    None
}

fn wording(lab: &Lab, file: &str, language: &str) -> Option<Problem> {
    unknown_language(lab, file, language)
}

fn unknown_language(lab: &Lab, file: &str, language: &str) -> Option<Problem> {
    let known: Vec<&str> = lab.manifest.languages.iter().map(Lang::as_str).collect();
    if known.contains(&language) {
        return None;
    }
    let message = format!(
        "`{language}` is not among the `languages` of lab.toml ({}), so it is not read; add it there, or take the file away",
        known.join(", ")
    );
    Some(Problem::of_file(file, message))
}

fn asset(lab: &Lab, calls: &Calls<'_>, file: &str, name: &str) -> Option<Problem> {
    if lab.asset(name).is_some_and(|bytes| Picture::read(bytes).is_none()) {
        return Some(Problem::of_file(file, "no picture in PNG, JPEG, GIF or WebP; save it as one"));
    }
    let is_shown = calls.assets.iter().any(|(word, _)| word.can_be(name));
    (!is_shown).then(|| {
        Problem::of_file(
            file,
            format!("no template shows it; write `{{{{ asset(name=\"{name}\", alt=\"…\") }}}}`, or take it away"),
        )
    })
}

/// Pictures that are asked for and not there.
fn wrong_assets(lab: &Lab, texts: &Texts<'_>, calls: &Calls<'_>) -> Vec<Problem> {
    let wrong = calls.assets.iter().filter(|(word, _)| word.whole && word.sure && lab.asset(&word.prefix).is_none());
    wrong
        .filter_map(|(word, place)| {
            let name = &word.prefix;
            texts.problem(
                word.place.unwrap_or(*place),
                format!("there is no file `assets/{name}`{}", hint(name, lab.assets())),
            )
        })
        .collect()
}

/// What `page.html` has to show.
pub(super) fn page(lab: &Lab, texts: &Texts<'_>) -> Vec<Problem> {
    const FILE: &str = "page.html";
    if !lab.is_own(FILE) {
        return Vec::new();
    }
    let Some(text) = texts.template(FILE).and_then(|text| texts.get(text)) else { return Vec::new() };
    let extends = text.parts.iter().any(|part| matches!(part, Part::Tag(tokens) if tokens.first().is_some_and(|first| first.what == What::Name("extends"))));
    if extends {
        return Vec::new();
    }
    let shows = |name: &str| {
        text.parts.iter().any(|part| match part {
            Part::Output(tokens) | Part::Tag(tokens) => tokens.iter().any(|token| token.what == What::Name(name)),
        })
    };
    let parts = [
        ("cover", "the cover"),
        ("contents", "the table of contents"),
        ("body", "the sections"),
        ("footer", "the footer"),
    ];
    let lacking = parts.into_iter().filter(|(name, _)| !shows(name));
    lacking
        .map(|(name, what)| {
            Problem::of_file(FILE, format!("does not show {what}; write `{{{{ {name} }}}}` where it is to stand"))
        })
        .collect()
}
