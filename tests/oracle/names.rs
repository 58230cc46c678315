//! Names that DNS answers give: (name, address) pairs, and the frames they come from.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::known_differences as known;
use super::tally::Tally;
use super::text::{as_dns_name, bytes_of};
use super::tshark::{Dissection, Row};

/// Name and address.
type Pair = (String, String);

/// Compares the names.
pub(crate) fn compare(tally: &mut Tally, dissection: &Dissection, analysis: &Value) {
    let mut answers: BTreeMap<Pair, Vec<&Row>> = BTreeMap::new();
    for row in dissection.rows.iter().filter(|row| is_answer(row)) {
        for pair in pairs(row) {
            answers.entry(pair).or_default().push(row);
        }
    }
    let mut seen: BTreeSet<Pair> = BTreeSet::new();
    for name in analysis.get("names").and_then(Value::as_array).into_iter().flatten() {
        let text = bytes_of(name, "name").map(|bytes| as_dns_name(&bytes)).unwrap_or_default();
        let address = name.get("address").and_then(Value::as_str).unwrap_or_default();
        let pair = (text.to_ascii_lowercase(), address.to_owned());
        let key = format!("{} {}", pair.0, pair.1);
        let rows = answers.get(&pair);
        if seen.insert(pair) {
            tally.compare("name", &key, Some("there"), rows.map(|_| "there"), || None);
        }
        let Some(rows) = rows else { continue };
        let frame = name.get("answer_frame").and_then(Value::as_u64);
        let row = rows.iter().find(|row| Some(row.number) == frame);
        let frames: Vec<String> = rows.iter().map(|row| row.number.to_string()).collect();
        let frame = frame.map(|frame| frame.to_string());
        let theirs = if row.is_some() { frame.clone() } else { Some(frames.join(", ")) };
        tally.compare("name.answer_frame", &key, frame.as_deref(), theirs.as_deref(), || None);
        if let Some(row) = row {
            let query = name.get("query_frame").and_then(Value::as_u64);
            let asked = dissection.rows.iter().find(|row| Some(row.number) == query);
            let is_question = asked.is_some_and(|question| asks(question, row));
            let query = query.map(|frame| frame.to_string());
            tally.compare("name.query_frame", &key, query.as_deref(), row.first("dns.response_to"), || {
                is_question.then(|| known::REPEATED_QUERY.to_owned())
            });
        }
    }
    for (pair, rows) in answers.iter().filter(|(pair, _)| !seen.contains(*pair)) {
        let key = format!("{} {} (frame {})", pair.0, pair.1, rows.first().map_or(0, |row| row.number));
        let why = || rows.iter().find_map(|row| known::of_frame(row));
        tally.compare("name", &key, None, Some("there"), why);
    }
}

/// Whether one frame is a query that another one can answer.
fn asks(query: &Row, answer: &Row) -> bool {
    let same = |name: &str| query.first(name) == answer.first(name);
    query.number < answer.number
        && query.first("dns.flags.response") == Some("0")
        && same("dns.id")
        && same("dns.qry.name")
        && query.first("udp.srcport") == answer.first("udp.dstport")
}

/// A DNS response over UDP: multicast DNS and LLMNR are other protocols.
fn is_answer(row: &Row) -> bool {
    row.first("dns.flags.response") == Some("1")
        && row.protocols().windows(2).any(|pair| matches!(pair, ["udp", "dns"]))
}

/// The addresses in the answer section, under the name that was asked for.
fn pairs(row: &Row) -> Vec<Pair> {
    let Some(question) = row.first("dns.qry.name") else {
        return Vec::new();
    };
    let in_answer = row.number_of("dns.count.answers").and_then(|count| usize::try_from(count).ok()).unwrap_or(0);
    let (mut v4, mut v6) = (row.all("dns.a").iter(), row.all("dns.aaaa").iter());
    let kinds = row.all("dns.resp.type").iter().take(in_answer);
    let addresses = kinds.filter_map(|kind| match kind.as_str() {
        "1" => v4.next(),
        "28" => v6.next(),
        _ => None,
    });
    addresses.map(|address| (question.to_ascii_lowercase(), address.clone())).collect()
}
