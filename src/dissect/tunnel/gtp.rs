//! GTP version 1, user plane (3GPP TS 29.281).

use super::Layer;

const SEQUENCE_NUMBER: u64 = 0b010;
const N_PDU_NUMBER: u64 = 0b001;

/// Fields of the header; of extension headers none.
pub(super) fn fields(layer: Layer<'_>) -> Layer<'_> {
    let flags = layer.value(0, 1).unwrap_or_default();
    let mut layer = layer
        .hex("gtp.flags", 0, 1)
        .bits("gtp.flags.version", 0, 1, 5, 3)
        .bits("gtp.flags.payload", 0, 1, 4, 1)
        .bits("gtp.flags.e", 0, 1, 2, 1)
        .bits("gtp.flags.s", 0, 1, 1, 1)
        .bits("gtp.flags.pn", 0, 1, 0, 1)
        .hex("gtp.message", 1, 1)
        .number("gtp.length", 2, 2)
        .hex("gtp.teid", 4, 4);
    if flags & SEQUENCE_NUMBER != 0 {
        layer = layer.hex("gtp.seq_number", 8, 2);
    }
    if flags & N_PDU_NUMBER != 0 {
        layer = layer.hex("gtp.npdu_number", 10, 1);
    }
    layer
}
