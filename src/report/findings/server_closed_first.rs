//! `server_closed_first` [frame, `ack_frame`, `second_fin`, kind]: the server sent the first FIN.
//!
//! Frames: the FIN, its acknowledgment, the other FIN.

use super::{Rank, Rule, Tone, first_fin};
use crate::analysis::model::Side;

pub(super) const RULE: Rule = Rule {
    rank: Rank::Close,
    tone: Tone::Note,
    find: |facts| first_fin::find(facts, Side::Server, "server_closed_first"),
};
