//! The figures of a report: SVG drawn from a Report's facts, labels in the report's languages.
//!
//! One file a figure; each has a `draw` that gives nothing when the Report does not hold what it shows. Colour and type come
//! from classes that `figures.css` of the lab styles; there is no style in the SVG itself.

mod axis;
mod encapsulation;
mod file;
mod frame_bytes;
mod ladder;
mod measure;
mod ping;
mod sequence;
mod svg;
#[cfg(test)]
mod tests;
mod waterfall;
mod words;

pub use file::read_figure;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::tz::TimeZone;
use tera::{Kwargs, State, Tera, TeraResult, Value};

use super::error::RenderError;
use crate::lab::{Lab, Lang};
use crate::render::template::escape;
use crate::render::template::facts::Facts;
use crate::render::template::speech::{Medium, Speech};
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

impl Figure {
    /// The figure as a file of its own, with the lab's style; it looks as on the page, by day and by night.
    ///
    /// A page made of such a file has the same figure as one made of [`Self::svg`].
    #[must_use]
    pub fn file(&self, lab: &Lab) -> String {
        let style: String = STYLES.iter().filter_map(|file| lab.template(file)).collect();
        let style = style.replace('&', "&amp;").replace('<', "&lt;");
        let (width, height) = self.size();
        let (start, rest) = self.svg.split_once('>').unwrap_or((&self.svg, ""));
        format!(
            "{start} xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\"><style>{style}</style>{rest}"
        )
    }

    /// Width and height as the drawing's `viewBox` gives them.
    fn size(&self) -> (&str, &str) {
        let view = self.svg.split_once("viewBox=\"0 0 ").and_then(|(_, rest)| rest.split_once('"'));
        view.and_then(|(view, _)| view.split_once(' ')).unwrap_or(("860", "400"))
    }

    /// The frames whose rows it links to.
    fn frames(&self) -> impl Iterator<Item = u64> {
        let links = self.svg.split("href=\"#f").skip(1);
        links.filter_map(|rest| rest.split('"').next()?.parse().ok())
    }
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
const FIGURES: [(&str, Draw); 5] = [
    ("ping", ping::draw),
    ("encapsulation", encapsulation::draw),
    ("waterfall", waterfall::draw),
    ("ladder", ladder::draw),
    ("sequence", sequence::draw),
];

/// The style sheets of a figure that stands alone: colours as variables, shapes and labels.
const STYLES: [&str; 2] = ["colours.css", "figures.css"];

/// The names of all figures, in the order of a report.
pub(super) fn all_names() -> impl Iterator<Item = &'static str> {
    FIGURES.iter().map(|(name, _)| *name)
}

/// Draws the figures of a Report.
///
/// # Errors
/// When the lab's wording of a figure is broken: the message names its file and line.
pub fn draw(report: &Report, lab: &Lab, languages: &[Lang]) -> Result<Figures, RenderError> {
    let facts = Arc::new(Facts::new(&serde_json::Value::Null, TimeZone::UTC));
    let words = Words::new(Speech::new(lab, languages, &Value::none(), &facts, Medium::Figure)?);
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

    /// Adds to the templates of a report `figure(name=…)`: a picture, or nothing when there is no such figure; and
    /// `figure_number(name=…)`: its number in the order in which the figures are placed.
    pub(super) fn register(&self, tera: &mut Tera, facts: &Arc<Facts>, links: FigureLinks<'_>) {
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
        let frames: BTreeMap<String, Vec<u64>> = match links {
            FigureLinks::Folder(_) => {
                self.iter().map(|(name, figure)| (name.to_owned(), figure.frames().collect())).collect()
            }
            FigureLinks::Text => BTreeMap::new(),
        };
        let facts = Arc::clone(facts);
        tera.register_function("figure", move |kwargs: Kwargs, _: &State| -> TeraResult<Value> {
            let name: &str = kwargs.must_get("name")?;
            // Its links need their rows, as tags in the text do.
            for frame in frames.get(name).into_iter().flatten() {
                facts.tag(*frame);
            }
            Ok(shown.get(name).map_or_else(Value::none, |shown| Value::safe_string(shown)))
        });
        let numbered: Mutex<Vec<String>> = Mutex::default();
        tera.register_function("figure_number", move |kwargs: Kwargs, _: &State| -> TeraResult<Value> {
            let name: &str = kwargs.must_get("name")?;
            let mut numbered = numbered.lock().unwrap_or_else(PoisonError::into_inner);
            let place = numbered.iter().position(|other| other == name).unwrap_or_else(|| {
                numbered.push(name.to_owned());
                numbered.len() - 1
            });
            Ok(Value::from(place + 1))
        });
    }
}
