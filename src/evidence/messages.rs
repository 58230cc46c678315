//! Putting HTTP messages together again, those that are wanted.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::model::KeepAlive;
use crate::analysis::model::Analysis;
use crate::dissect::{Body, Message, completing_frame};
use crate::http::head::Head;
use crate::http::{HeadPlace, MessageId, MessageKind};
use crate::tcp::{Carried, Moment};
use crate::text::Text;

/// Bytes kept of one body. A page's parts are far smaller; of a download the beginning tells nothing that its head does not. No diagnostic:
/// a body that is not whole has [`TooLong`](super::UndecodedReason::TooLong) for its reason, which the report words, and no `http.file_data`.
const MAX_BODY: usize = 16 << 20;
/// The same of a small file, whose bodies can be larger only if it is compressed: a body stands in a field tree in several forms.
const MAX_BODY_OF_SMALL_FILE: usize = 2 << 20;
/// Bytes kept of all bodies that are under way at a time, as many times those of one.
const BODIES_AT_A_TIME: usize = 4;

/// Requests whose Referer is kept; a page has some hundreds.
const MAX_REFERERS: usize = 5000;
/// Longest Referer that is kept, in bytes; browsers send less (8000 is the least that RFC 9112, 3, wants servers to take).
const MAX_REFERER: usize = 2048;

/// Responses of a connection whose Keep-Alive is kept; servers end a connection after some hundreds.
const MAX_KEEP_ALIVES: usize = 1000;

/// Which messages are wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'a> {
    /// Those that these frames complete; `None` for all frames.
    pub(super) frames: Option<&'a BTreeSet<u64>>,
    /// Those of this exchange (stream, index from 1), complete or not.
    pub(super) exchange: Option<(u32, u32)>,
    /// Whether the Referer of every request is kept.
    pub(super) referers: bool,
}

impl Scope<'_> {
    /// Whether the field tree of a frame is wanted.
    pub(super) fn has_tree(&self, frame: u64) -> bool {
        self.frames.is_none_or(|frames| frames.contains(&frame))
    }

    fn has_exchange(&self, id: MessageId) -> bool {
        matches!(id.kind, MessageKind::Request | MessageKind::Response)
            && self.exchange.is_some_and(|(stream, index)| stream == id.stream && number(id) == Some(index))
    }

    fn has(&self, id: MessageId, analysis: &Analysis) -> bool {
        if self.has_exchange(id) || matches!(id.kind, MessageKind::Interim(_)) {
            return true;
        }
        match completing_frame(analysis, id) {
            Some(frame) => self.has_tree(frame),
            // It stays incomplete; but a cut head is shown in the frame where it is cut.
            None => analysis.capture.snapped_frames > 0,
        }
    }
}

/// The wanted messages on their way through the byte streams.
#[derive(Debug)]
pub(super) struct Messages<'a> {
    analysis: &'a Analysis,
    scope: Scope<'a>,
    /// Bytes kept of one body.
    max_body: usize,
    open: HashMap<MessageId, Message>,
    /// Bytes of bodies in `open` and `completed`.
    kept: usize,
    /// Completed since the last [`Self::completed`], with the frame that completed each.
    completed: Vec<(u64, Message)>,
    /// The messages of the wanted exchange that are complete.
    chosen: Vec<Message>,
    pub(super) referers: BTreeMap<(u32, u32), Text>,
    /// Keep-Alive of the responses on the wanted exchange's connection.
    pub(super) keep_alives: BTreeMap<u32, KeepAlive>,
}

impl<'a> Messages<'a> {
    pub(super) fn new(analysis: &'a Analysis, scope: Scope<'a>) -> Self {
        let size = usize::try_from(analysis.capture.bytes).unwrap_or(usize::MAX);
        Self {
            analysis,
            scope,
            max_body: size.clamp(MAX_BODY_OF_SMALL_FILE, MAX_BODY),
            open: HashMap::new(),
            kept: 0,
            completed: Vec::new(),
            chosen: Vec::new(),
            referers: BTreeMap::new(),
            keep_alives: BTreeMap::new(),
        }
    }

