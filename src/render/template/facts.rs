//! What the filters and functions of one rendering know: the Report's frames, and which frames were named so far.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::tz::TimeZone;
use serde_json::Value;

use crate::report::innermost;

/// The frames of one rendering's Report, and which of them it has named.
#[derive(Debug)]
pub(in crate::render) struct Facts {
    frames: Value,
    zone: TimeZone,
    named: Mutex<BTreeSet<u64>>,
    anchored: Mutex<BTreeSet<u64>>,
    anchors: Mutex<BTreeSet<String>>,
}

impl Facts {
    pub(in crate::render) fn new(report: &Value, zone: TimeZone) -> Self {
        Self {
            frames: report.get("frames").cloned().unwrap_or_default(),
            zone,
            named: Mutex::default(),
            anchored: Mutex::default(),
            anchors: Mutex::default(),
        }
    }

    pub(in crate::render) fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The facts of a frame; `None` for one that the Report does not hold.
    pub(in crate::render) fn frame(&self, number: u64) -> Option<&Value> {
        self.frames.get(number.to_string())
    }

    /// The field of that name in a frame's tree: of headers that occur more than once, as in a tunnel, that of the innermost.
    pub(in crate::render) fn field(&self, frame: u64, name: &str) -> Option<&Value> {
        let layers = self.frame(frame)?.get("layers")?.as_array()?.as_slice();
        let at = innermost(name).and_then(|names| {
            layers.iter().rposition(|layer| {
                layer.get("protocol").and_then(Value::as_str).is_some_and(|protocol| names.contains(&protocol))
            })
        });
        let layers = at.map_or(layers, |at| layers.get(at..=at).unwrap_or_default());
        let mut fields = layers.iter().filter_map(|layer| layer.get("fields")?.as_array()).flatten();
        fields.find(|field| field.get("name").and_then(Value::as_str) == Some(name))
    }

    /// A tag for a frame: a link to its row, plain text for a frame without one.
    pub(in crate::render) fn tag(&self, number: u64) -> String {
        if self.frame(number).is_none() {
            return format!("\\#{number}");
        }
        lock(&self.named).insert(number);
        format!("[#{number}](#f{number})")
    }

    /// The number of a frame at the head of its row: an anchor the first time, then a tag.
    pub(in crate::render) fn row(&self, number: u64) -> String {
        if !lock(&self.anchored).insert(number) {
            return self.tag(number);
        }
        format!("{}{number}", self.target(number))
    }

    /// A tag for a frame that a table's row is about: the row that its tags link to, unless it has one already.
    pub(in crate::render) fn here(&self, number: u64) -> String {
        let tag = self.tag(number);
        if self.frame(number).is_none() || !lock(&self.anchored).insert(number) {
            return tag;
        }
        format!("{}{tag}", self.target(number))
    }

    /// What a frame's tags link to.
    fn target(&self, number: u64) -> String {
        let classes = self.frame(number).map(row_classes).unwrap_or_default();
        let class = if classes.is_empty() { String::new() } else { format!(" class=\"{}\"", classes.join(" ")) };
        format!("<a id=\"f{number}\"{class}></a>")
    }

    /// A place to link to: `id` with every character but letters, digits and hyphens replaced, each only once.
    pub(in crate::render) fn anchor(&self, id: &str) -> String {
        let id: String = id.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let mut anchors = self.anchors.lock().unwrap_or_else(PoisonError::into_inner);
        if anchors.insert(id.clone()) { format!("<a id=\"{id}\"></a>") } else { String::new() }
    }

    /// Frames that were named and have no row yet, in order.
    pub(in crate::render) fn without_row(&self) -> Vec<u64> {
        lock(&self.named).difference(&lock(&self.anchored)).copied().collect()
    }
}

/// Who sent a frame, and what its row is: HTTP, a segment that opens or ends a connection, or one that Wireshark's analysis marks.
fn row_classes(frame: &Value) -> Vec<&'static str> {
    let text = |key: &str| frame.get(key).and_then(Value::as_str).unwrap_or_default();
    let side = match text("from") {
        "client" => Some("client"),
        "server" => Some("server"),
        _ => None,
    };
    let info = text("info");
    let opens_or_ends = || {
        let flags = info.split('[').skip(1).filter_map(|rest| rest.split(']').next());
        flags.flat_map(|flags| flags.split(", ")).any(|flag| matches!(flag, "SYN" | "FIN" | "RST"))
    };
    let kind = match text("protocol") {
        "HTTP" => Some("http"),
        "TCP" if info.starts_with("[TCP ") => Some("marked"),
        "TCP" if opens_or_ends() => Some("flags"),
        _ => None,
    };
    side.into_iter().chain(kind).collect()
}

fn lock(set: &Mutex<BTreeSet<u64>>) -> MutexGuard<'_, BTreeSet<u64>> {
    set.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rows_know_their_kind() {
        let check = |protocol: &str, info: &str, expected: &[&str]| {
            let frame = json!({"from": "client", "protocol": protocol, "info": info});
            assert_eq!(row_classes(&frame), [&["client"], expected].concat());
        };
        check("TCP", "13096 → 80 [SYN] Seq=0 Win=64240", &["flags"]);
        check("TCP", "80 → 13096 [FIN, ACK] Seq=1", &["flags"]);
        check("TCP", "80 → 13096 [PSH, ACK] Seq=1", &[]);
        check("TCP", "[TCP Retransmission] 80 → 13096 [SYN, ACK] Seq=0", &["marked"]);
        check("HTTP", "GET /[SYN] HTTP/1.1", &["http"]);
    }

    #[test]
    fn each_named_frame_gets_one_row() {
        let report = json!({"frames": {"7": {"from": "client"}, "8": {"from": null}}});
        let facts = Facts::new(&report, TimeZone::UTC);
        assert_eq!(facts.tag(7), "[#7](#f7)");
        assert_eq!(facts.tag(9), "\\#9");
        assert_eq!(facts.without_row(), [7]);
        assert_eq!(facts.row(7), "<a id=\"f7\" class=\"client\"></a>7");
        assert_eq!(facts.row(7), "[#7](#f7)");
        assert_eq!(facts.row(8), "<a id=\"f8\"></a>8");
        assert!(facts.without_row().is_empty());
    }
}
