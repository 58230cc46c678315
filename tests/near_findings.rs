//! Captures that nearly show a finding: what a rule must not say of them. Each case was once worded falsely.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]

mod support;

use serde_json::Value;
use support::report::{Made, of, rendered};

const OPEN: &str = "0 handshake rtt=12ms\n";
const GET: &str = "+1ms c \"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n\"\n";
const OK: &str = "+12ms s \"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nhi\"\n+0 c ACK\n";
const SERVER_CLOSES: &str = "+0 c ACK\n+1ms c FIN\n+12ms s ACK\n";

fn report(script: &str) -> Made {
    of("script", &support::capture("script", script).unwrap())
}

/// The parameters of a finding; `null` if it is not there.
fn params(script: &str, code: &str) -> Value {
    let report = report(script);
    let found = report["findings"].as_array().unwrap().iter().find(|finding| finding["code"] == code).cloned();
    found.map_or(Value::Null, |finding| finding["params"].clone())
}

/// A GET or another request, with these words behind the target, and the answer.
fn exchange(request: &str, answer: &str) -> String {
    format!("{OPEN}+1ms c \"{request}\\r\\n\\r\\n\"\n+12ms s \"{answer}\"\n+0 c ACK\n")
}

fn never_says(script: &str, sentences: &[(&str, &str)]) {
    let report = report(script);
    for (language, sentence) in sentences {
        let text = rendered(&report, language);
        assert!(!text.contains(sentence), "{language}: {sentence}");
    }
}

#[test]
fn a_connection_that_is_not_kept_has_no_idle_timeout() {
    let idle = |request: &str, answer: &str| {
        params(&format!("{}+3s s FIN\n{SERVER_CLOSES}", exchange(request, answer)), "idle_timeout")
    };
    let kept = "HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nhi";
    assert_eq!(idle("GET / HTTP/1.1\\r\\nHost: a", kept)["idle"], "3.000000000");
    assert!(idle("GET / HTTP/1.1\\r\\nHost: a\\r\\nConnection: close", kept).is_null());
    assert!(idle("GET / HTTP/1.0", "HTTP/1.0 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nhi").is_null());
    // The body was under way until the FIN ended it.
    assert!(
        idle("GET / HTTP/1.1\\r\\nHost: a", "HTTP/1.1 200 OK\\r\\nContent-Type: text/html\\r\\n\\r\\nhi").is_null()
    );
}

#[test]
fn idle_times_that_are_far_apart_for_their_length_do_not_support_each_other() {
    let script = |wait: &str| {
        format!(
            "{OPEN}+0 handshake 2 rtt=12ms\n{GET}{OK}+1ms c2 \"GET /b HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n\"\n\
             +12ms s2 \"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nhi\"\n+0 c2 ACK\n\
             +{wait} s2 FIN\n+0 c2 ACK\n+900ms s FIN\n{SERVER_CLOSES}"
        )
    };
    let others = |wait: &str| params(&script(wait), "idle_timeout")["others"].as_array().unwrap().len();
    assert_eq!(others("250ms"), 0);
    assert_eq!(others("10s"), 1);
}

#[test]
fn a_keep_alive_probe_with_a_byte_is_not_the_last_data() {
    let script = format!(
        "{OPEN}{GET}+12ms s \"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\nKeep-Alive: timeout=65\\r\\n\\r\\nhi\"\n+0 c ACK\n\
         +45s c probe \"x\"\n+12ms s ACK\n+20s s FIN\n{SERVER_CLOSES}"
    );
    let found = params(&script, "idle_timeout");
    assert_eq!((&found["last_data"], &found["timeout"]), (&5.into(), &65.into()));
    assert_eq!(found["idle"], "65.012000000");
}

#[test]
fn the_time_in_a_queue_is_not_the_servers_time_for_a_request() {
    let script = format!(
        "{OPEN}+1ms c \"GET /slow HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n\"\n{GET}+12ms s ACK\n\
         +500ms s \"HTTP/1.1 404 Not Found\\r\\nContent-Length: 2\\r\\n\\r\\nhi\"\n+1ms {}",
        OK.trim_start_matches("+12ms ")
    );
    let report = report(&script);
    assert_eq!(report["exchange"]["index"], 2);
    assert!(params(&script, "time_split").is_null());
    assert!(!params(&script, "pipelined").is_null());
}

