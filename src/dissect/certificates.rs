//! What Wireshark names inside certificates (RFC 5280) and OCSP responses (RFC 6960): each attribute of a name and each
//! extension has a dissector of its own, and `frame.protocols` lists them as they stand.

use crate::packet::be16;

/// Handshake messages that carry certificates or names (RFC 5246, 7.4; RFC 6066, 8).
const CERTIFICATE: u8 = 11;
const CERTIFICATE_REQUEST: u8 = 13;
const CERTIFICATE_STATUS: u8 = 22;

/// DER tags (X.690).
mod tag {
    pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
    pub(super) const OCTET_STRING: u8 = 0x04;
    pub(super) const SEQUENCE: u8 = 0x30;
    pub(super) const SET: u8 = 0x31;
    pub(super) const CONTEXT_0: u8 = 0xa0;
    pub(super) const CONTEXT_1: u8 = 0xa1;
    pub(super) const CONTEXT_3: u8 = 0xa3;
    /// A directory name among general names (RFC 5280, 4.2.1.6).
    pub(super) const DIRECTORY_NAME: u8 = 0xa4;
}

/// Object identifiers as they are encoded, and what Wireshark names the dissector of their value.
const EXTENSIONS: &[(&[u8], &str)] = &[
    // Authority information access and its kin, 1.3.6.1.5.5.7.1.12 logotypes before them.
    (&[0x2b, 6, 1, 5, 5, 7, 1, 12], "logotypecertextn"),
    (&[0x2b, 6, 1, 5, 5, 7, 1], "pkix1implicit"),
    // OCSP's own.
    (&[0x2b, 6, 1, 5, 5, 7, 48, 1], "ocsp"),
    // Signed certificate timestamps (RFC 6962).
    (&[0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 4, 2], "tls"),
    // Microsoft: the name of a template is a string, the others have a structure.
    (&[0x2b, 6, 1, 4, 1, 0x82, 0x37, 20, 2], "x509sat"),
    (&[0x2b, 6, 1, 4, 1, 0x82, 0x37, 21], "x509ce"),
    // Entrust's version.
    (&[0x2a, 0x86, 0x48, 0x86, 0xf6, 0x7d, 7, 65, 0], "x509ce"),
    // Netscape.
    (&[0x60, 0x86, 0x48, 1, 0x86, 0xf8, 0x42, 1], "ns_cert_exts"),
    // id-ce.
    (ID_CE, "x509ce"),
];

/// `id-ce`, the extensions of X.509 itself: 2.5.29.
const ID_CE: &[u8] = &[0x55, 0x1d];
const CERTIFICATE_POLICIES: &[u8] = &[0x55, 0x1d, 32];
/// Qualifiers of a policy (RFC 5280, 4.2.1.4).
const POLICY_STATEMENT: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 2, 1];
const USER_NOTICE: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 2, 2];
/// A public key on an elliptic curve (RFC 5480), whose parameter names the curve.
const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];

/// Names in a TLS handshake message: its type, the length and the content.
pub(super) fn in_handshake(message: &[u8]) -> Vec<&'static str> {
    let mut names = Vec::new();
    let Some((kind, content)) = message.split_first().and_then(|(kind, rest)| Some((*kind, rest.get(3..)?))) else {
        return names;
    };
    match kind {
        CERTIFICATE => {
            let mut list = content.get(3..).unwrap_or_default();
            while let [high, middle, low, rest @ ..] = list {
                let length = usize::from(*high) << 16 | usize::from(*middle) << 8 | usize::from(*low);
                certificate(rest.get(..length).unwrap_or(rest), &mut names);
                list = rest.get(length..).unwrap_or_default();
            }
        }
        CERTIFICATE_REQUEST => authorities(content, &mut names),
        CERTIFICATE_STATUS => ocsp_response(content.get(4..).unwrap_or_default(), &mut names),
        _ => {}
    }
    names
}

/// Names in an OCSP response: of a basic response, what it holds.
pub(super) fn ocsp_response(bytes: &[u8], names: &mut Vec<&'static str>) {
    let Some(basic) = (|| {
        let bytes = Elements(bytes).next()?.1;
        let response_bytes = Elements(bytes).find(|(kind, _)| *kind == tag::CONTEXT_0)?.1;
        let sequence = Elements(response_bytes).next()?.1;
        Elements(sequence).find(|(kind, _)| *kind == tag::OCTET_STRING)
    })() else {
        return;
    };
    names.push("ocsp");
    let mut basic = Elements(Elements(basic.1).next().map_or(&[][..], |(_, content)| content));
    let data = basic.next().map_or(&[][..], |(_, content)| content);
    for (kind, content) in Elements(data) {
        // The responder by name, and extensions of the response, share a tag.
        if kind == tag::CONTEXT_1 {
            let inner = Elements(content).next().map_or(&[][..], |(_, inner)| inner);
            if Elements(inner).next().is_some_and(|(kind, _)| kind == tag::SET) {
                attributes(content, names);
            } else {
                extensions(content, names);
            }
        }
    }
    if let Some((_, certificates)) = basic.find(|(kind, _)| *kind == tag::CONTEXT_0) {
        for (_, list) in Elements(certificates) {
            let mut rest = Elements(list);
            while let before = rest.0
                && rest.next().is_some()
            {
                certificate(before, names);
            }
        }
    }
}

