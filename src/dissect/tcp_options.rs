//! TCP options (RFC 9293, 3.2; RFC 7323; RFC 2018).

use super::layer::Layer;
use super::tcp::Segment;
use crate::packet::TcpOption;
use crate::tcp::sack_edges;

/// First byte of the options in the header.
const START: usize = 20;
/// Largest shift that counts (RFC 7323, 2.3).
const MAX_WINDOW_SHIFT: u8 = 14;

/// Fields of all options of a segment.
pub(super) fn fields<'a>(layer: Layer<'a>, segment: &Segment<'_>) -> Layer<'a> {
    let bytes = segment.tcp.options;
    if bytes.is_empty() {
        return layer;
    }
    let layer = layer.bytes("tcp.options", START, bytes.len());
    segment.tcp.options().fold(layer, |layer, (at, option)| {
        let at = at + START;
        match option {
            TcpOption::End => whole(layer, "tcp.options.eol", 0, at, 1),
            TcpOption::NoOperation => whole(layer, "tcp.options.nop", 1, at, 1),
            TcpOption::Mss(size) => {
                whole(layer, "tcp.options.mss", 2, at, 4).field("tcp.options.mss_val", size, at + 2, 2)
            }
            TcpOption::WindowScale(shift) => whole(layer, "tcp.options.wscale", 3, at, 3)
                .field("tcp.options.wscale.shift", shift, at + 2, 1)
                .generated("tcp.options.wscale.multiplier", 1_u32 << shift.min(MAX_WINDOW_SHIFT)),
            TcpOption::SackPermitted => whole(layer, "tcp.options.sack_perm", 4, at, 2),
            TcpOption::Sack(blocks) => sack(layer, segment, blocks, at),
            TcpOption::Timestamps(value, echo) => whole(layer, "tcp.options.timestamp", 8, at, 10)
                .field("tcp.options.timestamp.tsval", value, at + 2, 4)
                .field("tcp.options.timestamp.tsecr", echo, at + 6, 4),
            TcpOption::Other(kind, all) => kind_and_length(layer, kind, at, all.len()),
        }
    })
}

/// The option as a whole, its kind, and its length where it has one.
fn whole<'a>(layer: Layer<'a>, name: &'static str, kind: u8, at: usize, length: usize) -> Layer<'a> {
    kind_and_length(layer.bytes(name, at, length), kind, at, length)
}

fn kind_and_length(layer: Layer<'_>, kind: u8, at: usize, length: usize) -> Layer<'_> {
    let layer = layer.field("tcp.option_kind", kind, at, 1);
    if length > 1 { layer.field("tcp.option_len", length, at + 1, 1) } else { layer }
}

fn sack<'a>(layer: Layer<'a>, segment: &Segment<'_>, blocks: &[u8], at: usize) -> Layer<'a> {
    let layer = kind_and_length(layer, 5, at, blocks.len() + 2);
    (at + 2..).step_by(8).zip(sack_edges(blocks)).fold(layer, |layer, (at, (left, right))| {
        layer.field("tcp.options.sack_le", segment.relative_to_peer(left), at, 4).field(
            "tcp.options.sack_re",
            segment.relative_to_peer(right),
            at + 4,
            4,
        )
    })
}
