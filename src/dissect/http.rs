//! HTTP/1.x (RFC 9112): a message in the frame that completes it.

use super::http_body;
use super::http_media::Media;
use super::layer::{Layer, ascii, utf8};
use super::pairing::{self, Pairing};
use super::tree::LayerTree;
use crate::analysis::model::Analysis;
use crate::http::head::Head;
use crate::http::{HeadPlaces, MessageId, MessageKind, read_length};
use crate::packet::{Packet, Udp};
use crate::tcp::Carried;

/// A message that the second pass put together.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) id: MessageId,
    pub(crate) head: Vec<u8>,
    pub(crate) places: HeadPlaces,
    pub(crate) body: Body,
}

/// A message's body as transferred, chunk framing removed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Body {
    /// Its bytes, as far as they were kept.
    pub(crate) bytes: Vec<u8>,
    /// Bytes seen of it.
    pub(crate) length: u64,
    /// Where the first one was captured.
    pub(crate) first: Option<Carried>,
}

impl Body {
    /// All bytes; `None` if not all were kept.
    pub(crate) fn whole(&self) -> Option<&[u8]> {
        (self.bytes.len() as u64 == self.length).then_some(self.bytes.as_slice())
    }
}

/// Fields with names of their own: field name in lower case, and Wireshark's.
const KNOWN_FIELDS: &[(&str, &str)] = &[
    ("accept", "http.accept"),
    ("accept-encoding", "http.accept_encoding"),
    ("accept-language", "http.accept_language"),
    ("authorization", "http.authorization"),
    ("cache-control", "http.cache_control"),
    ("connection", "http.connection"),
    ("content-encoding", "http.content_encoding"),
    ("content-length", "http.content_length_header"),
    ("content-type", "http.content_type"),
    ("cookie", "http.cookie"),
    ("date", "http.date"),
    ("host", "http.host"),
    ("http2-settings", "http.http2_settings"),
    ("last-modified", "http.last_modified"),
    ("location", "http.location"),
    ("proxy-authenticate", "http.proxy_authenticate"),
    ("proxy-authorization", "http.proxy_authorization"),
    ("referer", "http.referer"),
    ("sec-websocket-accept", "http.sec_websocket_accept"),
    ("sec-websocket-extensions", "http.sec_websocket_extensions"),
    ("sec-websocket-key", "http.sec_websocket_key"),
    ("sec-websocket-protocol", "http.sec_websocket_protocol"),
    ("sec-websocket-version", "http.sec_websocket_version"),
    ("server", "http.server"),
    ("set-cookie", "http.set_cookie"),
    ("transfer-encoding", "http.transfer_encoding"),
    ("upgrade", "http.upgrade"),
    ("user-agent", "http.user_agent"),
    ("www-authenticate", "http.www_authenticate"),
    ("x-forwarded-for", "http.x_forwarded_for"),
];

/// Fields of a message that frame `number` completes, or of what there is of it.
pub(crate) fn layer(message: &Message, analysis: &Analysis, number: u64) -> LayerTree {
    let layer = Layer::reassembled("http", &message.head, &message.places, number);
    let Some(head) = Head::parse(&message.head) else {
        return layer.done();
    };
    let pairing = pairing::of(analysis, message.id);
    if message.id.kind == MessageKind::Request {
        request_head(layer, &head, &message.head).with(|layer| request_numbers(layer, &pairing))
    } else {
        response_head(layer, &head, &message.head).with(|layer| response_numbers(layer, &pairing))
    }
    .with(|layer| http_body::fields(layer, &head, &message.body))
    .done()
}

/// Fields of a message that is a datagram (SSDP): the same head, numbered with no other and paired with none. `None` if it has no head.
pub(super) fn in_datagram(protocol: &'static str, packet: &Packet<'_>, udp: &Udp<'_>) -> Option<LayerTree> {
    let head = Head::parse(udp.payload)?;
    let layer = Layer::new(protocol, packet.bytes, packet.offset_of(udp.payload));
    let fields = if udp.payload.starts_with(b"HTTP/") { response_head } else { request_head };
    Some(fields(layer, &head, udp.payload).done())
}

