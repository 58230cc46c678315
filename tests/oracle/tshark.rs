//! tshark's dissection of a capture: one row a frame, all fields that the comparison needs.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::process::{self, Finished};

/// The fields that a field tree holds at least, in the order of the list that the project was given; compared one by one.
#[rustfmt::skip]
pub(crate) const COMPARED: &[&str] = &[
    "frame.number", "frame.interface_id", "frame.interface_name", "frame.encap_type", "frame.len", "frame.cap_len",
    "frame.time_epoch", "frame.time_relative", "frame.time_delta", "frame.protocols",
    "eth.dst", "eth.src", "eth.type", "vlan.id", "vlan.priority", "vlan.etype",
    "eth.len", "eth.padding", "vlan.dei", "ieee8021ad.priority", "ieee8021ad.dei", "ieee8021ad.id",
    "llc.dsap", "llc.dsap.sap", "llc.ssap", "llc.ssap.sap", "llc.ssap.cr", "llc.control", "llc.control.ftype", "llc.oui", "llc.type", "llc.pid",
    "sll.pkttype", "sll.hatype", "sll.halen", "sll.src.eth", "sll.src.ipv4", "sll.src.other", "sll.unused", "sll.etype", "sll.gretype", "sll.ltype",
    "sll.ifindex", "null.family", "null.type", "enc.af", "enc.spi", "enc.flags",
    "ppp.address", "ppp.control", "ppp.direction", "ppp.protocol",
    "pppoe.version", "pppoe.type", "pppoe.code", "pppoe.session_id", "pppoe.payload_length",
    "chdlc.address", "chdlc.control", "chdlc.protocol",
    "arcnet.src", "arcnet.dst", "arcnet.offset", "arcnet.protID", "arcnet.split_flag", "arcnet.sequence", "arcnet.exception_flag",
    "ipoib.type", "ipoib.reserved", "can.id", "can.flags.xtd", "can.flags.rtr", "can.flags.err", "can.len",
    "cfp.etype", "cfp.ftag", "cfp.ttl",
    "vntag.dir", "vntag.ptr", "vntag.dst", "vntag.looped", "vntag.version", "vntag.src", "vntag.etype",
    "wlan.fc.type_subtype", "wlan.fc", "wlan.fc.version", "wlan.fc.type", "wlan.fc.subtype", "wlan.flags", "wlan.fc.ds", "wlan.fc.tods",
    "wlan.fc.fromds", "wlan.fc.frag", "wlan.fc.retry", "wlan.fc.pwrmgt", "wlan.fc.moredata", "wlan.fc.protected", "wlan.fc.order",
    "wlan.duration", "wlan.ra", "wlan.ta", "wlan.da", "wlan.sa", "wlan.bssid", "wlan.staa", "wlan.frag", "wlan.seq", "wlan.fcs",
    "wlan.qos", "wlan.qos.tid", "wlan.qos.priority", "wlan.qos.ack", "wlan.qos.amsdupresent", "wlan_aggregate.a_mdsu.length",
    "radiotap.version", "radiotap.length", "radiotap.present.word", "radiotap.mactime", "radiotap.flags", "radiotap.flags.fcs",
    "radiotap.flags.badfcs", "radiotap.datarate", "radiotap.channel.freq", "radiotap.channel.flags", "radiotap.dbm_antsignal",
    "radiotap.dbm_antnoise", "radiotap.quality", "radiotap.antenna", "radiotap.db_antsignal",
    "ppi.version", "ppi.flags", "ppi.length", "ppi.dlt", "prism.msgcode", "prism.msglen", "wlancap.length", "wlancap.channel",
    "nflog.family", "nflog.version", "nflog.res_id", "nflog.tlv_length", "nflog.tlv_type", "nflog.protocol", "nflog.hook",
    "nflog.ifindex_indev", "nflog.ifindex_outdev", "nflog.ifindex_physindev", "nflog.ifindex_physoutdev", "nflog.prefix", "nflog.uid",
    "nflog.gid",
    "ipnet.version", "ipnet.family", "ipnet.htype", "ipnet.pktlen", "ipnet.ifindex", "ipnet.grifindex", "ipnet.zsrc", "ipnet.zdst",
    "pktap.hdrlen", "pktap.rectype", "pktap.dlt", "pktap.ifname", "pktap.flags", "pktap.pfamily", "pktap.llhdrlen", "pktap.lltrlrlen",
    "pktap.pid", "pktap.cmdname",
    "arp.opcode", "arp.src.hw_mac", "arp.src.proto_ipv4", "arp.dst.hw_mac", "arp.dst.proto_ipv4",
    "ip.version", "ip.hdr_len", "ip.dsfield", "ip.dsfield.dscp", "ip.dsfield.ecn", "ip.len", "ip.id",
    "ip.flags.rb", "ip.flags.df", "ip.flags.mf", "ip.frag_offset", "ip.ttl", "ip.proto", "ip.checksum", "ip.src", "ip.dst",
    "ip.opt.type", "ip.opt.type.copy", "ip.opt.type.class", "ip.opt.type.number", "ip.opt.len", "ip.opt.ra",
    "ip.fragment", "ip.fragment.count", "ip.fragment.overlap", "ip.fragment.overlap.conflict", "ip.reassembled_in", "ip.reassembled.length",
    "ipv6.version", "ipv6.tclass", "ipv6.flow", "ipv6.plen", "ipv6.nxt", "ipv6.hlim", "ipv6.src", "ipv6.dst",
    "ipv6.hopopts.nxt", "ipv6.hopopts.len", "ipv6.hopopts.len_oct", "ipv6.dstopts.nxt", "ipv6.dstopts.len", "ipv6.dstopts.len_oct",
    "ipv6.opt.type", "ipv6.opt.length", "ipv6.opt.router_alert", "ipv6.opt.jumbo",
    "ipv6.routing.nxt", "ipv6.routing.len", "ipv6.routing.len_oct", "ipv6.routing.type", "ipv6.routing.segleft",
    "ipv6.routing.srh.last_entry", "ipv6.routing.srh.flags", "ipv6.routing.srh.tag", "ipv6.routing.srh.addr", "ipv6.routing.src.addr",
    "ipv6.fraghdr.nxt", "ipv6.fraghdr.reserved_octet", "ipv6.fraghdr.offset", "ipv6.fraghdr.reserved_bits", "ipv6.fraghdr.more",
    "ipv6.fraghdr.ident", "ipv6.fragment", "ipv6.fragment.count", "ipv6.fragment.overlap", "ipv6.fragment.overlap.conflict",
    "ipv6.reassembled.in", "ipv6.reassembled.length",
    "ah.next_header", "ah.length", "ah.reserved", "ah.spi", "ah.sequence", "ah.icv", "esp.spi", "esp.sequence",
    "gre.flags_and_version", "gre.flags.checksum", "gre.flags.routing", "gre.flags.key", "gre.flags.sequence_number",
    "gre.flags.strict_source_route", "gre.flags.recursion_control", "gre.flags.ack", "gre.flags.reserved", "gre.flags.version", "gre.proto",
    "gre.checksum", "gre.offset", "gre.key", "gre.key.payload_length", "gre.key.call_id", "gre.sequence_number", "gre.ack_number",
    "erspan.version", "erspan.vlan", "erspan.cos", "erspan.encap", "erspan.truncated", "erspan.spanid", "erspan.reserved", "erspan.index",
    "erspan.bso", "erspan.timestamp", "erspan.sgt", "erspan.p", "erspan.ft", "erspan.hw", "erspan.direction", "erspan.gra", "erspan.o",
    "mpls.label", "mpls.exp", "mpls.bottom", "mpls.ttl", "pweth.cw.sequence_number",
    "vxlan.flags", "vxlan.flag_g", "vxlan.flag_i", "vxlan.flag_d", "vxlan.flag_a", "vxlan.gbp", "vxlan.vni", "vxlan.reserved8",
    "geneve.version", "geneve.option.length", "geneve.flags", "geneve.flags.oam", "geneve.flags.critical", "geneve.proto_type",
    "geneve.vni", "geneve.reserved", "geneve.options", "geneve.option.class", "geneve.option.type",
    "gtp.flags", "gtp.flags.version", "gtp.flags.payload", "gtp.flags.e", "gtp.flags.s", "gtp.flags.pn", "gtp.message", "gtp.length",
    "gtp.teid", "gtp.seq_number", "gtp.npdu_number",
    "teredo.auth.idlen", "teredo.auth.aulen", "teredo.auth.nonce", "teredo.auth.conf", "teredo.orig.port", "teredo.orig.addr",
    "icmp.type", "icmp.code", "icmp.checksum", "icmp.ident", "icmp.seq", "icmp.resptime",
    "udp.srcport", "udp.dstport", "udp.length", "udp.checksum",
    "dns.id", "dns.qry.name", "dns.qry.type", "dns.resp.name", "dns.resp.type", "dns.resp.ttl", "dns.a", "dns.aaaa", "dns.cname",
    "tcp.srcport", "tcp.dstport", "tcp.stream", "tcp.completeness", "tcp.len", "tcp.seq", "tcp.seq_raw", "tcp.nxtseq",
    "tcp.ack", "tcp.ack_raw", "tcp.hdr_len", "tcp.flags",
    "tcp.flags.urg", "tcp.flags.ack", "tcp.flags.push", "tcp.flags.reset", "tcp.flags.syn", "tcp.flags.fin", "tcp.flags.str",
    "tcp.window_size_value", "tcp.window_size", "tcp.window_size_scalefactor", "tcp.checksum", "tcp.checksum.status",
    "tcp.urgent_pointer",
    "tcp.options.mss_val", "tcp.options.wscale.shift", "tcp.options.wscale.multiplier", "tcp.options.sack_perm",
    "tcp.options.timestamp.tsval", "tcp.options.timestamp.tsecr",
    "tcp.options.sack_le", "tcp.options.sack_re", "tcp.time_relative", "tcp.time_delta",
    "tcp.analysis.initial_rtt", "tcp.analysis.ack_rtt", "tcp.analysis.bytes_in_flight", "tcp.analysis.acks_frame",
    "tcp.analysis.retransmission", "tcp.analysis.fast_retransmission", "tcp.analysis.spurious_retransmission",
    "tcp.analysis.out_of_order", "tcp.analysis.lost_segment", "tcp.analysis.duplicate_ack",
    "http.request.method", "http.request.uri", "http.request.version", "http.request.full_uri", "http.host",
    "http.user_agent", "http.accept", "http.accept_language", "http.accept_encoding",
    "http.connection", "http.referer", "http.cookie", "http.authorization", "http.content_type",
    "http.content_length_header", "http.content_encoding", "http.transfer_encoding",
    "http.response.version", "http.response.code", "http.response.phrase", "http.server", "http.date",
    "http.last_modified", "http.cache_control", "http.location", "http.set_cookie",
    "http.file_data", "http.response_for.uri", "http.request_number", "http.response_number", "http.prev_request_in",
    "http.next_request_in", "http.next_response_in", "http.request_in", "http.response_in", "http.time",
    "tls.handshake.type", "tls.handshake.extensions_server_name", "tls.record.version",
    "frame.interface_description", "frame.section_number",
    "eth.invalid_lentype", "eth.trailer", "eth.fcs",
    "ieee8021ah.etype",
    "llc.dsap.ig",
    "radiotap.pad",
    "arp.hw.size", "arp.hw.type", "arp.proto.size", "arp.proto.type",
    "ip.checksum.status", "ip.flags",
    "ipv6.routing.src.reserved", "ipv6.tclass.dscp", "ipv6.tclass.ecn",
    "erspan.platid",
    "icmp.checksum.status", "icmp.ident_le", "icmp.resp_in", "icmp.resp_to", "icmp.seq_le",
    "icmpv6.checksum", "icmpv6.checksum.status", "icmpv6.code", "icmpv6.echo.identifier", "icmpv6.echo.sequence_number", "icmpv6.resp_in",
    "icmpv6.resp_to", "icmpv6.resptime", "icmpv6.type",
    "udp.checksum.status",
    "dns.count.add_rr", "dns.count.answers", "dns.count.auth_rr", "dns.count.labels", "dns.count.queries", "dns.flags",
    "dns.flags.authenticated", "dns.flags.authoritative", "dns.flags.checkdisable", "dns.flags.opcode", "dns.flags.rcode",
    "dns.flags.recavail", "dns.flags.recdesired", "dns.flags.response", "dns.flags.truncated", "dns.flags.z", "dns.flags.conflict", "dns.flags.tentative", "dns.qry.qu", "dns.resp.cache_flush", "dns.mx.mail_exchange",
    "dns.mx.preference", "dns.ns", "dns.ptr.domain_name", "dns.qry.class", "dns.qry.name.len", "dns.resp.class", "dns.resp.len",
    "dns.soa.mname", "dns.srv.port", "dns.srv.priority", "dns.srv.target", "dns.srv.weight",
    "tcp.analysis.ack_lost_segment", "tcp.analysis.duplicate_ack_frame", "tcp.analysis.duplicate_ack_num", "tcp.analysis.keep_alive",
    "tcp.analysis.keep_alive_ack", "tcp.analysis.reused_ports", "tcp.analysis.window_full", "tcp.analysis.window_update",
    "tcp.analysis.zero_window", "tcp.analysis.zero_window_probe", "tcp.analysis.zero_window_probe_ack", "tcp.flags.ae", "tcp.flags.cwr",
    "tcp.flags.ece", "tcp.flags.res", "tcp.option_kind", "tcp.option_len", "tcp.options",
    "http.content_length", "http.cookie_pair", "http.http2_settings", "http.prev_response_in", "http.proxy_authenticate",
    "http.proxy_authorization", "http.request.line", "http.request.uri.path", "http.request.uri.query", "http.request.uri.query.parameter",
    "http.response.code.desc", "http.response.line", "http.sec_websocket_accept", "http.sec_websocket_extensions", "http.sec_websocket_key",
    "http.sec_websocket_protocol", "http.sec_websocket_version", "http.upgrade", "http.www_authenticate", "http.x_forwarded_for",
    "tls.alert_message.desc", "tls.alert_message.level", "tls.handshake.ciphersuite", "tls.handshake.extension.type",
    "tls.handshake.extensions.supported_version", "tls.handshake.extensions_alpn_str", "tls.handshake.length", "tls.handshake.random",
    "tls.handshake.version", "tls.record.content_type", "tls.record.opaque_type", "tls.record.length",
    "websocket.fin", "websocket.mask", "websocket.masking_key", "websocket.opcode", "websocket.payload_length",
    "websocket.payload_length_ext_16", "websocket.payload_length_ext_64", "websocket.rsv",
];

