//! The packet list: Source, Destination, Protocol and Info as Wireshark 4.0 shows them.

use super::Surroundings;
use super::ethernet::address;
use super::tcp;
use crate::packet::{Layer, Packet};
use crate::text::Text;

/// One row of the packet list, without number, time and length.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Columns {
    pub(crate) source: String,
    pub(crate) destination: String,
    pub(crate) protocol: String,
    pub(crate) info: Text,
}

/// The row of a packet.
pub(crate) fn columns(packet: &Packet<'_>, around: &Surroundings<'_>) -> Columns {
    let mut columns = Columns::default();
    for layer in &packet.layers {
        match layer {
            Layer::Ethernet(ethernet) => {
                columns.source = address(ethernet.source);
                columns.destination = address(ethernet.destination);
                columns.protocol = "Ethernet".to_owned();
            }
            Layer::Ip(ip) => {
                columns.source = ip.source().to_string();
                columns.destination = ip.destination().to_string();
            }
            _ => {}
        }
    }
    if let Some(segment) = &around.segment {
        columns.protocol = "TCP".to_owned();
        columns.info = Text::from(tcp::info(segment));
    }
    if let Some(message) = around.messages.last() {
        columns.protocol = "HTTP".to_owned();
        columns.info = super::http::info(message);
    }
    columns
}
