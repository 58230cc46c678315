//! Findings: one rule a file, which is all that a new one takes here; `build.rs` lists them. A rule looks at the [`Facts`] and says
//! what it found with code (the file's name), parameters and frames; the words for it are in the lab's locale files under
//! `findings.<code>`.
//!
//! A rule runs twice: first without evidence, to tell which frames it will name, then with it.

use super::Facts;
use super::model::{Finding, Tone};

include!(concat!(env!("OUT_DIR"), "/findings.rs"));

/// One rule.
#[derive(Debug, Clone, Copy)]
struct Rule {
    /// Its place in the report.
    rank: Rank,
    /// How what it finds is marked.
    tone: Tone,
    find: fn(&Facts<'_>) -> Option<Finding>,
}

impl Rule {
    /// Whether it finds anything.
    fn is_found(&self, facts: &Facts<'_>) -> bool {
        (self.find)(facts).is_some()
    }
}

/// Where a finding stands: what matters most to a reader first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// Whether the lab's evidence is there.
    Evidence,
    /// What went wrong: resets, losses, refused connections.
    Trouble,
    /// Who closed the connection, and how.
    Close,
    /// What followed the first FIN, and why it was sent.
    AfterClose,
    /// The exchange: status, conditions, secrets in the clear.
    Exchange,
    /// The connection and those beside it.
    Connection,
    /// What comes from the way of recording, not from the network.
    Recording,
    /// How TCP carried the exchange: the first of the ranks that can be read later.
    Transport,
    /// How the content was coded, and what it led to.
    Content,
    /// What the headers tell of addresses and the way, and what else took it.
    Network,
    /// What the headers tell of the programs.
    Programs,
}

impl Rank {
    /// Whether a reader should know it before anything else.
    fn is_major(self) -> bool {
        self < Rank::Transport
    }
}

/// What all rules find, most important first: by rank, and within one what went wrong before what is only noted.
pub(super) fn find_all(facts: &Facts<'_>) -> Vec<Finding> {
    let mut rules: Vec<&Rule> = RULES.iter().map(|(_, rule)| rule).collect();
    rules.sort_by_key(|rule| (rule.rank, rule.tone != Tone::Problem));
    let found = rules.into_iter().filter_map(|rule| Some((rule.find)(facts)?.marked(rule.tone, rule.rank.is_major())));
    found.collect()
}

#[cfg(test)]
mod tests {
    use crate::lab::{DEFAULT, Lab};

    #[test]
    fn the_built_in_lab_words_every_code_in_every_language() {
        let lab = Lab::built_in(DEFAULT).unwrap();
        let findings = super::RULES.iter().map(|(code, _)| format!("findings.{code}"));
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
