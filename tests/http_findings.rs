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

#[test]
fn passwords_in_json_and_in_parts_of_a_form_are_masked_however_they_are_sent() {
    let json = r#"{\"user\":\"a\",\"password\":\"first-secret\"}"#;
    let part = "--b\\r\\nContent-Disposition: form-data; name=\\\"pwd\\\"\\r\\n\\r\\nfirst-secret\\r\\n--b--\\r\\n";
    let plain = |kind: &str, body: &str| {
        format!("Content-Type: {kind}\\r\\nContent-Length: {{length}}\\r\\n\\r\\n\" \"{body}\"")
    };
    let chunks = |kind: &str, body: &str| {
        format!("Content-Type: {kind}\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n\" chunk \"{body}\" \"0\\r\\n\\r\\n\"")
    };
    let (a_json, a_form) = ("application/json; charset=utf-8", "multipart/form-data; boundary=b");
    for (rest, expected) in [
        (plain(a_json, json), "json"),
        (chunks(a_json, json), "json"),
        (plain(a_form, part), "body"),
        (chunks(a_form, part), "body"),
    ] {
        let script = format!(
            "+1ms c \"POST /login HTTP/1.1\\r\\nHost: a\\r\\n{rest}\n\
             +12ms s \"HTTP/1.1 204 No Content\\r\\n\\r\\n\"\n"
        );
        assert_eq!(params(&script, "credentials")["password"], expected, "{script}");
        let report = report(&script);
        let json = report.to_string();
        let hex = wirelab::text::hex(b"first-secret");
        assert!(!json.contains("first-secret") && !json.contains(&hex), "{script}\n{json}");
        assert!(!rendered(&report, "zh-en").contains("first-secret"), "{script}");
        assert!(json.contains("POST /login"), "the header stays");
    }
}

#[test]
fn a_body_stands_once_in_a_report() {
    let report = report(&exchange(
        "",
        "HTTP/1.1 200 OK\\r\\nContent-Type: text/plain\\r\\nContent-Length: 8\\r\\n\\r\\nonly here",
    ));
    let json = report.to_string();
    assert_eq!(json.matches("http.file_data").count(), 1, "{json}");
}

/// The lines of a report in English that show `text`.
fn lines_with(script: &str, text: &str) -> Vec<String> {
    let markdown = rendered(&report(script), "en");
    markdown.lines().filter(|line| line.contains(text)).map(str::to_owned).collect()
}

#[test]
fn a_text_is_shown_in_the_charset_that_is_declared_or_looks_like_it() {
    // "中文网页" in GBK.
    const TEXT: &str = "\\xd6\\xd0\\xce\\xc4\\xcd\\xf8\\xd2\\xb3";
    let page = |content_type: &str, content: &str| {
        exchange(
            "",
            &format!(
                "HTTP/1.1 200 OK\\r\\nContent-Type: {content_type}\\r\\nContent-Length: {{length}}\\r\\n\\r\\n\" \"{content}"
            ),
        )
    };
    for (script, said) in [
        (page("text/html; charset=gb2312", TEXT), "declared by Content-Type as `gb2312` (read as GBK"),
        (page("text/html", &format!("<meta charset=gbk>{TEXT}")), "declared by the content itself as `gbk`."),
        (page("text/html", TEXT), "nothing declares its charset, and it is read as GBK, guessed from the bytes."),
    ] {
        assert!(!lines_with(&script, "中文网页").is_empty(), "{script}");
        assert!(!lines_with(&script, said).is_empty(), "{said}: {:#?}", lines_with(&script, "charset"));
    }
    let script = page("text/html", "<title>x</title>");
    assert_eq!(report(&script)["response_body"]["text"]["source"], "ascii");
    assert!(report(&page("image/png", TEXT))["response_body"]["text"].is_null());
}

