//! Connections: what the contract says of each `tcp.stream`, computed from raw segments, against wirelab's.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::closes::close;
use super::handshakes::handshake;
use super::known_differences as known;
use super::segments::{Endpoint, RST, Segment, Stream, coverage};
use super::tally::{Reason, Tally};

/// Who opened a connection, and how that is known.
#[derive(Debug)]
struct Roles {
    client: Endpoint,
    server: Endpoint,
    inferred: bool,
    /// Told from port numbers or the first frame only.
    guessed: bool,
}

/// Compares the connections. `once` are the streams of the capture without copies, if it has such.
pub(crate) fn compare(tally: &mut Tally, streams: &[Stream<'_>], once: &[Stream<'_>], analysis: &Value) {
    let empty = Vec::new();
    let ours = analysis.get("connections").and_then(Value::as_array).unwrap_or(&empty);
    let mut ours: BTreeMap<u64, &Value> =
        ours.iter().map(|connection| (number(connection, "first_frame"), connection)).collect();
    let mut shifted = false;
    for stream in streams {
        let key = format!("stream {} (frame {})", stream.number, stream.first_frame());
        let found = ours.remove(&stream.first_frame());
        tally.compare("connection", &key, found.map(|_| "there"), Some("there"), || known::of_stream(stream));
        let Some(found) = found else {
            shifted = true;
            continue;
        };
        let mut truth = truth(stream, Some(found));
        if let Some(truth) = truth.as_object_mut() {
            if shifted {
                truth.remove("stream");
            }
            compare_steps(tally, &key, truth, found, stream);
        }
        let once =
            once.iter().find(|once| !stream.likely_copies.is_empty() && once.first_frame() == stream.first_frame());
        let once = once.map(|once| self::truth(once, Some(found)));
        tally.compare_json("connection", &key, Some(found), &truth, &|kind, ours, theirs| {
            let of_copies = once.as_ref().and_then(|once| of_copies(kind, ours, once));
            of_copies.or_else(|| reason(kind, ours, theirs, stream))
        });
        compare_application(tally, &key, stream, found);
        if roles(stream).guessed {
            let (ours, theirs) = (found.get("client"), json!(roles(stream).client.port));
            let port = ours.and_then(|client| client.get("port"));
            let why = |_: &str, _: &str, _: &str| Some(known::CLIENT_GUESSED.to_owned());
            tally.compare_json("connection.client (guess)", &key, port, &theirs, &why);
        }
    }
    for (frame, connection) in ours {
        let key = format!("stream {} (frame {frame})", number(connection, "stream"));
        tally.compare("connection", &key, Some("there"), None, || None);
    }
}

/// The contract's connection object, as far as tshark's rows tell it.
pub(crate) fn truth(stream: &Stream<'_>, found: Option<&Value>) -> Value {
    let roles = found.map_or_else(|| roles(stream), |found| agreed_roles(stream, found));
    let marked = |name: &str| stream.segments.iter().filter(|segment| segment.row.has(name)).count();
    let sent = |side: &Endpoint| coverage(stream, side);
    let (client, server) = (sent(&roles.client), sent(&roles.server));
    json!({
        "stream": stream.number,
        "client": { "ip": roles.client.ip, "port": roles.client.port },
        "server": { "ip": roles.server.ip, "port": roles.server.port },
        "client_inferred": roles.inferred,
        "first_frame": stream.first_frame(),
        "last_frame": stream.segments.last().map(|segment| segment.frame),
        "frames": stream.segments.len(),
        "completeness": stream.segments.last().and_then(|segment| segment.row.number_of("tcp.completeness")),
        "handshake": handshake(stream, &roles.client),
        "close": close(stream, &roles.client),
        "client_bytes": client.bytes,
        "server_bytes": server.bytes,
        "retransmissions": marked("tcp.analysis.retransmission"),
        "out_of_order": marked("tcp.analysis.out_of_order"),
        "duplicate_acks": marked("tcp.analysis.duplicate_ack"),
        "missing_bytes": client.missing + server.missing,
    })
}

/// Several RSTs: the contract does not say which of them are steps, only that the first is.
fn compare_steps(
    tally: &mut Tally,
    key: &str,
    truth: &mut serde_json::Map<String, Value>,
    found: &Value,
    stream: &Stream<'_>,
) {
    let Some(steps) = truth.get_mut("close").and_then(|close| close.get_mut("steps")).map(Value::take) else {
        return;
    };
    if let Some(close) = truth.get_mut("close").and_then(Value::as_object_mut) {
        close.remove("steps");
    }
    let ours = found.pointer("/close/steps").cloned().unwrap_or_default();
    let is_reset = |step: &Value| step.get("step").and_then(Value::as_str) == Some("rst");
    let part = |steps: &Value, resets: bool| -> Vec<Value> {
        steps.as_array().into_iter().flatten().filter(|step| is_reset(step) == resets).cloned().collect()
    };
    let resets: Vec<u64> = part(&ours, true).iter().map(|step| number(step, "frame")).collect();
    let sent: Vec<u64> = stream.segments.iter().filter(|s| s.has(RST)).map(|s| s.frame).collect();
    let resets_fit = resets.first() == sent.first() && resets.iter().all(|frame| sent.contains(frame));
    let same = part(&ours, false) == part(&steps, false) && resets_fit;
    let (ours, theirs) = (ours.to_string(), steps.to_string());
    let ours = if same { &theirs } else { &ours };
    let why = || reason("connection.close.steps", ours, &theirs, stream);
    tally.compare("connection.close.steps", key, Some(ours), Some(&theirs), why);
}

