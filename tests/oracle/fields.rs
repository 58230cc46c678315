//! Field trees: every field of the list, every occurrence, frame by frame.

use std::collections::{HashMap, HashSet};

use super::known_differences as known;
use super::messages::{conversation, is_http_over_tcp, right_numbers};
use super::pings;
use super::printed::Fields;
use super::segments::{Stream, is_cut, is_quoted};
use super::tally::{Reason, Tally};
use super::tshark::{COMPARED, Dissection, Row};

/// Fields that say where tshark sees the other message of a pair.
const PAIRING: &[&str] = &[
    "http.request_in",
    "http.response_in",
    "http.time",
    "http.request_number",
    "http.response_number",
    "http.prev_request_in",
    "http.next_request_in",
    "http.prev_response_in",
    "http.next_response_in",
    "http.response_for.uri",
];

/// Fields that tshark computes from state which a header quoted in an ICMP error changes too.
const STATE: &[&str] =
    &["tcp.stream", "tcp.completeness", "tcp.time_relative", "tcp.time_delta", "tcp.analysis.initial_rtt"];

/// What is known of the streams when fields are judged.
#[derive(Debug)]
pub(crate) struct Facts<'a> {
    /// tshark's stream number to the contract's.
    numbers: HashMap<u64, u64>,
    quoted: HashSet<u64>,
    copied: HashSet<u64>,
    /// Whether echo requests were recorded twice: tshark measures from the copy.
    copied_echoes: bool,
    announced: HashSet<u64>,
    notifying: HashSet<u64>,
    with_http: HashSet<u64>,
    with_tls: HashSet<u64>,
    begun_at_zero: HashSet<u64>,
    /// Streams that tshark dissects as TLS without ever seeing a hello in them.
    without_hello: HashSet<u64>,
    /// Streams in which bytes are missing, or another connection took over: why.
    incomplete: HashMap<u64, String>,
    /// tshark's stream number to whether its pairing is right.
    paired: HashMap<u64, bool>,
    right: HashMap<(&'static str, u64), String>,
    /// Frames as tshark shows them in a capture without the copies.
    once: HashMap<u64, &'a Row>,
    /// Frames that are compared with tshark's default reassembly, as the contract's setting has them.
    in_order: &'a HashMap<u64, Row>,
}

impl<'a> Facts<'a> {
    pub(crate) fn of(
        dissection: &Dissection,
        streams: &[Stream<'_>],
        once: Option<&'a Dissection>,
        in_order: &'a HashMap<u64, Row>,
    ) -> Facts<'a> {
        let once = once.map_or(&[][..], |dissection| &dissection.rows);
        let chosen = |condition: &dyn Fn(&Stream<'_>) -> bool| -> HashSet<u64> {
            streams.iter().filter(|stream| condition(stream)).map(|stream| stream.theirs).collect()
        };
        Facts {
            numbers: streams.iter().map(|stream| (stream.theirs, stream.number)).collect(),
            quoted: chosen(&|stream| stream.quoted),
            copied: chosen(&|stream| !stream.likely_copies.is_empty()),
            copied_echoes: pings::has_copies(dissection),
            announced: chosen(&|stream| stream.is_announced()),
            notifying: chosen(&|stream| conversation(stream).has_notifications()),
            with_http: chosen(&|stream| stream.segments.iter().any(|segment| is_http_over_tcp(segment.row))),
            begun_at_zero: chosen(&|stream| stream.segments.first().is_some_and(|first| first.time == Some(0))),
            with_tls: chosen(&|stream| stream.segments.iter().any(|segment| segment.row.protocols().contains(&"tls"))),
            without_hello: chosen(&|stream| {
                !stream
                    .segments
                    .iter()
                    .any(|segment| segment.row.all("tls.handshake.type").iter().any(|kind| kind == "2"))
            }),
            incomplete: streams.iter().filter_map(|stream| Some((stream.theirs, known::of_hole(stream)?))).collect(),
            paired: streams.iter().map(|s| (s.theirs, conversation(s).tshark_pairs_rightly())).collect(),
            right: right_numbers(streams),
            once: once.iter().map(|row| (row.number, row)).collect(),
            in_order,
        }
    }
}

