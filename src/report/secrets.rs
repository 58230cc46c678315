//! Values that a report must not pass on: cookies, credentials, passwords.

use std::collections::BTreeMap;

use super::model::{FrameFacts, Report};
use super::{bodies, queries};
use crate::dissect::{Field, LayerTree};
use crate::text::Text;

/// Header fields whose values are masked, lower case.
const SECRET_HEADERS: &[&str] = &["cookie", "set-cookie", "authorization", "proxy-authorization"];
/// Wireshark's names of fields that hold such values.
const SECRET_FIELDS: &[&str] = &[
    "http.cookie",
    "http.cookie_pair",
    "http.set_cookie",
    "http.authorization",
    "http.authbasic",
    "http.proxy_authorization",
    "http.proxy_authbasic",
];
/// Names of form fields that hold a password, lower case.
const PASSWORD_NAMES: &[&str] = &["pass", "passphrase", "passwort"];
/// How other names of such fields end, lower case.
const PASSWORD_ENDS: &[&str] = &["password", "passwd", "pwd"];

/// Whether a field of that name holds a password: `pwd`, `newPassword`, `user[password]`.
pub(super) fn is_password(name: &str) -> bool {
    let name = name.trim().trim_end_matches([']', '"', '\'']).to_ascii_lowercase();
    let name = name.strip_suffix("%5d").unwrap_or(&name);
    PASSWORD_NAMES.contains(&name) || PASSWORD_ENDS.iter().any(|end| name.ends_with(end))
}

/// What stands in place of a masked value.
pub(super) const MASK: &str = "••••••";

/// Masks all secrets of a Report.
pub(super) fn mask(report: &mut Report) {
    let messages = report.exchange.as_ref().map(|exchange| {
        let response = exchange.response.as_ref();
        let request = exchange.request.frame.unwrap_or(exchange.request.first_frame);
        (Some(request), response.map(|response| response.frame.unwrap_or(response.first_frame)))
    });
    let (request, response) = messages.unwrap_or_default();
    for (layer, own) in [(&mut report.request, request), (&mut report.response, response)] {
        let masked = layer.as_mut().map(mask_layer).unwrap_or_default();
        for (frame, offset, length) in masked.places {
            if let Some(frame) = frame.or(own) {
                hide_in_frames(&mut report.frames, frame, offset, length);
            }
        }
        if masked.elsewhere
            && let Some(part) = layer.as_ref().and_then(|layer| Body::of(layer, own))
        {
            part.hide(&mut report.frames);
        }
    }
    for (layer, body) in [(&report.request, &mut report.request_body), (&report.response, &mut report.response_body)] {
        let text = body.as_mut().and_then(|body| body.text.as_mut());
        if let (Some(layer), Some(text)) = (layer, text)
            && let Some(masked) = bodies::mask(&text.excerpt, &content_type(layer))
        {
            text.excerpt = masked;
        }
    }
    for frame in report.frames.values_mut() {
        mask_frame(frame);
    }
    queries::mask(report);
    for masked in report.findings.iter_mut().filter_map(|finding| finding.params.get_mut("masked")) {
        *masked = true.into();
    }
}

fn mask_frame(frame: &mut FrameFacts) {
    let mut spans = Vec::new();
    for layer in &mut frame.layers {
        spans.extend(mask_layer(layer).places);
    }
    if !spans.is_empty() {
        hide_fragment(frame);
    }
    for (_, offset, length) in spans.into_iter().filter(|(elsewhere, ..)| elsewhere.is_none()) {
        hide_in_frame(frame, offset, length);
    }
}

/// Length of IPv6's fragment header (RFC 8200, 4.5).
const FRAGMENT_HEADER: usize = 8;

/// Hides all that a frame holds of a datagram in fragments, whose messages cannot be found in its bytes.
fn hide_fragment(frame: &mut FrameFacts) {
    let is_count = |field: &Field| matches!(field.name, "ip.fragment.count" | "ipv6.fragment.count");
    let Some(layer) = frame.layers.iter().find(|layer| layer.fields.iter().any(is_count)) else { return };
    let header = layer.fields.iter().find(|field| field.name == "ip.hdr_len").map(|field| field.value.lossy().parse());
    let Some(start) = layer.fields.iter().find_map(|field| field.offset) else { return };
    let start = start + header.and_then(Result::ok).unwrap_or(FRAGMENT_HEADER);
    let captured = usize::try_from(frame.captured).unwrap_or(usize::MAX);
    hide_in_frame(frame, start, captured.saturating_sub(start));
}

