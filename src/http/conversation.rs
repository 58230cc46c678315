//! The messages of one connection, paired: the nth final response answers the nth request (RFC 9112, 9.3).

use std::collections::VecDeque;

use super::body::{self, Framing};
use super::draft::{Draft, RequestDraft, ResponseDraft};
use super::head::{Head, StartLine};
use super::held::{Held, MAX_HELD_HEADS, request_cost, response_cost};
use super::observer::{MessageId, MessageKind, Observer};
use super::stream::{self, HeadPlace, State, Step};
use crate::analysis::model::{Interim, Request, Response};
use crate::diagnostic::{Diagnostic, Severity};
use crate::tcp::{Carried, End, Moment, PerEnd, Piece, after};
use crate::text::Text;

/// A message that has begun and not ended.
#[derive(Debug, Clone, Copy)]
struct Open {
    id: MessageId,
    body_bytes: u64,
    /// Whether a part of it is in no frame.
    holed: bool,
}

/// The state of one connection's HTTP.
#[derive(Debug, Default)]
pub(crate) struct Conversation {
    pub(crate) exchanges: Vec<Draft>,
    pub(crate) orphans: Vec<ResponseDraft>,
    pub(crate) http2: bool,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Sender of requests.
    pub(crate) client: Option<End>,
    states: PerEnd<State>,
    open: PerEnd<Option<Open>>,
    /// Requests without a final response, oldest first.
    pending: VecDeque<usize>,
    /// Whether responses may have been lost since the last one that was paired.
    responses_lost: bool,
    /// What is counted of this conversation in [`Held`].
    held_heads: usize,
    /// What its messages take, in bytes of memory.
    messages: usize,
    /// What they may take in one call of [`Self::bytes`].
    room: usize,
}

/// Diagnostics kept per connection.
const MAX_DIAGNOSTICS: usize = 16;
impl Conversation {
    /// Whether there is any message.
    pub(crate) fn is_http(&self) -> bool {
        !self.exchanges.is_empty() || !self.orphans.is_empty()
    }

    /// Whether a message of `from` has begun and not ended.
    pub(crate) fn in_message(&self, from: End) -> bool {
        let state = self.states.get(from);
        state.in_body() || matches!(state, State::Head { .. })
    }

    pub(crate) fn bytes(
        &mut self,
        stream: u32,
        from: End,
        piece: Piece<'_>,
        held: &mut Held,
        observer: &mut impl Observer,
    ) {
        let before = self.messages;
        self.room = held.max_messages.saturating_sub(held.messages) + before;
        self.read(stream, from, piece, observer);
        held.messages += self.messages - before;
        if self.messages > self.room {
            held.cut_off.note(piece.at.frame);
            self.leave_http();
        }
    }

    fn read(&mut self, stream: u32, from: End, piece: Piece<'_>, observer: &mut impl Observer) {
        let mut rest = piece.data;
        while !rest.is_empty() && self.messages <= self.room {
            let place = piece.carried.advanced(piece.data.len() - rest.len());
            if matches!(self.states.get(from), State::Over) {
                observer.behind(stream, from, &Piece { data: rest, carried: place, ..piece });
                return;
            }
            let consumed = match stream::step(self.states.get_mut(from), &piece, rest) {
                Step::Head(length) => {
                    self.head(stream, from, rest.get(..length).unwrap_or(rest), &[(0, place)], piece.at, observer);
                    length
                }
                Step::JoinedHead { bytes, places, consumed } => {
                    self.head(stream, from, &bytes, &places, piece.at, observer);
                    consumed
                }
                Step::CutHead { bytes, places, too_long } => {
                    if too_long {
                        self.diagnose_long_head(&places);
                    }
                    self.cut_head(stream, from, (&bytes, &places), piece.at, observer);
                    rest.len()
                }
                Step::Body(length) => {
                    self.body(from, rest.get(..length).unwrap_or_default(), place, observer);
                    self.complete_if_read(from, piece.at, observer);
                    length
                }
                Step::Skip(length) => length,
                Step::Complete(length) => {
                    self.complete(from, piece.at, observer);
                    length
                }
                Step::Http2 => {
                    self.http2 = true;
                    self.client = Some(from);
                    self.leave_http();
                    rest.len()
                }
                Step::Malformed => {
                    self.diagnose("http.malformed_chunk", piece.carried.frame);
                    self.abandon(from);
                    rest.len()
                }
            };
            rest = rest.get(consumed..).unwrap_or_default();
        }
        if piece.uncaptured > 0 {
            self.absent(from, piece.uncaptured, false, piece.at, observer);
        }
    }

