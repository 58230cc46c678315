//! Internet checksums (RFC 1071) of a connection's packets: valid, wrong, or left to the network card.

use super::model::Checksums;
use crate::packet::{Ip, Packet, Tcp};

/// TCP's protocol number.
const TCP: u16 = 6;

impl Checksums {
    /// Looks at one segment and the IP header before it.
    pub(super) fn count(&mut self, packet: &Packet<'_>, tcp: &Tcp<'_>) {
        let Some(ip) = packet.ip() else { return };
        self.frames += 1;
        if let Ip::V4(ip) = ip {
            match ip.header.header_checksum() {
                0 => self.ip_zero += 1,
                _ if fold(sum(ip.header.slice())) == u16::MAX => self.ip_valid += 1,
                _ => self.ip_bad += 1,
            }
        }
        let length = tcp.header_length + tcp.payload_length as usize;
        let Some(bytes) = packet.frame.data.get(tcp.offset..tcp.offset + length) else {
            self.not_checkable += 1;
            return;
        };
        let addresses = addresses(ip);
        let with_length = addresses + u64::from(TCP) + length as u64;
        // Segmentation offload leaves the length out, because each piece has its own.
        let partial = [fold(with_length), fold(addresses + u64::from(TCP))];
        if fold(with_length + sum(bytes)) == u16::MAX {
            self.tcp_valid += 1;
        } else if partial.contains(&tcp.checksum) {
            self.tcp_partial += 1;
        } else {
            self.tcp_bad += 1;
        }
    }
}

fn addresses(ip: &Ip<'_>) -> u64 {
    match ip {
        Ip::V4(ip) => sum(&ip.header.source()) + sum(&ip.header.destination()),
        Ip::V6(ip) => sum(&ip.header.source()) + sum(&ip.header.destination()),
    }
}

/// The sum of 16-bit words, the last one filled up with a zero.
fn sum(bytes: &[u8]) -> u64 {
    let words = bytes.chunks(2).map(|word| match word {
        [high, low] => u64::from(u16::from_be_bytes([*high, *low])),
        [high] => u64::from(*high) << 8,
        _ => 0,
    });
    words.sum()
}

/// The one's complement sum.
fn fold(mut sum: u64) -> u16 {
    while sum > u64::from(u16::MAX) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    u16::try_from(sum).unwrap_or(u16::MAX)
}
