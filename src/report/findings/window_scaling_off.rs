//! `window_scaling_off` [client, server, syn, syn_ack]: a SYN lacks the option, so windows are not scaled.
//!
//! `client`, `server`: whether that side's SYN has the option. Frames: SYN and SYN-ACK.

use crate::report::Facts;
use crate::report::model::Finding;

pub(super) fn find(facts: &Facts<'_>) -> Option<Finding> {
    let handshake = &facts.connection?.handshake;
    let (syn, syn_ack) = (handshake.syn?, handshake.syn_ack?);
    let client = handshake.client?.window_scale.is_some();
    let server = handshake.server?.window_scale.is_some();
    if client && server {
        return None;
    }
    let finding = Finding::new("window_scaling_off", [syn, syn_ack])
        .with("client", client)
        .with("server", server)
        .with("syn", syn)
        .with("syn_ack", syn_ack);
    Some(finding)
}
