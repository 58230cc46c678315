//! TLS connections: Client Hello, server name, offered protocols, negotiated version.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::known_differences as known;
use super::segments::Stream;
use super::tally::Tally;
use super::tshark::Row;

/// Compares the TLS connections.
pub(crate) fn compare(tally: &mut Tally, streams: &[Stream<'_>], analysis: &Value) {
    let members = |name: &str| analysis.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let ours: HashMap<u64, Value> =
        members("tls").into_iter().filter_map(|tls| Some((tls.get("stream")?.as_u64()?, tls))).collect();
    let numbers: HashMap<u64, u64> = members("connections")
        .iter()
        .filter_map(|c| Some((c.get("first_frame")?.as_u64()?, c.get("stream")?.as_u64()?)))
        .collect();
    for stream in streams {
        let Some(number) = numbers.get(&stream.first_frame()) else {
            continue;
        };
        let key = format!("stream {} (frame {})", stream.number, stream.first_frame());
        let (found, hello) = (ours.get(number), message(stream, "1"));
        let there = |is_there: bool| is_there.then_some("there");
        let why = || hello.and_then(|row| known::of_message(stream, row)).or_else(|| known::of_tls(stream));
        tally.compare("tls", &key, there(found.is_some()), there(hello.is_some()), why);
        if let (Some(found), Some(hello)) = (found, hello) {
            let truth = json!({
                "server_name": hello.first("tls.handshake.extensions_server_name"),
                "version": message(stream, "2").and_then(negotiated),
                "alpn": hello.all("tls.handshake.extensions_alpn_str"),
                "client_hello": hello.number,
            });
            tally.compare_json("tls", &key, Some(found), &truth, &|_, _, theirs| {
                let hidden = (theirs == "null").then(|| known::of_hole(stream)).flatten();
                known::of_cut(stream, hello).or(hidden)
            });
        }
    }
}

/// The first frame that completes a handshake message of a kind, where TLS stands directly above TCP.
fn message<'a>(stream: &Stream<'a>, kind: &str) -> Option<&'a Row> {
    stream
        .segments
        .iter()
        .map(|segment| segment.row)
        .find(|row| row.all("tls.handshake.type").iter().any(|found| found == kind) && row.protocols().contains(&"tls"))
}

/// The version that a Server Hello chooses: that of its extension, else its own.
fn negotiated(server_hello: &Row) -> Option<String> {
    let chosen = server_hello.first("tls.handshake.extensions.supported_version").and_then(version);
    let own = server_hello.first("tls.handshake.version").and_then(version);
    chosen.or(own).map(str::to_owned)
}

fn version(number: &str) -> Option<&'static str> {
    match number {
        "0x0300" => Some("SSL 3.0"),
        "0x0301" => Some("TLS 1.0"),
        "0x0302" => Some("TLS 1.1"),
        "0x0303" => Some("TLS 1.2"),
        "0x0304" => Some("TLS 1.3"),
        _ => None,
    }
}
