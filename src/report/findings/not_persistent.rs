//! `not_persistent` [`request_close`, `request_frame`, `response_close`, `response_frame`, http10, `until_close`, frame]: the messages say that the connection
//! serves this exchange only, or the body ends where the connection does (RFC 9112, 6.3 and 9.3).
//!
//! `request_close`, `response_close`: Connection: close. `http10`: the response is HTTP/1.0 and does not say keep-alive. `until_close`: neither Content-Length
//! nor chunks tell where the body ends; then `frame` completes it. Frames: request, response's first, `frame`.

use serde_json::Value;

use super::{Rank, Rule, Tone};
use crate::analysis::model::{Exchange, Response};
use crate::report::Facts;
use crate::report::fields::lists;
use crate::report::model::Finding;

pub(super) const RULE: Rule = Rule { rank: Rank::AfterClose, tone: Tone::Note, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let exchange = facts.exchange?;
    let response = exchange.response.as_ref()?;
    // Without it nothing is known of the fields.
    facts.evidence.response.as_ref()?;
    let request_close = lists(&facts.request_fields("connection"), "close");
    let connection = facts.response_fields("connection");
    let response_close = lists(&connection, "close");
    let http10 = response.version.lossy() == "HTTP/1.0" && !lists(&connection, "keep-alive");
    let ends_by_close = response.frame.filter(|_| response.complete && is_until_close(facts, exchange, response));
    if !request_close && !response_close && !http10 && ends_by_close.is_none() {
        return None;
    }
    let request = facts.request_frame()?;
    let frames = [request, response.first_frame].into_iter().chain(ends_by_close);
    let finding = Finding::new("not_persistent", frames)
        .with("request_close", request_close)
        .with("request_frame", request)
        .with("response_close", response_close)
        .with("response_frame", response.first_frame)
        .with("http10", http10)
        .with("until_close", ends_by_close.is_some())
        .with("frame", ends_by_close.map_or(Value::Null, Value::from));
    Some(finding)
}

/// Whether only the close of the connection ends the response's body.
fn is_until_close(facts: &Facts<'_>, exchange: &Exchange, response: &Response) -> bool {
    let method = exchange.request.method.lossy();
    let has_content = response.status >= 200 && !matches!(response.status, 204 | 304) && method != "HEAD";
    let tunnel = method == "CONNECT" && response.status < 300;
    let chunked = response.transfer_encoding.as_ref().is_some_and(|coding| {
        coding.lossy().rsplit(',').next().is_some_and(|last| last.trim().eq_ignore_ascii_case("chunked"))
    });
    has_content && !tunnel && !chunked && facts.response_field("content-length").is_none()
}
