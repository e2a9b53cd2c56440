//! The engine for other languages' tests: one JSON object per line in, one per line out.
//!
//! `{"do": "render", "template": "…", "context": {…}}` gives `{"ok": "…"}` or `{"error": "file:line:column: …"}`;
//! `{"do": "check", "template": "…"}` looks at the syntax alone and gives `{"ok": null}` or an error.

use std::io::{self, BufRead, Write};

use protium_bundle::render::cloudformation::check_syntax;
use protium_bundle::render_cloudformation;
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
    let template = request["template"].as_str().unwrap_or_default();
    let outcome = match request["do"].as_str() {
        Some("render") => render_cloudformation("t.yaml", template, &request["context"]).map(Value::from),
        Some("check") => check_syntax("t.yaml", template).map(|()| Value::Null),
        _ => return json!({"error": "`do` is `render` or `check`"}),
    };
    match outcome {
        Ok(value) => json!({"ok": value}),
        Err(error) => json!({"error": error.to_string()}),
    }
}