fn request_head<'a>(layer: Layer<'a>, head: &Head<'_>, bytes: &[u8]) -> Layer<'a> {
    let target = RequestLine::split(start_line(bytes));
    let line_name = Some("http.request.line").filter(|_| !pairing::is_notification(target.method));
    layer.with(|layer| target.fields(layer)).with(|layer| header_fields(layer, head, bytes, line_name)).with(|layer| {
        match host(head) {
            Some(host) => {
                let uri = pairing::join(host, target.uri.0, target.method);
                layer.generated_text("http.request.full_uri", utf8(uri.as_bytes()))
            }
            None => layer,
        }
    })
}

fn response_head<'a>(layer: Layer<'a>, head: &Head<'_>, bytes: &[u8]) -> Layer<'a> {
    layer
        .with(|layer| status_line(layer, start_line(bytes)))
        .with(|layer| header_fields(layer, head, bytes, Some("http.response.line")))
}

fn request_numbers<'a>(layer: Layer<'a>, pairing: &Pairing) -> Layer<'a> {
    layer
        .generated_if("http.request_number", Some(pairing.number).filter(|number| *number > 0))
        .generated_if("http.prev_request_in", pairing.previous_request)
        .generated_if("http.response_in", pairing.partner)
        .generated_if("http.next_request_in", pairing.next_request)
}

fn response_numbers<'a>(layer: Layer<'a>, pairing: &Pairing) -> Layer<'a> {
    let layer = layer
        .generated_if("http.response_number", Some(pairing.number).filter(|number| *number > 0))
        .generated_if("http.time", pairing.time)
        .generated_if("http.prev_request_in", pairing.previous_request)
        .generated_if("http.prev_response_in", pairing.previous_response)
        .generated_if("http.request_in", pairing.partner)
        .generated_if("http.next_request_in", pairing.next_request)
        .generated_if("http.next_response_in", pairing.next_response);
    match &pairing.uri {
        Some(uri) => layer.generated_text("http.response_for.uri", utf8(uri.as_bytes())),
        None => layer,
    }
}

/// The first line without its line end.
fn start_line(head: &[u8]) -> &[u8] {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The last Host field, as Wireshark takes it.
fn host<'a>(head: &'a Head<'_>) -> Option<&'a [u8]> {
    head.fields.iter().rev().find(|field| field.is("host")).map(|field| &*field.value)
}

/// The parts of a request line as Wireshark cuts it: at the first space and the next, each with its position.
struct RequestLine<'a> {
    method: &'a [u8],
    uri: (&'a [u8], usize),
    version: (&'a [u8], usize),
}

impl<'a> RequestLine<'a> {
    fn split(line: &'a [u8]) -> Self {
        let (method, mut at) = token(line, 0);
        // Two spaces in a row: the URI between them is empty.
        if line.get(method.len()..at).is_some_and(|spaces| spaces.len() > 1) {
            at -= 1;
        }
        let (uri, version_at) = token(line, at);
        Self { method, uri: (uri, at), version: (line.get(version_at..).unwrap_or_default(), version_at) }
    }

    fn fields<'l>(&self, layer: Layer<'l>) -> Layer<'l> {
        let (uri, at) = self.uri;
        let (version, version_at) = self.version;
        layer
            .text("http.request.method", ascii(self.method), 0, self.method.len())
            .text("http.request.uri", ascii(uri), at, uri.len())
            .with(|layer| query(layer, uri, at))
            .text("http.request.version", ascii(version), version_at, version.len())
    }
}

/// Path, query and its parameters, of a URI that has a query.
fn query<'a>(layer: Layer<'a>, uri: &[u8], at: usize) -> Layer<'a> {
    let Some(mark) = uri.iter().position(|byte| *byte == b'?') else {
        return layer;
    };
    let (path, query) = (uri.get(..mark).unwrap_or_default(), uri.get(mark + 1..).unwrap_or_default());
    if query.is_empty() {
        return layer;
    }
    let layer = layer.text("http.request.uri.path", ascii(path), at, path.len()).text(
        "http.request.uri.query",
        ascii(query),
        at + mark + 1,
        query.len(),
    );
    let parameters = query.split(|byte| *byte == b'&').scan(at + mark + 1, |at, parameter| {
        let start = *at;
        *at += parameter.len() + 1;
        Some((start, parameter))
    });
    parameters.filter(|(_, parameter)| !parameter.is_empty()).fold(layer, |layer, (at, parameter)| {
        layer.text("http.request.uri.query.parameter", ascii(parameter), at, parameter.len())
    })
}

