//! Field trees: a packet and the Analysis, named and valued as Wireshark does.

mod tree;

pub use tree::{Field, FrameTree, LayerTree};
