//! The options of a SYN that govern the whole connection.

use crate::analysis::model::SynFacts;
use crate::packet::{Tcp, TcpOption};

/// What a SYN's options say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct SynOptions {
    pub(crate) mss: Option<u16>,
    pub(crate) window_scale: Option<u8>,
    pub(crate) sack_permitted: bool,
    pub(crate) timestamps: bool,
}

impl SynOptions {
    pub(crate) fn read(tcp: &Tcp<'_>) -> Self {
        let mut options = Self::default();
        for (_, option) in tcp.options() {
            match option {
                TcpOption::Mss(mss) => options.mss = Some(mss),
                TcpOption::WindowScale(shift) => options.window_scale = Some(shift),
                TcpOption::SackPermitted => options.sack_permitted = true,
                TcpOption::Timestamps(..) => options.timestamps = true,
                _ => {}
            }
        }
        options
    }

    pub(crate) fn facts(self, tcp: &Tcp<'_>) -> SynFacts {
        SynFacts {
            isn: tcp.sequence,
            mss: self.mss,
            window: tcp.window,
            window_scale: self.window_scale,
            sack_permitted: self.sack_permitted,
            timestamps: self.timestamps,
        }
    }
}
