//! `idle_timeout` [from, fin, `last_data`, idle, bare, response, timeout, others]: the first FIN comes long after the last data, as when a
//! program closes an idle persistent connection.
//!
//! `idle`: seconds from the last segment with data to the FIN; `bare` segments without data lie between. `timeout`: the seconds of
//! `Keep-Alive: timeout=` in `response`, only when `idle` agrees with it. `others`: connections of the same client and server on which the
//! same side's FIN comes after nearly the same time, with the last response of each. A client that closes needs one of the two: on its
//! own it may just as well have been told to. Frames: last data, FIN, and those of the others.

use serde_json::{Value, json};

use super::{Rank, Rule, Tone, not_persistent};
use crate::analysis::model::{Analysis, Application, Connection, Side, StepKind};
use crate::evidence::BeforeClose;
use crate::report::Facts;
use crate::report::model::Finding;
use crate::time::Span;

/// A shorter pause is a round trip, or work.
const SHORTEST: Span = Span::from_nanos(1_000_000_000);
/// How much later than announced a server may close, in nanoseconds: some look once a second.
const LATE: i128 = 1_000_000_000;
/// How much earlier than announced, as a part of it: the capture sees the data later than the server did.
const EARLY_PART: i128 = 5;
/// How far the idle times of two connections may be apart, as a part of one.
const NEAR_PART: i128 = 10;
/// Connections that are compared; browsers open six to a host.
const MAX_OTHERS: usize = 8;

pub(super) const RULE: Rule = Rule { rank: Rank::AfterClose, tone: Tone::Note, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let connection = facts.connection.filter(|connection| connection.application == Application::Http)?;
    let closing = connection.close.steps.first().filter(|step| step.step == StepKind::Fin)?;
    let candidates = candidates(facts.analysis, connection, closing.from);
    if facts.is_first_pass() {
        return Some(Finding::new("idle_timeout", candidates.iter().flat_map(|other| [other.response, other.fin])));
    }
    let before = facts.evidence.before_close.filter(|before| before.frame == closing.frame)?;
    let idle = facts.wait(before.last_data, before.frame).filter(|idle| *idle >= SHORTEST)?;
    if !ends_with_a_response(facts, &before) || not_persistent::RULE.is_found(facts) {
        return None;
    }
    let announced = facts.response_field("keep-alive").and_then(|value| timeout(&value));
    let agrees = announced.filter(|seconds| agrees_with(idle, *seconds));
    let others: Vec<Value> = candidates
        .iter()
        .filter_map(|other| {
            let wait = facts.wait(other.response, other.fin).filter(|wait| are_near(idle, *wait))?;
            Some(json!({ "stream": other.stream, "response": other.response, "fin": other.fin, "idle": wait.to_string() }))
        })
        .collect();
    let unsupported = agrees.is_none() && others.is_empty();
    let contradicted = agrees.is_none() && announced.is_some();
    if contradicted || (unsupported && closing.from == Side::Client) {
        return None;
    }
    let of_others = candidates.iter().filter(|other| others.iter().any(|shown| shown["stream"] == other.stream));
    let frames = [before.last_data, before.frame].into_iter();
    let frames = frames.chain(of_others.flat_map(|other| [other.response, other.fin]));
    let response = facts.exchange.and_then(|exchange| exchange.response.as_ref());
    let finding = Finding::new("idle_timeout", frames)
        .with("from", closing.from.name())
        .with("fin", closing.frame)
        .with("last_data", before.last_data)
        .with("idle", idle.to_string())
        .with("bare", before.bare_segments)
        .with("response", response.map_or(Value::Null, |response| response.first_frame.into()))
        .with("timeout", agrees.map_or(Value::Null, Value::from))
        .with("others", others);
    Some(finding)
}

/// Whether the last data belong to a response, so that nothing was under way when the connection was closed.
fn ends_with_a_response(facts: &Facts<'_>, before: &BeforeClose) -> bool {
    let sender = facts.evidence.frames.get(&before.last_data).and_then(|frame| frame.from);
    let last = facts
        .analysis
        .exchanges
        .iter()
        .rfind(|exchange| facts.connection.is_some_and(|connection| connection.stream == exchange.stream));
    let response = last.and_then(|exchange| exchange.response.as_ref()).filter(|response| response.complete);
    // A body that only the FIN ends was under way until then.
    let ended = response.and_then(|response| response.frame).is_some_and(|frame| frame <= before.last_data);
    sender == Some(Side::Server) && ended
}

/// The seconds of `timeout=` in a Keep-Alive field.
fn timeout(value: &str) -> Option<u32> {
    let mut parameters = value.split(',').filter_map(|parameter| parameter.trim().split_once('='));
    parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("timeout"))?.1.trim().parse().ok()
}

/// Whether an idle time is what a time-out of so many seconds leads to.
fn agrees_with(idle: Span, seconds: u32) -> bool {
    let announced = i128::from(seconds) * 1_000_000_000;
    (announced - announced / EARLY_PART..=announced + LATE).contains(&idle.as_nanos())
}

/// Whether two connections were idle for nearly the same time.
fn are_near(idle: Span, other: Span) -> bool {
    (idle - other).as_nanos().abs() <= idle.as_nanos() / NEAR_PART
}

/// A connection whose close may have the same cause.
#[derive(Debug)]
struct Other {
    stream: u32,
    response: u64,
    fin: u64,
}

/// The other connections between the two that the same side closed first, after a complete response.
fn candidates(analysis: &Analysis, this: &Connection, side: Side) -> Vec<Other> {
    let others = analysis.connections.iter().filter(|other| {
        other.stream != this.stream && other.client.ip == this.client.ip && other.server == this.server
    });
    others
        .filter_map(|other| {
            let fin = other.close.steps.first().filter(|step| step.step == StepKind::Fin && step.from == side)?.frame;
            let last = analysis.exchanges_of(other.stream).last()?;
            let response = last.response.as_ref()?.frame?;
            (response < fin).then_some(Other { stream: other.stream, response, fin })
        })
        .take(MAX_OTHERS)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_is_read_from_its_parameter() {
        assert_eq!(timeout("timeout=5, max=100"), Some(5));
        assert_eq!(timeout("max=100, Timeout = 15"), Some(15));
        assert_eq!(timeout("300"), None);
    }

    #[test]
    fn near_is_measured_by_the_time_itself() {
        let ms = |ms: i128| Span::from_nanos(ms * 1_000_000);
        assert!(agrees_with(ms(4943), 5) && agrees_with(ms(5990), 5));
        assert!(!agrees_with(ms(1100), 2) && !agrees_with(ms(3900), 5) && !agrees_with(ms(6100), 5));
        assert!(are_near(ms(5006), ms(5008)) && are_near(ms(1200), ms(1290)));
        assert!(!are_near(ms(1200), ms(300)) && !are_near(ms(1200), ms(1900)));
    }
}
