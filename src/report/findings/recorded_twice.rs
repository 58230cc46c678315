//! `recorded_twice` [copies, first, copy, apart, identification, `ttl_first`, `ttl_copy`, interfaces]: frames of this capture hold packets that earlier
//! frames hold already; nothing was sent again.
//!
//! `copies` counts them. The other parameters tell of the first one, `copy`, and the frame `first` that it repeats: the seconds between them;
//! the IPv4 Identification of both, `null` where it proves nothing; the TTL or hop limit of each; the names of their two interfaces,
//! `null` for one and the same. Frames: those two.

use serde_json::Value;

use super::{Rank, Rule, Tone};
use crate::analysis::model::Capture;
use crate::report::Facts;
use crate::report::model::Finding;
use crate::time::Span;

pub(super) const RULE: Rule = Rule { rank: Rank::Trouble, tone: Tone::Problem, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let capture = &facts.analysis.capture;
    let copy = capture.first_copy?;
    let repeated = copy.repeated;
    let places = [repeated.first_place, repeated.place];
    let [first_place, place] = places;
    let interfaces = if first_place.interface == place.interface {
        Value::Null
    } else {
        places.map(|place| interface(capture, place.interface)).to_vec().into()
    };
    let apart = Span::from_nanos(repeated.apart.as_nanos().saturating_abs());
    let finding = Finding::new("recorded_twice", [repeated.first, copy.frame])
        .with("copies", capture.copies)
        .with("first", repeated.first)
        .with("copy", copy.frame)
        .with("apart", apart.to_string())
        .with("identification", repeated.identification)
        .with("ttl_first", first_place.ttl)
        .with("ttl_copy", place.ttl)
        .with("interfaces", interfaces);
    Some(finding)
}

/// The name of an interface, or its number if it has none.
fn interface(capture: &Capture, id: u32) -> String {
    let known = capture.interfaces.iter().find(|interface| interface.id == id);
    let name = known.and_then(|interface| interface.name.as_ref());
    name.map_or_else(|| id.to_string(), |name| name.lossy().into_owned())
}
