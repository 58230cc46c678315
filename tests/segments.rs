//! Segments in any order, repeated, cut and overlapping carry the same byte streams, and so the same exchanges.
//!
//! A conversation is a sequence of flights: requests, then their responses. What the other side sends next it sends because of
//! what it received, so that a flight is captured after the one that it answers; within a flight any order goes, and copies of anything
//! that was sent before may stand anywhere. Across directions a request may stand before responses to earlier requests.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]

mod support;

use proptest::prelude::*;
use serde_json::{Value, json};
use support::link::Link;
use support::wire::{self, Ip, Pcap, Tcp, flag};
use wirelab::analysis::analyse;
use wirelab::capture::{Bytes, CaptureError};
use wirelab::evidence;
use wirelab::select::Preferences;
use wirelab::text::to_json;

const CLIENT: usize = 0;
const SERVER: usize = 1;

/// A request and its response, as bytes.
#[derive(Debug, Clone)]
struct Exchange {
    request: Vec<u8>,
    response: Vec<u8>,
}

/// How the exchanges are sent.
#[derive(Debug, Clone)]
struct Conversation {
    /// Exchanges of each flight; several are pipelined.
    flights: Vec<Vec<Exchange>>,
    /// Whether the last response ends with the connection.
    until_close: bool,
    isns: [u32; 2],
}

/// A segment with data: its sender, its place in that byte stream, and whether it carries the FIN.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Segment {
    from: usize,
    start: usize,
    data: Vec<u8>,
    fin: bool,
    /// Bytes of the other side that its sender has received.
    received: usize,
}

/// Numbers that follow from a seed.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at + 1));
        }
    }
}

fn text(length: usize) -> Vec<u8> {
    b"It works, says \xe8\xa5\xbf.\r\n".iter().copied().cycle().take(length).collect()
}

fn exchange(kind: u8, index: usize, sent: usize, received: usize) -> Exchange {
    let (body, content) = (text(sent), text(received));
    let post = || {
        let head = format!("POST /{index} HTTP/1.1\r\nHost: a\r\nContent-Length: {sent}\r\n\r\n");
        [head.as_bytes(), &body].concat()
    };
    let get = |method: &str| format!("{method} /{index} HTTP/1.1\r\nHost: a\r\nX-Fold: a\r\n b\r\n\r\n").into_bytes();
    let plain = |status: &str| {
        let head = format!("HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {received}\r\n\r\n");
        head.into_bytes()
    };
    let chunked = || {
        let mut all = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
        for chunk in content.chunks(700) {
            all.extend(format!("{:x};x=y\r\n", chunk.len()).into_bytes());
            all.extend(chunk);
            all.extend(b"\r\n");
        }
        all.extend(b"0\r\nTrailer: x\r\n\r\n");
        all
    };
    match kind {
        0 => Exchange { request: get("GET"), response: [plain("200 OK"), content].concat() },
        1 => Exchange { request: get("GET"), response: chunked() },
        2 => Exchange { request: get("HEAD"), response: plain("200 OK") },
        3 => Exchange { request: get("GET"), response: plain("304 Not Modified") },
        4 => Exchange { request: post(), response: b"HTTP/1.1 204 No Content\r\n\r\n".to_vec() },
        _ => Exchange {
            request: post(),
            response: [b"HTTP/1.1 103 Early Hints\r\n\r\n".to_vec(), plain("404 Not Found"), content].concat(),
        },
    }
}

/// One side's bytes of a flight: sender, place, bytes, and how many the peer had sent before.
type Sent = (usize, usize, Vec<u8>, usize);

/// The bytes of each flight in order, and how many each side sent in all.
fn flights(conversation: &Conversation) -> (Vec<Sent>, [usize; 2]) {
    let mut sent = [0, 0];
    let mut all = Vec::new();
    for flight in &conversation.flights {
        for from in [CLIENT, SERVER] {
            let messages = flight.iter().map(|one| if from == CLIENT { &one.request } else { &one.response });
            let bytes: Vec<u8> = messages.flatten().copied().collect();
            let length = bytes.len();
            all.push((from, sent[from], bytes, sent[1 - from]));
            sent[from] += length;
        }
    }
    if conversation.until_close {
        let last = b"HTTP/1.0 200 OK\r\n\r\nuntil the end".to_vec();
        let request = b"GET /last HTTP/1.0\r\n\r\n".to_vec();
        all.push((CLIENT, sent[CLIENT], request.clone(), sent[SERVER]));
        sent[CLIENT] += request.len();
        all.push((SERVER, sent[SERVER], last.clone(), sent[CLIENT]));
        sent[SERVER] += last.len();
    }
    (all, sent)
}

