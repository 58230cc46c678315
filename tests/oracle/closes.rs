//! The contract's paragraph *Close*, computed from raw segments.

use serde_json::{Value, json};

use super::segments::{ACK, Endpoint, FIN, RST, Segment, Stream};

/// One side's FIN and the first segment of the peer that covers it.
struct Ending<'a, 's> {
    fin: &'a Segment<'s>,
    covered_by: Option<&'a Segment<'s>>,
}

/// `close` of a connection whose client is known.
pub(crate) fn close(stream: &Stream<'_>, client: &Endpoint) -> Value {
    let mut endings: Vec<Ending<'_, '_>> = [true, false]
        .into_iter()
        .filter_map(|of_client| ending(stream, |segment| (segment.from == *client) == of_client))
        .collect();
    endings.sort_by_key(|ending| ending.fin.frame);
    let reset = stream.segments.iter().find(|segment| segment.has(RST));
    // The frame with which both FINs are acknowledged.
    let done = match endings.as_slice() {
        [a, b] => a.covered_by.zip(b.covered_by).map(|(x, y)| x.frame.max(y.frame)),
        _ => None,
    };
    let kind = match (endings.as_slice(), reset) {
        (_, Some(reset)) if done.is_none_or(|done| reset.frame < done) => "reset",
        ([], _) => "none",
        ([_], _) => "half_closed",
        ([a, b, ..], _) if !acknowledges(a.fin, b.fin) && !acknowledges(b.fin, a.fin) => "simultaneous",
        ([a, b, ..], _) if is_fin_ack(a, b) || is_fin_ack(b, a) => "three_segment",
        _ => "four_segment",
    };
    let side = |segment: &Segment<'_>| {
        if segment.from == *client { "client" } else { "server" }
    };
    let first = endings.first().map(|ending| side(ending.fin)).or_else(|| reset.map(side));
    json!({
        "kind": kind,
        "first": first,
        "complete": done.is_some(),
        "steps": steps(&endings, reset, side),
    })
}

fn ending<'a, 's>(stream: &'a Stream<'s>, mine: impl Fn(&Segment<'_>) -> bool) -> Option<Ending<'a, 's>> {
    let fin = stream.segments.iter().find(|segment| mine(segment) && segment.has(FIN) && !segment.has(RST))?;
    let covered_by = stream.segments.iter().find(|s| !mine(s) && s.has(ACK) && !s.has(RST) && acknowledges(s, fin));
    Some(Ending { fin, covered_by })
}

/// Whether a segment acknowledges a FIN. Nothing follows a FIN, so an acknowledgment far beyond it belongs to another connection of
/// the same ports.
fn acknowledges(ack: &Segment<'_>, fin: &Segment<'_>) -> bool {
    ack.has(ACK) && ack.ack.wrapping_sub(fin.end()) < 1 << 16
}

/// Whether `own`'s FIN is the first to acknowledge the peer's.
fn is_fin_ack(own: &Ending<'_, '_>, peer: &Ending<'_, '_>) -> bool {
    peer.covered_by.is_some_and(|segment| segment.frame == own.fin.frame)
}

fn steps<'s>(
    endings: &[Ending<'_, 's>],
    reset: Option<&Segment<'s>>,
    side: impl Fn(&Segment<'_>) -> &'static str,
) -> Vec<Value> {
    let mut steps = Vec::new();
    for (index, ending) in endings.iter().enumerate() {
        let peer = endings.iter().enumerate().find(|(other, _)| *other != index).map(|(_, peer)| peer);
        let name = if peer.is_some_and(|peer| is_fin_ack(ending, peer)) { "fin_ack" } else { "fin" };
        steps.push((ending.fin, name));
        // An acknowledgment that is itself the peer's FIN is that step.
        if let Some(ack) = ending.covered_by.filter(|ack| peer.is_none_or(|peer| peer.fin.frame != ack.frame)) {
            steps.push((ack, "ack"));
        }
    }
    steps.extend(reset.map(|reset| (reset, "rst")));
    steps.sort_by_key(|(segment, _)| segment.frame);
    // One segment can cover more than one thing only if headers are broken; the first name stands.
    steps.dedup_by_key(|(segment, _)| segment.frame);
    let step =
        |(segment, name): &(&Segment<'_>, &str)| json!({ "frame": segment.frame, "from": side(segment), "step": name });
    steps.iter().map(step).collect()
}
