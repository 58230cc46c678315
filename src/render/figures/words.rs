//! The labels of figures.

use tera::{Kwargs, TeraResult, Value};

use crate::render::template::speech::Speech;

/// What a figure's labels say, under `figures.` in the wording.
#[derive(Debug)]
pub(super) struct Words(Speech);

impl Words {
    pub(super) fn new(speech: Speech) -> Self {
        Self(speech)
    }

    /// The label of a key in each language of the report, the main one first; a language that says the same is left out.
    pub(super) fn lines<const N: usize>(
        &self,
        key: &str,
        values: [(&'static str, Value); N],
    ) -> TeraResult<Vec<String>> {
        let mut map = tera::Map::new();
        map.insert("key".into(), Value::from(format!("figures.{key}")));
        map.extend(values.map(|(name, value)| (name.into(), value)));
        let kwargs = Kwargs::new(std::sync::Arc::new(map));
        Ok(self.0.each(&kwargs)?.into_iter().map(|(_, words)| words).collect())
    }

    /// The same on one line.
    pub(super) fn line<const N: usize>(&self, key: &str, values: [(&'static str, Value); N]) -> TeraResult<String> {
        Ok(self.lines(key, values)?.join(" · "))
    }
}
