//! Captured text and labs that try to act: neither the Markdown nor the page lets them.

use serde_json::Value;

use super::{EXAMPLES, attributes, lab, lab_with, render, report_of, rows_have_their_cells};
use crate::lab::Lang;
use crate::render::{FigureLinks, Figures, RenderError, markdown, page};

/// What must never act, in one text.
pub(in crate::render) const HOSTILE: &str = "</code><script>alert(1)</script><img src=x onerror=alert(2)>`|`` **b** [l](javascript:alert(3)) \
    ![i](https://evil.example/x.png) <https://evil.example> https://evil.example www.evil.example a@evil.example \
    {{ 1234 * 5 }} {% for x in y %} {# c #} &lt;b&gt; <a id=\"f1\" class=\"client\"></a> \u{202e}\u{200b}\u{0}\u{7}\u{1b}[31m\
    \r\n\r\n# heading\r\n- item\r\n\r\n    code\r\n~~~\r\n<!-- \\ $x$ ^f^ ~~s~~ :smile: |a|b|";

/// Replaces captured text in a Report: every string below a key that holds text.
fn make_hostile(value: &mut Value, key: &str) {
    const TEXT: &[&str] = &[
        "file",
        "hardware",
        "os",
        "application",
        "comments",
        "name",
        "description",
        "method",
        "target",
        "version",
        "host",
        "reason",
        "content_type",
        "content_encoding",
        "transfer_encoding",
        "server_name",
        "info",
        "source",
        "destination",
        "protocol",
        "names",
        "charset",
        "class",
        "id",
        "flag",
    ];
    match value {
        Value::String(text) if TEXT.contains(&key) => HOSTILE.clone_into(text),
        Value::Array(items) => items.iter_mut().for_each(|item| make_hostile(item, key)),
        Value::Object(members) => {
            // Fields of a tree keep their names; of the HTTP layer the values are hostile.
            let name = members.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
            let is_field = members.contains_key("generated");
            let is_layer = members.contains_key("fields");
            let is_derived = ["number", "_in", "time"].iter().any(|end| name.ends_with(end));
            for (member, inner) in members.iter_mut() {
                match (is_field, member.as_str()) {
                    (true, "value") if name.ends_with(".line") => *inner = format!("X{HOSTILE}: {HOSTILE}").into(),
                    (true, "value") if name.starts_with("http.") && !is_derived => *inner = HOSTILE.into(),
                    (true, _) => {}
                    (false, "protocol") if is_layer => {}
                    _ => make_hostile(inner, member),
                }
            }
        }
        _ => {}
    }
}

fn hostile_report() -> Value {
    let mut report =
        report_of("hostile", EXAMPLES.iter().find(|(name, _)| *name == "redirect-cookie.pcapng").unwrap().1);
    let lab = report["lab"].clone();
    make_hostile(&mut report, "");
    report["lab"]["time_zone"] = lab["time_zone"].clone();
    report["student"] = serde_json::json!({ "id": HOSTILE, "name": HOSTILE, "class": HOSTILE });
    report
}

#[test]
fn hostile_text_shows_and_never_acts() {
    for languages in ["zh", "en", "zh-en"] {
        let (text, html) = render(&hostile_report(), languages);
        assert!(!text.contains("6170") && !html.contains("6170"), "template syntax was evaluated");
        assert!(html.contains("{{ 1234 * 5 }}"), "template syntax is shown");
        for (kind, document) in [("Markdown", &text), ("page", &html)] {
            let controls = document.chars().filter(|c| c.is_control() && *c != '\n').count();
            assert_eq!(controls, 0, "control characters in the {kind}");
            assert!(!document.contains(['\u{202e}', '\u{200b}']), "hidden characters in the {kind}");
        }
        let body = html.split_once("<body>").unwrap().1;
        for tag in ["<script", "<img", "<iframe", "<svg", "<b>", "<h4"] {
            assert!(!body.contains(tag), "{tag} is an element of the page");
        }
        assert!(!body.contains(" onerror=") || body.contains("&lt;img src=x onerror="), "an event handler");
        for link in attributes(body, "href") {
            assert!(link.starts_with('#'), "{link} leads out of the page");
        }
        assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "the text itself is shown");
        rows_have_their_cells(body);
    }
}

#[test]
fn a_lab_cannot_unescape_captured_text_or_loosen_the_page() {
    let mut report = report_of(EXAMPLES[0].0, EXAMPLES[0].1);
    report["analysis"]["capture"]["file"] = HOSTILE.into();
    let lab = lab_with(&[
        ("sections/aims.md", "{{ report.analysis.capture.file | safe }}"),
        (
            "page.html",
            "<script>alert(1)</script><form></form><p onclick=\"x\" style=\"color:red\">{{ body | safe }}</p>",
        ),
    ])
    .unwrap();
    let languages = Lang::list("en").unwrap();
    let text = markdown(&report, &lab, &languages, &Figures::default(), FigureLinks::Text).unwrap();
    assert!(text.contains("\\<script\\>"));
    let html = page(&text, &lab, &languages, &Figures::default()).unwrap();
    for forbidden in ["<script", "<form", "onclick", "style=\""] {
        assert!(!html.split_once("<body>").unwrap().1.contains(forbidden), "{forbidden}");
    }
    let lab = lab_with(&[("style.css", "</STYLE><script>")]).unwrap();
    assert!(matches!(page("x", &lab, &languages, &Figures::default()), Err(RenderError::StyleEnds)));
}

#[test]
fn a_filled_in_report_becomes_a_page_with_its_raw_html_cleaned() {
    let text = "# My report\n\n<b>bold</b> <script>x</script> <img src=\"https://a/b.png\"> [a](https://a.example/)\n";
    let html = page(text, lab(), &Lang::list("en").unwrap(), &Figures::default()).unwrap();
    assert!(html.contains("<title>My report</title>"));
    assert!(html.contains("<b>bold</b>") && html.contains("href=\"https://a.example/\""));
    assert!(!html.contains("<script") && !html.contains("b.png"));
}

#[test]
fn output_is_bounded_however_much_the_capture_holds() {
    let mut report = report_of(EXAMPLES[0].0, EXAMPLES[0].1);
    let long = "a".repeat(1_000_000);
    report["exchange"]["request"]["target"] = long.clone().into();
    let tls = serde_json::json!({ "stream": 1, "server_name": "a", "client_hello": 1, "alpn": [], "version": null });
    report["analysis"]["tls"] = vec![tls; 20_000].into();
    report["packet_list"]["rows"] = (1..100_000_u64).collect::<Vec<_>>().into();
    let (text, _) = render(&report, "zh-en");
    assert!(text.len() < 500_000, "{}", text.len());
}
