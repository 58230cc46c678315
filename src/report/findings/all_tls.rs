//! `all_tls` [streams, names]: there is no HTTP to see because every connection with payload is TLS.
//!
//! Frames: the Client Hellos.

use serde_json::Value;

use super::{Rank, Rule, Tone};
use crate::analysis::model::Application;
use crate::report::Facts;
use crate::report::model::Finding;

/// Server names that are listed.
const MAX_NAMES: usize = 12;

pub(super) const RULE: Rule = Rule { rank: Rank::Evidence, tone: Tone::Problem, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let analysis = facts.analysis;
    let with_payload = || analysis.connections.iter().filter(|connection| connection.application != Application::None);
    let streams = with_payload().count();
    if streams == 0 || with_payload().any(|connection| connection.application != Application::Tls) {
        return None;
    }
    let mut names: Vec<String> = Vec::new();
    for name in analysis.tls.iter().filter_map(|tls| tls.server_name.as_ref()) {
        let name = name.lossy().into_owned();
        if !names.contains(&name) && names.len() < MAX_NAMES {
            names.push(name);
        }
    }
    let frames = analysis.tls.iter().map(|tls| tls.client_hello).take(MAX_NAMES);
    let names = Value::from(names);
    Some(Finding::new("all_tls", frames).with("streams", streams).with("names", names))
}
