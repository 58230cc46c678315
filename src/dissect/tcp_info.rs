//! The Info column of a TCP segment.

use std::fmt::Write as _;

use super::tcp::Segment;
use crate::packet::{TcpFlags, TcpOption};
use crate::tcp::{Marks, sack_edges};

/// Names of the flags, from the lowest bit on.
const FLAG_NAMES: [&str; 9] = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "AE"];

/// The set flags as the Info column names them, such as `SYN, ACK`.
pub(crate) fn flag_names(flags: TcpFlags) -> String {
    let set = FLAG_NAMES.iter().enumerate().filter(|(bit, _)| flags.0 >> bit & 1 == 1).map(|(_, name)| *name);
    let reserved = (flags.0 >> FLAG_NAMES.len() != 0).then_some("Reserved");
    let names: Vec<&str> = set.chain(reserved).collect();
    if names.is_empty() { "<None>".to_owned() } else { names.join(", ") }
}

/// What the sequence analysis puts before the text. The last one that holds stands first.
const PREFIXES: &[(Marks, &str)] = &[
    (Marks::PORTS_REUSED, "[TCP Port numbers reused] "),
    (Marks::RETRANSMISSION, "[TCP Retransmission] "),
    (Marks::FAST_RETRANSMISSION, "[TCP Fast Retransmission] "),
    (Marks::SPURIOUS_RETRANSMISSION, "[TCP Spurious Retransmission] "),
    (Marks::OUT_OF_ORDER, "[TCP Out-Of-Order] "),
    (Marks::LOST_SEGMENT, "[TCP Previous segment not captured] "),
    (Marks::ACKED_UNSEEN, "[TCP ACKed unseen segment] "),
    (Marks::WINDOW_UPDATE, "[TCP Window Update] "),
    (Marks::WINDOW_FULL, "[TCP Window Full] "),
    (Marks::KEEP_ALIVE, "[TCP Keep-Alive] "),
    (Marks::KEEP_ALIVE_ACK, "[TCP Keep-Alive ACK] "),
    (Marks::DUPLICATE_ACK, ""),
    (Marks::ZERO_WINDOW_PROBE, "[TCP ZeroWindowProbe] "),
    (Marks::ZERO_WINDOW, "[TCP ZeroWindow] "),
    (Marks::ZERO_WINDOW_PROBE_ACK, "[TCP ZeroWindowProbeAck] "),
];

/// What stands before the text of a segment, whoever writes that text.
pub(super) fn prefix(segment: &Segment<'_>) -> String {
    let held = PREFIXES.iter().rev().filter(|(mark, _)| segment.sighting.marks.has(*mark));
    held.map(|(_, text)| match segment.sighting.duplicate {
        Some((frame, number)) if text.is_empty() => format!("[TCP Dup ACK {frame}#{number}] "),
        _ => (*text).to_owned(),
    })
    .collect()
}

/// The text of a segment that completes nothing.
pub(super) fn text(segment: &Segment<'_>) -> String {
    let tcp = segment.tcp;
    let mut text = format!("{} \u{2192} {} [{}]", tcp.source_port, tcp.destination_port, flag_names(tcp.flags));
    // Writing to a text cannot fail.
    let _ = write!(text, " Seq={}", segment.sequence());
    if tcp.flags.contains(TcpFlags::ACK) {
        let _ = write!(text, " Ack={}", segment.acknowledgment());
    }
    let window = segment.window().unwrap_or(tcp.window.into());
    let _ = write!(text, " Win={window}");
    if tcp.flags.contains(TcpFlags::URG) {
        let _ = write!(text, " Urg={}", tcp.urgent_pointer);
    }
    let _ = write!(text, " Len={}", tcp.payload_length);
    for (_, option) in tcp.options() {
        let _ = match option {
            TcpOption::Mss(size) => write!(text, " MSS={size}"),
            TcpOption::WindowScale(shift) => write!(text, " WS={}", 1_u32 << shift.min(14)),
            TcpOption::SackPermitted => write!(text, " SACK_PERM"),
            TcpOption::Timestamps(value, echo) => write!(text, " TSval={value} TSecr={echo}"),
            TcpOption::Sack(blocks) => sack_edges(blocks).try_for_each(|(left, right)| {
                let (left, right) = (segment.relative_to_peer(left), segment.relative_to_peer(right));
                write!(text, " SLE={left} SRE={right}")
            }),
            TcpOption::NoOperation | TcpOption::End | TcpOption::Other(..) => Ok(()),
        };
    }
    text
}
