//! The oracle's own truth on small built connections: runs without tshark.

use serde_json::{Value, json};

use super::connections;
use super::segments::{ACK, FIN, RST, SYN, streams};
use super::tshark::{Dissection, Row};

/// What the oracle says of a connection given as one segment a line: side, flags of `SFRA`, seq, ack, length. The client is port
/// 40000, the server port 80; frames are a second apart.
fn connection(lines: &str) -> Value {
    let lines = lines.lines().map(str::trim).filter(|line| !line.is_empty());
    let rows = lines.enumerate().map(|(index, line)| row(index as u64 + 1, line)).collect();
    let dissection = Dissection { rows, complaint: None };
    streams(&dissection).first().map(|stream| connections::truth(stream, None)).unwrap_or_default()
}

fn row(number: u64, line: &str) -> Row {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [side, flags, seq, ack, len] = words.as_slice() else { panic!("five words in {line:?}") };
    let (client, server) = (("10.0.0.1", "40000"), ("10.0.0.2", "80"));
    let (from, to) = if *side == "c" { (client, server) } else { (server, client) };
    let flags: u64 = flags
        .chars()
        .map(|flag| match flag {
            'S' => SYN,
            'F' => FIN,
            'R' => RST,
            _ => ACK,
        })
        .sum();
    let values = [
        ("frame.protocols", "eth:ethertype:ip:tcp".to_owned()),
        ("frame.time_epoch", format!("{number}.000000000")),
        ("ip.src", from.0.to_owned()),
        ("ip.dst", to.0.to_owned()),
        ("tcp.srcport", from.1.to_owned()),
        ("tcp.dstport", to.1.to_owned()),
        ("tcp.stream", "0".to_owned()),
        ("tcp.seq_raw", (*seq).to_owned()),
        ("tcp.ack_raw", (*ack).to_owned()),
        ("tcp.len", (*len).to_owned()),
        ("tcp.flags", format!("0x{flags:04x}")),
    ];
    Row::of(number, values.to_vec())
}

/// `kind`, `first`, `complete` and the steps in short: frame, side, name.
#[track_caller]
fn check_close(lines: &str, kind: &str, first: Option<&str>, complete: bool, steps: &str) {
    let connection = connection(lines);
    let close = &connection["close"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let step = |step: &Value| format!("{} {} {}", step["frame"], text(&step["from"]), text(&step["step"]));
    let found: Vec<String> = close["steps"].as_array().into_iter().flatten().map(step).collect();
    let head = (text(&close["kind"]), close["first"].as_str(), close["complete"].as_bool());
    assert_eq!((head, found.join(", ")), ((kind.to_owned(), first, Some(complete)), steps.to_owned()));
}

#[track_caller]
fn check_handshake(lines: &str, expected: &Value) {
    let connection = connection(lines);
    let handshake = &connection["handshake"];
    for (name, value) in expected.as_object().into_iter().flatten() {
        assert_eq!(&handshake[name], value, "{name}");
    }
}

#[test]
fn closes_with_four_segments() {
    let lines = "s FA 50 10 0
                 c A  10 51 0
                 c FA 10 51 0
                 s A  51 11 0";
    check_close(lines, "four_segment", Some("server"), true, "1 server fin, 2 client ack, 3 client fin, 4 server ack");
}

#[test]
fn closes_with_three_segments() {
    let lines = "c FA 10 50 5
                 s FA 50 16 0
                 c A  16 51 0";
    check_close(lines, "three_segment", Some("client"), true, "1 client fin, 2 server fin_ack, 3 client ack");
}

#[test]
fn copies_of_a_fin_are_no_steps() {
    let lines = "c FA 10 50 0
                 c FA 10 50 0
                 s A  50 11 0
                 s A  50 11 0
                 s FA 50 11 0
                 s FA 50 11 0
                 c A  11 51 0";
    check_close(lines, "four_segment", Some("client"), true, "1 client fin, 3 server ack, 5 server fin, 7 client ack");
}

#[test]
fn closes_from_both_sides_at_once() {
    let lines = "c FA 10 50 0
                 s FA 50 10 0
                 c A  11 51 0
                 s A  51 11 0";
    check_close(lines, "simultaneous", Some("client"), true, "1 client fin, 2 server fin, 3 client ack, 4 server ack");
}

#[test]
fn closes_by_half() {
    check_close("c FA 10 50 0\n s A 50 11 0", "half_closed", Some("client"), false, "1 client fin, 2 server ack");
    check_close("c FA 10 50 0\n s A 50 10 0", "half_closed", Some("client"), false, "1 client fin");
}

#[test]
fn resets() {
    check_close("c S 9 0 0\n s RA 0 10 0", "reset", Some("server"), false, "2 server rst");
    check_close("c FA 10 50 0\n s R 50 0 0", "reset", Some("client"), false, "1 client fin, 2 server rst");
    let after_close = "c FA 10 50 0
                       s FA 50 11 0
                       c A  11 51 0
                       c R  11 0  0";
    let steps = "1 client fin, 2 server fin_ack, 3 client ack, 4 client rst";
    check_close(after_close, "three_segment", Some("client"), true, steps);
    check_close("c A 10 50 0\n s A 50 10 0", "none", None, false, "");
}

#[test]
fn an_old_acknowledgment_covers_no_fin() {
    let lines = "s A  700 99000000 0
                 c FA 10  50 0
                 s A  50  11 0";
    check_close(lines, "half_closed", Some("client"), false, "2 client fin, 3 server ack");
}

#[test]
fn shakes_hands() {
    let lines = "c S  9  0  0
                 c S  9  0  0
                 s SA 49 10 0
                 s SA 49 10 0
                 c A  10 50 0";
    let expected =
        json!({ "syn": 1, "syn_copies": [2], "syn_ack": 3, "ack": 5, "complete": true, "rtt": "3.000000000" });
    check_handshake(lines, &expected);
}

#[test]
fn the_third_segment_can_carry_data_and_stand_anywhere() {
    let lines = "c S  9  0  0
                 c A  10 50 7
                 s SA 49 10 0";
    check_handshake(lines, &json!({ "syn": 1, "syn_ack": 3, "ack": 2, "complete": true, "rtt": "1.000000000" }));
}

#[test]
fn a_refused_connection_has_no_handshake() {
    check_handshake(
        "c S 9 0 0\n s RA 0 10 0",
        &json!({ "syn": 1, "syn_ack": null, "ack": null, "complete": false, "rtt": null }),
    );
}

#[test]
fn data_in_the_syn_may_be_acknowledged_or_not() {
    check_handshake("c S 9 0 5\n s SA 49 15 0\n c A 10 50 0", &json!({ "syn_ack": 2, "ack": 3, "complete": true }));
    check_handshake("c S 9 0 5\n s SA 49 10 0\n c A 10 50 0", &json!({ "syn_ack": 2, "ack": 3, "complete": true }));
    check_handshake(
        "c S 9 0 5\n s SA 49 16 0\n c A 10 50 0",
        &json!({ "syn_ack": null, "ack": null, "complete": false }),
    );
}

#[test]
fn counts_each_byte_once() {
    let lines = "c A 10 50 10
                 c A 15 50 10
                 c A 40 50 5
                 s A 50 25 3";
    let connection = connection(lines);
    let of = |name: &str| connection[name].as_u64();
    assert_eq!((of("client_bytes"), of("server_bytes"), of("missing_bytes")), (Some(20), Some(3), Some(15)));
}
