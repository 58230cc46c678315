//! Pass 2: what is to be shown of the frames that the report asks for, and of the chosen connection and exchange.
//!
//! A second walk over the [`Source`] with the [`Survey`] of the first at hand. It keeps what was asked for and stops after the last
//! frame that matters.

mod bodies;
mod checksums;
mod collect;
mod course;
mod hosts;
mod messages;
mod milestones;
mod model;
mod notable;
mod parts;
mod records;
mod segments;
mod series;
mod walk;
mod websockets;

pub use collect::{Wanted, collect};
pub use model::{
    Acknowledged, BeforeClose, BodyFacts, BodyText, CharsetSource, Checksums, Evidence, FrameFacts, KeepAlive, PerSide,
    SegmentFacts, Segments, UndecodedReason,
};
pub use parts::{Part, PartLayer};
pub use series::{Point, Series};

use std::collections::BTreeSet;

use crate::analysis::Survey;
use crate::capture::{CaptureError, Source};
use crate::dissect::{self, FrameTree};
use messages::Scope;

/// The TCP connection of one frame; `None` if it belongs to none.
///
/// # Errors
/// When the source cannot be read any more.
pub fn stream_of(source: &dyn Source, survey: &Survey, frame: u64) -> Result<Option<u32>, CaptureError> {
    let mut stream = None;
    let scope = Scope { frames: Some(&BTreeSet::new()), exchange: None, referers: false };
    walk::walk(source, survey, scope, frame, &mut |packet, around| -> Result<(), CaptureError> {
        if packet.frame.number == frame {
            stream = around.segment.map(|segment| segment.sighting.stream);
        }
        Ok(())
    })?;
    Ok(stream)
}

/// Hands the field trees of `frames` (of all frames if `None`) to `each`, in file order, as they are made.
///
/// # Errors
/// When the source cannot be read any more, and what `each` returns.
pub fn trees<E: From<CaptureError>>(
    source: &dyn Source,
    survey: &Survey,
    frames: Option<&BTreeSet<u64>>,
    each: &mut dyn FnMut(FrameTree) -> Result<(), E>,
) -> Result<(), E> {
    let last = match frames {
        None => u64::MAX,
        Some(frames) => match frames.last() {
            Some(last) => *last,
            None => return Ok(()),
        },
    };
    let scope = Scope { frames, exchange: None, referers: false };
    walk::walk(source, survey, scope, last, &mut |packet, around| -> Result<(), E> {
        if frames.is_none_or(|frames| frames.contains(&packet.frame.number)) {
            each(dissect::tree(packet, around))?;
        }
        Ok(())
    })?;
    Ok(())
}
