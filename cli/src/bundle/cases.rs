//! A bundle's own tests, as they lie in its folder `tests`.
//!
//! ```text
//! tests/<case>/spec.yaml       the spec
//! tests/<case>/context.yaml    optional: what a deployment knows besides (Context)
//! tests/<case>/expected/…      what has to be rendered: infrastructure/…, instance_infrastructure/<instance>/…, …
//! tests/<case>/expected/error.txt   instead of files: the message with which it has to fail
//! ```
//!
//! `expected` belongs to the command: `--update` makes it what is rendered. All else is the author's.

use super::{outputs, writing};
use anyhow::{Context as _, Result, bail};
use protium_bundle::render::{
    EnvironmentValues, PreviewOptions,
    namespace::{ComponentView, Outputs},
};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

/// Folder of the cases in a bundle.
pub(crate) const FOLDER: &str = "tests";
/// File of `expected` that holds a message instead of what is rendered.
pub(crate) const ERROR_FILE: &str = "error.txt";
/// Most files that are read of `expected`.
const FILE_COUNT_LIMIT: usize = 10_000;
/// Most bytes that are read of `expected`.
const SIZE_LIMIT: u64 = 256 * 1024 * 1024;

/// A case.
#[derive(Debug)]
pub(crate) struct Case {
    /// Its folder.
    pub(crate) folder: PathBuf,
    /// Path of the spec.
    pub(crate) spec_path: PathBuf,
    /// The spec.
    pub(crate) spec: String,
    /// What to render it with.
    pub(crate) options: PreviewOptions,
    /// What has to be rendered, by path; `None` when nothing has been recorded yet.
    pub(crate) expected: Option<BTreeMap<String, Vec<u8>>>,
}

/// `context.yaml`. Whatever is left out becomes an example.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Context {
    /// Name of the environment, or of the service.
    name: Option<String>,
    /// Name of the template.
    template: Option<String>,
    account_id: Option<String>,
    region: Option<String>,
    /// `owner/name`.
    repository_id: Option<String>,
    /// Outputs of all environments.
    environment_outputs: Outputs,
    /// Outputs of single environments, by name.
    environments: BTreeMap<String, Outputs>,
    /// Outputs of service instances by name, for the pipeline.
    instance_outputs: BTreeMap<String, Outputs>,
    /// A component attached to each instance.
    component: Option<Component>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Component {
    name: String,
    #[serde(default)]
    outputs: Outputs,
}

impl From<Context> for PreviewOptions {
    fn from(context: Context) -> Self {
        let component = |it: Component| ComponentView { name: it.name, outputs: it.outputs };
        Self {
            name: context.name,
            template: context.template,
            account_id: context.account_id,
            region: context.region,
            environment_outputs: EnvironmentValues {
                all: context.environment_outputs,
                by_name: context.environments,
            },
            instance_outputs: context.instance_outputs,
            component: context.component.map(component),
            repository_id: context.repository_id,
        }
    }
}

/// Names of a bundle's cases, sorted; empty when it has none.
///
/// # Errors
/// When the folder can't be listed.
pub(crate) fn names(bundle: &Path) -> Result<Vec<String>> {
    let folder = bundle.join(FOLDER);
    if !is_folder(&folder)? {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(&folder).with_context(|| format!("can't read {}", folder.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.with_context(|| format!("can't read {}", folder.display()))?;
        if let Ok(name) = entry.file_name().into_string()
            && entry.file_type().is_ok_and(|kind| kind.is_dir())
            && !name.starts_with('.')
        {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

impl Case {
    /// Reads a case.
    ///
    /// # Errors
    /// What is missing, unreadable or malformed.
    pub(crate) fn read(bundle: &Path, name: &str) -> Result<Self> {
        let folder = bundle.join(FOLDER).join(name);
        let (spec_path, context) = (folder.join("spec.yaml"), folder.join("context.yaml"));
        let options = match fs::symlink_metadata(&context) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Context::default(),
            _ => match text(&context)? {
                text if text.trim().is_empty() => Context::default(),
                text => outputs::yaml(&context, &text)?,
            },
        };
        Ok(Self {
            spec: text(&spec_path)?,
            options: options.into(),
            expected: expected(&folder.join("expected"))?,
            spec_path,
            folder,
        })
    }

    /// Whether it has to fail; what the message is may still be open.
    pub(crate) fn expects_error(&self) -> bool {
        self.expected.as_ref().is_some_and(|files| files.contains_key(ERROR_FILE))
    }

    /// Makes what is expected what was rendered.
    ///
    /// # Errors
    /// What the system refuses; links in `expected`.
    pub(crate) fn update(&self, rendered: &BTreeMap<String, Vec<u8>>) -> Result<()> {
        let folder = self.folder.join("expected");
        for name in self.expected.iter().flat_map(BTreeMap::keys).filter(|name| !rendered.contains_key(*name))
        {
            let path = folder.join(name);
            fs::remove_file(&path).with_context(|| format!("can't remove {}", path.display()))?;
            remove_empty_parents(&path, &folder);
        }
        for (name, content) in rendered {
            writing::file(&folder, name, content)?;
        }
        Ok(())
    }
}

/// A file of the case. A pipe that came with a checkout would be waited for.
fn text(path: &Path) -> Result<String> {
    if fs::metadata(path).is_ok_and(|it| !it.is_file()) {
        bail!("{} is no plain file", path.display());
    }
    outputs::text(path)
}

fn remove_empty_parents(path: &Path, root: &Path) {
    let parents = path.ancestors().skip(1).take_while(|parent| *parent != root);
    // The first that isn't empty refuses and ends it.
    let _ = parents.map(fs::remove_dir).take_while(Result::is_ok).count();
}

/// Whether there is a folder. Links aren't followed: `--update` writes, and removes what is no longer rendered.
fn is_folder(path: &Path) -> Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => Ok(true),
        Ok(_) => bail!("{} is no folder", path.display()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error).with_context(|| format!("can't read {}", path.display())),
    }
}

fn expected(root: &Path) -> Result<Option<BTreeMap<String, Vec<u8>>>> {
    if !is_folder(root)? {
        return Ok(None);
    }
    let (mut files, mut open) = (BTreeMap::new(), vec![(root.to_owned(), String::new())]);
    let mut size = 0;
    while let Some((folder, prefix)) = open.pop() {
        let cant = || format!("can't read {}", folder.display());
        for entry in fs::read_dir(&folder).with_context(cant)? {
            let entry = entry.with_context(cant)?;
            let (path, kind) = (entry.path(), entry.file_type().with_context(cant)?);
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if kind.is_dir() {
                open.push((path, format!("{name}/")));
            } else if kind.is_file() {
                size += entry.metadata().with_context(cant)?.len();
                if size > SIZE_LIMIT {
                    bail!("{} holds more than {SIZE_LIMIT} bytes", root.display());
                }
                files
                    .insert(name, fs::read(&path).with_context(|| format!("can't read {}", path.display()))?);
            } else {
                bail!("{} is no plain file; remove it", path.display());
            }
            if files.len() > FILE_COUNT_LIMIT {
                bail!("{} holds more than {FILE_COUNT_LIMIT} files", root.display());
            }
        }
    }
    Ok(Some(files))
}
