//! Radio headers in front of IEEE 802.11 frames: radiotap, PPI, Prism, AVS.

use super::layer::Layer;
use super::tree::LayerTree;
use crate::packet::{Packet, Radio, RadioHeader};

/// Fields of the header.
pub(super) fn layer(packet: &Packet<'_>, radio: &Radio) -> LayerTree {
    let data = packet.bytes;
    let bytes = data.get(radio.offset..radio.offset + radio.length).or(data.get(radio.offset..)).unwrap_or_default();
    let layer = Layer::new(name(radio), data, radio.offset);
    let reader = Reader(bytes);
    match radio.header {
        RadioHeader::Radiotap => radiotap(layer, reader),
        RadioHeader::Ppi => layer
            .field_if("ppi.version", reader.byte(0), 0, 1)
            .field_if("ppi.flags", reader.byte(1).map(|flags| format!("{flags:#04x}")), 1, 1)
            .field_if("ppi.length", reader.u16(2), 2, 2)
            .field_if("ppi.dlt", reader.u32(4), 4, 4),
        RadioHeader::Prism => layer
            .field_if("prism.msgcode", reader.u32(0).map(|code| format!("{code:#010x}")), 0, 4)
            .field_if("prism.msglen", reader.u32(4), 4, 4),
        RadioHeader::Avs => layer.field_if("wlancap.length", reader.u32(4).map(u32::swap_bytes), 4, 4).field_if(
            "wlancap.channel",
            reader.u32(28).map(u32::swap_bytes),
            28,
            4,
        ),
    }
    .done()
}

/// Wireshark's name of the header.
pub(super) fn name(radio: &Radio) -> &'static str {
    match radio.header {
        RadioHeader::Radiotap => "radiotap",
        RadioHeader::Ppi => "ppi",
        RadioHeader::Prism => "prism",
        RadioHeader::Avs => "wlancap",
    }
}

/// Little-endian numbers at places of the header.
#[derive(Debug, Clone, Copy)]
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn byte(self, at: usize) -> Option<u8> {
        self.0.get(at).copied()
    }

    fn signed(self, at: usize) -> Option<i8> {
        self.byte(at).map(u8::cast_signed)
    }

    fn u16(self, at: usize) -> Option<u16> {
        self.0.get(at..at + 2)?.try_into().ok().map(u16::from_le_bytes)
    }

    fn u32(self, at: usize) -> Option<u32> {
        self.0.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes)
    }

    fn u64(self, at: usize) -> Option<u64> {
        self.0.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes)
    }
}

/// Length and alignment of the fields of <https://www.radiotap.org>, by bit of the word that says which there are.
const SIZES: [(usize, usize); 28] = [
    (8, 8),  // TSFT
    (1, 1),  // flags
    (1, 1),  // rate
    (4, 2),  // channel
    (2, 2),  // FHSS
    (1, 1),  // signal, dBm
    (1, 1),  // noise, dBm
    (2, 2),  // lock quality
    (2, 2),  // attenuation
    (2, 2),  // attenuation, dB
    (1, 1),  // power, dBm
    (1, 1),  // antenna
    (1, 1),  // signal, dB
    (1, 1),  // noise, dB
    (2, 2),  // RX flags
    (2, 2),  // TX flags
    (1, 1),  // RTS retries
    (1, 1),  // data retries
    (8, 4),  // extended channel
    (3, 1),  // MCS
    (8, 4),  // A-MPDU
    (12, 2), // VHT
    (12, 8), // timestamp
    (12, 2), // HE
    (12, 2), // HE-MU
    (6, 2),  // HE-MU of others
    (1, 1),  // PSDU of length 0
    (4, 2),  // L-SIG
];
/// Bits that are no field: another word of radiotap's own fields, one of a maker's, and whether a word follows at all.
const OWN_FIELDS: u32 = 1 << 29;
const MAKERS_FIELDS: u32 = 1 << 30;
const MORE: u32 = 1 << 31;

fn radiotap<'a>(layer: Layer<'a>, reader: Reader<'a>) -> Layer<'a> {
    let mut layer = layer
        .field_if("radiotap.version", reader.byte(0), 0, 1)
        .field_if("radiotap.pad", reader.byte(1), 1, 1)
        .field_if("radiotap.length", reader.u16(2), 2, 2);
    let mut words = Vec::new();
    while let Some(word) = reader.u32(4 + 4 * words.len()) {
        layer = layer.field("radiotap.present.word", format_args!("{word:#010x}"), 4 + 4 * words.len(), 4);
        words.push(word);
        if word & MORE == 0 {
            break;
        }
    }
    let mut at = 4 + 4 * words.len();
    for word in words {
        for (bit, (length, alignment)) in SIZES.iter().enumerate() {
            if word >> bit & 1 == 0 {
                continue;
            }
            at = at.next_multiple_of(*alignment);
            if at + length > reader.0.len() {
                return layer;
            }
            layer = field(layer, reader, bit, at);
            at += length;
        }
        if word & MAKERS_FIELDS != 0 || word & (OWN_FIELDS | MORE) == MORE {
            return layer;
        }
    }
    layer
}

/// The field of a bit, where it is one of those that are shown.
fn field<'a>(layer: Layer<'a>, reader: Reader<'a>, bit: usize, at: usize) -> Layer<'a> {
    match bit {
        0 => layer.field_if("radiotap.mactime", reader.u64(at), at, 8),
        1 => {
            let flags = reader.byte(at).unwrap_or_default();
            layer
                .field("radiotap.flags", format_args!("{flags:#04x}"), at, 1)
                .bit("radiotap.flags.fcs", flags & 0x10 != 0, at)
                .bit("radiotap.flags.badfcs", flags & 0x40 != 0, at)
        }
        2 => layer.field_if("radiotap.datarate", reader.byte(at).map(|rate| f32::from(rate) / 2.0), at, 1),
        3 => layer.field_if("radiotap.channel.freq", reader.u16(at), at, 2).field_if(
            "radiotap.channel.flags",
            reader.u16(at + 2).map(|flags| format!("{flags:#06x}")),
            at + 2,
            2,
        ),
        5 => layer.field_if("radiotap.dbm_antsignal", reader.signed(at), at, 1),
        6 => layer.field_if("radiotap.dbm_antnoise", reader.signed(at), at, 1),
        7 => layer.field_if("radiotap.quality", reader.u16(at), at, 2),
        11 => layer.field_if("radiotap.antenna", reader.byte(at), at, 1),
        12 => layer.field_if("radiotap.db_antsignal", reader.byte(at), at, 1),
        _ => layer,
    }
}
