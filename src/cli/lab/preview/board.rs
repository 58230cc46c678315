//! What the preview shows at the moment: written by whoever renders, read by the server.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;

/// The state of the preview; others can wait for it to change.
#[derive(Debug, Default)]
pub(super) struct Board {
    shown: Mutex<Shown>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Shown {
    state: State,
    page: Option<Arc<Vec<u8>>>,
}

/// What the browser is told of it.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub(super) struct State {
    /// Grows with every change.
    pub(super) version: u64,
    /// How many pages there were: the browser loads a page when this has grown.
    pub(super) page: u64,
    /// Why the last rendering failed, as it printed it.
    pub(super) error: Option<String>,
    /// Whether a rendering goes on.
    pub(super) busy: bool,
}

impl Board {
    /// A rendering begins.
    pub(super) fn begin(&self) {
        self.change(|shown| shown.state.busy = true);
    }

    /// A rendering gave a page.
    pub(super) fn show(&self, page: Vec<u8>) {
        self.change(|shown| {
            let is_new = shown.page.as_deref() != Some(&page);
            shown.state.page += u64::from(is_new);
            shown.page = Some(Arc::new(page));
            shown.state.error = None;
            shown.state.busy = false;
        });
    }

    /// A rendering failed. The page before it stays.
    pub(super) fn fail(&self, error: String) {
        self.change(|shown| {
            shown.state.error = Some(error);
            shown.state.busy = false;
        });
    }

    /// The last good page.
    pub(super) fn page(&self) -> Option<Arc<Vec<u8>>> {
        self.lock().page.clone()
    }

    /// The state, once its version is another than `known` or the time is over.
    pub(super) fn state_after(&self, known: u64, most: Duration) -> State {
        let is_known = |shown: &mut Shown| shown.state.version == known;
        let waited = self.changed.wait_timeout_while(self.lock(), most, is_known);
        let (shown, _) = waited.unwrap_or_else(PoisonError::into_inner);
        shown.state.clone()
    }

    fn change(&self, change: impl FnOnce(&mut Shown)) {
        let mut shown = self.lock();
        change(&mut shown);
        shown.state.version += 1;
        drop(shown);
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_leaves_the_page_and_the_same_page_is_not_a_new_one() {
        let board = Board::default();
        board.begin();
        board.show(b"one".to_vec());
        board.fail("report.md:1: wrong".to_owned());
        let state = board.state_after(0, Duration::ZERO);
        assert_eq!((state.version, state.page, state.busy), (3, 1, false));
        assert_eq!(state.error.as_deref(), Some("report.md:1: wrong"));
        assert_eq!(board.page().unwrap().as_slice(), b"one");
        board.show(b"one".to_vec());
        assert_eq!(board.state_after(3, Duration::ZERO), State { version: 4, page: 1, error: None, busy: false });
    }

    #[test]
    fn who_knows_the_state_waits_for_the_next() {
        let board = Arc::new(Board::default());
        let writer = std::thread::spawn({
            let board = Arc::clone(&board);
            move || board.begin()
        });
        assert!(board.state_after(0, Duration::from_mins(1)).busy);
        writer.join().unwrap();
        assert_eq!(board.state_after(1, Duration::ZERO).version, 1);
    }
}