    /// Brings the count of what all conversations hold of heads up to date. When that is too much, the head that `from` is sending
    /// ends here.
    #[inline]
    pub(crate) fn settle(&mut self, stream: u32, from: End, at: Moment, held: &mut Held, observer: &mut impl Observer) {
        held.count_heads(&mut self.held_heads, self.states.opener.held() + self.states.other.held());
        if held.heads <= MAX_HELD_HEADS {
            return;
        }
        if let Some((bytes, places)) = self.states.get_mut(from).give_up_head() {
            self.diagnose_long_head(&places);
            self.cut_head(stream, from, (&bytes, &places), at, observer);
        }
        held.count_heads(&mut self.held_heads, self.states.opener.held() + self.states.other.held());
    }

    fn diagnose_long_head(&mut self, places: &[HeadPlace]) {
        if let Some((_, first)) = places.first() {
            self.diagnose("http.head_limit", first.frame);
        }
    }

    /// Bytes of `from` that no frame holds.
    pub(crate) fn gap(&mut self, stream: u32, from: End, length: u64, at: Moment, observer: &mut impl Observer) {
        if matches!(self.states.get(from), State::Over) {
            observer.gap_behind(stream, from);
        }
        self.absent(from, length, true, at, observer);
    }

    /// The FIN of `from`.
    pub(crate) fn end(&mut self, from: End, at: Moment, observer: &mut impl Observer) {
        if matches!(self.states.get(from), State::UntilClose) {
            self.complete(from, at, observer);
        }
        *self.states.get_mut(from) = State::Lost;
        *self.open.get_mut(from) = None;
    }

    /// A reset: a body that ends with the connection stays incomplete, and no head goes on.
    pub(crate) fn reset(&mut self) {
        for from in [End::Opener, End::Other] {
            if matches!(self.states.get(from), State::UntilClose | State::Head { .. }) {
                self.abandon(from);
            }
        }
    }

    /// Bytes that cannot be read: never captured (`lost`), or cut by a snap length.
    fn absent(&mut self, from: End, length: u64, lost: bool, at: Moment, observer: &mut impl Observer) {
        if let Some(open) = self.open.get_mut(from) {
            open.holed |= lost;
        }
        let state = self.states.get_mut(from);
        let counted = match state {
            State::Length(remaining) => {
                let counted = length.min(*remaining);
                *remaining -= counted;
                counted
            }
            State::Chunked(chunked) if chunked.data_remaining() >= length => {
                chunked.skip_data(length);
                length
            }
            State::UntilClose => length,
            State::Over => return,
            State::Start | State::Head { .. } | State::Chunked(_) | State::Lost => {
                self.responses_lost |= self.client != Some(from);
                self.abandon(from);
                return;
            }
        };
        if let Some(open) = self.open.get_mut(from) {
            open.body_bytes += counted;
        }
        self.complete_if_read(from, at, observer);
        if length > counted {
            self.responses_lost |= self.client != Some(from);
            self.abandon(from);
        }
    }

    fn head(
        &mut self,
        stream: u32,
        from: End,
        bytes: &[u8],
        places: &[HeadPlace],
        at: Moment,
        observer: &mut impl Observer,
    ) {
        let Some((_, first)) = places.first() else { return };
        let Some(head) = Head::parse(bytes) else {
            *self.states.get_mut(from) = State::Lost;
            return;
        };
        if head.irregular {
            self.diagnose("http.irregular_head", first.frame);
        }
        if let Some(why) = body::ambiguity(&head) {
            self.push(Diagnostic::new("http.ambiguous_length", Severity::Warning, Some(first.frame)).with("why", why));
        }
        let (id, framing) = self.begin(stream, from, &head, bytes.len(), *first);
        observer.head(id, bytes, places);
        *self.open.get_mut(from) = Some(Open { id, body_bytes: 0, holed: false });
        *self.states.get_mut(from) = State::body(framing);
        if framing == Framing::None {
            self.complete(from, at, observer);
        }
    }

