//! Captured text and labs that try to act: neither the Markdown nor the page lets them.

use serde_json::Value;

use super::{EXAMPLES, attributes, lab, lab_with, render, report_of, rows_have_their_cells};
use crate::lab::{Lab, Lang};
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
    assert!(text.contains("&lt;script\\>"));
    let html = page(&text, &lab, &languages, &Figures::default()).unwrap();
    for forbidden in ["<script", "<form", "onclick", "style=\""] {
        assert!(!html.split_once("<body>").unwrap().1.contains(forbidden), "{forbidden}");
    }
    let lab = lab_with(&[("style.css", "</STYLE><script>")]).unwrap();
    assert!(matches!(page("x", &lab, &languages, &Figures::default()), Err(RenderError::StyleEnds)));
}

/// What a template may do to captured text `V`, by mistake or on purpose.
const MISUSES: &[&str] = &[
    "{{ V }}",
    "{{ V | safe }}",
    "{{ V ~ '' | safe }}",
    "{{ (V ~ '') | safe }}",
    "{{ V | replace(from='q', to='q') | safe }}",
    "{% set x %}{{ V }}{% endset %}{{ x | safe }}",
    "{% set x %}{{ V }}{% endset %}{{ x | replace(from='\\\\', to='') | replace(from='&lt;', to='<') | safe }}",
    "{{ V | split(pat=' ') | join(sep=' ') | safe }}",
    "{{ V | code | trim(pat='`') | safe }}",
    "{{ V | code | trim_start(pat='`') | safe }}",
    "{{ V | code | replace(from='`', to='') | safe }}",
    "{{ V | code | replace(from='&#60;', to='<') | safe }}",
    "{{ V | truncate(length=30) | safe }}",
    "{{ V | upper | lower | title | capitalize | safe }}",
    "{{ V | escape | safe }}",
    "{{ V | escape_html | safe }}",
    "{{ V | newlines_to_br | safe }}",
    "{{ V | reverse | reverse | safe }}",
    "{{ V | indent(width=4, first=true) | safe }}",
    "{{ [V, V] | join(sep=V) | safe }}",
    "{{ [V | code] | join(sep=V) | safe }}",
    "{{ say(key='hostile', p=V) }}",
    "{{ term(key='hostile', p=V) | safe }}",
    "{% component c(v) %}<div>{{ v | safe }}</div>{% endcomponent c %}{{ <c v={V} /> }}",
    "{% component c() %}{{ body | safe }}{% endcomponent c %}{% <c> %}{{ V }}{% </c> %}",
    "<div>{{ V }}</div>",
    "<div>\n{{ V | safe }}\n</div>",
    "<div>{{ V | code }}</div>",
    "<div title=\"{{ V }}\">x</div>",
    "<div title='{{ V }}'>x</div>",
    "<div title={{ V }}>x</div>",
    "<div {{ V }}>x</div>",
    "x <span {{ V }}>x</span> <span class=\"{{ V }}\">x</span>",
    "<div title=\"{{ V | code }}\">x</div>",
    "<a href=\"{{ V }}\">x</a>",
    "<img src=\"{{ V }}\" alt=\"x\">",
    "[x]({{ V }})",
    "[x](<{{ V }}>)",
    "[x](x \"{{ V }}\")",
    "![x]({{ V }})",
    "[x][y]\n\n[y]: {{ V }}",
    "<{{ V }}>",
    "<!-- {{ V }} -->",
    "<!-- {{ V | code }} -->",
    "```\n{{ V }}\n```",
    "```{{ V }}\nx\n```",
    "    {{ V }}",
    "`{{ V }}`",
    "# {{ V }}",
    "> {{ V }}",
    "| a |\n|---|\n| {{ V }} |",
    "- {{ V }}",
];

/// Captured texts that would each do one thing.
const TEXTS: &[&str] = &[
    HOSTILE,
    "https://evil.example/",
    "javascript:alert(1)",
    "mailto:evil@evil.example",
    "<b id=\"f1\" class=\"client\">q</b>",
    "<a href=\"https://evil.example/\">q</a>",
    "<https://evil.example/>",
    "[q](https://evil.example/)",
    "\" id=\"f1\" class=\"client\" lang=\"q",
    "' id='f1' class='client",
    "q id=f1 class = client",
    "id=f1",
    "x\"><b>q</b>",
    "--> <b>q</b> <!--",
    "--><b>q</b>",
    "`<b>q</b>`",
    "``` <b>q</b>",
    "\n\n<b>q</b>\n\n# q\n\n[y]: https://evil.example/\n",
    "</code></pre><b>q</b>",
    "{{ 1234 * 5 }}{% raw %}",
    "\u{1b}[31mq\u{202e}q",
];

/// The tags of a page's body, without the text between them.
fn tags(html: &str) -> String {
    html.split('<').skip(1).filter_map(|rest| rest.split_once('>')).flat_map(|(tag, _)| ["<", tag, ">"]).collect()
}

