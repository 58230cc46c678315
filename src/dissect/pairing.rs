//! Which request and response belong together, and their numbers on the connection, as the Analysis has them.
//!
//! Wireshark counts *pairs*: a request and its response, or a response without a request. Where it pairs wrongly
//! (pipelining, interim responses) the Analysis' pairs count.

use crate::analysis::model::{Analysis, Exchange, OrphanResponse, Request, Response};
use crate::http::{MessageId, MessageKind};
use crate::text::Text;
use crate::time::Span;

/// What Wireshark derives for one message from the others of its connection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Pairing {
    /// Number of its pair, from 1.
    pub(super) number: usize,
    /// Frame of the other message of the pair.
    pub(super) partner: Option<u64>,
    pub(super) previous_request: Option<u64>,
    pub(super) previous_response: Option<u64>,
    pub(super) next_request: Option<u64>,
    pub(super) next_response: Option<u64>,
    /// Time since the request, for a response.
    pub(super) time: Option<Span>,
    /// URI of the request, for a response.
    pub(super) uri: Option<Text>,
}

/// A request and its response, at least one of them complete.
#[derive(Debug, Clone, Copy)]
struct Pair<'a> {
    request: Option<&'a Request>,
    response: Option<&'a Response>,
    time: Option<Span>,
}

impl Pair<'_> {
    fn request_frame(&self) -> Option<u64> {
        self.request.and_then(|request| request.frame)
    }

    fn response_frame(&self) -> Option<u64> {
        self.response.and_then(|response| response.frame)
    }

    fn first_frame(&self) -> Option<u64> {
        self.request_frame().or(self.response_frame())
    }
}

/// The exchanges of a connection.
pub(crate) fn exchanges(analysis: &Analysis, stream: u32) -> &[Exchange] {
    of_stream(&analysis.exchanges, stream, |exchange| exchange.stream)
}

/// The orphan responses of a connection.
pub(crate) fn orphans(analysis: &Analysis, stream: u32) -> &[OrphanResponse] {
    of_stream(&analysis.orphan_responses, stream, |orphan| orphan.stream)
}

/// The frame in which the first message of a connection begins.
pub(super) fn first_frame(analysis: &Analysis, stream: u32) -> Option<u64> {
    let requests = exchanges(analysis, stream).iter().map(|exchange| exchange.request.first_frame);
    let responses = orphans(analysis, stream).iter().map(|orphan| orphan.response.first_frame);
    requests.chain(responses).min()
}

/// The frame after which a connection carries no HTTP any more: a 101, or a 2xx to CONNECT.
pub(super) fn last_frame(analysis: &Analysis, stream: u32) -> Option<u64> {
    exchanges(analysis, stream).iter().find_map(|exchange| {
        let response = exchange.response.as_ref()?;
        let tunnel = exchange.request.method.as_bytes() == b"CONNECT" && (200..300).contains(&response.status);
        response.frame.filter(|_| tunnel || response.status == 101)
    })
}

/// The part of `all`, which is in order of stream, that belongs to `stream`.
fn of_stream<T>(all: &[T], stream: u32, stream_of: impl Fn(&T) -> u32) -> &[T] {
    let start = all.partition_point(|item| stream_of(item) < stream);
    let end = all.partition_point(|item| stream_of(item) <= stream);
    all.get(start..end).unwrap_or_default()
}

/// The frame that completes a message; `None` if it is not complete, or an interim response.
pub(crate) fn completing_frame(analysis: &Analysis, id: MessageId) -> Option<u64> {
    let exchange = || exchanges(analysis, id.stream).get(id.index);
    match id.kind {
        MessageKind::Request => exchange()?.request.frame,
        MessageKind::Response => exchange()?.response.as_ref()?.frame,
        MessageKind::OrphanResponse => orphans(analysis, id.stream).get(id.index)?.response.frame,
        MessageKind::Interim(_) => None,
    }
}

/// What the others of its connection say of a message.
pub(super) fn of(analysis: &Analysis, id: MessageId) -> Pairing {
    let (pairs, at) = pairs(analysis, id);
    let Some(pair) = pairs.get(at) else {
        return Pairing::default();
    };
    let previous = at.checked_sub(1).and_then(|before| pairs.get(before));
    let next = pairs.get(at + 1);
    let request = id.kind == MessageKind::Request;
    Pairing {
        number: at + 1,
        partner: if request { pair.response_frame() } else { pair.request_frame() },
        previous_request: previous.and_then(Pair::request_frame),
        previous_response: previous.and_then(Pair::response_frame),
        next_request: next.and_then(Pair::request_frame),
        next_response: next.and_then(Pair::response_frame),
        time: pair.time.filter(|_| matches!(id.kind, MessageKind::Response)),
        uri: pair
            .request
            .filter(|_| !request)
            .map(|request| full_uri(request).unwrap_or_else(|| request.target.clone())),
    }
}

/// Whether Wireshark takes a method's message for a notification (`UPnP`'s events), whose lines are not those of a request.
pub(super) fn is_notification(method: &[u8]) -> bool {
    matches!(method, b"NOTIFY" | b"SUBSCRIBE" | b"UNSUBSCRIBE")
}

/// The pairs of the message's connection in order, and the index of its own.
fn pairs(analysis: &Analysis, id: MessageId) -> (Vec<Pair<'_>>, usize) {
    let exchanges = exchanges(analysis, id.stream).iter().enumerate().map(|(index, exchange)| {
        let pair =
            Pair { request: Some(&exchange.request), response: exchange.response.as_deref(), time: exchange.time };
        (pair, id.kind != MessageKind::OrphanResponse && id.index == index)
    });
    let orphans = orphans(analysis, id.stream).iter().enumerate().map(|(index, orphan)| {
        let pair = Pair { request: None, response: Some(&orphan.response), time: None };
        (pair, id.kind == MessageKind::OrphanResponse && id.index == index)
    });
    let mut all: Vec<_> = exchanges.chain(orphans).filter(|(pair, own)| *own || pair.first_frame().is_some()).collect();
    all.sort_by_key(|(pair, _)| pair.first_frame());
    let at = all.iter().position(|(_, own)| *own).unwrap_or(usize::MAX);
    (all.into_iter().map(|(pair, _)| pair).collect(), at)
}

/// Wireshark's `http.request.full_uri`; `None` without a Host field.
fn full_uri(request: &Request) -> Option<Text> {
    let host = request.host.as_ref()?;
    Some(join(host.as_bytes(), request.target.as_bytes(), request.method.as_bytes()))
}

/// `http://`, host and target, or the target alone where it names the host itself.
pub(super) fn join(host: &[u8], target: &[u8], method: &[u8]) -> Text {
    let absolute = [&b"http://"[..], b"https://"]
        .iter()
        .any(|scheme| target.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)));
    if absolute || method == b"CONNECT" {
        return Text::from(target);
    }
    let uri = [b"http://", host.trim_ascii(), target].concat();
    Text::from(uri.as_slice())
}
