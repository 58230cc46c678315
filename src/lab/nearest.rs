//! The name that was probably meant.

/// The candidate nearest to `name`, unless all are too far away to be a slip.
pub(crate) fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    const LONGEST: usize = 80;
    let limit = name.chars().count() / 3 + 1;
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

/// Number of insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`, no part changed twice (optimal
/// string alignment).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    // The row before, and the characters before in both.
    let mut above_row: Vec<usize> = Vec::new();
    let mut left_before = None;
    for (i, left) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut previous = i + 1;
        let mut next = vec![previous];
        let mut right_before = None;
        for (j, (right, above)) in b.iter().zip(row.iter().skip(1)).enumerate() {
            let replaced = diagonal + usize::from(left != *right);
            diagonal = *above;
            previous = replaced.min(above + 1).min(previous + 1);
            let is_swap = right_before == Some(left) && left_before == Some(*right);
            if let Some(swapped) = j.checked_sub(1).and_then(|j| above_row.get(j)).filter(|_| is_swap) {
                previous = previous.min(swapped + 1);
            }
            next.push(previous);
            right_before = Some(*right);
        }
        above_row = std::mem::replace(&mut row, next);
        left_before = Some(left);
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
        assert_eq!([distance("fi", "if"), distance("exchnage", "exchange"), distance("abc", "bca")], [1, 1, 2]);
    }
}