/// The segments of the plain order: nothing repeated, each flight in segments of at most `size` bytes, then the FINs.
fn plain(conversation: &Conversation, size: usize) -> Vec<Segment> {
    let (flights, sent) = flights(conversation);
    let mut segments = Vec::new();
    for (from, start, bytes, received) in flights {
        let mut at = start;
        for data in bytes.chunks(size) {
            segments.push(Segment { from, start: at, data: data.to_vec(), fin: false, received });
            at += data.len();
        }
    }
    for (from, received) in [(SERVER, sent[CLIENT]), (CLIENT, sent[SERVER] + 1)] {
        segments.push(Segment { from, start: sent[from], data: Vec::new(), fin: true, received });
    }
    segments
}

/// The same bytes in segments of any size, each flight in any order within `reach` places, with copies of what was sent before.
fn stirred(conversation: &Conversation, seed: u64, reach: usize) -> Vec<Segment> {
    let mut random = Random(seed | 1);
    let (flights, sent) = flights(conversation);
    let mut segments: Vec<Segment> = Vec::new();
    let last_of_server = flights.iter().rposition(|(from, ..)| *from == SERVER).unwrap();
    for (place, (from, start, bytes, received)) in flights.iter().enumerate() {
        let mut flight = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            let take = (1 + random.below(600)).min(bytes.len() - at);
            // Some begin earlier: they repeat bytes of the segment before.
            let back = if random.below(4) == 0 { random.below(at.min(300) + 1) } else { 0 };
            let data = bytes[at - back..at + take].to_vec();
            flight.push(Segment { from: *from, start: start + at - back, data, fin: false, received: *received });
            at += take;
        }
        if place == last_of_server {
            let fin = Segment { from: SERVER, start: sent[SERVER], data: Vec::new(), fin: true, received: *received };
            match flight.last_mut().filter(|_| random.below(2) == 0) {
                Some(last) => last.fin = true,
                None => flight.push(fin),
            }
        }
        for part in flight.chunks_mut(reach) {
            random.shuffle(part);
        }
        for segment in flight {
            segments.push(segment);
            if random.below(3) == 0 {
                let again = segments[random.below(segments.len())].clone();
                segments.push(again);
            }
        }
    }
    let received = sent[SERVER] + 1;
    segments.push(Segment { from: CLIENT, start: sent[CLIENT], data: Vec::new(), fin: true, received });
    segments
}

/// The same segments with those of the client moved up to `reach` places forwards, past segments of the server and its own: a client that sends its
/// requests before the responses to earlier ones have arrived. Each acknowledges what the capture holds of the other side before it.
///
/// Of the answer nothing may change then. It need not stay the same when a segment stands before bytes that it acknowledges: those count as
/// sent and not captured once a gap is given up, and a response before its request has none that it could belong to.
fn hurried(segments: &[Segment], seed: u64, reach: usize) -> Vec<Segment> {
    let mut random = Random(seed | 1);
    let mut moved: Vec<Segment> = Vec::new();
    for segment in segments {
        let places = if segment.from == CLIENT && !segment.fin { random.below(reach.min(moved.len()) + 1) } else { 0 };
        moved.insert(moved.len() - places, segment.clone());
    }
    let mut arrived: Vec<(usize, usize)> = Vec::new();
    for segment in &mut moved {
        if segment.from == SERVER {
            arrived.push((segment.start, segment.start + segment.data.len()));
        } else if !segment.fin {
            segment.received = segment.received.min(in_order(&mut arrived));
        }
    }
    moved
}

/// How many bytes there are without a gap from the first on.
fn in_order(ranges: &mut [(usize, usize)]) -> usize {
    ranges.sort_unstable();
    ranges.iter().fold(0, |end, range| if range.0 <= end { end.max(range.1) } else { end })
}

