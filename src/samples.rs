//! Small captures in the program whose Reports together hold every finding, everything that can be missing, and the usual ways of
//! recording, so that a lab can be tried before a student does.
//!
//! They are captures and no Reports: what a lab is tried with comes through the same stages as what it is used for.
//! `examples/captures/README.md` says how each was made.

use std::io::{self, Read};

use crate::analysis;
use crate::capture::{LARGEST_CONTENT, Source};
use crate::report::model::{Report, Student};
use crate::report::{self, ReportError, Request};
use crate::select::Filter;

/// A capture, and what is asked of it.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// What it is called in messages; no two samples have the same.
    pub label: &'static str,
    name: &'static str,
    data: &'static [u8],
    largest_content: u64,
    ask: fn(&mut Request),
}

macro_rules! recorded {
    ($file:literal) => {
        Sample::of($file, include_bytes!(concat!("../examples/captures/", $file)))
    };
}

macro_rules! written {
    ($file:literal) => {
        Sample::of($file, include_bytes!(concat!("../examples/captures/samples/", $file)))
    };
}

/// All samples: whole exchanges first, then those that lack something, last the ways of recording.
pub const SAMPLES: &[Sample] = &[
    recorded!("curl-close.pcap").asked("curl-close.pcap, by a named student", |request| {
        let text = |text: &str| Some(text.to_owned());
        request.student = Student { id: text("20240101"), name: text("Lab Student"), class: text("Networks 1") };
    }),
    written!("page.pcap"),
    recorded!("keep-alive.pcapng"),
    recorded!("pipelined.pcapng"),
    recorded!("redirect-cookie.pcapng"),
    recorded!("redirect-cookie.pcapng").asked("redirect-cookie.pcapng, secrets shown", |request| {
        request.show_secrets = true;
    }),
    written!("redirect.pcap"),
    written!("redirect-followed.pcap"),
    written!("redirect-followed.pcap").asked("redirect-followed.pcap, chosen by host", |request| {
        request.filter = Some((Filter::Host("other.lab.example".to_owned()), "--host other.lab.example".to_owned()));
    }),
    recorded!("interim.pcapng"),
    recorded!("upgrade.pcapng"),
    written!("form.pcap"),
    written!("challenge.pcap"),
    written!("unknown-status.pcap"),
    written!("server-failure.pcap"),
    written!("not-modified.pcap"),
    written!("conditional.pcap"),
    written!("head-error.pcap"),
    written!("part.pcap"),
    written!("coded.pcap"),
    written!("coded-well.pcap"),
    written!("cached.pcap"),
    written!("fields.pcap"),
    written!("fields-beside.pcap"),
    written!("odd-fields.pcap"),
    written!("odd-length.pcap"),
    written!("http10.pcap"),
    written!("http10-kept.pcap"),
    written!("proxy-tunnel.pcap"),
    written!("proxy-refusal.pcap"),
    written!("http2-upgrade.pcap"),
    written!("http2-offer.pcap"),
    written!("loss.pcap"),
    recorded!("syn-retransmission.pcapng"),
    written!("window-zero.pcap"),
    written!("options.pcap"),
    written!("many-connections.pcap"),
    written!("near-server.pcap"),
    recorded!("simultaneous-close.pcapng"),
    recorded!("half-closed.pcapng"),
    written!("half-closed-data.pcap"),
    recorded!("reset.pcapng"),
    written!("aborted.pcap"),
    recorded!("refused.pcapng"),
    written!("refused-twice.pcap"),
    recorded!("unanswered.pcapng"),
    written!("unanswered-long.pcap"),
    recorded!("no-handshake.pcapng"),
    written!("no-syn.pcap"),
    written!("no-syn-ack.pcap"),
    written!("no-ack.pcap"),
    recorded!("no-close.pcapng"),
    recorded!("no-response.pcapng"),
    written!("request-only.pcap"),
    written!("response-only.pcap"),
    written!("client-only.pcap"),
    written!("server-only.pcap"),
    written!("data-only.pcap"),
    written!("gap.pcap"),
    written!("icmp-error.pcap"),
    written!("large-segments.pcap"),
    written!("gap-unknown.pcap"),
    recorded!("snapped.pcap"),
    written!("cut-headers.pcap"),
    written!("http09.pcap"),
    written!("http2.pcap"),
    written!("tls-secrets.pcapng"),
    recorded!("ping-only.pcapng"),
    written!("no-frames.pcap"),
    written!("unknown-link.pcap"),
    written!("wireless-encrypted.pcap"),
    written!("damaged.pcap"),
    written!("size-limit.pcap.gz").bounded(600),
    written!("not-unpacked.pcap.zst"),
    recorded!("recorded-twice.pcapng"),
    recorded!("two-interfaces.pcapng").asked("two-interfaces.pcapng, chosen by stream", |request| {
        request.filter = Some((Filter::Stream(0), "--stream 0".to_owned()));
    }),
    written!("wireless-twice.pcap"),
    written!("firewall-twice.pcap"),
    written!("ipv6-cooked.pcap"),
    written!("ipv6-router.pcap"),
    written!("cooked.pcap"),
    written!("raw-ip.pcap"),
    written!("loopback.pcap"),
    written!("one-host.pcap"),
    written!("wireless.pcap"),
    written!("wireless-bridge.pcap"),
    written!("wireless-prism.pcap"),
    written!("wireless-avs.pcap"),
    written!("wireless-ppi.pcap"),
    written!("vlan.pcap"),
    written!("provider-vlan.pcap"),
    written!("snap-8023.pcap"),
    written!("ppp.pcap"),
    written!("ppp-serial.pcap"),
    written!("chdlc.pcap"),
    written!("ipsec-enc.pcap"),
    written!("ipnet.pcap"),
    written!("pktap.pcap"),
    written!("fragments.pcap"),
    written!("tunnel-vxlan.pcap"),
    written!("tunnel-gre.pcap"),
    written!("tunnel-pptp.pcap"),
    written!("tunnel-erspan.pcap"),
    written!("tunnel-geneve.pcap"),
    written!("tunnel-mpls.pcap"),
    written!("tunnel-pseudowire.pcap"),
    written!("tunnel-gtp.pcap"),
    written!("tunnel-teredo.pcap"),
    written!("tunnel-ah.pcap"),
    written!("tunnel-options.pcap"),
    written!("tunnel-nested.pcap"),
];

