//! Gathering what a file says of itself, within bounds.

use std::collections::BTreeMap;

use super::reader::LARGEST_DATA;
use super::stop::Stop;
use super::{Compression, FileFacts, Format, Interface};
use crate::diagnostic::{Diagnostic, Severity};
use crate::text::Text;

/// Interfaces of a file, all sections together. A machine has dozens; joined files of a class some thousand. One takes as few
/// as 20 bytes in a file, and a kilobyte and a half by the time it is JSON.
pub(super) const MOST_INTERFACES: usize = 8_192;

/// Bytes of names, descriptions and comments that are kept of a file.
pub(super) const MOST_TEXT: usize = 1024 * 1024;

/// Comments that are kept of a file; each also costs an allocation.
pub(super) const MOST_COMMENTS: usize = 10_000;

/// Diagnostics about single blocks; after them only what ends the walk is told.
const MOST_NOTES: usize = 50;

/// The facts of a file and what was odd in it, as far as it has been read.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) file: FileFacts,
    pub(super) diagnostics: Vec<Diagnostic>,
    sections: u32,
    text_left: usize,
    text_dropped: bool,
    /// Blocks that are not used, and how many.
    unused: BTreeMap<Unused, u64>,
    /// The first record that is not held wholly, and how many there are.
    long: Option<(u64, u64)>,
}

/// A kind of block that Wireshark uses and we do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unused {
    /// Names of addresses.
    Names,
    /// Keys of this protocol.
    Secrets(&'static str),
}

impl Facts {
    pub(super) fn new(format: Format, compression: Option<Compression>) -> Self {
        let file = FileFacts {
            format,
            compression,
            interfaces: Vec::new(),
            hardware: None,
            os: None,
            application: None,
            comments: Vec::new(),
        };
        Self {
            file,
            diagnostics: Vec::new(),
            sections: 0,
            text_left: MOST_TEXT,
            text_dropped: false,
            unused: BTreeMap::new(),
            long: None,
        }
    }

    /// Begins a pcapng section; gives the number of its first interface in the file.
    pub(super) fn begin_section(&mut self) -> u32 {
        self.sections = self.sections.saturating_add(1);
        u32::try_from(self.file.interfaces.len()).unwrap_or(u32::MAX)
    }

    /// Adds the interface that `describe` makes from its number in the file and its section's number.
    pub(super) fn add_interface(
        &mut self,
        offset: u64,
        describe: impl FnOnce(u32, u32) -> Interface,
    ) -> Result<(), Stop> {
        let count = self.file.interfaces.len();
        if count >= MOST_INTERFACES {
            return Err(Stop::damaged("capture.too_many_interfaces", offset).with("limit", MOST_INTERFACES));
        }
        self.file.interfaces.push(describe(u32::try_from(count).unwrap_or(u32::MAX), self.sections));
        Ok(())
    }

    /// `text` as long as the file's texts stay within their bound.
    pub(super) fn keep<'a>(&mut self, text: &'a [u8]) -> Option<&'a [u8]> {
        if let Some(left) = self.text_left.checked_sub(text.len()) {
            self.text_left = left;
            return Some(text);
        }
        self.drop_text();
        None
    }

    /// Notes, once for a file, that texts were too long to keep.
    pub(super) fn drop_text(&mut self) {
        if !self.text_dropped {
            self.text_dropped = true;
            let note = Diagnostic::new("capture.text_dropped", Severity::Warning, None).with("limit", MOST_TEXT);
            self.diagnostics.push(note);
        }
    }

    /// A section's comment.
    pub(super) fn comment(&mut self, text: &[u8]) {
        if self.file.comments.len() >= MOST_COMMENTS {
            self.drop_text();
        } else if let Some(text) = self.keep(text) {
            self.file.comments.push(Text::from(text));
        }
    }

    /// `shb_hardware`.
    pub(super) fn hardware(&mut self, text: &[u8]) {
        if self.file.hardware.is_none() {
            self.file.hardware = self.keep(text).map(Text::from);
        }
    }

    /// `shb_os`.
    pub(super) fn os(&mut self, text: &[u8]) {
        if self.file.os.is_none() {
            self.file.os = self.keep(text).map(Text::from);
        }
    }

    /// `shb_userappl`.
    pub(super) fn application(&mut self, text: &[u8]) {
        if self.file.application.is_none() {
            self.file.application = self.keep(text).map(Text::from);
        }
    }

    /// Counts a block that is not used.
    pub(super) fn leave_unused(&mut self, what: Unused) {
        *self.unused.entry(what).or_default() += 1;
    }

    /// Counts a frame of which only the beginning is held.
    pub(super) fn note_long(&mut self, frame: u64) {
        self.long.get_or_insert((frame, 0)).1 += 1;
    }

    /// Tells what was counted, at the end of the walk.
    pub(super) fn finish(&mut self) {
        let unused = std::mem::take(&mut self.unused).into_iter().map(|(what, blocks)| match what {
            Unused::Names => Diagnostic::new("capture.name_resolution", Severity::Info, None).with("blocks", blocks),
            Unused::Secrets(of) => Diagnostic::new("capture.decryption_secrets", Severity::Info, None)
                .with("blocks", blocks)
                .with("protocol", of),
        });
        self.diagnostics.extend(unused);
        if let Some((first, frames)) = self.long.take() {
            let note = Diagnostic::new("capture.long_record", Severity::Info, Some(first));
            self.diagnostics.push(note.with("frames", frames).with("limit", LARGEST_DATA));
        }
    }

    /// Notes something odd about the block at `offset` that stops nothing.
    pub(super) fn note(&mut self, code: &'static str, offset: u64) {
        if self.diagnostics.len() < MOST_NOTES {
            self.diagnostics.push(Diagnostic::new(code, Severity::Warning, None).with("offset", offset));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::LinkType;

    fn codes(facts: &Facts) -> Vec<&'static str> {
        facts.diagnostics.iter().map(|diagnostic| diagnostic.code).collect()
    }

    #[test]
    fn interfaces_are_bounded() {
        let mut facts = Facts::new(Format::Pcapng, None);
        let mut add =
            || facts.add_interface(0, |id, _| Interface { id, ..Interface::of_pcap(LinkType::ETHERNET, None) });
        for _ in 0..MOST_INTERFACES {
            add().unwrap();
        }
        assert!(matches!(add(), Err(Stop::Damaged(why)) if why.code == "capture.too_many_interfaces"));
        assert_eq!(facts.file.interfaces.len(), MOST_INTERFACES);
    }

    #[test]
    fn texts_are_bounded_and_that_is_told_once() {
        let mut facts = Facts::new(Format::Pcapng, None);
        for _ in 0..40 {
            facts.comment(&vec![b'c'; 60_000]);
        }
        assert_eq!(facts.file.comments.len(), MOST_TEXT / 60_000);
        assert_eq!(codes(&facts), ["capture.text_dropped"]);

        let mut facts = Facts::new(Format::Pcapng, None);
        for _ in 0..=MOST_COMMENTS {
            facts.comment(b"");
        }
        assert_eq!(facts.file.comments.len(), MOST_COMMENTS);
        assert_eq!(codes(&facts), ["capture.text_dropped"]);
    }

    #[test]
    fn notes_are_bounded() {
        let mut facts = Facts::new(Format::Pcapng, None);
        for offset in 0..1000 {
            facts.note("capture.damaged_option", offset);
        }
        assert_eq!(facts.diagnostics.len(), MOST_NOTES);
    }
}
