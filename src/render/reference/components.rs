//! The components of the built-in lab, read from its templates: the comments in front of one say what it gives.

use crate::lab::{DEFAULT, Lab};

/// A component.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Component {
    /// How it is written.
    pub(super) form: String,
    /// What it gives.
    pub(super) gives: String,
}

/// All of them, in the order of their files.
pub(super) fn all() -> Vec<Component> {
    // The built-in lab is there: a test reads it.
    let Ok(lab) = Lab::built_in(DEFAULT) else { return Vec::new() };
    let parts = lab.templates().filter(|(name, _)| name.starts_with("parts/"));
    parts.flat_map(|(_, text)| of(text)).collect()
}

/// The components that a template defines.
fn of(text: &str) -> Vec<Component> {
    let starts = text.match_indices("{% component ");
    let components = starts.filter_map(|(place, start)| {
        let (before, rest) = text.split_at_checked(place)?;
        let (name, rest) = rest.strip_prefix(start)?.split_once('(')?;
        let (arguments, _) = rest.split_once(')')?;
        // What begins with `@` comes by itself.
        let arguments =
            arguments.split(',').map(str::trim).filter(|argument| !argument.is_empty() && !argument.starts_with('@'));
        let arguments: String = arguments.map(argument).collect();
        Some(Component { form: format!("{{{{ <{name}{arguments} /> }}}}"), gives: comments(before) })
    });
    components.collect()
}

/// How an argument is given; one with a value of its own can be left out.
fn argument(argument: &str) -> String {
    match argument.split_once('=') {
        None => format!(" {argument}={{…}}"),
        Some((name, value)) => format!(" [{}={{{}}}]", name.trim(), value.trim()),
    }
}

/// The comments at the end of a text, as one.
fn comments(before: &str) -> String {
    let mut rest = before.trim_end();
    let mut comments = Vec::new();
    while let Some((earlier, comment)) = rest.strip_suffix("#}").and_then(|rest| rest.rsplit_once("{#")) {
        comments.push(comment.trim_matches(['-', ' ', '\n']).split_whitespace().collect::<Vec<_>>().join(" "));
        rest = earlier.trim_end();
    }
    comments.reverse();
    comments.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_in_front_say_what_a_component_gives() {
        let text = "{# Other. #}\nx\n{# One. #}\n{# Two\n   lines. #}\n{% component a(n, list=[], @report) %}{% endcomponent a %}\n{# B. #}\n{% component b() %}";
        let expected = [("{{ <a n={…} [list={[]}] /> }}", "One. Two lines."), ("{{ <b /> }}", "B.")];
        let expected = expected.map(|(form, gives)| Component { form: form.to_owned(), gives: gives.to_owned() });
        assert_eq!(of(text), expected);
    }

    #[test]
    fn every_component_of_the_built_in_lab_is_found_and_explained() {
        let lab = Lab::built_in(DEFAULT).unwrap();
        let defined = lab.templates().map(|(_, text)| text.matches("{% component ").count()).sum::<usize>();
        let all = all();
        assert_eq!(all.len(), defined);
        assert!(all.iter().all(|component| component.gives.ends_with('.')), "{all:?}");
    }
}