    /// Bytes kept of all bodies.
    pub(super) fn max_bodies(&self) -> usize {
        BODIES_AT_A_TIME * self.max_body
    }

    /// The messages that were completed since the last call, in order, each with the frame that completed it. That frame may
    /// be long past, when the message stands behind a gap that was given up only now.
    pub(super) fn completed(&mut self) -> Vec<(u64, Message)> {
        let completed = std::mem::take(&mut self.completed);
        let bytes: usize = completed.iter().map(|(_, message)| message.body.bytes.len()).sum();
        self.kept = self.kept.saturating_sub(bytes);
        completed
    }

    /// The messages of the wanted exchange: what there is of the request and of the response.
    pub(super) fn into_exchange(mut self) -> (Option<Message>, Option<Message>) {
        let scope = self.scope;
        let open = self.open.into_values().filter(|message| scope.has_exchange(message.id));
        self.chosen.extend(open);
        let mut of_kind = |kind| {
            let at = self.chosen.iter().position(|message| message.id.kind == kind);
            at.map(|at| self.chosen.swap_remove(at))
        };
        (of_kind(MessageKind::Request), of_kind(MessageKind::Response))
    }

    /// A head, with the places where it was captured.
    pub(super) fn head(&mut self, id: MessageId, head: &[u8], places: &[HeadPlace]) {
        if self.scope.referers && id.kind == MessageKind::Request && self.referers.len() < MAX_REFERERS {
            self.referers.extend(referer(id, head));
        }
        let on_connection = self.scope.exchange.is_some_and(|(stream, _)| stream == id.stream);
        if on_connection && id.kind == MessageKind::Response && self.keep_alives.len() < MAX_KEEP_ALIVES {
            self.keep_alives.extend(keep_alive(id, head));
        }
        if self.scope.has(id, self.analysis) {
            let message = Message { id, head: head.to_vec(), places: places.to_vec(), body: Body::default() };
            self.open.insert(id, message);
        }
    }

    /// Bytes of a body in order.
    pub(super) fn body(&mut self, id: MessageId, data: &[u8], place: Carried) {
        let all = self.max_bodies();
        let Some(message) = self.open.get_mut(&id) else {
            return;
        };
        let body = &mut message.body;
        body.first.get_or_insert(place);
        if body.whole().is_some() {
            let room = (self.max_body - body.bytes.len()).min(all.saturating_sub(self.kept));
            let fitting = data.get(..room).unwrap_or(data);
            body.bytes.extend_from_slice(fitting);
            self.kept += fitting.len();
        }
        body.length += data.len() as u64;
    }

    /// The message is complete, or its head was cut and nothing follows.
    pub(super) fn complete(&mut self, id: MessageId, at: Moment) {
        let Some(message) = self.open.remove(&id) else {
            return;
        };
        if self.scope.has_exchange(id) {
            self.chosen.push(message.clone());
        }
        self.completed.push((at.frame, message));
    }
}

/// The exchange and the Referer of a request.
fn referer(id: MessageId, head: &[u8]) -> Option<((u32, u32), Text)> {
    let head = Head::parse(head)?;
    let value = head.value("referer").filter(|value| value.len() <= MAX_REFERER)?;
    Some(((id.stream, number(id)?), Text::from(value)))
}

/// The number of the request, and the Keep-Alive field of its response.
fn keep_alive(id: MessageId, head: &[u8]) -> Option<(u32, KeepAlive)> {
    let head = Head::parse(head)?;
    let mut found = KeepAlive::default();
    for parameter in head.elements("keep-alive") {
        let (name, value) = std::str::from_utf8(parameter).ok()?.split_once('=')?;
        let value = value.trim().parse().ok();
        match name.trim().to_ascii_lowercase().as_str() {
            "timeout" => found.timeout = value,
            "max" => found.max = value,
            _ => {}
        }
    }
    (found != KeepAlive::default()).then_some((number(id)?, found))
}

/// The number of a message's request, from 1.
fn number(id: MessageId) -> Option<u32> {
    u32::try_from(id.index).ok()?.checked_add(1)
}
