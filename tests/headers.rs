//! What the built-in lab says of methods, status codes and header fields: all that a student meets is explained, in each
//! language, and a value is read as it stands.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test reads files, and may panic"
)]

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use serde_json::Value;
use wirelab::analysis::analyse;
use wirelab::capture::Bytes;
use wirelab::lab::{DEFAULT, Lab, Lang};
use wirelab::render::{FigureLinks, Figures, markdown};
use wirelab::report::{self, Request};
use wirelab::select::Preferences;
use wirelab::text::to_json;

/// IANA's HTTP Method Registry as of June 2026, without `*`, which is reserved.
const METHODS: &str = "
ACL BASELINE-CONTROL BIND CHECKIN CHECKOUT CONNECT COPY DELETE GET HEAD LABEL LINK LOCK MERGE MKACTIVITY MKCALENDAR MKCOL
MKREDIRECTREF MKWORKSPACE MOVE OPTIONS ORDERPATCH PATCH POST PRI PROPFIND PROPPATCH PUT QUERY REBIND REPORT SEARCH TRACE
UNBIND UNCHECKOUT UNLINK UNLOCK UPDATE UPDATEREDIRECTREF VERSION-CONTROL
";

/// IANA's HTTP Status Code Registry as of September 2025.
const STATUS_CODES: &str = "
100 101 102 103 104
200 201 202 203 204 205 206 207 208 226
300 301 302 303 304 305 306 307 308
400 401 402 403 404 405 406 407 408 409 410 411 412 413 414 415 416 417 418 421 422 423 424 425 426 428 429 431 451
500 501 502 503 504 505 506 507 508 510 511
";

fn lab() -> &'static Lab {
    static LAB: LazyLock<Lab> = LazyLock::new(|| Lab::built_in(DEFAULT).unwrap());
    &LAB
}

/// All keys below a prefix, in each language: language and the rest of the key.
fn keys_below(lab: &Lab, prefix: &str) -> Vec<(Lang, String)> {
    let mut found = Vec::new();
    for language in &lab.manifest.languages {
        let keys = lab.wording(language).unwrap().keys().filter_map(|key| key.strip_prefix(prefix));
        found.extend(keys.map(|key| (language.clone(), key.to_owned())));
    }
    found
}

#[test]
fn header_fields_that_captures_hold_are_explained_or_known_to_be_undocumented() {
    let table =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/http-fields.tsv")).unwrap();
    let lab = lab();
    let mut rows = 0;
    for row in table.lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<&str> = row.split('\t').collect();
        let (name, count) = (columns[0], columns[1].parse::<u32>().unwrap());
        assert!(count > 5, "{name} is too rare for this list");
        let undocumented = columns.get(2) == Some(&"-");
        assert!(!undocumented || columns.get(3).is_some_and(|reason| !reason.is_empty()), "{name}: say why not");
        for language in &lab.manifest.languages {
            let is_worded = lab.wording(language).unwrap().get(&format!("headers.{name}")).is_some();
            assert_ne!(is_worded, undocumented, "{language}: {name}");
        }
        rows += 1;
    }
    assert!(rows > 100, "only {rows} fields");
}

#[test]
fn registered_methods_and_status_codes_are_explained() {
    let lab = lab();
    for language in &lab.manifest.languages {
        let wording = lab.wording(language).unwrap();
        let missing = |table: &str, names: &'static str| -> Vec<&str> {
            names.split_whitespace().filter(|name| wording.get(&format!("{table}.{name}")).is_none()).collect()
        };
        assert_eq!(missing("methods", METHODS), Vec::<&str>::new(), "{language}");
        assert_eq!(missing("status", STATUS_CODES), Vec::<&str>::new(), "{language}");
        assert_eq!(missing("status_class", "1 2 3 4 5 invalid"), Vec::<&str>::new(), "{language}");
    }
    let registered: BTreeSet<&str> = STATUS_CODES.split_whitespace().collect();
    for (language, code) in keys_below(lab, "status.") {
        assert!(registered.contains(code.as_str()), "{language}: {code} is not registered, its class says enough");
    }
}

