//! DNS (RFC 1035), mDNS (RFC 6762) and LLMNR (RFC 4795), which share its messages.

use super::layer::{Layer, utf8};
use super::tree::LayerTree;
use crate::packet::dns::{Data, Message, Question, Record};
use crate::packet::{self, Packet, Tcp, Udp};
use crate::text::Text;

/// Type of the pseudo-record OPT (RFC 6891), which has no lifetime.
const OPT: u16 = 41;

/// Type of a record that says where a service is (RFC 2782).
const SRV: u16 = 33;

/// What carries DNS messages: port, and Wireshark's protocol name.
const PORTS: &[(u16, &str)] = &[(53, "dns"), (5353, "mdns"), (5355, "llmnr")];

/// The protocol whose messages a datagram carries, by its port.
pub(super) fn protocol(udp: &Udp<'_>) -> Option<&'static str> {
    let known = PORTS.iter().find(|(port, _)| [udp.source_port, udp.destination_port].contains(port));
    known.map(|(_, name)| *name)
}

/// The names of a protocol in `frame.protocols`, by its port.
pub(super) fn of_ports(ports: (u16, u16)) -> Option<&'static [&'static str]> {
    let known = PORTS.iter().find(|(port, _)| *port == ports.0 || *port == ports.1);
    known.map(|(_, name)| std::slice::from_ref(name))
}

/// The message in a segment that holds exactly one, with its length before it (RFC 1035, 4.2.2).
pub(super) fn in_segment<'a>(tcp: &Tcp<'a>) -> Option<&'a [u8]> {
    const PORT: u16 = 53;
    let [high, low, message @ ..] = tcp.payload else { return None };
    let whole = usize::from(u16::from_be_bytes([*high, *low])) == message.len();
    (whole && (tcp.source_port == PORT || tcp.destination_port == PORT)).then_some(message)
}

/// Fields of the message in a packet; `None` if there is none.
pub(super) fn layer(packet: &Packet<'_>) -> Option<LayerTree> {
    let (protocol, bytes) = match packet.layers().last()? {
        packet::Layer::Udp(udp) => (protocol(udp)?, udp.payload),
        packet::Layer::Tcp(tcp) => ("dns", in_segment(tcp)?),
        _ => return None,
    };
    let message = Message::parse(bytes)?;
    let layer = Layer::new(protocol, packet.bytes, packet.offset_of(bytes))
        .field("dns.id", format_args!("{:#06x}", message.id), 0, 2)
        .with(|layer| flags(layer, message.flags, protocol))
        .field("dns.count.queries", message.counts[0], 4, 2)
        .field("dns.count.answers", message.counts[1], 6, 2)
        .field("dns.count.auth_rr", message.counts[2], 8, 2)
        .field("dns.count.add_rr", message.counts[3], 10, 2);
    let top_bit = TOP_BITS.iter().find(|(name, ..)| *name == protocol);
    let layer = message.questions.iter().fold(layer, |layer, part| question(layer, part, top_bit.map(|bit| bit.1)));
    Some(message.records.iter().fold(layer, |layer, part| record(layer, part, top_bit.map(|bit| bit.2))).done())
}

/// Protocols in which the highest bit of a class is none of it (RFC 6762, 18.12 and 18.13): what it says in a question, and in a record.
const TOP_BITS: &[(&str, &str, &str)] = &[("mdns", "dns.qry.qu", "dns.resp.cache_flush")];

/// Flags: name, how far from the right, and whether answers only have it.
const FLAGS: &[(&str, u16, u16, bool)] = &[
    ("dns.flags.response", 15, 1, false),
    ("dns.flags.opcode", 11, 0xf, false),
    ("dns.flags.authoritative", 10, 1, true),
    ("dns.flags.truncated", 9, 1, false),
    ("dns.flags.recdesired", 8, 1, false),
    ("dns.flags.recavail", 7, 1, true),
    ("dns.flags.z", 6, 1, false),
    ("dns.flags.authenticated", 5, 1, true),
    ("dns.flags.checkdisable", 4, 1, false),
    ("dns.flags.rcode", 0, 0xf, true),
];

