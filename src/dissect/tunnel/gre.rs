//! GRE (RFC 2784, RFC 2890; version 1: RFC 2637) and ERSPAN (draft-foschiano-erspan).

use super::Layer;

/// Bits of the first word: field, how far from the right, width.
const FLAGS: &[(&str, u32, u32)] = &[
    ("gre.flags.checksum", 15, 1),
    ("gre.flags.routing", 14, 1),
    ("gre.flags.key", 13, 1),
    ("gre.flags.sequence_number", 12, 1),
    ("gre.flags.strict_source_route", 11, 1),
    ("gre.flags.recursion_control", 8, 3),
];

const CHECKSUM_OR_ROUTING: u64 = 0xc000;
const KEY: u64 = 0x2000;
const SEQUENCE: u64 = 0x1000;
const ACKNOWLEDGMENT: u64 = 0x0080;
const VERSION: u64 = 7;

/// Fields of a GRE header.
pub(super) fn fields(layer: Layer<'_>) -> Layer<'_> {
    let flags = layer.value(0, 2).unwrap_or_default();
    let is_version_1 = flags & VERSION == 1;
    let layer = layer.hex("gre.flags_and_version", 0, 2);
    let layer = FLAGS.iter().fold(layer, |layer, (name, shift, width)| layer.bits(name, 0, 2, *shift, *width));
    let layer = if is_version_1 {
        layer.bits("gre.flags.ack", 0, 2, 7, 1).bits("gre.flags.reserved", 0, 2, 3, 4)
    } else {
        layer.bits("gre.flags.reserved", 0, 2, 3, 5)
    };
    let mut layer = layer.bits("gre.flags.version", 0, 2, 0, 3).hex("gre.proto", 2, 2);
    let mut at = 4;
    if flags & CHECKSUM_OR_ROUTING != 0 {
        layer = layer.hex("gre.checksum", 4, 2).number("gre.offset", 6, 2);
        at += 4;
    }
    if flags & KEY != 0 {
        layer = if is_version_1 {
            layer.number("gre.key.payload_length", at, 2).number("gre.key.call_id", at + 2, 2)
        } else {
            layer.hex("gre.key", at, 4)
        };
        at += 4;
    }
    if flags & SEQUENCE != 0 {
        layer = layer.number("gre.sequence_number", at, 4);
        at += 4;
    }
    if is_version_1 && flags & ACKNOWLEDGMENT != 0 {
        layer = layer.number("gre.ack_number", at, 4);
    }
    layer
}

/// Fields of an ERSPAN header of type II.
pub(super) fn erspan_ii(layer: Layer<'_>) -> Layer<'_> {
    layer
        .bits("erspan.version", 0, 2, 12, 4)
        .bits("erspan.vlan", 0, 2, 0, 12)
        .bits("erspan.cos", 2, 2, 13, 3)
        .bits("erspan.encap", 2, 2, 11, 2)
        .bits("erspan.truncated", 2, 2, 10, 1)
        .bits("erspan.spanid", 2, 2, 0, 10)
        .bits("erspan.reserved", 4, 4, 20, 12)
        .bits("erspan.index", 4, 4, 0, 20)
}

/// Fields of an ERSPAN header of type III.
pub(super) fn erspan_iii(layer: Layer<'_>) -> Layer<'_> {
    layer
        .bits("erspan.version", 0, 2, 12, 4)
        .bits("erspan.vlan", 0, 2, 0, 12)
        .bits("erspan.cos", 2, 2, 13, 3)
        .bits("erspan.bso", 2, 2, 11, 2)
        .bits("erspan.truncated", 2, 2, 10, 1)
        .bits("erspan.spanid", 2, 2, 0, 10)
        .number("erspan.timestamp", 4, 4)
        .number("erspan.sgt", 8, 2)
        .bits("erspan.p", 10, 2, 15, 1)
        .bits("erspan.ft", 10, 2, 10, 5)
        .bits("erspan.hw", 10, 2, 4, 6)
        .bits("erspan.direction", 10, 2, 3, 1)
        .bits("erspan.gra", 10, 2, 1, 2)
        .bits("erspan.o", 10, 2, 0, 1)
        .bits("erspan.platid", 12, 4, 26, 6)
}
