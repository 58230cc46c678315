//! The capture file as a whole: what `capinfos` and tshark say of it.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use super::known_differences as known;
use super::process;
use super::segments::is_cut;
use super::tally::Tally;
use super::tshark::{Dissection, print_seconds};

/// One interface as `capinfos` prints it.
#[derive(Debug, Default)]
struct Interface {
    name: Option<String>,
    encapsulation: Option<String>,
    snap_length: Option<u64>,
}

/// What `capinfos` prints of a file.
#[derive(Debug, Default)]
pub(crate) struct Information {
    file_type: String,
    hardware: Option<String>,
    os: Option<String>,
    application: Option<String>,
    interfaces: Vec<Interface>,
}

/// Runs `capinfos`. `Err` if it did not end by itself; nothing is known of files that it does not read.
pub(crate) fn information(capture: &Path, limit: Duration) -> Result<Information, String> {
    let mut command = Command::new("capinfos");
    command.env("TZ", "UTC").env("LC_ALL", "C.UTF-8").arg("-M").arg(capture);
    let finished = process::run_once(&mut command, capture, limit)?;
    let mut information = Information::default();
    let printed = String::from_utf8_lossy(&finished.stdout);
    // Of several sections, capinfos prints the interfaces of all of them under each.
    for line in printed.lines().take_while(|line| !line.starts_with("Section 1:")) {
        if line.starts_with("Interface #") {
            information.interfaces.push(Interface::default());
        } else if let (Some((name, value)), Some(interface)) =
            (line.split_once(" = "), information.interfaces.last_mut())
        {
            let value = value.to_owned();
            match name.trim() {
                "Name" => interface.name = Some(value),
                "Encapsulation" => interface.encapsulation = Some(value),
                "Capture length" => interface.snap_length = value.parse().ok(),
                _ => {}
            }
        } else if let Some((name, value)) = line.split_once(':') {
            let value = value.trim();
            match name {
                "File type" => value.clone_into(&mut information.file_type),
                "Capture hardware" => information.hardware = Some(value.to_owned()),
                "Capture oper-sys" => information.os = Some(value.to_owned()),
                "Capture application" => information.application = Some(value.to_owned()),
                _ => {}
            }
        }
    }
    Ok(information)
}

/// Compares `capture` of the analysis.
pub(crate) fn compare(
    tally: &mut Tally,
    path: &Path,
    dissection: &Dissection,
    information: &Information,
    analysis: &Value,
) {
    let Some(capture) = analysis.get("capture") else {
        return;
    };
    let times: Vec<i128> = dissection.rows.iter().filter_map(super::tshark::Row::time).collect();
    let (first, last) = (times.iter().min().copied(), times.iter().max().copied());
    let cut = dissection.rows.iter().filter(|row| is_cut(row)).count();
    let mut truth = json!({
        "file": process::base_name(path),
        "bytes": std::fs::metadata(path).ok().map(|metadata| metadata.len()),
        "frames": dissection.rows.len(),
        "first_time": first.map(print_seconds),
        "last_time": last.map(print_seconds),
        "duration": first.zip(last).map(|(first, last)| print_seconds(last - first)),
        "snapped_frames": cut,
    });
    let damaged = dissection.complaint.is_some();
    if let Some(truth) = truth.as_object_mut().filter(|_| !damaged) {
        truth.extend(from_information(information));
    }
    let frames = capture.get("frames").and_then(Value::as_u64).unwrap_or(0);
    let reads_more = damaged && frames > dissection.rows.len() as u64;
    tally.compare_json("capture", "file", Some(capture), &truth, &|_, ours, theirs| {
        reads_more.then(|| known::READS_MORE.to_owned()).or_else(|| known::of_time(ours, theirs))
    });
    if !damaged {
        compare_interfaces(tally, information, capture);
    }
}

fn from_information(information: &Information) -> serde_json::Map<String, Value> {
    let mut map = serde_json::Map::new();
    let compression = ["gzip", "zstd", "lz4"]
        .into_iter()
        .find(|name| information.file_type.contains(&format!("({name} compressed)")));
    map.insert("compression".to_owned(), json!(compression));
    if information.file_type.contains("pcapng") {
        map.insert("format".to_owned(), json!("pcapng"));
        map.insert("hardware".to_owned(), json!(information.hardware));
        map.insert("os".to_owned(), json!(information.os));
        map.insert("application".to_owned(), json!(information.application));
    } else if information.file_type.contains("pcap") {
        map.insert("format".to_owned(), json!("pcap"));
    }
    map
}

fn compare_interfaces(tally: &mut Tally, information: &Information, capture: &Value) {
    let empty = Vec::new();
    let ours = capture.get("interfaces").and_then(Value::as_array).unwrap_or(&empty);
    let is_pcapng = information.file_type.contains("pcapng");
    for (id, interface) in information.interfaces.iter().enumerate() {
        let key = format!("interface {id}");
        let Some(found) = ours.get(id) else {
            tally.compare("capture.interface", &key, None, Some("there"), || None);
            continue;
        };
        let text = |name: &str| found.get(name).and_then(Value::as_str);
        if is_pcapng {
            tally.compare("capture.interface.name", &key, text("name"), interface.name.as_deref(), || None);
        }
        // 0 means that there is none.
        let printed = |length: Option<u64>| length.filter(|length| *length > 0).map(|length| length.to_string());
        let mine = printed(found.get("snap_length").and_then(Value::as_u64));
        let theirs = printed(interface.snap_length);
        tally.compare("capture.interface.snap_length", &key, mine.as_deref(), theirs.as_deref(), || None);
        if let Some(expected) = interface.encapsulation.as_deref().and_then(link_type) {
            tally.compare("capture.interface.link_type", &key, text("link_type"), Some(expected), || None);
        }
    }
}

/// libpcap's name for what `capinfos` calls an encapsulation, where there is just one.
fn link_type(encapsulation: &str) -> Option<&'static str> {
    let (_, short) = encapsulation.rsplit_once(" - ")?;
    match short.trim_end_matches(')') {
        "ether" => Some("ETHERNET"),
        "linux-sll" => Some("LINUX_SLL"),
        "linux-sll2" => Some("LINUX_SLL2"),
        "rawip4" => Some("IPV4"),
        "rawip6" => Some("IPV6"),
        "ieee-802-11" => Some("IEEE802_11"),
        "ieee-802-11-radiotap" => Some("IEEE802_11_RADIOTAP"),
        _ => None,
    }
}

/// Compares the exit code with what tshark made of the file.
pub(crate) fn compare_exit(tally: &mut Tally, dissection: &Dissection, code: i32, frames: Option<u64>) {
    let rows = dissection.rows.len() as u64;
    let reads_more = frames.is_some_and(|frames| frames > rows);
    let expected = match &dissection.complaint {
        None => 0,
        Some(_) if rows == 0 && !reads_more => 2,
        Some(_) => 1,
    };
    let complaint = dissection.complaint.as_deref().unwrap_or_default();
    let (ours, theirs) = (code.to_string(), expected.to_string());
    tally.compare("exit code", "inspect", Some(&ours), Some(&theirs), || {
        if complaint.contains("doesn't support") || complaint.contains("unsupported") {
            return Some(known::NO_LINK_TYPE.to_owned());
        }
        (reads_more && code < 2).then(|| known::READS_MORE.to_owned())
    });
}