/// Further fields, from which the truth about connections, exchanges, names, pings and TLS is computed.
#[rustfmt::skip]
const FURTHER: &[&str] = &[
    "tcp.segment", "tcp.segment_data", "tcp.reassembled.length", "http.chunk_size",
    "dns.response_to",
];

/// Between the occurrences of a field. `-T fields` escapes backspaces inside values, so it cannot occur there.
const AGGREGATOR: char = '\u{8}';

/// One frame as tshark dissects it.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) number: u64,
    values: HashMap<&'static str, Vec<String>>,
}

impl Row {
    /// A row with one occurrence of each field.
    pub(crate) fn of(number: u64, values: Vec<(&'static str, String)>) -> Row {
        Row { number, values: values.into_iter().map(|(name, value)| (name, vec![value])).collect() }
    }

    /// All occurrences of a field, in order.
    pub(crate) fn all(&self, name: &str) -> &[String] {
        self.values.get(name).map_or(&[], Vec::as_slice)
    }

    /// The first occurrence.
    pub(crate) fn first(&self, name: &str) -> Option<&str> {
        self.nth(name, 0)
    }

    /// The occurrence with an index from 0.
    pub(crate) fn nth(&self, name: &str, index: usize) -> Option<&str> {
        self.all(name).get(index).map(String::as_str)
    }

    /// Gives the frame, and the frames that it names, the numbers of another capture: `numbers` has them by those of this one.
    fn renumber(&mut self, numbers: &[u64]) {
        let of = |number: u64| numbers.get(usize::try_from(number).ok()?.checked_sub(1)?).copied();
        self.number = of(self.number).unwrap_or(0);
        for name in ["tcp.analysis.acks_frame", "tcp.analysis.duplicate_ack_frame"] {
            for value in self.values.get_mut(name).into_iter().flatten() {
                if let Some(number) = parse_number(value).and_then(of) {
                    *value = number.to_string();
                }
            }
        }
    }

    /// The first occurrence as a number, decimal or `0x…`.
    pub(crate) fn number_of(&self, name: &str) -> Option<u64> {
        self.first(name).and_then(parse_number)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// The protocols of the frame, outermost first.
    pub(crate) fn protocols(&self) -> Vec<&str> {
        self.first("frame.protocols").map_or_else(Vec::new, |text| text.split(':').collect())
    }

    /// Time of the frame in nanoseconds since the epoch.
    pub(crate) fn time(&self) -> Option<i128> {
        self.first("frame.time_epoch").and_then(parse_seconds)
    }
}

/// What tshark made of a capture.
#[derive(Debug)]
pub(crate) struct Dissection {
    pub(crate) rows: Vec<Row>,
    /// tshark's complaint about the file, when it did not read it to the end.
    pub(crate) complaint: Option<String>,
}

/// How tshark reassembles a byte stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reassembly {
    /// As the contract says: segments out of order are put in order, and a hole ends the stream.
    InOrder,
    /// tshark's default: it guesses how to go on behind a hole.
    Guessing,
}

/// Runs tshark on a capture. `Err` if it did not end by itself.
pub(crate) fn dissect(capture: &Path, reassembly: Reassembly, limit: Duration) -> Result<Dissection, String> {
    let finished = process::run_once(&mut command(capture, reassembly), capture, limit)?;
    Ok(dissection(&finished))
}

/// Runs tshark on a capture without some of its frames. The rows have the numbers that the frames have in the capture. `None` if no frame is
/// left out, or the capture cannot be written without them.
pub(crate) fn dissect_without(capture: &Path, frames: &[u64], limit: Duration) -> Option<Dissection> {
    if frames.is_empty() {
        return None;
    }
    let mut hasher = DefaultHasher::new();
    (capture, frames).hash(&mut hasher);
    let rest = std::env::temp_dir().join(format!("wirelab-oracle-{:016x}.pcapng", hasher.finish()));
    let write = || {
        let mut command = Command::new("editcap");
        command.arg(capture).arg(&rest).args(frames.iter().map(u64::to_string));
        process::run(&mut command, limit).map(|_| ())
    };
    let finished = process::run_prepared(&mut command(&rest, Reassembly::InOrder), capture, limit, write);
    // There is none if an earlier run was asked for its answer.
    let _ = std::fs::remove_file(&rest);
    let mut dissection = dissection(&finished.ok()?);
    let left: Vec<u64> =
        (1..).filter(|number| frames.binary_search(number).is_err()).take(dissection.rows.len()).collect();
    for row in &mut dissection.rows {
        row.renumber(&left);
    }
    Some(dissection)
}

fn command(capture: &Path, reassembly: Reassembly) -> Command {
    let mut command = Command::new("tshark");
    command.env("TZ", "UTC").env("LC_ALL", "C.UTF-8");
    let in_order = if reassembly == Reassembly::InOrder { "TRUE" } else { "FALSE" };
    command.args(["-n", "-2", "-o", &format!("tcp.reassemble_out_of_order:{in_order}"), "-r"]).arg(capture);
    command.args(["-T", "fields", "-E", "occurrence=a", "-E", "separator=/t", "-E"]);
    command.arg(format!("aggregator={AGGREGATOR}"));
    for name in names() {
        command.args(["-e", name]);
    }
    command
}

fn names() -> impl Iterator<Item = &'static str> {
    COMPARED.iter().chain(FURTHER).copied()
}

