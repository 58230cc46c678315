//! The command line: the only code that prints.
//!
//! Messages go to standard error, results to standard output or files. Exit codes are those of `--help`.

mod added;
mod args;
mod destination;
mod guard;
mod input;
mod inspect;
mod inspect_json;
mod inspect_text;
mod lab;
mod open;
mod output;
mod own_json;
mod render;
mod report;

use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use clap::{CommandFactory, Parser};

use args::{Arguments, Command};
use guard::Guard;

use crate::lab::LabError;
use crate::render::RenderError;

/// How a command ended, apart from errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// Everything that was asked for.
    Complete,
    /// Results are there, but something is missing from the capture.
    Incomplete,
}

impl Outcome {
    fn of(complete: bool) -> Self {
        if complete { Self::Complete } else { Self::Incomplete }
    }
}

/// Exit code of [`Outcome::Incomplete`].
const INCOMPLETE: u8 = 1;
/// Exit code of every error.
const FAILED: u8 = 2;

/// Runs the command that `arguments` (the program's name first) ask for.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let parsed = match Arguments::try_parse_from(with_default_command(arguments.into_iter().collect())) {
        Ok(parsed) => parsed,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(FAILED) } else { ExitCode::SUCCESS };
        }
    };
    guard::run(move |guard| code(execute(&parsed, guard)))
}

fn code(ended: Result<Outcome>) -> ExitCode {
    match ended {
        Ok(Outcome::Complete) => ExitCode::SUCCESS,
        Ok(Outcome::Incomplete) => ExitCode::from(INCOMPLETE),
        // Whoever reads our output has read enough.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            lines(&error);
            ExitCode::from(FAILED)
        }
    }
}

fn execute(arguments: &Arguments, guard: &Guard) -> Result<Outcome> {
    match &arguments.command {
        Command::Report(report) => report::run(report, arguments.quiet, guard),
        Command::Render(render) => render::run(render, arguments.quiet, guard),
        Command::Inspect(inspect) => inspect::run(inspect, arguments.quiet),
        Command::Lab(command) => lab::run(command, arguments.quiet, guard),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Arguments::command(), "wirelab", &mut script);
            io::stdout().write_all(&script)?;
            Ok(Outcome::Complete)
        }
    }
}

/// A single argument that is a file, or is named like one, means `report` on it: what dropping a capture on the program does.
fn with_default_command(mut arguments: Vec<OsString>) -> Vec<OsString> {
    if let [_, only] = arguments.as_slice()
        && !only.as_encoded_bytes().starts_with(b"-")
        && (crate::files::is_file(only.as_ref()) || is_named_like_a_file(only))
        && only != "help"
        && !Arguments::command().get_subcommands().any(|command| only == command.get_name())
    {
        arguments.insert(1, "report".into());
    }
    arguments
}

/// Whether an argument has an ending or a folder, as no command has.
fn is_named_like_a_file(argument: &OsStr) -> bool {
    let path = Path::new(argument);
    path.extension().is_some() || path.components().count() > 1
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let broken = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
    error.chain().any(|cause| cause.downcast_ref::<io::Error>().is_some_and(broken))
}

/// Prints an error. One in a lab has lines, as it shows the place in the file; of others a line break is part of a name.
fn lines(error: &anyhow::Error) {
    let is_of_lab = |cause: &(dyn std::error::Error + 'static)| cause.is::<RenderError>() || cause.is::<LabError>();
    let told = format!("{error:#}");
    if error.chain().any(is_of_lab) { message_of_lines(&told) } else { message(&told) }
}

/// Prints one message, in which line breaks are meant, to standard error.
fn message_of_lines(text: &str) {
    let told: Vec<String> = text.lines().map(crate::text::printable).collect();
    let _ = writeln!(io::stderr(), "wirelab: {}", told.join("\n"));
}

/// Prints one message to standard error.
fn message(text: &str) {
    // There is nobody left to tell if standard error is closed.
    let _ = writeln!(io::stderr(), "wirelab: {}", crate::text::printable(text));
}
