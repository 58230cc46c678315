//! `wirelab lab show`: what a lab is.

use std::io::{self, Write};

use anyhow::Result;

use super::folder;
use crate::lab::{Lab, Lang, Manifest};
use crate::text::printable;

pub(super) fn run(name: &str) -> Result<()> {
    let lab = folder::open(name)?;
    let mut out = io::stdout().lock();
    for (what, value) in facts(&lab) {
        writeln!(out, "{what:<12} {}", printable(&value))?;
    }
    Ok(())
}

fn facts(lab: &Lab) -> Vec<(&'static str, String)> {
    let manifest = &lab.manifest;
    let mut facts = vec![("lab", manifest.id.clone())];
    facts.extend(manifest.extends.iter().map(|base| ("extends", base.clone())));
    let texts = [("title", &manifest.title), ("description", &manifest.description)];
    for (what, texts) in texts {
        let said = manifest.languages.iter().filter_map(|language| texts.get(language));
        facts.extend(said.map(|text| (what, text.clone())));
    }
    if !manifest.authors.is_empty() {
        facts.push(("authors", manifest.authors.join(", ")));
    }
    let languages = manifest.languages.iter().map(|language| language_of(manifest, lab, language));
    facts.push(("languages", languages.collect::<Vec<_>>().join(", ")));
    let any = |list: &[String], none: &str| if list.is_empty() { none.to_owned() } else { list.join(", ") };
    facts.push(("hosts", any(&manifest.hosts, "any")));
    facts.extend(manifest.student_id.iter().map(|pattern| ("student id", pattern.clone())));
    let evidence: Vec<String> = manifest.evidence.required.iter().map(|part| part.as_str().to_owned()).collect();
    facts.push(("evidence", any(&evidence, "none")));
    facts.push(("sections", manifest.sections.join(", ")));
    facts.push(("files", lab.own_files().collect::<Vec<_>>().join(", ")));
    facts
}

fn language_of(manifest: &Manifest, lab: &Lab, language: &Lang) -> String {
    let fallback = manifest.fallback.get(language).map(|other| format!(", else {other}")).unwrap_or_default();
    format!("{language} ({}{fallback})", lab.time_zone(language))
}
