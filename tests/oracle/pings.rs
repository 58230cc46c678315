//! Echo requests and replies.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::known_differences as known;
use super::tally::Tally;
use super::tshark::{Dissection, Row, print_seconds};

/// Echo requests to one address, as tshark's rows tell them.
#[derive(Debug, Default)]
struct Target<'a> {
    requests: BTreeMap<u64, &'a Row>,
    /// Request frame to reply.
    replies: BTreeMap<u64, &'a Row>,
}

/// Compares the pings.
pub(crate) fn compare(tally: &mut Tally, dissection: &Dissection, analysis: &Value) {
    let targets = targets(dissection);
    let mut seen = BTreeSet::new();
    for ping in analysis.get("pings").and_then(Value::as_array).into_iter().flatten() {
        let address = ping.get("target").and_then(Value::as_str).unwrap_or_default();
        let Some(target) = targets.get(address) else {
            tally.compare("ping", address, Some("there"), None, || None);
            continue;
        };
        seen.insert(address.to_owned());
        compare_target(tally, address, target, ping);
    }
    for (address, target) in targets.iter().filter(|(address, _)| !seen.contains(*address)) {
        let why = || target.requests.values().next().and_then(|row| known::of_frame(row));
        tally.compare("ping", address, None, Some("there"), why);
    }
}

fn compare_target(tally: &mut Tally, address: &str, target: &Target<'_>, ping: &Value) {
    let number = |name: &str| ping.get(name).and_then(Value::as_u64).map(|number| number.to_string());
    let count = |count: usize| Some(count.to_string());
    tally.compare("ping.sent", address, number("sent").as_deref(), count(target.requests.len()).as_deref(), || None);
    tally.compare(
        "ping.received",
        address,
        number("received").as_deref(),
        count(target.replies.len()).as_deref(),
        || None,
    );
    let first = target.replies.values().next().copied();
    let ttl = first.and_then(|row| row.first("ip.ttl").or_else(|| row.first("ipv6.hlim")));
    tally.compare("ping.ttl", address, number("ttl").as_deref(), ttl, || None);
    let (mut frames, mut times) = (Vec::new(), Vec::new());
    for (frame, request) in &target.requests {
        let reply = target.replies.get(frame);
        frames.push(serde_json::json!([frame, reply.map(|reply| reply.number)]));
        let times_of = reply.and_then(|reply| reply.time()).zip(request.time());
        times.push(serde_json::json!(times_of.map(|(end, start)| print_seconds(end - start))));
    }
    let (frames, times) = (Value::from(frames), Value::from(times));
    tally.compare_json("ping.frames", address, ping.get("frames"), &frames, &|_, _, _| None);
    tally.compare_json("ping.rtts", address, ping.get("rtts"), &times, &|_, _, _| None);
}

fn targets(dissection: &Dissection) -> BTreeMap<String, Target<'_>> {
    let rows: BTreeMap<u64, &Row> = dissection.rows.iter().map(|row| (row.number, row)).collect();
    let mut targets: BTreeMap<String, Target<'_>> = BTreeMap::new();
    for row in &dissection.rows {
        let protocols = row.protocols();
        let is_first =
            |name: &str| protocols.iter().filter(|p| matches!(**p, "icmp" | "icmpv6")).count() == 1 && row.has(name);
        let (request, reply_to, destination) = match (row.first("icmp.type"), row.first("icmpv6.type")) {
            (Some("8"), _) if is_first("icmp.type") => (true, None, row.all("ip.dst").last()),
            (Some("0"), _) if is_first("icmp.type") => (false, row.number_of("icmp.resp_to"), None),
            (_, Some("128")) if is_first("icmpv6.type") => (true, None, row.all("ipv6.dst").last()),
            (_, Some("129")) if is_first("icmpv6.type") => (false, row.number_of("icmpv6.resp_to"), None),
            _ => continue,
        };
        if let (true, Some(destination)) = (request, destination) {
            targets.entry(destination.clone()).or_default().requests.insert(row.number, row);
        }
        if let Some((asked, request)) = reply_to.and_then(|frame| Some((frame, *rows.get(&frame)?))) {
            let destination = request.all("ip.dst").last().or_else(|| request.all("ipv6.dst").last());
            if let Some(destination) = destination {
                targets.entry(destination.clone()).or_default().replies.entry(asked).or_insert(row);
            }
        }
    }
    targets
}
