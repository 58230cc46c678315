//! Why wirelab and tshark may differ: each reason is one sentence, named here and nowhere else. What differs from one case of a reason to
//! another (a protocol's name) stands behind [`PARAMETER`]. `docs/oracle.md` has every reason.

use std::path::Path;

use super::segments::{Stream, is_cut};
use super::tally::{Difference, Reason};
use super::tshark::{Row, parse_seconds};

/// Stands between a reason and what it is about.
pub(crate) const PARAMETER: &str = " \u{2014} ";

/// No reason: the difference is listed so that new ones stand out, and counts as one without a reason.
pub(crate) const OPEN: &str = "open: the cause is not established";
pub(crate) const CLIENT_GUESSED: &str =
    "client told by ports alone, for which the contract names no list: wirelab's choice is taken over";
pub(crate) const COPIES: &str = "packets recorded twice: tshark counts both, wirelab the first";
pub(crate) const COPIES_ONCE: &str =
    "packets recorded twice: as tshark says of the capture without the later recordings";
pub(crate) const QUOTED_STATE: &str = "tshark lets a header quoted in an ICMP error change the connection's state";
pub(crate) const QUOTED_NUMBER: &str =
    "tshark gives stream numbers to headers that are no segment: quoted in an ICMP error, or longer than their packet";
pub(crate) const QUOTED: &str = "a header quoted in an ICMP error is no header of the frame";
pub(crate) const ANNOUNCED: &str = "tshark misses the SYN of connections that another protocol announced (FTP data)";
pub(crate) const REPEATED_QUERY: &str = "a DNS query or answer was repeated: tshark links only some of them";
pub(crate) const NOT_TLS_THERE: &str = "tshark does not dissect the stream as TLS";
pub(crate) const FAST_OPEN: &str = "SYN with data: the contract words the third segment's number without that data";
pub(crate) const SHORT_SEGMENT: &str = "a TCP header longer than its packet: it is no segment";
pub(crate) const NO_TLS: &str =
    "payload on a TLS port that is no TLS: tshark takes it for SSL version 2, or waits for more of it";
pub(crate) const REPLACED: &str = "a connection replaced by another one without a SYN in the capture: the bytes between them mean nothing, tshark waits for them";
pub(crate) const REBASED: &str = "a second SYN-ACK has another number: tshark counts from it, and takes the bytes of the connection for out of order";
pub(crate) const SCALE_ABOVE_14: &str = "a window scale above 14 counts as 14 (RFC 7323)";
pub(crate) const SPACES_IN_TARGET: &str = "request line with spaces in the target: tshark splits at the first two";
pub(crate) const SHARED_FRAME: &str = "several HTTP messages in one frame: tshark's fields do not say which is whose";
pub(crate) const MISPAIRED: &str =
    "tshark 4.0 mispairs pipelined requests, interim responses and messages that share a frame";
pub(crate) const NOTIFICATION: &str =
    "tshark does not count NOTIFY, SUBSCRIBE and UNSUBSCRIBE as requests: it numbers and pairs none of them";
pub(crate) const STALE_URI: &str =
    "http.response_for.uri of tshark is that of the latest request with a Host, not of the one answered";
pub(crate) const CUT: &str =
    "cut by the snap length: tshark dissects what is left, for wirelab the message is incomplete";
pub(crate) const NOT_HTTP_THERE: &str = "tshark does not dissect the stream as HTTP (port or heuristics)";
pub(crate) const AFTER_SWITCH: &str = "after 101 or a 2xx to CONNECT the connection carries no HTTP";
pub(crate) const HOLE: &str = "bytes are missing in the capture: tshark stops there, or guesses";
pub(crate) const TUNNEL: &str = "a tunnel that wirelab does not read";
pub(crate) const PSEUDOWIRE: &str =
    "MPLS does not say what it carries: tshark guesses from the makers of MAC addresses, wirelab from the EtherType";
pub(crate) const QUIC: &str = "TLS inside QUIC";
pub(crate) const SSDP: &str = "HTTP over UDP (SSDP) is no exchange";
pub(crate) const CONTINUATION: &str = "tshark calls payload it cannot place an HTTP continuation";
pub(crate) const NESTED_CAPTURE: &str = "tshark dissects a capture file inside an HTTP body";
pub(crate) const LINK: &str = "a link type that wirelab does not dissect";
pub(crate) const ABOVE: &str = "a protocol that wirelab does not dissect";
pub(crate) const DIRECTION: &str =
    "PPP with direction: tshark does not count the byte that tells the direction as the frame's";
