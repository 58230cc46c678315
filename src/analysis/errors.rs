//! ICMP errors about segments of the connections that are followed.

use super::model::IcmpError;
use crate::diagnostic::LeftOut;
use crate::packet::{Endpoint, Icmp, Packet};

/// Errors kept, each in some 150 bytes; a connection that cannot be made has as many as it has SYNs.
const MAX_ERRORS: usize = 8192;

/// Follows ICMP errors.
#[derive(Debug, Default)]
pub(super) struct Errors {
    pub(super) found: Vec<IcmpError>,
    pub(super) left_out: LeftOut,
}

impl Errors {
    /// Takes an error that quotes a segment of a connection; `between` gives the newest one of two endpoints.
    pub(super) fn follow(
        &mut self,
        packet: &Packet<'_>,
        icmp: &Icmp<'_>,
        between: impl FnOnce(Endpoint, Endpoint) -> Option<u32>,
    ) {
        if !icmp.is_about_delivery() {
            return;
        }
        let Some((ip, quoted)) = packet.ip().zip(packet.quoted_segment()) else { return };
        let Some(stream) = between(quoted.source, quoted.destination) else { return };
        if self.found.len() >= MAX_ERRORS {
            self.left_out.note(packet.frame.number);
            return;
        }
        self.found.push(IcmpError {
            frame: packet.frame.number,
            stream,
            reporter: ip.source(),
            v6: icmp.v6,
            kind: icmp.kind,
            code: icmp.code,
            mtu: icmp.next_hop_mtu(),
            quoted,
        });
    }
}
