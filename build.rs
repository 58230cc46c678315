//! Lists the rules of `src/report/findings/`, so that adding a finding is adding a file there.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

fn main() {
    let folder = Path::new(&env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("src/report/findings");
    println!("cargo::rerun-if-changed={}", folder.display());
    println!("cargo::rerun-if-changed=templates");
    let mut files: Vec<_> = fs::read_dir(&folder)
        .expect("the folder is in the package")
        .map(|entry| entry.expect("it can be listed").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("mod.rs"))
        .collect();
    files.sort();
    let mut modules = String::new();
    let mut rules = String::from("/// Every rule, by its code.\nconst RULES: &[(&str, Rule)] = &[\n");
    for file in files {
        let name = file.file_stem().and_then(|stem| stem.to_str()).expect("a module has a UTF-8 name").to_owned();
        let _ = writeln!(modules, "#[path = {file:?}]\nmod {name};");
        if fs::read_to_string(&file).expect("it can be read").contains("const RULE: Rule") {
            let _ = writeln!(rules, "    ({name:?}, {name}::RULE),");
        }
    }
    rules.push_str("];\n");
    let out = Path::new(&env::var_os("OUT_DIR").expect("cargo sets it")).join("findings.rs");
    fs::write(out, modules + &rules).expect("the output folder can be written");
}
