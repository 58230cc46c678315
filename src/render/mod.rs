//! From a Report to a readable report: templates, Markdown, HTML page.
//!
//! 1. [`draw()`]: the figures of a Report, as SVG.
//! 2. [`markdown()`]: the lab's section templates and wording over the Report, in one or several languages.
//! 3. [`page()`]: the Markdown, possibly filled in by a student, as one self-contained HTML page.
//!
//! All are pure functions. Three walls keep captured text from acting: the Markdown templates escape every value
//! that is not made by a filter; the page's HTML is cleaned by an allow-list; the page's policy allows no script and
//! no outside request.

mod assets;
pub mod check;
mod error;
mod fault;
mod figures;
mod known;
mod mark;
mod markdown;
mod page;
mod template;
#[cfg(test)]
mod tests;

pub use assets::shown_assets;
pub use error::RenderError;
pub use fault::Fault;
pub use figures::{Figure, FigureLinks, Figures, draw, read_figure};
pub use mark::{Mark, Origin, mark_figure, mark_markdown, mark_page, read_mark, without_mark};
pub use markdown::{check_time_zone, markdown};
pub use page::{Linked, Picture, Pictures, filled_page, linked_pictures, page};
