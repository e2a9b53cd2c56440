//! What templates may refer to (behaviour 6.1): one tree per rendered thing, the same for Jinja, for CodeBuild's input
//! file and for Terraform's variables.
//!
//! Every optional thing that templates may test for has its fixed form here: the repository fields are empty strings
//! without a repository, `components` is empty when nothing is attached, the outputs of what never was deployed are an
//! empty map.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::bundle::Part;

/// What is rendered. Each has a namespace of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// An environment: [`EnvironmentNamespace`].
    Environment,
    /// A service instance: [`InstanceNamespace`].
    ServiceInstance,
    /// A service's pipeline: [`PipelineNamespace`].
    Pipeline,
    /// A component: [`ComponentNamespace`].
    Component,
}

impl Target {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Environment, Self::ServiceInstance, Self::Pipeline, Self::Component];

    /// As names of generated files have it (behaviour 6.4).
    pub fn name(self) -> &'static str {
        match self {
            Self::Environment => "environment",
            Self::ServiceInstance => "service_instance",
            Self::Pipeline => "pipeline",
            Self::Component => "component",
        }
    }

    /// As sentences name it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::ServiceInstance => "service instance",
            other => other.name(),
        }
    }
}

impl From<Part> for Target {
    fn from(part: Part) -> Self {
        match part {
            Part::Infrastructure => Self::Environment,
            Part::InstanceInfrastructure => Self::ServiceInstance,
            Part::PipelineInfrastructure => Self::Pipeline,
        }
    }
}

/// Outputs of a deployed thing; values are always text.
pub type Outputs = BTreeMap<String, String>;

/// `environment.*` when an environment itself is rendered.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct EnvironmentNamespace {
    /// The environment.
    pub environment: OwnEnvironment,
}

/// An environment as its own template sees it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct OwnEnvironment {
    /// Its name.
    pub name: String,
    /// Its inputs with defaults, JSON types kept.
    pub inputs: Map<String, Value>,
}

/// An environment as others see it: no inputs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvironmentView {
    /// Its name.
    pub name: String,
    /// Account in which its infrastructure lives.
    pub account_id: String,
    /// Its outputs.
    pub outputs: Outputs,
}

/// `service.*`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceView {
    /// Its name.
    pub name: String,
    /// `owner/name` of its repository; empty without one.
    pub repository_id: String,
    /// ARN of the code connection; empty without repository.
    pub repository_connection_arn: String,
    /// Branch; empty without repository.
    pub branch_name: String,
}

/// What a service instance's template sees.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct InstanceNamespace {
    /// The service.
    pub service: ServiceView,
    /// The instance.
    pub service_instance: OwnInstance,
    /// The environment it runs in.
    pub environment: EnvironmentView,
}

/// A service instance as its own template sees it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct OwnInstance {
    /// Its name.
    pub name: String,
    /// Its inputs with defaults, JSON types kept.
    pub inputs: Map<String, Value>,
    /// The attached component.
    pub components: Components,
}

/// `service_instance.components`; the only key is `default`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Components {
    /// The attached component; templates see empty maps when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<ComponentView>,
}

/// An attached component as the instance sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComponentView {
    /// Its name.
    pub name: String,
    /// Its outputs.
    pub outputs: Outputs,
}

/// What a pipeline's template sees. There is no top-level `environment`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PipelineNamespace {
    /// The service.
    pub service: ServiceView,
    /// The pipeline.
    pub pipeline: OwnPipeline,
    /// All instances of the service.
    pub service_instances: Vec<PipelineInstance>,
}

/// A pipeline as its own template sees it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct OwnPipeline {
    /// Its inputs with defaults, JSON types kept.
    pub inputs: Map<String, Value>,
}

/// A service instance as the pipeline sees it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PipelineInstance {
    /// Its name.
    pub name: String,
    /// Its inputs with defaults, JSON types kept.
    pub inputs: Map<String, Value>,
    /// Its outputs; empty when it was never deployed.
    pub outputs: Outputs,
    /// The environment it runs in.
    pub environment: EnvironmentView,
}

/// What a component's template sees.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ComponentNamespace {
    /// The component.
    pub component: OwnComponent,
    /// The environment it runs in.
    pub environment: EnvironmentView,
    /// The service of the instance it is attached to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceView>,
    /// The instance it is attached to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_instance: Option<AttachedInstance>,
}

/// A component as its own template sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnComponent {
    /// Its name.
    pub name: String,
}

/// A service instance as the component attached to it sees it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AttachedInstance {
    /// Its name.
    pub name: String,
    /// Its inputs of the component's own service spec.
    pub inputs: Map<String, Value>,
}

/// Namespaces become JSON trees for rendering and for storage.
macro_rules! tree {
    ($($namespace:ident),*) => {$(
        impl $namespace {
            /// The tree as JSON, keys in the order of the fields.
            pub fn to_json(&self) -> Value {
                // Maps with text keys, lists and scalars only: this can't fail.
                serde_json::to_value(self).unwrap_or_default()
            }
        }
    )*};
}

tree!(EnvironmentNamespace, InstanceNamespace, PipelineNamespace, ComponentNamespace);
