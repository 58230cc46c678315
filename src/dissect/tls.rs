//! TLS records and handshake messages (RFC 8446, RFC 5246) in the frame where they end.

use super::certificates;
use super::layer::{Layer, ascii};
use super::tree::LayerTree;
use crate::http::HeadPlaces;
use crate::packet::tls::{self, content_type};

/// Handshake messages that are looked into.
const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;

/// Extensions that are looked into (IANA "TLS `ExtensionType` Values").
mod extension {
    pub(super) const SERVER_NAME: u16 = 0;
    pub(super) const APPLICATION_PROTOCOLS: u16 = 16;
    pub(super) const SUPPORTED_VERSIONS: u16 = 43;
}

/// The version as the Analysis names it.
const VERSION_1_3: &str = "TLS 1.3";

/// A record that the second pass put together.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) header: tls::Record,
    /// The header; of an alert all bytes.
    pub(crate) bytes: Vec<u8>,
    pub(crate) places: HeadPlaces,
    /// Whether its content is encrypted.
    pub(crate) encrypted: bool,
    /// Handshake messages that end in it.
    pub(crate) handshakes: Vec<Handshake>,
}

impl Record {
    /// Level and description of an alert in the clear.
    pub(super) fn alert(&self) -> Option<(u8, u8)> {
        match self.bytes.get(tls::Record::HEADER..) {
            Some([level, description]) if !self.encrypted && self.header.content_type == content_type::ALERT => {
                Some((*level, *description))
            }
            _ => None,
        }
    }

    /// What Wireshark names inside the handshake messages that end in it.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.handshakes.iter().flat_map(|message| certificates::in_handshake(&message.bytes))
    }

    /// Whether its first byte lies in an earlier frame.
    pub(super) fn began_before(&self, frame: u64) -> bool {
        self.places.first().is_some_and(|(_, place)| place.frame < frame)
    }
}

/// A handshake message in the clear.
#[derive(Debug, Clone)]
pub(crate) struct Handshake {
    /// Type, length and content.
    pub(crate) bytes: Vec<u8>,
    pub(crate) places: HeadPlaces,
}

impl Handshake {
    /// The message's type.
    pub(crate) fn kind(&self) -> u8 {
        self.bytes.first().copied().unwrap_or_default()
    }
}

/// Fields of the records that end in frame `number`, of a connection that negotiated a version.
pub(super) fn layer(records: &[Record], negotiated: Option<&str>, number: u64) -> LayerTree {
    // From TLS 1.3 on the type in an encrypted record's header is none (RFC 8446, 5.2).
    let hides_types = negotiated == Some(VERSION_1_3);
    let layer = Layer::reassembled("tls", &[], &[], number);
    records.iter().fold(layer, |layer, part| record(layer, part, hides_types)).done()
}

fn record<'a>(layer: Layer<'a>, record: &'a Record, hides_types: bool) -> Layer<'a> {
    let header = record.header;
    let layer = layer.reading(&record.bytes, &record.places);
    if header.version == tls::Record::VERSION_2 {
        return version_2_hello(layer, record);
    }
    let is_hidden = hides_types && header.content_type == content_type::APPLICATION_DATA;
    let type_name = if is_hidden { "tls.record.opaque_type" } else { "tls.record.content_type" };
    let layer = layer
        .field(type_name, header.content_type, 0, 1)
        .field("tls.record.version", format_args!("{:#06x}", header.version), 1, 2)
        .field("tls.record.length", header.length, 3, 2);
    let layer = match record.alert() {
        Some((level, description)) => layer.field("tls.alert_message.level", level, tls::Record::HEADER, 1).field(
            "tls.alert_message.desc",
            description,
            tls::Record::HEADER + 1,
            1,
        ),
        None => layer,
    };
    record.handshakes.iter().fold(layer, handshake)
}

/// The Client Hello of SSL version 2 (RFC 5246, E.2).
fn version_2_hello<'a>(layer: Layer<'a>, record: &Record) -> Layer<'a> {
    let offered = Cursor { bytes: &record.bytes, at: 3 }.u16().unwrap_or_default();
    layer
        .told("tls.record.version", format_args!("{:#06x}", record.header.version))
        .field("tls.record.length", record.header.length, 0, 2)
        .field("tls.handshake.type", CLIENT_HELLO, 2, 1)
        .field("tls.handshake.version", format_args!("{offered:#06x}"), 3, 2)
}

