//! The name that was probably meant.

/// The candidate nearest to `name`, unless all are too far away to be a slip.
pub(crate) fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    const LONGEST: usize = 80;
    let limit = name.chars().count().max(3) / 3 + 1;
    candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= LONGEST && name.len() <= LONGEST)
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// `, did you mean …?` for an error message, or nothing.
pub(crate) fn hint<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> String {
    nearest(name, candidates).map(|candidate| format!("; did you mean `{candidate}`?")).unwrap_or_default()
}

/// Number of insertions, deletions and replacements that turn `a` into `b` (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut previous = i + 1;
        let mut next = vec![previous];
        for (right, above) in b.iter().zip(row.iter().skip(1)) {
            let replaced = diagonal + usize::from(left != *right);
            diagonal = *above;
            previous = replaced.min(above + 1).min(previous + 1);
            next.push(previous);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_slips_and_nothing_far() {
        let keys = ["findings.reset.title", "findings.reset.text", "sections.aims.title"];
        assert_eq!(nearest("findings.rest.title", keys), Some("findings.reset.title"));
        assert_eq!(nearest("quite.another.thing.altogether", keys), None);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
