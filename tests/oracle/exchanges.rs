//! HTTP exchanges: the messages that tshark labels, paired, against wirelab's pairs.

use std::collections::{BTreeMap, HashMap, VecDeque};

use serde_json::{Value, json};

use super::known_differences as known;
use super::messages::{Conversation, Message, Pair, conversation};
use super::segments::{Stream, is_cut};
use super::tally::Tally;
use super::text::{as_ascii_field, bytes_of};
use super::tshark::{parse_number, print_seconds};

/// What wirelab says of the HTTP of one stream.
#[derive(Debug)]
struct Said<'v> {
    exchanges: Vec<&'v Value>,
    orphans: Vec<&'v Value>,
}

impl<'v> Said<'v> {
    fn of(analysis: &'v Value, number: u64) -> Self {
        let mine = |name: &str| -> Vec<&'v Value> {
            let all = analysis.get(name).and_then(Value::as_array).into_iter().flatten();
            all.filter(|value| value.get("stream").and_then(Value::as_u64) == Some(number)).collect()
        };
        Said { exchanges: mine("exchanges"), orphans: mine("orphan_responses") }
    }
}

/// wirelab's stream numbers are wirelab's: its connections tell which frame begins which.
fn numbers(analysis: &Value) -> HashMap<u64, u64> {
    let connections = analysis.get("connections").and_then(Value::as_array).into_iter().flatten();
    connections.filter_map(|c| Some((c.get("first_frame")?.as_u64()?, c.get("stream")?.as_u64()?))).collect()
}

