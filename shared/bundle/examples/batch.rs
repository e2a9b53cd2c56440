//! The engine for other languages' tests: one JSON object per line in, one per line out.
//!
//! `{"do": "render", "template": "…", "context": {…}}` gives `{"ok": "…"}` or `{"error": "file:line:column: …"}`;
//! `{"do": "check", "template": "…"}` looks at the syntax alone and gives `{"ok": null}` or an error.
//! `{"do": "inputs", "schema": "…", "spec": "…"}` gives the inputs of an environment's spec as `{"ok": {…}}`, or what is
//! wrong as `{"schema": "…"}` or `{"error": "…"}`.

use std::io::{self, BufRead, Write};

use protium_bundle::render::cloudformation::check_syntax;
use protium_bundle::{BundleKind, EnvironmentSpec, Schema, problem, render_cloudformation, spec};
use serde_json::{Value, json};

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        writeln!(out, "{}", answer(&line?))?;
    }
    Ok(())
}

fn answer(line: &str) -> Value {
    let request: Value = match serde_json::from_str(line) {
        Ok(request) => request,
        Err(error) => return json!({"error": format!("not JSON: {error}")}),
    };
    if request["do"] == "inputs" {
        return inputs(&request);
    }
    let template = request["template"].as_str().unwrap_or_default();
    let outcome = match request["do"].as_str() {
        Some("render") => render_cloudformation("t.yaml", template, &request["context"]).map(Value::from),
        Some("check") => check_syntax("t.yaml", template).map(|()| Value::Null),
        _ => return json!({"error": "`do` is `render`, `check` or `inputs`"}),
    };
    match outcome {
        Ok(value) => json!({"ok": value}),
        Err(error) => json!({"error": error.to_string()}),
    }
}

fn inputs(request: &Value) -> Value {
    let text = |key: &str| request[key].as_str().unwrap_or_default();
    let schema = match Schema::parse(text("schema"), BundleKind::Environment) {
        Ok(schema) => schema,
        Err(problems) => return json!({"schema": problem::status_message(&problems, 2_000)}),
    };
    match EnvironmentSpec::parse(text("spec")).and_then(|spec| spec.inputs(&schema)) {
        Ok(inputs) => json!({"ok": inputs}),
        Err(problems) => json!({"error": spec::message(&problems)}),
    }
}
