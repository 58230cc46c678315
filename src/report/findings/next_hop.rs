//! `next_hop` [mac, frame, count, to, ttl, start]: the MAC address that the server's packets come from is a router's.
//!
//! Only when packets of several addresses come from it, and either the server's TTL is below a usual initial value or the addresses are more than one
//! machine usually has. `to`: a frame of the client that goes to it, `null` without one. `ttl`, `start`: as in `hop_estimate`, `null` when at the
//! initial value. Frames: one of the server's, `to`.

use serde_json::Value;

use super::hops::Hops;
use super::{Rank, Rule, Tone};
use crate::analysis::model::Side;
use crate::report::Facts;
use crate::report::model::Finding;

/// Addresses of one family that a single machine seldom has.
const MANY: u64 = 3;
const NO_ADDRESS: &str = "00:00:00:00:00:00";

pub(super) const RULE: Rule = Rule { rank: Rank::Network, tone: Tone::Note, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let evidence = facts.evidence;
    let [mac] = evidence.macs.server.as_slice() else { return None };
    let count = evidence.remote_ips_behind_mac.filter(|count| *count > 1)?;
    if mac == NO_ADDRESS || evidence.macs.client.contains(mac) {
        return None;
    }
    let hops = Hops::of(facts, Side::Server);
    let routed = hops.filter(|hops| hops.count() > 0);
    if routed.is_none() && count < MANY {
        return None;
    }
    let frame = facts.trees_from(Side::Server).next()?;
    let to = facts.trees_from(Side::Client).find(|frame| facts.field(*frame, "eth.dst").is_some_and(|to| to == *mac));
    let finding = Finding::new("next_hop", [frame].into_iter().chain(to))
        .with("mac", mac.clone())
        .with("frame", frame)
        .with("count", count)
        .with("to", to.map_or(Value::Null, Value::from))
        .with("ttl", routed.map_or(Value::Null, |hops| hops.ttl.into()))
        .with("start", routed.map_or(Value::Null, |hops| hops.start.into()));
    Some(finding)
}
