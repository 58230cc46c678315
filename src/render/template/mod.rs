//! What templates and wording can use: the Report's facts, sentences, filters; and how their output is kept safe and bounded.

pub(super) mod bounded;
mod cuts;
pub(super) mod escape;
pub(super) mod facts;
pub(super) mod filters;
mod header_values;
pub(super) mod hexdump;
pub(super) mod numbers;
pub(super) mod speech;
