//! What is known of a text: the text, or how it begins and ends.

/// Most texts that are told apart; of more only that they are texts is known.
const MOST: usize = 64;

/// A text in a template, such as the key of a sentence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Word {
    /// How it begins; all of it if it is `whole`.
    pub(super) prefix: String,
    /// How it ends; empty if it is `whole`.
    pub(super) suffix: String,
    /// Whether that is all.
    pub(super) whole: bool,
    /// Whether a report can hold it without any condition of the template's: no value of an enumeration is.
    pub(super) sure: bool,
    /// Where it is written.
    pub(super) place: Option<Place>,
}

/// A byte of a text that is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// Which text, as [`super::texts::Texts`] counts them.
    pub(super) text: usize,
    pub(super) at: usize,
}

impl Word {
    /// A text as a template has it.
    pub(super) fn written(text: &str, place: Place) -> Self {
        Self { prefix: text.to_owned(), suffix: String::new(), whole: true, sure: true, place: Some(place) }
    }

    /// A value of an enumeration.
    pub(super) fn possible(text: &str) -> Self {
        Self { prefix: text.to_owned(), suffix: String::new(), whole: true, sure: false, place: None }
    }

    /// Any text.
    pub(super) fn any() -> Self {
        Self { prefix: String::new(), suffix: String::new(), whole: false, sure: true, place: None }
    }

    /// This text with another one behind it.
    fn then(&self, after: &Self) -> Self {
        let (prefix, suffix) = match (self.whole, after.whole) {
            (true, true) => (self.prefix.clone() + &after.prefix, String::new()),
            (true, false) => (self.prefix.clone() + &after.prefix, after.suffix.clone()),
            (false, true) => (self.prefix.clone(), self.suffix.clone() + &after.prefix),
            (false, false) => (self.prefix.clone(), after.suffix.clone()),
        };
        Self {
            prefix,
            suffix,
            whole: self.whole && after.whole,
            sure: self.sure && after.sure,
            place: after.place.or(self.place),
        }
    }

    /// Whether the same is known of both.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        (self.whole, &self.prefix, &self.suffix) == (other.whole, &other.prefix, &other.suffix)
    }

    /// Whether it can be `text`.
    pub(super) fn can_be(&self, text: &str) -> bool {
        if self.whole {
            return self.prefix == text;
        }
        text.len() >= self.prefix.len() + self.suffix.len()
            && text.starts_with(&self.prefix)
            && text.ends_with(&self.suffix)
    }
}

/// All that `before ~ after` can be.
pub(super) fn joined(before: &[Word], after: &[Word]) -> Vec<Word> {
    let all = before.iter().flat_map(|before| after.iter().map(|after| before.then(after)));
    join_words(all.collect(), Vec::new())
}

/// The texts of both, each once.
pub(super) fn join_words(some: Vec<Word>, others: Vec<Word>) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    for word in some.into_iter().chain(others) {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    if words.len() > MOST { vec![Word::any()] } else { words }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Place = Place { text: 0, at: 0 };

    #[test]
    fn texts_are_put_together_as_far_as_they_are_known() {
        let key = joined(&joined(&[Word::written("a.", HERE)], &[Word::any()]), &[Word::written(".title", HERE)]);
        assert!(key[0].can_be("a.b.title") && !key[0].can_be("a.b.text") && !key[0].can_be("a.title"));
        let key = joined(&[Word::written("a.", HERE)], &[Word::possible("b"), Word::possible("c")]);
        assert!(key.iter().any(|key| key.can_be("a.c")) && !key.iter().any(|key| key.can_be("a.d")));
    }
}
