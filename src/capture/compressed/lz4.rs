//! LZ4's frame format, version 1.6.4: any number of frames, linked or independent blocks, each checksum or none.
//!
//! The frames are read here and not by `lz4_flex`, whose frame decoder takes a file cut between blocks for a whole one and
//! clears its largest block at every frame, however small.

use std::hash::Hasher;
use std::io::{self, ErrorKind, Read};

use twox_hash::XxHash32;

use super::stored::{Stored, fill, invalid, unsupported};

/// Magic number of a frame.
pub(super) const MAGIC: [u8; 4] = [0x04, 0x22, 0x4d, 0x18];

/// How far a block refers back into those before it.
const HISTORY: usize = 64 * 1024;

/// Set in the length of a block that is stored as it is.
const UNCOMPRESSED: u32 = 1 << 31;

/// The content of an LZ4 file.
pub(super) struct Lz4<'s> {
    stored: Stored<'s>,
    frame: Option<Frame>,
    /// A frame whose magic number has been read but nothing else.
    begun: bool,
    block: Vec<u8>,
    /// What was decoded: history that blocks refer to, then what was not yet given.
    content: Vec<u8>,
    given: usize,
    end: usize,
}

/// A frame being read.
struct Frame {
    linked: bool,
    largest_block: usize,
    block_checksums: bool,
    /// Where the content has a checksum: that of what was decoded.
    checksum: Option<XxHash32>,
    /// Where it is said: bytes of the content still to come.
    left: Option<u64>,
    /// Where the history of its first block begins.
    from: usize,
}

impl<'s> Lz4<'s> {
    /// The content of `stored`, of which the first magic number has been read.
    pub(super) fn new(stored: Stored<'s>) -> Self {
        Self { stored, frame: None, begun: true, block: Vec::new(), content: Vec::new(), given: 0, end: 0 }
    }

    /// Reads the descriptor of the next frame; `None` at the end of the file.
    fn next_frame(&mut self) -> io::Result<Option<Frame>> {
        if !std::mem::take(&mut self.begun) {
            match self.stored.next_magic()? {
                None => return Ok(None),
                Some(MAGIC) => {}
                Some(_) => return Err(invalid("bytes that are no LZ4 frame follow the last one")),
            }
        }
        let [flags, sizes] = self.read()?;
        if flags & 0xc2 != 0x40 || sizes & 0x8f != 0 {
            return Err(invalid("a frame of an unknown version"));
        }
        if flags & 1 != 0 {
            return Err(unsupported("it needs a dictionary"));
        }
        let largest_block = match sizes >> 4 {
            size @ 4..=7 => 1 << (8 + 2 * size),
            _ => return Err(invalid("a frame with an unknown block size")),
        };
        let mut hash = XxHash32::with_seed(0);
        hash.write(&[flags, sizes]);
        let left = if flags & 8 == 0 {
            None
        } else {
            let size = self.read::<8>()?;
            hash.write(&size);
            Some(u64::from_le_bytes(size))
        };
        let [check] = self.read()?;
        if hash.finish_32().to_le_bytes()[1] != check {
            return Err(invalid("the checksum of a frame's descriptor does not match"));
        }
        Ok(Some(Frame {
            linked: flags & 0x20 == 0,
            largest_block,
            block_checksums: flags & 0x10 != 0,
            checksum: (flags & 4 != 0).then(|| XxHash32::with_seed(0)),
            left,
            from: self.end,
        }))
    }

    /// Decodes one block of the current frame, or ends it, or begins the next; false at the end of the file.
    fn step(&mut self) -> io::Result<bool> {
        let Some(mut frame) = self.frame.take() else {
            self.frame = self.next_frame()?;
            return Ok(self.frame.is_some());
        };
        let header = u32::from_le_bytes(self.read()?);
        if header == 0 {
            return self.end_frame(frame).map(|()| true);
        }
        let length = (header & !UNCOMPRESSED) as usize;
        if length > frame.largest_block {
            return Err(invalid("a block longer than its frame allows"));
        }
        self.block.resize(length, 0);
        if fill(&mut self.stored, &mut self.block)? < length {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        if frame.block_checksums && u32::from_le_bytes(self.read()?) != XxHash32::oneshot(0, &self.block) {
            return Err(invalid("the checksum of a block does not match"));
        }
        self.make_room(&mut frame);
        let (history, room) = self.content.split_at_mut_checked(self.end).unwrap_or_default();
        let room = room.get_mut(..frame.largest_block).unwrap_or_default();
        let count = if header & UNCOMPRESSED == 0 {
            let from = if frame.linked { frame.from.max(self.end.saturating_sub(HISTORY)) } else { self.end };
            let history = history.get(from..).unwrap_or_default();
            lz4_flex::block::decompress_into_with_dict(&self.block, room, history)
                .map_err(|error| invalid(&error.to_string()))?
        } else {
            if let Some(room) = room.get_mut(..length) {
                room.copy_from_slice(&self.block);
            }
            length
        };
        let decoded = room.get(..count).unwrap_or_default();
        if let Some(checksum) = &mut frame.checksum {
            checksum.write(decoded);
        }
        if let Some(left) = &mut frame.left {
            *left = left.checked_sub(count as u64).ok_or_else(|| invalid("a frame longer than it says"))?;
        }
        self.end += count;
        self.frame = Some(frame);
        Ok(true)
    }

    fn end_frame(&mut self, frame: Frame) -> io::Result<()> {
        if let Some(checksum) = frame.checksum
            && u32::from_le_bytes(self.read()?) != checksum.finish_32()
        {
            return Err(invalid("the checksum of a frame does not match"));
        }
        if frame.left.is_some_and(|left| left > 0) {
            return Err(invalid("a frame shorter than it says"));
        }
        Ok(())
    }

    /// Room for a block behind the end, by moving the history to the front when there is none. All of the content before
    /// has been given.
    fn make_room(&mut self, frame: &mut Frame) {
        let room = frame.largest_block;
        if self.content.len() < self.end + room {
            let from = self.end.saturating_sub(HISTORY);
            self.content.copy_within(from..self.end, 0);
            frame.from = frame.from.saturating_sub(from);
            self.end -= from;
            self.given = self.end;
            // Twice the room, so that the history is moved after as many bytes as it has.
            let wanted = HISTORY + 2 * room;
            if self.content.len() < wanted {
                self.content.resize(wanted, 0);
            }
        }
    }

    fn read<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.stored.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

impl Read for Lz4<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.end {
            match self.step() {
                Ok(true) => {}
                Ok(false) => return Ok(0),
                Err(error) if error.kind() == ErrorKind::Unsupported => return Err(error),
                Err(error) => return Err(self.stored.cause(error)),
            }
        }
        let held = self.content.get(self.given..self.end).unwrap_or_default();
        let count = held.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), held.get(..count)) {
            to.copy_from_slice(from);
        }
        self.given += count;
        Ok(count)
    }
}