impl Sample {
    const fn of(name: &'static str, data: &'static [u8]) -> Self {
        Self { label: name, name, data, largest_content: LARGEST_CONTENT, ask: |_| {} }
    }

    /// The same capture under another label, of which more is asked than the lab does.
    const fn asked(self, label: &'static str, ask: fn(&mut Request)) -> Self {
        Self { label, ask, ..self }
    }

    /// The same capture, of which no more than `bytes` are taken out.
    const fn bounded(self, bytes: u64) -> Self {
        Self { largest_content: bytes, ..self }
    }

    /// Its Report for a lab, of which `request` holds preferences, required evidence, hosts and time zone.
    ///
    /// # Errors
    /// Never for a `request` without a filter; what [`analysis::analyse`] and [`report::build`] return is handed on.
    pub fn report(&self, mut request: Request) -> Result<Report, ReportError> {
        (self.ask)(&mut request);
        let survey = analysis::analyse(self, &request.preferences)?;
        report::build(self, &survey, request)
    }
}

impl Source for Sample {
    fn name(&self) -> &str {
        self.name
    }

    fn size(&self) -> u64 {
        self.data.len() as u64
    }

    fn largest_content(&self) -> u64 {
        self.largest_content
    }

    fn open(&self) -> io::Result<Box<dyn Read + '_>> {
        Ok(Box::new(self.data))
    }
}
