//! A capture in which every text that a program or a network could put there tries to act.

use etherparse::PacketBuilder;

/// HTML, Markdown, templates, scripts and control characters; one line, so that it can stand in a header.
pub(crate) const TEXT: &str = "</code></pre><script>alert(1)</script><img src=x onerror=alert(1)><svg onload=alert(1)>`|`` **b** \
    [l](javascript:alert(1)) ![i](https://evil.example/x.png) <https://evil.example> {{ 7 * 7 }} {% raw %} &lt;b&gt; \
    <a id=\"f1\" class=\"client\"></a> ```hex 0-1 <style>*{display:none}</style> \u{202e}\u{200b}\u{7}\u{1b}[31m ~~s~~ <!-- \\ \
    </style> ]]> --> <wl-figure name=\"ladder\"></wl-figure> ![f](report-figures/ladder.svg) [t](#f2) #3 a@evil.example \u{fffe}\u{ffff}\u{0} \
    MMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMM";

const CLIENT: ([u8; 4], u16) = ([192, 0, 2, 100], 50000);
const SERVER: ([u8; 4], u16) = ([198, 51, 100, 10], 80);

/// A pcapng file: a DNS answer, a handshake, one exchange in which every header is hostile, and no close.
pub(crate) fn capture() -> Vec<u8> {
    let request = format!(
        "GET /{0} HTTP/1.1\r\nHost: {TEXT}\r\nUser-Agent: {TEXT}\r\nAccept-Language: {TEXT};q={0}\r\nReferer: {TEXT}\r\n{0}: {TEXT}\r\n\r\n",
        TEXT.replace(' ', "+")
    );
    let response = format!(
        "HTTP/1.1 302 {TEXT}\r\nContent-Type: {TEXT}\r\nContent-Encoding: {TEXT}\r\nLocation: {TEXT}\r\nServer: {TEXT}\r\n\
         Cache-Control: {TEXT}\r\nContent-Length: 4\r\n\r\n<b>x"
    );
    let mut file = pcapng_head();
    let mut time = 0;
    let mut add = |frame: &[u8]| {
        time += 1000;
        file.extend(block(6, &enhanced(time, frame)));
    };
    add(&dns_answer());
    let (mut seq, mut ack) = (1000, 5000);
    add(&tcp(true, seq, None, b"", true));
    add(&tcp(false, ack, Some(seq + 1), b"", true));
    seq += 1;
    ack += 1;
    add(&tcp(true, seq, Some(ack), b"", false));
    for part in request.as_bytes().chunks(1400) {
        add(&tcp(true, seq, Some(ack), part, false));
        seq += u32::try_from(part.len()).unwrap();
    }
    for part in response.as_bytes().chunks(1400) {
        add(&tcp(false, ack, Some(seq), part, false));
        ack += u32::try_from(part.len()).unwrap();
    }
    file
}

fn tcp(from_client: bool, seq: u32, ack: Option<u32>, payload: &[u8], syn: bool) -> Vec<u8> {
    let (from, to) = if from_client { (CLIENT, SERVER) } else { (SERVER, CLIENT) };
    let mut builder = PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2])
        .ipv4(from.0, to.0, 64)
        .tcp(from.1, to.1, seq, 64240);
    if let Some(ack) = ack {
        builder = builder.ack(ack);
    }
    if syn {
        builder = builder.syn();
    }
    let mut frame = Vec::new();
    builder.write(&mut frame, payload).unwrap();
    frame
}

/// An answer for a name whose labels are hostile.
fn dns_answer() -> Vec<u8> {
    let mut name = Vec::new();
    for label in ["<script>alert(1)</script>", "`|[x](javascript:alert(1))", "{{7*7}}"] {
        name.push(u8::try_from(label.len()).unwrap());
        name.extend(label.as_bytes());
    }
    name.push(0);
    let mut message = vec![0, 7, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0];
    message.extend([name.as_slice(), &[0, 1, 0, 1, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4], &SERVER.0].concat());
    let mut frame = Vec::new();
    let builder = PacketBuilder::ethernet2([2, 0, 0, 0, 0, 2], [2, 0, 0, 0, 0, 1])
        .ipv4([192, 0, 2, 53], CLIENT.0, 64)
        .udp(53, 40000);
    builder.write(&mut frame, &message).unwrap();
    frame
}

/// Section header and interface with hostile hardware, system, application, interface name and description.
fn pcapng_head() -> Vec<u8> {
    let mut section = [0x1a2b_3c4d_u32.to_le_bytes().as_slice(), &[1, 0, 0, 0], &[0xff; 8]].concat();
    for code in [1, 2, 3, 4] {
        section.extend(option(code, TEXT));
    }
    section.extend([0; 4]);
    let mut interface = vec![1, 0, 0, 0, 0, 0, 4, 0];
    for code in [2, 3] {
        interface.extend(option(code, TEXT));
    }
    interface.extend([0; 4]);
    [block(0x0a0d_0d0a, &section), block(1, &interface)].concat()
}

fn enhanced(time: u32, frame: &[u8]) -> Vec<u8> {
    let length = u32::try_from(frame.len()).unwrap();
    let mut body: Vec<u8> = [0, 0, time, length, length].iter().flat_map(|number: &u32| number.to_le_bytes()).collect();
    body.extend(padded(frame));
    body
}

fn option(code: u16, text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).unwrap();
    [code.to_le_bytes().as_slice(), &length.to_le_bytes(), &padded(text.as_bytes())].concat()
}

fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 12).unwrap().to_le_bytes();
    [kind.to_le_bytes().as_slice(), &length, body, &length].concat()
}

fn padded(bytes: &[u8]) -> Vec<u8> {
    let mut padded = bytes.to_vec();
    padded.resize(bytes.len().next_multiple_of(4), 0);
    padded
}
