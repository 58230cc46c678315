//! The built-in lab over real Reports: both languages say the same, every link has a target, errors name their place.
#![expect(
    clippy::string_slice,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "the texts are the tests' own"
)]

mod hostile;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::Value;

pub(super) use hostile::HOSTILE;

use super::{Figure, FigureLinks, Figures, markdown, page};
use crate::analysis::analyse;
use crate::capture::Bytes;
use crate::lab::{DEFAULT, Files, Lab, Lang};
use crate::report::{self, Request};
use crate::select::Preferences;
use crate::text::to_json;

macro_rules! examples {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_bytes!(concat!("../../../examples/captures/", $name)))),*]
    };
}

/// Captures that together have every section, and each kind of missing evidence.
pub(super) const EXAMPLES: &[(&str, &[u8])] = examples![
    "curl-close.pcap",
    "half-closed.pcapng",
    "interim.pcapng",
    "ipv6-vlan.pcapng",
    "keep-alive.pcapng",
    "lossy.pcapng",
    "no-close.pcapng",
    "no-handshake.pcapng",
    "no-response.pcapng",
    "page-load.pcapng",
    "ping-only.pcapng",
    "pipelined.pcapng",
    "redirect-cookie.pcapng",
    "refused.pcapng",
    "reset.pcapng",
    "simultaneous-close.pcapng",
    "snapped.pcap",
    "syn-retransmission.pcapng",
    "three-segment-close.pcapng",
    "tls-only.pcapng",
    "unanswered.pcapng",
    "upgrade.pcapng",
];

/// The fields that the contract names; each is explained.
const FIELDS: &str = "
frame.number frame.interface_id frame.interface_name frame.encap_type frame.len frame.cap_len frame.time_epoch frame.time_relative frame.time_delta frame.protocols
eth.dst eth.src eth.type vlan.id vlan.priority vlan.etype
arp.opcode arp.src.hw_mac arp.src.proto_ipv4 arp.dst.hw_mac arp.dst.proto_ipv4
ip.version ip.hdr_len ip.dsfield ip.dsfield.dscp ip.dsfield.ecn ip.len ip.id ip.flags.rb ip.flags.df ip.flags.mf ip.frag_offset ip.ttl ip.proto ip.checksum ip.src ip.dst
ipv6.version ipv6.tclass ipv6.flow ipv6.plen ipv6.nxt ipv6.hlim ipv6.src ipv6.dst
icmp.type icmp.code icmp.checksum icmp.ident icmp.seq icmp.resptime
udp.srcport udp.dstport udp.length udp.checksum
dns.id dns.qry.name dns.qry.type dns.resp.name dns.resp.type dns.resp.ttl dns.a dns.aaaa dns.cname
tcp.srcport tcp.dstport tcp.stream tcp.completeness tcp.len tcp.seq tcp.seq_raw tcp.nxtseq tcp.ack tcp.ack_raw tcp.hdr_len tcp.flags
tcp.flags.urg tcp.flags.ack tcp.flags.push tcp.flags.reset tcp.flags.syn tcp.flags.fin tcp.flags.str
tcp.window_size_value tcp.window_size tcp.window_size_scalefactor tcp.checksum tcp.checksum.status tcp.urgent_pointer
tcp.options.mss_val tcp.options.wscale.shift tcp.options.wscale.multiplier tcp.options.sack_perm tcp.options.timestamp.tsval tcp.options.timestamp.tsecr
tcp.options.sack_le tcp.options.sack_re tcp.time_relative tcp.time_delta
tcp.analysis.initial_rtt tcp.analysis.ack_rtt tcp.analysis.bytes_in_flight tcp.analysis.acks_frame
tcp.analysis.retransmission tcp.analysis.fast_retransmission tcp.analysis.spurious_retransmission tcp.analysis.out_of_order tcp.analysis.lost_segment tcp.analysis.duplicate_ack
http.request.method http.request.uri http.request.version http.request.full_uri http.host http.user_agent http.accept http.accept_language http.accept_encoding
http.connection http.referer http.cookie http.authorization http.content_type http.content_length_header http.content_encoding http.transfer_encoding
http.response.version http.response.code http.response.phrase http.server http.date http.last_modified http.cache_control http.location http.set_cookie
http.file_data http.response_for.uri http.request_number http.response_number http.prev_request_in http.next_request_in http.next_response_in
http.request_in http.response_in http.time
tls.handshake.type tls.handshake.extensions_server_name tls.record.version
";

pub(super) fn lab() -> &'static Lab {
    static LAB: LazyLock<Lab> = LazyLock::new(|| Lab::built_in(DEFAULT).unwrap());
    &LAB
}

