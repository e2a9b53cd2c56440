//! `.template-registration.yaml`: what a service bundle says about its own registration (behaviour 8.2, 4.8).
//!
//! Besides the keys that Proton had, `publish: true` publishes the version once it is registered, and
//! `compatibility: strict | off` moves the line between warnings and failures of [`crate::compatibility`].

use serde::{Deserialize, Serialize};

use crate::problem::{Problem, any_error};
use crate::yaml::{self, Node};

/// Name of the file at the root of a bundle.
pub const FILE: &str = ".template-registration.yaml";
/// Its predecessor: one `name:major` per line.
pub const LEGACY_FILE: &str = ".compatible-envs";

/// Largest file of either name, in bytes.
const SIZE_LIMIT: usize = 50 * 1024;
/// Most compatible environment templates of a version (the API's own bound).
const ENVIRONMENT_LIMIT: usize = 10;

/// What the file says; the default when there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// Majors of environment templates under which the service may run.
    pub compatible_environments: Vec<CompatibleEnvironment>,
    /// Component sources that its instances accept; `DIRECTLY_DEFINED` is the one there is.
    pub supported_component_sources: Vec<String>,
    /// Whether the version is published as soon as it is registered.
    pub publish: bool,
    /// How breaking changes of a minor are taken.
    pub compatibility: CompatibilityPolicy,
}

/// A major version of an environment template.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CompatibleEnvironment {
    /// Name of the environment template.
    pub template_name: String,
    /// Its major version, a number as text.
    pub major_version: String,
}

/// What becomes of breaking and of doubtful changes of a minor version.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CompatibilityPolicy {
    /// Breaking changes fail, doubtful ones are warned of.
    #[default]
    Default,
    /// Doubtful changes fail too.
    Strict,
    /// Breaking changes are only warned of.
    Off,
}

impl Registration {
    /// Reads `.template-registration.yaml`; the second value are warnings. Keys that we don't know are warned of only:
    /// public bundles have such.
    ///
    /// # Errors
    /// All problems at once: malformed YAML, malformed values.
    pub fn parse(text: &str) -> Result<(Self, Vec<Problem>), Vec<Problem>> {
        small_enough(text, FILE)?;
        let root = yaml::load(text).map_err(|error| vec![error.problem(FILE)])?;
        let mut reader = Reader { problems: Vec::new() };
        let registration = reader.registration(&root);
        if any_error(&reader.problems) { Err(reader.problems) } else { Ok((registration, reader.problems)) }
    }

    /// Reads the older `.compatible-envs`; blank lines and `#` comments are skipped.
    ///
    /// # Errors
    /// Every line that isn't `name:major`.
    pub fn parse_legacy(text: &str) -> Result<Self, Vec<Problem>> {
        small_enough(text, LEGACY_FILE)?;
        let mut registration = Self::default();
        let mut problems = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            match compatible_environment(line) {
                Some(environment) => registration.compatible_environments.push(environment),
                None => problems.push(malformed(line).in_file(LEGACY_FILE).at(index + 1, 1)),
            }
        }
        if problems.is_empty() { Ok(registration) } else { Err(problems) }
    }
}

fn compatible_environment(text: &str) -> Option<CompatibleEnvironment> {
    let (name, major) = text.rsplit_once(':')?;
    let (name, major) = (name.trim(), major.trim());
    let is_major = !major.is_empty() && major.len() <= 9 && major.chars().all(|c| c.is_ascii_digit());
    (crate::bundle::is_resource_name(name) && is_major)
        .then(|| CompatibleEnvironment { template_name: name.to_owned(), major_version: major.to_owned() })
}

fn malformed(text: &str) -> Problem {
    let shown: String = text.chars().take(120).collect();
    Problem::error(format!("`{shown}` is not a compatible environment"))
        .remedy("Write the environment template's name and major version: `my-env:1`.")
}

fn small_enough(text: &str, file: &str) -> Result<(), Vec<Problem>> {
    if text.len() <= SIZE_LIMIT {
        return Ok(());
    }
    let message = format!("the file has {} bytes, more than the {SIZE_LIMIT} allowed", text.len());
    Err(vec![Problem::error(message).in_file(file)])
}

struct Reader {
    problems: Vec<Problem>,
}

impl Reader {
    fn registration(&mut self, root: &Node) -> Registration {
        let mut registration = Registration::default();
        if root.is_null() {
            return registration;
        }
        let Some(entries) = root.entries() else {
            self.problems.push(root.error(FILE, format!("must be a mapping, not {}", root.kind_name())));
            return registration;
        };
        for (key, value) in entries {
            match key.text().unwrap_or_default() {
                "compatible_environments" => registration.compatible_environments = self.environments(value),
                "supported_component_sources" => {
                    registration.supported_component_sources = self.sources(value)
                }
                "publish" => registration.publish = self.flag(value),
                "compatibility" => registration.compatibility = self.policy(value),
                name => self.problems.push(
                    key.warning(FILE, format!("the key `{name}` has no meaning here and is ignored")).remedy(
                        "Known are compatible_environments, supported_component_sources, publish, compatibility.",
                    ),
                ),
            }
        }
        registration
    }

    fn list<'a>(&mut self, node: &'a Node) -> &'a [Node] {
        if node.is_null() {
            return &[];
        }
        node.items().unwrap_or_else(|| {
            self.problems.push(node.error(FILE, format!("must be a list, not {}", node.kind_name())));
            &[]
        })
    }

    fn environments(&mut self, node: &Node) -> Vec<CompatibleEnvironment> {
        let items = self.list(node);
        if items.len() > ENVIRONMENT_LIMIT {
            let message =
                format!("{} compatible environments, at most {ENVIRONMENT_LIMIT} are allowed", items.len());
            self.problems.push(node.error(FILE, message));
        }
        let mut environments = Vec::new();
        for item in items {
            match item.text().and_then(compatible_environment) {
                Some(environment) => environments.push(environment),
                None => {
                    let problem = malformed(item.text().unwrap_or_else(|| item.kind_name()));
                    self.problems.push(problem.in_file(FILE).at(item.line, item.column));
                }
            }
        }
        environments
    }

    fn sources(&mut self, node: &Node) -> Vec<String> {
        let mut sources = Vec::new();
        for item in self.list(node) {
            match item.text() {
                Some("DIRECTLY_DEFINED") => sources.push("DIRECTLY_DEFINED".to_owned()),
                _ => self.problems.push(
                    item.error(FILE, "unknown component source")
                        .remedy("The only source is DIRECTLY_DEFINED."),
                ),
            }
        }
        sources.dedup();
        sources
    }

    fn flag(&mut self, node: &Node) -> bool {
        node.bool().unwrap_or_else(|| {
            self.problems.push(node.error(FILE, "`publish` must be true or false"));
            false
        })
    }

    fn policy(&mut self, node: &Node) -> CompatibilityPolicy {
        // `off` is a boolean in YAML 1.1; the text is what counts.
        match node.text() {
            Some("strict") => CompatibilityPolicy::Strict,
            Some("off") => CompatibilityPolicy::Off,
            Some("default") => CompatibilityPolicy::Default,
            _ => {
                self.problems.push(node.error(FILE, "`compatibility` must be strict, off or default"));
                CompatibilityPolicy::Default
            }
        }
    }
}
