//! `wirelab lab`: labs that are there, new ones, and help in making them.

mod check;
pub(in crate::cli) mod folder;
mod list;
mod new;
mod show;

use anyhow::Result;

use super::Outcome;
use super::args::LabCommand;
use super::guard::Guard;

pub(super) fn run(command: &LabCommand, quiet: bool, guard: &Guard) -> Result<Outcome> {
    match command {
        LabCommand::List => list::run(),
        LabCommand::Check { lab } => check::run(lab, guard),
        LabCommand::Show { lab } => show::run(lab),
        LabCommand::New(arguments) => new::run(arguments, quiet),
    }?;
    Ok(Outcome::Complete)
}
