//! The Analysis as a Report has it: lists that a reader can use, with how much each leaves out. A capture can hold thousands of
//! connections; a Report names a few, and `wirelab inspect` lists all.

use std::collections::BTreeSet;

use super::Facts;
use super::model::NotListed;
use super::timeline::Plan;
use crate::analysis::model::{Analysis, Name};

/// Connections: more than a class's captures have.
const MAX_CONNECTIONS: usize = 500;
/// Exchanges, and of these those of the chosen connection.
const MAX_EXCHANGES: usize = 1000;
const MAX_ON_CONNECTION: usize = 500;
/// Names, and of these those of the server or of the host asked for.
const MAX_NAMES: usize = 500;
const MAX_NAMES_OF_SERVER: usize = 100;
/// Ping targets; the report shows four.
const MAX_PINGS: usize = 100;
/// TLS connections, orphan responses, interfaces, comments, diagnostics.
const MAX_OTHERS: usize = 500;

/// The Analysis with bounded lists, and what they leave out. What the Report names of the chosen connection and in its timeline is
/// listed in any case.
pub(super) fn analysis(facts: &Facts<'_>, plan: &Plan) -> (Analysis, NotListed) {
    let full = facts.analysis;
    let mut left_out = NotListed::default();
    let mut capture = full.capture.clone();
    left_out.interfaces = cut(&mut capture.interfaces, MAX_OTHERS);
    left_out.comments = cut(&mut capture.comments, MAX_OTHERS);
    let chosen = facts.connection.and_then(|chosen| usize::try_from(chosen.stream).ok());
    let connections = plan.connections().iter().copied().chain(chosen).collect();
    let (connections, count) = listed(&full.connections, connections, MAX_CONNECTIONS);
    left_out.connections = count;
    let (own, more) = exchanges_of_connection(facts);
    left_out.exchanges_of_connection = more;
    let (exchanges, count) =
        listed(&full.exchanges, plan.exchanges().iter().copied().chain(own).collect(), MAX_EXCHANGES);
    left_out.exchanges = count;
    let (own, more) = names_of_server(facts);
    left_out.names_of_server = more;
    let (names, count) = listed(&full.names, own, MAX_NAMES);
    left_out.names = count;
    let (pings, count) = listed(&full.pings, BTreeSet::new(), MAX_PINGS);
    left_out.pings = count;
    let (tls, count) = listed(&full.tls, BTreeSet::new(), MAX_OTHERS);
    left_out.tls = count;
    let (orphan_responses, count) = listed(&full.orphan_responses, BTreeSet::new(), MAX_OTHERS);
    left_out.orphan_responses = count;
    let (diagnostics, count) = listed(&full.diagnostics, BTreeSet::new(), MAX_OTHERS);
    left_out.diagnostics = count;
    let selected = full.selected.clone();
    let schema = full.schema;
    let analysis = Analysis {
        schema,
        capture,
        connections,
        exchanges,
        orphan_responses,
        names,
        pings,
        // Of use to the rules only, which see all of them.
        icmp_errors: Vec::new(),
        tls,
        selected,
        diagnostics,
    };
    (analysis, left_out)
}

/// Cuts a list; how much was left out.
fn cut<T>(list: &mut Vec<T>, most: usize) -> u64 {
    let left_out = list.len().saturating_sub(most);
    list.truncate(most);
    left_out as u64
}

/// The members of a list that are wanted, and the first of the others until there are so many; how many are left out. In order.
fn listed<T: Clone>(full: &[T], mut wanted: BTreeSet<usize>, most: usize) -> (Vec<T>, u64) {
    for at in 0..full.len() {
        if wanted.len() >= most {
            break;
        }
        wanted.insert(at);
    }
    let listed: Vec<T> = wanted.into_iter().filter_map(|at| full.get(at)).cloned().collect();
    let left_out = (full.len() - listed.len()) as u64;
    (listed, left_out)
}

/// Indexes of the first exchanges on the chosen connection and of the chosen one, and how many more there are.
fn exchanges_of_connection(facts: &Facts<'_>) -> (BTreeSet<usize>, u64) {
    let Some(connection) = facts.connection else { return (BTreeSet::new(), 0) };
    let range = facts.analysis.exchange_range(connection.stream);
    let count = range.len();
    let chosen = facts.exchange.and_then(|chosen| usize::try_from(chosen.index).ok()?.checked_sub(1));
    let chosen = chosen.map(|index| range.start + index);
    let own: BTreeSet<usize> = range.take(MAX_ON_CONNECTION).chain(chosen).collect();
    let more = count.saturating_sub(own.len()) as u64;
    (own, more)
}

/// Indexes of the first names of the server or of the host asked for, and how many more there are.
fn names_of_server(facts: &Facts<'_>) -> (BTreeSet<usize>, u64) {
    let server = facts.connection.map(|connection| connection.server.ip);
    let host = facts.exchange.and_then(|exchange| exchange.request.host.as_ref());
    let is_own = |name: &Name| Some(name.address) == server || host == Some(&name.name);
    let all = facts.analysis.names.iter().enumerate();
    let mut own: Vec<usize> = all.filter(|(_, name)| is_own(name)).map(|(at, _)| at).collect();
    let more = cut(&mut own, MAX_NAMES_OF_SERVER);
    (own.into_iter().collect(), more)
}
