//! Renders a Report in JSON: `cargo run --example preview REPORT.json zh-en OUTDIR` (development only).
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a tool"
)]
use wirelab::{
    lab::{Files, Lab, Lang},
    render,
};
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let report: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&args[1]).unwrap()).unwrap();
    let languages = Lang::list(&args[2]).unwrap();
    let mut files = Files::new();
    let root = std::path::Path::new("templates/http");
    for dir in ["", "sections", "parts", "locales"] {
        for entry in std::fs::read_dir(root.join(dir)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                files.insert(path.strip_prefix(root).unwrap().display().to_string(), std::fs::read(&path).unwrap());
            }
        }
    }
    let lab = Lab::from_files(&files).unwrap_or_else(|e| {
        println!("{e}");
        std::process::exit(2)
    });
    let start = std::time::Instant::now();
    let md = render::markdown(&report, &lab, &languages).unwrap_or_else(|e| {
        println!("{e}");
        std::process::exit(2)
    });
    println!("markdown {:?}", start.elapsed());
    let start = std::time::Instant::now();
    let html = render::page(&md, &lab, &languages, &render::Figures::new()).unwrap_or_else(|e| {
        println!("{e}");
        std::process::exit(2)
    });
    println!("page {:?}", start.elapsed());
    std::fs::write(format!("{}/report.md", args[3]), md).unwrap();
    std::fs::write(format!("{}/report.html", args[3]), html).unwrap();
}
