//! Choosing the representative exchange, and saying why.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use foldhash::quality::RandomState;
use schemars::JsonSchema;
use serde::Serialize;

use crate::analysis::model::{Analysis, CloseKind, Connection, Exchange, Selected};
use crate::text::Text;

/// What spoke for an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A flag on the command line chose it.
    ChosenByFlag,
    /// There is no other exchange to choose from.
    OnlyExchange,
    /// It is with the host that the lab asks for.
    LabHost,
    /// It is not a system's connectivity check.
    NotConnectivityCheck,
    /// Its response is complete.
    CompleteResponse,
    /// Its connection's handshake is complete.
    CompleteHandshake,
    /// Its connection's close is complete.
    CompleteClose,
    /// Its connection was reset, which others' were not closed at all.
    CloseByReset,
    /// Status 200.
    StatusOk,
    /// Another 2xx status.
    StatusSuccess,
    /// A 3xx status.
    StatusRedirect,
    /// Method GET.
    MethodGet,
    /// It is the page itself: the first HTML document from that host.
    PageItself,
    /// A DNS answer in the capture gave the host's address.
    TypedHost,
    /// More exchanges are with its host than with the other's.
    BusiestHost,
    /// Its connection has no retransmission and no gap.
    NoLoss,
    /// It is the earliest of equals.
    Earliest,
}

/// What a lab prefers.
#[derive(Debug, Clone, Default)]
pub struct Preferences {
    /// Host names the lab asks to visit, lower case.
    pub hosts: Vec<String>,
    /// Host names of systems' own connectivity checks, lower case; a leading `.` matches all below.
    pub connectivity_checks: Vec<String>,
}

/// What was asked for on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// `--stream`: a connection.
    Stream(u32),
    /// `--frame`: any frame of an exchange, or of a connection.
    Frame(u64),
    /// `--host`: a Host field.
    Host(String),
}

/// What a filter matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Matched {
    /// These exchanges, as indexes into [`Analysis::exchanges`].
    Exchanges(Vec<usize>),
    /// A connection without an exchange.
    Connection(u32),
}

/// What a filter matches; `None` for nothing. `stream_of` gives the connection of a frame.
#[must_use]
pub fn matched(analysis: &Analysis, filter: &Filter, stream_of: impl FnOnce(u64) -> Option<u32>) -> Option<Matched> {
    let among = |wanted: &dyn Fn(&Exchange) -> bool| -> Vec<usize> {
        let all = analysis.exchanges.iter().enumerate();
        all.filter(|(_, exchange)| wanted(exchange)).map(|(index, _)| index).collect()
    };
    let of_stream = |stream: u32| {
        let exchanges = among(&|exchange| exchange.stream == stream);
        if !exchanges.is_empty() {
            return Some(Matched::Exchanges(exchanges));
        }
        let known = analysis.connections.iter().any(|connection| connection.stream == stream);
        known.then_some(Matched::Connection(stream))
    };
    match filter {
        Filter::Stream(stream) => of_stream(*stream),
        Filter::Host(host) => {
            let host = host.to_ascii_lowercase();
            let exchanges = among(&|exchange| host_name(exchange).is_some_and(|name| name == host));
            (!exchanges.is_empty()).then_some(Matched::Exchanges(exchanges))
        }
        Filter::Frame(frame) => {
            let stream = stream_of(*frame)?;
            let covers = |first: u64, last: Option<u64>| first <= *frame && last.is_some_and(|last| *frame <= last);
            let exchanges = among(&|exchange| {
                let response = exchange.response.as_ref();
                exchange.stream == stream
                    && (covers(
                        exchange.request.first_frame,
                        exchange.request.frame.or(Some(exchange.request.first_frame)),
                    ) || response.is_some_and(|response| {
                        covers(response.first_frame, response.frame.or(Some(response.first_frame)))
                    }))
            });
            if exchanges.is_empty() { of_stream(stream) } else { Some(Matched::Exchanges(exchanges)) }
        }
    }
}

/// Chooses among all exchanges.
#[must_use]
pub fn select(analysis: &Analysis, preferences: &Preferences) -> Option<Selected> {
    let judge = Judge::new(analysis, preferences);
    let all = analysis.exchanges.iter().enumerate();
    let (merits, Reverse(index)) =
        all.map(|(index, exchange)| (judge.merits(exchange, index), Reverse(index))).max()?;
    selected(analysis, index, merits, analysis.exchanges.len())
}

