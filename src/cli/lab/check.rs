//! `wirelab lab check`: everything that is wrong with a lab.

use std::io::{self, Write};
use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Result, bail};

use super::folder;
use crate::cli::guard::{Guard, STACK};
use crate::files;
use crate::lab::{Files, Lab};
use crate::render::check::{self, Checked, Sample, Trial};
use crate::report::Request;
use crate::report::model::LabFacts;
use crate::samples::SAMPLES;
use crate::text::printable;

/// Threads that render at once: each holds a Report and its page.
const MOST_THREADS: usize = 8;

/// Prints what is wrong, one problem a line, on standard output: it is what the command is for. How many there are is a message.
pub(super) fn run(name: &str, guard: &Guard) -> Result<()> {
    let checked = check::check(&files_of(name)?, &Samples { name, guard });
    let mut out = io::stdout().lock();
    for problem in &checked.problems {
        writeln!(out, "{}", printable(&problem.to_string()))?;
    }
    let shown = printable(name);
    match checked.problems.len() {
        0 => {
            for line in looked_at(&checked) {
                writeln!(out, "{}", printable(&line))?;
            }
            Ok(())
        }
        many => {
            let what = if many == 1 { "1 problem".to_owned() } else { format!("{many} problems") };
            let rest =
                if checked.is_rendered { "" } else { "; it was not rendered: repair these first, then check again" };
            bail!("lab {shown}: {what}{rest}")
        }
    }
}

/// The files of a built-in lab, or of a folder.
fn files_of(name: &str) -> Result<Files> {
    let folder = Path::new(name);
    if Lab::built_in_ids().any(|id| id == name) || !files::is_folder(folder) {
        return Ok(Lab::built_in_files(name)?);
    }
    folder::read_files(folder)
}

fn looked_at(checked: &Checked) -> Vec<String> {
    let mut lines = vec![format!(
        "nothing is wrong: {} sections, rendered with {} samples in {}",
        checked.sections,
        checked.samples,
        checked.languages.join(", ")
    )];
    for (language, count) in &checked.standing_in {
        let sentences = if *count == 1 { "sentence" } else { "sentences" };
        lines.push(format!("{count} {sentences} of the lab in another language stand for those of `{language}`"));
    }
    if !checked.others.is_empty() {
        lines.push(format!("no part of the lab, and left alone: {}", checked.others.join(", ")));
    }
    lines
}

/// The samples in the program, each rendered within the bounds of a report.
struct Samples<'a> {
    name: &'a str,
    guard: &'a Guard,
}

impl Trial for Samples<'_> {
    fn samples(&self, lab: &Lab) -> Vec<Sample> {
        let time_zone = lab.manifest.languages.first().map_or("UTC", |language| lab.time_zone(language)).to_owned();
        let request = Request {
            preferences: folder::preferences(lab),
            required: folder::required(lab),
            lab: LabFacts { id: lab.manifest.id.clone(), hosts: lab.manifest.hosts.clone(), time_zone },
            ..Request::default()
        };
        let reports = SAMPLES.iter().filter_map(|sample| {
            // A host that the lab prefers is no reason for there to be no report.
            let report = sample.report(request.clone()).ok()?;
            Some(Sample { name: sample.label.to_owned(), report })
        });
        reports.collect()
    }

    fn render(&self, lab: &Lab, count: usize, render: &(dyn Fn(&Lab, usize) + Sync)) {
        let next = AtomicUsize::new(0);
        let work = || {
            let lab = lab.apart();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return;
                }
                self.guard.watch(self.name, &lab, || render(&lab, number));
            }
        };
        let threads = thread::available_parallelism().map_or(1, NonZero::get).min(MOST_THREADS);
        thread::scope(|scope| {
            for _ in 1..threads {
                // Without it the others have more to do.
                let _ = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
            }
            work();
        });
    }
}
