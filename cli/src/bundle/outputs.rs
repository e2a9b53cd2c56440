//! Files that people give beside a bundle: specs, and outputs of environments and service instances as YAML or JSON.

use crate::Usage;
use anyhow::Result;
use protium_bundle::render::{EnvironmentValues, namespace::Outputs};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::{collections::BTreeMap, fs, io::Read, path::Path};

/// Largest file that is read, in bytes: far beyond any spec, and no trouble for memory.
const SIZE_LIMIT: u64 = 16 * 1024 * 1024;

/// Outputs of environments, by the forms that [`EnvironmentValues`] takes.
pub(crate) fn environments(path: &Path) -> Result<EnvironmentValues> {
    let text = text(path)?;
    // JSON first: it is what AWS's tools print. In YAML values are taken as they are written, so that `1.10` and the
    // account `012345678901` stay what they are.
    if let Ok(value) = serde_json::from_str::<Value>(&text) {
        return EnvironmentValues::from_json(&value).map_err(|expected| wrong(path, &expected));
    }
    if let Ok(all) = serde_saphyr::from_str::<Outputs>(&text) {
        return Ok(EnvironmentValues { all, ..EnvironmentValues::default() });
    }
    if let Ok(by_name) = serde_saphyr::from_str::<BTreeMap<String, Outputs>>(&text) {
        return Ok(EnvironmentValues { by_name, ..EnvironmentValues::default() });
    }
    let value: Value = yaml(path, &text)?;
    EnvironmentValues::from_json(&value).map_err(|expected| wrong(path, &expected))
}

/// Outputs by service instance.
pub(crate) fn instances(path: &Path) -> Result<BTreeMap<String, Outputs>> {
    let values = environments(path)?;
    if values.all.is_empty() {
        Ok(values.by_name)
    } else {
        Err(wrong(path, "must map names of instances to mappings of outputs to values"))
    }
}

/// A YAML document of our own shapes.
pub(crate) fn yaml<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T> {
    serde_saphyr::from_str(text).map_err(|error| wrong(path, &error.to_string()))
}

/// A file that a person wrote, as text; `-` is standard input.
pub(crate) fn text(path: &Path) -> Result<String> {
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(SIZE_LIMIT + 1).read_to_end(&mut bytes)
    } else {
        fs::File::open(path).and_then(|file| file.take(SIZE_LIMIT + 1).read_to_end(&mut bytes))
    };
    read.map_err(|error| wrong(path, &format!("can't be read: {error}")))?;
    if bytes.len() as u64 > SIZE_LIMIT {
        return Err(wrong(path, &format!("has more than {SIZE_LIMIT} bytes")));
    }
    String::from_utf8(bytes).map_err(|_| wrong(path, "is not UTF-8 text"))
}

/// A file that isn't what it was named for.
pub(crate) fn wrong(path: &Path, what: &str) -> anyhow::Error {
    Usage(format!("{}: {what}", path.display())).into()
}