/// The fields of one frame as wirelab prints them.
pub(crate) fn compare_frame(tally: &mut Tally, facts: &Facts<'_>, row: Option<&Row>, number: u64, ours: &Fields) {
    let Some(row) = row else {
        tally.compare("frame", &number.to_string(), Some("there"), None, || None);
        return;
    };
    for name in COMPARED {
        let mine: Vec<&str> = ours.get(*name).into_iter().flatten().map(String::as_str).collect();
        compare_field(tally, facts, row, name, &mine);
    }
}

/// Frames that wirelab did not print.
pub(crate) fn compare_missing(tally: &mut Tally, dissection: &Dissection, printed: &HashSet<u64>) {
    for row in dissection.rows.iter().filter(|row| !printed.contains(&row.number)) {
        tally.compare("frame", &row.number.to_string(), None, Some("there"), || None);
    }
}

fn compare_field(tally: &mut Tally, facts: &Facts<'_>, row: &Row, name: &str, ours: &[&str]) {
    let mut theirs: Vec<&str> = row.all(name).iter().map(String::as_str).collect();
    let mut ours = ours.to_vec();
    if name == "tcp.analysis.duplicate_ack" {
        // The field and tshark's expert note share the name: it prints twice for one thing.
        theirs.dedup();
        ours.dedup();
    }
    // An empty value cannot be told from none in tshark's table.
    let joined = |values: &[&str]| Some(values.join(" | ")).filter(|text| !text.is_empty());
    let (mine, other) = (joined(&ours), joined(&theirs));
    let key = format!("{} {name}", row.number);
    let kind = format!("field {name}");
    let equal =
        tally.compare(&kind, &key, mine.as_deref(), other.as_deref(), || reason(facts, row, name, &ours, &theirs));
    let in_order = facts.in_order.get(&row.number);
    if equal && in_order.is_some_and(|in_order| in_order.all(name) != row.all(name)) {
        tally.count_default(&kind);
    }
}

fn reason(facts: &Facts<'_>, row: &Row, name: &str, ours: &[&str], theirs: &[&str]) -> Reason {
    let stream = row.number_of("tcp.stream").unwrap_or(u64::MAX);
    let fewer = if name == "frame.protocols" {
        is_subsequence(&tokens(ours), &tokens(theirs))
    } else {
        is_subsequence(ours, theirs)
    };
    let some = |reason: &str| Some(reason.to_owned());
    if is_error(row) && theirs.get(..outside_quotation(row, name)) == Some(ours) {
        return some(known::QUOTED);
    }
    if known::is_nested_capture(row) && fewer {
        return some(known::NESTED_CAPTURE);
    }
    if let Some(reason) = known::of_frame(row).filter(|_| fewer) {
        return Some(reason);
    }
    if let ([ours], [theirs], true) = (ours, theirs, name.contains("time") || name.ends_with("rtt")) {
        let reason = known::of_time(ours, theirs);
        if reason.is_some() {
            return reason;
        }
    }
    if name.starts_with("wlan.") && row.first("wlan.fc.version").is_some_and(|version| version.starts_with("0x")) {
        return some(known::WLAN_VERSION);
    }
    if fewer && row.first("wlan.qos.amsdupresent") == Some("1") {
        return some(known::AGGREGATE);
    }
    let from_1970 = matches!(name, "frame.time_relative" | "frame.time_delta")
        && theirs.first().copied() == row.first("frame.time_epoch");
    if from_1970 || (name == "tcp.analysis.initial_rtt" && theirs.is_empty() && facts.begun_at_zero.contains(&stream)) {
        return some(known::NO_TIME);
    }
    if name.starts_with("tcp.") && ours.is_empty() && row.has("tcp.srcport") && !row.has("tcp.len") {
        return some(known::SHORT_SEGMENT);
    }
    match name {
        "frame.len" | "frame.cap_len" if row.first("frame.encap_type") == Some("19") => return some(known::DIRECTION),
        "frame.protocols" => return protocols_reason(facts, row, ours, stream),
        "tcp.stream" if facts.numbers.get(&stream).map(u64::to_string).as_deref() == ours.first().copied() => {
            return some(known::QUOTED_NUMBER);
        }
        _ => {}
    }
    if STATE.contains(&name) && facts.quoted.contains(&stream) && !is_quoted(row) {
        return some(known::QUOTED_STATE);
    }
    if name == "tcp.completeness" && facts.announced.contains(&stream) {
        return some(known::ANNOUNCED);
    }
    if (name.starts_with("tcp.analysis.") || name == "tcp.completeness") && facts.copied.contains(&stream) {
        // A later recording is not in that capture, and nothing is said of it.
        let once = facts.once.get(&row.number).map_or(&[][..], |once| once.all(name));
        return some(if once == ours && !facts.once.is_empty() { known::COPIES_ONCE } else { known::COPIES });
    }
    if name == "icmp.resptime" && facts.copied_echoes {
        return some(known::COPIES);
    }
    if PAIRING.contains(&name) {
        return pairing_reason(facts, row, name, ours, stream);
    }
    upper_reason(facts, row, name, ours, stream)
}

