//! wirelab: from a packet capture to facts, and from facts to a lab report.

pub mod analysis;
pub mod capture;
pub mod cli;
pub mod diagnostic;
pub mod dissect;
pub mod evidence;
pub mod files;
mod http;
pub mod lab;
pub mod packet;
pub mod render;
pub mod report;
pub mod select;
mod tcp;
pub mod text;
pub mod time;
