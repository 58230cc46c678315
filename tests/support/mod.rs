//! Captures for tests: recorded ones, and small ones that are written as text, one packet a line.
//!
//! A script says what the two sides do; sequence numbers, acknowledgment numbers, lengths and checksums follow by themselves.
//!
//! ```text
//! # What the capture shows. `#` begins a comment.
//! offload c                          the client's checksums are left to its network card
//! 0       handshake                  the three segments, 12 ms round trip
//! +1ms    c "GET / HTTP/1.1\r\nHost: www.lab.example\r\n\r\n"
//! +12ms   s ACK
//! +1ms    s "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n" body 4000
//! +0      c ACK
//! +5s     s FIN
//! ```
//!
//! | statement | is |
//! | --- | --- |
//! | `capture FILE` | a recorded capture, by its path in the package; nothing else may stand in the script |
//! | `link NAME` | the link layer, by its name in `link.rs`; `ethernet` unless said; a number is that of pcap, for frames written as bytes |
//! | `tunnel NAME` | every packet goes through a tunnel, by its name in `tunnel.rs`; only on Ethernet |
//! | `fragments N` | every packet that carries more than N bytes comes in fragments of N, a multiple of 8 |
//! | `stored cut N`, `stored gzip`, `stored zstd-dictionary` | how the file is stored: see `stored.rs` |
//! | `empty` | the file has no frame |
//! | `snap N` | frames are cut to N bytes |
//! | `offload c`, `offload s` | that side's checksums are not filled in |
//! | `pad` | frames that are not the client's are padded to 60 bytes |
//! | `twice TIME` | every packet is recorded once more, so much later, as on two interfaces |
//! | `host ADDRESS ttl=N mac=M id=N` | how an address sends: TTL 64 for 192.0.2.100, else 63; the router's MAC address unless it is the client's; `id` is a fixed identification |
//! | `open [N] client=A:P server=A:P` | a connection; number 1 is 192.0.2.100:50000 to 198.51.100.10:80, N is the same from port 50000 + N - 1 |
//! | `TIME handshake [N] [rtt=T]` | SYN, SYN-ACK, ACK with the usual options |
//! | `TIME c[N] …`, `TIME s[N] …` | a segment of the client or of the server |
//! | `TIME dns NAME ADDRESS` | a query and its answer, 2 ms later |
//! | `TIME frame HEX` | a frame as it is |
//! | `TIME error ADDRESS TYPE CODE c[N]` | an ICMP error of that address about the last segment of the client (or `s`, the server), of which IPv4 quotes 28 bytes; `mtu=N` |
//! | `TIME ping ADDRESS T T …` | echo requests, one a second, each with its round trip or `lost` |
//!
//! `TIME` is `+6ms` after the packet before it, or `1.5s` after the start. An indented line continues the line before it.
//!
//! | in a segment | means |
//! | --- | --- |
//! | `SYN FIN RST ACK PSH` | flags; ACK is set by itself once something was received; `noack` leaves it out |
//! | `"text"` | payload with `\r \n \t \" \\ \x00`; `"ab"*100` repeats; `{length}` is the number of bytes behind the string |
//! | `body N`, `gzip "text"`, `chunk "text"`, `gzip-chunk "text"`, `hex 1603` | more payload |
//! | `client-hello NAME`, `server-hello 1.3`, `sealed N` | TLS records |
//! | `mss=1460 scale=7 sack` | options of a SYN |
//! | `option=HEX` | one more option, or several, filled up to a multiple of four bytes |
//! | `window=N ttl=N id=N tos=N nodf` | fields |
//! | `every=1ms` | payload that takes several segments: the time between them |
//! | `as=NAME`, `again=NAME`, `again` | a name for the segment; the same segment once more; the sender's last one once more |
//! | `lost` | it does not arrive; the capture, made at the client, has it only if the client sent it |
//! | `unseen` | it arrives, but is not in the capture |
//! | `crossing` | sent before the other side's last segment arrived: repeats the sender's last acknowledgment number |
//! | `whole` | the payload in one segment, however long, as before segmentation offload |
//! | `damaged` | its last byte was changed after the checksum was computed |
//! | `probe` | a keep-alive probe: the sequence number before the next |
#![allow(dead_code, unreachable_pub, reason = "each test takes its part")]
#![allow(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test reads files, and may panic"
)]

mod asked;
pub mod cost;
pub mod flood;
pub mod fragment;
pub mod host;
pub mod link;
pub mod payload;
pub mod recorded;
pub mod report;
pub mod script;
pub mod sound;
pub mod stored;
pub mod tunnel;
pub mod wire;
pub mod words;

/// The bytes of the capture that a script describes. An error begins with file and line.
pub fn capture(file: &str, script: &str) -> Result<Vec<u8>, String> {
    script::run(file, script)
}
