//! Counts of what agreed and what did not, and the differences themselves.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use super::known_differences::{COPIES_ONCE, OPEN};

/// Why a difference is expected; `None` if it is not.
pub(crate) type Reason = Option<String>;

/// One value that wirelab and tshark give differently.
#[derive(Debug, Clone)]
pub(crate) struct Difference {
    pub(crate) file: String,
    pub(crate) kind: String,
    pub(crate) key: String,
    pub(crate) ours: String,
    pub(crate) theirs: String,
    pub(crate) reason: Reason,
}

/// The comparison of one kind of value.
#[derive(Debug, Clone, Default)]
struct Count {
    agreed: u64,
    /// Of those, how many only with tshark's default reassembly.
    by_default: u64,
    only_theirs: u64,
    only_ours: u64,
    different: u64,
    known: BTreeMap<String, u64>,
}

/// How many values were compared, agreed, and differ for a reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) compared: u64,
    pub(crate) agreed: u64,
    /// Of those, equal with tshark's default reassembly only, which goes on behind missing bytes.
    pub(crate) by_default: u64,
    /// Equal to what tshark says of the capture without the packets that were recorded twice.
    pub(crate) once: u64,
    pub(crate) known: u64,
}

/// All comparisons of one file, or of many.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    file: String,
    counts: BTreeMap<String, Count>,
    differences: Vec<Difference>,
}

impl Tally {
    pub(crate) fn of_file(file: &str) -> Self {
        Tally { file: file.to_owned(), ..Tally::default() }
    }

    /// Compares two printed values; `None` is "not there". Both absent is no comparison. Gives whether they are equal.
    pub(crate) fn compare(
        &mut self,
        kind: &str,
        key: &str,
        ours: Option<&str>,
        theirs: Option<&str>,
        reason: impl FnOnce() -> Reason,
    ) -> bool {
        if ours.is_none() && theirs.is_none() {
            return true;
        }
        let count = self.counts.entry(kind.to_owned()).or_default();
        if ours == theirs {
            count.agreed += 1;
            return true;
        }
        let reason = reason();
        match (&reason, ours, theirs) {
            (Some(reason), ..) => *count.known.entry(reason.clone()).or_default() += 1,
            (None, None, _) => count.only_theirs += 1,
            (None, _, None) => count.only_ours += 1,
            (None, ..) => count.different += 1,
        }
        self.differences.push(Difference {
            file: self.file.clone(),
            kind: kind.to_owned(),
            key: key.to_owned(),
            ours: ours.unwrap_or("(absent)").to_owned(),
            theirs: theirs.unwrap_or("(absent)").to_owned(),
            reason,
        });
        false
    }

    /// Counts a value that was equal with tshark's default reassembly only.
    pub(crate) fn count_default(&mut self, kind: &str) {
        self.counts.entry(kind.to_owned()).or_default().by_default += 1;
    }

    /// Compares two JSON values: objects member by member of `theirs`, anything else as a whole.
    pub(crate) fn compare_json(
        &mut self,
        kind: &str,
        key: &str,
        ours: Option<&Value>,
        theirs: &Value,
        reason: &dyn Fn(&str, &str, &str) -> Reason,
    ) {
        if let (Some(Value::Object(ours)), Value::Object(theirs)) = (ours, theirs) {
            for (name, theirs) in theirs {
                self.compare_json(&format!("{kind}.{name}"), key, ours.get(name), theirs, reason);
            }
            return;
        }
        let ours = ours.map(Value::to_string);
        let theirs = theirs.to_string();
        self.compare(kind, key, ours.as_deref(), Some(&theirs), || {
            reason(kind, ours.as_deref().unwrap_or_default(), &theirs)
        });
    }

    /// Adds another tally's counts and differences.
    pub(crate) fn add(&mut self, other: Tally) {
        for (kind, from) in other.counts {
            let to = self.counts.entry(kind).or_default();
            to.agreed += from.agreed;
            to.by_default += from.by_default;
            to.only_theirs += from.only_theirs;
            to.only_ours += from.only_ours;
            to.different += from.different;
            for (reason, number) in from.known {
                *to.known.entry(reason).or_default() += number;
            }
        }
        self.differences.extend(other.differences);
    }

