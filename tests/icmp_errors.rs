//! ICMP errors about segments of a connection: what a report says of them, and that they are those which tshark finds.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test runs tshark and reads captures, may panic, and says that it skips"
)]

mod support;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use support::report::{Made, of, rendered};
use wirelab::analysis::analyse;
use wirelab::capture::Bytes;
use wirelab::select::Preferences;

const GET: &str = "+1ms c \"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n\"\n";
/// A router cannot pass on the response's segment; the server sends it again, in two.
const TOO_BIG: &str = "0 handshake\n+1ms c \"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n\"\n+1ms s ACK id=0\n\
                       +1ms s \"HTTP/1.1 200 OK\\r\\nContent-Length: {length}\\r\\n\\r\\n\" body 1300 as=long id=0 lost\n\
                       +1ms error 203.0.113.1 3 4 s mtu=1000\n+1ms s again=long\n+1ms c ACK\n";
/// The same client over IPv6: no route, by the first router.
const NO_ROUTE: &str = "open client=[2001:db8::2]:50000 server=[2001:db8::1]:80\n\
                        0 c SYN mss=1440 lost\n+1ms error 2001:db8::ff 1 0 c\n";
/// The host itself, or its firewall, says that the port is not open.
const PORT: &str = "0 c SYN mss=1460 lost\n+1ms error 198.51.100.10 3 3 c\n";

fn report(script: &str) -> Made {
    of("script", &support::capture("script", script).unwrap())
}

fn params(made: &Value) -> Value {
    let found = made["findings"].as_array().unwrap().iter().find(|finding| finding["code"] == "icmp_error");
    found.map_or(Value::Null, |finding| finding["params"].clone())
}

#[test]
fn an_error_names_the_segment_that_it_quotes() {
    // The response's first segment is not in the capture, which is made at the client.
    let made = report(TOO_BIG);
    let group = params(&made)["groups"][0].clone();
    assert_eq!((&group["meaning"], &group["mtu"], &group["side"]), (&"too_big".into(), &1000.into(), &"server".into()));
    // The acknowledgment before it has the same number, but another length.
    assert_eq!(group["segments"], Value::from(Vec::<u64>::new()));
    let text = rendered(&made, "en");
    assert!(text.contains("fragmentation needed, but “don't fragment” is set"), "{text}");
    assert!(text.contains("its MTU is 1000 bytes"), "{text}");

    let made = report(NO_ROUTE);
    let group = params(&made)["groups"][0].clone();
    assert_eq!((&group["meaning"], &group["v6"]), (&"network_unreachable".into(), &true.into()));
    assert_eq!((&group["segments"], &group["role"]), (&Value::from([1]), &"other".into()));
    assert!(rendered(&made, "zh").contains("没有到目的地的路由"));

    let made = report(PORT);
    assert_eq!(params(&made)["groups"][0]["role"], "destination");
    assert!(rendered(&made, "zh").contains("端口不可达"));
    assert!(rendered(&made, "en").contains("what ICMP reports of it is told below"));
}

#[test]
fn a_redirect_and_an_error_about_another_connection_say_nothing() {
    let redirect = format!("0 handshake\n{GET}+1ms error 203.0.113.1 5 1 c\n+1ms s ACK\n");
    assert_eq!(params(&report(&redirect)), Value::Null);
    let other = format!("0 c2 SYN mss=1460 lost\n+1ms error 203.0.113.1 3 1 c2\n+0 handshake\n{GET}");
    assert_eq!(params(&report(&other)), Value::Null);
}

/// Frame, type and code of every ICMP error.
type Errors = BTreeSet<(u64, u8, u8)>;

/// The errors about TCP that tshark finds; `None` without tshark.
fn by_tshark(data: &[u8]) -> Option<Errors> {
    let mut command = Command::new("tshark");
    command.args([
        "-n",
        "-r",
        "-",
        "-Y",
        "tcp && (icmp.type in {3, 11, 12} || icmpv6.type in {1 .. 4})",
        "-T",
        "fields",
    ]);
    for field in ["frame.number", "icmp.type", "icmp.code", "icmpv6.type", "icmpv6.code"] {
        command.args(["-e", field]);
    }
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
    let mut input = child.stdin.take()?;
    let data = data.to_vec();
    let writing = std::thread::spawn(move || input.write_all(&data));
    let output = child.wait_with_output().ok()?;
    writing.join().unwrap().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let errors = text.lines().map(|line| {
        let cells: Vec<&str> = line.split('\t').filter(|cell| !cell.is_empty()).collect();
        (cells[0].parse().unwrap(), cells[1].parse().unwrap(), cells[2].parse().unwrap())
    });
    Some(errors.collect())
}

fn by_wirelab(data: &[u8]) -> Errors {
    let survey = analyse(&Bytes { name: "capture", data }, &Preferences::default()).unwrap();
    survey.analysis.icmp_errors.iter().map(|error| (error.frame, error.kind, error.code)).collect()
}

#[test]
fn they_are_those_that_tshark_finds() {
    let scripts = [TOO_BIG, NO_ROUTE, PORT].map(|script| support::capture("script", script).unwrap());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/captures");
    // Captures of the collection with errors, and errors about connections of which they hold no segment before.
    let collected: [(&str, &[u64]); 4] = [
        ("OISF+suricata-verify/tests/filestore-5408/input.pcap", &[]),
        ("ntop+nDPI/tests/cfgs/default/pcap/6in4tunnel.pcap", &[3]),
        ("ntop+nDPI/tests/cfgs/default/pcap/alexa-app.pcapng", &[]),
        ("simsong+tcpflow/tests/test1-part1.pcap", &[]),
    ];
    let collected = collected.iter().filter_map(|(name, foreign)| {
        let read = std::fs::read(folder.join(name)).ok();
        if read.is_none() {
            eprintln!("skipped: no {name} beside the project");
        }
        Some((read?, *foreign))
    });
    for (data, foreign) in scripts.into_iter().map(|data| (data, &[][..])).chain(collected) {
        match by_tshark(&data) {
            Some(mut expected) => {
                expected.retain(|(frame, ..)| !foreign.contains(frame));
                assert_eq!(by_wirelab(&data), expected);
            }
            None => eprintln!("skipped: no tshark"),
        }
    }
}
