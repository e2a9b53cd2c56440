//! Files with outputs of environments and of service instances, as people have them: YAML or JSON.

use crate::Usage;
use anyhow::Result;
use protium_bundle::render::EnvironmentValues;
use serde_json::Value;
use std::{fs, path::Path};

/// Outputs of environments, by the forms that [`EnvironmentValues`] takes.
pub(crate) fn environments(path: &Path) -> Result<EnvironmentValues> {
    EnvironmentValues::from_json(&document(path)?).map_err(|expected| wrong(path, &expected))
}

/// A YAML or JSON file. JSON first: it is what AWS's tools print, and YAML readers differ over numbers.
fn document(path: &Path) -> Result<Value> {
    let text = text(path)?;
    if let Ok(value) = serde_json::from_str(&text) {
        return Ok(value);
    }
    serde_saphyr::from_str(&text).map_err(|error| wrong(path, &format!("is neither JSON nor YAML: {error}")))
}

/// A file that a person wrote, as text.
pub(crate) fn text(path: &Path) -> Result<String> {
    let bytes = if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut bytes).map(|_| bytes)
    } else {
        fs::read(path)
    };
    let bytes = bytes.map_err(|error| wrong(path, &format!("can't be read: {error}")))?;
    String::from_utf8(bytes).map_err(|_| wrong(path, "is not UTF-8 text"))
}

pub(crate) fn wrong(path: &Path, what: &str) -> anyhow::Error {
    Usage(format!("{}: {what}", path.display())).into()
}