#[test]
fn an_ack_from_nearer_than_the_server_does_not_show_its_time() {
    let kind = |ack: &str| {
        params(&format!("{OPEN}{GET}+{ack} s ACK\n+64ms {}", OK.trim_start_matches("+12ms ")), "time_split")["kind"]
            .clone()
    };
    assert_eq!(kind("12ms"), "split");
    assert_eq!(kind("120us"), Value::Null);
}

#[test]
fn a_close_of_three_segments_has_three_frames_and_they_were_captured() {
    let close = format!("{OPEN}{GET}{OK}+1s c FIN\n+12ms s FIN\n");
    let frames = |script: &str| {
        let report = report(script);
        let found = report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .find(|finding| finding["code"] == "three_segment_close")
            .cloned();
        found.map(|finding| finding["frames"].as_array().unwrap().len())
    };
    assert_eq!(frames(&format!("{close}+0 c ACK\n")), Some(3));
    assert_eq!(frames(&format!("{close}+0 c ACK\n+1ms s RST\n")), Some(3));
    assert_eq!(frames(&close), None);
}

#[test]
fn a_frame_in_which_the_answer_before_ends_is_not_said_to_be_labelled_tcp() {
    let two = |between: &str| {
        format!(
            "{OPEN}+1ms c \"GET /a HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n\"\n{GET}\
             +12ms s \"HTTP/1.1 404 Not Found\\r\\nContent-Length: 2\\r\\n\\r\\nhi\"{between}\
             \"HTTP/1.1 200 OK\\r\\nContent-Length: 4\\r\\n\\r\\nhi\"\n+1ms s \"ho\"\n+0 c ACK\n"
        )
    };
    let shared = two(" ");
    assert_eq!(params(&shared, "response_spans_segments")["shared"], true);
    never_says(&shared, &[("en", "HTTP and those before it TCP"), ("zh", "之前各段的协议列显示为 TCP")]);
    assert_eq!(params(&two("\n+1ms s "), "response_spans_segments")["shared"], false);
}

#[test]
fn what_a_fin_shows_to_be_missing_is_a_gap() {
    let script = format!(
        "{OPEN}{GET}+12ms s \"HTTP/1.1 200 OK\\r\\nContent-Length: 3000\\r\\n\\r\\n\"\n+0 s body 1460\n+0 c ACK\n\
         +0 s body 1540 unseen\n+0 c ACK\n+1s c FIN\n+12ms s FIN\n+0 c ACK\n"
    );
    let found = params(&script, "gap");
    assert_eq!((&found["bytes"], &found["holes"][0]["before"]), (&1540.into(), &10.into()));
    assert_eq!(found["bytes"], report(&script)["connection"]["missing_bytes"]);
}

#[test]
fn an_offer_without_an_answer_was_not_turned_down() {
    let script = format!(
        "{OPEN}+1ms c \"GET / HTTP/1.1\\r\\nHost: a\\r\\nConnection: Upgrade, HTTP2-Settings\\r\\nUpgrade: h2c\\r\\n\
         HTTP2-Settings: AAMAAABk\\r\\n\\r\\n\"\n+12ms s ACK\n"
    );
    assert_eq!(params(&script, "h2c")["kind"], "offered");
    never_says(&script, &[("en", "the server does not take it"), ("zh", "服务器没有采用")]);
}

#[test]
fn a_server_that_refuses_a_tunnel_is_not_called_a_proxy() {
    let tunnel = |answer: &str| exchange("CONNECT b:443 HTTP/1.1\\r\\nHost: b:443", answer);
    let refused = tunnel("HTTP/1.1 405 Method Not Allowed\\r\\nContent-Length: 0\\r\\n\\r\\n");
    assert_eq!(params(&refused, "proxy")["agreed"], false);
    never_says(&refused, &[("en", "The server is a proxy"), ("zh", "服务器一方是代理")]);
    assert_eq!(params(&tunnel("HTTP/1.1 200 OK\\r\\n\\r\\n"), "proxy")["agreed"], true);
}

