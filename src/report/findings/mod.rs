//! Findings: one rule a file. A rule looks at the [`Facts`] and says what it found with code, parameters and frames; the
//! words for it are in the lab's locale files under `findings.<code>`.
//!
//! A rule runs twice: first without evidence, to tell which frames it will name, then with it.

use super::Facts;
use super::model::Finding;

/// Declares the rules, most important first: the order in which a report shows what they find.
macro_rules! rules {
    ($($rule:ident),+ $(,)?) => {
        $(mod $rule;)+
        const RULES: &[fn(&Facts<'_>) -> Option<Finding>] = &[$($rule::find),+];
        /// The name of each rule, which is the module's.
        #[cfg(test)]
        const NAMES: &[&str] = &[$(stringify!($rule)),+];
    };
}

rules![
    evidence_complete,
    all_tls,
    recorded_twice,
    reset,
    closed_first,
    parallel_connections,
    syn_retransmission,
    three_segment_close,
    simultaneous_close,
    half_closed_only,
    retransmissions,
    checksum_offload,
    window_scaling,
    window_scaling_off,
    window_scale_unknown,
    response_spans_segments,
];

/// What all rules find.
pub(super) fn find_all(facts: &Facts<'_>) -> Vec<Finding> {
    RULES.iter().filter_map(|rule| rule(facts)).collect()
}

#[cfg(test)]
mod tests {
    use crate::lab::{DEFAULT, Lab};

    /// Codes whose rule's name is not the code.
    const OTHER_CODES: &[&str] = &["server_closed_first", "client_closed_first"];

    #[test]
    fn the_built_in_lab_words_every_code_in_every_language() {
        let lab = Lab::built_in(DEFAULT).unwrap();
        let rules = super::NAMES.iter().filter(|rule| **rule != "closed_first").chain(OTHER_CODES);
        let findings = rules.map(|code| format!("findings.{code}"));
        let missing = crate::report::missing::CODES.iter().map(|code| format!("missing.{code}"));
        for key in findings.chain(missing) {
            for language in &lab.manifest.languages {
                let wording = lab.wording(language).unwrap();
                for part in ["title", "text"] {
                    assert!(wording.get(&format!("{key}.{part}")).is_some(), "{language}: {key}.{part}");
                }
            }
        }
    }
}
