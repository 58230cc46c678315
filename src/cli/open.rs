//! Showing a page in the program that the system opens pages with.

use std::path::Path;

/// Opens a page; gives a message when that does not work.
pub(super) fn open(page: &Path) -> Option<String> {
    let failed = |error| format!("cannot open {}: {error}; open it in a browser yourself", page.display());
    open::that_detached(page).err().map(failed)
}
