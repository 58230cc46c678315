//! wirelab: from a packet capture to facts, and from facts to a lab report.
//!
//! # Steps
//!
//! 1. A [`capture::Source`] is bytes that can be read more than once: a file ([`files::FileSource`]), memory ([`capture::Bytes`]).
//! 2. [`analysis::analyse`] walks over it once and gives an [`analysis::Survey`] with the
//!    [`Analysis`](analysis::model::Analysis): connections, exchanges, names, pings, TLS. It keeps no payload.
//! 3. [`select`] chooses the representative exchange and says why.
//! 4. [`report::build`] walks over the source a second time ([`evidence`]) and gives a
//!    [`Report`](report::model::Report): facts only, with findings as codes.
//! 5. [`render::markdown()`] words the Report with a [`lab::Lab`]; [`render::page()`] makes the page of it.
//!
//! ```
//! use wirelab::{analysis, capture::Bytes, select::Preferences};
//!
//! let data = include_bytes!("../examples/captures/curl-close.pcap");
//! let source = Bytes { name: "curl-close.pcap", data };
//! let survey = analysis::analyse(&source, &Preferences::default())?;
//! let exchange = &survey.analysis.exchanges[0];
//! assert_eq!(exchange.request.frame, Some(10));
//! assert_eq!(exchange.response.as_ref().map(|response| response.status), Some(200));
//! # Ok::<_, wirelab::capture::CaptureError>(())
//! ```

pub mod analysis;
pub mod capture;
pub mod cli;
pub mod copies;
pub mod diagnostic;
pub mod dissect;
pub mod evidence;
pub mod files;
mod http;
pub mod lab;
pub mod packet;
pub mod render;
pub mod report;
pub mod samples;
pub mod select;
mod tcp;
pub mod text;
pub mod time;
