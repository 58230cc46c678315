//! The shape of a field tree: frame, layers, fields, named as Wireshark names them.

use schemars::JsonSchema;
use serde::Serialize;

use crate::text::Text;

/// All fields of one frame.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FrameTree {
    /// The frame.
    pub number: u64,
    /// Its layers, outermost first, beginning with `frame`.
    pub layers: Vec<LayerTree>,
}

/// One protocol layer of a frame.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct LayerTree {
    /// Wireshark's protocol name, such as `ip`.
    pub protocol: &'static str,
    /// Its fields; a repeated field is one entry per occurrence.
    pub fields: Vec<Field>,
    /// How many more fields it has than are kept of one layer (10,000); not there if all are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fields_left_out: Option<u64>,
}

/// One field.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Field {
    /// Wireshark's filter name.
    pub name: &'static str,
    /// What `tshark -T fields` prints for it.
    pub value: Text,
    /// First byte, counted in the frame it lies in; `null` if the field is not in the bytes.
    pub offset: Option<usize>,
    /// Number of bytes; 0 if the field is not in the bytes.
    pub length: usize,
    /// The frame that holds the first byte, when it is another one.
    pub frame: Option<u64>,
    /// Whether Wireshark derived it (shown in brackets).
    pub generated: bool,
    /// The bytes in hexadecimal; `null` if generated.
    pub raw: Option<String>,
}

impl FrameTree {
    /// The layers of one protocol.
    pub fn layers<'t>(&'t self, protocol: &'t str) -> impl Iterator<Item = &'t LayerTree> + 't {
        self.layers.iter().filter(move |layer| layer.protocol == protocol)
    }

    /// The first value of a field.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<std::borrow::Cow<'_, str>> {
        self.layers
            .iter()
            .flat_map(|layer| &layer.fields)
            .find(|field| field.name == name)
            .map(|field| field.value.lossy())
    }
}