/// The same of LLMNR (RFC 4795, 2.1.1).
const LLMNR_FLAGS: &[(&str, u16, u16, bool)] = &[
    ("dns.flags.response", 15, 1, false),
    ("dns.flags.opcode", 11, 0xf, false),
    ("dns.flags.conflict", 10, 1, false),
    ("dns.flags.truncated", 9, 1, false),
    ("dns.flags.tentative", 8, 1, false),
    ("dns.flags.rcode", 0, 0xf, true),
];

fn flags<'a>(layer: Layer<'a>, flags: u16, protocol: &str) -> Layer<'a> {
    const AUTHENTICATED: u16 = 5;
    let is_response = flags >> 15 == 1;
    let layer = layer.field("dns.flags", format_args!("{flags:#06x}"), 2, 2);
    let table = if protocol == "llmnr" { LLMNR_FLAGS } else { FLAGS };
    // A query can ask for what is authenticated (RFC 6840, 5.7).
    let asks = |shift: u16| shift == AUTHENTICATED && flags >> shift & 1 == 1;
    let shown = table.iter().filter(|(_, shift, _, answers_only)| is_response || !answers_only || asks(*shift));
    shown.fold(layer, |layer, (name, shift, mask, _)| layer.field(name, flags >> shift & mask, 2, 2))
}

fn question<'a>(layer: Layer<'a>, question: &Question, top_bit: Option<&'static str>) -> Layer<'a> {
    let (at, length) = question.span;
    let labels = question.name.split(|byte| *byte == b'.').filter(|label| !label.is_empty()).count();
    layer
        .text("dns.qry.name", name(&question.name), at, length)
        .generated("dns.qry.name.len", name(&question.name).as_bytes().len())
        .generated("dns.count.labels", labels)
        .field("dns.qry.type", question.kind, at + length, 2)
        .with(|layer| class(layer, ("dns.qry.class", top_bit), question.class, at + length + 2))
}

/// A class; what its highest bit says, where that is none of it.
fn class<'a>(layer: Layer<'a>, names: (&'static str, Option<&'static str>), class: u16, at: usize) -> Layer<'a> {
    const TOP: u16 = 0x8000;
    let (name, Some(bit)) = names else {
        return layer.field(names.0, format_args!("{class:#06x}"), at, 2);
    };
    layer.field(name, format_args!("{:#06x}", class & !TOP), at, 2).field(bit, class / TOP, at, 2)
}

fn record<'a>(layer: Layer<'a>, record: &Record, top_bit: Option<&'static str>) -> Layer<'a> {
    let (at, name_length) = record.span;
    let behind = at + name_length;
    layer
        .with(|layer| match (record.kind, record.name.is_empty()) {
            // Wireshark cuts a service's name into its parts instead.
            (SRV, false) => layer,
            _ => layer.text("dns.resp.name", name(&record.name), at, name_length),
        })
        .field("dns.resp.type", record.kind, behind, 2)
        .with(|layer| {
            if record.kind == OPT {
                return match top_bit {
                    Some(bit) => layer.field(bit, record.class >> 15, behind + 2, 2),
                    None => layer,
                };
            }
            class(layer, ("dns.resp.class", top_bit), record.class, behind + 2).field(
                "dns.resp.ttl",
                record.ttl,
                behind + 4,
                4,
            )
        })
        .field("dns.resp.len", record.data_span.1, behind + 8, 2)
        .with(|layer| content(layer, record))
}

fn content<'a>(layer: Layer<'a>, record: &Record) -> Layer<'a> {
    let (at, length) = record.data_span;
    match &record.data {
        Data::Address(address) if address.is_ipv4() => layer.field("dns.a", address, at, length),
        Data::Address(address) => layer.field("dns.aaaa", address, at, length),
        Data::Name(target) => {
            let field =
                NAME_FIELDS.iter().find(|(kind, _)| *kind == record.kind).map_or("dns.cname", |(_, name)| *name);
            layer.text(field, name(target), at, length)
        }
        Data::Mail(preference, host) => layer.field("dns.mx.preference", preference, at, 2).text(
            "dns.mx.mail_exchange",
            name(host),
            at + 2,
            length.saturating_sub(2),
        ),
        Data::Service(priority, weight, port, host) => layer
            .field("dns.srv.priority", priority, at, 2)
            .field("dns.srv.weight", weight, at + 2, 2)
            .field("dns.srv.port", port, at + 4, 2)
            .text("dns.srv.target", name(host), at + 6, length.saturating_sub(6)),
        Data::Types(_, kinds) => {
            kinds.iter().fold(layer, |layer, (kind, at)| layer.field("dns.resp.type", kind, *at, 1))
        }
        Data::Other => layer,
    }
}

