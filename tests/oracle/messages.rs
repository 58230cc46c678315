//! The HTTP messages that tshark labels in a stream, paired in order: independently of tshark's own pairing, which is wrong at times.

use std::collections::{HashMap, VecDeque};

use super::segments::Stream;
use super::tshark::{Row, parse_number, print_seconds};

/// One HTTP message that tshark labels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Message<'a> {
    pub(crate) row: &'a Row,
    /// Which message of its kind in the frame, from 0.
    index: usize,
    /// Number of messages in the frame: header fields can be told apart only if there is one.
    pub(crate) in_frame: usize,
}

impl Message<'_> {
    pub(crate) fn frame(&self) -> u64 {
        self.row.number
    }

    /// The frame of the first byte: tshark lists the segments of the reassembly that ends here in order of sequence number.
    pub(crate) fn first_frame(&self) -> u64 {
        let first = self.row.number_of("tcp.segment");
        first.filter(|_| self.index == 0).unwrap_or(self.row.number)
    }

    pub(crate) fn line(&self, name: &str) -> Option<&str> {
        self.row.nth(name, self.index)
    }

    pub(crate) fn status(&self) -> Option<u64> {
        self.line("http.response.code").and_then(parse_number)
    }

    fn is_interim(&self) -> bool {
        self.status().is_some_and(|status| status / 100 == 1 && status != 101)
    }
}

/// A request with what answers it.
#[derive(Debug)]
pub(crate) struct Pair<'a> {
    pub(crate) request: Message<'a>,
    pub(crate) response: Option<Message<'a>>,
    pub(crate) interim: Vec<Message<'a>>,
}

/// The HTTP of one stream.
#[derive(Debug, Default)]
pub(crate) struct Conversation<'a> {
    pub(crate) pairs: Vec<Pair<'a>>,
    pub(crate) orphans: Vec<Message<'a>>,
    /// Messages after a 101, or after a 2xx to CONNECT: no HTTP of this connection any more.
    pub(crate) later: Vec<Message<'a>>,
}

impl Conversation<'_> {
    /// Whether tshark's own numbers pair the messages as they stand on the connection.
    pub(crate) fn tshark_pairs_rightly(&self) -> bool {
        let wrong = |pair: &Pair<'_>| {
            let theirs = pair.request.row.number_of("http.response_in");
            pair.request.in_frame > 1 || !pair.interim.is_empty() || theirs != pair.response.map(|r| r.frame())
        };
        !self.pairs.iter().any(wrong) && self.orphans.iter().all(|orphan| !orphan.row.has("http.request_in"))
    }

    /// Whether a request is one that tshark takes as a notification, which it pairs with nothing.
    pub(crate) fn has_notifications(&self) -> bool {
        let methods = self.pairs.iter().filter_map(|pair| pair.request.line("http.request.method"));
        methods.into_iter().any(|method| matches!(method, "NOTIFY" | "SUBSCRIBE" | "UNSUBSCRIBE"))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pairs.is_empty() && self.orphans.is_empty() && self.later.is_empty()
    }
}

/// Pairs the messages of a stream: each final response answers the oldest request that has none. Where bytes are missing, so may be
/// responses; there tshark is believed.
pub(crate) fn conversation<'a>(stream: &Stream<'a>) -> Conversation<'a> {
    let has_holes = stream.has_holes();
    let mut conversation = Conversation::default();
    let mut open: VecDeque<usize> = VecDeque::new();
    let mut interim = Vec::new();
    let mut ended = false;
    for (message, is_request) in messages(stream) {
        if ended {
            conversation.later.push(message);
        } else if is_request {
            open.push_back(conversation.pairs.len());
            conversation.pairs.push(Pair { request: message, response: None, interim: Vec::new() });
        } else if message.is_interim() {
            // A `100 Continue` can stand before the frame that completes its request.
            interim.push(message);
        } else if let Some(pair) = answered(&mut open, &mut conversation.pairs, &message, has_holes) {
            let connects = pair.request.line("http.request.method") == Some("CONNECT");
            let status = message.status();
            ended = status == Some(101) || connects && status.is_some_and(|status| status / 100 == 2);
            pair.response = Some(message);
            pair.interim = std::mem::take(&mut interim);
        } else {
            conversation.orphans.push(message);
        }
    }
    conversation
}

/// The pair whose request a response answers: the oldest open one, or the one that tshark names if that is believed.
fn answered<'p, 'a>(
    open: &mut VecDeque<usize>,
    pairs: &'p mut [Pair<'a>],
    response: &Message<'_>,
    believe_tshark: bool,
) -> Option<&'p mut Pair<'a>> {
    let named = response.row.number_of("http.request_in").filter(|_| believe_tshark);
    let is_named = |index: &usize| pairs.get(*index).map(|pair| pair.request.frame()) == named;
    let skipped = named.and_then(|_| open.iter().position(is_named)).unwrap_or(0);
    open.drain(..skipped);
    open.pop_front().and_then(|index| pairs.get_mut(index))
}

fn messages<'a>(stream: &Stream<'a>) -> Vec<(Message<'a>, bool)> {
    let mut messages = Vec::new();
    for row in stream.segments.iter().map(|segment| segment.row).filter(|row| is_http_over_tcp(row)) {
        let (requests, responses) = (row.all("http.request.method").len(), row.all("http.response.version").len());
        let in_frame = requests + responses;
        messages.extend((0..requests).map(|index| (Message { row, index, in_frame }, true)));
        messages.extend((0..responses).map(|index| (Message { row, index, in_frame }, false)));
    }
    // An early response can be complete before its request is: what counts is where messages begin.
    messages.sort_by_key(|(message, _)| message.first_frame());
    messages
}

/// Whether the frame's HTTP stands directly above TCP.
pub(crate) fn is_http_over_tcp(row: &Row) -> bool {
    row.protocols().windows(2).any(|pair| matches!(pair, ["tcp", "http"]))
}

/// Values that fields should have where tshark's pairing is wrong: (field, frame) to value.
pub(crate) fn right_numbers(streams: &[Stream<'_>]) -> HashMap<(&'static str, u64), String> {
    let mut right = HashMap::new();
    for pair in streams.iter().flat_map(|stream| conversation(stream).pairs) {
        let Some(response) = pair.response else {
            continue;
        };
        right.insert(("http.response_in", pair.request.frame()), response.frame().to_string());
        right.insert(("http.request_in", response.frame()), pair.request.frame().to_string());
        if let Some((end, start)) = response.row.time().zip(pair.request.row.time()) {
            right.insert(("http.time", response.frame()), print_seconds(end - start));
        }
        if let Some(uri) = pair.request.row.first("http.request.full_uri") {
            right.insert(("http.response_for.uri", response.frame()), uri.to_owned());
        }
    }
    right
}
