//! `window_scale_unknown` [frame, window]: the SYNs are not in the capture, so the window field cannot be turned into bytes.
//!
//! Frames: the request, or the first frame of the connection.

use super::{Rank, Rule, Tone};
use crate::report::Facts;
use crate::report::model::Finding;

pub(super) const RULE: Rule = Rule { rank: Rank::Connection, tone: Tone::Problem, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let connection = facts.connection?;
    if connection.handshake.client.is_some() && connection.handshake.server.is_some() {
        return None;
    }
    // A SYN without the option settles it alone; and a refused connection has no windows.
    let settled = |syn: Option<crate::analysis::model::SynFacts>| syn.is_some_and(|syn| syn.window_scale.is_none());
    let payload = connection.client_bytes + connection.server_bytes > 0;
    if settled(connection.handshake.client) || settled(connection.handshake.server) || !payload {
        return None;
    }
    let frame = facts.exchange.map_or(connection.first_frame, |exchange| exchange.request.first_frame);
    Some(Finding::new("window_scale_unknown", [frame]).with("frame", frame))
}
