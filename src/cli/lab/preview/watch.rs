//! Renders whenever a file of the lab or the capture changes.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::board::Board;
use super::child::{Rendered, Rendering};
use crate::cli::lab::folder;
use crate::cli::{message, message_of_lines};
use crate::files::{self, Stamps};

/// How often names, sizes and times are looked at. An editor that writes a file in steps is waited for as long.
const POLL: Duration = Duration::from_millis(250);

/// Renders now and at every change, for ever.
pub(super) fn follow(rendering: &Rendering<'_>, board: &Board, quiet: bool) -> Result<()> {
    let mut rendered = None;
    loop {
        let stamps = settled(rendering, rendered.as_ref());
        board.begin();
        let mut looked = now();
        let outcome = rendering.run(|| {
            if looked.elapsed() < POLL {
                return true;
            }
            looked = now();
            stamps_of(rendering) == stamps
        });
        match outcome {
            Ok(Rendered::Page(page)) => {
                if !quiet {
                    message("rendered");
                }
                board.show(page);
            }
            Ok(Rendered::Failed(error)) => tell(board, error),
            Ok(Rendered::Dropped) => continue,
            Err(error) => tell(board, format!("{error:#}")),
        }
        rendered = Some(stamps);
    }
}

fn tell(board: &Board, error: String) {
    message_of_lines(&error);
    board.fail(error);
}

/// The files, once they are others than those rendered and stay as they are.
fn settled(rendering: &Rendering<'_>, rendered: Option<&Stamps>) -> Stamps {
    let mut before = stamps_of(rendering);
    if rendered.is_none() {
        return before;
    }
    loop {
        thread::sleep(POLL);
        let stamps = stamps_of(rendering);
        if stamps == before && rendered != Some(&stamps) {
            return stamps;
        }
        before = stamps;
    }
}

fn stamps_of(rendering: &Rendering<'_>) -> Stamps {
    let mut stamps = files::stamps(&rendering.arguments.folder, folder::MAX_DEPTH, folder::MAX_FILES);
    files::add_stamp(&rendering.arguments.capture, &mut stamps);
    stamps
}

#[expect(clippy::disallowed_methods, reason = "the clock decides when to look at files, not what is in a report")]
fn now() -> Instant {
    Instant::now()
}
