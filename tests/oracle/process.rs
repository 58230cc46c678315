//! Running a program with a time limit, and keeping what it said for the next run.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// What a program printed and how it ended.
#[derive(Debug)]
pub(crate) struct Finished {
    /// The exit code; -1 if a signal ended the program.
    pub(crate) code: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

/// Runs a command that reads `capture`, or gives what it said last time: answers are kept in the folder `WIRELAB_ORACLE_CACHE` if
/// that is set, under the command and the capture's length and time of change.
pub(crate) fn run_once(command: &mut Command, capture: &Path, limit: Duration) -> Result<Finished, String> {
    run_prepared(command, capture, limit, || Ok(()))
}

/// The same of a command that needs something first, which is made only if the command has to run.
pub(crate) fn run_prepared(
    command: &mut Command,
    capture: &Path,
    limit: Duration,
    prepare: impl FnOnce() -> Result<(), String>,
) -> Result<Finished, String> {
    let Some(folder) = std::env::var_os("WIRELAB_ORACLE_CACHE").map(PathBuf::from) else {
        prepare()?;
        return run(command, limit);
    };
    let mut hasher = DefaultHasher::new();
    format!("{command:?}").hash(&mut hasher);
    let metadata = std::fs::metadata(capture).ok();
    metadata.and_then(|metadata| Some((metadata.len(), metadata.modified().ok()?))).hash(&mut hasher);
    let kept = folder.join(format!("{:016x}", hasher.finish()));
    let ending = |name: &str| kept.with_extension(name);
    let said = std::fs::read_to_string(ending("said")).ok();
    if let (Some((code, stderr)), Ok(stdout)) =
        (said.as_deref().and_then(|said| said.split_once('\n')), std::fs::read(ending("out")))
    {
        return Ok(Finished { code: code.parse().unwrap_or(-1), stdout, stderr: stderr.to_owned() });
    }
    prepare()?;
    let finished = run(command, limit)?;
    std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::write(ending("out"), &finished.stdout))
        .and_then(|()| std::fs::write(ending("said"), format!("{}\n{}", finished.code, finished.stderr)))
        .map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(finished)
}

/// Runs a command to its end. `Err` says why there is no result: not startable, or longer than `limit`.
pub(crate) fn run(command: &mut Command, limit: Duration) -> Result<Finished, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{program}: {error}"))?;
    let stdout = drain(child.stdout.take());
    let stderr = drain(child.stderr.take());
    let status = wait(&mut child, limit).ok_or_else(|| format!("{program}: no end within {} s", limit.as_secs()))?;
    let stdout = stdout.join().unwrap_or_default();
    let stderr = String::from_utf8_lossy(&stderr.join().unwrap_or_default()).into_owned();
    Ok(Finished { code: status.code().unwrap_or(-1), stdout, stderr })
}

/// Whether a program can be started at all.
pub(crate) fn exists(program: &str) -> bool {
    run(Command::new(program).arg("--version"), Duration::from_secs(20)).is_ok()
}

/// The last component of a path, for messages.
pub(crate) fn base_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn drain<R: Read + Send + 'static>(stream: Option<R>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            // A reading error ends the output early: the comparison then shows what is missing.
            let _ = stream.read_to_end(&mut bytes);
        }
        bytes
    })
}

/// Waits; kills the child and gives `None` when the limit has passed.
fn wait(child: &mut Child, limit: Duration) -> Option<std::process::ExitStatus> {
    let start = Instant::now();
    loop {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        if start.elapsed() > limit {
            let _ = child.kill();
            let _ = child.wait();
            return None;
        }
        thread::sleep(Duration::from_millis(5));
    }
}