/// Distinguished names of a certificate request: behind the certificate types and, since TLS 1.2, the signature algorithms.
fn authorities(content: &[u8], names: &mut Vec<&'static str>) {
    let Some(types) = content.first().map(|count| usize::from(*count) + 1) else { return };
    let behind = |at: usize| Some(at + 2 + usize::from(be16(content, at)?));
    // The last list ends where the message ends.
    let list = if behind(types) == Some(content.len()) { Some(types) } else { behind(types) };
    let Some(mut list) = list.and_then(|at| content.get(at + 2..)) else { return };
    while let Some(length) = be16(list, 0).map(usize::from) {
        attributes(list.get(2..2 + length).unwrap_or_default(), names);
        list = list.get(2 + length..).unwrap_or_default();
    }
}

/// Names in a certificate.
fn certificate(bytes: &[u8], names: &mut Vec<&'static str>) {
    let Some((_, whole)) = Elements(bytes).next() else { return };
    let Some((_, signed)) = Elements(whole).next() else { return };
    for (kind, content, element) in (Spans { bytes: signed }) {
        match kind {
            // Among the sequences, only names hold sets.
            tag::SEQUENCE if Elements(content).next().is_some_and(|(kind, _)| kind == tag::SET) => {
                attributes(element, names);
            }
            tag::SEQUENCE => public_key(content, names),
            tag::CONTEXT_3 => extensions(content, names),
            _ => {}
        }
    }
}

/// The parameter of an elliptic curve's key.
fn public_key(content: &[u8], names: &mut Vec<&'static str>) {
    let Some((tag::SEQUENCE, algorithm)) = Elements(content).next() else { return };
    let mut parts = Elements(algorithm);
    let is_curve = parts.next() == Some((tag::OBJECT_IDENTIFIER, EC_PUBLIC_KEY));
    if is_curve && parts.next().is_some_and(|(kind, _)| kind == tag::OBJECT_IDENTIFIER) {
        names.push("pkcs-1");
    }
}

/// One name for each attribute of a distinguished name.
fn attributes(name: &[u8], names: &mut Vec<&'static str>) {
    let Some((_, sets)) = Elements(name).next() else { return };
    let attributes = Elements(sets).flat_map(|(_, set)| Elements(set));
    names.extend(attributes.map(|_| "x509sat"));
}

fn extensions(content: &[u8], names: &mut Vec<&'static str>) {
    let Some((_, list)) = Elements(content).next() else { return };
    for (_, extension) in Elements(list) {
        let mut parts = Elements(extension);
        let Some((_, identifier)) = parts.next() else { continue };
        let Some((_, value)) = parts.find(|(kind, _)| *kind == tag::OCTET_STRING) else { continue };
        let Some((_, name)) = EXTENSIONS.iter().find(|(known, _)| identifier.starts_with(known)) else { continue };
        names.push(name);
        if identifier == CERTIFICATE_POLICIES {
            policy_qualifiers(value, names);
        } else if identifier.starts_with(ID_CE) {
            directory_names(value, names, 0);
        }
    }
}

fn policy_qualifiers(value: &[u8], names: &mut Vec<&'static str>) {
    let policies = Elements(value).flat_map(|(_, policies)| Elements(policies));
    let qualifiers = policies.filter_map(|(_, policy)| Elements(policy).nth(1));
    for (_, qualifier) in qualifiers.flat_map(|(_, list)| Elements(list)) {
        match Elements(qualifier).next() {
            Some((_, POLICY_STATEMENT)) => names.push("pkix1explicit"),
            Some((_, USER_NOTICE)) => names.push("pkix1implicit"),
            _ => {}
        }
    }
}

/// Directory names among the general names of an extension.
fn directory_names(value: &[u8], names: &mut Vec<&'static str>, depth: usize) {
    // Distribution point, its name, full name, general name.
    const DEEPEST: usize = 6;
    for (kind, content) in Elements(value) {
        if kind == tag::DIRECTORY_NAME {
            attributes(content, names);
        } else if kind & 0x20 != 0 && depth < DEEPEST {
            directory_names(content, names, depth + 1);
        }
    }
}

