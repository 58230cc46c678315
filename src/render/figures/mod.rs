//! The figures of a report: SVG drawn from a Report's facts, labels in the report's languages.
//!
//! One file a figure; each has a `draw` that gives nothing when the Report does not hold what it shows. Colour and type come
//! from classes that `figures.css` of the lab styles; there is no style in the SVG itself.

mod svg;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::TimeZone;
use tera::{Kwargs, State, Tera, TeraResult, Value};

use super::error::RenderError;
use super::escape;
use super::facts::Facts;
use super::speech::{Medium, Speech};
use crate::lab::{Lab, Lang};
use crate::report::model::Report;
use svg::Svg;
use words::Words;

/// A figure that is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// The drawing, without style.
    pub svg: String,
    /// What it shows, in words, for those who cannot see it.
    pub alternative: String,
}

/// The figures of one report, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures(BTreeMap<String, Figure>);

/// Where a report in Markdown finds its figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FigureLinks<'a> {
    /// In files `<name>.svg` in this folder, relative to the Markdown.
    Folder(&'a str),
    /// Nowhere: their text alternative stands for them.
    Text,
}

type Draw = fn(&Report, &Words) -> Result<Option<Svg>, tera::Error>;

/// The figures in the order of a report, by name.
const FIGURES: [(&str, Draw); 0] = [];

/// Draws the figures of a Report.
///
/// # Errors
/// When the lab's wording of a figure is broken: the message names its file and line.
pub fn draw(report: &Report, lab: &Lab, languages: &[Lang]) -> Result<Figures, RenderError> {
    let facts = Arc::new(Facts::new(&serde_json::Value::Null, TimeZone::UTC));
    let words = Words::new(Speech::new(lab, languages, &facts, Medium::Figure)?);
    let mut figures = Figures::default();
    for (name, draw) in FIGURES {
        if let Some(svg) = draw(report, &words)? {
            let alternative = svg.alternative().to_owned();
            figures.0.insert(name.to_owned(), Figure { svg: svg.finish(), alternative });
        }
    }
    Ok(figures)
}

impl Figures {
    /// Their names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Names and figures, in order of name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Figure)> {
        self.0.iter().map(|(name, figure)| (name.as_str(), figure))
    }

    /// Adds a figure, in place of one of the same name.
    pub fn insert(&mut self, name: &str, figure: Figure) {
        self.0.insert(name.to_owned(), figure);
    }

    /// The name of the figure that a link in Markdown leads to: `<name>.svg` in a folder of figures.
    pub(super) fn name_of(&self, link: &str) -> Option<&str> {
        let (folder, file) = link.rsplit_once('/')?;
        let name = file.strip_suffix(".svg").filter(|_| folder.ends_with("-figures"))?;
        self.0.get_key_value(name).map(|(name, _)| name.as_str())
    }

    /// Adds `figure(name=…)` to the templates of a report: a picture, or nothing when there is no such figure.
    pub(super) fn register(&self, tera: &mut Tera, links: FigureLinks<'_>) {
        let shown: BTreeMap<String, String> = self
            .iter()
            .map(|(name, figure)| {
                let alternative = escape::markdown_text(&figure.alternative);
                let shown = match links {
                    FigureLinks::Folder(folder) => format!("![{alternative}](<{folder}/{name}.svg>)"),
                    FigureLinks::Text => alternative,
                };
                (name.to_owned(), shown)
            })
            .collect();
        tera.register_function("figure", move |kwargs: Kwargs, _: &State| -> TeraResult<Value> {
            let name: &str = kwargs.must_get("name")?;
            Ok(shown.get(name).map_or_else(Value::none, |shown| Value::safe_string(shown)))
        });
    }
}
