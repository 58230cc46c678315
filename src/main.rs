//! temporary
use wirelab::{analysis, capture::Bytes, select::Preferences, text};
fn main() {
    let path = std::env::args().nth(1).unwrap();
    let data = std::fs::read(&path).unwrap();
    let survey = analysis::analyse(&Bytes { name: &path, data: &data }, &Preferences::default()).unwrap();
    println!("{}", serde_json::to_string_pretty(&text::to_json(&survey.analysis).unwrap()).unwrap());
}
