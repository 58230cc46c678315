//! `credentials` [frame, scheme, `proxy_scheme`, password, masked]: the request carries credentials in the clear. Their kind, never their value.
//!
//! `scheme`, `proxy_scheme`: authentication scheme of Authorization and Proxy-Authorization when it is a registered one, `other` else. `password`: where a
//! password field stands: `body` (a form), `json` or `query`. `masked`: whether the report hides the values, which `secrets.rs` sets. Frames: the request.

use serde_json::Value;

use super::{Rank, Rule, Tone};
use crate::report::model::Finding;
use crate::report::secrets::mask_form;
use crate::report::{Facts, bodies};

/// Schemes of the IANA registry, and one in wide use.
const SCHEMES: &[&str] = &["Basic", "Bearer", "Digest", "DPoP", "HOBA", "Mutual", "Negotiate", "NTLM", "OAuth"];

pub(super) const RULE: Rule = Rule { rank: Rank::Trouble, tone: Tone::Problem, find };

fn find(facts: &Facts<'_>) -> Option<Finding> {
    let field = ["authorization", "proxy-authorization"].iter().find_map(|name| facts.request_field_frame(name));
    let frame = field.or_else(|| facts.request_frame())?;
    let scheme = facts.request_field("authorization").and_then(|value| scheme_of(&value));
    let proxy_scheme = facts.request_field("proxy-authorization").and_then(|value| scheme_of(&value));
    let password = password(facts);
    if scheme.is_none() && proxy_scheme.is_none() && password.is_none() {
        return None;
    }
    let value = |code: Option<&str>| code.map_or(Value::Null, Value::from);
    let finding = Finding::new("credentials", [frame])
        .with("frame", frame)
        .with("scheme", value(scheme))
        .with("proxy_scheme", value(proxy_scheme))
        .with("password", value(password))
        .with("masked", false);
    Some(finding)
}

/// The scheme of a field's value; `None` for a field without a value, which carries nothing.
fn scheme_of(value: &str) -> Option<&'static str> {
    let own = value.split([' ', ',']).next().filter(|own| !own.is_empty())?;
    Some(SCHEMES.iter().copied().find(|scheme| scheme.eq_ignore_ascii_case(own)).unwrap_or("other"))
}

fn password(facts: &Facts<'_>) -> Option<&'static str> {
    let any = |name: &str, holds_one: &dyn Fn(&str) -> bool| {
        let fields = facts.evidence.request.iter().flat_map(|layer| &layer.fields);
        let mut values = fields.filter(|field| field.name == name).map(|field| field.value.lossy());
        values.any(|value| holds_one(&value))
    };
    let content_type = facts.request_field("content-type").unwrap_or_default().to_ascii_lowercase();
    let is_form = content_type.starts_with("application/x-www-form-urlencoded")
        || content_type.starts_with("multipart/form-data");
    let is_json = content_type.contains("json");
    if (is_form || is_json) && any("http.file_data", &|body| bodies::mask(body, &content_type).is_some()) {
        Some(if is_json { "json" } else { "body" })
    } else if any("http.request.uri", &|target| mask_form(target).is_some()) {
        Some("query")
    } else {
        None
    }
}
