//! What can go wrong while rendering: always the lab's fault, never the capture's.

use thiserror::Error;

use super::fault::{self, Fault, Names};
use crate::lab::LabError;

/// A report that cannot be rendered. The message names the lab's file, the line and what to do.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RenderError {
    /// Not a time zone.
    #[error("`{name}` is no IANA time zone; write one such as `Asia/Shanghai` or `UTC`")]
    TimeZone {
        /// What was given.
        name: String,
    },
    /// The lab lacks something that rendering needs.
    #[error(transparent)]
    Lab(#[from] LabError),
    /// A template is broken, or asks for what is not there.
    #[error("{}", lines(.0))]
    Template(Vec<Fault>),
    /// The page would be larger than any report can be.
    #[error("the output is larger than {limit} bytes; a template of the lab repeats too much")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// No language was asked for.
    #[error("no language is given; name at least one, such as `zh`")]
    NoLanguage,
    /// A section has templates, but none for the languages of the report.
    #[error("{file}: not in the lab, which has the section in other languages than {languages} only; add it")]
    NoSection {
        /// The template that would do for any language.
        file: String,
        /// The languages of the report.
        languages: String,
    },
    /// The style of the lab would end the page's style element.
    #[error("style.css: contains `</style`; remove it")]
    StyleEnds,
}

impl From<tera::Error> for RenderError {
    fn from(error: tera::Error) -> Self {
        Self::Template(fault::faults(&error, &Names::default()))
    }
}

impl RenderError {
    /// The faults it tells of, one for each place.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        match self {
            Self::Template(faults) => faults.clone(),
            Self::NoSection { file, .. } => {
                let message = self.to_string();
                let message = message.strip_prefix(&format!("{file}: ")).unwrap_or(&message);
                vec![Fault::of_file(file, message)]
            }
            other => vec![Fault::of_file("", other.to_string())],
        }
    }
}

fn lines(faults: &[Fault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
