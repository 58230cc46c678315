//! `wirelab inspect` for people.

use std::io::{self, Write};

use crate::analysis::model::{
    Analysis, Application, Close, CloseKind, Connection, Exchange, Handshake, Side, StepKind,
};
use crate::dissect::FrameTree;
use crate::text::{Text, printable};

/// Connections, exchanges and the rest of the Analysis as aligned lines.
pub(super) fn analysis(analysis: &Analysis, out: &mut impl Write) -> io::Result<()> {
    let capture = &analysis.capture;
    let shown = |text: &Text| printable(&text.lossy());
    write!(out, "{}: {} frames, {} bytes", shown(&capture.file), capture.frames, capture.bytes)?;
    if let Some(duration) = capture.duration {
        write!(out, ", {duration} s")?;
    }
    writeln!(out)?;
    for (what, text) in [("application", &capture.application), ("os", &capture.os), ("hardware", &capture.hardware)] {
        if let Some(text) = text {
            writeln!(out, "  {what}: {}", shown(text))?;
        }
    }
    if capture.copies > 0 {
        writeln!(out, "  copies: {} frames hold packets that earlier frames hold already", capture.copies)?;
    }
    for name in &analysis.names {
        writeln!(out, "name {} = {} (frame {})", shown(&name.name), name.address, name.answer_frame)?;
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
        writeln!(out, "{}", connection_line(connection))?;
    }
    for tls in &analysis.tls {
        let name = tls.server_name.as_ref().map_or_else(|| "no server name".to_owned(), shown);
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
        writeln!(out, "{}{}", if is_selected { '*' } else { ' ' }, exchange_line(exchange))?;
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

fn connection_line(connection: &Connection) -> String {
    let application = match connection.application {
        Application::Http => "http",
        Application::Tls => "tls",
        Application::Http2 => "http2",
        Application::Unknown => "unknown",
        Application::None => "-",
    };
    let Connection { stream, client, server, frames, .. } = connection;
    format!(
        "{stream:>4}  {}:{} > {}:{}  {application}  {frames}  {}  {}",
        client.ip,
        client.port,
        server.ip,
        server.port,
        handshake(&connection.handshake),
        close(&connection.close),
    )
}

fn number(frame: Option<u64>) -> String {
    frame.map_or_else(|| "-".to_owned(), |frame| frame.to_string())
}

fn handshake(handshake: &Handshake) -> String {
    format!("{}/{}/{}", number(handshake.syn), number(handshake.syn_ack), number(handshake.ack))
}

fn close(close: &Close) -> String {
    let kind = match close.kind {
        CloseKind::FourSegment => "four segments",
        CloseKind::ThreeSegment => "three segments",
        CloseKind::Simultaneous => "simultaneous",
        CloseKind::HalfClosed => "half closed",
        CloseKind::Reset => "reset",
        CloseKind::None => return "not closed".to_owned(),
    };
    let steps: Vec<String> = close
        .steps
        .iter()
        .map(|step| {
            let from = if step.from == Side::Client { 'c' } else { 's' };
            let what = match step.step {
                StepKind::Fin => "FIN",
                StepKind::Ack => "ACK",
                StepKind::FinAck => "FIN+ACK",
                StepKind::Rst => "RST",
            };
            format!("{from} {what} {}", step.frame)
        })
        .collect();
    format!("{kind}: {}", steps.join(", "))
}

fn exchange_line(exchange: &Exchange) -> String {
    let request = &exchange.request;
    let response = match &exchange.response {
        None => "no response captured".to_owned(),
        Some(response) => {
            let whole = if response.complete { "" } else { ", incomplete" };
            format!("{} ({}{whole})", response.status, printable(&response.reason.lossy()))
        }
    };
    let answered = exchange.response.as_ref().and_then(|response| response.frame);
    format!(
        "{:>4}.{}  {} > {}  {} {} {}  {response}",
        exchange.stream,
        exchange.index,
        number(request.frame),
        number(answered),
        printable(&request.method.lossy()),
        request.host.as_ref().map_or_else(String::new, |host| printable(&host.lossy())),
        printable(&request.target.lossy()),
    )
}

/// A field tree as indented lines.
pub(super) fn tree(tree: &FrameTree, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "frame {}", tree.number)?;
    for layer in &tree.layers {
        writeln!(out, "  {}", layer.protocol)?;
        for field in &layer.fields {
            let value = printable(&field.value.lossy());
            let (open, close) = if field.generated { ("[", "]") } else { ("", "") };
            writeln!(out, "    {open}{} = {value}{close}", field.name)?;
        }
    }
    Ok(())
}
