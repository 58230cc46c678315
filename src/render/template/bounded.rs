//! Output that stops growing: templates have no limit of their own.

use std::io::{self, Write};

use tera::{Context, Tera};

use crate::render::error::RenderError;
use crate::render::fault::Fault;

/// Largest Markdown or page in bytes.
pub(in crate::render) const LARGEST: usize = 32 * 1024 * 1024;

/// A buffer that refuses to grow beyond its limit.
#[derive(Debug)]
struct Bounded {
    bytes: Vec<u8>,
    limit: usize,
    full: bool,
}

impl Write for Bounded {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        if self.bytes.len().saturating_add(buffer.len()) > self.limit {
            self.full = true;
            return Err(io::Error::other("output limit reached"));
        }
        self.bytes.extend_from_slice(buffer);
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Renders a template to a string of at most `limit` bytes.
pub(in crate::render) fn render(
    tera: &Tera,
    name: &str,
    context: &Context,
    limit: usize,
) -> Result<String, RenderError> {
    let mut output = Bounded { bytes: Vec::new(), limit, full: false };
    let rendered = tera.render_to(name, context, &mut output);
    if output.full {
        return Err(RenderError::TooLarge { limit });
    }
    rendered?;
    String::from_utf8(output.bytes)
        .map_err(|_| RenderError::Template(vec![Fault::of_file(name, "its output is not UTF-8")]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_that_repeats_too_much_is_stopped() {
        let mut tera = Tera::default();
        tera.add_raw_template(
            "x",
            "{% for a in range(end=99999) %}{% for b in range(end=99999) %}x{% endfor %}{% endfor %}",
        )
        .unwrap();
        let error = render(&tera, "x", &Context::new(), 1000).unwrap_err();
        assert!(matches!(error, RenderError::TooLarge { limit: 1000 }));
    }
}