/// In a stream that tshark mispairs, wirelab's value must be the right one.
fn pairing_reason(facts: &Facts<'_>, row: &Row, name: &str, ours: &[&str], stream: u64) -> Reason {
    let right = facts.right.iter().find(|((field, frame), _)| *field == name && *frame == row.number);
    let ours_is_right = match right {
        Some((_, right)) => ours == [right.as_str()],
        None => true,
    };
    if name == "http.response_for.uri" && ours_is_right {
        return Some(known::STALE_URI.to_owned());
    }
    if ours.len() > 1 || row.all("http.request.method").len() > 1 {
        return Some(known::SHARED_FRAME.to_owned());
    }
    let why = if facts.notifying.contains(&stream) { known::NOTIFICATION } else { known::MISPAIRED };
    (facts.paired.get(&stream) == Some(&false) && ours_is_right)
        .then(|| why.to_owned())
        .or_else(|| upper_reason(facts, row, name, ours, stream))
}

/// Reasons above the transport layer, for fields that one side does not have.
fn upper_reason(facts: &Facts<'_>, row: &Row, name: &str, ours: &[&str], stream: u64) -> Reason {
    let protocols = row.protocols();
    let speaks = |protocol: &str| protocols.contains(&protocol);
    let some = |reason: &str| Some(reason.to_owned());
    let is_http = name.starts_with("http.");
    if name.starts_with("tls.") && ours.is_empty() && speaks("quic") {
        return some(known::QUIC);
    }
    if name == "tls.record.version" && ours.is_empty() && row.first(name) == Some("0x0002") {
        return some(known::NO_TLS);
    }
    if name.starts_with("tls.") && !ours.is_empty() && !facts.with_tls.contains(&stream) {
        return some(known::NOT_TLS_THERE);
    }
    if is_http && ours.is_empty() && speaks("udp") {
        return some(known::SSDP);
    }
    if is_http && ours.is_empty() && !row.has("http.request.method") && !row.has("http.response.version") {
        return some(known::CONTINUATION);
    }
    if is_http && is_cut(row) {
        return some(known::CUT);
    }
    if is_http && !ours.is_empty() && !facts.with_http.contains(&stream) {
        return some(known::NOT_HTTP_THERE);
    }
    if is_http && row.all(name).is_empty() {
        return facts.incomplete.get(&stream).cloned();
    }
    None
}

