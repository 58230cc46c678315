//! The rule on small built connections: client 10.0.0.1:40000 (or `fd00::1`), server 10.0.0.2:80 (or `fd00::2`).

use crate::analysis::analyse;
use crate::capture::Bytes;
use crate::select::Preferences;

/// How often the analysis notes something.
#[derive(Debug, PartialEq, Eq)]
struct Noted {
    copies: u64,
    retransmissions: u64,
    duplicate_acks: u64,
}

fn noted(copies: u64, retransmissions: u64, duplicate_acks: u64) -> Noted {
    Noted { copies, retransmissions, duplicate_acks }
}

/// One segment a line: microseconds, side (`c` or `s`), flags of `SFRA`, seq, ack, length; then, where it is not the usual,
/// `id=` (0), `ttl=` (64), `mac=` (1), `sum=` (0x1234; `partial` for the pseudo-header's).
fn over_ipv4(lines: &str) -> Noted {
    count(lines, false)
}

/// The same over IPv6.
fn over_ipv6(lines: &str) -> Noted {
    count(lines, true)
}

fn count(lines: &str, v6: bool) -> Noted {
    let mut pcap = [0xa1b2_c3d4_u32, 0x0002_0004, 0, 0, 65535, 1].map(u32::to_be_bytes).concat();
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let time: u32 = line.split_whitespace().next().unwrap().parse().unwrap();
        let frame = frame(line, v6);
        let length = u32::try_from(frame.len()).unwrap();
        let header = [time / 1_000_000, time % 1_000_000, length, length];
        pcap.extend(header.map(u32::to_be_bytes).concat());
        pcap.extend(frame);
    }
    let source = Bytes { name: "built", data: &pcap };
    let analysis = analyse(&source, &Preferences::default()).unwrap().analysis;
    let connection = &analysis.connections[0];
    assert_eq!(connection.frames, analysis.capture.frames, "copies belong to their connection");
    noted(analysis.capture.copies, connection.retransmissions, connection.duplicate_acks)
}

fn frame(line: &str, v6: bool) -> Vec<u8> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let number = |text: &str| text.parse::<u32>().unwrap();
    let option = |name: &str| words[6..].iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    let byte = |name: &str, usual: u8| option(name).map_or(usual, |text| text.parse().unwrap());
    let client = words[1] == "c";
    let flags: u8 = words[2].chars().map(|flag| 1 << "FSRPA".find(flag).unwrap()).sum();
    let (seq, ack, length) = (number(words[3]), number(words[4]), number(words[5]));
    let ports: [u16; 2] = if client { [40000, 80] } else { [80, 40000] };
    let (from, to) = if client { (1, 2) } else { (2, 1) };
    let segment_length = u16::try_from(20 + length).unwrap();
    let sum = match option("sum") {
        None => 0x1234,
        // 10.0.0.1, 10.0.0.2, TCP, length.
        Some("partial") => 0x0a00 + 1 + 0x0a00 + 2 + 6 + segment_length,
        Some(text) => text.parse().unwrap(),
    };

    let mac = byte("mac", 1);
    let mut frame = vec![2, 0, 0, 0, mac, to, 2, 0, 0, 0, mac, from];
    let ttl = byte("ttl", 64);
    if v6 {
        let address = |last| [&[0xfd][..], &[0; 14], &[last]].concat();
        frame.extend([0x86, 0xdd, 0x60, 0, 0, 0]);
        frame.extend(segment_length.to_be_bytes());
        frame.extend([6, ttl]);
        frame.extend([address(from), address(to)].concat());
    } else {
        let id: u16 = option("id").map_or(0, |text| text.parse().unwrap());
        frame.extend([8, 0, 0x45, 0]);
        frame.extend([20 + segment_length, id, 0x4000].map(u16::to_be_bytes).concat());
        frame.extend([ttl, 6, 0, 0, 10, 0, 0, from, 10, 0, 0, to]);
    }
    frame.extend(ports.map(u16::to_be_bytes).concat());
    frame.extend([seq, ack].map(u32::to_be_bytes).concat());
    frame.extend([0x50, flags]);
    frame.extend([8192, sum, 0].map(u16::to_be_bytes).concat());
    frame.resize(frame.len() + length as usize, b'x');
    frame
}

#[test]
fn the_same_identification_is_the_same_packet() {
    let twice = "
        0     c S  100 0   0   id=7
        3     c S  100 0   0   id=7
        500   s SA 300 101 0   id=90
        600   s SA 300 101 0   id=90
        700   c A  101 301 0   id=8
        50700 c A  101 301 0   id=8
        60000 c A  101 301 50  id=9
        60001 c A  101 301 50  id=9
        60002 c A  101 301 50  id=9";
    assert_eq!(over_ipv4(twice), noted(5, 0, 0));
}

#[test]
fn another_identification_is_another_packet() {
    let again = "
        0      c S 100 0   0  id=7
        300    c S 100 0   0  id=8
        500    c A 101 301 50 id=9
        500    c A 101 301 50 id=10
        600    s A 301 151 0  id=1
        600    s A 301 151 0  id=2";
    assert_eq!(over_ipv4(again), noted(0, 2, 1));
}

