//! Exchanges in the making.

use crate::analysis::model::{Interim, Request, Response};
use crate::tcp::Moment;

/// A request and what is known of its response.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) request: RequestDraft,
    pub(crate) response: Option<ResponseDraft>,
    pub(super) interim: Vec<Interim>,
}

#[derive(Debug)]
pub(crate) struct RequestDraft {
    pub(crate) facts: Box<Request>,
    pub(crate) completed: Option<Moment>,
    /// What the client had received when it began to send this: the raw sequence number it expected next.
    pub(super) expects: Option<u32>,
}

#[derive(Debug)]
pub(crate) struct ResponseDraft {
    pub(crate) facts: Box<Response>,
    pub(crate) completed: Option<Moment>,
}
