//! Which captures are compared.

use std::path::{Path, PathBuf};

use super::setting;

/// All files below a folder that are not documentation or scripts, in order of path.
pub(crate) fn captures(folder: &Path) -> Vec<PathBuf> {
    const NO_CAPTURE: &[&str] = &["tsv", "md", "py", "sh", "txt", "conf", "json", "toml", "html", "css", "js", "keys"];
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for path in entries.flatten().map(|entry| entry.path()) {
            let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
            if path.is_dir() {
                folders.push(path);
            } else if !NO_CAPTURE.contains(&extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The files that the settings choose.
pub(crate) fn chosen(mut files: Vec<PathBuf>) -> Vec<PathBuf> {
    if let Some(only) = setting("WIRELAB_ORACLE_ONLY") {
        files.retain(|file| file.to_string_lossy().contains(&only));
    }
    let Some(sample) = setting("WIRELAB_ORACLE_SAMPLE").and_then(|text| text.parse::<usize>().ok()) else {
        return files;
    };
    let seed = setting("WIRELAB_ORACLE_SEED").and_then(|text| text.parse().ok()).unwrap_or(1);
    some(files, sample, seed)
}

/// The files of a collection that every run of the tests compares: 100 of those of at most 256 KiB, which together take a minute.
pub(crate) fn of_collection(mut files: Vec<PathBuf>) -> Vec<PathBuf> {
    const LARGEST: u64 = 256 << 10;
    const NUMBER: usize = 100;
    const SEED: u64 = 1;
    files.retain(|file| std::fs::metadata(file).is_ok_and(|metadata| metadata.len() <= LARGEST));
    some(files, NUMBER, SEED)
}

/// So many of the files, in order of path.
fn some(files: Vec<PathBuf>, number: usize, seed: u64) -> Vec<PathBuf> {
    let mut state = seed;
    let mut keyed: Vec<(u64, PathBuf)> = files.into_iter().map(|file| (random(&mut state), file)).collect();
    keyed.sort();
    let mut files: Vec<PathBuf> = keyed.into_iter().take(number).map(|(_, file)| file).collect();
    files.sort();
    files
}

/// `SplitMix64`: the same seed chooses the same files everywhere.
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
