//! What the report is about: the chosen exchange, or the connection when there is none.

use crate::analysis::Survey;
use crate::analysis::model::{Analysis, Connection, Exchange, Name, Selected};
use crate::capture::Source;
use crate::evidence;
use crate::select::{self, Filter, Matched, Preferences, Reason};

use super::model::{Alternative, Evidence, Selection};
use super::{Facts, ReportError, Request, Required, completeness_rank};

/// Alternatives that are listed.
const MAX_ALTERNATIVES: usize = 5;
/// Hosts that the hint of an error lists.
const MAX_HINTS: usize = 8;

/// The outcome of choosing.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) selection: Option<Selection>,
}

impl Choice {
    pub(super) fn connection<'a>(&self, analysis: &'a Analysis) -> Option<&'a Connection> {
        let stream = self.selection.as_ref()?.stream;
        analysis.connections.iter().find(|connection| connection.stream == stream)
    }

    pub(super) fn exchange<'a>(&self, analysis: &'a Analysis) -> Option<&'a Exchange> {
        let selection = self.selection.as_ref()?;
        let wanted = (selection.stream, selection.index?);
        analysis.exchanges.iter().find(|exchange| (exchange.stream, exchange.index) == wanted)
    }
}

pub(super) fn choose(source: &dyn Source, survey: &Survey, request: &Request) -> Result<Choice, ReportError> {
    let analysis = &survey.analysis;
    let flag = request.filter.as_ref().map(|(_, typed)| typed.clone());
    let candidates: Vec<usize> = match &request.filter {
        None => (0..analysis.exchanges.len()).collect(),
        Some((filter, typed)) => match select::matched(analysis, filter, |frame| stream_of(source, survey, frame)) {
            Some(Matched::Exchanges(candidates)) => candidates,
            Some(Matched::Connection(stream)) => {
                let selection = of_connection(analysis, stream, flag, vec![Reason::ChosenByFlag]);
                return Ok(Choice { selection: Some(selection) });
            }
            None => return Err(ReportError::NoMatch { flag: typed.clone(), hint: hint(analysis, filter) }),
        },
    };
    let ranked = select::rank(analysis, &request.preferences, candidates);
    let Some(mut chosen) = select::chosen(analysis, &ranked, &request.preferences) else {
        let best = analysis.connections.iter().rev().max_by_key(|connection| completeness_rank(connection));
        let selection = best.map(|connection| of_connection(analysis, connection.stream, None, Vec::new()));
        return Ok(Choice { selection });
    };
    if flag.is_some() {
        chosen.reasons.insert(0, Reason::ChosenByFlag);
    }
    let everything = select::rank(analysis, &request.preferences, 0..analysis.exchanges.len());
    let alternatives = alternatives(analysis, &request.preferences, &everything, &chosen);
    let selection = Selection {
        stream: chosen.stream,
        index: Some(chosen.index),
        flag,
        reasons: chosen.reasons,
        candidates: analysis.exchanges.len(),
        alternatives,
    };
    Ok(Choice { selection: Some(selection) })
}

fn of_connection(analysis: &Analysis, stream: u32, flag: Option<String>, reasons: Vec<Reason>) -> Selection {
    let candidates = analysis.exchanges.len();
    Selection { stream, index: None, flag, reasons, candidates, alternatives: Vec::new() }
}

fn stream_of(source: &dyn Source, survey: &Survey, frame: u64) -> Option<u32> {
    evidence::stream_of(source, survey, frame).ok().flatten()
}

fn alternatives(
    analysis: &Analysis,
    preferences: &Preferences,
    ranked: &[usize],
    chosen: &Selected,
) -> Vec<Alternative> {
    let exchange = |index: usize| analysis.exchanges.get(index);
    let is_chosen = |index: &usize| {
        exchange(*index).is_some_and(|other| (other.stream, other.index) == (chosen.stream, chosen.index))
    };
    let own = ranked.iter().copied().find(is_chosen);
    let others = ranked.iter().filter(|index| !is_chosen(index)).take(MAX_ALTERNATIVES);
    others
        .filter_map(|index| {
            let other = exchange(*index)?;
            Some(Alternative {
                stream: other.stream,
                index: other.index,
                frame: other.request.first_frame,
                method: other.request.method.clone(),
                target: other.request.target.clone(),
                host: other.request.host.clone(),
                status: other.response.as_ref().map(|response| response.status),
                lacks: own.and_then(|own| select::advantage(analysis, preferences, own, *index)),
            })
        })
        .collect()
}

/// What could be asked for instead.
fn hint(analysis: &Analysis, filter: &Filter) -> String {
    let last = analysis.capture.frames;
    match filter {
        Filter::Stream(_) => match analysis.connections.last() {
            None => "there is no TCP connection".to_owned(),
            Some(connection) => format!("the streams are 0 to {}", connection.stream),
        },
        Filter::Frame(frame) if *frame > last || *frame == 0 => format!("the frames are 1 to {last}"),
        Filter::Frame(_) => "that frame belongs to no TCP connection".to_owned(),
        Filter::Host(_) => {
            let mut hosts: Vec<String> = Vec::new();
            for host in analysis.exchanges.iter().filter_map(select::host_name) {
                if !hosts.contains(&host) && hosts.len() < MAX_HINTS {
                    hosts.push(host);
                }
            }
            if hosts.is_empty() {
                "no request has a Host field".to_owned()
            } else {
                format!("the hosts are {}", hosts.join(", "))
            }
        }
    }
}

/// The names whose resolution the report shows: those of the server and of the host asked for, or all if there is no connection.
pub(super) fn names_shown<'a>(facts: &Facts<'a>) -> impl Iterator<Item = &'a Name> + use<'a> {
    const MAX_NAMES: usize = 40;
    let server = facts.connection.map(|connection| connection.server.ip);
    let host = facts.exchange.and_then(|exchange| exchange.request.host.as_ref());
    let is_host = move |name: &Name| host.is_some_and(|host| *host == name.name);
    let shown =
        facts.analysis.names.iter().filter(move |name| server.is_none_or(|ip| ip == name.address) || is_host(name));
    shown.take(MAX_NAMES)
}

/// What of the lab's evidence is there.
pub(super) fn evidence_facts(
    connection: Option<&Connection>,
    exchange: Option<&Exchange>,
    required: Required,
) -> Evidence {
    let handshake = connection.is_some_and(|connection| connection.handshake.complete);
    let request = exchange.is_some_and(|exchange| exchange.request.complete);
    let response = exchange.and_then(|exchange| exchange.response.as_ref()).is_some_and(|response| response.complete);
    let close = connection.is_some_and(|connection| connection.close.complete);
    let complete = (handshake || !required.handshake)
        && (request || !required.request)
        && (response || !required.response)
        && (close || !required.close);
    Evidence { complete, handshake, request, response, close }
}
