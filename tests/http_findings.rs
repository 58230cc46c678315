//! What findings about HTTP say of variants of a case, and what they must not say.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]

mod support;

use serde_json::Value;
use support::report::{Made, of, rendered};

const OPEN: &str = "0 handshake rtt=12ms\n";

fn report(script: &str) -> Made {
    of("script", &support::capture("script", &format!("{OPEN}{script}")).unwrap())
}

/// The parameters of a finding; `null` if it is not there.
fn params(script: &str, code: &str) -> Value {
    let report = report(script);
    let found = report["findings"].as_array().unwrap().iter().find(|finding| finding["code"] == code).cloned();
    found.map_or(Value::Null, |finding| finding["params"].clone())
}

/// One GET with these fields and this response.
fn exchange(fields: &str, response: &str) -> String {
    format!(
        "+1ms c \"GET / HTTP/1.1\\r\\nHost: www.lab.example\\r\\n{fields}\\r\\n\"\n+12ms s \"{response}\"\n+0 c ACK\n"
    )
}

#[test]
fn the_servers_time_is_split_off_only_where_the_ack_shows_it() {
    let get = "+1ms c \"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n\"\n";
    let ok = "s \"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nhi\"\n";
    let kind = |script: String| params(&script, "time_split")["kind"].clone();
    assert_eq!(kind(format!("{get}+12ms s ACK\n+50ms {ok}")), "split");
    assert_eq!(kind(format!("{get}+12ms s ACK\n+10us {ok}")), "unsplit");
    assert_eq!(kind(format!("{get}+12ms {ok}")), "unsplit");
    assert_eq!(kind(format!("{get}+200us {ok}")), Value::Null);
}

#[test]
fn a_redirect_knows_the_request_that_follows_it() {
    let moved = |location: &str| {
        exchange("", &format!("HTTP/1.1 302 Found\\r\\nLocation: {location}\\r\\nContent-Length: 0\\r\\n\\r\\n"))
    };
    let next = "+1ms c \"GET /next?a=b HTTP/1.1\\r\\nHost: www.lab.example\\r\\n\\r\\n\"\n";
    // The selection prefers the later one's status; the request that was redirected is frame 4.
    let followed = |location: &str| params(&format!("{}{next}", moved(location)), "redirect")["followed"].clone();
    for location in ["/next?a=b", "http://www.lab.example/next?a=b", "//WWW.lab.example:80/next?a=b#top"] {
        assert_eq!(followed(location), 7, "{location}");
    }
    for location in ["/next", "http://app.lab.example/next?a=b", "https://www.lab.example/next?a=b"] {
        assert_eq!(followed(location), Value::Null, "{location}");
    }
}

#[test]
fn h2c_that_is_offered_is_not_called_an_upgrade() {
    let ok = "HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nhi";
    let script =
        exchange("Connection: Upgrade, HTTP2-Settings\\r\\nUpgrade: h2c\\r\\nHTTP2-Settings: AAMAAABk\\r\\n", ok);
    assert_eq!(params(&script, "h2c")["kind"], "offered");
    assert_eq!(params(&script, "upgrade"), Value::Null);
}

#[test]
fn neither_finding_nor_report_passes_a_secret_on() {
    let script = "+1ms c \"POST /login?pwd=first-secret HTTP/1.1\\r\\nHost: a\\r\\nCookie: id=second-secret\\r\\n\
                  Authorization: Basic dGhpcmQtc2VjcmV0\\r\\nProxy-Authorization: Strange fourth-secret\\r\\n\
                  Referer: http://a/?x=1&pass=eighth-secret\\r\\n\
                  Content-Type: application/x-www-form-urlencoded\\r\\nContent-Length: {length}\\r\\n\\r\\n\" \"password=fifth-secret\"\n\
                  +12ms s \"HTTP/1.1 302 Found\\r\\nLocation: /a?passwd=sixth-secret\\r\\nSet-Cookie: b=seventh-secret\\r\\n\
                  Content-Length: 0\\r\\n\\r\\n\"\n";
    let report = report(script);
    let findings = report["findings"].to_string();
    for code in ["credentials", "cookies", "redirect"] {
        assert!(findings.contains(&format!("\"{code}\"")), "{code}: {findings}");
    }
    let credentials = params(script, "credentials");
    assert_eq!((&credentials["scheme"], &credentials["proxy_scheme"]), (&"Basic".into(), &"other".into()));
    assert_eq!(credentials["password"], "body");
    let json = report.to_string();
    let hex = wirelab::text::hex(b"-secret");
    assert!(!json.contains("-secret") && !json.contains(&hex), "{json}");
    let markdown = rendered(&report, "zh-en");
    for secret in ["-secret", "dGhpcmQtc2VjcmV0"] {
        assert!(!findings.contains(secret), "{findings}");
        let shown: Vec<&str> = markdown.lines().filter(|line| line.contains(secret)).collect();
        assert!(shown.is_empty(), "{shown:#?}");
    }
}

#[test]
fn a_header_that_reaches_over_segments_is_cited_where_it_stands() {
    let head = "GET / HTTP/1.1\\r\\nHost: www.lab.example\\r\\nUser-Agent: curl/8.13.0\\r\\nX-Long: ";
    let script = format!(
        "+1ms c \"{head}\" \"x\"*2000 \"\\r\\nAccept-Language: zh\\r\\n\\r\\n\"\n\
                          +12ms s \"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nhi\"\n"
    );
    assert_eq!(params(&script, "user_agent")["frame"], 4);
    assert_eq!(params(&script, "accept_language")["frame"], 5);
}