/// Hides what a message holds from `offset` of a frame on, and its rest in the segments of the same sender that follow.
fn hide_in_frames(frames: &mut BTreeMap<u64, FrameFacts>, first: u64, offset: usize, length: usize) {
    let Some((from, stream)) = frames.get(&first).map(|frame| (frame.from, frame.stream)) else { return };
    let (mut offset, mut left) = (offset, length);
    for frame in frames.range_mut(first..).map(|(_, frame)| frame) {
        if left == 0 {
            break;
        }
        if frame.from != from || frame.stream != stream {
            continue;
        }
        if frame.number != first {
            let Some(start) = payload_start(frame) else { continue };
            offset = start;
        }
        let here = usize::try_from(frame.captured).unwrap_or(usize::MAX).saturating_sub(offset).min(left);
        hide_in_frame(frame, offset, here);
        left -= here;
    }
}

/// Where the payload of a segment begins.
fn payload_start(frame: &FrameFacts) -> Option<usize> {
    let tcp = frame.layers.iter().find(|layer| layer.protocol == "tcp")?;
    let header = tcp.fields.iter().find(|field| field.name == "tcp.srcport" && field.frame.is_none())?.offset?;
    let length = tcp.fields.iter().find(|field| field.name == "tcp.hdr_len")?;
    Some(header + length.value.lossy().parse::<usize>().ok()?)
}

fn hide_in_frame(frame: &mut FrameFacts, offset: usize, length: usize) {
    if let Some(bytes) = &mut frame.bytes {
        hide_bytes(bytes, offset, length);
    }
    for field in frame.layers.iter_mut().flat_map(|layer| &mut layer.fields) {
        hide_in_payload(field, offset, length);
    }
}

/// What was masked of a layer.
#[derive(Debug, Default)]
struct Masked {
    /// The frame, when it is another one than the layer's, offset and length.
    places: Vec<(Option<u64>, usize, usize)>,
    /// Whether the body was masked that lies in no frame as it is shown: it came in chunks, or was coded.
    elsewhere: bool,
}

/// The Content-Type of a message; empty if it has none.
fn content_type(layer: &LayerTree) -> String {
    let field = layer.fields.iter().find(|field| field.name == "http.content_type");
    field.map(|field| field.value.lossy().into_owned()).unwrap_or_default()
}

/// Masks the fields of a layer.
fn mask_layer(layer: &mut LayerTree) -> Masked {
    let mut all = Masked::default();
    let content_type = content_type(layer);
    for field in &mut layer.fields {
        if let Some(masked) = masked(field, &content_type) {
            field.value = Text::from(masked);
            field.raw = None;
            match field.offset {
                Some(offset) => all.places.push((field.frame, offset, field.length)),
                None => all.elsewhere |= field.name == "http.file_data",
            }
        }
    }
    all
}

/// The frames that carry a message's body as transferred.
struct Body {
    /// The frame where the last header line ends, and that place.
    head_end: (u64, usize),
    /// The frame that completes the message.
    last: u64,
}

impl Body {
    /// Of a message's layer in frame `own`.
    fn of(layer: &LayerTree, own: Option<u64>) -> Option<Self> {
        let last = own?;
        let lines = layer.fields.iter().filter(|field| field.name.ends_with(".line"));
        let end = |field: &Field| Some((field.frame.unwrap_or(last), field.offset? + field.length));
        Some(Self { head_end: lines.filter_map(end).max()?, last })
    }

    /// Hides all payload behind the header.
    fn hide(&self, frames: &mut BTreeMap<u64, FrameFacts>) {
        let (first, head_end) = self.head_end;
        let Some((from, stream)) = frames.get(&first).map(|frame| (frame.from, frame.stream)) else { return };
        for frame in frames.range_mut(first..=self.last.max(first)).map(|(_, frame)| frame) {
            if frame.from == from && frame.stream == stream {
                let start = if frame.number == first { Some(head_end) } else { payload_start(frame) };
                let captured = usize::try_from(frame.captured).unwrap_or(usize::MAX);
                if let Some(start) = start {
                    hide_in_frame(frame, start, captured.saturating_sub(start));
                }
            }
        }
    }
}

