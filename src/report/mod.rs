//! The Report: facts only.

pub mod model;
