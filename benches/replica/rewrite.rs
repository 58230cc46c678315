//! One frame, as another client's.

use std::net::IpAddr;

use super::Random;
use super::original::{Original, OriginalFrame, Protocol};

/// First of the ports that clients choose (Linux).
const FIRST_PORT: u16 = 32_768;
/// Number of ports that they choose from.
const PORTS: u16 = 28_232;
/// Kinds of TCP options.
const NO_OPERATION: u8 = 1;
const SACK: u8 = 5;

/// What is a replica's own.
pub struct Identity {
    number: u32,
    port: u16,
    client_sequence: u32,
    server_sequence: u32,
    identification: u16,
}

impl Identity {
    /// That of replica `number`.
    pub fn new(number: u32, random: &mut Random) -> Self {
        let sequences = random.next();
        let small = random.next();
        Self {
            number,
            port: (small as u16) % PORTS,
            client_sequence: sequences as u32,
            server_sequence: (sequences >> 32) as u32,
            identification: (small >> 16) as u16,
        }
    }

    /// Writes `frame` to `bytes` as this replica has it.
    pub fn rewrite(&self, original: &Original, frame: &OriginalFrame, bytes: &mut Vec<u8>) {
        bytes.clear();
        bytes.extend_from_slice(&frame.bytes);
        let mac = if frame.from_client { 6..12 } else { 0..6 };
        if bytes[mac.clone()] == original.client_mac {
            bytes[mac][2..].copy_from_slice(&self.number.to_be_bytes());
        }
        self.address(original, frame, &mut bytes[frame.ip..]);
        let (ip, transport) = bytes[frame.ip..].split_at_mut(frame.transport - frame.ip);
        let (pseudo, length) = if original.client.is_ipv4() {
            let total = usize::from(u16::from_be_bytes([ip[2], ip[3]]));
            (sum(&ip[12..20]), total - ip.len())
        } else {
            let payload = usize::from(u16::from_be_bytes([ip[4], ip[5]]));
            (sum(&ip[8..40]), payload + 40 - ip.len())
        };
        // What follows is padding.
        let transport = &mut transport[..length];
        match frame.protocol {
            Protocol::Icmp => {}
            Protocol::Udp => {
                self.ports(frame, transport);
                fill_in(&mut *transport, 6, pseudo + 17 + length as u64);
            }
            Protocol::Tcp => {
                self.ports(frame, transport);
                self.sequence(frame, transport);
                fill_in(&mut *transport, 16, pseudo + 6 + length as u64);
            }
        }
    }

    fn address(&self, original: &Original, frame: &OriginalFrame, ip: &mut [u8]) {
        match original.client {
            IpAddr::V4(_) => {
                let at = if frame.from_client { 12 } else { 16 };
                let [_, high, middle, low] = self.number.to_be_bytes();
                ip[at..at + 4].copy_from_slice(&[10, high, middle, low]);
                let identification = u16::from_be_bytes([ip[4], ip[5]]);
                if identification != 0 {
                    let other = identification.wrapping_add(self.identification).max(1);
                    ip[4..6].copy_from_slice(&other.to_be_bytes());
                }
                let length = usize::from(ip[0] & 15) * 4;
                fill_in(&mut ip[..length], 10, 0);
            }
            IpAddr::V6(_) => {
                let at = if frame.from_client { 20 } else { 36 };
                ip[at..at + 4].copy_from_slice(&self.number.to_be_bytes());
            }
        }
    }

    fn ports(&self, frame: &OriginalFrame, transport: &mut [u8]) {
        let at = if frame.from_client { 0 } else { 2 };
        let port = u16::from_be_bytes([transport[at], transport[at + 1]]);
        let other = FIRST_PORT + (port % PORTS + self.port) % PORTS;
        transport[at..at + 2].copy_from_slice(&other.to_be_bytes());
    }

    fn sequence(&self, frame: &OriginalFrame, tcp: &mut [u8]) {
        let (own, peer) = if frame.from_client {
            (self.client_sequence, self.server_sequence)
        } else {
            (self.server_sequence, self.client_sequence)
        };
        shift(&mut tcp[4..8], own);
        let acknowledges = tcp[13] & 0x10 != 0;
        if acknowledges {
            shift(&mut tcp[8..12], peer);
        }
        let end = usize::from(tcp[12] >> 4) * 4;
        let mut at = 20;
        while at + 1 < end {
            let (kind, length) = (tcp[at], usize::from(tcp[at + 1]));
            match kind {
                0 => break,
                NO_OPERATION => at += 1,
                _ => {
                    if kind == SACK {
                        tcp[at + 2..at + length].chunks_exact_mut(4).for_each(|edge| shift(edge, peer));
                    }
                    at += length.max(2);
                }
            }
        }
    }
}

/// Adds to a number of four bytes.
fn shift(number: &mut [u8], by: u32) {
    let shifted = u32::from_be_bytes([number[0], number[1], number[2], number[3]]).wrapping_add(by);
    number.copy_from_slice(&shifted.to_be_bytes());
}

/// Writes the Internet checksum of `bytes` and what is summed already to the place `at` in them.
fn fill_in(bytes: &mut [u8], at: usize, summed: u64) {
    bytes[at..at + 2].fill(0);
    let mut sum = summed + sum(bytes);
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    bytes[at..at + 2].copy_from_slice(&(!(sum as u16)).to_be_bytes());
}

fn sum(bytes: &[u8]) -> u64 {
    let words = bytes.chunks(2).map(|word| u64::from(word[0]) << 8 | u64::from(word.get(1).copied().unwrap_or(0)));
    words.sum()
}
