//! IEEE 802.11 frames.

use super::ethernet::address;
use super::layer::Layer;
use super::tree::LayerTree;
use crate::packet::{Aggregate, Packet, Wlan};

/// Fields of the header, and the frame check sequence.
pub(super) fn layer(packet: &Packet<'_>, wlan: &Wlan) -> LayerTree {
    let data = packet.bytes;
    if wlan.version() != 0 {
        // Wireshark reads version 1 in another way, and of higher ones as much as this.
        let version = (wlan.version() > 1).then_some(wlan.version());
        let layer = Layer::new("wlan", data, wlan.offset).field_if("wlan.fc.version", version, 0, 1);
        return if version.is_some() { check_sequence(layer, packet, wlan) } else { layer }.done();
    }
    let [_, flags] = wlan.control;
    let kind = wlan.kind() << 4 | wlan.subtype();
    let duration = data.get(wlan.offset + 2..wlan.offset + 4).and_then(|bytes| bytes.try_into().ok());
    let duration = duration.map(u16::from_le_bytes).map(|duration| duration & 0x7fff);
    Layer::new("wlan", data, wlan.offset)
        .field("wlan.fc.type_subtype", format_args!("{kind:#06x}"), 0, 1)
        .field("wlan.fc", format_args!("{:#06x}", u16::from_be_bytes(wlan.control)), 0, 2)
        .field("wlan.fc.version", wlan.version(), 0, 1)
        .field("wlan.fc.type", wlan.kind(), 0, 1)
        .field("wlan.fc.subtype", wlan.subtype(), 0, 1)
        .field("wlan.flags", format_args!("{flags:#04x}"), 1, 1)
        .field("wlan.fc.ds", format_args!("{:#04x}", flags & 3), 1, 1)
        .bit("wlan.fc.tods", wlan.to_ds(), 1)
        .bit("wlan.fc.fromds", wlan.from_ds(), 1)
        .bit("wlan.fc.frag", wlan.has_more_fragments(), 1)
        .bit("wlan.fc.retry", flags & 0x08 != 0, 1)
        .bit("wlan.fc.pwrmgt", flags & 0x10 != 0, 1)
        .bit("wlan.fc.moredata", flags & 0x20 != 0, 1)
        .bit("wlan.fc.protected", wlan.is_protected(), 1)
        .bit("wlan.fc.order", flags & 0x80 != 0, 1)
        .field_if("wlan.duration", duration, 2, 2)
        .with(|layer| addresses(layer, wlan))
        .field_if("wlan.frag", wlan.sequence.map(|sequence| sequence & 15), 22, 2)
        .field_if("wlan.seq", wlan.sequence.map(|sequence| sequence >> 4), 22, 2)
        .with(|layer| check_sequence(layer, packet, wlan))
        .with(|layer| qos(layer, wlan))
        .done()
}

/// Every address under each of its names: the places of sender and receiver depend on the direction.
fn addresses<'a>(layer: Layer<'a>, wlan: &Wlan) -> Layer<'a> {
    let [receiver, transmitter, third] = wlan.addresses;
    let named = |layer: Layer<'a>, name, value: Option<[u8; 6]>| {
        let known = [receiver, transmitter, third, wlan.fourth];
        let place = known.iter().zip([4, 10, 16, 24]).find(|(other, _)| value.is_some() && **other == value);
        match place {
            Some((_, at)) => layer.field_if(name, value.map(address), at, 6),
            None => layer,
        }
    };
    let layer = named(layer, "wlan.ra", receiver);
    let layer = named(layer, "wlan.ta", transmitter);
    if wlan.sequence.is_none() {
        return layer;
    }
    let layer = named(layer, "wlan.da", wlan.destination());
    let layer = named(layer, "wlan.sa", wlan.source());
    let layer = named(layer, "wlan.bssid", wlan.network());
    let station = match (wlan.is_data(), wlan.to_ds(), wlan.from_ds()) {
        (true, _, false) => transmitter,
        (true, false, true) => receiver,
        _ => None,
    };
    named(layer, "wlan.staa", station)
}

fn check_sequence<'a>(layer: Layer<'a>, packet: &Packet<'a>, wlan: &Wlan) -> Layer<'a> {
    let Some(at) = wlan.fcs else { return layer };
    let bytes = packet.bytes.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
    let value = bytes.map(u32::from_le_bytes).map(|value| format!("{value:#010x}"));
    layer.field_if("wlan.fcs", value, at - wlan.offset, 4)
}

fn qos<'a>(layer: Layer<'a>, wlan: &Wlan) -> Layer<'a> {
    let Some((at, control)) = wlan.qos else { return layer };
    let at = at - wlan.offset;
    let layer = layer
        .field("wlan.qos", format_args!("{control:#06x}"), at, 2)
        .field("wlan.qos.tid", control & 15, at, 2)
        .field("wlan.qos.priority", control & 7, at, 2)
        .field("wlan.qos.ack", format_args!("{:#06x}", control >> 5 & 3), at, 2);
    if wlan.has_data() { layer.field("wlan.qos.amsdupresent", control >> 7 & 1, at, 2) } else { layer }
}

/// Fields of the header of a packet in an aggregate.
pub(super) fn aggregate(packet: &Packet<'_>, aggregate: &Aggregate) -> LayerTree {
    Layer::new("wlan_aggregate", packet.bytes, aggregate.offset)
        .field("wlan.da", address(aggregate.destination), 0, 6)
        .field("wlan.sa", address(aggregate.source), 6, 6)
        .field("wlan_aggregate.a_mdsu.length", aggregate.length, 12, 2)
        .done()
}

/// The Info column: the kind of frame, as far as students meet it.
pub(super) fn info(wlan: &Wlan) -> &'static str {
    match (wlan.kind(), wlan.subtype()) {
        (0, 0) => "Association Request",
        (0, 1) => "Association Response",
        (0, 4) => "Probe Request",
        (0, 5) => "Probe Response",
        (0, 8) => "Beacon frame",
        (0, 10) => "Disassociate",
        (0, 11) => "Authentication",
        (0, 12) => "Deauthentication",
        (0, 13) => "Action",
        (1, 8) => "802.11 Block Ack Req",
        (1, 9) => "802.11 Block Ack",
        (1, 11) => "Request-to-send",
        (1, 12) => "Clear-to-send",
        (1, 13) => "Acknowledgement",
        (2, 0) => "Data",
        (2, 4) => "Null function (No data)",
        (2, 8) => "QoS Data",
        (2, 12) => "QoS Null function (No data)",
        _ => "",
    }
}
