//! The one module that touches the file system: captures to read, texts to read, outputs to write.

#![expect(clippy::disallowed_methods, reason = "this is the file module that the engine's purity is kept by")]

mod output;
mod place;
mod source;
#[cfg(test)]
mod tests;
mod text;

pub use output::{Staged, create_folder, remove_empty_folders, unnamed, write_atomically};
pub use place::{Entry, Existing, Stamps, add_stamp, entries, entry, existing, is_file, is_folder, is_same, stamps};
pub use source::{FileSource, Spooled};
pub use text::{LARGEST_HELD_FILE, read_below, read_bytes, read_text, read_up_to, text};
