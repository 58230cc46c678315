//! Broken labs: what is wrong, the files that make it so, and the lines that `lab check` prints.
//!
//! Each lab extends the built-in one; `lab.toml` is that of `tests/check.rs` where it is not given.

/// What is wrong, the files of the lab, and its problems.
pub(crate) type Case = (&'static str, &'static [(&'static str, &'static [u8])], &'static [&'static str]);

/// All broken labs.
pub(crate) const CASES: &[Case] = &[
    (
        "unknown key in lab.toml",
        &[("lab.toml", b"schema = 1\nid = \"mine\"\nextends = \"http\"\nsectoins = []\n")],
        &["lab.toml:4: unknown field `sectoins`, expected one of `schema`, `id`, `extends`, `title`, `description`, `authors`, `languages`, `fallback`, `time_zone`, `hosts`, `connectivity_checks`, `student_id`, `evidence`, `sections`, `unnumbered`; did you mean `sections`?"],
    ),
    (
        "section that is not there",
        &[("lab.toml", b"schema = 1\nid = \"mine\"\nextends = \"http\"\nsections = [\"aims\",\n\"taks\"]\n")],
        &["lab.toml:5: there is no file `sections/taks.md`; did you mean `tasks`?"],
    ),
    (
        "time zone",
        &[("lab.toml", b"schema = 1\nid = \"mine\"\nextends = \"http\"\n[time_zone]\nzh = \"Asia/Shangai\"\n")],
        &["lab.toml:5: `Asia/Shangai` is no IANA time zone; did you mean `Asia/Shanghai`?; write one such as `Asia/Shanghai`"],
    ),
    (
        "locale that is no TOML",
        &[("locales/en.toml", b"[aims]\nhttp = \"Goals\n")],
        &["locales/en.toml:2: invalid basic string, expected `\"`"],
    ),
    (
        "sentence that is no text",
        &[("locales/en.toml", b"[aims]\nhttp = 3\n")],
        &["locales/en.toml:2: `aims.http` is no text; put it in quotation marks"],
    ),
    (
        "not UTF-8",
        &[("sections/aims.md", b"\xff\xfe")],
        &["sections/aims.md: not UTF-8; save it as UTF-8"],
    ),
    (
        "tag that is not closed",
        &[("sections/aims.md", b"Goals\n{{ report.sha256 \n")],
        &["sections/aims.md:2: the file ends too early; close what is open with `}}`, `%}`, or `{% endif %}`, `{% endfor %}`, `{% endblock %}`"],
    ),
    (
        "if that is not closed",
        &[("sections/aims.md", b"{% if report.exchange %}\nGoals\n")],
        &["sections/aims.md:1: `{% if … %}` is not closed; write `{% endif %}` where it ends"],
    ),
    (
        "unknown tag",
        &[("sections/aims.md", b"{% fi report.exchange %}a{% endif %}\n")],
        &["sections/aims.md:1: there is no tag `fi`; did you mean `if`?"],
    ),
    (
        "filters",
        &[("sections/aims.md", b"{{ 1 | fraem }}\n\n{{ 2 | sizes }}\n")],
        &["sections/aims.md:1: there is no filter `fraem`; did you mean `frame`?", "sections/aims.md:3: there is no filter `sizes`; did you mean `size`?"],
    ),
    (
        "function",
        &[("sections/aims.md", b"{{ sya(key=\"aims.http\") }}\n")],
        &["sections/aims.md:1: there is no function `sya`; did you mean `say`?"],
    ),
    (
        "test",
        &[("sections/aims.md", b"{% if report.exchange is defind %}a{% endif %}\n")],
        &["sections/aims.md:1: there is no test `defind`; did you mean `defined`?"],
    ),
    (
        "component",
        &[("sections/aims.md", b"{{ <row list={[1]} /> }}\n")],
        &["sections/aims.md:1: there is no component `row`; did you mean `rows`?"],
    ),
    (
        "include",
        &[("sections/aims.md", b"\n{% include \"parts/sums.md\" %}\n")],
        &["sections/aims.md:2: there is no template `parts/sums.md`; did you mean `parts/sum.md`?"],
    ),
    (
        "parent",
        &[("sections/aims.md", b"{% extends \"http/sections/aim.md\" %}\n")],
        &["sections/aims.md:1: there is no template `http/sections/aim.md` to extend; did you mean `http/sections/aims.md`?"],
    ),
    (
        "block",
        &[("sections/cover.md", b"{% extends \"http/sections/cover.md\" %}\n{% block hedding %}a{% endblock %}\n")],
        &["sections/cover.md:2: the template that this one extends has no block `hedding`"],
    ),
    (
        "member of the Report",
        &[("sections/aims.md", b"{% if report.exchnage %}a{% endif %}b\n")],
        &["sections/aims.md:1: `report` has no `exchnage`; did you mean `exchange`?"],
    ),
    (
        "member of a variable",
        &[("sections/aims.md", b"{% set exchange = report.exchange %}\n{{ exchange?.respnse?.status or \"none\" }}\n")],
        &["sections/aims.md:2: `exchange` has no `respnse`; did you mean `response`?"],
    ),
    (
        "member of a loop's variable",
        &[("sections/aims.md", b"a{% for finding in report.findings %}\n{{ finding.cod }}\n{% endfor %}\n")],
        &["sections/aims.md:2: `finding` has no `cod`; did you mean `code`?"],
    ),
    (
        "member of a list",
        &[("sections/aims.md", b"{% if report.findings.code %}a{% endif %}b\n")],
        &["sections/aims.md:1: `report.findings` is a list and has no `code`; go through it with `{% for … in report.findings %}`, or take one with `report.findings[0]`"],
    ),
    (
        "member of a number",
        &[("sections/aims.md", b"b{% if report.exchange %}{{ report.exchange.time.ms }}{% endif %}\n")],
        &["sections/aims.md:1: `report.exchange.time` is a single value and has no `ms`; did you mean `report.exchange.time | ms`?"],
    ),
    (
        "parameter of a component",
        &[("sections/aims.md", b"a{% if report.exchange %}{{ <rows lst={[1]} /> }}{% endif %}\n")],
        &["sections/aims.md:1: the component `rows` has no parameter `lst`; did you mean `list`?; it has: list"],
    ),
    (
        "variable",
        &[("sections/aims.md", b"a{% set exchange = report.exchange %}\n{% if exchnage %}b{% endif %}\n")],
        &["sections/aims.md:2: there is no `exchnage` here; did you mean `exchange`?; there are: exchange, lab, lang, report, title"],
    ),
    (
        "value that nobody gives a sentence",
        &[("locales/en.toml", b"[cover]\ncapture_is = \"{{ captur.file }}\"\n")],
        &["locales/en.toml:2: `cover.capture_is`: nobody who says this sentence gives it `captur`; did you mean `capture`?; it has: capture, lang, report"],
    ),
    (
        "member of a sentence's value",
        &[("locales/en.toml", b"[cover]\n\ncapture_is = \"{{ capture.fiel | code }}\"\n")],
        &["locales/en.toml:3: `cover.capture_is`: `capture` has no `fiel`; did you mean `file`?"],
    ),
    (
        "syntax of sentences",
        &[("locales/en.toml", b"[aims]\nhttp = \"{{ 1 | fraem }}\"\nprocess = \"\"\"\nA\n{% if %}\"\"\"\n")],
        &["locales/en.toml:2: `aims.http`: there is no filter `fraem`; did you mean `frame`?", "locales/en.toml:5: `aims.process`: Found `%}` but expected one of: integer, float, string, bool, ident, `-`, `not`, `<`, `{`, `[` or `(`"],
    ),
    (
        "sentence that is not there",
        &[("sections/aims.md", b"{{ say(key=\"aims.htpt\") }}\n")],
        &["sections/aims.md:1: no language has the sentence `aims.htpt`; did you mean `aims.http`?"],
    ),
    (
        "sentence that nobody says",
        &[("locales/en.toml", b"[aims]\nhtpt = \"a\"\n"), ("locales/zh.toml", b"[aims]\nhtpt = \"a\"\n")],
        &["locales/en.toml:2: nothing asks for the sentence `aims.htpt`; did you mean `aims.http`?", "locales/zh.toml:2: nothing asks for the sentence `aims.htpt`; did you mean `aims.http`?"],
    ),
    (
        "sentence of one language",
        &[("sections/aims.md", b"{{ say(key=\"aims.own\") }}\n"), ("locales/en.toml", b"[aims]\nown = \"a\"\n")],
        &["locales/en.toml:2: `aims.own` is there in `en`, and not in `zh`; add it to locales/zh.toml"],
    ),
    (
        "language that is not listed",
        &[("locales/fr.toml", b"[aims]\nhttp = \"a\"\n")],
        &["locales/fr.toml: `fr` is not among the `languages` of lab.toml (zh, en), so it is not read; add it there, or take the file away"],
    ),
    (
        "language without sentences",
        &[("lab.toml", b"schema = 1\nid = \"mine\"\nextends = \"http\"\nlanguages = [\"zh\", \"en\", \"fr\"]\n"), ("locales/fr.toml", b"[aims]\nhttp = \"a\"\n")],
        &["lab.toml: the lab has no title in `fr`; write `fr = \"…\"` under `[title]`", "locales/fr.toml: # sentences are not there in `fr` (`aims.encapsulation`, `aims.process`, `announced`, …); add them, or write `fallback = { fr = \"zh\" }` in lab.toml"],
    ),
    (
        "section without heading",
        &[("lab.toml", b"schema = 1\nid = \"mine\"\nextends = \"http\"\nsections = [\"cover\", \"own\", \"frames\"]\n"), ("sections/own.md", b"Own\n")],
        &["lab.toml:4: the section `own` has no heading; write `sections.own.title` into the files of locales/"],
    ),
    (
        "section that is not listed",
        &[("sections/own.md", b"Own\n")],
        &["sections/own.md: `own` is not among the `sections` of lab.toml, so it is not shown"],
    ),
    (
        "section in a language that is not listed",
        &[("sections/aims.fr.md", b"Own\n")],
        &["sections/aims.fr.md: `fr` is not among the `languages` of lab.toml (zh, en), so it is not read; add it there, or take the file away"],
    ),
    (
        "section for one language",
        &[("lab.toml", b"schema = 1\nid = \"mine\"\nextends = \"http\"\nsections = [\"own\", \"frames\"]\n"), ("sections/own.zh.md", b"Own\n"), ("locales/zh.toml", b"[sections]\nown.title = \"a\"\n"), ("locales/en.toml", b"[sections]\nown.title = \"a\"\n")],
        &["sections/own.md: not in the lab, which has the section in other languages than en only; add it (with the sample curl-close.pcap, by a named student, in en)"],
    ),
    (
        "figure",
        &[("sections/aims.md", b"a {{ <figure_block name=\"laddre\" /> }}\n")],
        &["sections/aims.md:1: there is no figure `laddre`; did you mean `ladder`?; there are: ping, encapsulation, waterfall, ladder, sequence"],
    ),
    (
        "pictures",
        &[("sections/aims.md", b"{{ asset(name=\"lgo.png\", alt=\"Logo\") }}\n"), ("assets/logo.png", b"no picture")],
        &["assets/logo.png: no picture in PNG, JPEG, GIF or WebP; save it as one", "sections/aims.md:1: there is no file `assets/lgo.png`; did you mean `logo.png`?"],
    ),
    (
        "elements",
        &[("sections/aims.md", b"a <font color=\"red\">b</font>\n\n<div style=\"x\">c</div>\n\n<p onclick=\"x()\">d</p>\n\n<script>e</script>\n\n`<font>`\n")],
        &["sections/aims.md:1: `<font>` is left out on the page: no such element is allowed; write a `class`, and style it in extra.css", "sections/aims.md:3: `style` of `<div>` is left out on the page; write a `class`, and style it in extra.css", "sections/aims.md:5: `onclick` of `<p>` is left out on the page; a page has no scripts", "sections/aims.md:7: `<script>` is left out on the page with all that is in it; a page has no scripts"],
    ),
    (
        "links and pictures from elsewhere",
        &[("sections/aims.md", b"[a](javascript:x) [b](notes.html) [c](https://www.example.edu/)\n\n![d](http://www.example.edu/d.png)\n\n<img src=\"logo.png\" alt=\"e\">\n\n<a href=\"{{ report.sha256 }}\">f</a>\n")],
        &["sections/aims.md:1: the link to `javascript:x` is left out on the page: a link begins with `#`, `http://`, `https://` or `mailto:`", "sections/aims.md:1: the link to `notes.html` is left out on the page: a link begins with `#`, `http://`, `https://` or `mailto:`", "sections/aims.md:3: the picture `http://www.example.edu/d.png` is left out on the page: put the picture into assets/ and write `{{ asset(name=\"…\", alt=\"…\") }}`", "sections/aims.md:5: `src=\"logo.png\"` is left out on the page: put the picture into assets/ and write `{{ asset(name=\"…\", alt=\"…\") }}`"],
    ),
    (
        "HTML in a sentence",
        &[("locales/en.toml", b"[aims]\nhttp = \"a <blink>b</blink>\"\n")],
        &["locales/en.toml:2: `aims.http`: `<blink>` is left out on the page: no such element is allowed"],
    ),
    (
        "style",
        &[("extra.css", b"@import \"a.css\";\n/* url(b) */\np { background: url(\"http://www.example.edu/c.png\") }\nq { color: red\n")],
        &["extra.css:1: `@import` is not followed: a page loads nothing; copy the rules into this file", "extra.css:3: `url(…)` is not loaded: a page has everything in it; write `url(data:image/png;base64,…)`, or use assets/ in a template", "extra.css:4: this `{` is not closed; what follows it has no style"],
    ),
    (
        "page",
        &[("page.html", b"<main>{{ cover }}{{ footer }}</main>\n<link rel=\"stylesheet\" href=\"a.css\">\n")],
        &["page.html: does not show the sections; write `{{ body }}` where it is to stand", "page.html: does not show the table of contents; write `{{ contents }}` where it is to stand", "page.html:2: `<link>` is left out on the page: no such element is allowed; the head of the page is always the same"],
    ),
    (
        "files at the wrong place",
        &[("section/aims.md", b"a"), ("local/zh.toml", b""), ("lab.tml", b""), ("sections/aims.txt", b"a"), ("README.md", b"a")],
        &["lab.tml: no part of a lab by this name; did you mean `lab.toml`?", "local/zh.toml: no part of a lab by this name; did you mean `locales/zh.toml`?", "section/aims.md: no part of a lab by this name; did you mean `sections/aims.md`?", "sections/aims.txt: no part of a lab by this name; did you mean `sections/aims.md`?"],
    ),
    (
        "link to nowhere",
        &[("sections/aims.md", b"a\n[b](#nowhere)\n")],
        &["sections/aims.md:2: the link to `#nowhere` leads nowhere in some reports; write `{{ anchor(id=\"nowhere\") }}` where it is to lead"],
    ),
    (
        "frames without a row",
        &[("lab.toml", b"schema = 1\nid = \"mine\"\nextends = \"http\"\nsections = [\"cover\", \"exchange\"]\n")],
        &["lab.toml:4: frames are named that have no row to link to (first in sections/exchange.md); make `frames` the last section, or write `{{ <rows list={frames_without_row()} /> }}` at the end"],
    ),
    (
        "rendering",
        &[("sections/aims.md", b"a\n{{ report.sha256 + 1 }}\n")],
        &["sections/aims.md:2: `+` requires both operands to be numbers, found `string` and `i64` (with the sample curl-close.pcap, by a named student, in zh)"],
    ),
    (
        "argument",
        &[("sections/aims.md", b"a\n{{ \"x\" | size }} {{ say(kye=\"aims.http\") }}\n")],
        &["sections/aims.md:2: `say` needs the key of a sentence: `say(key=\"…\")`"],
    ),
    (
        "kind of a value",
        &[("sections/aims.md", b"a\n{{ \"x\" | size }}\n")],
        &["sections/aims.md:2: `\"x\"` is a text, and a whole number is needed (with the sample curl-close.pcap, by a named student, in zh)"],
    ),
    (
        "sentence that is misspelt where it is asked for",
        &[
            ("sections/aims.md", b"{{ say(key=\"aims.onw\") }}\n"),
            ("locales/en.toml", b"[aims]\nown = \"a\"\n"),
            ("locales/zh.toml", b"[aims]\nown = \"a\"\n"),
        ],
        &["sections/aims.md:1: no language has the sentence `aims.onw`; did you mean `aims.own`?"],
    ),
    (
        "several in one file",
        &[("sections/aims.md", b"{{ report.a }}\n{{ report.b }}\n{{ report.a }} {{ report.c }}\n")],
        &["sections/aims.md:1: `report` has no `a`; it has: schema, generator, sha256, lab, student, analysis, not_listed, selection, connection, exchange, client, server, …", "sections/aims.md:2: `report` has no `b`; it has: schema, generator, sha256, lab, student, analysis, not_listed, selection, connection, exchange, client, server, …", "sections/aims.md:3: `report` has no `a`; it has: schema, generator, sha256, lab, student, analysis, not_listed, selection, connection, exchange, client, server, …", "sections/aims.md:3: `report` has no `c`; it has: schema, generator, sha256, lab, student, analysis, not_listed, selection, connection, exchange, client, server, …"],
    ),
];
