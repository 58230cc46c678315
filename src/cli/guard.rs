//! What a lab may cost. Its templates are somebody else's: they may loop for hours or fill the memory, and nothing in the
//! template engine stops them.
//!
//! A command works on a thread of its own. While it renders, the main thread looks at the clock and at the memory of the
//! process; when a bound is reached it says so, names the place in the lab, and the program ends. Nothing is
//! written by then: outputs are staged only when all of them are rendered.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};
use std::{panic, thread};

use super::{FAILED, message};
use crate::lab::{AtWork, Lab};

/// Longest rendering. The largest reports take less than a second; on a machine with twenty times as much to do as it can, that is twenty.
const LONGEST: Duration = Duration::from_secs(30);
/// Most memory that a rendering may take beyond what was in use before. The largest report and page need less than half of it.
const MOST_MEMORY: usize = 1 << 30;
/// How often a rendering is looked at: memory grows by some tens of megabytes meanwhile.
const TICK: Duration = Duration::from_millis(3);
/// Stack of a command. The bounds on nesting of the template engine and of sentences multiply; this holds their product.
pub(super) const STACK: usize = 128 << 20;

/// A rendering that is watched.
#[derive(Debug)]
struct Rendering {
    /// The lab as the user named it.
    lab: String,
    at_work: AtWork,
}

#[derive(Debug)]
enum Event {
    Begins(Arc<Rendering>),
    Ends(Arc<Rendering>),
    Done(ExitCode),
}

/// What a command tells of its renderings.
#[derive(Debug)]
pub(super) struct Guard(Sender<Event>);

impl Guard {
    /// Renders with `lab`, which the user called `name`, within the bounds.
    pub(super) fn watch<T>(&self, name: &str, lab: &Lab, render: impl FnOnce() -> T) -> T {
        let rendering = Arc::new(Rendering { lab: name.to_owned(), at_work: lab.at_work().clone() });
        // The main thread listens as long as this one works.
        let _ = self.0.send(Event::Begins(Arc::clone(&rendering)));
        let rendered = render();
        let _ = self.0.send(Event::Ends(rendering));
        rendered
    }
}

/// Runs a command; gives its exit code, or that of a failure when a rendering goes beyond its bounds.
pub(super) fn run(command: impl FnOnce(&Guard) -> ExitCode + Send + 'static) -> ExitCode {
    let (sender, events) = channel();
    let work = move || {
        let guard = Guard(sender);
        let code = command(&guard);
        let _ = guard.0.send(Event::Done(code));
    };
    let worker = match thread::Builder::new().name("wirelab".to_owned()).stack_size(STACK).spawn(work) {
        Ok(worker) => worker,
        Err(error) => {
            message(&format!("the system gives no thread to work on: {error}"));
            return ExitCode::from(FAILED);
        }
    };
    let mut watched: Vec<Watched> = Vec::new();
    loop {
        let event = if watched.is_empty() { events.recv().map_err(Into::into) } else { events.recv_timeout(TICK) };
        match event {
            Ok(Event::Begins(rendering)) => watched.push(Watched::new(rendering)),
            Ok(Event::Ends(rendering)) => watched.retain(|watched| !Arc::ptr_eq(&watched.rendering, &rendering)),
            Ok(Event::Done(code)) => return code,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => match worker.join() {
                Ok(()) => return ExitCode::from(FAILED),
                Err(panicked) => panic::resume_unwind(panicked),
            },
        }
        if let Some(beyond) = watched.iter().find_map(Watched::beyond) {
            message(&beyond);
            return ExitCode::from(FAILED);
        }
    }
}

/// A rendering and what there was when it began.
#[derive(Debug)]
struct Watched {
    rendering: Arc<Rendering>,
    began: Instant,
    memory: usize,
}

impl Watched {
    #[expect(
        clippy::disallowed_methods,
        reason = "the clock decides only whether there is a report, never what is in it"
    )]
    fn new(rendering: Arc<Rendering>) -> Self {
        Self { rendering, began: Instant::now(), memory: memory() }
    }

    /// Which bound the rendering has reached.
    fn beyond(&self) -> Option<String> {
        let (what, look) = if self.began.elapsed() > LONGEST {
            (format!("is not rendered after {} seconds", LONGEST.as_secs()), "a loop that goes on for too long")
        } else if memory().saturating_sub(self.memory) > MOST_MEMORY {
            (
                format!("takes more than {} MiB of memory", MOST_MEMORY >> 20),
                "a text or list that grows with every step",
            )
        } else {
            return None;
        };
        let Rendering { lab, at_work } = &*self.rendering;
        let place = at_work.place().map_or_else(|| "a file of the lab".to_owned(), |place| place.to_string());
        Some(format!("lab {lab}: {place}: {what}; nothing is written. Look there for {look}"))
    }
}

/// Memory of this process in bytes; 0 where the system does not tell.
fn memory() -> usize {
    memory_stats::memory_stats().map_or(0, |memory| memory.physical_mem)
}
