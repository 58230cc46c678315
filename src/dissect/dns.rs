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

/// The message in a segment that holds exactly one, with its length before it (RFC 1035, 4.2.2).
pub(super) fn in_segment<'a>(tcp: &Tcp<'a>) -> Option<&'a [u8]> {
    const PORT: u16 = 53;
    let [high, low, message @ ..] = tcp.payload else { return None };
    let whole = usize::from(u16::from_be_bytes([*high, *low])) == message.len();
    (whole && (tcp.source_port == PORT || tcp.destination_port == PORT)).then_some(message)
}

/// Fields of the message in a packet; `None` if there is none.
pub(super) fn layer(packet: &Packet<'_>) -> Option<LayerTree> {
    let (protocol, bytes) = match packet.layers.last()? {
        packet::Layer::Udp(udp) => (protocol(udp)?, udp.payload),
        packet::Layer::Tcp(tcp) => ("dns", in_segment(tcp)?),
        _ => return None,
    };
    let message = Message::parse(bytes)?;
    let layer = Layer::new(protocol, packet.frame.data, packet.offset_of(bytes))
        .field("dns.id", format_args!("{:#06x}", message.id), 0, 2)
        .with(|layer| flags(layer, message.flags))
        .field("dns.count.queries", message.counts[0], 4, 2)
        .field("dns.count.answers", message.counts[1], 6, 2)
        .field("dns.count.auth_rr", message.counts[2], 8, 2)
        .field("dns.count.add_rr", message.counts[3], 10, 2);
    let layer = message.questions.iter().fold(layer, question);
    Some(message.records.iter().fold(layer, record).done())
}

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

fn flags(layer: Layer<'_>, flags: u16) -> Layer<'_> {
    let is_response = flags >> 15 == 1;
    let layer = layer.field("dns.flags", format_args!("{flags:#06x}"), 2, 2);
    let shown = FLAGS.iter().filter(|(.., answers_only)| is_response || !answers_only);
    shown.fold(layer, |layer, (name, shift, mask, _)| layer.field(name, flags >> shift & mask, 2, 2))
}

fn question<'a>(layer: Layer<'a>, question: &Question) -> Layer<'a> {
    let (at, length) = question.span;
    let labels = question.name.split(|byte| *byte == b'.').filter(|label| !label.is_empty()).count();
    layer
        .text("dns.qry.name", name(&question.name), at, length)
        .generated("dns.qry.name.len", name(&question.name).as_bytes().len())
        .generated("dns.count.labels", labels)
        .field("dns.qry.type", question.kind, at + length, 2)
        .field("dns.qry.class", format_args!("{:#06x}", question.class), at + length + 2, 2)
}

fn record<'a>(layer: Layer<'a>, record: &Record) -> Layer<'a> {
    let (at, name_length) = record.span;
    let behind = at + name_length;
    let (data_at, data_length) = record.data_span;
    layer
        .with(|layer| match (record.kind, record.name.is_empty()) {
            // Wireshark cuts a service's name into its parts instead.
            (SRV, false) => layer,
            _ => layer.text("dns.resp.name", name(&record.name), at, name_length),
        })
        .field("dns.resp.type", record.kind, behind, 2)
        .with(|layer| {
            if record.kind == OPT {
                return layer;
            }
            layer.field("dns.resp.class", format_args!("{:#06x}", record.class), behind + 2, 2).field(
                "dns.resp.ttl",
                record.ttl,
                behind + 4,
                4,
            )
        })
        .field("dns.resp.len", data_length, behind + 8, 2)
        .with(|layer| match (&record.data, record.kind) {
            (Data::Address(address), _) if address.is_ipv4() => layer.field("dns.a", address, data_at, data_length),
            (Data::Address(address), _) => layer.field("dns.aaaa", address, data_at, data_length),
            (Data::Name(target), 2) => layer.text("dns.ns", name(target), data_at, data_length),
            (Data::Name(target), 5) => layer.text("dns.cname", name(target), data_at, data_length),
            (Data::Name(target), _) => layer.text("dns.ptr.domain_name", name(target), data_at, data_length),
            (Data::Types(kinds), _) => {
                kinds.iter().fold(layer, |layer, (kind, at)| layer.field("dns.resp.type", kind, *at, 1))
            }
            (Data::Other, _) => layer,
        })
}

/// A name as Wireshark prints it.
fn name(name: &[u8]) -> Text {
    if name.is_empty() { Text::from("<Root>") } else { utf8(name) }
}
