//! What section header and interface blocks of a pcapng file say in their options.

use super::block::Block;
use super::clock::Clock;
use super::facts::Facts;
use super::options::{self, Options};
use super::stop::Stop;
use super::{Interface, LinkType};
use crate::text::Text;

const SHB_HARDWARE: u16 = 2;
const SHB_OS: u16 = 3;
const SHB_USERAPPL: u16 = 4;

const IF_NAME: u16 = 2;
const IF_DESCRIPTION: u16 = 3;
const IF_TSRESOL: u16 = 9;
const IF_TSOFFSET: u16 = 14;

/// Byte-order magic, version, section length.
const SECTION_FIXED: usize = 16;

/// Link type, reserved, snap length.
const INTERFACE_FIXED: usize = 8;

/// What is needed of an interface to read its packets.
#[derive(Debug, Clone, Copy)]
pub(super) struct Described {
    /// Link-layer header type of its packets.
    pub(super) link_type: LinkType,
    /// Largest number of bytes stored of a packet, 0 for no limit.
    pub(super) snap_length: u32,
    /// The meaning of its packets' time stamps.
    pub(super) clock: Clock,
}

/// Reads the body of a section header block; gives its version.
pub(super) fn section(block: &Block, body: &[u8], facts: &mut Facts) -> Result<(u16, u16), Stop> {
    let version = block.order.u16(body, 4).zip(block.order.u16(body, 6));
    let (Some(version), Some(bytes)) = (version, body.get(SECTION_FIXED..)) else {
        return Err(block.damaged("length"));
    };
    let mut options = Options::new(block.order, bytes);
    for (code, value) in options.by_ref() {
        let text = options::text(value);
        match code {
            options::COMMENT => facts.comment(text),
            SHB_HARDWARE => facts.hardware(text),
            SHB_OS => facts.os(text),
            SHB_USERAPPL => facts.application(text),
            _ => {}
        }
    }
    note_oddities(block, options.overran(), facts);
    Ok(version)
}

/// Reads the body of an interface block, the `number`th of its section. As in Wireshark, the first of options that should
/// occur once holds, and a time option of a wrong length counts as absent.
pub(super) fn interface(block: &Block, body: &[u8], number: u32, facts: &mut Facts) -> Result<Described, Stop> {
    let order = block.order;
    let fixed = order.u16(body, 0).zip(order.u32(body, 4));
    let (link_type, snap_length) = fixed.ok_or_else(|| block.damaged("length"))?;
    let link_type = LinkType::from_file(link_type);
    let (mut name, mut description, mut resolution, mut shift) = (None, None, None, None);
    let mut damaged = false;
    let mut options = Options::new(order, body.get(INTERFACE_FIXED..).unwrap_or_default());
    for (code, value) in options.by_ref() {
        match (code, value) {
            (IF_NAME, _) if name.is_none() => name = facts.keep(options::text(value)),
            (IF_DESCRIPTION, _) if description.is_none() => description = facts.keep(options::text(value)),
            (IF_TSRESOL, [byte]) => resolution = resolution.or(Some(*byte)),
            (IF_TSOFFSET, [_, _, _, _, _, _, _, _]) => shift = shift.or(order.i64(value, 0)),
            (IF_TSRESOL | IF_TSOFFSET, _) => damaged = true,
            _ => {}
        }
    }
    note_oddities(block, damaged || options.overran(), facts);
    let clock = Clock::new(resolution.unwrap_or(Clock::MICROSECONDS), shift.unwrap_or(0));
    facts.add_interface(block.offset, |id, section| Interface {
        id,
        name: name.map(Text::from),
        link_type,
        snap_length: (snap_length != 0).then_some(snap_length),
        description: description.map(Text::from),
        section,
        number_in_section: number,
    })?;
    Ok(Described { link_type, snap_length, clock })
}

/// The options of a block that is not wholly held end early; that is no damage.
fn note_oddities(block: &Block, damaged: bool, facts: &mut Facts) {
    if !block.held {
        facts.drop_text();
    } else if damaged {
        facts.note("capture.damaged_option", block.offset);
    }
}
