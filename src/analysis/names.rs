//! Names that DNS answers gave to addresses.

use std::collections::HashMap;
use std::net::IpAddr;

use foldhash::quality::RandomState;

use super::model::Name;
use crate::diagnostic::{Diagnostic, LeftOut};
use crate::packet::dns::{Data, Message};
use crate::packet::{Packet, Udp};

/// The DNS port.
const PORT: u16 = 53;
/// Queries remembered until their answer comes; a host has a handful under way.
const MAX_QUERIES: usize = 4096;

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
#[derive(Debug)]
pub(super) struct Names {
    /// Frame of each query, and whether it was answered.
    queries: HashMap<Asked, (u64, bool), RandomState>,
    /// How many of them were answered.
    answered: usize,
    pub(super) found: Vec<Name>,
    /// What may be kept of names, in bytes of memory.
    room: usize,
    left_out: LeftOut,
    queries_left_out: LeftOut,
}

impl Names {
    /// Names that take so many bytes of memory.
    pub(super) fn new(room: usize) -> Self {
        Self {
            queries: HashMap::default(),
            answered: 0,
            found: Vec::new(),
            room,
            left_out: LeftOut::default(),
            queries_left_out: LeftOut::default(),
        }
    }

    pub(super) fn left_out(&self) -> impl Iterator<Item = Diagnostic> + use<> {
        let names = self.left_out.diagnostic("dns.too_many_names", "names");
        names.into_iter().chain(self.queries_left_out.diagnostic("dns.too_many_queries", "queries"))
    }

    pub(super) fn follow(&mut self, packet: &Packet<'_>, udp: &Udp<'_>) {
        if udp.source_port != PORT && udp.destination_port != PORT {
            return;
        }
        let (Some(ip), Some(message)) = (packet.ip(), Message::parse(udp.payload)) else { return };
        let frame = packet.frame.number;
        if !message.is_response() {
            if self.queries.len() >= MAX_QUERIES && self.answered > 0 {
                self.queries.retain(|_, (_, answered)| !*answered);
                self.answered = 0;
            }
            let asked = Asked::of((ip.source(), udp.source_port), &message);
            // A query repeated before its answer is a retransmission; after it, another question.
            let repeated = self.queries.get(&asked).is_some_and(|(_, answered)| !answered);
            if repeated {
                return;
            }
            if self.queries.len() >= MAX_QUERIES {
                self.queries_left_out.note(frame);
            } else if let Some((_, true)) = self.queries.insert(asked, (frame, false)) {
                self.answered -= 1;
            }
            return;
        }
        let asked = Asked::of((ip.destination(), udp.destination_port), &message);
        let query_frame = self.queries.get_mut(&asked).map(|(query, answered)| {
            self.answered += usize::from(!std::mem::replace(answered, true));
            *query
        });
        let Some(question) = message.questions.first() else { return };
        let answers = message.records.iter().take(message.answers);
        for record in answers {
            if let Data::Address(address) = record.data {
                // A vector that grows takes twice what is in it.
                let Some(room) = self.room.checked_sub(2 * size_of::<Name>() + question.name.len()) else {
                    self.left_out.note(frame);
                    continue;
                };
                self.room = room;
                let name = question.name.as_slice().into();
                self.found.push(Name { name, address, query_frame, answer_frame: frame });
            }
        }
    }
}
