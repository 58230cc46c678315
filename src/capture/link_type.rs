//! Link-layer header types (`LINKTYPE_…` of <https://www.tcpdump.org/linktypes.html>).

use std::fmt;

use pcap_file::pcap::PcapHeader;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

/// A link-layer header type as a capture file numbers it. Prints libpcap's name, or `LINKTYPE_<n>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LinkType(pub u16);

/// Number in the file, libpcap's name, Wireshark's `frame.encap_type` (`WTAP_ENCAP_…`): all that Wireshark 4.0 knows.
const KNOWN: &[(u16, &str, u32)] = &[
    (0, "NULL", 15),
    (1, "ETHERNET", 1),
    (2, "EXP_ETHERNET", 184),
    (3, "AX25", 148),
    (6, "IEEE802_5", 2),
    (7, "ARCNET_BSD", 8),
    (8, "SLIP", 3),
    (9, "PPP", 4),
    (10, "FDDI", 6),
    (11, "ATM_RFC1483", 10),
    (13, "ENC", 38),
    (16, "ATM_CLIP", 11),
    (18, "ATM_CLIP", 11),
    (19, "ATM_CLIP", 11),
    (32, "REDBACK_SMARTEDGE", 69),
    (50, "PPP_HDLC", 4),
    (51, "PPP_ETHER", 139),
    (99, "SYMANTEC_FIREWALL", 61),
    (100, "ATM_RFC1483", 10),
    (101, "RAW", 7),
    (104, "C_HDLC", 28),
    (105, "IEEE802_11", 20),
    (106, "ATM_CLIP", 11),
    (107, "FRELAY", 26),
    (108, "LOOP", 174),
    (109, "ENC", 38),
    (112, "NETBSD_HDLC", 28),
    (113, "LINUX_SLL", 25),
    (114, "LTALK", 30),
    (117, "PFLOG", 39),
    (118, "CISCO_IOS", 29),
    (119, "IEEE802_11_PRISM", 21),
    (121, "HHDLC", 32),
    (122, "IP_OVER_FC", 18),
    (123, "SUNATM", 13),
    (127, "IEEE802_11_RADIOTAP", 23),
    (128, "TZSP", 37),
    (129, "ARCNET_LINUX", 9),
    (130, "JUNIPER_MLPPP", 81),
    (131, "JUNIPER_MLFR", 82),
    (133, "JUNIPER_GGSN", 87),
    (135, "JUNIPER_ATM2", 68),
    (136, "JUNIPER_SERVICES", 151),
    (137, "JUNIPER_ATM1", 67),
    (138, "APPLE_IP_OVER_IEEE1394", 62),
    (139, "MTP2_WITH_PHDR", 75),
    (140, "MTP2", 42),
    (141, "MTP3", 43),
    (142, "SCCP", 101),
    (143, "DOCSIS", 33),
    (144, "LINUX_IRDA", 44),
    (147, "USER0", 45),
    (148, "USER1", 46),
    (149, "USER2", 47),
    (150, "USER3", 48),
    (151, "USER4", 49),
    (152, "USER5", 50),
    (153, "USER6", 51),
    (154, "USER7", 52),
    (155, "USER8", 53),
    (156, "USER9", 54),
    (157, "USER10", 55),
    (158, "USER11", 56),
    (159, "USER12", 57),
    (160, "USER13", 58),
    (161, "USER14", 59),
    (162, "USER15", 60),
    (163, "IEEE802_11_AVS", 24),
    (165, "BACNET_MS_TP", 63),
    (167, "JUNIPER_PPPOE", 76),
    (169, "GPRS_LLC", 66),
    (170, "GPF_T", 178),
    (171, "GPF_F", 179),
    (172, "GCOM_T1E1", 77),
    (173, "GCOM_SERIAL", 78),
    (177, "LINUX_LAPD", 88),
    (178, "JUNIPER_ETHER", 83),
    (179, "JUNIPER_PPP", 84),
    (180, "JUNIPER_FRELAY", 85),
    (181, "JUNIPER_CHDLC", 86),
    (183, "JUNIPER_VP", 91),
    (184, "A429", 181),
    (186, "USB_FREEBSD", 92),
    (187, "BLUETOOTH_HCI_H4", 41),
    (188, "IEEE802_16_MAC_CPS", 93),
    (189, "USB_LINUX", 95),
    (190, "CAN20B", 109),
    (192, "PPI", 97),
    (195, "IEEE802_15_4", 104),
    (196, "SITA", 100),
    (197, "ERF", 98),
    (199, "IPMB_KONTRON", 103),
    (200, "JUNIPER_ST", 197),
    (201, "BLUETOOTH_HCI_H4_WITH_PHDR", 99),
    (202, "AX25_KISS", 147),
    (203, "LAPD", 131),
    (204, "PPP_WITH_DIR", 19),
    (209, "IPMB_LINUX", 112),
    (210, "FLEXRAY", 106),
    (211, "MOST", 108),
    (212, "LIN", 107),
    (213, "X2E_SERIAL", 111),
    (214, "X2E_XORAYA", 105),
    (215, "IEEE802_15_4_NONASK_PHY", 113),
    (220, "USB_LINUX_MMAPPED", 115),
    (224, "FC_2", 121),
    (225, "FC_2_WITH_FRAME_DELIMS", 122),
    (226, "IPNET", 124),
    (227, "CAN_SOCKETCAN", 125),
    (228, "IPV4", 129),
    (229, "IPV6", 130),
    (230, "IEEE802_15_4_NOFCS", 127),
    (231, "DBUS", 146),
    (235, "DVB_CI", 132),
    (236, "MUX27010", 133),
    (237, "STANAG_5066_D_PDU", 157),
    (239, "NFLOG", 141),
    (240, "NETANALYZER", 135),
    (241, "NETANALYZER_TRANSPARENT", 136),
    (242, "IPOIB", 180),
    (243, "MPEG_2_TS", 138),
    (245, "NFC_LLCP", 140),
    (248, "SCTP", 149),
    (249, "USBPCAP", 152),
    (250, "RTAC_SERIAL", 153),
    (251, "BLUETOOTH_LE_LL", 154),
    (252, "WIRESHARK_UPPER_PDU", 155),
    (253, "NETLINK", 158),
    (254, "BLUETOOTH_LINUX_MONITOR", 159),
    (255, "BLUETOOTH_BREDR_BB", 160),
    (256, "BLUETOOTH_LE_LL_WITH_PHDR", 161),
    (258, "PKTAP", 171),
    (259, "EPON", 172),
    (260, "IPMI_HPM_2", 173),
    (264, "ISO_14443", 177),
    (266, "USB_DARWIN", 182),
    (268, "SDLC", 36),
    (270, "LORATAP", 183),
    (271, "VSOCK", 185),
    (272, "NORDIC_BLE", 186),
    (273, "DOCSIS31_XRA31", 199),
    (274, "ETHERNET_MPACKET", 198),
    (275, "DISPLAYPORT_AUX", 200),
    (276, "LINUX_SLL2", 210),
    (279, "EBHSCR", 204),
    (280, "VPP_DISPATCH", 205),
    (283, "IEEE802_15_4_TAP", 206),
    (287, "Z_WAVE_SERIAL", 211),
    (288, "USB_2_0", 208),
    (290, "ETW", 212),
    (292, "ZBOSS_NCP", 214),
    (293, "USB_2_0_LOW_SPEED", 215),
    (294, "USB_2_0_FULL_SPEED", 216),
    (295, "USB_2_0_HIGH_SPEED", 217),
];

