//! `wirelab inspect` for people.

use std::fmt;
use std::io::{self, Write};

use crate::analysis::model::{Analysis, Application, Close, CloseKind, Connection, Exchange, Side, StepKind};
use crate::dissect::FrameTree;
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
    for connection in &analysis.connections {
        connection_line(connection, out)?;
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
        write!(out, "{}", if is_selected { '*' } else { ' ' })?;
        exchange_line(exchange, out)?;
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

fn connection_line(connection: &Connection, out: &mut impl Write) -> io::Result<()> {
    let application = match connection.application {
        Application::Http => "http",
        Application::Tls => "tls",
        Application::Http2 => "http2",
        Application::Unknown => "unknown",
        Application::None => "-",
    };
    let Connection { stream, client, server, frames, handshake, close, .. } = connection;
    write!(out, "{stream:>4}  {}:{} > {}:{}  ", client.ip, client.port, server.ip, server.port)?;
    write!(out, "{application}  {frames}  ")?;
    write!(out, "{}/{}/{}  ", Number(handshake.syn), Number(handshake.syn_ack), Number(handshake.ack))?;
    close_steps(close, out)?;
    writeln!(out)
}

/// The number of a frame, or a dash.
struct Number(Option<u64>);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(number) => number.fmt(f),
            None => f.write_str("-"),
        }
    }
}

fn close_steps(close: &Close, out: &mut impl Write) -> io::Result<()> {
    let kind = match close.kind {
        CloseKind::FourSegment => "four segments",
        CloseKind::ThreeSegment => "three segments",
        CloseKind::Simultaneous => "simultaneous",
        CloseKind::HalfClosed => "half closed",
        CloseKind::Reset => "reset",
        CloseKind::None => return write!(out, "not closed"),
    };
    write!(out, "{kind}:")?;
    for (place, step) in close.steps.iter().enumerate() {
        let before = if place == 0 { "" } else { "," };
        let from = if step.from == Side::Client { 'c' } else { 's' };
        let what = match step.step {
            StepKind::Fin => "FIN",
            StepKind::Ack => "ACK",
            StepKind::FinAck => "FIN+ACK",
            StepKind::Rst => "RST",
        };
        write!(out, "{before} {from} {what} {}", step.frame)?;
    }
    Ok(())
}

fn exchange_line(exchange: &Exchange, out: &mut impl Write) -> io::Result<()> {
    let Exchange { stream, index, request, response, .. } = exchange;
    let answered = response.as_ref().and_then(|response| response.frame);
    let host = request.host.as_ref().map(Text::printable).unwrap_or_default();
    let (method, target) = (request.method.printable(), request.target.printable());
    write!(out, "{stream:>4}.{index}  {} > {}  {method} {host} {target}  ", Number(request.frame), Number(answered))?;
    match response {
        None => writeln!(out, "no response captured"),
        Some(response) => {
            let whole = if response.complete { "" } else { ", incomplete" };
            writeln!(out, "{} ({}{whole})", response.status, response.reason.printable())
        }
    }
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