#[test]
fn header_values_beyond_ascii_are_made_readable_and_called_a_guess() {
    let script = exchange(
        "",
        "HTTP/1.1 200 \\xb3\\xc9\\xb9\\xa6\\r\\nContent-Disposition: attachment; filename=\\\"\\xca\\xb5\\xd1\\xe9.doc\\\"\\r\\n\
         X-Utf: \\xe6\\x88\\x90\\r\\nContent-Length: 0\\r\\n\\r\\n",
    );
    let disposition = lines_with(&script, "Content-Disposition");
    assert!(
        disposition.iter().any(|line| line.contains("实验.doc") && line.contains("GBK, guessed from the bytes")),
        "{disposition:#?}"
    );
    let reason = lines_with(&script, "成功");
    assert!(reason.len() >= 2 && reason.iter().all(|line| line.contains("guessed")), "{reason:#?}");
    assert!(lines_with(&script, "X-Utf").iter().any(|line| line.contains("成") && line.contains("valid UTF-8")));
}

#[test]
fn a_folded_field_is_one_row_with_the_whole_value() {
    let script = exchange("X-Long: one\\r\\n two\\r\\n\\tthree: x\\r\\n", "HTTP/1.1 204 No Content\\r\\n\\r\\n");
    let rows = lines_with(&script, "**`X-Long`**");
    assert!(
        matches!(rows.as_slice(), [row] if row.contains("`one two three: x`") && row.contains("further lines")),
        "{rows:#?}"
    );
}

#[test]
fn a_request_without_a_version_is_one_of_http_0_9() {
    let script =
        "+1ms c \"GET /old.html\\r\\n\"\n+12ms s \"<html>It works.</html>\"\n+0 s FIN\n+1ms c FIN\n+1ms s ACK\n";
    let made = report(script);
    assert_eq!(made["exchange"]["request"]["version"], "");
    assert!(made["exchange"]["response"].is_null());
    assert_eq!(lines_with(script, "An HTTP/0.9 request: its response has no header").len(), 1);
    assert!(lines_with(script, "the server's payload on this connection, 22 bytes").len() == 1);
    let row = |frame: &str| (made["frames"][frame]["protocol"].clone(), made["frames"][frame]["info"].clone());
    assert_eq!(row("5"), ("HTTP".into(), "Continuation".into()));
}

#[test]
fn a_head_that_is_too_long_is_told_and_is_still_http() {
    let script = "+1ms c \"GET / HTTP/1.1\\r\\nHost: a\\r\\nX-Long: \" \"xxxxxxxxxxxxxxxx\"*70000 \"\\r\\n\\r\\n\"\n";
    let made = report(script);
    let diagnostics = made["analysis"]["diagnostics"].as_array().unwrap();
    assert!(diagnostics.iter().any(|one| one["code"] == "http.head_limit" && one["frame"] == 4), "{diagnostics:?}");
    assert_eq!(
        (&made["exchange"]["request"]["complete"], &made["exchange"]["request"]["host"]),
        (&false.into(), &"a".into())
    );
    assert!(support::report::codes(&made).contains(&"request_incomplete".to_owned()));
    assert!(!lines_with(script, "its header is longer than wirelab follows").is_empty());
}

#[test]
fn frames_behind_an_upgrade_are_named() {
    let script = "+1ms c \"GET /ws HTTP/1.1\\r\\nHost: a\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\n\\r\\n\"\n\
                  +12ms s \"HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n\\r\\n\"\n\
                  +1ms c \"\\x81\\x82\\x00\\x00\\x00\\x00hi\"\n+1ms s \"\\x89\\x00\"\n";
    let made = report(script);
    let row = |frame: &str| (made["frames"][frame]["protocol"].clone(), made["frames"][frame]["info"].clone());
    assert_eq!(row("6"), ("WebSocket".into(), "WebSocket Text [FIN] [MASKED]".into()));
    assert_eq!(row("7"), ("WebSocket".into(), "WebSocket Ping [FIN] ".into()));
}
