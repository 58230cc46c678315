//! `unanswered` [syn, copies, `more_copies`, waits, growth, `recorded_on`]: the connection has SYNs and nothing else.
//!
//! `waits`: seconds from each SYN to the next. `growth`: `doubling` when each is about twice the one before, `growing` when the last is more than
//! about twice the first, else `null`. `recorded_on`: seconds from the last SYN to the end of the capture; `null` when they are not known or it is
//! the end.
//! Frames: the SYN and its copies.

use serde_json::Value;

use super::{Rank, Rule, Tone};
use crate::report::Facts;
use crate::report::model::Finding;
use crate::time::Span;

pub(super) const RULE: Rule = Rule { rank: Rank::Trouble, tone: Tone::Problem, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let connection = facts.connection?;
    if !connection.is_unanswered() {
        return None;
    }
    let handshake = &connection.handshake;
    let syn = handshake.syn?;
    let frames = facts.handshake_frames();
    let waits = facts.waits(&frames);
    let last = frames.last().and_then(|last| facts.evidence.frames.get(last)?.time);
    // The last copy is known only if all are listed.
    let last = last.filter(|_| !facts.has_more_syn_copies());
    let recorded_on =
        facts.analysis.capture.last_time.zip(last).map(|(end, last)| end - last).filter(|span| span.as_nanos() > 0);
    let finding = Finding::new("unanswered", frames)
        .with("syn", syn)
        .with("copies", handshake.syn_copies.clone())
        .with("more_copies", facts.has_more_syn_copies())
        .with("growth", growth(&waits))
        .with("recorded_on", recorded_on.map_or(Value::Null, |span| span.to_string().into()))
        .with("waits", waits.iter().map(|wait| Value::from(wait.to_string())).collect::<Vec<_>>());
    Some(finding)
}

/// How the times between copies grow; timers are coarse, so that "twice" is 1.8 to 2.2 times.
fn growth(waits: &[Span]) -> Value {
    let tenths = |earlier: &Span, later: &Span| later.as_nanos() * 10 / earlier.as_nanos().max(1);
    let ratios: Vec<i128> =
        waits.iter().zip(waits.iter().skip(1)).map(|(earlier, later)| tenths(earlier, later)).collect();
    if ratios.is_empty() {
        return Value::Null;
    }
    if ratios.iter().all(|ratio| (18..=22).contains(ratio)) {
        return "doubling".into();
    }
    let overall = waits.first().zip(waits.last()).map_or(0, |(first, last)| tenths(first, last));
    let never_shrinks = ratios.iter().all(|ratio| *ratio >= 9);
    if never_shrinks && overall >= 18 { "growing".into() } else { Value::Null }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_read_from_the_times() {
        let check = |milliseconds: &[i128], expected: Value| {
            let waits: Vec<Span> = milliseconds.iter().map(|ms| Span::from_nanos(ms * 1_000_000)).collect();
            assert_eq!(growth(&waits), expected, "{milliseconds:?}");
        };
        check(&[1024, 2047, 4096], "doubling".into());
        check(&[1000, 1000, 1010, 2020], "growing".into());
        check(&[1000, 1000], Value::Null);
        check(&[3000], Value::Null);
        check(&[4000, 1000, 9000], Value::Null);
    }
}
