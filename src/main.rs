//! The `wirelab` command: parse, run, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    wirelab::cli::run(std::env::args_os())
}