/// The elements of a DER encoding one after the other: tag and content. Ends where the encoding does not go on.
#[derive(Debug)]
struct Elements<'b>(&'b [u8]);

impl<'b> Iterator for Elements<'b> {
    type Item = (u8, &'b [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let mut spans = Spans { bytes: self.0 };
        let (kind, content, _) = spans.next()?;
        self.0 = spans.bytes;
        Some((kind, content))
    }
}

/// The same, with each element's whole encoding.
#[derive(Debug)]
struct Spans<'b> {
    bytes: &'b [u8],
}

impl<'b> Iterator for Spans<'b> {
    type Item = (u8, &'b [u8], &'b [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (kind, length, header) = match self.bytes {
            [kind, short @ ..=0x7f, ..] => (*kind, usize::from(*short), 2),
            [kind, 0x81, length, ..] => (*kind, usize::from(*length), 3),
            [kind, 0x82, high, low, ..] => (*kind, usize::from(u16::from_be_bytes([*high, *low])), 4),
            _ => return None,
        };
        let element = self.bytes.get(..header + length)?;
        self.bytes = self.bytes.get(header + length..)?;
        Some((kind, element.get(header..)?, element))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A DER element.
    fn element(kind: u8, parts: &[&[u8]]) -> Vec<u8> {
        let content = parts.concat();
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        [&[kind, 0x82, length[0], length[1]], content.as_slice()].concat()
    }

    fn name(attributes: usize) -> Vec<u8> {
        let attribute = element(tag::SEQUENCE, &[&[6, 3, 0x55, 4, 3], &[0x13, 1, b'a']]);
        let set = element(tag::SET, &[&attribute]);
        element(tag::SEQUENCE, &vec![set.as_slice(); attributes])
    }

    fn extension(identifier: &[u8], value: &[u8]) -> Vec<u8> {
        let value = element(tag::OCTET_STRING, &[value]);
        element(tag::SEQUENCE, &[&element(tag::OBJECT_IDENTIFIER, &[identifier]), &value])
    }

    fn handshake(extensions: &[Vec<u8>]) -> Vec<u8> {
        let key = element(tag::SEQUENCE, &[&element(tag::OBJECT_IDENTIFIER, &[EC_PUBLIC_KEY]), &[6, 1, 1]]);
        let list: Vec<&[u8]> = extensions.iter().map(Vec::as_slice).collect();
        let extensions = element(tag::CONTEXT_3, &[&element(tag::SEQUENCE, &list)]);
        let times = element(tag::SEQUENCE, &[&[0x17, 1, b'1'], &[0x17, 1, b'2']]);
        let key = element(tag::SEQUENCE, &[&key, &[3, 1, 0]]);
        let signed = element(tag::SEQUENCE, &[&[2, 1, 7], &name(2), &times, &name(3), &key, &extensions]);
        let whole = element(tag::SEQUENCE, &[&signed, &[3, 1, 0]]);
        let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap().to_be_bytes()[1..].to_vec();
        let list = [length(&whole), whole].concat();
        let content = [length(&list), list].concat();
        [vec![CERTIFICATE], length(&content), content].concat()
    }

    #[test]
    fn attributes_key_and_extensions_in_order() {
        let notice = element(tag::SEQUENCE, &[&element(tag::OBJECT_IDENTIFIER, &[USER_NOTICE])]);
        let policy = element(tag::SEQUENCE, &[&[6, 1, 1], &element(tag::SEQUENCE, &[&notice])]);
        let policies = element(tag::SEQUENCE, &[&policy]);
        let issuer = element(0xa1, &[&element(tag::DIRECTORY_NAME, &[&name(1)])]);
        let message = handshake(&[
            extension(CERTIFICATE_POLICIES, &policies),
            extension(&[0x55, 0x1d, 35], &element(tag::SEQUENCE, &[&issuer])),
            extension(&[0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 4, 2], &[]),
            extension(&[0x2a, 1], &[]),
        ]);
        assert_eq!(
            in_handshake(&message).join(" "),
            "x509sat x509sat x509sat x509sat x509sat pkcs-1 x509ce pkix1implicit x509ce x509sat tls"
        );
    }

    #[test]
    fn a_cut_message_names_what_is_whole() {
        let message = handshake(&[]);
        for end in 0..message.len() {
            let names = in_handshake(&message[..end]);
            assert!(names.len() <= 6, "{names:?}");
        }
    }
}