/// The capture: a handshake, the segments, and the last acknowledgment.
fn capture(conversation: &Conversation, segments: &[Segment]) -> Vec<u8> {
    let addresses = ["192.0.2.100", "198.51.100.10"].map(|address| address.parse().unwrap());
    let ports = [50_000, 80];
    let mut pcap = Pcap::new(Link::named("raw").unwrap(), 262_144);
    let mut id = 0;
    let mut add = |from: usize, flags: u8, sequence: u32, acknowledgment: u32, payload: Vec<u8>| {
        id += 1;
        let to = 1 - from;
        let (source, destination) = (addresses[from], addresses[to]);
        let ip = Ip { source, destination, ttl: 64, id, dont_fragment: true, tos: 0, protocol: 6, offload: false };
        let tcp = Tcp {
            ports: (ports[from], ports[to]),
            sequence,
            acknowledgment,
            flags,
            window: 65_000,
            options: Vec::new(),
            payload,
        };
        pcap.add(u64::from(id) * 1_000_000, &wire::ip(&ip, &wire::tcp(&ip, &tcp)));
    };
    let number = |from: usize, offset: usize| {
        conversation.isns[from].wrapping_add(1).wrapping_add(u32::try_from(offset).unwrap())
    };
    add(CLIENT, flag::SYN, conversation.isns[CLIENT], 0, Vec::new());
    add(SERVER, flag::SYN | flag::ACK, conversation.isns[SERVER], number(CLIENT, 0), Vec::new());
    add(CLIENT, flag::ACK, number(CLIENT, 0), number(SERVER, 0), Vec::new());
    for segment in segments {
        let flags = flag::ACK | if segment.fin { flag::FIN } else { 0 };
        let acknowledgment = number(1 - segment.from, segment.received);
        add(segment.from, flags, number(segment.from, segment.start), acknowledgment, segment.data.clone());
    }
    let sent = segments.iter().filter(|segment| segment.from == CLIENT).map(|s| s.start + s.data.len()).max().unwrap();
    let received =
        segments.iter().filter(|segment| segment.from == SERVER).map(|s| s.start + s.data.len()).max().unwrap();
    add(SERVER, flag::ACK, number(SERVER, received + 1), number(CLIENT, sent + 1), Vec::new());
    pcap.finish()
}

/// What a capture says of its exchanges: everything but frames and times.
fn said(data: &[u8]) -> Value {
    let survey = analyse(&Bytes { name: "segments", data }, &Preferences::default()).unwrap();
    let analysis = to_json(&survey.analysis).unwrap();
    let connection = &analysis["connections"][0];
    let exchanges: Vec<Value> = analysis["exchanges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|exchange| {
            let (request, response) = (&exchange["request"], &exchange["response"]);
            let part = |message: &Value, keys: &[&str]| keys.iter().map(|key| message[key].clone()).collect::<Vec<_>>();
            let interim: Vec<_> =
                response["interim"].as_array().into_iter().flatten().map(|one| one["status"].clone()).collect();
            json!([
                part(request, &["method", "target", "complete", "header_bytes", "body_bytes"]),
                part(response, &["status", "reason", "complete", "header_bytes", "body_bytes"]),
                interim,
            ])
        })
        .collect();
    json!({
        "exchanges": exchanges,
        "orphans": analysis["orphan_responses"].as_array().unwrap().len(),
        "connections": analysis["connections"].as_array().unwrap().len(),
        "bytes": [connection["client_bytes"], connection["server_bytes"], connection["missing_bytes"]],
        "closed": connection["close"]["complete"],
        "diagnostics": analysis["diagnostics"].as_array().unwrap().iter().map(|one| &one["code"]).filter(|code| *code != "http.irregular_head").collect::<Vec<_>>(),
    })
}

/// What the second walk puts together: the values of the fields of every message, bodies included, but of those derived from others.
fn put_together(data: &[u8]) -> Vec<String> {
    let source = Bytes { name: "segments", data };
    let survey = analyse(&source, &Preferences::default()).unwrap();
    let mut messages = Vec::new();
    evidence::trees(&source, &survey, None, &mut |tree| -> Result<(), CaptureError> {
        for layer in tree.layers.iter().filter(|layer| layer.protocol == "http") {
            let told = layer.fields.iter().filter(|field| !field.generated);
            messages.push(told.map(|field| [field.name, "=", &field.value.lossy(), "\n"].concat()).collect());
        }
        Ok(())
    })
    .unwrap();
    messages.sort();
    messages
}