/// The value with its secrets masked, if it has any.
fn masked(field: &Field, content_type: &str) -> Option<String> {
    let value = field.value.lossy();
    if SECRET_FIELDS.contains(&field.name) {
        return Some(MASK.to_owned());
    }
    match field.name {
        "http.request.line" | "http.response.line" => {
            let (name, _) = value.split_once(':')?;
            let secret = SECRET_HEADERS.contains(&name.trim().to_ascii_lowercase().as_str());
            secret.then(|| format!("{name}: {MASK}")).or_else(|| mask_form(&value))
        }
        "http.file_data" => bodies::mask(&value, content_type),
        "urlencoded-form.value"
        | "http.request.uri"
        | "http.request.full_uri"
        | "http.referer"
        | "http.location"
        | "http.response_for.uri" => mask_form(&value),
        _ => None,
    }
}

/// Masks `name=value` pairs whose name is a password's, in a form or a query.
pub(super) fn mask_form(text: &str) -> Option<String> {
    let (prefix, form) = text.split_once('?').map_or(("", text), |(path, query)| (path, query));
    let mut found = false;
    let pairs: Vec<String> = form
        .split('&')
        .map(|pair| match pair.split_once('=') {
            Some((name, _)) if is_password(name) => {
                found = true;
                format!("{name}={MASK}")
            }
            _ => pair.to_owned(),
        })
        .collect();
    let separator = if text.contains('?') { "?" } else { "" };
    found.then(|| format!("{prefix}{separator}{}", pairs.join("&")))
}

/// Hides the `length` bytes at `offset` of the frame in a field that shows all bytes of a payload.
fn hide_in_payload(field: &mut Field, offset: usize, length: usize) {
    if let (Some(start), "tcp.payload") = (field.offset, field.name) {
        let within = offset.saturating_sub(start);
        let mut digits = field.value.lossy().into_owned();
        hide_bytes(&mut digits, within, length);
        field.value = Text::from(digits.as_str());
        field.raw = Some(digits);
    }
}

/// Replaces hexadecimal digits by `x`.
fn hide_bytes(digits: &mut String, offset: usize, length: usize) {
    let range = offset * 2..(offset + length) * 2;
    *digits = digits.char_indices().map(|(at, digit)| if range.contains(&at) { 'x' } else { digit }).collect();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::model::Side;

    #[test]
    fn password_fields_are_masked_and_no_others() {
        let check = |text: &str, expected: Option<&str>| assert_eq!(mask_form(text).as_deref(), expected);
        check("user=a&password=b", Some("user=a&password=••••••"));
        check("/login?pwd=1&x=2", Some("/login?pwd=••••••&x=2"));
        check("/a?b=c", None);
        check("compass=1", None);
    }

    #[test]
    fn a_secret_in_a_message_of_several_segments_is_hidden_in_each() {
        let frame = |number: u64, from: Side| FrameFacts {
            number,
            time: None,
            time_relative: None,
            source: String::new(),
            destination: String::new(),
            protocol: "TCP".to_owned(),
            length: 8,
            captured: 8,
            info: Text::from(""),
            stream: Some(0),
            from: Some(from),
            layers: vec![tcp_layer()],
            bytes: Some("0011223344556677".to_owned()),
            parts: Vec::new(),
        };
        let mut frames: BTreeMap<u64, FrameFacts> =
            [(3, Side::Server), (4, Side::Client), (5, Side::Server)].map(|(n, from)| (n, frame(n, from))).into();
        hide_in_frames(&mut frames, 3, 6, 4);
        let bytes = |number: u64| frames[&number].bytes.clone().unwrap();
        assert_eq!(bytes(3), "001122334455xxxx");
        assert_eq!(bytes(4), "0011223344556677");
        assert_eq!(bytes(5), "00112233xxxx6677");
    }

    /// A header of 4 bytes at the beginning of the frame.
    fn tcp_layer() -> LayerTree {
        let field = |name, value: &str| Field {
            name,
            value: Text::from(value),
            offset: Some(0),
            length: 2,
            frame: None,
            generated: false,
            raw: None,
        };
        LayerTree {
            protocol: "tcp",
            fields: vec![field("tcp.srcport", "80"), field("tcp.hdr_len", "4")],
            fields_left_out: None,
        }
    }

    #[test]
    fn bytes_are_hidden_in_place() {
        let mut digits = "00112233".to_owned();
        hide_bytes(&mut digits, 1, 2);
        assert_eq!(digits, "00xxxx33");
    }
}
