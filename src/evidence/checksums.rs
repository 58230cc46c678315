//! Counting what the checksums of one side's packets are.

use super::model::Checksums;
use crate::packet::checksum::{self, Verdict};
use crate::packet::{Ip, Packet, Tcp};

impl Checksums {
    /// Looks at one segment and the IP header before it.
    pub(super) fn count(&mut self, packet: &Packet<'_>, tcp: &Tcp<'_>) {
        self.frames += 1;
        if let Some(Ip::V4(ip)) = packet.ip() {
            match checksum::of_ipv4(ip) {
                Verdict::Right => self.ip_valid += 1,
                Verdict::LeftToHardware => self.ip_zero += 1,
                Verdict::Wrong => self.ip_bad += 1,
            }
        }
        match checksum::of_tcp(packet, tcp) {
            Some(Verdict::Right) => self.tcp_valid += 1,
            Some(Verdict::LeftToHardware) => self.tcp_partial += 1,
            Some(Verdict::Wrong) => self.tcp_bad += 1,
            None => self.not_checkable += 1,
        }
    }
}
