//! `page_parts` [count, kinds, hosts, requests]: requests of the client name the chosen page as their Referer (RFC 9110, 10.1.3).
//!
//! `kinds`: [{kind, count}] by media type of the response, most first; `kind` is `none` without one. `hosts`: how many hosts they went to. `requests`: their
//! first frames, the first few. Frames: the page's request, those.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Rank, Rule, Tone};
use crate::analysis::model::Exchange;
use crate::report::Facts;
use crate::report::model::{ContentKind, Finding};
use crate::report::timeline::{kind, url, without_fragment};

/// Requests that are named.
const MAX_REQUESTS: usize = 6;

pub(super) const RULE: Rule = Rule { rank: Rank::Content, tone: Tone::Note, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let page = facts.exchange?;
    let content_type = page.response.as_ref()?.content_type.as_ref()?;
    if kind(content_type) != ContentKind::Html {
        return None;
    }
    let address = without_fragment(&url(page)?);
    let client_of = |exchange: &Exchange| {
        let connection = facts.analysis.connections.get(usize::try_from(exchange.stream).ok()?);
        connection.map(|connection| connection.client.ip)
    };
    let mut parts: Vec<&Exchange> = facts
        .analysis
        .exchanges
        .iter()
        .filter(|exchange| exchange.request.first_frame > page.request.first_frame)
        .filter(|exchange| client_of(exchange) == client_of(page))
        .filter(|exchange| {
            let referer = facts.evidence.referers.get(&(exchange.stream, exchange.index));
            referer.is_some_and(|referer| without_fragment(&referer.lossy()) == address)
        })
        .collect();
    if parts.is_empty() {
        return None;
    }
    parts.sort_by_key(|part| part.request.first_frame);
    let mut counts: BTreeMap<Option<ContentKind>, usize> = BTreeMap::new();
    for part in &parts {
        *counts
            .entry(part.response.as_ref().and_then(|response| Some(kind(response.content_type.as_ref()?))))
            .or_default() += 1;
    }
    let mut kinds: Vec<_> = counts.into_iter().collect();
    kinds.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let kinds: Vec<Value> = kinds
        .into_iter()
        .map(|(kind, count)| json!({ "kind": kind.map_or(json!("none"), |kind| json!(kind)), "count": count }))
        .collect();
    let hosts: BTreeSet<_> = parts.iter().filter_map(|part| part.request.host.as_ref()).collect();
    let requests: Vec<u64> = parts.iter().map(|part| part.request.first_frame).take(MAX_REQUESTS).collect();
    let finding = Finding::new("page_parts", [page.request.first_frame].into_iter().chain(requests.iter().copied()))
        .with("count", parts.len())
        .with("kinds", kinds)
        .with("hosts", hosts.len())
        .with("requests", requests);
    Some(finding)
}