    /// A head whose end was not captured: what is there counts, the message stays incomplete.
    fn cut_head(
        &mut self,
        stream: u32,
        from: End,
        (bytes, places): (&[u8], &[HeadPlace]),
        at: Moment,
        observer: &mut impl Observer,
    ) {
        let Some((_, first)) = places.first() else { return };
        let Some(head) = Head::parse(bytes) else { return };
        let (id, _) = self.begin(stream, from, &head, bytes.len(), *first);
        observer.head(id, bytes, places);
        observer.cut(id, at);
        if id.kind == MessageKind::Response {
            self.pending.pop_front();
        }
    }

    /// Records a new message and tells how its body ends.
    fn begin(
        &mut self,
        stream: u32,
        from: End,
        head: &Head<'_>,
        length: usize,
        first: Carried,
    ) -> (MessageId, Framing) {
        let (header_bytes, first_frame) = (length as u64, first.frame);
        match head.start {
            StartLine::Request { method, target, version } => {
                let index = self.exchanges.len();
                let facts = Box::new(Request {
                    first_frame,
                    frame: None,
                    complete: false,
                    method: method.into(),
                    target: target.into(),
                    version: version.into(),
                    host: head.value("host").map(Text::from),
                    header_bytes,
                    body_bytes: 0,
                });
                self.messages += request_cost(&facts);
                self.client = Some(from);
                self.pending.push_back(index);
                let request = RequestDraft { facts, completed: None, expects: first.acknowledgment };
                one_at_first(&mut self.exchanges);
                self.exchanges.push(Draft { request, response: None, interim: Vec::new() });
                (MessageId { stream, kind: MessageKind::Request, index }, body::of_request(head))
            }
            StartLine::Response { version, status, reason } => {
                let facts = Box::new(Response {
                    first_frame,
                    frame: None,
                    complete: false,
                    status,
                    reason: reason.into(),
                    version: version.into(),
                    content_type: head.value("content-type").map(Text::from),
                    content_encoding: head.value("content-encoding").map(Text::from),
                    transfer_encoding: head.value("transfer-encoding").map(Text::from),
                    header_bytes,
                    body_bytes: 0,
                    interim: Vec::new(),
                });
                self.messages += response_cost(&facts);
                self.client = Some(from.peer());
                self.begin_response(stream, head, facts, first.sequence)
            }
        }
    }

    fn begin_response(
        &mut self,
        stream: u32,
        head: &Head<'_>,
        mut facts: Box<Response>,
        sequence: u32,
    ) -> (MessageId, Framing) {
        let status = facts.status;
        let interim = (100..200).contains(&status) && status != 101;
        let Some(index) = self.answered_by(sequence) else {
            if interim {
                // It belongs to no request of this capture.
                return (MessageId { stream, kind: MessageKind::Interim(status), index: usize::MAX }, Framing::None);
            }
            let id = MessageId { stream, kind: MessageKind::OrphanResponse, index: self.orphans.len() };
            one_at_first(&mut self.orphans);
            self.orphans.push(ResponseDraft { facts, completed: None });
            return (id, body::of_response(head, status, false));
        };
        if interim {
            return (MessageId { stream, kind: MessageKind::Interim(status), index }, Framing::None);
        }
        let draft = self.exchanges.get_mut(index);
        let method = draft.as_ref().map(|draft| draft.request.facts.method.as_bytes()).unwrap_or_default();
        let tunnel = status == 101 || (method == b"CONNECT" && (200..300).contains(&status));
        let bodiless = tunnel || method == b"HEAD";
        if let Some(draft) = draft {
            facts.interim = std::mem::take(&mut draft.interim);
            draft.response = Some(ResponseDraft { facts, completed: None });
        }
        let framing = body::of_response(head, status, bodiless);
        (MessageId { stream, kind: MessageKind::Response, index }, framing)
    }

    /// The request that a response beginning at `sequence` answers.
    ///
    /// The oldest without response; but one that was sent when the client already had the response's first byte cannot be
    /// meant. After a gap the requests whose responses were lost are unknown, and only a request that was sent when all
    /// before `sequence` had arrived is certain.
    fn answered_by(&mut self, sequence: u32) -> Option<usize> {
        let expects = |index: &usize| self.exchanges.get(*index).and_then(|draft| draft.request.expects);
        if self.responses_lost {
            // What the client had received only grows from one request to the next.
            let behind = self.pending.partition_point(|index| expects(index).is_none_or(|own| !after(own, sequence)));
            let position = behind.checked_sub(1)?;
            self.pending.get(position).filter(|index| expects(index) == Some(sequence))?;
            self.pending.drain(..position);
            self.responses_lost = false;
        }
        let oldest = *self.pending.front()?;
        let later = expects(&oldest).is_some_and(|expected| after(expected, sequence));
        (!later).then_some(oldest)
    }

