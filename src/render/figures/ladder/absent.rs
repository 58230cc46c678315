//! What of a handshake or close is not in the capture.

use tera::{Error, Value};

use super::rows::Row;
use crate::analysis::model::{CloseKind, Connection, Side};
use crate::render::figures::words::Words;
use crate::report::model::{Report, SegmentStep};

/// A segment with these flags that is not in the capture.
pub(super) fn segment(words: &Words, from: Side, flags: &str) -> Result<Row, Error> {
    let lines = words.lines("ladder.absent.segment", [("flags", Value::from(flags))])?;
    Ok(Row::Absent { from: Some(from), lines })
}

/// The answer to a SYN, unless the connection was refused.
pub(super) fn syn_ack(words: &Words, connection: &Connection) -> Result<Option<Row>, Error> {
    if connection.is_refused() { Ok(None) } else { segment(words, Side::Server, "SYN, ACK").map(Some) }
}

/// The segments that a close lacks.
pub(super) fn close(report: &Report, connection: &Connection, words: &Words) -> Result<Vec<Row>, Error> {
    let close = &connection.close;
    let was_made = connection.handshake.syn_ack.is_some() || connection.handshake.syn.is_none();
    let mut rows = Vec::new();
    match close.kind {
        CloseKind::None if was_made => {
            let lines = words.lines("ladder.absent.close", [("last", Value::from(connection.last_frame))])?;
            rows.push(Row::Absent { from: None, lines });
        }
        CloseKind::None | CloseKind::Reset => {}
        _ => {
            for side in [Side::Client, Side::Server] {
                let has = |steps: &[SegmentStep], from: Side| {
                    report.close.iter().any(|step| step.facts.from == from && steps.contains(&step.step))
                };
                let fins = [SegmentStep::Fin, SegmentStep::FinAck];
                let acks = [SegmentStep::Ack, SegmentStep::FinAck];
                if has(&fins, side) && !has(&acks, side.peer()) {
                    rows.push(segment(words, side.peer(), "ACK")?);
                }
            }
            if close.kind == CloseKind::HalfClosed
                && let Some(first) = close.first
            {
                rows.push(segment(words, first.peer(), "FIN")?);
            }
        }
    }
    Ok(rows)
}