fn report_of(name: &str, data: &[u8]) -> Value {
    let source = Bytes { name, data };
    let survey = analyse(&source, &Preferences::default()).unwrap();
    to_json(&report::build(&source, &survey, Request::default()).unwrap()).unwrap()
}

fn reports() -> impl Iterator<Item = (&'static str, Value)> {
    EXAMPLES.iter().map(|(name, data)| (*name, report_of(name, data)))
}

fn render(report: &Value, languages: &str) -> (String, String) {
    let languages = Lang::list(languages).unwrap();
    let text = markdown(report, lab(), &languages, &Figures::default(), FigureLinks::Text).unwrap();
    let html = page(&text, lab(), &languages, &Figures::default()).unwrap();
    (text, html)
}

/// All values of an attribute in a piece of HTML.
pub(super) fn attributes<'h>(html: &'h str, name: &str) -> Vec<&'h str> {
    let start = format!(" {name}=\"");
    let values = outside_texts(html).flat_map(|part| part.split(start.as_str()).skip(1));
    values.filter_map(|rest| rest.split('"').next()).collect()
}

/// A document without the captured texts that are shown in code blocks, in Markdown or on a page.
fn outside_texts(document: &str) -> impl Iterator<Item = &str> {
    const BLOCKS: [(&str, &str); 2] = [("```text\n", "\n```"), ("<code class=\"language-text\">", "</code>")];
    let mut rest = Some(document);
    std::iter::from_fn(move || {
        let document = rest?;
        let block = BLOCKS.iter().filter_map(|(start, end)| Some((document.find(start)?, end))).min();
        let Some((at, end)) = block else { return rest.take() };
        let (before, text) = document.split_at(at);
        rest = text.find(end).map(|length| &text[length + end.len()..]);
        Some(before)
    })
}

#[test]
fn both_languages_have_the_same_keys() {
    let lab = lab();
    let keys = |language: &str| -> BTreeSet<String> {
        lab.wording(&language.parse().unwrap()).unwrap().keys().map(str::to_owned).collect()
    };
    let (zh, en) = (keys("zh"), keys("en"));
    assert_eq!(zh.symmetric_difference(&en).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn every_field_of_the_contract_is_explained() {
    let lab = lab();
    for language in &lab.manifest.languages {
        let wording = lab.wording(language).unwrap();
        for name in FIELDS.split_whitespace() {
            for part in ["label", "meaning"] {
                assert!(wording.get(&format!("fields.{name}.{part}")).is_some(), "{language}: {name} has no {part}");
            }
        }
    }
}

#[test]
fn fields_that_examples_show_are_explained() {
    for (name, report) in reports() {
        let (text, _) = render(&report, "en");
        assert!(!text.contains("no explanation of this field"), "{name}");
    }
}

/// The template without expressions, tags and code: what a person wrote.
fn prose(template: &str) -> String {
    let mut prose = String::new();
    let mut rest = template;
    while let Some(start) = rest.find(['{', '`']) {
        prose.push_str(&rest[..start]);
        let end = match rest.get(start..start + 2) {
            Some("{{") => "}}",
            Some("{%") => "%}",
            _ if rest[start..].starts_with('`') => "`",
            _ => "",
        };
        let inner = &rest[start + 1..];
        let after = inner.find(end).map_or(inner.len(), |at| at + end.len());
        prose.push('\u{1}');
        rest = &inner[after..];
    }
    prose + rest
}

#[test]
fn chinese_prose_has_full_width_punctuation() {
    let is_chinese = |c: &char| ('\u{4e00}'..='\u{9fff}').contains(c);
    let lab = lab();
    for (key, sentence) in lab.wording(&"zh".parse().unwrap()).unwrap().iter() {
        let prose: Vec<char> = prose(&sentence.text).chars().collect();
        for triple in prose.windows(3) {
            let touches = is_chinese(&triple[0]) || is_chinese(&triple[2]);
            assert!(!(touches && matches!(triple[1], ',' | ';' | ':' | '!' | '?' | '(' | ')')), "{key}: {triple:?}");
            let ends = is_chinese(&triple[0]) && triple[1] == '.';
            assert!(!ends, "{key}: {triple:?}");
        }
    }
}

/// Numbers in a text, as often as they stand there at least once; hexadecimal and version numbers whole.
pub(super) fn numbers(text: &str) -> BTreeSet<String> {
    let mut plain = String::new();
    let mut inside = false;
    for character in text.chars() {
        match character {
            '<' => inside = true,
            '>' if inside => inside = false,
            _ if !inside => plain.push(character),
            _ => {}
        }
    }
    plain
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '-'))
        .map(|word| word.trim_matches(['.', '-']))
        .map(|word| word.strip_suffix("-bit").unwrap_or(word))
        .filter(|word| word.starts_with(|c: char| c.is_ascii_digit()))
        .map(str::to_owned)
        .collect()
}

