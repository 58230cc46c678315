//! Protocol and Info column of a frame in which TLS records end.

use super::tls::{Handshake, Record};
use crate::packet::tls::{self, content_type};

/// Handshake types (IANA "TLS `HandshakeType`") as Wireshark names them.
const HANDSHAKES: &[(u8, &str)] = &[
    (0, "Hello Request"),
    (1, "Client Hello"),
    (2, "Server Hello"),
    (4, "New Session Ticket"),
    (5, "End of Early Data"),
    (6, "Hello Retry Request"),
    (8, "Encrypted Extensions"),
    (11, "Certificate"),
    (12, "Server Key Exchange"),
    (13, "Certificate Request"),
    (14, "Server Hello Done"),
    (15, "Certificate Verify"),
    (16, "Client Key Exchange"),
    (20, "Finished"),
    (21, "Certificate URL"),
    (22, "Certificate Status"),
    (23, "Supplemental Data"),
    (24, "Key Update"),
    (25, "Compressed Certificate"),
    (67, "Encrypted Extensions"),
];

/// Alerts (IANA "TLS Alerts") as Wireshark names them.
const ALERTS: &[(u8, &str)] = &[
    (0, "Close Notify"),
    (10, "Unexpected Message"),
    (20, "Bad Record MAC"),
    (21, "Decryption Failed"),
    (22, "Record Overflow"),
    (30, "Decompression Failure"),
    (40, "Handshake Failure"),
    (41, "No Certificate"),
    (42, "Bad Certificate"),
    (43, "Unsupported Certificate"),
    (44, "Certificate Revoked"),
    (45, "Certificate Expired"),
    (46, "Certificate Unknown"),
    (47, "Illegal Parameter"),
    (48, "Unknown CA"),
    (49, "Access Denied"),
    (50, "Decode Error"),
    (51, "Decrypt Error"),
    (60, "Export Restriction"),
    (70, "Protocol Version"),
    (71, "Insufficient Security"),
    (80, "Internal Error"),
    (86, "Inappropriate Fallback"),
    (90, "User Canceled"),
    (100, "No Renegotiation"),
    (109, "Missing Extension"),
    (110, "Unsupported Extension"),
    (111, "Certificate Unobtainable"),
    (112, "Unrecognized Name"),
    (113, "Bad Certificate Status Response"),
    (114, "Bad Certificate Hash Value"),
    (115, "Unknown PSK Identity"),
    (116, "Certificate Required"),
    (120, "No application Protocol"),
];

/// The random of a Server Hello that asks for another Client Hello (RFC 8446, 4.1.3): its first bytes.
const RETRY_RANDOM: [u8; 8] = [0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11];

/// What ends in the frame.
pub(super) fn text(records: &[Record]) -> String {
    let names: Vec<String> = records.iter().flat_map(of_record).collect();
    names.join(", ")
}

fn of_record(record: &Record) -> Vec<String> {
    let one = |name: &str| vec![name.to_owned()];
    match record.header.content_type {
        _ if record.header.version == tls::Record::VERSION_2 => one("Client Hello"),
        content_type::CHANGE_CIPHER_SPEC => one("Change Cipher Spec"),
        content_type::ALERT => vec![alert(record)],
        content_type::HANDSHAKE if record.encrypted => one("Encrypted Handshake Message"),
        content_type::HANDSHAKE => record.handshakes.iter().map(handshake).collect(),
        content_type::APPLICATION_DATA => one("Application Data"),
        _ => one("Encrypted Heartbeat"),
    }
}

fn handshake(message: &Handshake) -> String {
    let kind = message.kind();
    if kind == 2 && message.bytes.get(6..14) == Some(&RETRY_RANDOM) {
        return "Hello Retry Request".to_owned();
    }
    name(HANDSHAKES, kind).map_or_else(|| format!("Unknown ({kind})"), str::to_owned)
}

fn alert(record: &Record) -> String {
    match record.alert() {
        Some((level, description)) => {
            let level = match level {
                1 => "Warning",
                2 => "Fatal",
                _ => "Unknown",
            };
            let description = name(ALERTS, description).unwrap_or("Unknown");
            format!("Alert (Level: {level}, Description: {description})")
        }
        None => "Encrypted Alert".to_owned(),
    }
}

fn name(names: &[(u8, &'static str)], number: u8) -> Option<&'static str> {
    names.iter().find(|(known, _)| *known == number).map(|(_, name)| *name)
}

/// The protocol column: the version that the connection negotiated, or else the first record's.
pub(super) fn protocol(negotiated: Option<&str>, records: &[Record]) -> String {
    if records.first().is_some_and(|record| record.header.version == tls::Record::VERSION_2) {
        return "SSLv2".to_owned();
    }
    let version = match negotiated {
        Some(version) => version.replace("TLS 1.0", "TLS 1").replace("SSL 3.0", "SSL 3"),
        None => match records.first().map(|record| record.header.version) {
            Some(0x0300) => "SSL 3".to_owned(),
            Some(0x0301) => "TLS 1".to_owned(),
            Some(0x0302) => "TLS 1.1".to_owned(),
            Some(0x0303) => "TLS 1.2".to_owned(),
            _ => return "TLS".to_owned(),
        },
    };
    version.replace(' ', "v")
}
