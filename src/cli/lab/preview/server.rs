//! What the browser gets: a frame around the report, the report, and the state of the preview. No file is served.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::board::Board;
use super::http::{self, Answer, NOT_FOUND};

/// Most connections at once; more are closed. A browser has six, of each window that shows the preview.
const MOST_CONNECTIONS: usize = 48;
/// How long a browser waits for news before it asks again.
const NEWS: Duration = Duration::from_secs(20);
/// Pause after a connection that the system could not give, so that a lasting fault does not keep the processor busy.
const PAUSE: Duration = Duration::from_millis(100);

const FRAME: &str = include_str!("frame.html");
const SCRIPT: &str = include_str!("frame.js");
const STYLE: &str = include_str!("frame.css");
/// In place of a report that never was.
const NOTHING: &str =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>wirelab</title>\n</html>\n";

/// The policy of the frame: its own script and style, and the report in it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// The policy of the report, besides its own: nothing but the frame may show it.
const REPORT_POLICY: &str = "script-src 'none'; frame-ancestors 'self'";

const HTML: &str = "text/html; charset=utf-8";

/// Answers requests for ever.
pub(super) fn serve(listener: &TcpListener, port: u16, board: &Arc<Board>) {
    let connections = Arc::new(AtomicUsize::new(0));
    for stream in listener.incoming() {
        let Ok(mut stream) = stream else {
            thread::sleep(PAUSE);
            continue;
        };
        let open = Open::one_more(&connections);
        if open.count > MOST_CONNECTIONS {
            continue;
        }
        let board = Arc::clone(board);
        // A browser that is not answered asks again.
        let _ = thread::Builder::new().name("answer".to_owned()).spawn(move || {
            let _open = open;
            let _ = converse(&mut stream, port, &board);
        });
    }
}

fn converse(stream: &mut TcpStream, port: u16, board: &Board) -> io::Result<()> {
    let request = match http::read(stream, port)? {
        None => return Ok(()),
        Some(Err(refusal)) => return http::refuse(stream, refusal),
        Some(Ok(request)) => request,
    };
    let news;
    let page;
    let (kind, policy, content): (_, _, &[u8]) = match request.path.as_str() {
        "/" => (HTML, Some(POLICY), FRAME.as_bytes()),
        "/frame.js" => ("text/javascript; charset=utf-8", None, SCRIPT.as_bytes()),
        "/frame.css" => ("text/css; charset=utf-8", None, STYLE.as_bytes()),
        "/report" => {
            page = board.page();
            (HTML, Some(REPORT_POLICY), page.as_deref().map_or(NOTHING.as_bytes(), Vec::as_slice))
        }
        "/state" => {
            let known = request.query.strip_prefix("after=").and_then(|known| known.parse().ok()).unwrap_or_default();
            news = serde_json::to_vec(&board.state_after(known, NEWS))?;
            ("application/json", None, &news)
        }
        _ => return http::refuse(stream, NOT_FOUND),
    };
    http::answer(stream, &Answer { kind, policy, content }, request.head_only)
}

/// A connection that is open.
#[derive(Debug)]
struct Open {
    connections: Arc<AtomicUsize>,
    /// How many are, this one among them.
    count: usize,
}

impl Open {
    fn one_more(connections: &Arc<AtomicUsize>) -> Self {
        let count = connections.fetch_add(1, Ordering::Relaxed) + 1;
        Self { connections: Arc::clone(connections), count }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.connections.fetch_sub(1, Ordering::Relaxed);
    }
}
