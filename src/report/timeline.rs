//! When the client's connections and exchanges took place, and which request another page or part caused.

use std::collections::HashMap;

use super::Facts;
use super::model::{ContentKind, Timeline, TimelineConnection, TimelineExchange};
use crate::analysis::model::{Application, Connection, Exchange};
use crate::text::Text;

/// Connections listed; browsers open six to a host, and pages take from a few hosts.
const MAX_CONNECTIONS: usize = 24;
/// Exchanges listed.
const MAX_EXCHANGES: usize = 120;

/// What is listed, chosen before pass 2: connections of the chosen one's client, with their exchanges, by index into the Analysis.
#[derive(Debug, Default)]
pub(super) struct Plan {
    connections: Vec<usize>,
    exchanges: Vec<usize>,
    of_client: u64,
    exchanges_of_client: u64,
}

/// The chosen connection, and those of the same client with the same server or with HTTP on them.
pub(super) fn plan(facts: &Facts<'_>) -> Plan {
    let Some(chosen) = facts.connection else { return Plan::default() };
    let analysis = facts.analysis;
    let of_client = |connection: &Connection| connection.client.ip == chosen.client.ip;
    let belongs = |connection: &Connection| {
        connection.server.ip == chosen.server.ip || connection.application == Application::Http
    };
    let count = analysis.connections.iter().filter(|connection| of_client(connection)).count() as u64;
    let mut connections: Vec<usize> = (0..analysis.connections.len())
        .filter(|at| analysis.connections.get(*at).is_some_and(|other| of_client(other) && belongs(other)))
        .collect();
    connections.sort_by_key(|at| {
        analysis.connections.get(*at).map(|other| {
            let overlaps = other.first_frame <= chosen.last_frame && other.last_frame >= chosen.first_frame;
            (other.stream != chosen.stream, other.server.ip != chosen.server.ip, !overlaps)
        })
    });
    connections.truncate(MAX_CONNECTIONS);
    connections.sort_unstable();
    let listed =
        |exchange: &Exchange| usize::try_from(exchange.stream).is_ok_and(|at| connections.binary_search(&at).is_ok());
    let chosen_exchange = facts.exchange.map(|exchange| (exchange.stream, exchange.index));
    let mut exchanges: Vec<usize> =
        (0..analysis.exchanges.len()).filter(|at| analysis.exchanges.get(*at).is_some_and(listed)).collect();
    let exchanges_of_client = analysis
        .exchanges
        .iter()
        .filter(|exchange| {
            let connection = usize::try_from(exchange.stream).ok().and_then(|at| analysis.connections.get(at));
            connection.is_some_and(of_client)
        })
        .count() as u64;
    exchanges.sort_by_key(|at| {
        analysis
            .exchanges
            .get(*at)
            .map(|exchange| (Some((exchange.stream, exchange.index)) != chosen_exchange, exchange.request.first_frame))
    });
    exchanges.truncate(MAX_EXCHANGES);
    exchanges.sort_unstable();
    Plan { connections, exchanges, of_client: count, exchanges_of_client }
}

impl Plan {
    /// The connections that are listed, by index into the Analysis.
    pub(super) fn connections(&self) -> &[usize] {
        &self.connections
    }

    /// The exchanges that are listed, by index into the Analysis.
    pub(super) fn exchanges(&self) -> &[usize] {
        &self.exchanges
    }

    /// The frames whose times the timeline needs.
    pub(super) fn frames(&self, facts: &Facts<'_>) -> Vec<u64> {
        let mut frames = Vec::new();
        for connection in self.connections.iter().filter_map(|at| facts.analysis.connections.get(*at)) {
            let handshake = &connection.handshake;
            frames.extend([handshake.syn, handshake.syn_ack, handshake.ack].into_iter().flatten());
            frames.extend([connection.first_frame, connection.last_frame]);
            frames.extend(connection.close.steps.iter().map(|step| step.frame));
        }
        for exchange in self.exchanges.iter().filter_map(|at| facts.analysis.exchanges.get(*at)) {
            frames.extend([Some(exchange.request.first_frame), exchange.request.frame].into_iter().flatten());
            if let Some(response) = &exchange.response {
                frames.extend([Some(response.first_frame), response.frame].into_iter().flatten());
            }
        }
        frames
    }
}

