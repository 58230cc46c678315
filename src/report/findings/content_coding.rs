//! `content_coding` [frame, `first_frame`, coding, transferred, decoded, undecoded, percent, saved, `content_length`]: the response's content was coded, mostly to
//! make it smaller.
//!
//! `percent`: transferred of decoded bytes; `saved`: bytes that the coding saved, `null` when it saved none. Frames: the response's first, which holds the header, and the one that completes it.

use serde_json::Value;

use super::{Rank, Rule, Tone};
use crate::report::Facts;
use crate::report::model::Finding;

pub(super) const RULE: Rule = Rule { rank: Rank::Content, tone: Tone::Note, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let response = facts.exchange?.response.as_ref()?;
    let coding = response.content_encoding.as_ref()?.lossy();
    let body = facts.evidence.response_body.as_ref()?;
    let names_one =
        coding.split(',').map(str::trim).any(|name| !name.is_empty() && !name.eq_ignore_ascii_case("identity"));
    if !names_one || !response.complete || body.transferred == 0 {
        return None;
    }
    let percent = body.decoded.and_then(|decoded| (body.transferred * 100 + decoded / 2).checked_div(decoded));
    let saved = body.decoded.and_then(|decoded| decoded.checked_sub(body.transferred)).filter(|saved| *saved > 0);
    let length = facts.response_field("content-length").and_then(|length| length.parse::<u64>().ok());
    let frame = response.frame.unwrap_or(response.first_frame);
    let finding = Finding::new("content_coding", [response.first_frame, frame])
        .with("frame", frame)
        .with("first_frame", response.first_frame)
        .with("coding", coding.as_ref())
        .with("transferred", body.transferred)
        .with("decoded", body.decoded.map_or(Value::Null, Value::from))
        .with("undecoded", serde_json::to_value(body.undecoded).unwrap_or(Value::Null))
        .with("percent", percent.map_or(Value::Null, Value::from))
        .with("saved", saved.map_or(Value::Null, Value::from))
        .with("content_length", length.map_or(Value::Null, Value::from));
    Some(finding)
}
