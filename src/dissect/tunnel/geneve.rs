//! Geneve (RFC 8926).

use super::Layer;

/// Fields of the fixed header, and class, type and length of each option.
pub(super) fn fields(layer: Layer<'_>) -> Layer<'_> {
    const FIXED: usize = 8;
    let options = usize::try_from(layer.value(0, 1).unwrap_or_default() & 0x3f).unwrap_or_default() * 4;
    let mut layer = layer
        .bits("geneve.version", 0, 1, 6, 2)
        .field("geneve.option.length", options, 0, 1)
        .hex("geneve.flags", 1, 1)
        .bits("geneve.flags.oam", 1, 1, 7, 1)
        .bits("geneve.flags.critical", 1, 1, 6, 1)
        .hex("geneve.proto_type", 2, 2)
        .hex("geneve.vni", 4, 3)
        .hex("geneve.reserved", 7, 1)
        .bytes("geneve.options", FIXED, options);
    let mut at = FIXED;
    while at < FIXED + options {
        let content = usize::try_from(layer.value(at + 3, 1).unwrap_or_default() & 0x1f).unwrap_or_default() * 4;
        layer = layer.hex("geneve.option.class", at, 2).hex("geneve.option.type", at + 2, 1).field(
            "geneve.option.length",
            content + 4,
            at + 3,
            1,
        );
        at += 4 + content;
    }
    layer
}
