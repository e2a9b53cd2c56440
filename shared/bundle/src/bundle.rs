//! A bundle opened: its layout checked, its manifests, schema and registration file read (behaviour 4.1).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::archive::Files;
use crate::manifest::{self, Manifest};
use crate::problem::{Problem, any_error};
use crate::registration::Registration;
use crate::schema::Schema;
use crate::validate;

/// Path of the schema in a bundle.
pub const SCHEMA_FILE: &str = "schema/schema.yaml";

/// What kind of template a bundle is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum BundleKind {
    /// An environment template.
    Environment,
    /// A service template.
    Service,
}

impl BundleKind {
    /// The schema's key that names the type of the inputs.
    pub fn input_type_key(self) -> &'static str {
        match self {
            Self::Environment => "environment_input_type",
            Self::Service => "service_input_type",
        }
    }

    /// As a sentence begins with it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Environment => "Environment",
            Self::Service => "Service",
        }
    }

    /// The parts that its bundles may have, the obligatory one first.
    pub fn parts(self) -> &'static [Part] {
        match self {
            Self::Environment => &[Part::Infrastructure],
            Self::Service => &[Part::InstanceInfrastructure, Part::PipelineInfrastructure],
        }
    }
}

/// A directory of infrastructure code, deployed as one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Of an environment.
    Infrastructure,
    /// Of each service instance.
    InstanceInfrastructure,
    /// Of a service's pipeline.
    PipelineInfrastructure,
}

impl Part {
    /// All parts.
    pub const ALL: [Self; 3] =
        [Self::Infrastructure, Self::InstanceInfrastructure, Self::PipelineInfrastructure];

    /// Its directory in the bundle.
    pub fn directory(self) -> &'static str {
        match self {
            Self::Infrastructure => "infrastructure",
            Self::InstanceInfrastructure => "instance_infrastructure",
            Self::PipelineInfrastructure => "pipeline_infrastructure",
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.directory())
    }
}

/// How a part is made: the summary that is stored with a template version.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "engine", rename_all = "lowercase")]
pub enum Engine {
    /// CloudFormation with Jinja.
    CloudFormation {
        /// Name of the template in the part's directory.
        file: String,
    },
    /// Terraform.
    Terraform {
        /// Names of the files in the part's directory, sorted.
        files: Vec<String>,
    },
    /// A CodeBuild project's own commands.
    CodeBuild,
}

/// What the template's record says about the bundle to come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OpenOptions {
    /// The environment (environment templates) or the pipeline (service templates) is `CUSTOMER_MANAGED`.
    pub customer_managed: bool,
}

/// A valid bundle.
#[derive(Debug, Clone)]
pub struct Bundle {
    kind: BundleKind,
    files: Files,
    schema: Schema,
    registration: Registration,
    manifests: BTreeMap<Part, Manifest>,
    engines: BTreeMap<Part, Engine>,
    warnings: Vec<Problem>,
    outputs: BTreeMap<Part, BTreeSet<String>>,
}

impl Engine {
    /// The provisioning method by its name.
    pub const fn method(&self) -> &'static str {
        match self {
            Self::CloudFormation { .. } => "CloudFormation",
            Self::Terraform { .. } => "Terraform",
            Self::CodeBuild => "CodeBuild",
        }
    }
}

impl Bundle {
    /// Checks all rules of registration that need nothing but the bundle (behaviour 4.7 points 1, 2, 3, 5).
    ///
    /// # Errors
    /// All problems at once, warnings included, when at least one is an error.
    pub fn open(kind: BundleKind, files: Files, options: OpenOptions) -> Result<Self, Vec<Problem>> {
        validate::open(kind, files, options)
    }

    /// Puts together what has been checked.
    pub(crate) fn new(
        kind: BundleKind,
        files: Files,
        schema: Schema,
        registration: Registration,
        manifests: BTreeMap<Part, (Manifest, Engine)>,
        warnings: Vec<Problem>,
    ) -> Self {
        debug_assert!(!any_error(&warnings));
        let engines = manifests.iter().map(|(part, (_, engine))| (*part, engine.clone())).collect();
        let manifests = manifests.into_iter().map(|(part, (manifest, _))| (part, manifest)).collect();
        Self { kind, files, schema, registration, manifests, engines, warnings, outputs: BTreeMap::new() }
    }

    /// The same bundle, with what [`Self::outputs`] gives.
    pub(crate) fn with_outputs(self, outputs: BTreeMap<Part, BTreeSet<String>>) -> Self {
        Self { outputs, ..self }
    }

    /// The kind of template it is for.
    pub fn kind(&self) -> BundleKind {
        self.kind
    }

    /// The parts it has and how each is made; empty for customer-managed environments.
    pub fn parts(&self) -> &BTreeMap<Part, Engine> {
        &self.engines
    }

    /// The whole manifest of a part.
    pub fn manifest(&self, part: Part) -> Option<&Manifest> {
        self.manifests.get(&part)
    }

    /// The schema.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// The schema as it was written; the control plane keeps it with the version.
    pub fn schema_text(&self) -> &str {
        self.schema.text()
    }

    /// What the bundle says about its registration.
    pub fn registration(&self) -> &Registration {
        &self.registration
    }

    /// What the author should know but needn't repair.
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    /// Names of the outputs of its parts, as far as [`crate::examine`] learns them before anybody has deployed the
    /// bundle: those in Terraform files, and those that a CloudFormation template has when it is rendered with examples.
    /// A part whose outputs aren't known isn't there (CodeBuild; a template that examples don't suffice for), and after
    /// [`Self::open`] none is. A customer-managed environment's outputs are its inputs.
    pub fn outputs(&self) -> &BTreeMap<Part, BTreeSet<String>> {
        &self.outputs
    }

    /// All files that the bundle uses.
    pub fn files(&self) -> &Files {
        &self.files
    }

    /// Path and text of the CloudFormation template of a part; `None` when the part isn't made by CloudFormation.
    pub fn cloudformation_template(&self, part: Part) -> Option<(String, &str)> {
        let Engine::CloudFormation { file } = self.engines.get(&part)? else { return None };
        let path = format!("{}/{file}", part.directory());
        let text = std::str::from_utf8(self.files.get(&path)?).ok()?;
        Some((path, text))
    }
}

/// Path of a part's manifest.
pub(crate) fn manifest_path(part: Part) -> String {
    format!("{}/{}", part.directory(), manifest::FILE)
}

/// The pattern of resource names: `^[0-9A-Za-z]+[0-9A-Za-z_\-]*$`, 1 to 100 characters (behaviour 1).
pub(crate) fn is_resource_name(name: &str) -> bool {
    (1..=100).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}