pub(crate) const WLAN_VERSION: &str = "802.11 of protocol version 1, of which wirelab reads nothing";
pub(crate) const AGGREGATE: &str = "an 802.11 aggregate of several packets, of which wirelab reads none";
pub(crate) const ABOVE_WAITS: &str =
    "a protocol that wirelab does not dissect waits for more bytes, so that tshark shows the segment as TCP";
pub(crate) const NO_LINK_TYPE: &str = "tshark does not support the link type";
pub(crate) const MICROSECONDS: &str =
    "a record with a million microseconds or more: tshark prints ten digits, or overflows 32 bits";
pub(crate) const NO_TIME: &str =
    "a frame without a time, or a SYN at time 0: tshark counts from 1970, or takes it for none";
pub(crate) const READS_MORE: &str = "wirelab reads frames of a damaged file that tshark does not";
pub(crate) const TRAILING_DATA: &str = "bytes behind the message stand in its segment";

/// First protocols of a frame whose packets wirelab dissects.
const LINKS: &[&str] = &[
    "eth", "sll", "null", "raw", "ip", "ipv6", "enc", "ppp", "pppoes", "chdlc", "wlan", "radiotap", "ppi", "prism",
    "wlancap", "nflog", "ipnet", "pktap",
];

/// Protocols that carry packets in packets, and that wirelab does not read.
const TUNNELS: &[&str] = &["capwap.data", "l2tp", "cfp", "vntag", "ayiya", "gtpprime", "udpencap", "nsh", "pwach"];

/// Protocols between TCP and HTTP that wirelab does not look into.
const BETWEEN: &[(&str, &str)] =
    &[("socks", "HTTP inside SOCKS"), ("tls", "HTTP that tshark decrypts with secrets"), ("http2", "HTTP/2")];

/// Why a whole frame may be dissected less: its link type, or the tunnel it goes through.
pub(crate) fn of_frame(row: &Row) -> Reason {
    let protocols = row.protocols();
    if protocols.contains(&"pwethheuristic") {
        return Some(PSEUDOWIRE.to_owned());
    }
    let link = protocols.first().copied().unwrap_or("(none)");
    if !LINKS.contains(&link) {
        return Some(format!("{LINK}{PARAMETER}{link}"));
    }
    tunnel(&protocols).map(|name| format!("{TUNNEL}{PARAMETER}{name}"))
}

/// What carries a packet inside a packet.
fn tunnel<'p>(protocols: &[&'p str]) -> Option<&'p str> {
    protocols.iter().copied().find(|name| TUNNELS.contains(name))
}

/// Whether the frame's payload holds a dissected capture file.
pub(crate) fn is_nested_capture(row: &Row) -> bool {
    let protocols = row.protocols();
    let mut after_http = protocols.iter().skip_while(|name| **name != "http");
    after_http.any(|name| *name == "eth")
}

/// Why wirelab may not have a stream that tshark has.
pub(crate) fn of_stream(stream: &Stream<'_>) -> Reason {
    stream.segments.first().and_then(|segment| of_frame(segment.row))
}

/// Why wirelab may see another application than tshark.
pub(crate) fn of_application(stream: &Stream<'_>) -> Reason {
    if stream.has_cut_segments() {
        return Some(CUT.to_owned());
    }
    stream.segments.iter().find_map(|segment| between(segment.row))
}

/// Why wirelab may see TLS that tshark does not show.
pub(crate) fn of_tls(stream: &Stream<'_>) -> Reason {
    let shown = stream.segments.iter().any(|segment| segment.row.has("tls.record.version"));
    of_application(stream).or_else(|| (!shown).then(|| NOT_TLS_THERE.to_owned()))
}

/// Why wirelab may not have, or not have complete, a message that tshark labels.
pub(crate) fn of_message(stream: &Stream<'_>, row: &Row) -> Reason {
    of_cut(stream, row).or_else(|| between(row)).or_else(|| of_hole(stream))
}