/// Compares the exchanges and orphan responses.
pub(crate) fn compare(tally: &mut Tally, streams: &[Stream<'_>], analysis: &Value) {
    let numbers = numbers(analysis);
    for stream in streams {
        let Some(number) = numbers.get(&stream.first_frame()) else {
            continue;
        };
        compare_stream(tally, stream, &Said::of(analysis, *number));
    }
}

fn compare_stream(tally: &mut Tally, stream: &Stream<'_>, said: &Said<'_>) {
    let (exchanges, orphans) = (&said.exchanges, &said.orphans);
    let conversation = conversation(stream);
    let unlabelled = conversation.is_empty();
    let mut ours: BTreeMap<u64, VecDeque<&Value>> = BTreeMap::new();
    for exchange in exchanges.iter().copied() {
        // A request that is not complete has no frame: tshark shows none either.
        if let Some(frame) = exchange.pointer("/request/frame").and_then(Value::as_u64) {
            ours.entry(frame).or_default().push_back(exchange);
        }
    }
    let all_complete = ours.values().map(VecDeque::len).sum::<usize>() == exchanges.len();
    for (index, pair) in conversation.pairs.iter().enumerate() {
        let key = format!("stream {} request in frame {}", stream.number, pair.request.frame());
        let found = ours.get_mut(&pair.request.frame()).and_then(VecDeque::pop_front);
        let why = || known::of_message(stream, pair.request.row);
        tally.compare("exchange", &key, found.map(|_| "there"), Some("there"), why);
        let Some(found) = found else { continue };
        if all_complete && conversation.later.is_empty() {
            tally.compare_json("exchange.index", &key, found.get("index"), &json!(index + 1), &|_, _, _| None);
        }
        compare_request(tally, &key, found, &pair.request, stream);
        compare_answer(tally, &key, found, pair, stream);
    }
    for (frame, rest) in ours {
        for _ in rest {
            let key = format!("stream {} request in frame {frame}", stream.number);
            let later = conversation.later.iter().any(|message| message.frame() == frame);
            let why = || known::of_unlabelled(stream, unlabelled, later);
            tally.compare("exchange", &key, Some("there"), None, why);
        }
    }
    compare_orphans(tally, stream, &conversation, orphans, unlabelled);
}

fn compare_orphans(
    tally: &mut Tally,
    stream: &Stream<'_>,
    conversation: &Conversation<'_>,
    orphans: &[&Value],
    unlabelled: bool,
) {
    let mut ours: Vec<(u64, &Value)> =
        orphans.iter().filter_map(|o| Some((o.get("frame").and_then(Value::as_u64)?, *o))).collect();
    for orphan in &conversation.orphans {
        let key = format!("stream {} response in frame {}", stream.number, orphan.frame());
        let at = ours.iter().position(|(frame, _)| *frame == orphan.frame());
        let found = at.map(|at| ours.remove(at).1);
        let why = || known::of_message(stream, orphan.row);
        tally.compare("orphan", &key, found.map(|_| "there"), Some("there"), why);
        if let Some(found) = found {
            compare_response(tally, &key, found, orphan, stream);
        }
    }
    for (frame, _) in ours {
        let key = format!("stream {} response in frame {frame}", stream.number);
        tally.compare("orphan", &key, Some("there"), None, || known::of_unlabelled(stream, unlabelled, false));
    }
}

fn compare_request(tally: &mut Tally, key: &str, exchange: &Value, request: &Message<'_>, stream: &Stream<'_>) {
    let Some(ours) = exchange.get("request") else {
        return;
    };
    let line = |name: &str| bytes_of(ours, name).map(|bytes| as_ascii_field(&bytes)).filter(|text| !text.is_empty());
    let (target, version) = (line("target"), line("version"));
    let theirs = (request.line("http.request.uri"), request.line("http.request.version"));
    // tshark splits at the first two spaces, the contract at the first and last.
    let join = |a: Option<&str>, b: Option<&str>| format!("{} {}", a.unwrap_or_default(), b.unwrap_or_default());
    let same_line = join(target.as_deref(), version.as_deref()).trim() == join(theirs.0, theirs.1).trim();
    let spaced = || same_line.then(|| known::SPACES_IN_TARGET.to_owned());
    tally.compare("exchange.request.target", key, target.as_deref(), theirs.0.filter(|t| !t.is_empty()), spaced);
    tally.compare("exchange.request.version", key, version.as_deref(), theirs.1.filter(|t| !t.is_empty()), spaced);
    let method = line("method");
    tally.compare("exchange.request.method", key, method.as_deref(), request.line("http.request.method"), || None);
    compare_header(tally, key, "exchange.request.host", ours, "host", "http.host", request);
    compare_extent(tally, key, "exchange.request", ours, request, stream);
}

fn compare_answer(tally: &mut Tally, key: &str, exchange: &Value, pair: &Pair<'_>, stream: &Stream<'_>) {
    let ours = exchange.get("response").filter(|response| !response.is_null());
    let frame = ours.and_then(|response| response.get("frame")).and_then(Value::as_u64).map(|frame| frame.to_string());
    let theirs = pair.response.map(|response| response.frame().to_string());
    let why = || {
        pair.response.map_or_else(|| known::of_unanswered(stream), |response| known::of_message(stream, response.row))
    };
    tally.compare("exchange.response.frame", key, frame.as_deref(), theirs.as_deref(), why);
    let same_frame = frame == theirs;
    if let (Some(ours), Some(response), true) = (ours, &pair.response, same_frame) {
        compare_response(tally, key, ours, response, stream);
        let time = response.row.time().zip(pair.request.row.time()).map(|(end, start)| print_seconds(end - start));
        tally.compare("exchange.time", key, exchange.get("time").and_then(Value::as_str), time.as_deref(), || None);
        let interim: Vec<Value> =
            pair.interim.iter().map(|m| json!({ "status": m.status(), "frame": m.frame() })).collect();
        tally.compare_json("exchange.response.interim", key, ours.get("interim"), &json!(interim), &|_, _, _| {
            (response.in_frame > 1).then(|| known::SHARED_FRAME.to_owned())
        });
    }
}

fn compare_response(tally: &mut Tally, key: &str, ours: &Value, response: &Message<'_>, stream: &Stream<'_>) {
    let status = ours.get("status").and_then(Value::as_u64).map(|status| status.to_string());
    let theirs = response.line("http.response.code");
    tally.compare("exchange.response.status", key, status.as_deref(), theirs, || None);
    let line = |name: &str| bytes_of(ours, name).map(|bytes| as_ascii_field(&bytes)).filter(|text| !text.is_empty());
    tally.compare(
        "exchange.response.version",
        key,
        line("version").as_deref(),
        response.line("http.response.version"),
        || None,
    );
    if response.in_frame == 1 {
        tally.compare(
            "exchange.response.reason",
            key,
            line("reason").as_deref(),
            response.line("http.response.phrase"),
            || None,
        );
    }
    for (name, field) in [
        ("content_type", "http.content_type"),
        ("content_encoding", "http.content_encoding"),
        ("transfer_encoding", "http.transfer_encoding"),
    ] {
        compare_header(tally, key, &format!("exchange.response.{name}"), ours, name, field, response);
    }
    compare_extent(tally, key, "exchange.response", ours, response, stream);
}

/// A header field; blanks around it are no part of the value, whatever tshark keeps.
fn compare_header(
    tally: &mut Tally,
    key: &str,
    kind: &str,
    ours: &Value,
    name: &str,
    field: &str,
    message: &Message<'_>,
) {
    if message.in_frame > 1 {
        return;
    }
    let trimmed = |text: &str| text.trim_matches([' ', '\t']).trim_end_matches("\\t").trim_end().to_owned();
    let mine = bytes_of(ours, name).map(|bytes| trimmed(&as_ascii_field(&bytes))).filter(|text| !text.is_empty());
    let theirs: Vec<String> = message.row.all(field).iter().map(|text| trimmed(text)).collect();
    let one = match theirs.as_slice() {
        [] => None,
        [one] => Some(one.clone()).filter(|text| !text.is_empty()),
        // Repeated: any one of them, or all joined, is what the message says.
        several => mine.clone().filter(|mine| several.contains(mine)).or_else(|| Some(several.join(", "))),
    };
    tally.compare(kind, key, mine.as_deref(), one.as_deref(), || None);
}

/// First frame and length of a message.
fn compare_extent(tally: &mut Tally, key: &str, kind: &str, ours: &Value, message: &Message<'_>, stream: &Stream<'_>) {
    if message.in_frame > 1 || message.row.all("tcp.reassembled.length").len() > 1 {
        return;
    }
    let row = message.row;
    let first = message.first_frame();
    let cut = || known::of_cut(stream, row);
    tally.compare_json(&format!("{kind}.first_frame"), key, ours.get("first_frame"), &json!(first), &|_, _, _| cut());
    let payload = row.number_of("tcp.reassembled.length").or_else(|| row.number_of("tcp.len"));
    let size = |name: &str| ours.get(name).and_then(Value::as_u64);
    let (head, body) = (size("header_bytes"), size("body_bytes"));
    let chunks: Vec<u64> = row.all("http.chunk_size").iter().filter_map(|text| parse_number(text)).collect();
    let number = |value: Option<u64>| value.map(|value| value.to_string());
    if !chunks.is_empty() {
        let sum = number(Some(chunks.iter().sum()));
        tally.compare(&format!("{kind}.body_bytes (chunks)"), key, number(body).as_deref(), sum.as_deref(), || None);
    } else if !is_cut(row) {
        let sum = head.zip(body).map(|(head, body)| head + body);
        let why = || known::of_extent(row, body, sum.zip(payload).is_some_and(|(ours, theirs)| ours < theirs));
        let kind = format!("{kind}.header_bytes + body_bytes");
        tally.compare(&kind, key, number(sum).as_deref(), number(payload).as_deref(), why);
    }
}