#[test]
fn a_load_balancer_that_keeps_the_identification_retransmits_later() {
    let after_a_second = "
        0       s A 301 101 50 id=7
        1000000 s A 301 101 50 id=7";
    assert_eq!(over_ipv4(after_a_second), noted(0, 1, 0));
    let after_duplicate_acknowledgments = "
        0    s A 301 101 50 id=7
        10   s A 351 101 50 id=8
        20   s A 401 101 50 id=9
        30   c A 101 301 0  id=1
        1000 c A 101 301 0  id=2
        1010 c A 101 301 0  id=3
        1020 s A 301 101 50 id=7";
    assert_eq!(over_ipv4(after_duplicate_acknowledgments), noted(0, 1, 2));
}

#[test]
fn an_identification_that_never_changes_says_nothing() {
    let written_by_a_program = "
        0    c S  100 0   0  id=1
        1000 s SA 300 101 0  id=1
        2000 c A  101 301 0  id=1
        3000 c A  101 301 16 id=1
        4000 c A  101 301 16 id=1
        5000 c A  117 301 0  id=1
        5001 c A  117 301 0  id=1";
    assert_eq!(over_ipv4(written_by_a_program), noted(0, 1, 2));
}

#[test]
fn one_hop_further_is_another_place() {
    let router = "
        0    s SA 300 101 0  ttl=47
        30   s SA 300 101 0  ttl=46
        1000 c A  101 301 0
        1005 c A  101 301 0  ttl=63
        9000 s A  301 101 50 ttl=47
        9010 s A  301 101 50 ttl=46";
    assert_eq!(over_ipv4(router), noted(3, 0, 0));
    let other_ways = "
        0 s A 301 101 0 ttl=47
        9 s A 301 101 0 ttl=44";
    assert_eq!(over_ipv4(other_ways), noted(0, 0, 1));
}

#[test]
fn equal_acknowledgments_at_two_places_stay_two() {
    let bridge = "
        0 c A 101 301 0 mac=1
        1 c A 101 301 0 mac=1
        2 c A 101 301 0 mac=2
        3 c A 101 301 0 mac=2";
    assert_eq!(over_ipv4(bridge), noted(2, 0, 1));
    assert_eq!(over_ipv6(bridge), noted(2, 0, 1));
}

#[test]
fn what_repeats_without_new_data_is_no_copy() {
    let answers_to_two_copies = "
        0  s A  301 101 50 id=7 ttl=50
        5  s A  301 101 50 id=7 ttl=49
        20 c A  101 351 0
        20 c A  101 351 0
        90 c FA 101 351 0
        98 c FA 101 351 0
        99 c R  102 0   0
        99 c R  102 0   0";
    assert_eq!(over_ipv4(answers_to_two_copies), noted(2, 0, 1), "the data and the FIN");
    let asked_for = "
        0   c A 101 301 50
        100 s A 301 101 0
        200 c A 101 301 50";
    assert_eq!(over_ipv6(asked_for), noted(0, 1, 0));
    let late = "
        0    c A 101 301 50
        1000 c A 101 301 50";
    assert_eq!(over_ipv6(late), noted(0, 1, 0));
}

#[test]
fn an_acknowledgment_is_no_reason_to_send_again() {
    let late_copies = "
        0    c S  100 0   0
        200  c S  100 0   0
        300  s SA 300 101 0
        330  c A  101 301 0
        500  s SA 300 101 0
        530  c A  101 301 0
        600  c A  101 301 50
        700  s A  301 151 0
        800  c A  101 301 50";
    assert_eq!(over_ipv6(late_copies), noted(4, 0, 0));
}

#[test]
fn without_identification_all_of_one_end_recorded_twice_proves_it() {
    let twice = "
        0    c S  100 0   0
        1    c S  100 0   0
        500  s SA 300 101 0
        501  s SA 300 101 0
        600  c A  101 301 0
        601  c A  101 301 50
        602  c A  101 301 0
        603  c A  101 301 50
        700  s A  301 151 0
        701  s A  301 151 0
        710  s A  301 151 0
        711  s A  301 151 0";
    assert_eq!(over_ipv6(twice), noted(6, 0, 1));
    let one_end_only = "
        0    c S  100 0   0
        1    c S  100 0   0
        500  s SA 300 101 0
        600  c A  101 301 50
        601  c A  101 301 50
        700  s A  301 151 0
        701  s A  301 151 0";
    assert_eq!(over_ipv6(one_end_only), noted(2, 0, 1));
}

#[test]
fn checksums_speak_against_it_unless_left_to_the_card() {
    let both_ends = "
        0     c A 101 301 50 id=7 sum=partial
        50000 c A 101 301 50 id=7 sum=4711 ttl=59 mac=9";
    assert_eq!(over_ipv4(both_ends), noted(1, 0, 0));
    let other_payload = "
        0 c A 101 301 50 id=7 sum=4710
        9 c A 101 301 50 id=7 sum=4711";
    assert_eq!(over_ipv4(other_payload).copies, 0);
}
