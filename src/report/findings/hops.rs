//! How many routers a packet has passed, guessed from its TTL or hop limit.

use crate::analysis::model::Side;
use crate::report::Facts;

/// Values that packets usually begin with.
pub(super) const USUAL: [u64; 3] = [64, 128, 255];
/// More routers than a path usually has; then the guess is no good.
const LONGEST_PATH: u64 = 32;

/// What the TTL of one side's packets tells.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hops {
    /// A frame of that side.
    pub(super) frame: u64,
    /// Its TTL or hop limit.
    pub(super) ttl: u64,
    /// The value that it probably began with.
    pub(super) start: u64,
}

impl Hops {
    /// Of the first frame of `side` that is looked at in full; `None` when there is none, when it is not known which header counts
    /// (tunnels), or when no usual value fits.
    pub(super) fn of(facts: &Facts<'_>, side: Side) -> Option<Self> {
        let frame = facts.trees_from(side).next()?;
        let layers = &facts.evidence.frames.get(&frame)?.layers;
        if layers.iter().filter(|layer| matches!(layer.protocol, "ip" | "ipv6")).count() != 1 {
            return None;
        }
        let ttl = facts.number(frame, "ip.ttl").or_else(|| facts.number(frame, "ipv6.hlim"))?;
        let start = USUAL.into_iter().find(|start| ttl <= *start)?;
        (start - ttl <= LONGEST_PATH).then_some(Self { frame, ttl, start })
    }

    /// Routers passed.
    pub(super) fn count(self) -> u64 {
        self.start - self.ttl
    }
}
