//! wirelab: from a packet capture to facts, and from facts to a lab report.

pub mod analysis;
pub mod capture;
pub mod diagnostic;
pub mod dissect;
pub mod evidence;
mod http;
pub mod packet;
pub mod report;
pub mod select;
mod tcp;
pub mod text;
pub mod time;
