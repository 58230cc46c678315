//! tshark has two ways to reassemble a byte stream, and where bytes are missing they show different things. A connection is compared with
//! the one that it is nearer to, all of it with the same: nothing is picked field by field.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::time::Duration;

use super::printed::{Fields, Printed};
use super::tshark::{self, COMPARED, Dissection, Reassembly, Row};

/// What tshark shows of a capture, each connection as the setting has it that wirelab is nearer to.
#[derive(Debug)]
pub(crate) struct Chosen {
    pub(crate) dissection: Dissection,
    /// Frames of connections that are compared with tshark's default, as they are in the contract's setting.
    pub(crate) in_order: HashMap<u64, Row>,
}

/// Asks for the second setting only if a connection differs above TCP.
pub(crate) fn choose(capture: &Path, mut dissection: Dissection, printed: &Printed, limit: Duration) -> Chosen {
    let frames: HashMap<u64, &Fields> = printed.frames.iter().map(|(number, fields)| (*number, fields)).collect();
    let none = HashMap::new();
    let counted = differing(&dissection, &frames);
    if counted.is_empty() {
        return Chosen { dissection, in_order: none };
    }
    let Ok(other) = tshark::dissect(capture, Reassembly::Guessing, limit) else {
        return Chosen { dissection, in_order: none };
    };
    let by_default = differing(&other, &frames);
    let nearer: HashSet<u64> = counted
        .iter()
        .filter(|(stream, number)| by_default.get(stream).copied().unwrap_or(0) < **number)
        .map(|(stream, _)| *stream)
        .collect();
    let mut others: HashMap<u64, Row> = other.rows.into_iter().map(|row| (row.number, row)).collect();
    let mut in_order = none;
    for row in &mut dissection.rows {
        let chosen = row.number_of("tcp.stream").is_some_and(|stream| nearer.contains(&stream));
        if let Some(other) = others.remove(&row.number).filter(|_| chosen) {
            in_order.insert(row.number, std::mem::replace(row, other));
        }
    }
    Chosen { dissection, in_order }
}

/// How many values above TCP differ in each stream that has such.
fn differing(dissection: &Dissection, frames: &HashMap<u64, &Fields>) -> HashMap<u64, usize> {
    let mut counted = HashMap::new();
    for row in &dissection.rows {
        let (Some(stream), Some(fields)) = (row.number_of("tcp.stream"), frames.get(&row.number)) else {
            continue;
        };
        let differs = |name: &&&str| fields.get(**name).map_or(&[][..], Vec::as_slice) != row.all(name);
        let number = COMPARED.iter().filter(|name| is_above_tcp(name)).filter(differs).count();
        if number > 0 {
            *counted.entry(stream).or_default() += number;
        }
    }
    counted
}

/// Whether reassembly decides over a field.
fn is_above_tcp(name: &str) -> bool {
    name == "frame.protocols" || ["http.", "tls.", "dns.", "websocket."].iter().any(|start| name.starts_with(start))
}
