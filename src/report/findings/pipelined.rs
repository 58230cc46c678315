//! `pipelined` [pairs: [{request, next, response}], count]: a request was sent before the response to the one before it had begun (RFC 9112, 9.3.2).
//!
//! `pairs`: first frames of a request, of the next one, and of the first one's response. Frames: those of the first few.

use serde_json::{Value, json};

use super::{Rank, Rule, Tone};
use crate::analysis::model::Exchange;
use crate::report::Facts;
use crate::report::model::Finding;

/// Pairs that are listed.
const MAX_PAIRS: usize = 3;

pub(super) const RULE: Rule = Rule { rank: Rank::Connection, tone: Tone::Note, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let stream = facts.exchange?.stream;
    let on_connection: Vec<&Exchange> =
        facts.analysis.exchanges.iter().filter(|exchange| exchange.stream == stream).collect();
    let pairs: Vec<[u64; 3]> = on_connection
        .windows(2)
        .filter_map(|pair| match pair {
            [one, next] => {
                Some([one.request.first_frame, next.request.first_frame, one.response.as_ref()?.first_frame])
            }
            _ => None,
        })
        .filter(|[_, next, response]| next < response)
        .collect();
    if pairs.is_empty() {
        return None;
    }
    let listed = || pairs.iter().take(MAX_PAIRS);
    let values: Vec<Value> = listed()
        .map(|[request, next, response]| json!({ "request": request, "next": next, "response": response }))
        .collect();
    let mut frames: Vec<u64> = listed().flatten().copied().collect();
    frames.sort_unstable();
    frames.dedup();
    Some(Finding::new("pipelined", frames).with("pairs", values).with("count", pairs.len()))
}