/// Why the extent of a message may be another.
pub(crate) fn of_cut(stream: &Stream<'_>, row: &Row) -> Reason {
    (stream.has_cut_segments() || is_cut(row)).then(|| CUT.to_owned())
}

/// Why a time may be another: the same in other digits, or apart by a multiple of 2^32 ns, tshark's overflow.
pub(crate) fn of_time(ours: &str, theirs: &str) -> Reason {
    let parse = |text: &str| parse_seconds(text.trim_matches('"')).filter(|_| text.contains('.'));
    let apart = parse(ours).zip(parse(theirs)).map(|(ours, theirs)| ours - theirs);
    apart.filter(|apart| apart % (1 << 32) == 0).map(|_| MICROSECONDS.to_owned())
}

/// Why wirelab may have a response that tshark lacks.
pub(crate) fn of_unanswered(stream: &Stream<'_>) -> Reason {
    stream.has_cut_segments().then(|| CUT.to_owned()).or_else(|| of_hole(stream))
}

/// Why wirelab may have messages that tshark does not label.
pub(crate) fn of_unlabelled(stream: &Stream<'_>, stream_without_http: bool, after_switch: bool) -> Reason {
    match (stream_without_http, after_switch) {
        (true, _) => Some(NOT_HTTP_THERE.to_owned()),
        (_, true) => Some(AFTER_SWITCH.to_owned()),
        _ => of_hole(stream),
    }
}

pub(crate) fn of_hole(stream: &Stream<'_>) -> Reason {
    if stream.has_other_syn_ack() {
        return Some(REBASED.to_owned());
    }
    if stream.is_replaced() {
        return Some(REPLACED.to_owned());
    }
    stream.has_holes().then(|| HOLE.to_owned())
}

/// Why the length of a message may not be that of what tshark reassembled: more follows in the segment, which no field accounts for.
pub(crate) fn of_extent(row: &Row, body: Option<u64>, is_shorter: bool) -> Reason {
    let protocols = row.protocols();
    let mut behind = protocols.iter().skip_while(|name| **name != "http").skip(1);
    let other = behind.any(|name| matches!(*name, "http" | "http2" | "tls" | "websocket"));
    let said = row.number_of("http.content_length_header").is_some_and(|length| Some(length) == body);
    // A request without a body ends with its head; what follows begins the next one.
    (is_shorter && (other || said || body == Some(0))).then(|| TRAILING_DATA.to_owned())
}

/// What stands between TCP and HTTP in the frame, if anything.
fn between(row: &Row) -> Reason {
    let protocols = row.protocols();
    let inside = |name: &str| protocols.windows(3).any(|found| found == ["tcp", name, "http"]);
    BETWEEN.iter().find(|(name, _)| inside(name)).map(|(_, reason)| (*reason).to_owned())
}

/// A line of `known_differences.tsv`: a real finding, excused with a reason. `*` stands for any text.
#[derive(Debug)]
struct Listed {
    file: String,
    kind: String,
    key: String,
    reason: String,
}

/// The list of excused findings.
#[derive(Debug, Default)]
pub(crate) struct List(Vec<Listed>);

impl List {
    /// Reads the list; an absent file is an empty list.
    pub(crate) fn read(path: &Path) -> List {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
        List(lines.filter_map(listed).collect())
    }

    /// The reason that the list has for a difference.
    pub(crate) fn reason(&self, difference: &Difference) -> Reason {
        let fits = |listed: &&Listed| {
            matches(&listed.file, &difference.file)
                && matches(&listed.kind, &difference.kind)
                && matches(&listed.key, &difference.key)
        };
        self.0.iter().find(fits).map(|listed| listed.reason.clone())
    }
}

fn listed(line: &str) -> Option<Listed> {
    let mut cells = line.split('\t').map(str::to_owned);
    Some(Listed { file: cells.next()?, kind: cells.next()?, key: cells.next()?, reason: cells.next()? })
}

/// Whether a text fits a pattern in which `*` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, rest)) => {
            let Some(tail) = text.strip_prefix(head) else {
                return false;
            };
            tail.char_indices()
                .map(|(at, _)| at)
                .chain([tail.len()])
                .any(|at| tail.get(at..).is_some_and(|tail| matches(rest, tail)))
        }
    }
}
