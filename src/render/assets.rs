//! Pictures that a lab brings in `assets/`: `asset(name="logo.png", alt="…")` in a template.

use std::collections::BTreeSet;

use tera::{Kwargs, State, Tera, TeraResult, Value};

use super::figures::FigureLinks;
use super::page::{Picture, Pictures, linked_pictures};
use super::template::escape;
use crate::lab::{Lab, hint};

/// Adds to the templates of a report `asset(name=…, alt=…)`: a picture of the lab, with what it shows in words.
pub(super) fn register(tera: &mut Tera, lab: &Lab, links: FigureLinks<'_>) {
    let known: BTreeSet<String> = lab.assets().map(str::to_owned).collect();
    let folder = match links {
        FigureLinks::Folder(folder) => Some(folder.to_owned()),
        FigureLinks::Text => None,
    };
    tera.register_function("asset", move |kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        let (name, alternative): (&str, &str) = (kwargs.must_get("name")?, kwargs.must_get("alt")?);
        if !known.contains(name) {
            let hint = hint(name, known.iter().map(String::as_str));
            return Err(tera::Error::message(format!("there is no file `assets/{name}`{hint}")));
        }
        let alternative = escape::markdown_text(alternative);
        Ok(Value::safe_string(&match &folder {
            Some(folder) => format!("![{alternative}](<{folder}/{name}>)"),
            None => alternative,
        }))
    });
}

/// The assets that a report in Markdown shows, with their destinations as written there and their names.
fn shown<'l>(markdown: &str, lab: &'l Lab) -> Vec<(String, &'l str)> {
    if lab.assets().next().is_none() {
        return Vec::new();
    }
    let destinations = linked_pictures(markdown).into_iter().filter_map(|linked| linked.destination);
    let shown = destinations.filter_map(|destination| {
        let name = lab
            .assets()
            .find(|name| destination.strip_suffix(name).is_some_and(|folder| folder.ends_with("-figures/")))?;
        Some((destination, name))
    });
    shown.collect()
}

/// The names of the assets that a report in Markdown shows, each once: they belong beside its figures.
#[must_use]
pub fn shown_assets<'l>(markdown: &str, lab: &'l Lab) -> BTreeSet<&'l str> {
    shown(markdown, lab).into_iter().map(|(_, name)| name).collect()
}

/// The assets that a report in Markdown shows, as its page holds them.
pub(super) fn pictures(markdown: &str, lab: &Lab) -> Pictures {
    let shown = shown(markdown, lab).into_iter();
    shown.filter_map(|(destination, name)| Some((destination, Picture::read(lab.asset(name)?)?))).collect()
}
