//! `manifest.yaml`: which engine makes a part of the infrastructure out of which files (behaviour 4.2 to 4.4).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::problem::Problem;
use crate::yaml::{self, Node};

/// Name of the manifest in its directory.
pub const FILE: &str = "manifest.yaml";
/// Largest manifest, in bytes (behaviour 4.6).
pub const SIZE_LIMIT: usize = 50 * 1024;

/// A manifest's one template entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "engine", rename_all = "lowercase")]
pub enum Manifest {
    /// One CloudFormation template, rendered with Jinja.
    CloudFormation {
        /// Its name in the directory.
        file: String,
        /// `native_parameters: true`: inputs are passed as stack parameters too, where the template declares
        /// `Parameters` of their names. Protium's own; so an existing template becomes a bundle without Jinja.
        #[serde(default)]
        native_parameters: bool,
    },
    /// Terraform files.
    Terraform {
        /// Which of the directory's files.
        files: TerraformFiles,
    },
    /// A build that provisions by itself.
    CodeBuild(Box<CodeBuildSettings>),
}

/// The `file` of a Terraform manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TerraformFiles {
    /// `"*"`: every file that ends in `.tf` directly in the directory.
    All,
    /// One file by name.
    One(String),
}

/// The `settings` of a CodeBuild manifest. Strings are Jinja expressions until they are rendered.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CodeBuildSettings {
    /// The build image, when it isn't the default one.
    pub image: Option<String>,
    /// Language runtimes and their versions.
    pub runtimes: BTreeMap<String, String>,
    /// `env` of a buildspec, as written.
    pub env: Option<Value>,
    /// Shell lines of create and update.
    pub provision: Vec<String>,
    /// Shell lines of delete.
    pub deprovision: Vec<String>,
    /// CloudFormation properties of the CodeBuild project, as written.
    pub project_properties: Option<Value>,
    /// How the inputs are handed over.
    pub input_type: CodeBuildInput,
}

/// The form of a CodeBuild's input file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum CodeBuildInput {
    /// `proton-inputs.json`.
    #[default]
    Json,
    /// A `.tfvars` file.
    Hcl,
}

impl Manifest {
    /// Reads a manifest. `file` is its path, for messages.
    ///
    /// # Errors
    /// All problems at once: malformed YAML, not exactly one template entry, unknown engine or language, keys that
    /// don't belong to the engine, the pre-release key `engine`.
    pub fn parse(text: &str, file: &str) -> Result<Self, Vec<Problem>> {
        match Self::read(text, file) {
            (Some(manifest), problems) if problems.is_empty() => Ok(manifest),
            (_, problems) => Err(problems),
        }
    }

    /// Like [`Self::parse`]; when something is wrong, but not with what is rendered and how, the manifest is there, too, so
    /// that the files can be judged in the same round.
    pub(crate) fn read(text: &str, file: &str) -> (Option<Self>, Vec<Problem>) {
        if text.len() > SIZE_LIMIT {
            let message =
                format!("the manifest has {} bytes, more than the {SIZE_LIMIT} allowed", text.len());
            return (None, vec![Problem::error(message).in_file(file)]);
        }
        let root = match yaml::load(text) {
            Ok(root) => root,
            Err(error) => return (None, vec![error.problem(file)]),
        };
        let mut reader = Reader { file, problems: Vec::new() };
        let manifest = reader.manifest(&root);
        (manifest, reader.problems)
    }
}