impl LinkType {
    /// BSD loopback: four bytes of address family in the byte order of the capturing host.
    pub const NULL: Self = Self(0);
    /// PPP, with or without the framing of HDLC.
    pub const PPP: Self = Self(9);
    /// PPP in HDLC-like framing.
    pub const PPP_HDLC: Self = Self(50);
    /// PPP over Ethernet, without the Ethernet header.
    pub const PPP_ETHER: Self = Self(51);
    /// PPP behind a byte that is 0 for received packets.
    pub const PPP_WITH_DIRECTION: Self = Self(204);
    /// Cisco's framing of serial lines.
    pub const CISCO_HDLC: Self = Self(104);
    /// IEEE 802.11.
    pub const IEEE802_11: Self = Self(105);
    /// IEEE 802.11 behind a Prism header.
    pub const IEEE802_11_PRISM: Self = Self(119);
    /// IEEE 802.11 behind a radiotap header.
    pub const IEEE802_11_RADIOTAP: Self = Self(127);
    /// IEEE 802.11 behind an AVS header.
    pub const IEEE802_11_AVS: Self = Self(163);
    /// Another link type behind Per-Packet Information.
    pub const PPI: Self = Self(192);
    /// `OpenBSD`'s interface for `IPsec`.
    pub const ENC: Self = Self(109);
    /// Packets that Linux' netfilter has logged.
    pub const NFLOG: Self = Self(239);
    /// Solaris' IP packets of zones.
    pub const IPNET: Self = Self(226);
    /// Apple's packet tap: another link type behind a header.
    pub const PKTAP: Self = Self(258);
    /// IEEE 802.3 Ethernet.
    pub const ETHERNET: Self = Self(1);
    /// ARCNET as BSD systems see it.
    pub const ARCNET: Self = Self(7);
    /// ARCNET as Linux sees it.
    pub const ARCNET_LINUX: Self = Self(129);
    /// Frame Relay.
    pub const FRAME_RELAY: Self = Self(107);
    /// CAN frames of Linux' sockets.
    pub const CAN: Self = Self(227);
    /// IP over `InfiniBand`.
    pub const IPOIB: Self = Self(242);
    /// Token ring.
    pub(super) const IEEE802_5: Self = Self(6);
    /// FDDI.
    pub(super) const FDDI: Self = Self(10);
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

    /// D-Bus messages.
    const DBUS: Self = Self(231);
    /// USB transfers captured on Windows.
    const USBPCAP: Self = Self(249);
    /// Elektrobit high speed capture and replay.
    const EBHSCR: Self = Self(279);

    /// The type in a pcap file header: the lower 16 bits of the field. Above them stand the length of the frame check
    /// sequence and reserved bits.
    pub(super) fn from_pcap(header: &PcapHeader) -> Self {
        Self::from_file(u16::try_from(u32::from(header.datalink) & 0xffff).unwrap_or_default())
    }

    /// The type that `number` stands for in a file. Raw IP was written with the BSDs' own numbers, too.
    pub(crate) fn from_file(number: u16) -> Self {
        match number {
            12 | 14 => Self::RAW,
            number => Self(number),
        }
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
