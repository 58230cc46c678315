//! Media sessions that SIP announces: a session description (RFC 8866) names the ports on which RTP is expected.

use std::collections::HashMap;
use std::net::IpAddr;

use super::known::{Known, known};
use crate::packet::{Endpoint, Udp};

/// Session descriptions in SIP's bodies, by their type (RFC 3261, 20.15).
const TYPE: &[u8] = b"application/sdp";

/// Endpoints remembered; a call has two, a capture of a telephone exchange hundreds.
const MAX_ENDPOINTS: usize = 4096;

static RTP: Known = known(&["rtp"], "RTP");
static RTP_EVENT: Known = known(&["rtp", "rtpevent"], "RTP EVENT");
static RTCP: Known = known(&["rtcp"], "RTCP");

/// Where media is expected, and which payload types of it are telephone events (RFC 4733).
#[derive(Debug, Default)]
pub(super) struct Sessions(HashMap<Endpoint, Vec<u8>>);

impl Sessions {
    /// What a datagram between two endpoints carries, if one of them was announced.
    pub(super) fn protocol(&self, ends: [Endpoint; 2], udp: &Udp<'_>) -> Option<&'static Known> {
        if self.0.is_empty() {
            return None;
        }
        let &[first, second, ..] = udp.payload else { return None };
        let is_version_2 = first >> 6 == 2;
        let events = |end: &Endpoint| self.0.get(end);
        if let Some(events) = ends.iter().find_map(events).filter(|_| is_version_2) {
            let is_event = events.contains(&(second & 0x7f));
            return Some(if is_event { &RTP_EVENT } else { &RTP });
        }
        // Reports go to the next port (RFC 3550, 11).
        let before = |end: &Endpoint| Some(Endpoint { port: end.port.checked_sub(1)?, ..*end });
        let reports = ends.iter().filter_map(before).any(|end| self.0.contains_key(&end));
        (reports && is_version_2).then_some(&RTCP)
    }

    /// Remembers what a session description in a SIP message announces.
    pub(super) fn learn(&mut self, message: &[u8]) {
        if !describes(message) {
            return;
        }
        let text = String::from_utf8_lossy(message);
        let Some((_, body)) = text.split_once("\r\n\r\n") else { return };
        let mut session = None;
        let mut streams: Vec<(Option<IpAddr>, u16, Vec<u8>)> = Vec::new();
        for line in body.lines() {
            match line.split_at_checked(2) {
                Some(("c=", rest)) => match streams.last_mut() {
                    Some(stream) => stream.0 = address(rest),
                    None => session = address(rest),
                },
                Some(("m=", rest)) => streams.extend(port(rest).map(|port| (session, port, Vec::new()))),
                Some(("a=", rest)) => {
                    if let (Some(stream), Some(number)) = (streams.last_mut(), event(rest)) {
                        stream.2.push(number);
                    }
                }
                _ => {}
            }
        }
        for (address, port, events) in streams {
            if let Some(ip) = address.filter(|_| self.0.len() < MAX_ENDPOINTS) {
                self.0.insert(Endpoint { ip, port }, events);
            }
        }
    }
}

/// Whether a SIP message has a session description for its body.
pub(super) fn describes(message: &[u8]) -> bool {
    message.split(|byte| *byte == b'\n').take_while(|line| !line.trim_ascii().is_empty()).any(|line| {
        let (name, value) = line.split_at(line.iter().position(|byte| *byte == b':').unwrap_or(0));
        // The second is the short form (RFC 3261, 7.3.3).
        let is_type = name.eq_ignore_ascii_case(b"content-type") || name.eq_ignore_ascii_case(b"c");
        is_type && value.windows(TYPE.len()).any(|window| window.eq_ignore_ascii_case(TYPE))
    })
}

/// `IN IP4 192.0.2.1`
fn address(line: &str) -> Option<IpAddr> {
    line.split(' ').nth(2)?.trim().parse().ok()
}

/// The port of `audio 49170 RTP/AVP 0 101`, if it is one for RTP.
fn port(line: &str) -> Option<u16> {
    let mut words = line.split(' ');
    let (port, transport) = (words.nth(1)?, words.next()?);
    if !transport.starts_with("RTP/") {
        return None;
    }
    port.parse().ok().filter(|port| *port != 0)
}

/// The number of `rtpmap:101 telephone-event/8000`.
fn event(line: &str) -> Option<u8> {
    let (number, encoding) = line.strip_prefix("rtpmap:")?.split_once(' ')?;
    encoding.starts_with("telephone-event/").then(|| number.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const INVITE: &[u8] = b"INVITE sip:a@192.0.2.2 SIP/2.0\r\nContent-Type: application/sdp\r\n\r\n\
        v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n";

    fn between(sessions: &Sessions, port: u16, payload: &[u8]) -> Option<&'static [&'static str]> {
        let end = |ip: [u8; 4], port| Endpoint { ip: ip.into(), port };
        let udp =
            Udp { offset: 0, source_port: port, destination_port: 9, length: 0, wire_length: 0, checksum: 0, payload };
        sessions.protocol([end([192, 0, 2, 1], port), end([192, 0, 2, 2], 9)], &udp).map(|known| known.names)
    }

    #[test]
    fn a_description_announces_a_port_and_the_next_one() {
        let mut sessions = Sessions::default();
        assert_eq!(between(&sessions, 4000, &[0x80, 0]), None);
        sessions.learn(INVITE);
        assert_eq!(between(&sessions, 4000, &[0x80, 0]), Some(&["rtp"][..]));
        assert_eq!(between(&sessions, 4000, &[0x80, 101]), Some(&["rtp", "rtpevent"][..]));
        assert_eq!(between(&sessions, 4001, &[0x80, 200]), Some(&["rtcp"][..]));
        assert_eq!(between(&sessions, 4000, b"x"), None);
        assert_eq!(between(&sessions, 4002, &[0x80, 0]), None);
    }

    #[test]
    fn what_is_accepted_is_not_in_the_message() {
        assert!(describes(INVITE));
        assert!(!describes(b"OPTIONS sip:a SIP/2.0\r\nAccept: application/sdp\r\n\r\n"));
    }

    #[test]
    fn a_port_of_zero_refuses_a_stream() {
        assert_eq!(port("audio 0 RTP/AVP 0"), None);
        assert_eq!(port("application 5 UDP/BFCP *"), None);
    }
}