#[test]
fn both_languages_say_the_same_numbers_and_frames() {
    let beneath = "<br><small lang=\"en\">";
    let mut pairs = 0;
    for (name, report) in reports() {
        for line in render(&report, "zh-en").0.lines() {
            let item = line
                .split_once(". ")
                .filter(|(number, _)| number.parse::<u64>().is_ok())
                .map_or(line, |(_, text)| text);
            for cell in item.split(" | ") {
                // A cell or item can hold several sentences, each with its translation beneath.
                for sentence in cell.split("</small>") {
                    let Some((zh, en)) = sentence.split_once(beneath) else { continue };
                    let zh = zh.rsplit("<br>").next().unwrap();
                    let both = (numbers(zh), numbers(en));
                    let differing: Vec<_> = both.0.symmetric_difference(&both.1).collect();
                    assert!(differing.is_empty(), "{name}: {differing:?}\n{zh}\n{en}");
                    pairs += 1;
                }
            }
        }
    }
    assert!(pairs > 2000, "only {pairs} sentences were compared");
}

#[test]
fn every_link_has_a_target_and_every_anchor_is_there_once() {
    for (name, report) in reports() {
        for languages in ["zh", "en", "zh-en", "en-zh"] {
            let (text, html) = render(&report, languages);
            for (kind, document) in [("Markdown", &text), ("page", &html)] {
                let ids = attributes(document, "id");
                let once: BTreeSet<&str> = ids.iter().copied().collect();
                assert_eq!(ids.len(), once.len(), "{name} {languages}: an anchor twice in the {kind}");
            }
            let anchors: BTreeSet<&str> = attributes(&text, "id").into_iter().collect();
            for link in text.split("](#").skip(1).filter_map(|rest| rest.split(')').next()) {
                assert!(anchors.contains(link), "{name} {languages}: no target for {link} in the Markdown");
            }
            let ids: BTreeSet<&str> = attributes(&html, "id").into_iter().collect();
            for link in attributes(&html, "href") {
                let id = link.strip_prefix('#').unwrap_or_else(|| panic!("{name}: {link} leads out of the page"));
                assert!(ids.contains(id), "{name} {languages}: no target for {link}");
            }
        }
    }
}

/// First and last byte of each block of bytes in a report, and its rows.
fn byte_blocks(text: &str) -> Vec<(usize, usize, Vec<&str>)> {
    let blocks = text.split("```hex ").skip(1).filter_map(|rest| rest.split("\n```").next());
    let parts = blocks.map(|block| {
        let (info, rows) = block.split_once('\n').unwrap();
        let (first, last) = info.split(' ').next().unwrap().split_once('-').unwrap();
        (first.parse().unwrap(), last.parse().unwrap(), rows.lines().collect())
    });
    parts.collect()
}

#[test]
fn the_bytes_of_layers_follow_each_other_and_fill_their_rows() {
    let mut views = 0;
    for (name, report) in reports() {
        let (text, html) = render(&report, "en");
        let mut blocks = byte_blocks(&text);
        let whole = |(first, last, rows): &(usize, usize, Vec<&str>)| rows.len() == last / 16 - first / 16 + 1;
        assert!(blocks.iter().all(whole), "{name}: rows that the bytes touch");
        assert_eq!(html.matches("<pre class=\"hex\">").count(), blocks.len(), "{name}");
        assert_eq!(
            html.matches("<a href=\"#b-").count() > 0,
            !blocks.is_empty(),
            "{name}: bytes and fields are linked"
        );
        views += blocks.len();
        if !report["response"].is_null() {
            blocks.pop();
        }
        let mut next = 0;
        for (first, last, _) in blocks {
            assert_eq!(first, next, "{name}: a layer begins where the one around it ends its header");
            next = last + 1;
        }
    }
    assert!(views > 80, "only {views} views");
}

#[test]
fn secrets_are_not_in_the_bytes() {
    let (text, _) =
        render(&report_of(EXAMPLES[0].0, include_bytes!("../../../examples/captures/redirect-cookie.pcapng")), "en");
    let block = byte_blocks(&text).into_iter().find(|(first, ..)| *first == 66).unwrap().2;
    let masked = block.iter().map(|line| line.matches(" xx").count()).sum::<usize>();
    assert_eq!(masked, 43 + 34, "Authorization and Cookie, 113 to 155 and 194 to 227");
}

