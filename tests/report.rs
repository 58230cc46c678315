//! Reports of the example captures, as a reader sees them.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test reads files, and may panic")]

mod support;

use std::path::Path;

use support::report::{Made, codes, of, page_of, rendered};

fn report(name: &str) -> Made {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/captures").join(name);
    of(name, &std::fs::read(path).unwrap())
}

fn examples() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/captures");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains(".pcap"))
        .collect();
    names.sort();
    names
}

/// Numbers of three digits and more, and frame tags, in order: what both languages must agree in.
fn facts(markdown: &str) -> Vec<String> {
    let mut found: Vec<String> = markdown
        .split(|character: char| !character.is_ascii_digit() && character != '#')
        .filter(|word| word.len() >= 3 && word.starts_with('#'))
        .map(str::to_owned)
        .collect();
    found.sort();
    found.dedup();
    found
}

#[test]
fn every_example_makes_a_page_in_every_language_with_the_same_frames() {
    for name in examples() {
        let report = report(&name);
        let (zh, en) = (rendered(&report, "zh"), rendered(&report, "en"));
        assert_eq!(facts(&zh), facts(&en), "{name}");
        let html = page_of(&report, "zh-en");
        assert!(html.contains("</html>"), "{name}");
    }
}

#[test]
fn every_link_to_a_frame_has_its_target() {
    for name in examples() {
        let html = page_of(&report(&name), "zh-en");
        for link in html.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(html.contains(&format!("id=\"{link}\"")), "{name}: #{link}");
        }
    }
}

#[test]
fn what_is_missing_is_said_of_the_capture_that_lacks_it_and_not_of_another() {
    let cases: &[(&str, &str, &str)] = &[
        ("no_tcp", "ping-only.pcapng", "curl-close.pcap"),
        ("no_http", "tls-only.pcapng", "curl-close.pcap"),
        ("handshake_not_captured", "no-handshake.pcapng", "curl-close.pcap"),
        ("response_not_captured", "no-response.pcapng", "curl-close.pcap"),
        ("response_incomplete", "reset.pcapng", "curl-close.pcap"),
        ("request_incomplete", "snapped.pcap", "curl-close.pcap"),
        ("close_not_captured", "no-close.pcapng", "curl-close.pcap"),
        ("no_ping", "curl-close.pcap", "page-load.pcapng"),
        ("no_dns", "no-handshake.pcapng", "curl-close.pcap"),
        ("cut_frames", "snapped.pcap", "curl-close.pcap"),
    ];
    for (code, with, without) in cases {
        assert!(codes(&report(with)).iter().any(|found| found == code), "{with} lacks {code}");
        assert!(!codes(&report(without)).iter().any(|found| found == code), "{without} has {code}");
    }
}

#[test]
fn what_a_reader_once_found_false_is_not_said_again() {
    let never: &[(&str, &str)] = &[
        ("unanswered.pcapng", "The FINs of both sides were captured"),
        ("no-close.pcapng", "The FINs of both sides were captured"),
        ("no-handshake.pcapng", "No ACK that completes the handshake"),
        ("refused.pcapng", "so both can send"),
        ("lossy.pcapng", "spread over 63 segments"),
        ("page-load.pcapng", "not in the capture: Cookie"),
        ("snapped.pcap", "the request has no Host field"),
        ("reset.pcapng", "how long they really were cannot be read"),
        ("ipv6-vlan.pcapng", "4: IPv4"),
        ("ipv6-vlan.pcapng", "May be dropped first under congestion"),
        ("unanswered.pcapng", "No data were sent on this connection"),
        ("unanswered.pcapng", "client / server<br>**0 / 0**"),
        ("refused.pcapng", "lacks SYN-ACK, ACK"),
        ("refused.pcapng", "Record again while visiting a page"),
        ("syn-retransmission.pcapng", "which took 12.833992 ms."),
        ("upgrade.pcapng", "it is not an HTML page"),
        ("upgrade.pcapng", "A connection in HTTP/1.1 persists by default"),
        ("pipelined.pcapng", "one after the other"),
        ("no-response.pcapng", "a request and its response each"),
        ("recorded-twice.pcapng", "The 50 frames of this connection show no retransmission"),
        ("snapped.pcap", "TCP payload in the capture, every byte counted once"),
        ("keep-alive.pcapng", "The 1 connection of the client"),
        ("reset.pcapng", "Stop capturing only when the page is shown completely"),
        ("unanswered.pcapng", "goes on for 0.000000 s"),
        ("reset.pcapng", "The connection was reset"),
        ("tls-only.pcapng", "TLS encrypts the HTTP messages"),
        ("pipelined.pcapng", "requests in the capture: [#10](#f10), [#10](#f10)"),
    ];
    for (name, sentence) in never {
        assert!(!rendered(&report(name), "en").contains(sentence), "{name}: {sentence}");
    }
}