/// Protocols above those that wirelab dissects are not in its list.
fn protocols_reason(facts: &Facts<'_>, row: &Row, ours: &[&str], stream: u64) -> Reason {
    const DISSECTED: &[&str] = &[
        "eth",
        "ethertype",
        "vlan",
        "ieee8021ad",
        "llc",
        "sll",
        "null",
        "enc",
        "ppp",
        "pppoes",
        "pppoed",
        "chdlc",
        "radiotap",
        "ppi",
        "prism",
        "wlancap",
        "wlan_radio",
        "wlan",
        "wlan_aggregate",
        "nflog",
        "ipnet",
        "pktap",
        "pcap_pktdata",
        "raw",
        "arp",
        "ip",
        "ipv6",
        "ipv6.hopopts",
        "ipv6.routing",
        "ipv6.fraghdr",
        "ipv6.dstopts",
        "ah",
        "gre",
        "erspan",
        "mpls",
        "vxlan",
        "geneve",
        "teredo",
        "icmp",
        "udp",
        "tcp",
        "dns",
        "http",
        "tls",
        "data",
        "data-text-lines",
        "json",
        "xml",
        "png",
        "image-jfif",
        "image-gif",
        "urlencoded-form",
        "media",
    ];
    let (ours, theirs) = (tokens(ours), row.protocols());
    let common = ours.iter().zip(&theirs).take_while(|(mine, other)| mine == other).count();
    let (mine, other) = (ours.get(common..)?, theirs.get(common..)?);
    let some = |reason: &str| Some(reason.to_owned());
    // wirelab ends with the payload that it does not know.
    let mine: Vec<&str> = mine.iter().copied().filter(|name| !matches!(*name, "data" | "media")).collect();
    let further = other.iter().find(|name| !DISSECTED.contains(name));
    if let Some(further) = further.filter(|_| is_subsequence(&mine, other)) {
        return if *further == "quic" {
            some(known::QUIC)
        } else {
            Some(format!("{}{}{further}", known::ABOVE, known::PARAMETER))
        };
    }
    if theirs.contains(&"quic") && other.first() == Some(&"tls") {
        return some(known::QUIC);
    }
    let waits = other.is_empty() && row.has("tcp.segment_data");
    match mine.as_slice() {
        [] if waits && !theirs.contains(&"tls") => return some(known::ABOVE_WAITS),
        ["tls", ..] if !facts.with_tls.contains(&stream) => return some(known::NOT_TLS_THERE),
        ["tls"] if waits && facts.without_hello.contains(&stream) => return some(known::NO_TLS),
        [] if other.first() == Some(&"tls") && facts.without_hello.contains(&stream) => return some(known::NO_TLS),
        ["http", ..] if !facts.with_http.contains(&stream) => return some(known::NOT_HTTP_THERE),
        ["http"] if waits => return some(known::ABOVE_WAITS),
        ["http", ..] if other.is_empty() => return facts.incomplete.get(&stream).cloned(),
        _ => {}
    }
    // Several messages in a frame: tshark names HTTP again where it reassembled one of them.
    let behind_first = |names: &[&str]| names.iter().filter(|name| **name != "http").count();
    if theirs.contains(&"http") && ours.contains(&"http") && behind_first(&ours) == behind_first(&theirs) {
        return some(known::SHARED_FRAME);
    }
    let message = row.has("http.request.method") || row.has("http.response.version");
    (mine.is_empty() && other.first() == Some(&"http") && !message).then(|| known::CONTINUATION.to_owned())
}

/// An ICMP message that quotes a packet.
fn is_error(row: &Row) -> bool {
    let protocols = row.protocols();
    let mut inside = protocols.iter().skip_while(|name| !matches!(**name, "icmp" | "icmpv6")).skip(1);
    inside.any(|name| matches!(*name, "ip" | "ipv6" | "tcp" | "udp"))
}

/// Fields of an echo message, which an error has not.
const ECHO: &[&str] = &["icmp.ident", "icmp.seq", "icmp.resptime"];

/// How many occurrences of a field belong to the headers before the quotation.
fn outside_quotation(row: &Row, name: &str) -> usize {
    let protocols = row.protocols();
    let own = protocols.iter().position(|name| matches!(*name, "icmp" | "icmpv6")).map_or(0, |at| at + 1);
    if ECHO.contains(&name) {
        return 0;
    }
    let protocol = name.split('.').next().unwrap_or_default();
    // The IPv6 dissector prints ip.version too.
    let counts = |token: &&&str| **token == protocol || name == "ip.version" && **token == "ipv6";
    protocols.iter().take(own).filter(counts).count()
}

/// The protocols in a `frame.protocols` value.
fn tokens<'t>(values: &[&'t str]) -> Vec<&'t str> {
    values.first().map_or_else(Vec::new, |text| text.split(':').filter(|token| !token.is_empty()).collect())
}

/// Whether all of `part` stands in `whole` in the same order.
fn is_subsequence(part: &[&str], whole: &[&str]) -> bool {
    let mut rest = whole.iter();
    part.iter().all(|value| rest.any(|other| other == value))
}
