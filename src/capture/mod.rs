//! The file layer: a [`Source`] of bytes, its frames, and what the file says of itself.
//!
//! pcap and pcapng, both byte orders, micro- and nanoseconds, gzip, zstd and LZ4 by content. A [`Reader`] walks the frames once in file
//! order; a `Source` can be opened again for another walk. Bad bytes end the walk with a
//! [`Diagnostic`](crate::diagnostic::Diagnostic) and [`Reader::damaged`]; only a file that is no capture is an error.
//!
//! Frames, times, lengths and numbers are Wireshark 4.0's, but where that reads damaged or odd bytes wrongly:
//! a fraction of a second that is a whole second or more is carried over, time stamps never wrap, an early damage is not
//! taken for one of pcap's old variants, unknown link types can be read, and bad options do not end the walk.
//!
//! Memory is bounded whatever the file says: a window of 128 KiB grows to at most 1 MiB, for the options of one description;
//! of a record 256 KiB are held; beside them 1 MiB of texts, 8192 interfaces, and what decompression needs.

mod block;
mod buffer;
mod clock;
mod compressed;
mod description;
mod error;
mod facts;
mod foreign;
mod link_type;
mod options;
mod order;
mod pcap;
mod pcap_variant;
mod pcapng;
mod reader;
#[cfg(test)]
mod sample;
mod source;
mod stop;

pub use error::CaptureError;
pub use link_type::LinkType;
pub use reader::{Frame, Reader};
pub use source::{Bytes, LARGEST_CONTENT, Source};

use schemars::JsonSchema;
use serde::Serialize;

use crate::text::Text;

/// The file format of a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// libpcap's classic format.
    Pcap,
    /// pcapng.
    Pcapng,
}

/// What a capture file was compressed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Compression {
    /// gzip (RFC 1952).
    Gzip,
    /// Zstandard (RFC 8878).
    Zstd,
    /// LZ4's frame format.
    Lz4,
}

/// One capture interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Interface {
    /// Number in the file, from 0 through all sections.
    pub id: u32,
    /// Name as the file gives it (`if_name`); classic pcap has none.
    pub name: Option<Text>,
    /// Link-layer header type of its frames.
    pub link_type: LinkType,
    /// Largest number of bytes stored of a frame; `null` for no limit.
    pub snap_length: Option<u32>,
    /// Description for people (`if_description`), what Wireshark shows where there is no name.
    #[serde(skip)]
    pub description: Option<Text>,
    /// Section of a pcapng file, from 1 (`frame.section_number`).
    #[serde(skip)]
    pub section: u32,
    /// Number within the section, from 0: Wireshark's `frame.interface_id`, which begins anew in each section.
    #[serde(skip)]
    pub number_in_section: u32,
}

impl Interface {
    /// The one interface of a classic pcap file.
    fn of_pcap(link_type: LinkType, snap_length: Option<u32>) -> Self {
        Self { id: 0, name: None, link_type, snap_length, description: None, section: 1, number_in_section: 0 }
    }
}

/// What the file says of itself: everything but the frames.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFacts {
    /// File format.
    pub format: Format,
    /// Compression around it.
    pub compression: Option<Compression>,
    /// Interfaces seen up to now, in order.
    pub interfaces: Vec<Interface>,
    /// `shb_hardware` of the first section that has one.
    pub hardware: Option<Text>,
    /// `shb_os`.
    pub os: Option<Text>,
    /// `shb_userappl`.
    pub application: Option<Text>,
    /// Section comments (`opt_comment` of section headers), in order.
    pub comments: Vec<Text>,
}
