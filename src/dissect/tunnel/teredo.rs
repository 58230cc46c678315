//! Teredo (RFC 4380, 5.1.1): what may stand before the IPv6 packet.

use std::net::Ipv4Addr;

use super::Layer;

/// Fields of the authentication and the origin indication, as far as they are there.
pub(super) fn fields(mut layer: Layer<'_>) -> Layer<'_> {
    let mut at = 0;
    if layer.value(0, 2) == Some(1) {
        let length =
            |layer: &Layer<'_>, at| usize::try_from(layer.value(at, 1).unwrap_or_default()).unwrap_or_default();
        let (identifier, value) = (length(&layer, 2), length(&layer, 3));
        layer = layer.number("teredo.auth.idlen", 2, 1).number("teredo.auth.aulen", 3, 1);
        at = 4 + identifier + value;
        layer = layer.bytes("teredo.auth.nonce", at, 8).bytes("teredo.auth.conf", at + 8, 1);
        at += 9;
    }
    // Port and address are sent with all bits turned over, so that no translator of addresses changes them.
    if let (Some(0), Some(port), Some(address)) = (layer.value(at, 2), layer.value(at + 2, 2), layer.value(at + 4, 4)) {
        let turned = u32::try_from(address).unwrap_or_default() ^ u32::MAX;
        layer = layer.field("teredo.orig.port", port ^ 0xffff, at + 2, 2).field(
            "teredo.orig.addr",
            Ipv4Addr::from(turned),
            at + 4,
            4,
        );
    }
    layer
}
