//! `redirect` [frame, status, location, https, followed, later, `tls_hello`]: the answer names another address.
//!
//! `location`: as sent, password parameters masked. `https`: whether it leads from HTTP to HTTPS. `followed`: the first frame of the client's next request for
//! it, `later`: how many of its next requests were compared. `tls_hello`: for HTTPS, the Client Hello of a later TLS connection of the client to that name. Frames: the response, and those two.

use serde_json::Value;

use super::{Rank, Rule, Tone};
use crate::analysis::model::{Connection, Exchange};
use crate::report::Facts;
use crate::report::model::Finding;
use crate::report::secrets::mask_form;

/// Status codes whose Location is where to go on (RFC 9110, 15.4).
const REDIRECTS: &[u16] = &[300, 301, 302, 303, 307, 308];
/// Later requests of the client among which the following one is looked for; browsers follow at once.
const MAX_LATER: usize = 12;

pub(super) const RULE: Rule = Rule { rank: Rank::Exchange, tone: Tone::Note, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let exchange = facts.exchange?;
    let response = exchange.response.as_ref().filter(|response| REDIRECTS.contains(&response.status))?;
    let frame = response.frame.unwrap_or(response.first_frame);
    let later = later(facts, response.first_frame);
    if facts.evidence.response.is_none() {
        // Which of them it is, if any, is known with the evidence.
        let requests = later.iter().map(|exchange| exchange.request.first_frame);
        return Some(Finding::new("redirect", [frame].into_iter().chain(requests)));
    }
    let location = facts.response_field("location").filter(|location| !location.is_empty())?;
    let target = Target::of(&location, exchange);
    let followed = later.iter().find(|later| target.is_of(later)).map(|later| later.request.first_frame);
    let tls_hello = Some(frame).filter(|_| target.https).and_then(|frame| tls_hello(facts, frame, &target.host));
    let number = |frame: Option<u64>| frame.map_or(Value::Null, Value::from);
    let finding = Finding::new("redirect", [frame].into_iter().chain(followed).chain(tls_hello))
        .with("frame", frame)
        .with("status", response.status)
        .with("location", mask_form(&location).unwrap_or(location))
        .with("https", target.https)
        .with("followed", number(followed))
        .with("later", later.len())
        .with("tls_hello", number(tls_hello));
    Some(finding)
}

fn connection<'a>(facts: &Facts<'a>, stream: u32) -> Option<&'a Connection> {
    facts.analysis.connections.get(usize::try_from(stream).ok()?)
}

/// The client's first requests after a frame, in order.
fn later<'a>(facts: &Facts<'a>, frame: u64) -> Vec<&'a Exchange> {
    let client = facts.connection.map(|connection| connection.client.ip);
    let of_client = |stream| connection(facts, stream).map(|connection| connection.client.ip) == client;
    let exchanges = facts.analysis.exchanges.iter();
    let mut later: Vec<&Exchange> =
        exchanges.filter(|exchange| exchange.request.first_frame > frame && of_client(exchange.stream)).collect();
    later.sort_by_key(|exchange| exchange.request.first_frame);
    later.truncate(MAX_LATER);
    later
}

fn tls_hello(facts: &Facts<'_>, after: u64, host: &str) -> Option<u64> {
    let client = facts.connection?.client.ip;
    let hello = facts.analysis.tls.iter().find(|tls| {
        tls.client_hello > after
            && tls.server_name.as_ref().is_some_and(|name| name.lossy().eq_ignore_ascii_case(host))
            && connection(facts, tls.stream).is_some_and(|connection| connection.client.ip == client)
    });
    hello.map(|tls| tls.client_hello)
}

/// Where a Location leads, as far as a request would show it.
#[derive(Debug, PartialEq, Eq)]
struct Target {
    https: bool,
    /// Without the port.
    host: String,
    /// Host and port as a Host field would name them, in lower case.
    authority: String,
    /// Path and query; `None` for a path relative to the request's.
    path: Option<String>,
}

impl Target {
    fn of(location: &str, exchange: &Exchange) -> Self {
        let location = location.split_once('#').map_or(location, |(location, _)| location);
        let own = exchange.request.host.as_ref().map(|host| host.lossy().to_ascii_lowercase()).unwrap_or_default();
        let scheme = |name: &str| {
            let (start, rest) = location.split_at_checked(name.len())?;
            start.eq_ignore_ascii_case(name).then_some(rest)
        };
        let (https, rest) = match (scheme("https://"), scheme("http://").or_else(|| scheme("//"))) {
            (Some(rest), _) => (true, Some(rest)),
            (None, rest) => (false, rest),
        };
        let (authority, path) = match rest {
            None => (own, location.starts_with('/').then(|| location.to_owned())),
            Some(rest) => {
                let end = rest.find(['/', '?']).unwrap_or(rest.len());
                let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
                let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
                (authority.to_ascii_lowercase(), Some(path))
            }
        };
        let authority = authority.strip_suffix(":80").unwrap_or(&authority).to_owned();
        let host = authority.rsplit_once(':').map_or(authority.as_str(), |(host, _)| host).to_owned();
        Self { https, host, authority, path }
    }

    fn is_of(&self, exchange: &Exchange) -> bool {
        let host = exchange.request.host.as_ref().map(|host| host.lossy().to_ascii_lowercase()).unwrap_or_default();
        let same_host = host.strip_suffix(":80").unwrap_or(&host) == self.authority;
        !self.https && same_host && self.path.as_deref() == Some(exchange.request.target.lossy().as_ref())
    }
}