fn conversations() -> impl Strategy<Value = Conversation> {
    let one = (0_u8..6, 0_usize..900, 0_usize..4000);
    let isn = || prop_oneof![Just(u32::MAX - 700), Just(u32::MAX), any::<u32>()];
    let flights = proptest::collection::vec(proptest::collection::vec(one, 1..4), 1..4);
    (flights, any::<bool>(), [isn(), isn()]).prop_map(|(kinds, until_close, isns)| {
        let mut index = 0;
        let flights = kinds
            .into_iter()
            .map(|flight| {
                let exchanges = flight.into_iter().map(|(kind, sent, received)| {
                    index += 1;
                    exchange(kind, index, sent, received)
                });
                exchanges.collect()
            })
            .collect();
        Conversation { flights, until_close, isns }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_order_within_a_flight_says_the_same(
        conversation in conversations(),
        seed in any::<u64>(),
        reach in prop_oneof![Just(2_usize), Just(8), Just(usize::MAX)],
    ) {
        let in_order = capture(&conversation, &plain(&conversation, 1460));
        let expected = said(&in_order);
        let count = conversation.flights.iter().flatten().count() + usize::from(conversation.until_close);
        prop_assert_eq!(expected["exchanges"].as_array().unwrap().len(), count);
        prop_assert_eq!(&expected["closed"], &json!(true));
        let stirred = capture(&conversation, &stirred(&conversation, seed, reach));
        prop_assert_eq!(said(&stirred), expected);
        prop_assert_eq!(put_together(&stirred), put_together(&in_order));
    }

    #[test]
    fn requests_before_earlier_responses_say_the_same(
        conversation in conversations(),
        seed in any::<u64>(),
        reach in prop_oneof![Just(3_usize), Just(20), Just(usize::MAX)],
    ) {
        let in_order = capture(&conversation, &plain(&conversation, 1460));
        let moved = capture(&conversation, &hurried(&stirred(&conversation, seed, 8), seed ^ 1, reach));
        prop_assert_eq!(said(&moved), said(&in_order));
        prop_assert_eq!(put_together(&moved), put_together(&in_order));
    }

    #[test]
    fn single_bytes_say_the_same(seed in any::<u64>(), isn in any::<u32>()) {
        let flights = vec![vec![exchange(5, 1, 40, 60), exchange(1, 2, 0, 30)]];
        let conversation = Conversation { flights, until_close: seed.is_multiple_of(2), isns: [isn, u32::MAX - 30] };
        let expected = said(&capture(&conversation, &plain(&conversation, 1460)));
        let mut bytes = plain(&conversation, 1);
        let mut random = Random(seed | 1);
        // Each flight in any order: segments with the same sender follow each other.
        for flight in bytes.chunk_by_mut(|a, b| a.from == b.from && a.received == b.received && !b.fin) {
            random.shuffle(flight);
        }
        prop_assert_eq!(said(&capture(&conversation, &bytes)), expected);
    }
}

#[test]
fn the_bytes_of_a_flight_may_come_from_the_last_to_the_first() {
    let flights = vec![vec![exchange(0, 1, 0, 3000)], vec![exchange(4, 2, 800, 0)]];
    let conversation = Conversation { flights, until_close: false, isns: [u32::MAX - 5, u32::MAX - 1000] };
    let mut segments = plain(&conversation, 100);
    for flight in segments.chunk_by_mut(|a, b| a.from == b.from && a.received == b.received && !b.fin) {
        flight.reverse();
    }
    assert_eq!(said(&capture(&conversation, &segments)), said(&capture(&conversation, &plain(&conversation, 1460))));
}

#[test]
fn behind_a_lost_response_each_of_many_responses_finds_its_request() {
    let count = 600;
    let flights = (1..=count).map(|index| vec![exchange(0, index, 0, 10)]).collect();
    let conversation = Conversation { flights, until_close: false, isns: [1, 2] };
    let mut segments = plain(&conversation, 1460);
    let lost = segments.iter().position(|segment| segment.from == SERVER).unwrap();
    segments.remove(lost);
    let said = said(&capture(&conversation, &segments));
    let statuses: Vec<&Value> = said["exchanges"].as_array().unwrap().iter().map(|exchange| &exchange[1][0]).collect();
    assert_eq!((statuses[0], statuses.len(), &said["orphans"]), (&Value::Null, count, &json!(0)));
    assert!(statuses[1..].iter().all(|status| **status == 200), "{statuses:?}");
}