/// Record types that hold one name, and the field for it.
const NAME_FIELDS: &[(u16, &str)] =
    &[(2, "dns.ns"), (5, "dns.cname"), (6, "dns.soa.mname"), (12, "dns.ptr.domain_name")];

/// Names of record types (IANA "Resource Record (RR) TYPEs").
const TYPES: &[(u16, &str)] = &[
    (1, "A"),
    (2, "NS"),
    (5, "CNAME"),
    (6, "SOA"),
    (12, "PTR"),
    (13, "HINFO"),
    (15, "MX"),
    (16, "TXT"),
    (28, "AAAA"),
    (33, "SRV"),
    (35, "NAPTR"),
    (39, "DNAME"),
    (41, "OPT"),
    (43, "DS"),
    (46, "RRSIG"),
    (47, "NSEC"),
    (48, "DNSKEY"),
    (50, "NSEC3"),
    (52, "TLSA"),
    (64, "SVCB"),
    (65, "HTTPS"),
    (251, "IXFR"),
    (252, "AXFR"),
    (255, "ANY"),
    (257, "CAA"),
];

/// Names of response codes (IANA "DNS RCODEs") as Wireshark words them.
const CODES: [&str; 11] = [
    "",
    " Format error",
    " Server failure",
    " No such name",
    " Not implemented",
    " Refused",
    " Name exists",
    " RRset exists",
    " RRset does not exist",
    " Not authoritative",
    " Name out of zone",
];

/// The highest bit of a class in mDNS: an answer by unicast is asked for, or other answers are outdated (RFC 6762, 18).
const TOP_BIT: u16 = 0x8000;

/// The Info column of a message of that protocol; `None` if there is none.
pub(super) fn info(bytes: &[u8], protocol: &str) -> Option<Text> {
    let multicast = protocol == "mdns";
    let message = Message::parse(bytes)?;
    let kind = match message.flags >> 11 & 0xf {
        0 => "Standard query",
        1 => "Inverse query",
        2 => "Server status request",
        4 => "Zone change notification",
        5 => "Dynamic update",
        _ => "Unknown operation",
    };
    let response = if message.is_response() { " response" } else { "" };
    let code = CODES.get(usize::from(message.flags & 0xf)).filter(|_| message.is_response()).unwrap_or(&"");
    let mut text = format!("{kind}{response} {:#06x}{code}", message.id).into_bytes();
    for question in &message.questions {
        text.extend_from_slice(format!(" {} ", type_name(question.kind)).as_bytes());
        text.extend_from_slice(name(&question.name).as_bytes());
        if multicast {
            let kind: &[u8] = if question.class & TOP_BIT == 0 { b", \"QM\" question" } else { b", \"QU\" question" };
            text.extend_from_slice(kind);
        }
    }
    for record in &message.records {
        let flush = if multicast && record.class & TOP_BIT != 0 && record.kind != OPT { ", cache flush" } else { "" };
        text.extend_from_slice(format!(" {}{flush}", type_name(record.kind)).as_bytes());
        text.extend_from_slice(&content_text(&record.data));
    }
    Some(Text::from(text.as_slice()))
}

fn type_name(kind: u16) -> String {
    let known = TYPES.iter().find(|(known, _)| *known == kind);
    known.map_or_else(|| format!("Unknown ({kind})"), |(_, name)| (*name).to_owned())
}

/// What the Info column shows of a record's content.
fn content_text(data: &Data) -> Vec<u8> {
    let with_name = |before: String, host: &[u8]| [before.as_bytes(), name(host).as_bytes()].concat();
    match data {
        Data::Address(address) => format!(" {address}").into_bytes(),
        Data::Name(host) | Data::Types(host, _) => with_name(" ".to_owned(), host),
        Data::Mail(preference, host) => with_name(format!(" {preference} "), host),
        Data::Service(priority, weight, port, host) => with_name(format!(" {priority} {weight} {port} "), host),
        Data::Other => Vec::new(),
    }
}

/// A name as Wireshark prints it.
fn name(name: &[u8]) -> Text {
    if name.is_empty() { Text::from("<Root>") } else { utf8(name) }
}