#[test]
fn a_page_has_no_script_no_style_attribute_and_a_policy_with_the_hash_of_its_style() {
    use sha2::{Digest, Sha256};
    let (_, html) = render(&report_of(EXAMPLES[0].0, EXAMPLES[0].1), "zh-en");
    assert!(!html.contains("<script") && !html.contains(" style=") && !html.contains(" onclick="), "something acts");
    let style = html.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
    let digest = Sha256::digest(style.as_bytes());
    let hash = html.split_once("'sha256-").unwrap().1.split_once('\'').unwrap().0;
    assert_eq!(hash.len(), 44);
    assert!(hash.ends_with('=') && digest.len() == 32);
    assert!(html.contains("default-src 'none'") && html.starts_with("<!DOCTYPE html>\n<html lang=\"zh-CN\">"));
    for landmark in ["<header>", "<nav class=\"contents\" aria-label=", "<main id=\"content\">", "<footer>"] {
        assert_eq!(html.matches(landmark).count(), 1, "{landmark}");
    }
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    let report = report_of(EXAMPLES[0].0, EXAMPLES[0].1);
    assert_eq!(render(&report, "zh-en"), render(&report, "zh-en"));
}

/// In every table all rows have as many cells as its head.
fn rows_have_their_cells(body: &str) {
    for table in body.split("<table>").skip(1).filter_map(|rest| rest.split("</table>").next()) {
        let (head, rows) = table.split_once("<tbody>").unwrap();
        let head = head.matches("<th").count() - head.matches("<thead").count();
        assert!(rows.contains("<tr"), "a table without rows: {table}");
        for row in rows.split("<tr").skip(1) {
            assert_eq!(row.matches("<td").count(), head, "{row}");
        }
    }
}

#[test]
fn tables_keep_their_shape() {
    for (_, report) in reports() {
        rows_have_their_cells(&render(&report, "zh-en").1);
    }
}

/// The built-in lab with some files changed.
fn lab_with(changes: &[(&str, &str)]) -> Result<Lab, crate::lab::LabError> {
    let mut files: Files = Lab::built_in_files(DEFAULT).unwrap();
    for (name, text) in changes {
        files.insert((*name).to_owned(), text.as_bytes().to_vec());
    }
    Lab::from_files(&files)
}

fn error_of(changes: &[(&str, &str)]) -> String {
    let report = report_of(EXAMPLES[0].0, EXAMPLES[0].1);
    let error = markdown(
        &report,
        &lab_with(changes).unwrap(),
        &Lang::list("zh-en").unwrap(),
        &Figures::default(),
        FigureLinks::Text,
    )
    .unwrap_err();
    error.to_string()
}

#[test]
fn errors_name_the_file_the_line_and_the_nearest_name() {
    let error = error_of(&[("sections/aims.md", "first line\n{{ say(key=\"aims.htp\") }}\n")]);
    assert!(error.contains("sections/aims.md:2"), "{error}");
    assert!(error.contains("locales/zh has no key `aims.htp`; did you mean `aims.http`?"), "{error}");

    let error = error_of(&[("sections/aims.md", "{{ report.analysis.captur.file }}")]);
    assert!(error.contains("sections/aims.md:1") && error.contains("captur"), "{error}");

    let error = error_of(&[("sections/aims.md", "{% if %}")]);
    assert!(error.contains("sections/aims.md:1"), "{error}");

    let words = String::from_utf8(Lab::built_in_files(DEFAULT).unwrap()["locales/en/report.toml"].clone()).unwrap();
    let broken = words.replace("[aims]\nhttp = '''", "[aims]\nhttp = '''{{ oops ");
    let line = broken.lines().position(|line| line.contains("{{ oops")).unwrap() + 1;
    let error = error_of(&[("locales/en/report.toml", &broken)]);
    assert!(error.starts_with(&format!("locales/en/report.toml:{line}: `aims.http`: ")), "{error}");

    let circle = words.replace("[aims]\nhttp = '''", "[aims]\nhttp = '''{{ say(key='aims.http') }}");
    let error = error_of(&[("locales/en/report.toml", &circle)]);
    assert!(error.contains("uses itself"), "{error}");
}

#[test]
fn figures_take_the_place_of_their_elements_only() {
    let mut figures = Figures::default();
    let svg = "<svg id=\"l\" onload=\"x\"></svg>".to_owned();
    figures.insert("ladder", Figure { svg, alternative: "A ladder".to_owned() });
    let text = "# t\n\n![A ladder](<x-figures/ladder.svg>)\n\n<wl-figure name=\"other\"></wl-figure>\n\n<svg onload=x></svg>\n\n\
        ![other](<x-figures/other.svg>)\n";
    let html = page(text, lab(), &Lang::list("en").unwrap(), &figures).unwrap();
    assert_eq!(html.matches("<svg").count(), 1);
    assert!(html.contains("<svg id=\"l\"></svg>"));
}
