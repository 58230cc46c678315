//! What can be wrong with a lab folder.

use thiserror::Error;

use super::lines::Lines;

/// A lab that cannot be used. The message names the file, the place in it and what to do.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LabError {
    /// No built-in lab of that name.
    #[error("no lab is called `{name}`{hint}; built-in labs: {known}")]
    Unknown {
        /// The name asked for.
        name: String,
        /// `; did you mean …?` or nothing.
        hint: String,
        /// The names there are.
        known: String,
    },
    /// A file that every lab needs is not there, neither in the folder nor in the lab it extends.
    #[error("{file}: not in the lab; add it, or write `extends = \"http\"` in lab.toml to take over the built-in one")]
    MissingFile {
        /// Path in the lab folder.
        file: String,
    },
    /// A text file that is not UTF-8.
    #[error("{file}: not UTF-8; save it as UTF-8")]
    NotUtf8 {
        /// Path in the lab folder.
        file: String,
    },
    /// A TOML file that cannot be read, or a value in it that cannot be used.
    #[error("{file}:{line}: {message}")]
    Invalid {
        /// Path in the lab folder.
        file: String,
        /// Line, from 1.
        line: usize,
        /// What is wrong and what to do.
        message: String,
    },
    /// A language the lab does not have.
    #[error("the lab `{lab}` has no language `{language}`; it has: {known}")]
    NoLanguage {
        /// The lab.
        lab: String,
        /// The language asked for.
        language: String,
        /// The languages it has.
        known: String,
    },
    /// Several things at once, in order of file.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Several(Vec<LabError>),
    /// Not a language identifier.
    #[error("`{0}` is no list of languages; write `xx` or `xx_YY`, joined by `-`, none twice, such as `zh-en`")]
    Language(String),
}

impl LabError {
    /// One error of all that were found; `None` if there is none.
    pub(super) fn of(mut errors: Vec<Self>) -> Option<Self> {
        match errors.len() {
            0 | 1 => errors.pop(),
            _ => Some(Self::Several(errors)),
        }
    }

    /// Each error on its own.
    #[must_use]
    pub fn each(self) -> Vec<Self> {
        match self {
            Self::Several(errors) => errors,
            one => vec![one],
        }
    }
}

/// Line of the byte at `offset` in `text`, from 1.
pub(super) fn line_of(text: &str, offset: usize) -> usize {
    Lines::of(text).at(offset)
}