/// `curl-close.pcap` with the packets that one side sent.
fn sent_by(address: [u8; 4]) -> Made {
    const FILE_HEADER: usize = 24;
    const RECORD_HEADER: usize = 16;
    const IP_SOURCE: usize = 26;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/captures/curl-close.pcap");
    let data = std::fs::read(path).unwrap();
    let (header, mut rest) = data.split_at(FILE_HEADER);
    let mut kept = header.to_vec();
    while !rest.is_empty() {
        let length = rest.get(8..12).and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes).unwrap() as usize;
        let (record, after) = rest.split_at(RECORD_HEADER + length);
        if record.get(RECORD_HEADER + IP_SOURCE..).is_some_and(|from| from.starts_with(&address)) {
            kept.extend_from_slice(record);
        }
        rest = after;
    }
    of("one-direction.pcap", &kept)
}

#[test]
fn one_direction_only_is_not_worded_as_if_the_other_side_had_sent_nothing() {
    let cases = [([192, 0, 2, 100], "server", 1531, "88 / —"), ([198, 51, 100, 10], "client", 89, "— / 1530")];
    for (address, side, acknowledged, payload) in cases {
        let report = sent_by(address);
        let missing = report["missing"].as_array().unwrap();
        let one = missing.iter().find(|finding| finding["code"] == "one_direction").unwrap();
        assert_eq!((&one["params"]["side"], &one["params"]["acknowledged"]), (&side.into(), &acknowledged.into()));
        assert!(missing.iter().any(|finding| finding["code"] == "close_not_captured"), "{side}");
        let (zh, en) = (rendered(&report, "zh"), rendered(&report, "en"));
        assert_eq!(facts(&zh), facts(&en), "{side}");
        assert!(zh.contains(payload) && en.contains(payload), "{side}");
        for never in ["was not established", "No data were sent", "nothing to close", "refuses the connection"] {
            assert!(!en.contains(never), "{side}: {never}");
        }
    }
    assert!(!codes(&report("unanswered.pcapng")).iter().any(|code| code == "one_direction"));
}

#[test]
fn lists_say_how_much_they_leave_out() {
    let pings = (1..=6).map(|host| format!("+1s ping 198.51.100.{host} {}\n", "12ms ".repeat(25)));
    let names = (0..7).map(|_| "+1ms dns www.lab.example 198.51.100.10\n".to_owned());
    let script: String = names.chain(pings).collect();
    let text = rendered(&of("many", &support::capture("many", &script).unwrap()), "en");
    for left_out in
        ["3 more resolutions are not listed", "5 more requests are not listed", "2 more targets are not listed"]
    {
        assert!(text.contains(left_out), "{left_out} not in {text}");
    }
}

#[test]
fn packets_recorded_twice_are_no_retransmissions() {
    for (name, once) in
        [("recorded-twice.pcapng", "keep-alive.pcapng"), ("two-interfaces.pcapng", "redirect-cookie.pcapng")]
    {
        let (report, once) = (report(name), report(once));
        let codes = codes(&report);
        assert!(
            !codes.iter().any(|code| code == "retransmissions" || code == "syn_retransmission"),
            "{name}: {codes:?}"
        );
        let connection = &report["connection"];
        for count in ["retransmissions", "duplicate_acks", "out_of_order"] {
            assert_eq!(connection[count], 0, "{name}: {count}");
        }
        for part in ["checksums", "remote_ips_behind_mac", "response_body", "client", "server"] {
            assert_eq!(report[part], once[part], "{name}: {part}");
        }
        for language in ["zh", "en"] {
            let text = rendered(&report, language);
            assert!(!text.contains("[TCP Retransmission]") && !text.contains("[TCP Dup ACK"), "{name}");
        }
    }
}

#[test]
fn the_finding_of_a_packet_recorded_twice_says_what_proves_it() {
    let found = |name: &str| {
        let report = report(name);
        let finding = report["findings"].as_array().unwrap().iter().find(|finding| finding["code"] == "recorded_twice");
        finding.unwrap()["params"].clone()
    };
    let mirrored = found("recorded-twice.pcapng");
    assert_eq!(mirrored["apart"], "0.000012000");
    assert_eq!(mirrored["ttl_first"], mirrored["ttl_copy"]);
    assert!(mirrored["interfaces"].is_null());
    assert!(mirrored["identification"].as_u64().is_some_and(|identification| identification > 0));
    let passed_on = found("two-interfaces.pcapng");
    assert_eq!(passed_on["apart"], "0.000035000");
    assert_eq!((&passed_on["ttl_first"], &passed_on["ttl_copy"]), (&64.into(), &63.into()));
    assert_eq!(passed_on["interfaces"], serde_json::json!(["eth0", "eth1"]));
}

#[test]
fn reports_stay_as_they_were_read() {
    for name in examples() {
        let report = report(&name);
        for language in ["en", "zh"] {
            insta::assert_snapshot!(format!("{name}-{language}"), rendered(&report, language));
        }
    }
}
