//! Who sends a connection's packets: MAC addresses, TTLs, and whether a MAC address is a next hop's.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use super::model::PerSide;
use crate::analysis::model::Side;
use crate::dissect::mac_address;
use crate::packet::Packet;

/// Different values listed per side; a connection has one or two.
const MAX_LISTED: usize = 16;
/// MAC addresses whose senders are counted; a network segment has fewer in one capture.
const MAX_MACS: usize = 4096;
/// IP addresses counted in all: more prove no more.
const MAX_ADDRESSES: usize = 65_536;

/// What the frames of the chosen connection say of their senders.
#[derive(Debug, Default)]
pub(super) struct Senders {
    pub(super) macs: PerSide<Vec<String>>,
    pub(super) ttls: PerSide<Vec<u8>>,
    /// The first MAC address of the server's frames.
    pub(super) server_mac: Option<[u8; 6]>,
}

impl Senders {
    pub(super) fn note(&mut self, side: Side, packet: &Packet<'_>) {
        if let Some(ethernet) = packet.ethernet() {
            if side == Side::Server {
                self.server_mac.get_or_insert(ethernet.source);
            }
            list(self.macs.get_mut(side), mac_address(ethernet.source));
        }
        if let Some(ip) = packet.ip() {
            list(self.ttls.get_mut(side), ip.ttl());
        }
    }
}

fn list<T: PartialEq>(listed: &mut Vec<T>, value: T) {
    if listed.len() < MAX_LISTED && !listed.contains(&value) {
        listed.push(value);
    }
}

/// The source IP addresses that come from each MAC address.
#[derive(Debug, Default)]
pub(super) struct Neighbours {
    behind: HashMap<[u8; 6], HashSet<IpAddr>>,
    addresses: usize,
    last: Option<([u8; 6], IpAddr)>,
}

impl Neighbours {
    pub(super) fn note(&mut self, packet: &Packet<'_>) {
        let (Some(ethernet), Some(ip)) = (packet.ethernet(), packet.outer_ip()) else {
            return;
        };
        let sender = (ethernet.source, ip.source());
        if self.last == Some(sender) || self.addresses >= MAX_ADDRESSES {
            return;
        }
        self.last = Some(sender);
        let room = self.behind.len() < MAX_MACS || self.behind.contains_key(&sender.0);
        if room && self.behind.entry(sender.0).or_default().insert(sender.1) {
            self.addresses += 1;
        }
    }

    /// How many addresses other than `client` come from `mac`, of its family and valid beyond one link: those of the other
    /// family may be the same host's, as is a link-local one.
    pub(super) fn behind(&self, mac: [u8; 6], client: Option<IpAddr>) -> u64 {
        let counts = |address: &&IpAddr| {
            client.is_none_or(|client| **address != client && address.is_ipv4() == client.is_ipv4())
                && !is_link_local(**address)
        };
        self.behind.get(&mac).map_or(0, |all| all.iter().filter(counts).count() as u64)
    }
}

/// Whether an address means something on one link only (RFC 3927, RFC 4291), or nothing.
fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local() || address.is_unspecified(),
        IpAddr::V6(address) => address.is_unicast_link_local() || address.is_unspecified(),
    }
}
