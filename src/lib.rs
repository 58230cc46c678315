//! wirelab: from a packet capture to facts, and from facts to a lab report.

pub mod capture;
pub mod diagnostic;
pub mod lab;
pub mod render;
pub mod text;
pub mod time;
