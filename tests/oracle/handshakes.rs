//! The contract's paragraph *Handshake*, computed from raw segments.

use serde_json::{Value, json};

use super::segments::{ACK, Endpoint, RST, SYN, Segment, Stream};
use super::tshark::print_seconds;

/// `handshake` of a connection whose client is known.
pub(crate) fn handshake(stream: &Stream<'_>, client: &Endpoint) -> Value {
    let from_client = |segment: &&Segment<'_>| segment.from == *client;
    let syns: Vec<_> = stream.segments.iter().filter(from_client).filter(|s| s.is_syn()).collect();
    let syn = syns.first();
    let copies: Vec<_> = syns.iter().skip(1).filter(|s| Some(s.seq) == syn.map(|syn| syn.seq)).collect();
    let syn_ack = stream.segments.iter().find(|s| s.from != *client && s.is_syn_ack() && answers(s, syn.copied()));
    // Without a SYN, what the SYN-ACK acknowledges tells the client's number.
    let client_isn = syn.map(|syn| syn.seq).or_else(|| syn_ack.map(|s| s.ack.wrapping_sub(1)));
    let ack = syn_ack.zip(client_isn).and_then(|(syn_ack, isn)| {
        stream.segments.iter().find(|s| {
            s.from == *client
                && s.has(ACK)
                && !s.has_any(SYN | RST)
                && s.seq == isn.wrapping_add(1)
                && s.ack == syn_ack.seq.wrapping_add(1)
        })
    });
    let last_syn = syn_ack.and_then(|syn_ack| syns.iter().rev().find(|s| s.frame < syn_ack.frame));
    let rtt = ack.zip(last_syn).and_then(|(ack, syn)| Some(print_seconds(ack.time? - syn.time?)));
    json!({
        "syn": syn.map(|s| s.frame),
        "syn_copies": copies.iter().map(|s| s.frame).collect::<Vec<_>>(),
        "syn_ack": syn_ack.map(|s| s.frame),
        "ack": ack.map(|s| s.frame),
        "complete": syn.is_some() && syn_ack.is_some() && ack.is_some(),
        "rtt": rtt,
        "client": syn.map(|s| syn_facts(s)),
        "server": syn_ack.map(syn_facts),
    })
}

/// Whether a SYN-ACK acknowledges the SYN: its number, or also data that the SYN carried.
fn answers(syn_ack: &Segment<'_>, syn: Option<&Segment<'_>>) -> bool {
    syn.is_none_or(|syn| {
        let acknowledged = syn_ack.ack.wrapping_sub(syn.seq.wrapping_add(1));
        acknowledged <= syn.payload()
    })
}

fn syn_facts(syn: &Segment<'_>) -> Value {
    json!({
        "isn": syn.seq,
        "mss": syn.row.number_of("tcp.options.mss_val"),
        "window": syn.row.number_of("tcp.window_size_value"),
        "window_scale": syn.row.number_of("tcp.options.wscale.shift"),
        "sack_permitted": syn.row.has("tcp.options.sack_perm"),
        "timestamps": syn.row.has("tcp.options.timestamp.tsval"),
    })
}