/// Whatever a template does to captured text, none of it becomes an element, an attribute or a link of the page.
#[test]
fn a_hostile_lab_does_not_make_a_hostile_capture_act() {
    let languages = Lang::list("en").unwrap();
    let mut report = report_of(EXAMPLES[0].0, EXAMPLES[0].1);
    let mut faults = Vec::new();
    for misuse in MISUSES {
        let section = misuse.replace('V', "report.analysis.capture.file");
        let files = [
            ("lab.toml", "schema = 1\nid = \"hostile\"\nextends = \"http\"\n"),
            ("report.md", "{{ sections[0].body }}"),
            ("sections/aims.md", &section),
            ("locales/en.toml", "hostile = '{{ p | safe }}'"),
        ];
        let files = files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()));
        let mut lab = Lab::from_files(&files.into()).unwrap();
        lab.manifest.sections = vec!["aims".to_owned()];
        for text in TEXTS {
            report["analysis"]["capture"]["file"] = (*text).into();
            let shown = markdown(&report, &lab, &languages, &Figures::default(), FigureLinks::Text).unwrap();
            let html = page(&shown, &lab, &languages, &Figures::default()).unwrap();
            let body = html.split_once("<main id=\"content\">").unwrap().1.split("</main>").next().unwrap();
            let tags = tags(body);
            let has =
                |name: &str, is_captured: &dyn Fn(&str) -> bool| attributes(&tags, name).into_iter().any(is_captured);
            let is_control = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
            let acts = ["<b>", "<b ", "<script", "<svg"].iter().any(|element| tags.contains(element))
                || tags.contains("<img") && !misuse.contains("<img")
                || ["id", "class", "lang"]
                    .iter()
                    .any(|name| has(name, &|value| matches!(value, "f1" | "client" | "q")))
                || ["href", "src"]
                    .iter()
                    .any(|name| has(name, &|value| value.contains("evil") || value.contains("alert")))
                || body.contains("<h1>q") && !misuse.starts_with('#')
                || body.contains("6170")
                || html.contains(is_control)
                || shown.contains(is_control);
            if acts {
                faults.push(format!("{misuse} of {text:?}:\n{shown}\n{body}"));
            }
        }
    }
    assert!(faults.is_empty(), "{} of {}\n{}", faults.len(), MISUSES.len() * TEXTS.len(), faults.join("\n"));
}

/// Nothing that a lab writes leads a page to load something, run something or send something.
#[test]
fn a_lab_cannot_make_a_page_load_or_send() {
    const ELEMENTS: &str = "<img src=\"https://evil.example/a.png\"><img src=\"//evil.example/a.png\"><img srcset=\"https://evil.example/a.png 2x\">\
        <svg><image href=\"https://evil.example/a.png\"/><script>alert(1)</script></svg><link rel=\"stylesheet\" href=\"https://evil.example/a.css\">\
        <meta http-equiv=\"refresh\" content=\"0;url=https://evil.example/\"><base href=\"https://evil.example/\"><form action=\"https://evil.example/\">\
        <input name=a><button>x</button></form><iframe src=\"https://evil.example/\"></iframe><object data=\"https://evil.example/a\"></object>\
        <embed src=\"https://evil.example/a\"><video src=\"https://evil.example/a\" poster=\"https://evil.example/a\"></video><audio src=\"https://evil.example/a\"></audio>\
        <style>@import 'https://evil.example/a.css';</style><div style=\"background:url(https://evil.example/a)\" onclick=\"alert(1)\" background=\"https://evil.example/a\">x</div>\
        <a href=\"javascript:alert(1)\" ping=\"https://evil.example/\">x</a><math><mtext><style><img src=x onerror=alert(1)></style></mtext></math><script>alert(1)</script>";
    let report = report_of(EXAMPLES[0].0, EXAMPLES[0].1);
    let languages = Lang::list("en").unwrap();
    let page_html = format!("{ELEMENTS}{{{{ body }}}}");
    let lab = lab_with(&[("sections/aims.md", ELEMENTS), ("page.html", &page_html)]).unwrap();
    let text = markdown(&report, &lab, &languages, &Figures::default(), FigureLinks::Text).unwrap();
    let html = page(&text, &lab, &languages, &Figures::default()).unwrap();
    assert!(html.contains("content=\"default-src 'none'; img-src data:; style-src 'sha256-"));
    let body = html.split_once("<body>").unwrap().1;
    let body = tags(body);
    assert!(!body.contains("evil.example"), "{}", &body[body.find("evil.example").unwrap_or(0)..]);
    for sign in ["<script", "<style", "<svg", "<meta", "<base", "<form", "<iframe", "<object", " style=", " onclick="] {
        assert!(!body.contains(sign), "{sign}");
    }
    let style = |style: &str| {
        let lab = lab_with(&[("figures.css", style)]).unwrap();
        page("x", &lab, &languages, &Figures::default()).map(drop).map_err(|error| error.to_string())
    };
    for loads in
        ["p { background: URL( https://evil.example/a) }", "@import 'a.css';", "p { background: image-set('a' 1x) }"]
    {
        let told = style(&format!("a {{}}\n{loads}")).unwrap_err();
        assert!(told.starts_with("figures.css:2: `") && told.contains("loads a file"), "{told}");
    }
    assert_eq!(style("/* @import 'a.css'; */"), Ok(()));
    assert_eq!(style("p { background: url('data:image/png;base64,AA=='); fill: url(#a) }"), Ok(()));
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