struct Reader<'a> {
    file: &'a str,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn error(&mut self, node: &Node, message: impl Into<String>, remedy: &str) {
        let problem = node.error(self.file, message);
        self.problems.push(if remedy.is_empty() { problem } else { problem.remedy(remedy) });
    }

    fn manifest(&mut self, root: &Node) -> Option<Manifest> {
        let Some(infrastructure) = root.get("infrastructure") else {
            self.error(
                root,
                "the key `infrastructure` is missing",
                "Begin the manifest with `infrastructure:`.",
            );
            return None;
        };
        let Some(templates) = infrastructure.get("templates") else {
            self.error(
                infrastructure,
                "the key `templates` is missing",
                "List the template under `infrastructure.templates`.",
            );
            return None;
        };
        match templates.items() {
            Some([entry]) => self.entry(entry),
            Some(items) => {
                let message = format!("`templates` has {} entries, it must have exactly one", items.len());
                self.error(templates, message, "");
                None
            }
            None => {
                self.error(templates, "`templates` must be a list of one entry", "");
                None
            }
        }
    }

    fn entry(&mut self, entry: &Node) -> Option<Manifest> {
        if entry.entries().is_none() {
            self.error(entry, format!("the entry must be a mapping, not {}", entry.kind_name()), "");
            return None;
        }
        if let Some((key, _)) = entry.entry("engine") {
            self.error(key, "`engine` is the key of a pre-release", "Write `rendering_engine` instead.");
            return None;
        }
        let Some(engine) = self.text(entry, "rendering_engine") else {
            // It may be misspelt.
            self.keys(entry, &["file", "rendering_engine", "template_language", "settings"]);
            return None;
        };
        match engine.to_ascii_lowercase().as_str() {
            "jinja" => {
                self.keys(entry, &["file", "rendering_engine", "template_language", "native_parameters"]);
                let is_language = self.language(entry, "cloudformation");
                let native_parameters = self.flag(entry, "native_parameters");
                let file = self.file_name(entry);
                is_language.then_some(Manifest::CloudFormation {
                    file: file?,
                    native_parameters: native_parameters?,
                })
            }
            "hcl" => {
                self.keys(entry, &["file", "rendering_engine", "template_language"]);
                let is_language = self.language(entry, "terraform");
                let file = self.file_name(entry)?;
                let files = if file == "*" { TerraformFiles::All } else { TerraformFiles::One(file) };
                is_language.then_some(Manifest::Terraform { files })
            }
            "codebuild" => {
                self.keys(entry, &["rendering_engine", "settings", "input_type"]);
                self.settings(entry).map(|settings| Manifest::CodeBuild(Box::new(settings)))
            }
            _ => {
                let node = entry.get("rendering_engine").unwrap_or(entry);
                self.error(
                    node,
                    format!("the rendering engine `{engine}` is unknown"),
                    "Use jinja, hcl or codebuild.",
                );
                None
            }
        }
    }

    fn keys(&mut self, node: &Node, known: &[&str]) {
        for (key, _) in node.entries().unwrap_or_default() {
            let name = key.text().unwrap_or_default();
            if !known.contains(&name) {
                let remedy = format!("Known here are {}.", known.join(", "));
                self.error(key, format!("the key `{name}` is unknown"), &remedy);
            }
        }
    }

    fn text(&mut self, node: &Node, key: &str) -> Option<String> {
        match node.get(key) {
            None => {
                self.error(node, format!("the key `{key}` is missing"), "");
                None
            }
            Some(value) => match value.text().filter(|text| !text.is_empty()) {
                Some(text) => Some(text.to_owned()),
                None => {
                    self.error(value, format!("`{key}` must be text"), "");
                    None
                }
            },
        }
    }

    fn flag(&mut self, entry: &Node, key: &str) -> Option<bool> {
        let Some(value) = entry.get(key) else { return Some(false) };
        if value.bool().is_none() {
            self.error(value, format!("`{key}` must be true or false"), "");
        }
        value.bool()
    }

    /// Whether it is the language of the engine, or none is given.
    fn language(&mut self, entry: &Node, expected: &str) -> bool {
        let Some(language) = self.text(entry, "template_language") else { return true };
        let is_expected = language.to_ascii_lowercase() == expected;
        if !is_expected {
            let node = entry.get("template_language").unwrap_or(entry);
            let message = format!("the template language `{language}` doesn't go with this rendering engine");
            self.error(node, message, &format!("Write `template_language: {expected}`."));
        }
        is_expected
    }

    fn file_name(&mut self, entry: &Node) -> Option<String> {
        let name = self.text(entry, "file")?;
        if name.contains(['/', '\\']) || name.starts_with("..") {
            let node = entry.get("file").unwrap_or(entry);
            self.error(node, "`file` must be the name of a file in the manifest's directory", "");
            return None;
        }
        Some(name)
    }

    fn settings(&mut self, entry: &Node) -> Option<CodeBuildSettings> {
        let Some(node) = entry.get("settings") else {
            self.error(entry, "the key `settings` is missing", "Say under `settings` what the build runs.");
            return None;
        };
        if node.entries().is_none() {
            self.error(node, format!("`settings` must be a mapping, not {}", node.kind_name()), "");
            return None;
        }
        self.keys(
            node,
            &["image", "runtimes", "env", "provision", "deprovision", "project_properties", "input_type"],
        );
        let image = node.get("image").map(|_| self.text(node, "image")).unwrap_or_default();
        Some(CodeBuildSettings {
            image,
            runtimes: self.runtimes(node),
            env: self.mapping(node, "env"),
            provision: self.lines(node, "provision"),
            deprovision: self.lines(node, "deprovision"),
            project_properties: self.mapping(node, "project_properties"),
            input_type: self.input_type(node.get("input_type").or_else(|| entry.get("input_type"))),
        })
    }

    fn runtimes(&mut self, settings: &Node) -> BTreeMap<String, String> {
        let Some(node) = settings.get("runtimes").filter(|node| !node.is_null()) else {
            return BTreeMap::new();
        };
        let Some(entries) = node.entries() else {
            self.error(node, "`runtimes` must map languages to versions", "");
            return BTreeMap::new();
        };
        // The source text: `3.10` is a version, not a number.
        entries
            .iter()
            .filter_map(|(key, value)| Some((key.text()?.to_owned(), value.text()?.to_owned())))
            .collect()
    }

    fn mapping(&mut self, settings: &Node, key: &str) -> Option<Value> {
        let node = settings.get(key).filter(|node| !node.is_null())?;
        if node.entries().is_none() {
            self.error(node, format!("`{key}` must be a mapping, not {}", node.kind_name()), "");
            return None;
        }
        Some(node.json())
    }

    fn lines(&mut self, settings: &Node, key: &str) -> Vec<String> {
        let Some(node) = settings.get(key) else {
            self.error(settings, format!("the key `{key}` is missing"), "List the shell lines to run.");
            return Vec::new();
        };
        let lines: Option<Vec<_>> =
            node.items().map(|items| items.iter().map_while(|line| line.text().map(str::to_owned)).collect());
        match (lines, node.items()) {
            (Some(lines), Some(items)) if lines.len() == items.len() => lines,
            _ => {
                self.error(
                    node,
                    format!("`{key}` must be a list of shell lines"),
                    "Quote lines that hold `: ` or begin with a bracket.",
                );
                Vec::new()
            }
        }
    }

    fn input_type(&mut self, node: Option<&Node>) -> CodeBuildInput {
        match node.map(|node| (node, node.text().unwrap_or_default().to_ascii_uppercase())) {
            None => CodeBuildInput::Json,
            Some((_, name)) if name == "JSON" => CodeBuildInput::Json,
            Some((_, name)) if name == "HCL" => CodeBuildInput::Hcl,
            Some((node, _)) => {
                self.error(node, "`input_type` must be JSON or HCL", "");
                CodeBuildInput::Json
            }
        }
    }
}