/// The timeline, once pass 2 has the times and Referers.
pub(super) fn timeline(facts: &Facts<'_>, plan: &Plan) -> Timeline {
    let time = |frame: u64| facts.evidence.frames.get(&frame).and_then(|frame| frame.time_relative);
    let connections: Vec<TimelineConnection> = plan
        .connections
        .iter()
        .filter_map(|at| facts.analysis.connections.get(*at))
        .map(|connection| TimelineConnection {
            stream: connection.stream,
            client_port: connection.client.port,
            server: connection.server,
            carries: connection.application,
            first_time: time(connection.first_frame),
            last_time: time(connection.last_frame),
            syn_time: connection.handshake.syn.and_then(time),
            established_time: connection.handshake.ack.and_then(time),
            exchanges: facts.analysis.exchange_range(connection.stream).len() as u64,
        })
        .collect();
    let mut by_url: HashMap<String, u64> = HashMap::new();
    let mut exchanges = Vec::with_capacity(plan.exchanges.len());
    let mut listed: Vec<&Exchange> = plan.exchanges.iter().filter_map(|at| facts.analysis.exchanges.get(*at)).collect();
    listed.sort_by_key(|exchange| exchange.request.first_frame);
    for exchange in listed {
        let request = &exchange.request;
        let response = exchange.response.as_ref();
        let referer = facts.evidence.referers.get(&(exchange.stream, exchange.index));
        let referred_by = referer.and_then(|referer| by_url.get(&without_fragment(&referer.lossy())).copied());
        if let Some(url) = url(exchange) {
            by_url.insert(url, request.first_frame);
        }
        exchanges.push(TimelineExchange {
            stream: exchange.stream,
            index: exchange.index,
            method: request.method.clone(),
            target: request.target.clone(),
            host: request.host.clone(),
            status: response.map(|response| response.status),
            kind: response.and_then(|response| response.content_type.as_ref()).map(kind),
            body_bytes: response.map(|response| response.body_bytes),
            complete: response.is_some_and(|response| response.complete),
            request_frame: request.first_frame,
            request_time: time(request.first_frame),
            response_first_frame: response.map(|response| response.first_frame),
            response_first_time: response.and_then(|response| time(response.first_frame)),
            response_frame: response.and_then(|response| response.frame),
            response_time: response.and_then(|response| time(response.frame?)),
            referred_by,
        });
    }
    Timeline {
        connections_left_out: plan.of_client - connections.len() as u64,
        exchanges_left_out: plan.exchanges_of_client - exchanges.len() as u64,
        connections,
        exchanges,
    }
}

/// The URL that a request is for, as a Referer would name it.
pub(super) fn url(exchange: &Exchange) -> Option<String> {
    let target = exchange.request.target.lossy();
    if target.starts_with("http://") {
        return Some(target.into_owned());
    }
    let host = exchange.request.host.as_ref()?.lossy();
    Some(format!("http://{host}{target}"))
}

pub(super) fn without_fragment(url: &str) -> String {
    url.split_once('#').map_or(url, |(url, _)| url).to_owned()
}

/// What a media type (RFC 9110, 8.3.1) is used for in a page.
pub(super) fn kind(content_type: &Text) -> ContentKind {
    let lower = content_type.lossy().to_ascii_lowercase();
    let essence = lower.split(';').next().unwrap_or_default().trim();
    match essence.split_once('/') {
        Some(("image", _)) => ContentKind::Image,
        Some(("font", _)) => ContentKind::Font,
        Some(("audio" | "video", _)) => ContentKind::Media,
        Some(("text", "html") | ("application", "xhtml+xml")) => ContentKind::Html,
        Some(("text", "css")) => ContentKind::Css,
        Some((_, subtype)) if subtype.contains("javascript") || subtype == "ecmascript" => ContentKind::Script,
        Some((_, subtype)) if subtype.contains("json") || subtype.contains("xml") => ContentKind::Data,
        Some(("application", subtype)) if subtype.contains("font") => ContentKind::Font,
        _ => ContentKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_have_a_use() {
        let check = |media_type: &str, expected: ContentKind| assert_eq!(kind(&Text::from(media_type)), expected);
        check("text/html; charset=gbk", ContentKind::Html);
        check("application/x-javascript", ContentKind::Script);
        check("IMAGE/PNG", ContentKind::Image);
        check("application/font-woff", ContentKind::Font);
        check("application/json", ContentKind::Data);
        check("nonsense", ContentKind::Other);
    }
}
