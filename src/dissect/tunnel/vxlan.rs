//! VXLAN (RFC 7348), with the group policy of draft-smith-vxlan-group-policy.

use super::Layer;

/// Fields of a VXLAN header.
pub(super) fn fields(layer: Layer<'_>) -> Layer<'_> {
    layer
        .hex("vxlan.flags", 0, 2)
        .bits("vxlan.flag_g", 0, 2, 15, 1)
        .bits("vxlan.flag_i", 0, 2, 11, 1)
        .bits("vxlan.flag_d", 0, 2, 6, 1)
        .bits("vxlan.flag_a", 0, 2, 3, 1)
        .number("vxlan.gbp", 2, 2)
        .number("vxlan.vni", 4, 3)
        .number("vxlan.reserved8", 7, 1)
}
