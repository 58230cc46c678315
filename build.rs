//! Lists the rules of `src/report/findings/`, so that adding a finding is adding a file there, and the sentences of the built-in labs,
//! so that they need not be read each time the program starts.
#![expect(clippy::disallowed_methods, reason = "a build script reads the source tree")]

#[path = "src/lab/lines.rs"]
mod lines;
#[path = "src/lab/locale.rs"]
mod locale;

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    list_findings()?;
    list_wording()
}

fn list_findings() -> Result<(), Box<dyn Error>> {
    let folder = variable("CARGO_MANIFEST_DIR")?.join("src/report/findings");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files = entries(&folder)?;
    files.retain(|path| path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("mod.rs"));
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

/// Writes `BUILT_IN`: for each language of each lab its sentences in order of key, and where each stands.
fn list_wording() -> Result<(), Box<dyn Error>> {
    // The templates are embedded, too.
    println!("cargo::rerun-if-changed=templates");
    let mut list = String::from(
        "/// Lab, language and sentences of all built-in wording.\nstatic BUILT_IN: &[(&str, &str, Listed)] = &[\n",
    );
    for lab in entries(&variable("CARGO_MANIFEST_DIR")?.join("templates"))? {
        let locales = lab.join("locales");
        for locale in if locales.is_dir() { entries(&locales)? } else { Vec::new() } {
            writeln!(list, "    ({:?}, {:?}, &[", name(&lab)?, name(&locale)?)?;
            for (key, (text, file, line)) in sentences(&lab, &locale)? {
                let (text, file) = (format!("Cow::Borrowed({text:?})"), format!("Cow::Borrowed({file:?})"));
                writeln!(list, "        ({key:?}, Sentence {{ text: {text}, file: {file}, line: {line} }}),")?;
            }
            list.push_str("    ]),\n");
        }
    }
    list.push_str("];\n");
    Ok(fs::write(variable("OUT_DIR")?.join("wording.rs"), list)?)
}

/// Text, file and line of each key.
type Sentences = BTreeMap<String, (String, String, usize)>;

/// The sentences of a locale: one file, or the files of a folder.
fn sentences(lab: &Path, locale: &Path) -> Result<Sentences, Box<dyn Error>> {
    let mut sentences = BTreeMap::new();
    for path in if locale.is_dir() { entries(locale)? } else { vec![locale.to_owned()] } {
        let parts: Vec<_> = path.strip_prefix(lab)?.iter().map(|part| part.to_string_lossy()).collect();
        let file = parts.join("/");
        for entry in locale::entries(&fs::read_to_string(&path)?).map_err(|error| format!("{file}: {error}"))? {
            let place = format!("{file}:{}: `{}`", entry.line, entry.key);
            let text = entry.text.ok_or_else(|| format!("{place} is no text"))?;
            if sentences.insert(entry.key, (text, file.clone(), entry.line)).is_some() {
                return Err(format!("{place} is there twice").into());
            }
        }
    }
    Ok(sentences)
}

/// What a folder holds, in order of name.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, Box<dyn Error>>>()?;
    paths.sort();
    Ok(paths)
}

/// The folder that cargo names in a variable.
fn variable(name: &str) -> Result<PathBuf, Box<dyn Error>> {
    Ok(env::var_os(name).ok_or("cargo sets it")?.into())
}

/// The name of a file without its ending.
fn name(file: &Path) -> Result<&str, Box<dyn Error>> {
    Ok(file.file_stem().and_then(|stem| stem.to_str()).ok_or("sources and templates have UTF-8 names")?)
}
