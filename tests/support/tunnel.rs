//! The tunnels that a script's frames can go through, by the names of its `tunnel` statement.

use std::net::{IpAddr, Ipv4Addr};

use super::wire::{self, Ip};

const ENDS: [Ipv4Addr; 2] = [Ipv4Addr::new(203, 0, 113, 1), Ipv4Addr::new(203, 0, 113, 2)];

/// A tunnel: from an Ethernet frame, and whether the capturing host sends it, the packet that carries it.
pub type Tunnel = fn(&[u8], bool) -> Vec<u8>;

pub fn named(name: &str) -> Option<Tunnel> {
    match name {
        "vxlan" => Some(vxlan),
        _ => None,
    }
}

/// VXLAN (RFC 7348) of network 5.
fn vxlan(frame: &[u8], is_own: bool) -> Vec<u8> {
    const HEADER: [u8; 8] = [8, 0, 0, 0, 0, 0, 5, 0];
    let [source, destination] = if is_own { ENDS } else { [ENDS[1], ENDS[0]] }.map(IpAddr::V4);
    let outer = Ip { source, destination, ttl: 64, id: 0, dont_fragment: true, protocol: 17, offload: false };
    let datagram = wire::udp(&outer, (49_152, 4789), &[&HEADER[..], frame].concat());
    wire::ip(&outer, &datagram)
}
