//! The record in the file: the layer that Wireshark calls `frame`.

use super::Surroundings;
use super::layer::{Layer, utf8};
use super::tree::LayerTree;
use crate::capture::{Frame, Interface, LinkType};

/// Fields of the record itself; `protocols` is Wireshark's `frame.protocols`.
pub(super) fn layer(frame: &Frame<'_>, around: &Surroundings<'_>, protocols: &str) -> LayerTree {
    let interface = around.interface(frame);
    let named = interface.filter(|_| around.is_pcapng());
    let first = around.survey.first_frame_time;
    Layer::new("frame", frame.data, 0)
        .told_if("frame.section_number", named.map(|interface| interface.section))
        .told_if("frame.interface_id", named.map(|interface| interface.number_in_section))
        .with(|layer| match named {
            Some(interface) => name_of(layer, interface),
            None => layer,
        })
        .told_if("frame.encap_type", frame.link_type.and_then(LinkType::wireshark_encapsulation))
        .told_if("frame.time_epoch", frame.time)
        .generated_if("frame.time_delta", frame.time.map(|time| time - around.previous_time.unwrap_or(time)))
        .generated_if("frame.time_relative", frame.time.zip(first).map(|(time, first)| time - first))
        .told("frame.number", frame.number)
        .told("frame.len", frame.wire_length)
        .told("frame.cap_len", frame.captured_length)
        .generated("frame.protocols", protocols)
        .done()
}

fn name_of<'a>(layer: Layer<'a>, interface: &Interface) -> Layer<'a> {
    let name = interface.name.as_ref().map_or(&b"unknown"[..], |name| name.as_bytes());
    let layer = layer.told_text("frame.interface_name", utf8(name));
    match &interface.description {
        Some(description) => layer.told_text("frame.interface_description", utf8(description.as_bytes())),
        None => layer,
    }
}