fn reason(kind: &str, ours: &str, theirs: &str, stream: &Stream<'_>) -> Reason {
    let field = kind.strip_prefix("connection.").unwrap_or(kind);
    if field == "completeness" && stream.quoted {
        return Some(known::QUOTED_STATE.to_owned());
    }
    if field == "completeness" && stream.is_announced() {
        return Some(known::ANNOUNCED.to_owned());
    }
    let counts = matches!(field, "frames" | "last_frame" | "retransmissions" | "out_of_order" | "duplicate_acks")
        || field == "handshake.syn_copies";
    // Wireshark leaves out what the first frame itself shows, but not what a copy of it shows.
    if (counts || field == "completeness") && !stream.likely_copies.is_empty() {
        return Some(known::COPIES.to_owned());
    }
    let bytes = matches!(field, "missing_bytes" | "client_bytes" | "server_bytes");
    if bytes && stream.is_replaced() {
        return Some(known::REPLACED.to_owned());
    }
    let counted = counts || matches!(field, "completeness" | "client_bytes" | "server_bytes" | "missing_bytes");
    if counted && stream.segments.iter().any(|segment| segment.len.is_none()) {
        return Some(known::SHORT_SEGMENT.to_owned());
    }
    if matches!(field, "handshake.ack" | "handshake.complete" | "handshake.rtt") && syn_carries_data(stream) {
        return Some(known::FAST_OPEN.to_owned());
    }
    let above_14 = theirs.parse::<u64>().is_ok_and(|shift| shift > 14);
    (field.ends_with("window_scale") && above_14 && ours == "14").then(|| known::SCALE_ABOVE_14.to_owned())
}

/// Where copies change what tshark says, wirelab says what holds without them.
fn of_copies(kind: &str, ours: &str, once: &Value) -> Reason {
    let path = kind.strip_prefix("connection").unwrap_or(kind).replace('.', "/");
    let right = once.pointer(&path)?.to_string();
    (right == ours).then(|| known::COPIES_ONCE.to_owned())
}

fn syn_carries_data(stream: &Stream<'_>) -> bool {
    stream.segments.iter().any(|segment| segment.is_syn() && segment.payload() > 0)
}

/// `application`, where tshark's dissection proves one.
fn compare_application(tally: &mut Tally, key: &str, stream: &Stream<'_>, found: &Value) {
    let ours = found.get("application").and_then(Value::as_str).unwrap_or("(absent)");
    let has = |name: &str| stream.segments.iter().any(|segment| segment.row.has(name));
    let speaks = |name: &str| stream.segments.iter().any(|segment| segment.row.protocols().contains(&name));
    let payload = stream.segments.iter().any(|segment| segment.payload() > 0);
    let theirs = if !payload {
        "none"
    } else if has("http.request.method") || has("http.response.version") {
        "http"
    } else if has("tls.handshake.type") && !speaks("socks") {
        "tls"
    } else if speaks("http2") {
        "http2"
    } else {
        return;
    };
    tally.compare("connection.application", key, Some(ours), Some(theirs), || known::of_application(stream));
}

/// The roles, those that wirelab chose where the contract leaves a choice.
fn agreed_roles(stream: &Stream<'_>, found: &Value) -> Roles {
    let roles = roles(stream);
    let is_client = |endpoint: &Endpoint| {
        let client = found.get("client");
        let ip = client.and_then(|client| client.get("ip")).and_then(Value::as_str);
        let port = client.and_then(|client| client.get("port")).and_then(Value::as_u64);
        (ip, port) == (Some(endpoint.ip.as_str()), Some(endpoint.port))
    };
    if roles.guessed && is_client(&roles.server) {
        return Roles { client: roles.server, server: roles.client, ..roles };
    }
    roles
}

/// "Who is client" of the contract.
fn roles(stream: &Stream<'_>) -> Roles {
    let oriented = |client: &Endpoint, server: &Endpoint, inferred, guessed| Roles {
        client: client.clone(),
        server: server.clone(),
        inferred,
        guessed,
    };
    let find = |condition: &dyn Fn(&Segment<'_>) -> bool| stream.segments.iter().find(|segment| condition(segment));
    if let Some(syn) = find(&|segment| segment.is_syn()) {
        return oriented(&syn.from, &syn.to, false, false);
    }
    if let Some(syn_ack) = find(&|segment| segment.is_syn_ack()) {
        return oriented(&syn_ack.to, &syn_ack.from, true, false);
    }
    let asks = |segment: &Segment<'_>| segment.row.has("http.request.method") || greets(segment);
    let replies = |segment: &Segment<'_>| segment.row.has("http.response.version");
    if let Some(segment) = find(&|segment| asks(segment) || replies(segment)) {
        let (client, server) = if asks(segment) { (&segment.from, &segment.to) } else { (&segment.to, &segment.from) };
        return oriented(client, server, true, false);
    }
    let nowhere = Endpoint { ip: String::new(), port: 0 };
    let (from, to) = stream.segments.first().map_or((&nowhere, &nowhere), |first| (&first.from, &first.to));
    match (from.port < 1024, to.port < 1024) {
        (true, false) => oriented(to, from, true, false),
        (false, true) => oriented(from, to, true, false),
        _ => oriented(from, to, true, true),
    }
}

/// Whether the segment completes a Client Hello.
fn greets(segment: &Segment<'_>) -> bool {
    segment.row.all("tls.handshake.type").iter().any(|kind| kind == "1")
}

fn number(value: &Value, name: &str) -> u64 {
    value.get(name).and_then(Value::as_u64).unwrap_or(0)
}
