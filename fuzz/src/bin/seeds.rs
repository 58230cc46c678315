//! Writes `fuzz/seeds/` from the example captures: `cargo run --manifest-path fuzz/Cargo.toml --bin seeds`, from the package's folder.

use std::error::Error;
use std::fs;
use std::path::Path;

use wirelab::analysis::analyse;
use wirelab::capture::{Bytes, Reader};
use wirelab::lab::{DEFAULT, Lab, Lang};
use wirelab::packet::{Ip, Packet};
use wirelab::render::{FigureLinks, draw, markdown};
use wirelab::report::{self, Request};
use wirelab::select::Preferences;
use wirelab::text::to_json;
use wirelab_fuzz::recipe::{self, Recipe, Step};

/// The largest seed: a fuzzer is quick with small ones.
const LARGEST: usize = 4096;
/// Frames of a capture that go into a packet seed.
const FRAMES: usize = 12;
/// Sections of a report that become seeds; of one report all do.
const SECTIONS: usize = 2;

fn main() -> Result<(), Box<dyn Error>> {
    let mut entries: Vec<_> = fs::read_dir("examples/captures")?.collect::<Result<_, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.contains(".pcap") {
            continue;
        }
        let data = fs::read(entry.path())?;
        if data.len() <= LARGEST {
            write("file", &name, &data)?;
        }
        write("packet", &name, &frames(&data)?)?;
        let recipe = of_capture(&data)?.bytes();
        write("capture", &name, &recipe)?;
        write("render", &name, &recipe)?;
        if data.len() <= LARGEST {
            sections(&name, &data)?;
        }
    }
    Ok(())
}

/// The sections of a report in Markdown.
fn sections(name: &str, data: &[u8]) -> Result<(), Box<dyn Error>> {
    let source = Bytes { name, data };
    let survey = analyse(&source, &Preferences::default())?;
    let report = report::build(&source, &survey, Request::default())?;
    let lab = Lab::built_in(DEFAULT)?;
    let languages = Lang::list("en")?;
    let figures = draw(&report, &lab, &languages)?;
    let text = markdown(&to_json(&report)?, &lab, &languages, &figures, FigureLinks::Folder("figures"))?;
    for (number, section) in text.split_inclusive("\n## ").enumerate() {
        let end = section.floor_char_boundary(LARGEST);
        if number < SECTIONS || name.contains("curl") {
            write("edited", &format!("{name}-{number}.md"), section[..end].as_bytes())?;
        }
    }
    Ok(())
}

fn write(target: &str, name: &str, seed: &[u8]) -> Result<(), Box<dyn Error>> {
    let folder = Path::new("fuzz/seeds").join(target);
    fs::create_dir_all(&folder)?;
    Ok(fs::write(folder.join(name), seed)?)
}

/// Link type and frames, each behind its length, as [`wirelab_fuzz::checks::packet`] takes them.
fn frames(data: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let source = Bytes { name: "seed", data };
    let mut reader = Reader::open(&source)?;
    let mut seed = Vec::new();
    let mut count = 0;
    while let Some(frame) = reader.next_frame() {
        if seed.is_empty() {
            seed.extend(frame.link_type.ok_or("no packet")?.0.to_be_bytes());
        }
        let length = frame.data.len().min(255);
        seed.push(u8::try_from(length)?);
        seed.extend(&frame.data[..length]);
        count += 1;
        if count == FRAMES {
            break;
        }
    }
    Ok(seed)
}

/// The segments and datagrams of a capture as steps, until the seed is large enough.
fn of_capture(data: &[u8]) -> Result<Recipe, Box<dyn Error>> {
    let source = Bytes { name: "seed", data };
    let mut reader = Reader::open(&source)?;
    let mut recipe = Recipe::default();
    let mut clients = Vec::new();
    while let Some(frame) = reader.next_frame() {
        let packet = Packet::parse(frame);
        let Some(ip) = packet.ip() else { continue };
        let mut step = Step { time: 10, connection: family(ip), ..Step::default() };
        if let Some(tcp) = packet.tcp() {
            let from_server = tcp.source_port < tcp.destination_port;
            let client = if from_server { tcp.destination_port } else { tcp.source_port };
            let number = clients.iter().position(|known| *known == client).unwrap_or_else(|| {
                clients.push(client);
                clients.len() - 1
            });
            step.connection |= u8::try_from(number % 8)?;
            step.connection |= if from_server { recipe::FROM_SERVER } else { 0 };
            step.flags = u8::try_from(tcp.flags.0 & 0xff)?;
            step.connection |= if step.flags & 2 != 0 { recipe::WITH_OPTIONS } else { 0 };
            step.payload = tcp.payload[..tcp.payload.len().min(1460)].to_vec();
        } else if let Some(udp) = packet.udp() {
            step.kind = 9;
            step.connection |= if udp.source_port == 53 { recipe::FROM_SERVER } else { 0 };
            step.payload = udp.payload.to_vec();
        } else if let Some(icmp) = packet.icmp() {
            let reply = matches!(icmp.kind, 0 | 129);
            step.kind = if reply { 11 } else { 10 };
            step.connection |= if reply { recipe::FROM_SERVER } else { 0 };
            step.flags = icmp.bytes.get(7).copied().unwrap_or(0);
        } else {
            continue;
        }
        recipe.steps.push(step);
        if recipe.bytes().len() > LARGEST {
            recipe.steps.pop();
            break;
        }
    }
    Ok(recipe)
}

fn family(ip: &Ip<'_>) -> u8 {
    if ip.source().is_ipv6() { recipe::OVER_IPV6 } else { 0 }
}