    fn body(&mut self, from: End, data: &[u8], place: Carried, observer: &mut impl Observer) {
        if let Some(open) = self.open.get_mut(from) {
            open.body_bytes += data.len() as u64;
            observer.body(open.id, data, place);
        }
    }

    fn complete_if_read(&mut self, from: End, at: Moment, observer: &mut impl Observer) {
        if matches!(self.states.get(from), State::Length(0)) {
            self.complete(from, at, observer);
        }
    }

    fn complete(&mut self, from: End, at: Moment, observer: &mut impl Observer) {
        *self.states.get_mut(from) = State::Start;
        let Some(open) = self.open.get_mut(from).take() else { return };
        let completed = (!open.holed).then_some(at);
        self.record(&open, completed);
        if open.kind() == MessageKind::Response {
            self.pending.pop_front();
        }
        if completed.is_some() {
            observer.complete(open.id, at);
        }
        if open.kind() == MessageKind::Response && self.opens_tunnel(open.id.index) {
            self.leave_http();
        }
    }

    /// The message of `from`, if there is one, does not end; what follows is unknown.
    fn abandon(&mut self, from: End) {
        if let Some(open) = self.open.get_mut(from).take() {
            self.record(&open, None);
            if open.kind() == MessageKind::Response {
                self.pending.pop_front();
            }
        }
        *self.states.get_mut(from) = State::Lost;
    }

    /// Notes the messages that the end of the capture left open.
    pub(crate) fn finish(&mut self) {
        for from in [End::Opener, End::Other] {
            if self.states.get(from).in_body() {
                self.abandon(from);
            }
        }
    }

    fn record(&mut self, open: &Open, completed: Option<Moment>) {
        let frame = completed.map(|at| at.frame);
        match open.kind() {
            MessageKind::Request => {
                if let Some(draft) = self.exchanges.get_mut(open.id.index) {
                    draft.request.completed = completed;
                    draft.request.facts.frame = frame;
                    draft.request.facts.complete = frame.is_some();
                    draft.request.facts.body_bytes = open.body_bytes;
                }
            }
            MessageKind::Interim(status) => {
                if let (Some(draft), Some(frame)) = (self.exchanges.get_mut(open.id.index), frame) {
                    draft.interim.push(Interim { status, frame });
                }
            }
            MessageKind::Response | MessageKind::OrphanResponse => {
                let response = match open.kind() {
                    MessageKind::Response => {
                        self.exchanges.get_mut(open.id.index).and_then(|draft| draft.response.as_mut())
                    }
                    _ => self.orphans.get_mut(open.id.index),
                };
                if let Some(response) = response {
                    response.completed = completed;
                    response.facts.frame = frame;
                    response.facts.complete = frame.is_some();
                    response.facts.body_bytes = open.body_bytes;
                }
            }
        }
    }

    fn opens_tunnel(&self, index: usize) -> bool {
        self.exchanges.get(index).is_some_and(|draft| {
            let connect = draft.request.facts.method.as_bytes() == b"CONNECT";
            draft.response.as_ref().is_some_and(|response| {
                let status = response.facts.status;
                status == 101 || (connect && (200..300).contains(&status))
            })
        })
    }

    /// What follows on this connection is no HTTP/1.x.
    pub(crate) fn leave_http(&mut self) {
        self.states.opener = State::Over;
        self.states.other = State::Over;
        self.open = PerEnd::default();
    }

    fn diagnose(&mut self, code: &'static str, frame: u64) {
        self.push(Diagnostic::new(code, Severity::Warning, Some(frame)));
    }

    fn push(&mut self, diagnostic: Diagnostic) {
        if self.diagnostics.len() < MAX_DIAGNOSTICS {
            self.diagnostics.push(diagnostic);
        }
    }
}

/// Room for one: most connections of a flood have no second, and a vector begins with room for four.
fn one_at_first<T>(list: &mut Vec<T>) {
    if list.is_empty() {
        list.reserve_exact(1);
    }
}

impl Open {
    fn kind(&self) -> MessageKind {
        self.id.kind
    }
}