/// The token at `at`, and the position behind the spaces that follow it.
fn token(line: &[u8], at: usize) -> (&[u8], usize) {
    let rest = line.get(at..).unwrap_or_default();
    let length = rest.iter().position(|byte| *byte == b' ').unwrap_or(rest.len());
    let (token, behind) = rest.split_at_checked(length).unwrap_or_default();
    let spaces = behind.iter().take_while(|byte| **byte == b' ').count();
    (token, at + length + spaces)
}

fn status_line<'a>(layer: Layer<'a>, line: &[u8]) -> Layer<'a> {
    let (version, code_at) = token(line, 0);
    let (code, phrase_at) = token(line, code_at);
    let layer = layer.text("http.response.version", ascii(version), 0, version.len());
    let Some(digits) = code.get(..3) else {
        return layer;
    };
    let status =
        digits.iter().map_while(|digit| char::from(*digit).to_digit(10)).fold(0, |status, digit| status * 10 + digit);
    let layer = layer
        .field("http.response.code", status, code_at, 3)
        .generated("http.response.code.desc", super::http_status::description(status));
    let phrase = line.get(phrase_at..).unwrap_or_default();
    if phrase.is_empty() { layer } else { layer.text("http.response.phrase", ascii(phrase), phrase_at, phrase.len()) }
}

/// All field lines in order: each by its own name, where Wireshark has one, and as a whole line under `line_name`.
fn header_fields<'a>(layer: Layer<'a>, head: &Head<'_>, bytes: &[u8], line_name: Option<&'static str>) -> Layer<'a> {
    head.fields.iter().fold(layer, |layer, field| {
        let (at, length) = (field.line.start, field.line.len());
        let line = bytes.get(field.line.clone()).unwrap_or_default();
        let whole_line = |layer: Layer<'a>| match line_name {
            Some(name) => layer.text(name, ascii(line), at, length),
            None => layer,
        };
        // A blank before the colon makes it no field name (RFC 9112, 5.1).
        if line.get(field.name.len()) != Some(&b':') {
            return whole_line(layer);
        }
        let lower = field.name.to_ascii_lowercase();
        let layer = match KNOWN_FIELDS.iter().find(|(name, _)| name.as_bytes() == lower) {
            Some((_, name)) => whole_line(layer.text(name, ascii(&field.value), at, length)),
            None => whole_line(layer),
        };
        match lower.as_slice() {
            b"cookie" => cookie_pairs(layer, line, at),
            b"content-length" => layer.generated_if("http.content_length", read_length(field.trimmed())),
            _ => layer,
        }
    })
}

/// The pairs of a Cookie line (RFC 6265, 4.2.1) that stands at `at`.
fn cookie_pairs<'a>(layer: Layer<'a>, line: &[u8], at: usize) -> Layer<'a> {
    let start = line.iter().position(|byte| *byte == b':').map_or(0, |colon| colon + 1);
    let end = line.trim_ascii_end().len();
    let pairs = line.get(start..end).unwrap_or_default().split(|byte| *byte == b';').scan(at + start, |at, pair| {
        let position = *at + (pair.len() - pair.trim_ascii_start().len());
        *at += pair.len() + 1;
        Some((position, pair.trim_ascii_start()))
    });
    pairs
        .filter(|(_, pair)| !pair.is_empty())
        .fold(layer, |layer, (at, pair)| layer.text("http.cookie_pair", ascii(pair), at, pair.len()))
}

/// The Info column: the start line, and what Wireshark takes the body for.
pub(super) fn info(message: &Message) -> Vec<u8> {
    [start_line(&message.head), b" ", Media::of(message).note.as_bytes()].concat()
}
