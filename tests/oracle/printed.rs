//! Field trees as wirelab prints them, one JSON object a frame.

use std::collections::HashMap;

use serde_json::Value;

/// Name to the values of all occurrences, in order.
pub(crate) type Fields = HashMap<String, Vec<String>>;

/// The frames of a run, in its order, and what was no frame.
#[derive(Debug, Default)]
pub(crate) struct Printed {
    pub(crate) frames: Vec<(u64, Fields)>,
    pub(crate) complaints: Vec<String>,
}

/// Reads `{"number": …, "layers": [{"fields": [{"name", "value"}]}]}`, one a line.
pub(crate) fn printed(trees: &[u8]) -> Printed {
    let mut printed = Printed::default();
    for line in trees.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        match serde_json::from_slice::<Value>(line) {
            Ok(tree) => printed.frames.push((tree.get("number").and_then(Value::as_u64).unwrap_or(0), fields(&tree))),
            Err(error) => printed.complaints.push(format!("no JSON: {error}")),
        }
    }
    printed
}

fn fields(tree: &Value) -> Fields {
    let mut fields = Fields::new();
    let layers = tree.get("layers").and_then(Value::as_array).into_iter().flatten();
    for field in layers.filter_map(|layer| layer.get("fields")?.as_array()).flatten() {
        let text = |name: &str| field.get(name).and_then(Value::as_str);
        if let (Some(name), Some(value)) = (text("name"), text("value")) {
            fields.entry(name.to_owned()).or_default().push(value.to_owned());
        }
    }
    fields
}
