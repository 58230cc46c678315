//! `hop_estimate` [sides: [{side, frame, ttl, start, hops}], v6, other]: how many routers the packets have passed, guessed from TTL or hop limit.
//!
//! `sides`: those whose TTL is below a usual initial value; both, with no hops, when neither's is. `other`: more values that the sides' packets have.
//! Frames: one of each side listed.

use serde_json::{Value, json};

use super::hops::Hops;
use super::{Rank, Rule, Tone};
use crate::analysis::model::Side;
use crate::report::Facts;
use crate::report::model::Finding;

pub(super) const RULE: Rule = Rule { rank: Rank::Network, tone: Tone::Note, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let connection = facts.connection?;
    let (client, server) = (connection.client.ip, connection.server.ip);
    // Within one machine there is no way to estimate.
    if client == server || client.is_loopback() {
        return None;
    }
    let of = |side| Hops::of(facts, side).map(|hops| (side, hops));
    let known: Vec<(Side, Hops)> = [Side::Client, Side::Server].into_iter().filter_map(of).collect();
    let far: Vec<(Side, Hops)> = known.iter().copied().filter(|(_, hops)| hops.count() > 0).collect();
    let listed = if far.is_empty() { known } else { far };
    let none_passed = listed.iter().all(|(_, hops)| hops.count() == 0);
    // Of one side alone at its initial value nothing is learnt: it is probably the one that records. And where packets of several addresses come
    // from the server's MAC address there may be a router in spite of the values.
    let several_behind = facts.evidence.remote_ips_behind_mac.is_some_and(|count| count > 1);
    if none_passed && (listed.len() < 2 || several_behind) {
        return None;
    }
    let sides: Vec<Value> = listed
        .iter()
        .map(|(side, hops)| {
            let (frame, ttl, start) = (hops.frame, hops.ttl, hops.start);
            json!({ "side": side.name(), "frame": frame, "ttl": ttl, "start": start, "hops": hops.count(),
                "others": facts.evidence.ttls.get(*side).iter().filter(|other| u64::from(**other) != ttl).collect::<Vec<_>>() })
        })
        .collect();
    let finding = Finding::new("hop_estimate", listed.iter().map(|(_, hops)| hops.frame))
        .with("sides", sides)
        .with("v6", server.is_ipv6());
    Some(finding)
}
