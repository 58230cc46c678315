//! What the fuzz targets ask, asked without a fuzzer: of the seeds and of every input that once broke something.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stdout,
    unreachable_pub,
    dead_code,
    reason = "a test reads files, says what it skips, and may panic; the fuzz crate uses what is not used here"
)]

#[path = "fuzz/checks.rs"]
mod checks;
#[path = "fuzz/recipe.rs"]
mod recipe;
mod support;

use std::path::Path;

use support::{sound, wire};

type Check = fn(&[u8]);

/// The checks by the name of their target.
const TARGETS: [(&str, Check); 5] = [
    ("file", checks::file),
    ("packet", checks::packet),
    ("capture", checks::capture),
    ("render", checks::render),
    ("edited", checks::edited),
];

/// Gives every input of a kind to its target. Without the folder (a package from a registry has none) it says so.
fn replay(kind: &str) -> usize {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(kind);
    if !folder.is_dir() {
        println!("skipped: there is no fuzz/{kind}");
        return 0;
    }
    let mut replayed = 0;
    for (target, check) in TARGETS {
        let Ok(entries) = folder.join(target).read_dir() else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            println!("{target} {}", path.display());
            check(&std::fs::read(path).unwrap());
            replayed += 1;
        }
    }
    replayed
}

#[test]
fn seeds_are_sound() {
    replay("seeds");
}

#[test]
fn what_once_broke_is_sound() {
    replay("regressions");
}

#[test]
fn a_recipe_gives_the_bytes_that_it_was_read_from() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/capture");
    let Ok(entries) = folder.read_dir() else {
        println!("skipped: there is no {}", folder.display());
        return;
    };
    for entry in entries {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert_eq!(recipe::Recipe::read(&bytes).bytes(), bytes);
    }
}

/// A recipe reaches HTTP, over every link and wrapping that it knows.
#[test]
fn a_recipe_is_a_capture_with_an_exchange() {
    use recipe::{FROM_SERVER, Recipe, Step};
    use wirelab::{analysis::analyse, capture::Bytes, select::Preferences};

    let step =
        |connection, flags, payload: &[u8]| Step { connection, flags, payload: payload.to_vec(), ..Step::default() };
    let steps = vec![
        step(0, 2, b""),
        step(FROM_SERVER, 0x12, b""),
        step(0, 0x18, b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"),
        step(FROM_SERVER, 0x18, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
    ];
    let recipe = Recipe { steps, ..Recipe::default() };
    let survey = analyse(&Bytes { name: "recipe", data: &recipe.capture() }, &Preferences::default()).unwrap();
    let exchange = &survey.analysis.exchanges[0];
    assert_eq!(exchange.response.as_ref().and_then(|response| response.frame), Some(4));
}
