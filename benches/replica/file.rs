//! Capture files, written frame by frame.

use std::io::{self, Write};

/// Largest captured length, as capture programs set it.
const SNAP_LENGTH: u32 = 262_144;

/// A file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// pcap with microseconds.
    Pcap,
    /// pcapng with nanoseconds, as dumpcap writes it.
    Pcapng,
}

/// A capture file of Ethernet frames.
pub struct File<W> {
    output: W,
    format: Format,
    /// Bytes written up to now.
    pub size: u64,
}

impl<W: Write> File<W> {
    /// Begins a file.
    pub fn new(format: Format, output: W) -> io::Result<Self> {
        let mut file = Self { output, format, size: 0 };
        match format {
            Format::Pcap => file.put(&[0xa1b2_c3d4, 4 << 16 | 2, 0, 0, SNAP_LENGTH, 1], &[])?,
            Format::Pcapng => {
                file.put(&[0x0a0d_0d0a, 28, 0x1a2b_3c4d, 1, u32::MAX, u32::MAX, 28], &[])?;
                // if_tsresol (9): 9 digits; end of options
                file.put(&[1, 32, 1, SNAP_LENGTH, 1 << 16 | 9, 9, 0, 32], &[])?;
            }
        }
        Ok(file)
    }

    /// Writes a frame captured `time` nanoseconds after 1970.
    pub fn frame(&mut self, time: u64, bytes: &[u8]) -> io::Result<()> {
        let length = bytes.len() as u32;
        match self.format {
            Format::Pcap => {
                let (seconds, micros) = (time / 1_000_000_000, time % 1_000_000_000 / 1000);
                self.put(&[seconds as u32, micros as u32, length, length], bytes)
            }
            Format::Pcapng => {
                let padding = bytes.len().next_multiple_of(4) - bytes.len();
                let total = 32 + length + padding as u32;
                self.put(&[6, total, 0, (time >> 32) as u32, time as u32, length, length], bytes)?;
                self.put(&[], &[0; 3][..padding])?;
                self.put(&[total], &[])
            }
        }
    }

    /// Ends the file.
    pub fn finish(mut self) -> io::Result<W> {
        self.output.flush()?;
        Ok(self.output)
    }

    fn put(&mut self, numbers: &[u32], bytes: &[u8]) -> io::Result<()> {
        for number in numbers {
            self.output.write_all(&number.to_le_bytes())?;
        }
        self.output.write_all(bytes)?;
        self.size += (numbers.len() * 4 + bytes.len()) as u64;
        Ok(())
    }
}
