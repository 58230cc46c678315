//! `wirelab inspect` for people.

use std::io::{self, Write};
use std::net::IpAddr;

use crate::analysis::model::{Analysis, Application, Close, CloseKind, Connection, Exchange, Side, StepKind};
use crate::dissect::FrameTree;
use crate::packet::Endpoint;
use crate::text::{Text, printable};

/// Connections, exchanges and the rest of the Analysis as aligned lines.
pub(super) fn analysis(analysis: &Analysis, out: &mut impl Write) -> io::Result<()> {
    let capture = &analysis.capture;
    write!(out, "{}: {} frames, {} bytes", capture.file.printable(), capture.frames, capture.bytes)?;
    if let Some(duration) = capture.duration {
        write!(out, ", {duration} s")?;
    }
    writeln!(out)?;
    for (what, text) in [("application", &capture.application), ("os", &capture.os), ("hardware", &capture.hardware)] {
        if let Some(text) = text {
            writeln!(out, "  {what}: {}", text.printable())?;
        }
    }
    if capture.copies > 0 {
        writeln!(out, "  copies: {} frames hold packets that earlier frames hold already", capture.copies)?;
    }
    for name in &analysis.names {
        writeln!(out, "name {} = {} (frame {})", name.name.printable(), name.address, name.answer_frame)?;
    }
    for ping in &analysis.pings {
        let rtts = ping.rtts.iter().map(|rtt| rtt.map_or_else(|| "no reply".to_owned(), |rtt| format!("{rtt} s")));
        let rtts: Vec<String> = rtts.collect();
        writeln!(out, "ping {}: {} of {} answered: {}", ping.target, ping.received, ping.sent, rtts.join(", "))?;
    }
    if !analysis.connections.is_empty() {
        writeln!(out, "\nTCP connections (stream, client > server, application, frames, handshake, close)")?;
    }
    let mut line = Line::default();
    for connection in &analysis.connections {
        connection_line(connection, &mut line);
        line.write(out)?;
    }
    for tls in &analysis.tls {
        let name = tls.server_name.as_ref().map_or_else(|| "no server name".into(), Text::printable);
        let version = tls.version.as_deref().unwrap_or("no Server Hello");
        writeln!(out, "tls {:>4}  {name} ({version}), Client Hello in frame {}", tls.stream, tls.client_hello)?;
    }
    if !analysis.exchanges.is_empty() {
        writeln!(out, "\nHTTP exchanges (stream.index, frames, request, response)")?;
    }
    for exchange in &analysis.exchanges {
        let selected = analysis.selected.as_ref();
        let is_selected =
            selected.is_some_and(|chosen| (chosen.stream, chosen.index) == (exchange.stream, exchange.index));
        line.text(if is_selected { "*" } else { " " });
        exchange_line(exchange, &mut line);
        line.write(out)?;
    }
    if analysis.selected.is_some() {
        writeln!(out, "* what a report is about, unless --stream, --frame or --host says otherwise")?;
    }
    for orphan in &analysis.orphan_responses {
        let (stream, response) = (orphan.stream, &orphan.response);
        writeln!(
            out,
            "stream {stream}: response {} in frame {} without its request",
            response.status, response.first_frame
        )?;
    }
    for diagnostic in &analysis.diagnostics {
        let frame = diagnostic.frame.map_or_else(String::new, |frame| format!(" frame {frame}"));
        let params: Vec<String> = diagnostic.params.iter().map(|(name, value)| format!("{name}={value}")).collect();
        writeln!(out, "note {}{frame} {}", diagnostic.code, printable(&params.join(" ")))?;
    }
    Ok(())
}

/// A line on its way out. There are tens of thousands, so that they are put together without `fmt`, which takes some hundred
/// instructions for a number.
#[derive(Default)]
struct Line(Vec<u8>);