fn handshake<'a>(layer: Layer<'a>, message: &'a Handshake) -> Layer<'a> {
    let layer = layer.reading(&message.bytes, &message.places).field("tls.handshake.type", message.kind(), 0, 1).field(
        "tls.handshake.length",
        message.bytes.len().saturating_sub(4),
        1,
        3,
    );
    match message.kind() {
        CLIENT_HELLO | SERVER_HELLO => hello(layer, message),
        _ => layer,
    }
}

fn hello<'a>(layer: Layer<'a>, message: &Handshake) -> Layer<'a> {
    let mut cursor = Cursor { bytes: &message.bytes, at: 4 };
    let Some(version) = cursor.u16() else { return layer };
    let layer =
        layer.field("tls.handshake.version", format_args!("{version:#06x}"), 4, 2).bytes("tls.handshake.random", 6, 32);
    cursor.at += 32;
    let Some(session) = cursor.u8() else { return layer };
    cursor.at += session;
    if message.kind() == SERVER_HELLO {
        let at = cursor.at;
        let Some(suite) = cursor.u16() else { return layer };
        let layer = layer.field("tls.handshake.ciphersuite", format_args!("{suite:#06x}"), at, 2);
        cursor.at += 1;
        return extensions(layer, cursor, true);
    }
    let Some(length) = cursor.u16() else { return layer };
    let end = cursor.at + usize::from(length);
    let mut layer = layer;
    while let (at, Some(suite)) = (cursor.at, cursor.u16().filter(|_| cursor.at <= end)) {
        layer = layer.field("tls.handshake.ciphersuite", format_args!("{suite:#06x}"), at, 2);
    }
    cursor.at = end;
    let Some(methods) = cursor.u8() else { return layer };
    cursor.at += methods;
    extensions(layer, cursor, false)
}

fn extensions<'a>(mut layer: Layer<'a>, mut cursor: Cursor<'_>, of_server: bool) -> Layer<'a> {
    if cursor.u16().is_none() {
        return layer;
    }
    while let (at, Some(kind), Some(length)) = (cursor.at, cursor.u16(), cursor.u16()) {
        layer = layer.field("tls.handshake.extension.type", kind, at, 2);
        let end = cursor.at + usize::from(length);
        let content = Cursor { bytes: cursor.bytes.get(..end).unwrap_or(cursor.bytes), at: cursor.at };
        layer = extension_fields(layer, kind, content, of_server);
        cursor.at = end;
    }
    layer
}

fn extension_fields<'a>(layer: Layer<'a>, kind: u16, mut content: Cursor<'_>, of_server: bool) -> Layer<'a> {
    match kind {
        extension::SERVER_NAME => {
            content.at += 3;
            let Some(length) = content.u16() else { return layer };
            let at = content.at;
            let name = content.take(length.into());
            layer.text("tls.handshake.extensions_server_name", ascii(name), at, name.len())
        }
        extension::APPLICATION_PROTOCOLS => {
            content.at += 2;
            let mut layer = layer;
            while let Some(length) = content.u8() {
                let at = content.at;
                let name = content.take(length);
                layer = layer.text("tls.handshake.extensions_alpn_str", ascii(name), at, name.len());
            }
            layer
        }
        extension::SUPPORTED_VERSIONS => {
            content.at += usize::from(!of_server);
            let mut layer = layer;
            while let (at, Some(version)) = (content.at, content.u16()) {
                let value = format_args!("{version:#06x}").to_string();
                layer = layer.field("tls.handshake.extensions.supported_version", value, at, 2);
            }
            layer
        }
        _ => layer,
    }
}

/// A position in a message that moves on as numbers are read.
#[derive(Debug, Clone, Copy)]
struct Cursor<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Cursor<'b> {
    fn u8(&mut self) -> Option<usize> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte.into())
    }

    fn u16(&mut self) -> Option<u16> {
        let bytes = *self.bytes.get(self.at..)?.first_chunk()?;
        self.at += 2;
        Some(u16::from_be_bytes(bytes))
    }

    /// The next `length` bytes, or as many as there are.
    fn take(&mut self, length: usize) -> &'b [u8] {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        self.at = self.at.saturating_add(length);
        rest.get(..length).unwrap_or(rest)
    }
}
