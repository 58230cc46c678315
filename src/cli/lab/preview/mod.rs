//! `wirelab lab preview`: the report of a capture in a browser, made again whenever a file of the lab changes.
//!
//! ```text
//! watch ──► child: wirelab report ──► Board ──► server ──► browser
//! ```
//!
//! Each rendering is a run of this program of its own: the page is what `report` writes, byte for byte, and no lab can take
//! the preview down with it.

mod board;
mod child;
mod http;
mod server;
mod watch;

use std::io::{self, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::thread;

use anyhow::{Context, Result, bail};

use crate::cli::args::PreviewArguments;
use crate::cli::{message, open};
use crate::files;
use board::Board;

/// Serves the preview until the program is ended.
pub(super) fn run(arguments: &PreviewArguments, quiet: bool) -> Result<()> {
    let folder = &arguments.folder;
    if !files::is_folder(folder) {
        bail!("{} is no folder; `wirelab lab new {}` makes a lab", folder.display(), folder.display());
    }
    if !files::is_file(&arguments.capture) {
        bail!("{} is no file; give the capture that the report is to be about", arguments.capture.display());
    }
    let program = std::env::current_exe().context("the system does not say where this program is")?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, arguments.port)).with_context(|| {
        format!("cannot listen on port {}; give another with --port, or leave it out", arguments.port)
    })?;
    let port = listener.local_addr().context("cannot tell the port")?.port();
    let board = Arc::new(Board::default());
    let served = Arc::clone(&board);
    thread::Builder::new()
        .name("server".to_owned())
        .spawn(move || server::serve(&listener, port, &served))
        .context("the system gives no thread to serve on")?;
    let address = format!("http://127.0.0.1:{port}/");
    let mut out = io::stdout().lock();
    writeln!(out, "{address}")?;
    out.flush()?;
    drop(out);
    if !quiet {
        message("the preview follows the files of the lab; end it with Ctrl-C");
    }
    if arguments.open
        && let Some(failed) = open::open(Path::new(&address))
    {
        message(&failed);
    }
    let rendering = child::Rendering { program: &program, arguments };
    watch::follow(&rendering, &board, quiet)
}
