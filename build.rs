//! Lists the rules of `src/report/findings/`, so that adding a finding is adding a file there.
#![expect(clippy::disallowed_methods, reason = "a build script reads the source tree")]

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = variable("CARGO_MANIFEST_DIR")?.join("src/report/findings");
    println!("cargo::rerun-if-changed={}", folder.display());
    // The templates are embedded.
    println!("cargo::rerun-if-changed=templates");
    let mut files =
        fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, Box<dyn Error>>>()?;
    files.retain(|path| path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("mod.rs"));
    files.sort();
    let mut modules = String::new();
    let mut rules = String::from("/// Every rule, by its code.\nconst RULES: &[(&str, Rule)] = &[\n");
    for file in files {
        let name = name(&file)?;
        let path = file.to_str().ok_or("the path of the package is not UTF-8")?;
        writeln!(modules, "#[path = {path:?}]\nmod {name};")?;
        if fs::read_to_string(&file)?.contains("const RULE: Rule") {
            writeln!(rules, "    ({name:?}, {name}::RULE),")?;
        }
    }
    rules.push_str("];\n");
    Ok(fs::write(variable("OUT_DIR")?.join("findings.rs"), modules + &rules)?)
}

/// The folder that cargo names in a variable.
fn variable(name: &str) -> Result<PathBuf, Box<dyn Error>> {
    Ok(env::var_os(name).ok_or("cargo sets it")?.into())
}

/// The name of the module in a file.
fn name(file: &Path) -> Result<&str, Box<dyn Error>> {
    Ok(file.file_stem().and_then(|stem| stem.to_str()).ok_or("a module has a UTF-8 name")?)
}