#[test]
fn an_answer_to_head_sends_no_content_anew() {
    let script = exchange(
        "HEAD / HTTP/1.1\\r\\nHost: a\\r\\nIf-None-Match: x",
        "HTTP/1.1 200 OK\\r\\nContent-Encoding: gzip\\r\\nContent-Length: 20\\r\\n\\r\\n",
    );
    assert_eq!(params(&script, "conditional_get")["status"], 200);
    assert!(params(&script, "content_coding").is_null());
    never_says(&script, &[("en", "sends the content anew"), ("zh", "重新传送内容")]);
}

#[test]
fn a_redirect_with_no_later_request_does_not_compare_with_one() {
    let moved = |location: &str| {
        exchange(
            "GET / HTTP/1.1\\r\\nHost: a",
            &format!("HTTP/1.1 302 Found\\r\\nLocation: {location}\\r\\nContent-Length: 0\\r\\n\\r\\n"),
        )
    };
    assert_eq!(params(&moved("/next"), "redirect")["later"], 0);
    never_says(&moved("/next"), &[("en", "none asks for exactly"), ("zh", "没有一个正是请求")]);
    // A Client Hello names no address: a connection to one would not be found by it.
    never_says(
        &moved("https://198.51.100.10/"),
        &[("en", "no later TLS connection"), ("zh", "没有客户端到该主机名的 TLS 连接")],
    );
}

#[test]
fn an_authorization_field_without_a_value_carries_nothing() {
    let get = |value: &str| {
        let ok = "HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nhi";
        params(&exchange(&format!("GET / HTTP/1.1\\r\\nHost: a\\r\\nAuthorization: {value}"), ok), "credentials")
    };
    assert!(get("").is_null());
    let basic = get("Basic YTpi");
    assert_eq!((&basic["scheme"], &basic["masked"]), (&"Basic".into(), &true.into()));
}

#[test]
fn factors_of_one_need_no_multiplication() {
    let script = |shift: u8| {
        format!("0 c SYN mss=1460 scale={shift} sack\n+12ms s SYN mss=1460 scale=0 sack\n+0 c ACK\n{GET}{OK}")
    };
    assert!(params(&script(0), "window_scaling").is_null());
    assert_eq!(params(&script(7), "window_scaling")["client_factor"], 128);
}

#[test]
fn a_recording_that_ends_with_the_syn_does_not_go_on() {
    let script = "0 c SYN mss=1460 scale=7 sack\n";
    assert!(params(script, "unanswered")["recorded_on"].is_null());
}

#[test]
fn an_answer_in_two_segments_is_no_half_closed_connection() {
    let close = |wait: &str| format!("{OPEN}{GET}{OK}+1s c FIN\n+12ms s ACK\n+{wait} s FIN\n+0 c ACK\n");
    assert!(params(&close("20us"), "half_closed").is_null());
    assert_eq!(params(&close("2s"), "half_closed")["time"], "2.000000000");
}

#[test]
fn options_that_were_cut_off_are_not_said_to_be_absent() {
    let found = |script: &str| {
        let report = of("script", &support::capture("script", script).unwrap());
        let codes: Vec<String> = support::report::codes(&report);
        let has = |code: &str| codes.iter().any(|found| found == code);
        (has("window_scaling_off"), has("window_scale_unknown"))
    };
    let whole = format!("0 c SYN mss=1460 sack\n+12ms s SYN mss=1460 scale=7 sack\n+0 c ACK\n{GET}{OK}");
    assert_eq!(found(&whole), (true, false));
    assert_eq!(found(&format!("snap 60\n{OPEN}{GET}{OK}")), (false, true));
}

#[test]
fn a_syn_that_is_cut_within_its_options_leaves_the_window_scale_unknown() {
    let script = "snap 60\n0 c SYN mss=1460 scale=7\n+12ms s SYN mss=1460 scale=7\n+0 c ACK\n+1ms c \"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n\"\n";
    let report = report(script);
    let ack = report["handshake"].as_array().unwrap().iter().find(|segment| segment["step"] == "ack").unwrap();
    assert_eq!(ack["window_scaled"], Value::Null);
    assert_ne!(params(script, "window_scale_unknown")["frame"], report["connection"]["handshake"]["syn"]);
}
