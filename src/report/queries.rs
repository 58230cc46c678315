//! Passwords in the query of a request target (RFC 3986, 3.4): masked wherever a report shows the target.

use super::model::Report;
use super::secrets::{MASK, is_password};
use crate::text::Text;

/// Wireshark's names of fields that hold a query or a part of it.
const QUERY_FIELDS: &[&str] = &["http.request.uri.query", "http.request.uri.query.parameter"];

/// Masks the passwords in all request targets of a Report.
pub(super) fn mask(report: &mut Report) {
    let exchanges = report.analysis.exchanges.iter_mut().chain(&mut report.exchange);
    let alternatives = report.selection.iter_mut().flat_map(|selection| &mut selection.alternatives);
    let targets = exchanges.map(|exchange| &mut exchange.request.target);
    let targets = targets.chain(alternatives.map(|alternative| &mut alternative.target));
    let targets = targets.chain(report.timeline.exchanges.iter_mut().map(|exchange| &mut exchange.target));
    for target in targets {
        mask_text(target);
    }
    for frame in report.frames.values_mut() {
        mask_text(&mut frame.info);
    }
    let messages = [&mut report.request, &mut report.response].into_iter().flatten();
    let layers = report.frames.values_mut().flat_map(|frame| &mut frame.layers).chain(messages);
    for field in layers.flat_map(|layer| &mut layer.fields).filter(|field| QUERY_FIELDS.contains(&field.name)) {
        let bare = format!("?{}", field.value.lossy());
        if let Some(masked) = masked(&bare) {
            field.value = Text::from(masked.trim_start_matches('?'));
            field.raw = None;
        }
    }
}

fn mask_text(text: &mut Text) {
    if let Some(masked) = masked(&text.lossy()) {
        *text = Text::from(masked);
    }
}

/// The text with the values of password parameters masked, if it has any.
pub(super) fn masked(text: &str) -> Option<String> {
    let mut found = false;
    let mut shown = String::with_capacity(text.len());
    for (place, part) in text.split_inclusive(['?', '&']).enumerate() {
        let password = part.split_once('=').filter(|(name, _)| place > 0 && is_password(name));
        match password {
            Some((name, value)) => {
                found = true;
                let end = value.find(['&', '?', '#', ' ', '"']).unwrap_or(value.len());
                shown.push_str(name);
                shown.push('=');
                shown.push_str(MASK);
                shown.push_str(value.get(end..).unwrap_or_default());
            }
            None => shown.push_str(part),
        }
    }
    found.then_some(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_in_queries_are_masked_and_what_follows_stays() {
        let check = |text: &str, expected: Option<&str>| assert_eq!(masked(text).as_deref(), expected);
        check("GET /a?PASSWORD=1&b=2 HTTP/1.1 ", Some("GET /a?PASSWORD=••••••&b=2 HTTP/1.1 "));
        check("GET /a?b=2&pwd=1=1 HTTP/1.1 ", Some("GET /a?b=2&pwd=•••••• HTTP/1.1 "));
        check("/a?compass=1", None);
        check("pass=1", None);
    }
}
