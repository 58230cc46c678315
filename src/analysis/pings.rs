//! Echo requests and their replies.

use std::collections::HashMap;
use std::net::IpAddr;

use super::model::Ping;
use crate::diagnostic::LeftOut;
use crate::packet::{Echo, Icmp, Packet};
use crate::tcp::Moment;

/// A request that waits for its reply.
#[derive(Debug)]
struct Waiting {
    /// Index into [`Pings::found`].
    entry: usize,
    /// Index among that entry's requests.
    request: usize,
    asked: Moment,
}

/// Follows echo requests and replies.
#[derive(Debug)]
pub(super) struct Pings {
    found: Vec<Ping>,
    /// Source, target and identifier of each entry of `found`.
    series: HashMap<(IpAddr, IpAddr, u16), usize>,
    /// The last request without reply of each source, target, identifier and number.
    waiting: HashMap<(IpAddr, IpAddr, u16, u16), Waiting>,
    /// Requests that can still be kept.
    room: usize,
    pub(super) left_out: LeftOut,
}

impl Pings {
    /// Of so many requests at most.
    pub(super) fn new(room: usize) -> Self {
        let (series, waiting) = (HashMap::new(), HashMap::new());
        Self { found: Vec::new(), series, waiting, room, left_out: LeftOut::default() }
    }

    pub(super) fn follow(&mut self, packet: &Packet<'_>, icmp: &Icmp<'_>) {
        let (Some(ip), Some((half, identifier, number))) = (packet.ip(), icmp.echo()) else { return };
        let now = Moment { frame: packet.frame.number, time: packet.frame.time };
        let (source, destination) = (ip.source(), ip.destination());
        match half {
            Echo::Request => self.request(source, destination, identifier, number, now),
            Echo::Reply => self.reply(destination, source, identifier, number, now, ip.ttl()),
        }
    }

    fn request(&mut self, source: IpAddr, target: IpAddr, identifier: u16, number: u16, now: Moment) {
        let Some(room) = self.room.checked_sub(1) else {
            self.left_out.note(now.frame);
            return;
        };
        self.room = room;
        let entry = *self.series.entry((source, target, identifier)).or_insert_with(|| {
            let empty = Ping { target, sent: 0, received: 0, ttl: None, rtts: Vec::new(), frames: Vec::new() };
            self.found.push(empty);
            self.found.len() - 1
        });
        if let Some(ping) = self.found.get_mut(entry) {
            self.waiting.insert(
                (source, target, identifier, number),
                Waiting { entry, request: ping.frames.len(), asked: now },
            );
            ping.sent += 1;
            ping.rtts.push(None);
            ping.frames.push((now.frame, None));
        }
    }

    fn reply(&mut self, source: IpAddr, target: IpAddr, identifier: u16, number: u16, now: Moment, ttl: u8) {
        let Some(Waiting { entry, request, asked }) = self.waiting.remove(&(source, target, identifier, number)) else {
            return;
        };
        let Some(ping) = self.found.get_mut(entry) else { return };
        ping.received += 1;
        ping.ttl.get_or_insert(ttl);
        if let (Some(rtt), Some(frames)) = (ping.rtts.get_mut(request), ping.frames.get_mut(request)) {
            *rtt = now.since(asked);
            frames.1 = Some(now.frame);
        }
    }

    pub(super) fn finish(self) -> Vec<Ping> {
        self.found
    }
}
