//! `icmp_error` [groups, `groups_left_out`, `went_on`]: ICMP errors (RFC 792, RFC 4443) say that segments of the connection did not arrive.
//!
//! `groups`: errors of one meaning from one address, with meaning, type, code, v6, reporter, role, mtu, frames, count, side, sequence, segments.
//! `meaning`: what type and code say, as in `icmp_meanings` of the wording. `role`: who the reporter is, `destination`
//! (where the segment was to go), `source` (its sender's own address) or `other`. `sequence`: of the first quoted segment, raw; `segments`: frames that
//! may be it, by side, number, IP identification and length. `went_on`: the first frame of the same side with
//! payload after the last error; `null` if there is none.
//! Frames: the first errors of each group, and the segments that the first quotes.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::{Rank, Rule, Tone};
use crate::analysis::model::{Connection, IcmpError, Side};
use crate::report::Facts;
use crate::report::model::Finding;

pub(super) const RULE: Rule = Rule { rank: Rank::Trouble, tone: Tone::Problem, find };

/// Groups that are worded; the routers of a path that a program probes are some dozens.
const MAX_GROUPS: usize = 6;
/// Errors of a group that are named.
const MAX_NAMED: usize = 12;
/// Segments that are named as the one which may be quoted.
const MAX_SEGMENTS: usize = 4;

/// Errors of one meaning from one address about segments of one side.
struct Group<'a> {
    first: &'a IcmpError,
    frames: Vec<u64>,
    count: usize,
}

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let connection = facts.connection?;
    let errors = || facts.analysis.icmp_errors.iter().filter(|error| error.stream == connection.stream);
    let last = errors().next_back()?;
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut left_out = 0_u64;
    for error in errors() {
        let full = groups.len() >= MAX_GROUPS;
        match groups.iter_mut().find(|group| key(group.first) == key(error)) {
            Some(group) => {
                group.count += 1;
                if group.frames.len() < MAX_NAMED {
                    group.frames.push(error.frame);
                }
            }
            None if full => left_out += 1,
            None => groups.push(Group { first: error, frames: vec![error.frame], count: 1 }),
        }
    }
    let mut frames = Vec::new();
    let mut worded = Vec::new();
    for group in groups {
        let segments = segments(facts, connection, group.first);
        worded.push(facts_of(&group, connection, &segments));
        frames.extend(segments.into_iter().chain(group.frames));
    }
    frames.sort_unstable();
    frames.dedup();
    let from = side(connection, last);
    let mut later = facts.evidence.segments.list.iter().skip_while(|segment| segment.frame < last.frame);
    let went_on = later.find(|segment| segment.from == from && segment.len > 0 && facts.has_row(segment.frame));
    let finding = Finding::new("icmp_error", frames)
        .with("groups", worded)
        .with("groups_left_out", left_out)
        .with("went_on", went_on.map_or(Value::Null, |segment| segment.frame.into()));
    Some(finding)
}

fn key(error: &IcmpError) -> (IpAddr, u8, u8, IpAddr, u16) {
    (error.reporter, error.kind, error.code, error.quoted.source.ip, error.quoted.source.port)
}

fn side(connection: &Connection, error: &IcmpError) -> Side {
    if error.quoted.source == connection.client { Side::Client } else { Side::Server }
}

fn facts_of(group: &Group<'_>, connection: &Connection, segments: &[u64]) -> Value {
    let error = group.first;
    let role = match error.reporter {
        address if address == error.quoted.destination.ip => "destination",
        address if address == error.quoted.source.ip => "source",
        _ => "other",
    };
    json!({
        "meaning": meaning(error),
        "v6": error.v6,
        "type": error.kind,
        "code": error.code,
        "reporter": error.reporter.to_string(),
        "role": role,
        "mtu": error.mtu,
        "frames": group.frames,
        "count": group.count,
        "side": side(connection, error).name(),
        "sequence": error.quoted.sequence,
        "segments": segments,
    })
}

/// What type and code say (IANA "ICMP Parameters", "`ICMPv6` Parameters").
fn meaning(error: &IcmpError) -> &'static str {
    match (error.v6, error.kind, error.code) {
        (false, 3, 0 | 6 | 11) | (true, 1, 0) => "network_unreachable",
        (false, 3, 1 | 7 | 12) | (true, 1, 3) => "host_unreachable",
        (false, 3, 2) => "protocol_unreachable",
        (false, 3, 3) | (true, 1, 4) => "port_unreachable",
        (false, 3, 4) | (true, 2, _) => "too_big",
        (false, 3, 9 | 10 | 13) | (true, 1, 1 | 5 | 6) => "prohibited",
        (false, 3, _) | (true, 1, _) => "unreachable",
        (false, 11, 0) | (true, 3, 0) => "hop_limit",
        (false, 11, 1) | (true, 3, 1) => "reassembly_time",
        _ => "other",
    }
}

/// Frames of the connection before the error that may hold the segment which it quotes, the latest first: those of its sequence number,
/// identification and length. None are named if one of them has no row, or there are too many.
fn segments(facts: &Facts<'_>, connection: &Connection, error: &IcmpError) -> Vec<u64> {
    let (side, quoted) = (side(connection, error), &error.quoted);
    let earlier = facts.evidence.segments.list.iter().rev().filter(|segment| {
        segment.frame < error.frame
            && segment.from == side
            && segment.seq_raw == quoted.sequence
            && segment.identification == quoted.identification
            && segment.length == quoted.length
            && !segment.is_copy()
    });
    let frames: Vec<u64> = earlier.map(|segment| segment.frame).take(MAX_SEGMENTS + 1).collect();
    let are_shown = frames.len() <= MAX_SEGMENTS && frames.iter().all(|frame| facts.has_row(*frame));
    if are_shown { frames } else { Vec::new() }
}
