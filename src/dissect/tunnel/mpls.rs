//! MPLS label stacks (RFC 3032).

use super::Layer;

/// Bytes of one entry.
const ENTRY: usize = 4;

/// Fields of each entry of a label stack of `length` bytes.
pub(super) fn fields(layer: Layer<'_>, length: usize) -> Layer<'_> {
    (0..length).step_by(ENTRY).fold(layer, |layer, at| {
        layer
            .bits("mpls.label", at, ENTRY, 12, 20)
            .bits("mpls.exp", at, ENTRY, 9, 3)
            .bits("mpls.bottom", at, ENTRY, 8, 1)
            .bits("mpls.ttl", at, ENTRY, 0, 8)
    })
}
