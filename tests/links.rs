//! The same packets say the same in every link layer: connection, exchange, name and ping.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod support;

use serde_json::Value;
use support::link::{EXCHANGE, LINKS};
use wirelab::analysis::analyse;
use wirelab::capture::{Bytes, CaptureError};
use wirelab::evidence;
use wirelab::select::Preferences;
use wirelab::text::to_json;

fn analysis(link: &str, script: &str) -> Value {
    let data = support::capture(link, &format!("link {link}\n{script}")).unwrap();
    let source = Bytes { name: "x.pcap", data: &data };
    to_json(&analyse(&source, &Preferences::default()).unwrap().analysis).unwrap()
}

/// The Analysis without what is of the link layer itself.
fn without_link(mut analysis: Value) -> Value {
    let capture = analysis["capture"].as_object_mut().unwrap();
    for name in ["bytes", "link_types", "interfaces"] {
        capture.remove(name);
    }
    analysis
}

#[test]
fn the_same_packets_say_the_same_in_every_link_layer() {
    let v6 = EXCHANGE.replace("0       dns", "open client=[2001:db8::2]:50000 server=[2001:db8::1]:80\n0       dns");
    for script in [EXCHANGE, &v6] {
        let expected = without_link(analysis("ethernet", script));
        assert_eq!(expected["exchanges"][0]["response"]["complete"], true);
        assert_eq!(expected["connections"][0]["close"]["kind"], "four_segment");
        assert_eq!(expected["names"].as_array().unwrap().len(), 1);
        assert_eq!(expected["pings"][0]["received"], 1);
        for link in LINKS {
            let found = without_link(analysis(link.name, script));
            assert_eq!(found, expected, "{}", link.name);
        }
    }
}

/// What cannot be read is said, and read no further.
#[test]
fn encrypted_and_foreign_content_is_named() {
    let capture = |number: u32, frames: &[&[u8]]| {
        let mut bytes = [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 262_144, number].map(u32::to_le_bytes).concat();
        for frame in frames {
            let length = u32::try_from(frame.len()).unwrap();
            bytes.extend([1, 0, length, length].map(u32::to_le_bytes).concat());
            bytes.extend(*frame);
        }
        bytes
    };
    let codes = |number: u32, frame: &[u8]| {
        let data = capture(number, &[frame]);
        let source = Bytes { name: "x.pcap", data: &data };
        let analysis = to_json(&analyse(&source, &Preferences::default()).unwrap().analysis).unwrap();
        let codes = analysis["diagnostics"].as_array().unwrap().iter().map(|d| d["code"].as_str().unwrap().to_owned());
        codes.collect::<Vec<_>>().join(" ")
    };
    let header = |first: u8, flags: u8| [&[first, flags, 0, 0], &[2; 18][..], &[0, 0]].concat();
    assert_eq!(codes(105, &[header(8, 0x41), vec![0; 40]].concat()), "packet.encrypted");
    assert_eq!(codes(105, &header(0x80, 0)), "", "a beacon");
    assert_eq!(codes(105, &header(0x48, 1)), "", "no data");
    assert_eq!(codes(105, &header(8, 1)), "packet.malformed");
    let two = [header(0x88, 1), vec![0x80, 0], [&[1; 12], &[0, 20][..], &[0; 20], &[0, 0]].concat().repeat(2)].concat();
    assert_eq!(codes(105, &two), "packet.aggregate");
    assert_eq!(codes(9, &[0xff, 3, 0xc0, 0x21, 1, 1, 0, 4]), "packet.unknown_ppp_protocol");
    let bridges = [&[1; 12][..], &[0, 7, 0x42, 0x42, 3, 0, 0, 0, 0]].concat();
    assert_eq!(codes(1, &bridges), "packet.unknown_service_point");
    assert_eq!(codes(0, &[7, 0, 0, 0, 1, 2, 3, 4]), "packet.unknown_family");
    let discovery = [&[1; 12][..], &[0x88, 0x63, 0x11, 9, 0, 0, 0, 0]].concat();
    assert_eq!(codes(1, &discovery), "");
    assert_eq!(codes(250, &[0; 40]), "packet.unknown_link_type");
}

/// Field trees of frames that are cut anywhere in their headers, or have another byte there: nothing panics.
#[test]
fn headers_that_are_cut_or_changed_are_read_as_far_as_they_go() {
    const HEADERS: usize = 160;
    const FILE_HEADER: usize = 24;
    let read = |data: &[u8]| {
        let source = Bytes { name: "x.pcap", data };
        let survey = analyse(&source, &Preferences::default()).unwrap();
        let mut frames = 0;
        let counted = evidence::trees(&source, &survey, None, &mut |_| {
            frames += 1;
            Ok::<_, CaptureError>(())
        });
        counted.unwrap();
        frames
    };
    for link in LINKS {
        for length in 1..=HEADERS {
            let cut = support::capture(link.name, &format!("link {}\nsnap {length}\n0 handshake", link.name)).unwrap();
            assert_eq!(read(&cut), 3, "{} cut to {length}", link.name);
        }
        let whole = support::capture(link.name, &format!("link {}\n0 handshake", link.name)).unwrap();
        for at in (FILE_HEADER + 16..whole.len()).take(HEADERS) {
            for byte in [0, 1, 0x7f, 0xff] {
                let mut changed = whole.clone();
                changed[at] = byte;
                read(&changed);
            }
        }
    }
}
