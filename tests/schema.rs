//! The JSON Schemas in `docs/`, and the description of what templates can use, are those of the types. `WIRELAB_UPDATE=1` rewrites them.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test reads and writes files, and may panic")]

use schemars::Schema;

fn check(name: &str, schema: &Schema) {
    check_text(name, &(serde_json::to_string_pretty(schema).unwrap() + "\n"));
}

fn check_text(name: &str, expected: &str) {
    let path = format!("{}/docs/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("WIRELAB_UPDATE").is_some() {
        std::fs::write(&path, expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    assert!(found == expected, "docs/{name} is not what the types say; run WIRELAB_UPDATE=1 cargo test --test schema");
}

#[test]
fn the_schema_of_the_analysis_is_current() {
    check("analysis.schema.json", &schemars::schema_for!(wirelab::analysis::model::Analysis));
}

#[test]
fn the_schema_of_the_report_is_current() {
    check("report.schema.json", &schemars::schema_for!(wirelab::report::model::Report));
}

#[test]
fn the_description_of_what_templates_can_use_is_current() {
    check_text("report-model.md", &wirelab::render::model_document());
}
