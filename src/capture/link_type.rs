//! Link-layer header types (`LINKTYPE_…` of <https://www.tcpdump.org/linktypes.html>).

use std::fmt;

use pcap_file::pcap::PcapHeader;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

/// A link-layer header type as a capture file numbers it. Prints libpcap's name, or `LINKTYPE_<n>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LinkType(pub u16);

/// Number in the file, libpcap's name, Wireshark's `frame.encap_type` (`WTAP_ENCAP_…`).
const KNOWN: &[(u16, &str, u32)] = &[
    (0, "NULL", 15),
    (1, "ETHERNET", 1),
];

impl LinkType {
    /// BSD loopback: four bytes of address family in the byte order of the capturing host.
    pub const NULL: Self = Self(0);
    /// IEEE 802.3 Ethernet.
    pub const ETHERNET: Self = Self(1);
    /// IPv4 or IPv6 without a link-layer header.
    pub const RAW: Self = Self(101);
    /// `OpenBSD` loopback: four bytes of address family, big-endian.
    pub const LOOP: Self = Self(108);
    /// Linux cooked capture v1.
    pub const LINUX_SLL: Self = Self(113);
    /// IPv4 only.
    pub const IPV4: Self = Self(228);
    /// IPv6 only.
    pub const IPV6: Self = Self(229);
    /// Raw IP as BSD systems number it.
    pub const RAW_BSD: Self = Self(12);
    /// Raw IP as `OpenBSD` numbers it.
    pub const RAW_OPENBSD: Self = Self(14);
    /// Linux cooked capture v2.
    pub const LINUX_SLL2: Self = Self(276);

    /// A block that Wireshark numbers as a frame but that holds no packet (custom, systemd journal, Sysdig event).
    pub const NOT_A_PACKET: Self = Self(u16::MAX);

    /// D-Bus messages.
    const DBUS: Self = Self(231);
    /// USB transfers captured on Windows.
    const USBPCAP: Self = Self(249);
    /// Elektrobit high speed capture and replay.
    const EBHSCR: Self = Self(279);

    /// The type in a pcap file header: the lower 16 bits of the field. Above them stand the length of the frame check
    /// sequence and reserved bits.
    pub(super) fn from_pcap(header: &PcapHeader) -> Self {
        Self(u16::try_from(u32::from(header.datalink) & 0xffff).unwrap_or_default())
    }

    /// The most bytes a record of this type may hold, as Wireshark has it: a longer one is damage.
    pub(super) fn largest_capture(self) -> u32 {
        match self {
            Self::DBUS | Self::USBPCAP => 128 * 1024 * 1024,
            Self::EBHSCR => 32 * 1024 * 1024,
            _ => 256 * 1024,
        }
    }

    fn known(self) -> Option<&'static (u16, &'static str, u32)> {
        KNOWN.iter().find(|(number, ..)| *number == self.0)
    }

    /// Wireshark's `frame.encap_type`, where it is known.
    #[must_use]
    pub fn wireshark_encapsulation(self) -> Option<u32> {
        self.known().map(|(_, _, encapsulation)| *encapsulation)
    }
}

impl fmt::Display for LinkType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.known() {
            Some((_, name, _)) => f.write_str(name),
            None => write!(f, "LINKTYPE_{}", self.0),
        }
    }
}

impl Serialize for LinkType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for LinkType {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "LinkType".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "libpcap's name of the link-layer header type, such as ETHERNET." })
    }
}