#[test]
fn keys_are_what_a_capture_can_match() {
    let is_token =
        |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte));
    let lab = lab();
    for table in
        ["headers.", "media_type.", "content_coding.", "cache_request.", "cache_response.", "connection_option."]
    {
        let keys = keys_below(lab, table);
        assert!(keys.len() > 10, "{table}");
        for (language, name) in keys {
            assert_eq!(name, name.to_lowercase(), "{language}: {table} names are looked up in lower case");
            assert!(name.split('/').all(|part| !part.is_empty() && is_token(part)), "{language}: {table}{name}");
        }
    }
    for (language, method) in keys_below(lab, "methods.") {
        assert!(is_token(&method) && method == method.to_uppercase(), "{language}: {method}");
    }
}

/// A header line of a request or response.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Request,
    Response,
}
use Side::{Request as Q, Response as R};

/// A Report whose chosen exchange has these header lines, and no others.
fn report_with(side: Side, lines: &[String]) -> Value {
    let (name, data) =
        ("curl-close.pcap", include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/captures/curl-close.pcap")));
    let source = Bytes { name, data };
    let survey = analyse(&source, &Preferences::default()).unwrap();
    let mut report = to_json(&report::build(&source, &survey, Request::default()).unwrap()).unwrap();
    let (layer, name) = match side {
        Q => ("request", "http.request.line"),
        R => ("response", "http.response.line"),
    };
    let fields = report[layer]["fields"].as_array_mut().unwrap();
    let line = fields.iter().find(|field| field["name"] == name).unwrap().clone();
    fields.retain(|field| field["name"] != name);
    for (offset, text) in lines.iter().enumerate() {
        let mut field = line.clone();
        field["value"] = format!("{text}\\r\\n").into();
        field["offset"] = (100_000 + offset).into();
        fields.push(field);
    }
    report
}

/// What the Report's table says of each of its header lines.
fn meanings(report: &Value, side: Side, language: &str) -> Vec<String> {
    let text = markdown(report, lab(), &Lang::list(language).unwrap(), &Figures::default(), FigureLinks::Text).unwrap();
    let name = if side == Q { "request.line`" } else { "response.line`" };
    let rows = text.lines().filter(|row| row.starts_with("| **") && row.contains(name));
    rows.map(|row| row.trim_end_matches(" |").rsplit(" | ").next().unwrap().to_owned()).collect()
}

#[test]
fn values_are_read_as_they_stand() {
    let check = |side: Side, line: &str, en: &str, zh: &str| {
        let report = report_with(side, &[line.to_owned()]);
        for (language, expected) in [("en", en), ("zh", zh)] {
            let said = meanings(&report, side, language);
            assert!(said.len() == 1 && said[0].contains(expected), "{line}: {expected}\n{said:?}");
        }
    };
    check(Q, "Cache-Control: max-age=0", "before the server has confirmed", "要先由服务器确认");
    check(R, "Cache-Control: max-age=0", "stale at once", "立即过期");
    check(R, "Cache-Control: private, max-age=600", "600 seconds (10 minutes)", "600 秒（10 分钟）");
    check(R, "Cache-Control: max-age=31536000", "31536000 seconds (365 days)", "31536000 秒（365 天）");
    check(R, "Cache-Control: max-age=soon", "`max-age=soon` is not a directive", "`max-age=soon` 不是");
    check(R, "Cache-Control: no-cache", "may be stored", "可以保存");
    check(R, "Keep-Alive: timeout=1, max=99", "1 second without", "1 秒没有请求");
    check(R, "Keep-Alive: timeout=5, max=99", "99 more requests", "99 个请求");
    check(Q, "Keep-Alive: 300", "`300`: old browsers", "`300`：旧浏览器");
    check(R, "Content-Type: text/html; charset=UTF-8", "encoded as `UTF-8`", "按 `UTF-8` 编码");
    check(R, "Content-Type: text/html", "No character encoding is given", "没有写明字符编码");
    check(Q, "Content-Type: multipart/form-data; boundary=x7", "`x7` separates", "以 `x7` 分隔");
    check(R, "Content-Encoding: gzip", "`gzip`, the format of gzip", "`gzip`，gzip 格式");
    check(R, "Transfer-Encoding: Chunked", "chunk of length 0", "长度为 0 的块");
    check(R, "Transfer-Encoding: xchunked", "`xchunked` is not a transfer coding", "`xchunked` 不是");
    check(Q, "Accept-Language: zh-CN,en;q=0.5", "`zh-CN` (1), `en` (`0.5`)", "`zh-CN`（1）、`en`（`0.5`）");
    check(Q, "Accept-Encoding: gzip, br;q=0", "A q of 0 means", "q 为 0 表示");
    check(Q, "Range: bytes=0-499", "bytes `0` to `499`", "第 `0` 到 `499` 字节");
    check(Q, "Range: bytes=-500, 9-", "the last `500` bytes, from byte `9`", "最后 `500` 字节、从第 `9` 字节");
    check(R, "Content-Range: bytes 0-499/1234", "`0` to `499`, counted from 0, of `1234` bytes", "全长 `1234` 字节");
    check(R, "Content-Range: bytes */1234", "`1234` bytes long", "内容共 `1234` 字节");
    check(R, "ETag: W/\"a\"", "marks a weak tag", "表示弱标签");
    check(R, "ETag: \"a\"", "a strong tag", "强标签");
    check(R, "ETag: a", "missing here", "这里没有");
    check(R, "Vary: Accept-Encoding, Cookie", "`Accept-Encoding`, `Cookie`", "`Accept-Encoding`、`Cookie`");
    check(R, "Expires: 0", "no date", "不是日期");
    check(R, "Age: 100000", "100000 seconds (about 28 hours) ago", "100000 秒（约 28 小时）之前");
    check(R, "Age: 86400", "86400 seconds (24 hours) ago", "86400 秒（24 小时）之前");
    check(R, "Retry-After: 120", "120 seconds (2 minutes)", "120 秒（2 分钟）");
    check(R, "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT", "until this date", "直到这个日期");
    check(Q, "Expect: 100-continue", "would like the server to say 100", "希望服务器");
    check(R, "Content-Length: -1", "cannot be used as a length", "不能当作长度");
    check(Q, "Connection: close", "no further request", "不在这条连接上再发请求");
    check(R, "Connection: keep-alive, X-Hop", "`X-Hop`: an option", "`X-Hop`：只对这一跳");
    check(R, "X-Frame-Options: SAMEORIGIN", "of the same origin", "同源的网页");
    check(R, "X-Content-Type-Options: nosniff", "not guess it", "不得由内容猜测");
    check(R, "Pragma: no-cache", "never defined", "从来没有定义");
    check(R, "From: someone", "no defined meaning", "没有规定的含义");
    check(Q, "Set-Cookie: a=b", "no defined meaning", "没有规定的含义");
    check(R, "X-Nobody-Knows: 1", "does not know this header field", "不认识这个首部字段");
}

/// Numbers in a text, outside of code too.
fn numbers(text: &str) -> BTreeSet<&str> {
    text.split(|character: char| !character.is_ascii_digit()).filter(|digits| !digits.is_empty()).collect()
}

#[test]
fn no_value_breaks_a_sentence_and_both_languages_say_the_same_numbers() {
    const VALUES: &[&str] = &[
        "",
        "*",
        "0",
        "\"",
        "W/\"",
        ",,;=",
        "bytes=",
        "bytes=-,1-2-3",
        "bytes */",
        "bytes 1-2/3",
        "max-age, s-maxage=, max-stale, min-fresh=99999999999999999999, max-age=604800",
        "timeout=99999999999999999999, max=-1, 115, timeout=3600, max=1",
        "text/html; charset=\"a|b`c\"; boundary=; q=0",
        "<b>{{ 7 * 7 }}</b> | `x`",
        "close, upgrade, keep-alive, TE",
        "99999999999999999999",
    ];
    // Fewer lines than a report lists of one header.
    const LISTED: usize = 180;
    let lab = lab();
    let names: BTreeSet<String> = keys_below(lab, "headers.").into_iter().map(|(_, name)| name).collect();
    let lines: Vec<String> =
        VALUES.iter().flat_map(|value| names.iter().map(move |name| format!("{name}: {value}"))).collect();
    for side in [Q, R] {
        for lines in lines.chunks(LISTED) {
            let report = report_with(side, lines);
            let (zh, en) = (meanings(&report, side, "zh"), meanings(&report, side, "en"));
            assert_eq!((zh.len(), en.len()), (lines.len(), lines.len()));
            for ((zh, en), line) in zh.iter().zip(&en).zip(lines) {
                assert!(!zh.is_empty() && !en.is_empty(), "{line}");
                assert_eq!(numbers(zh), numbers(en), "{line}\n{zh}\n{en}");
            }
        }
    }
}
