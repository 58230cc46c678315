//! Header fields of the chosen messages, for the rules.

use super::{Facts, header_line};
use crate::dissect::{Field, LayerTree};

impl Facts<'_> {
    /// The values of a field of the request, in order.
    pub(crate) fn request_fields(&self, name: &str) -> Vec<String> {
        values(self.evidence.request.as_ref(), "http.request.line", name)
    }

    /// The values of a field of the response, in order.
    pub(crate) fn response_fields(&self, name: &str) -> Vec<String> {
        values(self.evidence.response.as_ref(), "http.response.line", name)
    }

    /// The first value of a field of the request.
    pub(crate) fn request_field(&self, name: &str) -> Option<String> {
        self.request_fields(name).into_iter().next()
    }

    /// The first value of a field of the response.
    pub(crate) fn response_field(&self, name: &str) -> Option<String> {
        self.response_fields(name).into_iter().next()
    }

    /// The frame where a field of the request begins; that of the request when it has no row to link to.
    pub(crate) fn request_field_frame(&self, name: &str) -> Option<u64> {
        let fields = self.evidence.request.iter().flat_map(|layer| &layer.fields);
        let mut lines = fields.filter(|field| field.name == "http.request.line");
        let line = lines.find(|field| named(field, name).is_some())?;
        line.frame.filter(|frame| self.evidence.frames.contains_key(frame)).or_else(|| self.request_frame())
    }

    /// The frame where the request is complete, or else its first.
    pub(crate) fn request_frame(&self) -> Option<u64> {
        self.exchange.map(|exchange| exchange.request.frame.unwrap_or(exchange.request.first_frame))
    }
}

fn values(layer: Option<&LayerTree>, lines: &str, name: &str) -> Vec<String> {
    let fields = layer.map(|layer| layer.fields.as_slice()).unwrap_or_default();
    fields.iter().filter(|field| field.name == lines).filter_map(|field| named(field, name)).collect()
}

/// The value of a header line, if it is of that field.
fn named(line: &Field, name: &str) -> Option<String> {
    let line = line.value.lossy();
    let (own, value) = header_line::split(&line);
    own.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
}

/// Whether one of the comma-separated members of a field's values is `member` (RFC 9110, 5.6.1).
pub(crate) fn lists(values: &[String], member: &str) -> bool {
    let members = values.iter().flat_map(|value| value.split(','));
    members.map(str::trim).any(|own| own.eq_ignore_ascii_case(member))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Text;

    #[test]
    fn fields_are_found_by_name_in_any_case() {
        let line = |value: &str| Field {
            name: "http.request.line",
            value: Text::from(value),
            offset: None,
            length: 0,
            frame: None,
            generated: false,
            raw: None,
        };
        let fields = vec![line("Via: 1.1 a\\r\\n"), line("HOST: b\r\n"), line("via:c\\r\\n"), line("odd")];
        let layer = LayerTree { protocol: "http", fields, fields_left_out: None };
        assert_eq!(values(Some(&layer), "http.request.line", "via"), ["1.1 a", "c"]);
        assert_eq!(values(Some(&layer), "http.request.line", "Host"), ["b"]);
        assert!(values(Some(&layer), "http.response.line", "Host").is_empty());
    }

    #[test]
    fn members_of_lists_are_found() {
        let values = ["keep-alive, Upgrade".to_owned()];
        assert!(lists(&values, "upgrade") && !lists(&values, "close"));
    }
}
