//! The part of `docs/oracle.md` that is written by a run: what was compared, and each reason with how often it was met and an example.
//! Every run checks that the document knows the reasons that it met.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::known_differences::PARAMETER;
use super::process;
use super::tally::{Difference, Tally};

const BEGIN: &str = "<!-- Written by the test, with WIRELAB_UPDATE=1: do not edit. -->";
const END: &str = "<!-- End of what the test writes. -->";

/// Bytes of an example that are shown.
const SHOWN_BYTES: usize = 24;

/// A name, and which kinds of values belong to it.
type Part = (&'static str, fn(&str) -> bool);

/// What the summary tells apart: a name, and which kinds of values belong to it.
const PARTS: &[Part] = &[
    ("fields", |kind| kind.starts_with("field ")),
    ("handshakes", |kind| kind.starts_with("connection.handshake")),
    ("completeness", |kind| kind == "connection.completeness"),
    ("closes", |kind| kind.starts_with("connection.close")),
    ("requests", |kind| kind == "exchange" || kind.starts_with("exchange.request") || kind == "exchange.index"),
    ("responses", |kind| kind.starts_with("exchange.response") || kind == "exchange.time" || kind == "orphan"),
    ("names, pings, TLS", |kind| kind.starts_with("name") || kind.starts_with("ping") || kind.starts_with("tls")),
    ("everything", |_| true),
];

/// The reasons that a run met and that the document does not have.
pub(crate) fn undocumented(tally: &Tally, document: &str) -> BTreeSet<String> {
    let reasons = tally.differences().iter().filter_map(|difference| difference.reason.as_deref());
    let unknown = reasons.map(family).filter(|reason| !document.contains(&format!("| {} |", cell(reason))));
    unknown.map(str::to_owned).collect()
}

/// The document with the part of this run in place of the one it has. `Err` if it has none.
pub(crate) fn written(document: &str, tally: &Tally, folder: &Path, files: usize) -> Result<String, String> {
    let parts = document.split_once(BEGIN).and_then(|(head, rest)| Some((head, rest.split_once(END)?.1)));
    let (head, tail) = parts.ok_or_else(|| format!("no {BEGIN}"))?;
    let (summary, table) = (summary(tally, files), table(tally, folder));
    Ok(format!("{head}{BEGIN}\n\n{summary}\n{table}\n{END}{tail}"))
}

fn summary(tally: &Tally, files: usize) -> String {
    let date = jiff::Timestamp::now().strftime("%Y-%m-%d");
    let mut text = format!("{date}, {files} captures, those of `examples/captures` among them.\n\n");
    text.push_str(
        "| compared | values | equal | of these by default | equal without copies | different for a reason | without a reason |\n",
    );
    text.push_str("| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n");
    for (name, is_of) in PARTS {
        let share = tally.share(is_of);
        let part = |number: u64| format!("{number} ({})", percent(number, share.compared));
        let unknown = share.compared - share.agreed - share.once - share.known;
        let (agreed, once, known) = (part(share.agreed), part(share.once), part(share.known));
        let (compared, by_default) = (share.compared, share.by_default);
        let _ = writeln!(text, "| {name} | {compared} | {agreed} | {by_default} | {once} | {known} | {unknown} |");
    }
    text
}

/// A share with three decimals, rounded down: 100 % is all.
fn percent(number: u64, of: u64) -> String {
    let thousandths = (number * 100_000).checked_div(of).unwrap_or(100_000);
    format!("{}.{:03} %", thousandths / 1000, thousandths % 1000)
}

fn table(tally: &Tally, folder: &Path) -> String {
    let mut met: BTreeMap<&str, Vec<&Difference>> = BTreeMap::new();
    for difference in tally.differences() {
        if let Some(reason) = &difference.reason {
            met.entry(family(reason)).or_default().push(difference);
        }
    }
    let mut text = "| reason | values | captures | example |\n| --- | ---: | ---: | --- |\n".to_owned();
    for (reason, differences) in &met {
        let files: BTreeSet<&str> = differences.iter().map(|difference| difference.file.as_str()).collect();
        let example = differences.first().map(|first| example(first, folder)).unwrap_or_default();
        let count = differences.len();
        let _ = writeln!(text, "| {} | {count} | {} | {example} |", cell(reason), files.len());
    }
    for (reason, differences) in &met {
        let mut parameters: BTreeMap<&str, usize> = BTreeMap::new();
        for parameter in differences.iter().filter_map(|d| Some(d.reason.as_ref()?.split_once(PARAMETER)?.1)) {
            *parameters.entry(parameter).or_default() += 1;
        }
        if !parameters.is_empty() {
            let list: Vec<String> = parameters.iter().map(|(name, number)| format!("{name} {number}")).collect();
            let _ = writeln!(text, "\n*{reason}*: {}.", list.join(", "));
        }
    }
    text
}

/// A reason without its parameter.
fn family(reason: &str) -> &str {
    reason.split_once(PARAMETER).map_or(reason, |(family, _)| family)
}

fn example(difference: &Difference, folder: &Path) -> String {
    let path = folder.join(&difference.file);
    let values = format!(
        "`{}`, {} {}: wirelab {}, tshark {}",
        process::base_name(&path),
        difference.kind.strip_prefix("field ").unwrap_or(&difference.kind),
        cell(
            difference
                .key
                .split_once(' ')
                .filter(|_| difference.kind.starts_with("field "))
                .map_or(difference.key.clone(), |(frame, _)| format!("in frame {frame}"))
                .as_str()
        ),
        code(&difference.ours),
        code(&difference.theirs)
    );
    match frame_of(&difference.key).and_then(|frame| bytes(&path, frame)) {
        Some((what, hex)) => format!("{values}; {what} `{hex}`"),
        None => values,
    }
}

/// The frame that a key names: `12 http.host`, `stream 0 (frame 9)`, `stream 3 request in frame 20`.
fn frame_of(key: &str) -> Option<u64> {
    let number = |text: &str| text.trim_matches(|c: char| !c.is_ascii_digit()).parse().ok();
    key.split_once("frame ").and_then(|(_, rest)| number(rest)).or_else(|| number(key.split(' ').next()?))
}

/// The first bytes of a frame's payload above TCP or UDP, else of the frame.
fn bytes(capture: &Path, frame: u64) -> Option<(&'static str, String)> {
    let print = |arguments: &[&str]| {
        let mut command = Command::new("tshark");
        command.args(["-n", "-r"]).arg(capture).args(["-Y", &format!("frame.number=={frame}")]).args(arguments);
        let finished = process::run(&mut command, Duration::from_mins(1)).ok()?;
        Some(String::from_utf8_lossy(&finished.stdout).into_owned())
    };
    let payload = print(&["-T", "fields", "-e", "tcp.payload", "-e", "udp.payload", "-E", "occurrence=l"])?;
    let payload = payload.trim();
    if !payload.is_empty() {
        return Some(("payload", payload.chars().take(SHOWN_BYTES * 2).collect()));
    }
    let dump = print(&["-x"])?;
    let rows = dump.lines().filter_map(|line| line.split_once("  ").filter(|(offset, _)| offset.len() == 4));
    let hex: String = rows.flat_map(|(_, rest)| rest.chars().take(48)).filter(char::is_ascii_hexdigit).collect();
    (!hex.is_empty()).then(|| ("frame", hex.chars().take(SHOWN_BYTES * 2).collect()))
}

/// Text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// A value in a cell, as code, cut where it is long.
fn code(value: &str) -> String {
    const LONGEST: usize = 60;
    if value == "(absent)" {
        return "nothing".to_owned();
    }
    let printable = |c: char| if c.is_control() || c == '`' { '.' } else { c };
    let mut text: String = value.chars().take(LONGEST).map(printable).collect();
    if value.chars().count() > LONGEST {
        text.push('\u{2026}');
    }
    format!("`{}`", cell(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_name_frames() {
        let check = |key, expected| assert_eq!(frame_of(key), expected, "{key}");
        check("12 http.host", Some(12));
        check("stream 0 (frame 9)", Some(9));
        check("stream 3 request in frame 20", Some(20));
        check("interface", None);
    }

    #[test]
    fn a_share_is_rounded_down() {
        assert_eq!(percent(999_999, 1_000_000), "99.999 %");
        assert_eq!(percent(7, 7), "100.000 %");
    }

    #[test]
    fn reasons_are_looked_for_in_the_table_only() {
        let mut tally = Tally::of_file("a.pcap");
        tally.compare("field ip.ttl", "1 ip.ttl", Some("1"), Some("2"), || Some(format!("a reason{PARAMETER}dhcp")));
        assert_eq!(undocumented(&tally, "a reason is named here").into_iter().collect::<Vec<_>>(), ["a reason"]);
        assert!(undocumented(&tally, "| a reason | 1 | 1 | |").is_empty());
    }
}
