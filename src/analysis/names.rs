//! Names that DNS answers gave to addresses.

use std::collections::HashMap;
use std::net::IpAddr;

use super::model::Name;
use crate::packet::dns::{Data, Message};
use crate::packet::{Packet, Udp};

/// The DNS port.
const PORT: u16 = 53;
/// Queries remembered until their answer comes; a host has a handful under way.
const MAX_QUERIES: usize = 4096;
/// Names kept; a capture of one lab has hundreds.
const MAX_NAMES: usize = 65_536;

/// What an answer shares with its query: a resolver may ask two questions from one port under one identifier.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Asked {
    by: (IpAddr, u16),
    identifier: u16,
    question: Option<(Vec<u8>, u16)>,
}

impl Asked {
    fn of(by: (IpAddr, u16), message: &Message) -> Self {
        let question = message.questions.first().map(|question| (question.name.to_ascii_lowercase(), question.kind));
        Self { by, identifier: message.id, question }
    }
}

/// Follows DNS queries and answers.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Frame of each query, and whether it was answered.
    queries: HashMap<Asked, (u64, bool)>,
    pub(super) found: Vec<Name>,
}

impl Names {
    pub(super) fn follow(&mut self, packet: &Packet<'_>, udp: &Udp<'_>) {
        if udp.source_port != PORT && udp.destination_port != PORT {
            return;
        }
        let (Some(ip), Some(message)) = (packet.ip(), Message::parse(udp.payload)) else { return };
        let frame = packet.frame.number;
        if !message.is_response() {
            if self.queries.len() >= MAX_QUERIES {
                self.queries.retain(|_, (_, answered)| !*answered);
            }
            let asked = Asked::of((ip.source(), udp.source_port), &message);
            // A query repeated before its answer is a retransmission; after it, another question.
            let repeated = self.queries.get(&asked).is_some_and(|(_, answered)| !answered);
            if !repeated && self.queries.len() < MAX_QUERIES {
                self.queries.insert(asked, (frame, false));
            }
            return;
        }
        let asked = Asked::of((ip.destination(), udp.destination_port), &message);
        let query_frame = self.queries.get_mut(&asked).map(|(query, answered)| {
            *answered = true;
            *query
        });
        let Some(question) = message.questions.first() else { return };
        let answers = message.records.iter().take(message.answers);
        for record in answers {
            if let Data::Address(address) = record.data
                && self.found.len() < MAX_NAMES
            {
                let name = question.name.as_slice().into();
                self.found.push(Name { name, address, query_frame, answer_frame: frame });
            }
        }
    }
}
