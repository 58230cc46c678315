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
    pub name: &'static str,
    file: &'static str,
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

/// All samples: a whole exchange first, then those that lack something, last the ways of recording.
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
    recorded!("interim.pcapng"),
    recorded!("upgrade.pcapng"),
    written!("form.pcap").asked("form.pcap, chosen by host", |request| {
        request.filter = Some((Filter::Host("www.lab.example".to_owned()), "--host www.lab.example".to_owned()));
    }),
    written!("not-modified.pcap"),
    written!("conditional.pcap"),
    written!("head-error.pcap"),
    written!("loss.pcap"),
    recorded!("syn-retransmission.pcapng"),
    written!("window-zero.pcap"),
    recorded!("simultaneous-close.pcapng"),
    recorded!("half-closed.pcapng"),
    recorded!("reset.pcapng"),
    recorded!("refused.pcapng"),
    recorded!("unanswered.pcapng"),
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
    recorded!("snapped.pcap"),
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
    written!("ipv6-cooked.pcap"),
    written!("cooked.pcap"),
    written!("raw-ip.pcap"),
    written!("loopback.pcap"),
    written!("wireless.pcap"),
    written!("ppp.pcap"),
    written!("vlan.pcap"),
    written!("tunnel.pcap"),
];

impl Sample {
    const fn of(file: &'static str, data: &'static [u8]) -> Self {
        Self { name: file, file, data, largest_content: LARGEST_CONTENT, ask: |_| {} }
    }

    /// The same capture under another name, of which more is asked than the lab does.
    const fn asked(self, name: &'static str, ask: fn(&mut Request)) -> Self {
        Self { name, ask, ..self }
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
        self.file
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