impl Line {
    fn text(&mut self, text: &str) -> &mut Self {
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    fn number(&mut self, mut number: u64) -> &mut Self {
        let start = self.0.len();
        loop {
            self.0.push(b'0' + u8::try_from(number % 10).unwrap_or_default());
            number /= 10;
            if number == 0 {
                break;
            }
        }
        if let Some(digits) = self.0.get_mut(start..) {
            digits.reverse();
        }
        self
    }

    /// The number of a connection, with blanks before it up to four characters.
    fn stream(&mut self, stream: u32) -> &mut Self {
        for least in [1000, 100, 10] {
            if stream < least {
                self.text(" ");
            }
        }
        self.number(stream.into())
    }

    /// The number of a frame, or a dash.
    fn frame(&mut self, number: Option<u64>) -> &mut Self {
        match number {
            Some(number) => self.number(number),
            None => self.text("-"),
        }
    }

    fn endpoint(&mut self, Endpoint { ip, port }: &Endpoint) -> &mut Self {
        match ip {
            IpAddr::V4(ip) => {
                let [first, second, third, fourth] = ip.octets().map(u64::from);
                self.number(first).text(".").number(second).text(".").number(third).text(".").number(fourth);
            }
            IpAddr::V6(ip) => {
                self.text(&ip.to_string());
            }
        }
        self.text(":").number((*port).into())
    }

    /// Ends the line and writes it.
    fn write(&mut self, out: &mut impl Write) -> io::Result<()> {
        self.0.push(b'\n');
        out.write_all(&self.0)?;
        self.0.clear();
        Ok(())
    }
}

fn connection_line(connection: &Connection, line: &mut Line) {
    let application = match connection.application {
        Application::Http => "http",
        Application::Tls => "tls",
        Application::Http2 => "http2",
        Application::Unknown => "unknown",
        Application::None => "-",
    };
    let Connection { stream, client, server, frames, handshake, close, .. } = connection;
    line.stream(*stream).text("  ").endpoint(client).text(" > ").endpoint(server);
    line.text("  ").text(application).text("  ").number(*frames).text("  ");
    line.frame(handshake.syn).text("/").frame(handshake.syn_ack).text("/").frame(handshake.ack).text("  ");
    close_steps(close, line);
}

fn close_steps(close: &Close, line: &mut Line) {
    let kind = match close.kind {
        CloseKind::FourSegment => "four segments:",
        CloseKind::ThreeSegment => "three segments:",
        CloseKind::Simultaneous => "simultaneous:",
        CloseKind::HalfClosed => "half closed:",
        CloseKind::Reset => "reset:",
        CloseKind::None => "not closed",
    };
    line.text(kind);
    if close.kind == CloseKind::None {
        return;
    }
    for (place, step) in close.steps.iter().enumerate() {
        let from = if step.from == Side::Client { " c " } else { " s " };
        let what = match step.step {
            StepKind::Fin => "FIN ",
            StepKind::Ack => "ACK ",
            StepKind::FinAck => "FIN+ACK ",
            StepKind::Rst => "RST ",
        };
        line.text(if place == 0 { "" } else { "," }).text(from).text(what).number(step.frame);
    }
}

fn exchange_line(exchange: &Exchange, line: &mut Line) {
    let Exchange { stream, index, request, response, .. } = exchange;
    let answered = response.as_ref().and_then(|response| response.frame);
    let host = request.host.as_ref().map(Text::printable).unwrap_or_default();
    line.stream(*stream).text(".").number((*index).into()).text("  ").frame(request.frame).text(" > ").frame(answered);
    line.text("  ").text(&request.method.printable()).text(" ").text(&host);
    line.text(" ").text(&request.target.printable()).text("  ");
    match response {
        None => line.text("no response captured"),
        Some(response) => {
            let end = if response.complete { ")" } else { ", incomplete)" };
            line.number(response.status.into()).text(" (").text(&response.reason.printable()).text(end)
        }
    };
}

/// A field tree as indented lines.
pub(super) fn tree(tree: &FrameTree, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "frame {}", tree.number)?;
    for layer in &tree.layers {
        writeln!(out, "  {}", layer.protocol)?;
        for field in &layer.fields {
            let value = field.value.printable();
            let (open, close) = if field.generated { ("[", "]") } else { ("", "") };
            writeln!(out, "    {open}{} = {value}{close}", field.name)?;
        }
    }
    Ok(())
}
