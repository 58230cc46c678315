//! A window over the bytes of a file: read in large pieces, moved forward, never larger than asked for.

use std::io::{self, ErrorKind, Read};
use std::ops::Range;

/// Bytes asked of the system at once. More push what is kept of connections out of the processor's cache, fewer cost system calls
/// (both measured).
pub(super) const PIECE: usize = 128 * 1024;

/// How [`Window::ensure`] ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Supply {
    /// The bytes are there.
    Full,
    /// The input ended (or failed, see [`Window::failure`]) before.
    Short,
}

/// The bytes of an input from the current position on, as far as they have been read.
///
/// A [`Range`] given by [`Window::consume`] stays valid until the next call of [`Window::ensure`].
pub(super) struct Window<'s> {
    input: Box<dyn Read + 's>,
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    aside: Vec<u8>,
    position: u64,
    ended: bool,
    failure: Option<io::Error>,
}

impl<'s> Window<'s> {
    /// A window at the first byte of `input`.
    pub(super) fn new(input: Box<dyn Read + 's>) -> Self {
        Self {
            input,
            bytes: vec![0; PIECE],
            start: 0,
            end: 0,
            aside: Vec::new(),
            position: 0,
            ended: false,
            failure: None,
        }
    }

    /// Offset of the current position in the input.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// What was read and not yet consumed.
    pub(super) fn available(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// The bytes of a range that [`Window::consume`] gave.
    pub(super) fn slice(&self, range: Range<usize>) -> &[u8] {
        self.bytes.get(range).unwrap_or_default()
    }

    /// What [`Window::set_aside`] kept last.
    pub(super) fn aside(&self) -> &[u8] {
        &self.aside
    }

    /// Why reading failed, when the input did not simply end.
    pub(super) fn failure(&self) -> Option<&io::Error> {
        self.failure.as_ref()
    }

    /// The same, taken out.
    pub(super) fn take_failure(&mut self) -> Option<io::Error> {
        self.failure.take()
    }

    /// Reads on until `wanted` bytes are available. Memory grows only as bytes really arrive.
    pub(super) fn ensure(&mut self, wanted: usize) -> Supply {
        while self.end - self.start < wanted {
            if self.ended {
                return Supply::Short;
            }
            self.make_room(wanted);
            let Some(room) = self.bytes.get_mut(self.end..) else { return Supply::Short };
            match self.input.read(room) {
                Ok(0) => self.ended = true,
                Ok(count) => self.end += count.min(room.len()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    self.failure = Some(error);
                    self.ended = true;
                }
            }
        }
        Supply::Full
    }

    /// Moves the position over `count` available bytes and says where they are.
    pub(super) fn consume(&mut self, count: usize) -> Range<usize> {
        let from = self.start;
        self.start = self.end.min(from + count);
        self.position += (self.start - from) as u64;
        from..self.start
    }

    /// Moves the position over `count` bytes without holding them.
    pub(super) fn skip(&mut self, mut count: u64) -> Supply {
        loop {
            let step = usize::try_from(count).unwrap_or(usize::MAX).min(self.end - self.start);
            self.consume(step);
            count -= step as u64;
            if count == 0 {
                return Supply::Full;
            }
            if self.ensure(1) == Supply::Short {
                return Supply::Short;
            }
        }
    }

    /// Moves the position over `count` bytes, of which it keeps those in `kept`, counted from here.
    pub(super) fn set_aside(&mut self, kept: Range<usize>, count: u64) -> Supply {
        if self.ensure(kept.end) == Supply::Short {
            return Supply::Short;
        }
        self.aside.clear();
        self.aside
            .extend_from_slice(self.bytes.get(self.start..self.end).and_then(|all| all.get(kept)).unwrap_or_default());
        self.skip(count)
    }

    /// Leaves free bytes behind the end: moves the rest to the front, and enlarges a full window.
    fn make_room(&mut self, wanted: usize) {
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
        } else if self.start > 0 && self.start + wanted > self.bytes.len() {
            self.bytes.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.end == self.bytes.len() {
            // Full with less than what is wanted: twice as much, but no more than that.
            self.bytes.resize((self.bytes.len() * 2).min(wanted), 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte at a time, as a slow pipe does.
    struct Drip<'a>(&'a [u8]);

    impl Read for Drip<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
            buffer[0] = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    #[test]
    fn bytes_come_out_as_they_went_in() {
        let data: Vec<u8> = (0..PIECE * 3 + 7).map(|n| u8::try_from(n % 251).unwrap()).collect();
        let mut window = Window::new(Box::new(&data[..]));
        let mut seen = Vec::new();
        let mut step = 1;
        while window.ensure(step) == Supply::Full {
            let range = window.consume(step);
            seen.extend_from_slice(window.slice(range));
            step = (step * 7 + 3) % (PIECE + PIECE / 2);
        }
        seen.extend_from_slice(window.available());
        assert_eq!(seen, data);
    }

    #[test]
    fn a_request_beyond_the_end_leaves_what_is_there() {
        let mut window = Window::new(Box::new(Drip(b"abc")));
        assert_eq!(window.ensure(4), Supply::Short);
        assert_eq!(window.available(), b"abc");
        assert_eq!(window.ensure(3), Supply::Full);
    }

    #[test]
    fn a_large_request_grows_no_more_than_the_bytes_that_arrive() {
        let mut window = Window::new(Box::new(&[0u8; 10][..]));
        assert_eq!(window.ensure(1 << 30), Supply::Short);
        assert_eq!(window.bytes.len(), PIECE);
    }

    #[test]
    fn a_window_grows_to_what_is_wanted() {
        let data = vec![7u8; PIECE * 4];
        let mut window = Window::new(Box::new(&data[..]));
        assert_eq!(window.ensure(PIECE * 3 + 1), Supply::Full);
        assert_eq!(window.bytes.len(), PIECE * 3 + 1);
        window.consume(PIECE * 3);
        assert_eq!(window.ensure(PIECE), Supply::Full);
        assert_eq!(window.available(), &data[..PIECE]);
    }

    #[test]
    fn what_is_set_aside_is_all_that_is_held() {
        let data: Vec<u8> = (0..PIECE * 4).map(|n| u8::try_from(n % 251).unwrap()).collect();
        let mut window = Window::new(Box::new(&data[..]));
        window.ensure(1);
        window.consume(1);
        assert_eq!(window.set_aside(2..6, PIECE as u64 * 3), Supply::Full);
        assert_eq!((window.aside(), window.position()), (&data[3..7], PIECE as u64 * 3 + 1));
        assert_eq!(window.bytes.len(), PIECE);
        assert_eq!(window.set_aside(0..4, PIECE as u64), Supply::Short);
        assert_eq!(window.set_aside(0..4, 4), Supply::Short);
    }

    #[test]
    fn skipping_counts_the_position() {
        let data = vec![7u8; PIECE * 2 + 5];
        let mut window = Window::new(Box::new(&data[..]));
        assert_eq!(window.skip(PIECE as u64 * 2), Supply::Full);
        assert_eq!(window.position(), PIECE as u64 * 2);
        assert_eq!(window.skip(6), Supply::Short);
        assert_eq!(window.position(), data.len() as u64);
    }
}