/// The candidates, best first.
#[must_use]
pub fn rank(analysis: &Analysis, preferences: &Preferences, candidates: impl IntoIterator<Item = usize>) -> Vec<usize> {
    let judge = Judge::new(analysis, preferences);
    let mut ranked: Vec<(Reverse<Merits>, usize)> = candidates
        .into_iter()
        .filter_map(|index| Some((Reverse(judge.merits(analysis.exchanges.get(index)?, index)), index)))
        .collect();
    ranked.sort();
    ranked.into_iter().map(|(_, index)| index).collect()
}

/// The first of `ranked` with what spoke for it.
#[must_use]
pub fn chosen(analysis: &Analysis, ranked: &[usize], preferences: &Preferences) -> Option<Selected> {
    let index = *ranked.first()?;
    let merits = Judge::new(analysis, preferences).merits(analysis.exchanges.get(index)?, index);
    selected(analysis, index, merits, ranked.len())
}

/// The exchange `index`, the best of so many `candidates`.
fn selected(analysis: &Analysis, index: usize, merits: Merits, candidates: usize) -> Option<Selected> {
    let exchange = analysis.exchanges.get(index)?;
    let mut reasons = merits.reasons();
    if analysis.exchanges.len() == 1 {
        reasons.insert(0, Reason::OnlyExchange);
    } else if candidates > 1 {
        reasons.push(Reason::Earliest);
    }
    Some(Selected { stream: exchange.stream, index: exchange.index, reasons })
}

/// What the first of two exchanges (indexes into [`Analysis::exchanges`]) has before the second; `None` when it ranks behind.
#[must_use]
pub fn advantage(analysis: &Analysis, preferences: &Preferences, first: usize, second: usize) -> Option<Reason> {
    let judge = Judge::new(analysis, preferences);
    let merits = |index: usize| Some(judge.merits(analysis.exchanges.get(index)?, index));
    merits(first)?.advantage(&merits(second)?)
}

/// How an exchange compares, most important first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Merits {
    lab_host: bool,
    not_connectivity_check: bool,
    complete_response: bool,
    complete_handshake: bool,
    close: u8,
    status: u8,
    get: bool,
    page: bool,
    resolved: bool,
    exchanges_with_host: usize,
    no_loss: bool,
    earliest: Reverse<u64>,
}

impl Merits {
    /// The first criterion in which it is better than `other`, unless `other` is better before.
    fn advantage(&self, other: &Self) -> Option<Reason> {
        let close = if self.close == 2 { Reason::CompleteClose } else { Reason::CloseByReset };
        let status = match self.status {
            3 => Reason::StatusOk,
            2 => Reason::StatusSuccess,
            _ => Reason::StatusRedirect,
        };
        let criteria = [
            (self.lab_host.cmp(&other.lab_host), Reason::LabHost),
            (self.not_connectivity_check.cmp(&other.not_connectivity_check), Reason::NotConnectivityCheck),
            (self.complete_response.cmp(&other.complete_response), Reason::CompleteResponse),
            (self.complete_handshake.cmp(&other.complete_handshake), Reason::CompleteHandshake),
            (self.close.cmp(&other.close), close),
            (self.status.cmp(&other.status), status),
            (self.get.cmp(&other.get), Reason::MethodGet),
            (self.page.cmp(&other.page), Reason::PageItself),
            (self.resolved.cmp(&other.resolved), Reason::TypedHost),
            (self.exchanges_with_host.cmp(&other.exchanges_with_host), Reason::BusiestHost),
            (self.no_loss.cmp(&other.no_loss), Reason::NoLoss),
            (self.earliest.cmp(&other.earliest), Reason::Earliest),
        ];
        let (order, reason) = criteria.into_iter().find(|(order, _)| order.is_ne())?;
        order.is_gt().then_some(reason)
    }

    fn reasons(self) -> Vec<Reason> {
        let all = [
            (self.lab_host, Reason::LabHost),
            (self.not_connectivity_check, Reason::NotConnectivityCheck),
            (self.complete_response, Reason::CompleteResponse),
            (self.complete_handshake, Reason::CompleteHandshake),
            (self.close == 2, Reason::CompleteClose),
            (self.close == 1, Reason::CloseByReset),
            (self.status == 3, Reason::StatusOk),
            (self.status == 2, Reason::StatusSuccess),
            (self.status == 1, Reason::StatusRedirect),
            (self.get, Reason::MethodGet),
            (self.page, Reason::PageItself),
            (self.resolved, Reason::TypedHost),
            (self.no_loss, Reason::NoLoss),
        ];
        all.into_iter().filter(|(speaks, _)| *speaks).map(|(_, reason)| reason).collect()
    }
}

