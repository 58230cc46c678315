//! What a run of the program costs: peak memory and CPU time, as the system counts them.

use std::io::{Read, Seek};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use wait4::Wait4;

/// A run of the program that has ended.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// Exit code.
    pub code: Option<i32>,
    /// Most bytes of memory that were in use at once, by this process before the program began or by the program.
    pub peak: u64,
    /// CPU time, system calls included.
    pub time: Duration,
}

/// Runs the program in `folder`. What it prints is thrown away.
pub fn run(folder: &Path, arguments: &[&str]) -> Cost {
    run_with(folder, arguments, Stdio::null())
}

/// The same; gives what it prints to standard error too.
pub fn run_told(folder: &Path, arguments: &[&str]) -> (Cost, String) {
    let mut told = tempfile::tempfile().unwrap();
    let cost = run_with(folder, arguments, told.try_clone().unwrap().into());
    let mut text = String::new();
    told.rewind().unwrap();
    told.read_to_string(&mut text).unwrap();
    (cost, text)
}

fn run_with(folder: &Path, arguments: &[&str], errors: Stdio) -> Cost {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wirelab"));
    command.current_dir(folder).args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors);
    // A user, its own, makes it fork: a process that shares our memory until it runs the program would count our peak as its own.
    command.uid(folder.metadata().unwrap().uid());
    let ended = command.spawn().unwrap().wait4().unwrap();
    let usage = ended.rusage;
    Cost { code: ended.status.code(), peak: usage.maxrss, time: usage.utime + usage.stime }
}
