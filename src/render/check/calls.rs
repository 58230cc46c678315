//! What templates and sentences ask for: sentences, components, figures, pictures.

use std::collections::{BTreeMap, BTreeSet};

use super::shape::Shape;
use super::word::{Place, Word};

/// A sentence that is asked for.
#[derive(Debug, Clone)]
pub(super) struct Said<'s> {
    /// Its key.
    pub(super) key: Vec<Word>,
    /// What it is said with.
    pub(super) values: BTreeMap<String, Shape<'s>>,
    /// Whether it is only asked whether there is one.
    pub(super) is_question: bool,
    pub(super) place: Place,
}

/// Everything that is asked for in one reading of a lab.
#[derive(Debug, Default)]
pub(super) struct Calls<'s> {
    pub(super) said: Vec<Said<'s>>,
    /// Values of each component's parameters.
    pub(super) components: BTreeMap<String, BTreeMap<String, Shape<'s>>>,
    /// Names of figures, and where they are asked for.
    pub(super) figures: Vec<(Word, Place)>,
    /// Names of pictures, and where they are asked for.
    pub(super) assets: Vec<(Word, Place)>,
    /// Templates that others include or extend.
    pub(super) used: BTreeSet<String>,
}

/// What each sentence is said with, by what is known of its key.
#[derive(Debug, Default)]
pub(super) struct Values<'s> {
    whole: BTreeMap<String, BTreeMap<String, Shape<'s>>>,
    parts: Vec<(Word, BTreeMap<String, Shape<'s>>)>,
}

impl<'s> Values<'s> {
    pub(super) fn of(calls: &Calls<'s>) -> Self {
        let mut all = Self::default();
        for said in calls.said.iter().filter(|said| !said.is_question) {
            for word in &said.key {
                let known = if word.whole {
                    all.whole.entry(word.prefix.clone()).or_default()
                } else {
                    let place = all.parts.iter().position(|(known, _)| known.is_like(word)).unwrap_or_else(|| {
                        all.parts.push((word.clone(), BTreeMap::new()));
                        all.parts.len() - 1
                    });
                    let Some((_, known)) = all.parts.get_mut(place) else { continue };
                    known
                };
                for (name, shape) in &said.values {
                    join(known, name, shape);
                }
            }
        }
        all
    }

    /// What the sentence of a key is said with by all who say it; `None` if nobody does.
    pub(super) fn get(&self, key: &str) -> Option<BTreeMap<String, Shape<'s>>> {
        let parts = self.parts.iter().filter(|(word, _)| word.can_be(key)).map(|(_, values)| values);
        let mut known = self.whole.get(key).into_iter().chain(parts);
        let mut all = known.next()?.clone();
        for values in known {
            for (name, shape) in values {
                join(&mut all, name, shape);
            }
        }
        Some(all)
    }
}

impl<'s> Calls<'s> {
    /// Notes that a component is called with these values.
    pub(super) fn component(&mut self, name: &str, values: BTreeMap<String, Shape<'s>>) {
        let known = self.components.entry(name.to_owned()).or_default();
        for (name, shape) in &values {
            join(known, name, shape);
        }
    }
}

fn join<'s>(values: &mut BTreeMap<String, Shape<'s>>, name: &str, shape: &Shape<'s>) {
    let joined = values.remove(name).map_or_else(|| shape.clone(), |before| before.or(shape.clone()));
    values.insert(name.to_owned(), joined);
}
