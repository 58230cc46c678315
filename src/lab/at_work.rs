//! Where in a lab a rendering is. Another thread can look, to say which file it is that takes too long.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A file of a lab, and the line in it if that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    file: Cow<'static, str>,
    line: Option<usize>,
}

impl Place {
    /// A whole file.
    #[must_use]
    pub fn file(file: impl Into<Cow<'static, str>>) -> Self {
        Self { file: file.into(), line: None }
    }

    /// A line, from 1.
    #[must_use]
    pub fn line(file: impl Into<Cow<'static, str>>, line: usize) -> Self {
        Self { file: file.into(), line: Some(line) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        self.line.map_or(Ok(()), |line| write!(f, ":{line}"))
    }
}

/// The place at which a lab is being rendered: of several renderings at once, that of the one which moved last.
#[derive(Debug, Clone, Default)]
pub struct AtWork(Arc<Mutex<Option<Place>>>);

impl AtWork {
    /// The place; nothing outside a rendering.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        self.lock().clone()
    }

    /// Goes to a place, until what is given is dropped.
    #[must_use]
    pub(crate) fn at(&self, place: Place) -> Within<'_> {
        let before = self.lock().replace(place);
        Within { at_work: self, before }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Place>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is being rendered makes no lab another one.
impl PartialEq for AtWork {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for AtWork {}

/// A place that a rendering is in.
#[derive(Debug)]
pub(crate) struct Within<'a> {
    at_work: &'a AtWork,
    before: Option<Place>,
}

impl Drop for Within<'_> {
    fn drop(&mut self) {
        *self.at_work.lock() = self.before.take();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_left_for_the_one_before() {
        let (at_work, watcher) = (AtWork::default(), AtWork::default());
        assert_eq!(at_work, watcher, "where it is makes no difference");
        let watcher = at_work.clone();
        let section = at_work.at(Place::file("sections/aims.md"));
        let sentence = at_work.at(Place::line("locales/en.toml", 3));
        assert_eq!(watcher.place().unwrap().to_string(), "locales/en.toml:3");
        drop(sentence);
        assert_eq!(watcher.place().unwrap().to_string(), "sections/aims.md");
        drop(section);
        assert_eq!(watcher.place(), None);
    }
}
