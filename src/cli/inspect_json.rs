//! `wirelab inspect --format json`: the Analysis, written as it is gone through. A tree of all connections would need many times their
//! memory.

use std::io::Write;

use anyhow::Result;
use memchr::memchr;
use serde::Serialize;

use crate::analysis::model::Analysis;
use crate::text::append_json;

/// What the items of a list are indented by.
const INDENTATION: &[u8] = b"    ";

/// Writes the Analysis as JSON, indented.
pub(super) fn analysis(analysis: &Analysis, out: &mut impl Write) -> Result<()> {
    let Analysis {
        schema,
        capture,
        connections,
        exchanges,
        orphan_responses,
        names,
        pings,
        tls,
        selected,
        diagnostics,
        icmp_errors: _,
    } = analysis;
    let mut members = Members { out, piece: Vec::new(), begun: false };
    members.value("schema", schema)?;
    members.value("capture", capture)?;
    members.list("connections", connections)?;
    members.list("exchanges", exchanges)?;
    members.list("orphan_responses", orphan_responses)?;
    members.list("names", names)?;
    members.list("pings", pings)?;
    members.list("tls", tls)?;
    members.value("selected", selected)?;
    members.list("diagnostics", diagnostics)?;
    members.out.write_all(b"\n}\n")?;
    Ok(())
}

/// The members of an object on their way out.
struct Members<'o, W> {
    out: &'o mut W,
    /// The value that is being written.
    piece: Vec<u8>,
    begun: bool,
}

impl<W: Write> Members<'_, W> {
    fn value(&mut self, name: &str, value: &impl Serialize) -> Result<()> {
        self.name(name)?;
        self.indented(1, value)
    }

    fn list(&mut self, name: &str, items: &[impl Serialize]) -> Result<()> {
        self.name(name)?;
        self.out.write_all(b"[")?;
        for (place, item) in items.iter().enumerate() {
            self.out.write_all(if place == 0 { b"\n    " } else { b",\n    " })?;
            self.indented(2, item)?;
        }
        self.out.write_all(if items.is_empty() { b"]" } else { b"\n  ]" })?;
        Ok(())
    }

    fn name(&mut self, name: &str) -> Result<()> {
        let before = if self.begun { "," } else { "{" };
        self.begun = true;
        write!(self.out, "{before}\n  \"{name}\": ")?;
        Ok(())
    }

    /// A value whose further lines stand `depth` levels deep; no text in JSON holds a line end.
    fn indented(&mut self, depth: usize, value: &impl Serialize) -> Result<()> {
        self.piece.clear();
        append_json(&mut self.piece, value)?;
        let indentation = INDENTATION.get(..depth * 2).unwrap_or(INDENTATION);
        let mut rest = self.piece.as_slice();
        while let Some((line, behind)) = memchr(b'\n', rest).and_then(|end| rest.split_at_checked(end + 1)) {
            self.out.write_all(line)?;
            self.out.write_all(indentation)?;
            rest = behind;
        }
        self.out.write_all(rest)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::analysis::analyse;
    use crate::capture::Bytes;
    use crate::select::Preferences;
    use crate::text::to_json;

    #[test]
    fn it_is_the_analysis_as_one_tree_would_be_written() {
        for name in ["page-load.pcapng", "unanswered.pcapng", "tls-only.pcapng"] {
            let path = format!("{}/examples/captures/{name}", env!("CARGO_MANIFEST_DIR"));
            let data = crate::files::read_bytes(path.as_ref()).unwrap();
            let analysis = analyse(&Bytes { name, data: &data }, &Preferences::default()).unwrap().analysis;
            let mut written = Vec::new();
            super::analysis(&analysis, &mut written).unwrap();
            let tree = serde_json::to_string_pretty(&to_json(&analysis).unwrap()).unwrap();
            assert_eq!(String::from_utf8(written).unwrap(), tree + "\n");
        }
    }
}
