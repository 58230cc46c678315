//! `secrets_in_file` [blocks, protocols, tls]: the file holds keys of encrypted connections.
//!
//! `blocks`: how many decryption secrets blocks; `protocols`: whose keys; `tls`: whether TLS is among them. Frames: none, for the keys
//! are in the file and not in a frame.

use serde_json::Value;

use super::{Rank, Rule, Tone};
use crate::report::Facts;
use crate::report::model::Finding;

pub(super) const RULE: Rule = Rule { rank: Rank::Recording, tone: Tone::Problem, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let of_secrets = facts.analysis.diagnostics.iter().filter(|found| found.code == "capture.decryption_secrets");
    let blocks: u64 = of_secrets.clone().filter_map(|found| found.params.get("blocks")?.as_u64()).sum();
    let protocols: Vec<Value> = of_secrets.filter_map(|found| found.params.get("protocol").cloned()).collect();
    (blocks > 0).then(|| {
        Finding::new("secrets_in_file", [])
            .with("blocks", blocks)
            .with("tls", protocols.iter().any(|protocol| protocol == "tls"))
            .with("protocols", protocols)
    })
}
