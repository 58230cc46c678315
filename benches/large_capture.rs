//! Writes a large capture: `large-capture FOLDER MIB [SEED]` makes `large.pcap` of so many MiB and `large.pcapng` with the same frames.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    unreachable_pub,
    reason = "a measuring tool may stop, and writes files of its own"
)]

#[path = "replica/mod.rs"]
mod replica;

use std::io::BufWriter;
use std::path::Path;

use replica::{File, Format, Random};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, folder, mebibytes, seed @ ..] = arguments.as_slice() else {
        println!("usage: large-capture FOLDER MIB [SEED]");
        return;
    };
    let size = mebibytes.parse::<u64>().expect("MIB is a number") << 20;
    let seed = seed.first().map_or(1, |seed| seed.parse().expect("SEED is a number"));
    let create = |name: &str, format| {
        let output = std::fs::File::create(Path::new(folder).join(name)).expect("FOLDER can be written to");
        File::new(format, BufWriter::with_capacity(1 << 20, output)).expect("the file can be written")
    };
    let (mut pcap, mut pcapng) = (create("large.pcap", Format::Pcap), create("large.pcapng", Format::Pcapng));
    let mut frames = 0_u64;
    replica::replicate(&replica::originals(), &mut Random(seed), |time, bytes| {
        // Both files have the same times.
        let time = time / 1000 * 1000;
        pcap.frame(time, bytes).expect("large.pcap can be written");
        pcapng.frame(time, bytes).expect("large.pcapng can be written");
        frames += 1;
        pcap.size < size
    });
    println!("{frames} frames, {} bytes pcap, {} bytes pcapng", pcap.size, pcapng.size);
    pcap.finish().expect("large.pcap can be written");
    pcapng.finish().expect("large.pcapng can be written");
}
