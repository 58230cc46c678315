//! What a file of a lab folder is, by its name.

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind<'n> {
    /// `lab.toml`.
    Manifest,
    /// `rubric.toml`.
    Rubric,
    /// A template of the report or its page, or a style sheet.
    Template,
    /// Wording of a language, given as the file's name says it.
    Wording(&'n str),
    /// A file that templates show, by its name below `assets/`.
    Asset(&'n str),
    /// No part of a lab: left alone.
    Other,
}

/// Templates and style sheets at the top of a lab.
pub(super) const TOP: [&str; 6] = ["report.md", "page.html", "colours.css", "style.css", "figures.css", "extra.css"];

impl<'n> Kind<'n> {
    /// The kind of a file, given its path in the lab with `/` between its parts.
    pub(crate) fn of(path: &'n str) -> Self {
        if path == super::manifest::FILE {
            return Self::Manifest;
        }
        if path == "rubric.toml" {
            return Self::Rubric;
        }
        if TOP.contains(&path) {
            return Self::Template;
        }
        match path.split_once('/') {
            Some(("sections" | "parts", name)) if has_ending(name, "md") => Self::Template,
            Some(("assets", name)) => Self::Asset(name),
            Some(("locales", name)) if has_ending(name, "toml") => {
                let language = name.split_once('/').map(|(language, _)| language);
                Self::Wording(language.unwrap_or_else(|| name.trim_end_matches(".toml")))
            }
            _ => Self::Other,
        }
    }
}

/// Whether a file's name ends with `.` and `ending`.
pub(super) fn has_ending(name: &str, ending: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, last)| last == ending)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_place() {
        for (path, kind) in [
            ("lab.toml", Kind::Manifest),
            ("rubric.toml", Kind::Rubric),
            ("report.md", Kind::Template),
            ("sections/aims.zh.md", Kind::Template),
            ("locales/zh.toml", Kind::Wording("zh")),
            ("locales/zh/headers.toml", Kind::Wording("zh")),
            ("assets/logo.png", Kind::Asset("logo.png")),
            ("README.md", Kind::Other),
            ("sections/aims.txt", Kind::Other),
        ] {
            assert_eq!(Kind::of(path), kind, "{path}");
        }
    }
}