fn dissection(finished: &Finished) -> Dissection {
    let names: Vec<&'static str> = names().collect();
    let rows = finished.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let rows = rows.enumerate().map(|(index, line)| row(index, line, &names)).collect();
    let complaint = (finished.code != 0).then(|| complaint(&finished.stderr));
    Dissection { rows, complaint }
}

fn row(index: usize, line: &[u8], names: &[&'static str]) -> Row {
    let line = String::from_utf8_lossy(line);
    let cells = names.iter().zip(line.split('\t')).filter(|(_, cell)| !cell.is_empty());
    let values: HashMap<_, _> =
        cells.map(|(name, cell)| (*name, cell.split(AGGREGATOR).map(str::to_owned).collect::<Vec<_>>())).collect();
    let number = values.get("frame.number").and_then(|all| all.first()).and_then(|text| text.parse().ok());
    Row { number: number.unwrap_or(index as u64 + 1), values }
}

fn complaint(stderr: &str) -> String {
    let lines: Vec<&str> = stderr.lines().filter(|line| !line.starts_with("Running as user")).collect();
    lines.join(" ")
}

/// A number as tshark prints one: decimal, or hexadecimal with `0x`.
pub(crate) fn parse_number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

/// Seconds with up to nine decimals, in nanoseconds.
pub(crate) fn parse_seconds(text: &str) -> Option<i128> {
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole: i128 = whole.parse().ok()?;
    let fraction: i128 = format!("{fraction:0<9}").parse().ok()?;
    Some(sign * (whole * 1_000_000_000 + fraction))
}

/// Nanoseconds as seconds with nine decimals.
pub(crate) fn print_seconds(nanoseconds: i128) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let absolute = nanoseconds.unsigned_abs();
    format!("{sign}{}.{:09}", absolute / 1_000_000_000, absolute % 1_000_000_000)
}
