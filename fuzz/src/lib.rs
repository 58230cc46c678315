//! What the fuzz targets share: the checks, which `tests/fuzz.rs` replays, and a mutator that knows the steps of a recipe.

#[path = "../../tests/fuzz/checks.rs"]
pub mod checks;
#[path = "../../tests/fuzz/recipe.rs"]
pub mod recipe;
#[path = "../../tests/support/link.rs"]
pub mod link;
#[path = "../../tests/support/sound.rs"]
pub mod sound;
#[path = "../../tests/support/wire.rs"]
pub mod wire;

mod mutate;

pub use mutate::mutate;
