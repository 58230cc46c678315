//! `ip_identification` [side, zeros, `syn_ack`, others]: IPv4 headers whose identification is 0, which is no error.
//!
//! They are atomic datagrams (RFC 6864): DF set, no fragment. `zeros`: that side's frames looked at in full whose field is 0; `syn_ack`: whether the SYN-ACK is
//! among them; `others`: number of its frames looked at whose field is not 0. Frames: `zeros`.

use super::{Rank, Rule, Tone};
use crate::analysis::model::Side;
use crate::report::Facts;
use crate::report::model::Finding;

/// Frames that are named.
const MAX_FRAMES: usize = 6;

pub(super) const RULE: Rule = Rule { rank: Rank::Network, tone: Tone::Note, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let of = |side| {
        let is_atomic_zero = |frame: &u64| {
            let is = |name, value| facts.number(*frame, name) == Some(value);
            is("ip.id", 0) && is("ip.flags.df", 1) && is("ip.flags.mf", 0) && is("ip.frag_offset", 0)
        };
        let zeros: Vec<u64> = facts.trees_from(side).filter(is_atomic_zero).collect();
        (!zeros.is_empty()).then_some((side, zeros))
    };
    let (side, zeros) = [Side::Server, Side::Client].into_iter().find_map(of)?;
    let syn_ack = facts.connection?.handshake.syn_ack;
    let others = facts.trees_from(side).filter(|frame| facts.number(*frame, "ip.id").is_some_and(|id| id != 0)).count();
    let frames: Vec<u64> = zeros.iter().copied().take(MAX_FRAMES).collect();
    let finding = Finding::new("ip_identification", frames.clone())
        .with("side", side.name())
        .with("zeros", frames)
        .with("count", zeros.len())
        .with("syn_ack", syn_ack.is_some_and(|syn_ack| zeros.contains(&syn_ack)))
        .with("others", others);
    Some(finding)
}
