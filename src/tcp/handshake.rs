//! SYN, SYN-ACK and ACK of a connection (RFC 9293, 3.5; the contract's *Handshake* paragraph).

use super::{End, Moment, SynOptions};
use crate::analysis::model::{Handshake, SynFacts};
use crate::packet::{Tcp, TcpFlags};

/// Copies of a SYN that are listed; a client gives up long before (Linux after six).
const MAX_SYN_COPIES: usize = 16;
/// Bare acknowledgments remembered before the SYN-ACK: more than frames are ever swapped by.
const MAX_EARLY_ACKS: usize = 8;

#[derive(Debug, Clone, Copy)]
struct Syn {
    moment: Moment,
    end: End,
    facts: SynFacts,
    /// SYN-ACK: its acknowledgment number. SYN: its payload length.
    number: u32,
}

#[derive(Debug, Clone, Copy)]
struct EarlyAck {
    moment: Moment,
    end: End,
    sequence: u32,
    acknowledgment: u32,
}

/// Follows the segments that open a connection.
#[derive(Debug, Default)]
pub(super) struct HandshakeTracker {
    syn: Option<Syn>,
    copies: Vec<Moment>,
    copies_left_out: u32,
    syn_ack: Option<Syn>,
    ack: Option<Moment>,
    early: Vec<EarlyAck>,
}

impl HandshakeTracker {
    pub(super) fn follow(&mut self, end: End, tcp: &Tcp<'_>, now: Moment) {
        let flags = tcp.flags;
        if flags.contains(TcpFlags::RST) {
            return;
        }
        if flags.contains(TcpFlags::SYN_ACK) {
            self.syn_ack(end, tcp, now);
        } else if flags.contains(TcpFlags::SYN) {
            self.syn(end, tcp, now);
        } else if flags.contains(TcpFlags::ACK) && self.ack.is_none() {
            let early = EarlyAck { moment: now, end, sequence: tcp.sequence, acknowledgment: tcp.acknowledgment };
            match self.syn_ack {
                Some(syn_ack) if self.completes(&early, &syn_ack) => self.ack = Some(now),
                None if self.early.len() < MAX_EARLY_ACKS => self.early.push(early),
                Some(_) | None => {}
            }
        }
    }

    fn syn(&mut self, end: End, tcp: &Tcp<'_>, now: Moment) {
        match &self.syn {
            None => {
                let facts = SynOptions::read(tcp).facts(tcp);
                let syn = Syn { moment: now, end, facts, number: tcp.payload_length };
                // A SYN-ACK that was recorded first belongs to it only if it answers it.
                if self.syn_ack.is_some_and(|syn_ack| !answers(&syn_ack, &syn)) {
                    self.syn_ack = None;
                    self.ack = None;
                }
                self.syn = Some(syn);
            }
            Some(first) if first.end == end && first.facts.isn == tcp.sequence => {
                if self.copies.len() < MAX_SYN_COPIES {
                    self.copies.push(now);
                } else {
                    self.copies_left_out = self.copies_left_out.saturating_add(1);
                }
            }
            Some(_) => {}
        }
    }

    fn syn_ack(&mut self, end: End, tcp: &Tcp<'_>, now: Moment) {
        if self.syn_ack.is_some() {
            return;
        }
        let facts = SynOptions::read(tcp).facts(tcp);
        let syn_ack = Syn { moment: now, end, facts, number: tcp.acknowledgment };
        if self.syn.is_some_and(|syn| !answers(&syn_ack, &syn)) {
            return;
        }
        self.ack = self.early.iter().find(|early| self.completes(early, &syn_ack)).map(|early| early.moment);
        self.syn_ack = Some(syn_ack);
    }

    /// Whether the segment is the client's first: next to its SYN, acknowledging the SYN-ACK and no more.
    fn completes(&self, ack: &EarlyAck, syn_ack: &Syn) -> bool {
        let expected = self.syn.map_or(syn_ack.number, |syn| syn.facts.isn.wrapping_add(1));
        ack.end != syn_ack.end && ack.sequence == expected && ack.acknowledgment == syn_ack.facts.isn.wrapping_add(1)
    }

    /// The end that sent the SYN or received the SYN-ACK.
    pub(super) fn client(&self) -> Option<End> {
        self.syn.map(|syn| syn.end).or(self.syn_ack.map(|syn_ack| syn_ack.end.peer()))
    }

    pub(super) fn has_syn(&self) -> bool {
        self.syn.is_some()
    }

    /// Copies of the SYN that are not listed.
    pub(super) fn copies_left_out(&self) -> u32 {
        self.copies_left_out
    }

    pub(super) fn facts(&self) -> Handshake {
        let rtt = || {
            // The last copy before the SYN-ACK may be one that is not listed.
            if self.copies_left_out > 0 {
                return None;
            }
            let (syn, syn_ack, ack) = (self.syn?, self.syn_ack?, self.ack?);
            let last = std::iter::once(syn.moment)
                .chain(self.copies.iter().copied())
                .rfind(|copy| copy.frame < syn_ack.moment.frame)?;
            ack.since(last)
        };
        Handshake {
            syn: self.syn.map(|syn| syn.moment.frame),
            syn_copies: self.copies.iter().map(|copy| copy.frame).collect(),
            syn_ack: self.syn_ack.map(|syn_ack| syn_ack.moment.frame),
            ack: self.ack.map(|ack| ack.frame),
            complete: self.syn.is_some() && self.syn_ack.is_some() && self.ack.is_some(),
            rtt: rtt(),
            client: self.syn.map(|syn| syn.facts),
            server: self.syn_ack.map(|syn_ack| syn_ack.facts),
        }
    }
}

/// Whether the SYN-ACK acknowledges the SYN: ISN + 1, or up to the end of the data in the SYN.
fn answers(syn_ack: &Syn, syn: &Syn) -> bool {
    syn_ack.end != syn.end && syn_ack.number.wrapping_sub(syn.facts.isn.wrapping_add(1)) <= syn.number
}
