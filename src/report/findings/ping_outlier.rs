//! `ping_outlier` [target, count, request, reply, rtt, median, mean, `mean_without`]: one round trip is far longer than the others.
//!
//! Far: more than twice the median of the others, and further from the longest of them than they are from each other. Times in seconds. Frames:
//! the echo request and its reply.

use super::{Rank, Rule, Tone};
use crate::analysis::model::Ping;
use crate::report::Facts;
use crate::report::model::Finding;
use crate::time::Span;

/// Of fewer round trips none can be called usual.
const FEWEST: usize = 4;
/// A difference that matters at all, in nanoseconds.
const LEAST_DIFFERENCE: i128 = 1_000_000;

pub(super) const RULE: Rule = Rule { rank: Rank::Network, tone: Tone::Note, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    facts.analysis.pings.iter().find_map(outlier)
}

fn outlier(ping: &Ping) -> Option<Finding> {
    let answered = || {
        ping.rtts.iter().zip(&ping.frames).filter_map(|(rtt, (request, reply))| Some(((*rtt)?, *request, (*reply)?)))
    };
    let mut times: Vec<i128> = answered().map(|(rtt, ..)| rtt.as_nanos()).collect();
    if times.len() < FEWEST {
        return None;
    }
    times.sort_unstable();
    let count = times.len();
    let sum: i128 = times.iter().sum();
    let longest = times.pop()?;
    let (shortest, second) = (*times.first()?, *times.last()?);
    let median_of_others = median(&times)?;
    let far = longest > 2 * median_of_others && longest - second > (second - shortest).max(LEAST_DIFFERENCE);
    if !far {
        return None;
    }
    let (rtt, request, reply) = answered().find(|(rtt, ..)| rtt.as_nanos() == longest)?;
    let mean = |sum: i128, count: usize| Some(microseconds(sum / i128::try_from(count).ok()?));
    let finding = Finding::new("ping_outlier", [request, reply])
        .with("target", ping.target.to_string())
        .with("count", count)
        .with("request", request)
        .with("reply", reply)
        .with("rtt", rtt.to_string())
        .with("median", microseconds(median_of_others))
        .with("mean", mean(sum, count)?)
        .with("mean_without", mean(sum - longest, count - 1)?);
    Some(finding)
}

/// The middle of sorted values, or the mean of the two in the middle.
fn median(sorted: &[i128]) -> Option<i128> {
    let upper = sorted.get(sorted.len() / 2)?;
    let lower = sorted.get((sorted.len() - 1) / 2)?;
    Some((lower + upper) / 2)
}

/// A computed time in seconds: no more precise than the capture.
fn microseconds(nanos: i128) -> String {
    Span::from_nanos((nanos + 500) / 1000 * 1000).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ping(milliseconds: &[i128]) -> Ping {
        Ping {
            target: "198.51.100.10".parse().unwrap(),
            sent: milliseconds.len() as u64,
            received: milliseconds.len() as u64,
            ttl: Some(63),
            rtts: milliseconds.iter().map(|ms| Some(Span::from_nanos(ms * 1_000_000))).collect(),
            frames: (0..milliseconds.len() as u64).map(|at| (2 * at + 1, Some(2 * at + 2))).collect(),
        }
    }

    #[test]
    fn one_of_several_is_far_from_the_others() {
        let found = outlier(&ping(&[12, 13, 95, 14])).unwrap();
        assert_eq!(found.frames, [5, 6]);
        assert_eq!(found.params["median"], "0.013000000");
        assert_eq!(found.params["mean"], "0.033500000");
        assert_eq!(found.params["mean_without"], "0.013000000");
        for usual in [&[12, 13, 14][..], &[12, 13, 14, 15], &[10, 40, 70, 100], &[12, 90, 13, 95]] {
            assert_eq!(outlier(&ping(usual)), None, "{usual:?}");
        }
    }
}
