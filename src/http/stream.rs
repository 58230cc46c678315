//! One direction of a conversation: where its messages begin and end.

use super::body::{ChunkStep, Chunked, Framing};
use super::head::{self, MAX_HEAD, Start};
use crate::tcp::{Carried, Piece};

/// Where bytes from an offset of the head on were captured.
pub(crate) type HeadPlace = (usize, Carried);
/// Where the bytes of a head that came in several segments were captured.
pub(crate) type HeadPlaces = Vec<HeadPlace>;

/// What the next byte belongs to.
#[derive(Debug, Default)]
pub(super) enum State {
    /// A message begins here.
    #[default]
    Start,
    /// A head of which this much is there; `started` once its start line is whole.
    Head { bytes: Vec<u8>, places: HeadPlaces, started: bool },
    /// A body of which so many bytes are to come.
    Length(u64),
    /// A body in chunks.
    Chunked(Chunked),
    /// A body that ends with the connection.
    UntilClose,
    /// Unknown; a start line at the start of a segment would tell.
    Lost,
    /// No HTTP/1.x message any more: a tunnel, an upgraded connection, HTTP/2.
    Over,
}

impl State {
    pub(super) fn body(framing: Framing) -> Self {
        match framing {
            Framing::None => State::Start,
            Framing::Length(length) => State::Length(length),
            Framing::Chunked => State::Chunked(Chunked::default()),
            Framing::UntilClose => State::UntilClose,
        }
    }

    /// What is held of a head, in bytes of memory.
    pub(super) fn held(&self) -> usize {
        match self {
            State::Head { bytes, places, .. } => bytes.capacity() + places.capacity() * size_of::<HeadPlace>(),
            _ => 0,
        }
    }

    /// Gives up the head that is under way: what is there of it, if its start line is whole.
    pub(super) fn give_up_head(&mut self) -> Option<(Vec<u8>, HeadPlaces)> {
        if !matches!(self, State::Head { .. }) {
            return None;
        }
        match std::mem::replace(self, State::Lost) {
            State::Head { bytes, places, started: true } => Some((bytes, places)),
            _ => None,
        }
    }

    /// Whether a message has begun and not ended.
    pub(super) fn in_body(&self) -> bool {
        matches!(self, State::Length(_) | State::Chunked(_) | State::UntilClose)
    }
}

/// What a step through the bytes found.
#[derive(Debug)]
pub(super) enum Step {
    /// A head of so many bytes; the state is still to be set from its framing.
    Head(usize),
    /// The same, begun in earlier pieces.
    JoinedHead { bytes: Vec<u8>, places: HeadPlaces, consumed: usize },
    /// The first bytes of a head that goes on in bytes that were not captured, or beyond [`MAX_HEAD`] (`too_long`).
    CutHead { bytes: Vec<u8>, places: HeadPlaces, too_long: bool },
    /// So many bytes of a body.
    Body(usize),
    /// So many bytes of framing, or of nothing at all.
    Skip(usize),
    /// The message ended, so many bytes after it began this step.
    Complete(usize),
    /// The HTTP/2 connection preface (RFC 9113, 3.4).
    Http2,
    /// The body is not what its framing says; the rest of the piece is passed over.
    Malformed,
}

const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n";

/// Takes one step through `rest`, the not yet consumed bytes of `piece`, which are not empty.
pub(super) fn step(state: &mut State, piece: &Piece<'_>, rest: &[u8]) -> Step {
    let at = piece.data.len() - rest.len();
    let carried = piece.carried.advanced(at);
    match state {
        State::Start => start(state, piece, rest, carried),
        State::Head { .. } => more_head(state, piece, rest, carried),
        State::Length(remaining) => {
            let take = usize::try_from(*remaining).unwrap_or(usize::MAX).min(rest.len());
            *remaining -= take as u64;
            Step::Body(take)
        }
        State::Chunked(chunked) => match chunked.step(rest) {
            ChunkStep::Framing(length) => Step::Skip(length),
            ChunkStep::Data(length) => Step::Body(length),
            ChunkStep::Complete(length) => Step::Complete(length),
            ChunkStep::Malformed => Step::Malformed,
        },
        State::UntilClose => Step::Body(rest.len()),
        State::Lost => {
            if at == 0 && piece.segment_start && head::recognise(rest, 0) == Start::Message {
                *state = State::Start;
                Step::Skip(0)
            } else {
                Step::Skip(rest.len())
            }
        }
        State::Over => Step::Skip(rest.len()),
    }
}

fn start(state: &mut State, piece: &Piece<'_>, rest: &[u8], carried: Carried) -> Step {
    // Empty lines before a start line are to be ignored (RFC 9112, 2.2).
    let blank = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    if blank > 0 {
        return Step::Skip(blank);
    }
    if rest.starts_with(HTTP2_PREFACE) {
        return Step::Http2;
    }
    match head::recognise(rest, 0) {
        Start::Other => {
            *state = State::Lost;
            Step::Skip(rest.len())
        }
        Start::Message | Start::Unfinished => {
            if let Some(length) = head::head_length(rest, 0) {
                return Step::Head(length);
            }
            *state = State::Head { bytes: Vec::new(), places: HeadPlaces::new(), started: false };
            more_head(state, piece, rest, carried)
        }
    }
}

fn more_head(state: &mut State, piece: &Piece<'_>, rest: &[u8], carried: Carried) -> Step {
    let State::Head { bytes, places, started } = state else { return Step::Skip(0) };
    let before = bytes.len();
    bytes.extend_from_slice(rest);
    places.push((before, carried));
    if bytes.starts_with(HTTP2_PREFACE) {
        return Step::Http2;
    }
    let mut is_simple = false;
    if !*started {
        match head::recognise(bytes, before) {
            Start::Message => {
                *started = true;
                is_simple = piece.uncaptured == 0 && head::is_simple_request(bytes);
            }
            Start::Unfinished => {}
            Start::Other => {
                *state = State::Lost;
                // It was no message; perhaps one begins with this segment.
                return if before > 0 { Step::Skip(0) } else { Step::Skip(rest.len()) };
            }
        }
    }
    if let Some(length) = if is_simple { Some(bytes.len()) } else { head::head_length(bytes, before) } {
        let mut bytes = std::mem::take(bytes);
        let places = std::mem::take(places);
        bytes.truncate(length);
        return Step::JoinedHead { bytes, places, consumed: length.saturating_sub(before) };
    }
    let too_long = bytes.len() > MAX_HEAD;
    if too_long || piece.uncaptured > 0 {
        let cut = Step::CutHead { bytes: std::mem::take(bytes), places: std::mem::take(places), too_long };
        *state = State::Lost;
        return cut;
    }
    Step::Skip(rest.len())
}