    /// Gives differences that have none yet the reason that `listed` has for them.
    pub(crate) fn excuse(&mut self, listed: impl Fn(&Difference) -> Reason) {
        for difference in &mut self.differences {
            if difference.reason.is_some() {
                continue;
            }
            let Some(reason) = listed(difference) else {
                continue;
            };
            let count = self.counts.entry(difference.kind.clone()).or_default();
            let place = match (difference.ours.as_str(), difference.theirs.as_str()) {
                ("(absent)", _) => &mut count.only_theirs,
                (_, "(absent)") => &mut count.only_ours,
                _ => &mut count.different,
            };
            *place = place.saturating_sub(1);
            *count.known.entry(reason.clone()).or_default() += 1;
            difference.reason = Some(reason);
        }
    }

    /// How the values of some kinds compared.
    pub(crate) fn share(&self, is_of: impl Fn(&str) -> bool) -> Share {
        let mut share = Share::default();
        for count in self.counts.iter().filter(|(kind, _)| is_of(kind)).map(|(_, count)| count) {
            let known: u64 = count.known.values().sum();
            let once = count.known.get(COPIES_ONCE).copied().unwrap_or(0);
            share.agreed += count.agreed;
            share.by_default += count.by_default;
            share.once += once;
            share.known += known - once - count.known.get(OPEN).copied().unwrap_or(0);
            share.compared += count.agreed + known + count.only_theirs + count.only_ours + count.different;
        }
        share
    }

    pub(crate) fn differences(&self) -> &[Difference] {
        &self.differences
    }

    /// Differences without a reason.
    pub(crate) fn unexplained(&self) -> impl Iterator<Item = &Difference> {
        self.differences.iter().filter(|difference| difference.reason.is_none())
    }

    /// The table, one row a kind.
    pub(crate) fn table(&self) -> String {
        let mut text = format!(
            "{:<44} {:>9} {:>9} {:>11} {:>9} {:>9} {:>7}\n",
            "kind", "compared", "agreed", "only-tshark", "only-ours", "different", "known"
        );
        for (kind, count) in &self.counts {
            let known: u64 = count.known.values().sum();
            let compared = count.agreed + count.only_theirs + count.only_ours + count.different + known;
            let _ = writeln!(
                text,
                "{kind:<44} {compared:>9} {:>9} {:>11} {:>9} {:>9} {known:>7}",
                count.agreed, count.only_theirs, count.only_ours, count.different
            );
        }
        text.push_str("\nknown differences by reason\n");
        let mut reasons: BTreeMap<&str, u64> = BTreeMap::new();
        for count in self.counts.values() {
            for (reason, number) in &count.known {
                *reasons.entry(reason).or_default() += number;
            }
        }
        for (reason, number) in reasons {
            let _ = writeln!(text, "{number:>9}  {reason}");
        }
        text
    }

    /// All differences, tab-separated with a header row.
    pub(crate) fn tsv(&self) -> String {
        let mut text = "file\tkind\tkey\tours\ttheirs\treason\n".to_owned();
        for d in &self.differences {
            let cells = [d.file.as_str(), &d.kind, &d.key, &d.ours, &d.theirs, d.reason.as_deref().unwrap_or_default()];
            let cells: Vec<String> = cells.iter().map(|cell| one_line(cell)).collect();
            let _ = writeln!(text, "{}", cells.join("\t"));
        }
        text
    }
}

impl Difference {
    /// Two lines for a person, long values cut.
    pub(crate) fn detail(&self) -> String {
        format!(
            "{} · {} · {}\n    ours   {}\n    tshark {}",
            self.file,
            self.kind,
            self.key,
            cut(&self.ours),
            cut(&self.theirs)
        )
    }
}

fn one_line(text: &str) -> String {
    text.replace(['\t', '\n', '\r'], " ")
}

fn cut(text: &str) -> String {
    let head: String = text.chars().take(300).collect();
    if head.len() < text.len() { format!("{head}… ({} bytes)", text.len()) } else { head }
}
