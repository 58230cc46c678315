//! Echo requests and replies.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::known_differences as known;
use super::tally::Tally;
use super::tshark::{Dissection, Row, parse_number, print_seconds};

/// Echo requests to one address, as tshark's rows tell them.
#[derive(Debug, Default)]
struct Target<'a> {
    requests: BTreeMap<u64, &'a Row>,
    /// Request frame to reply.
    replies: BTreeMap<u64, &'a Row>,
}

impl Target<'_> {
    /// Whether a request was recorded twice: the same identifier, number and IP identification.
    fn has_copies(&self) -> bool {
        let names = ["icmp.ident", "icmp.seq", "ip.id"];
        let seen: BTreeSet<_> = self.requests.values().map(|row| names.map(|name| row.first(name))).collect();
        seen.len() < self.requests.len()
    }
}

/// What wirelab says of one address: its objects taken together, since it may make one of each run of `ping`.
#[derive(Debug, Default)]
struct Said {
    sent: u64,
    received: u64,
    ttl: Option<u64>,
    /// Request, reply and round trip, in order of request.
    trips: Vec<(u64, Value, Value)>,
}

/// Compares the pings.
pub(crate) fn compare(tally: &mut Tally, dissection: &Dissection, analysis: &Value) {
    let mut said: BTreeMap<&str, Said> = BTreeMap::new();
    for ping in analysis.get("pings").and_then(Value::as_array).into_iter().flatten() {
        let address = ping.get("target").and_then(Value::as_str).unwrap_or_default();
        said.entry(address).or_default().add(ping);
    }
    let targets = targets(dissection);
    for (address, said) in &said {
        match targets.get(*address) {
            Some(target) => compare_target(tally, address, target, said),
            None => {
                tally.compare("ping", address, Some("there"), None, || None);
            }
        }
    }
    for (address, target) in targets.iter().filter(|(address, _)| !said.contains_key(address.as_str())) {
        let why = || target.requests.values().next().and_then(|row| known::of_frame(row));
        tally.compare("ping", address, None, Some("there"), why);
    }
}

impl Said {
    fn add(&mut self, ping: &Value) {
        let number = |name: &str| ping.get(name).and_then(Value::as_u64);
        self.sent += number("sent").unwrap_or(0);
        self.received += number("received").unwrap_or(0);
        self.ttl = self.ttl.or_else(|| number("ttl"));
        let items = |name: &str| ping.get(name).and_then(Value::as_array).into_iter().flatten();
        for (frames, time) in items("frames").zip(items("rtts")) {
            let part = |index: usize| frames.get(index).cloned().unwrap_or_default();
            self.trips.push((part(0).as_u64().unwrap_or(0), part(1), time.clone()));
        }
        self.trips.sort_by_key(|trip| trip.0);
    }
}

/// Whether echo requests were recorded twice.
pub(crate) fn has_copies(dissection: &Dissection) -> bool {
    targets(dissection).values().any(Target::has_copies)
}

fn compare_target(tally: &mut Tally, address: &str, target: &Target<'_>, said: &Said) {
    let first = target.replies.values().min_by_key(|row| row.number);
    // Of the header that carries the reply: the innermost of a tunnel.
    let ttl = first.and_then(|row| {
        let name = if row.has("icmpv6.type") { "ipv6.hlim" } else { "ip.ttl" };
        row.all(name).last().and_then(|text| parse_number(text))
    });
    let trip = |(frame, request): (&u64, &&Row)| {
        let reply = target.replies.get(frame);
        let time =
            reply.and_then(|reply| reply.time()).zip(request.time()).map(|(end, start)| print_seconds(end - start));
        json!([frame, reply.map(|reply| reply.number), time])
    };
    let truth = json!({
        "sent": target.requests.len(),
        "received": target.replies.len(),
        "ttl": ttl,
        "trips": target.requests.iter().map(trip).collect::<Vec<_>>(),
    });
    let trips: Vec<Value> = said.trips.iter().map(|(frame, reply, time)| json!([frame, reply, time])).collect();
    let ours = json!({ "sent": said.sent, "received": said.received, "ttl": said.ttl, "trips": trips });
    tally.compare_json("ping", address, Some(&ours), &truth, &|_, _, _| {
        target.has_copies().then(|| known::COPIES.to_owned())
    });
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
            let name = if request.has("icmpv6.type") { "ipv6.dst" } else { "ip.dst" };
            let destination = request.all(name).last();
            if let Some(destination) = destination {
                targets.entry(destination.clone()).or_default().replies.entry(asked).or_insert(row);
            }
        }
    }
    targets
}