/// What is looked up once for all exchanges.
struct Judge<'a> {
    connections: &'a [Connection],
    hosts: Vec<Merit>,
    /// Places in `hosts` by Host field as captured.
    by_field: HashMap<Option<&'a Text>, usize, RandomState>,
}

/// What speaks for the exchanges with one host.
#[derive(Debug, Clone, Copy)]
struct Merit {
    lab_host: bool,
    connectivity_check: bool,
    resolved: bool,
    exchanges: usize,
    /// First frame and index of the first HTML document.
    page: Option<(u64, usize)>,
}

impl<'a> Judge<'a> {
    fn new(analysis: &'a Analysis, preferences: &Preferences) -> Self {
        let resolved: HashSet<String> =
            analysis.names.iter().map(|name| name.name.lossy().to_ascii_lowercase()).collect();
        let mut hosts = Vec::new();
        let mut by_name: HashMap<String, usize, RandomState> = HashMap::default();
        let mut by_field: HashMap<Option<&Text>, usize, RandomState> = HashMap::default();
        let merit_of = |host: &String| Merit {
            lab_host: preferences.hosts.contains(host),
            connectivity_check: is_connectivity_check(preferences, host),
            resolved: resolved.contains(host),
            exchanges: 0,
            page: None,
        };
        for (index, exchange) in analysis.exchanges.iter().enumerate() {
            let place = *by_field.entry(exchange.request.host.as_ref()).or_insert_with(|| {
                let host = host_name(exchange).unwrap_or_default();
                *by_name.entry(host).or_insert_with_key(|host| {
                    hosts.push(merit_of(host));
                    hosts.len() - 1
                })
            });
            let Some(merit) = hosts.get_mut(place) else { continue };
            merit.exchanges += 1;
            if is_html(exchange) {
                let page = (exchange.request.first_frame, index);
                merit.page = Some(merit.page.map_or(page, |first| first.min(page)));
            }
        }
        Self { connections: &analysis.connections, hosts, by_field }
    }

    fn connection(&self, stream: u32) -> Option<&'a Connection> {
        let place = self.connections.binary_search_by_key(&stream, |connection| connection.stream).ok()?;
        self.connections.get(place)
    }

    fn merits(&self, exchange: &Exchange, index: usize) -> Merits {
        let connection = self.connection(exchange.stream);
        let host = self.by_field.get(&exchange.request.host.as_ref()).and_then(|place| self.hosts.get(*place));
        let close = connection.map_or(0, |connection| match connection.close.kind {
            _ if connection.close.complete => 2,
            CloseKind::Reset => 1,
            _ => 0,
        });
        let status = match exchange.response.as_ref().map(|response| response.status) {
            Some(200) => 3,
            Some(201..=299) => 2,
            Some(300..=399) => 1,
            _ => 0,
        };
        Merits {
            lab_host: host.is_some_and(|host| host.lab_host),
            not_connectivity_check: !host.is_some_and(|host| host.connectivity_check),
            complete_response: exchange.response.as_ref().is_some_and(|response| response.complete),
            complete_handshake: connection.is_some_and(|connection| connection.handshake.complete),
            close,
            status,
            get: exchange.request.method.as_bytes() == b"GET",
            page: host.and_then(|host| host.page).is_some_and(|(_, page)| page == index),
            resolved: host.is_some_and(|host| host.resolved),
            exchanges_with_host: host.map_or(0, |host| host.exchanges),
            no_loss: connection
                .is_some_and(|connection| connection.retransmissions == 0 && connection.missing_bytes == 0),
            earliest: Reverse(exchange.request.first_frame),
        }
    }
}

fn is_connectivity_check(preferences: &Preferences, host: &str) -> bool {
    preferences.connectivity_checks.iter().any(|check| match check.strip_prefix('.') {
        Some(domain) => host == domain || host.ends_with(check.as_str()),
        None => host == check,
    })
}

/// The Host field without its port, lower case.
#[must_use]
pub fn host_name(exchange: &Exchange) -> Option<String> {
    let host = exchange.request.host.as_ref()?.lossy();
    let port = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    Some(port.map_or(&*host, |(name, _)| name).to_ascii_lowercase())
}

fn is_html(exchange: &Exchange) -> bool {
    let content_type = exchange.response.as_ref().and_then(|response| response.content_type.as_ref());
    content_type.is_some_and(|content_type| {
        ["text/html", "application/xhtml+xml"].iter().any(|kind| {
            content_type.as_bytes().get(..kind.len()).is_some_and(|start| start.eq_ignore_ascii_case(kind.as_bytes()))
        })
    })
}
