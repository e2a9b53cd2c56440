//! Contexts for trying a bundle out: what a person knows is the spec and perhaps the outputs of the environment; all
//! else that a deployment would bring along stands here as an example.
//!
//! Examples are recognisable: the account `123456789012`, the deployment of zeros, `example` in names. They fill in only
//! what nobody gave.

use std::collections::BTreeMap;

use serde_json::Value;

use super::namespace::{
    ComponentView, Components, EnvironmentNamespace, EnvironmentView, InstanceNamespace, Outputs,
    OwnEnvironment, OwnInstance, OwnPipeline, PipelineInstance, PipelineNamespace, ServiceView,
};
use super::part::{DeploymentMetadata, RenderContext};
use crate::bundle::{Bundle, BundleKind, Part};
use crate::spec::{EnvironmentSpec, InstanceSection, ServiceSpec, SpecProblem};

/// The account of examples.
pub const EXAMPLE_ACCOUNT: &str = "123456789012";
/// The Region of examples.
pub const EXAMPLE_REGION: &str = "us-east-1";
/// The deployment of examples.
pub const EXAMPLE_DEPLOYMENT: &str = "00000000-0000-0000-0000-000000000000";
/// The environment of examples.
pub const EXAMPLE_ENVIRONMENT: &str = "example-environment";
/// The service of examples.
pub const EXAMPLE_SERVICE: &str = "example-service";

/// What somebody who tries a bundle out knows. Whatever is left out becomes an example.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PreviewOptions {
    /// Name of the environment (environment bundles) or of the service (service bundles).
    pub name: Option<String>,
    /// Name of the template.
    pub template: Option<String>,
    /// Account, of the control plane and of the environment.
    pub account_id: Option<String>,
    /// Region.
    pub region: Option<String>,
    /// Outputs of the environments that services run in.
    pub environment_outputs: EnvironmentValues,
    /// Outputs of service instances by instance name, for pipelines.
    pub instance_outputs: BTreeMap<String, Outputs>,
    /// A component attached to each instance.
    pub component: Option<ComponentView>,
    /// `owner/name` of the service's repository. An example when the bundle has a pipeline, else none.
    pub repository_id: Option<String>,
}

/// Outputs of environments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EnvironmentValues {
    /// Of those that aren't named below.
    pub all: Outputs,
    /// Of single environments, by name.
    pub by_name: BTreeMap<String, Outputs>,
}

impl EnvironmentValues {
    /// Reads the forms that people have such values in: a mapping from output to value, the same for each environment
    /// by name, `aws proton list-environment-outputs`, and the `Outputs` of `aws cloudformation describe-stacks`.
    /// Numbers, truth values and lists become text as JSON writes it, since outputs are text.
    ///
    /// # Errors
    /// What is expected, when it is none of these.
    pub fn from_json(value: &Value) -> Result<Self, String> {
        let value = value.pointer("/Stacks/0").unwrap_or(value);
        let list = value.get("Outputs").or_else(|| value.get("outputs")).filter(|list| list.is_array());
        match list.unwrap_or(value) {
            Value::Array(entries) => {
                let all = entries.iter().map(listed_output).collect::<Option<Outputs>>();
                all.map(|all| Self { all, ..Self::default() }).ok_or_else(|| EXPECTED.to_owned())
            }
            Value::Object(members) => {
                let mut values = Self::default();
                for (name, member) in members {
                    match member {
                        Value::Object(outputs) => {
                            let outputs = outputs.iter().map(|(key, value)| (key.clone(), text_of(value)));
                            values.by_name.insert(name.clone(), outputs.collect());
                        }
                        other => {
                            values.all.insert(name.clone(), text_of(other));
                        }
                    }
                }
                Ok(values)
            }
            _ => Err(EXPECTED.to_owned()),
        }
    }

    fn of(&self, environment: &str) -> Outputs {
        self.by_name.get(environment).unwrap_or(&self.all).clone()
    }
}

const EXPECTED: &str = "must map names of outputs to their values, or names of environments to such mappings";

fn listed_output(entry: &Value) -> Option<(String, String)> {
    let member = |names: [&str; 2]| names.iter().find_map(|name| entry.get(*name));
    let key = member(["OutputKey", "key"])?.as_str()?;
    Some((key.to_owned(), text_of(member(["OutputValue", "valueString"])?)))
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// One rendering that a spec asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// The part to render.
    pub part: Part,
    /// Name of the environment, of the service instance, or of the pipeline's service.
    pub name: String,
    /// What to render it with.
    pub context: RenderContext,
}

/// Everything that a spec has deployed: the environment; or each service instance in the order of the spec, then the
/// pipeline when the bundle has one. A customer-managed environment has nothing deployed.
///
/// # Errors
/// All problems of the spec, by its own grammar and by the bundle's schema.
pub fn previews(
    bundle: &Bundle,
    spec: &str,
    options: &PreviewOptions,
) -> Result<Vec<Preview>, Vec<SpecProblem>> {
    let example = Example { bundle, options };
    match bundle.kind() {
        BundleKind::Environment => example.environment(spec),
        BundleKind::Service => example.service(spec),
    }
}

/// A context for a namespace that somebody wrote down whole. ARNs, tags and deployment are examples made from its names;
/// tags and ARN are taken from `proton_tags` and `//` where those stand beside the namespace, so the
/// `proton.auto.tfvars.json` of a real deployment is such a tree.
pub fn preview_context(bundle: &Bundle, part: Part, tree: Value) -> RenderContext {
    let options = PreviewOptions {
        account_id: tree.pointer("/environment/account_id").and_then(Value::as_str).map(str::to_owned),
        ..PreviewOptions::default()
    };
    Example { bundle, options: &options }.context(part, tree)
}

struct Example<'a> {
    bundle: &'a Bundle,
    options: &'a PreviewOptions,
}

impl Example<'_> {
    fn environment(&self, spec: &str) -> Result<Vec<Preview>, Vec<SpecProblem>> {
        // Nothing is stored that current values could come from.
        let spec = EnvironmentSpec::parse(spec)?.with_current_values(None)?;
        let inputs = spec.inputs(self.bundle.schema())?;
        let name = self.options.name.clone().unwrap_or_else(|| EXAMPLE_ENVIRONMENT.to_owned());
        let namespace = EnvironmentNamespace { environment: OwnEnvironment { name: name.clone(), inputs } };
        let context = self.context(Part::Infrastructure, namespace.to_json());
        Ok(self.only_existing(vec![Preview { part: Part::Infrastructure, name, context }]))
    }

    fn service(&self, spec: &str) -> Result<Vec<Preview>, Vec<SpecProblem>> {
        let spec = ServiceSpec::parse(spec)?.with_current_values(None)?;
        spec.validate(self.bundle.schema())?;
        let mut previews = Vec::new();
        for section in spec.instances() {
            previews.push(self.instance(&spec, section)?);
        }
        previews.push(self.pipeline(&spec)?);
        Ok(self.only_existing(previews))
    }

    fn instance(&self, spec: &ServiceSpec, section: &InstanceSection) -> Result<Preview, Vec<SpecProblem>> {
        let name = section.name().to_owned();
        let namespace = InstanceNamespace {
            service: self.service_view(),
            service_instance: OwnInstance {
                name: name.clone(),
                inputs: spec.instance_inputs(self.bundle.schema(), &name)?,
                components: Components { default: self.options.component.clone() },
            },
            environment: self.environment_view(section.environment()),
        };
        let context = self.context(Part::InstanceInfrastructure, namespace.to_json());
        Ok(Preview { part: Part::InstanceInfrastructure, name, context })
    }

    fn pipeline(&self, spec: &ServiceSpec) -> Result<Preview, Vec<SpecProblem>> {
        let schema = self.bundle.schema();
        let mut service_instances = Vec::new();
        for section in spec.instances() {
            service_instances.push(PipelineInstance {
                name: section.name().to_owned(),
                inputs: spec.instance_inputs(schema, section.name())?,
                outputs: self.options.instance_outputs.get(section.name()).cloned().unwrap_or_default(),
                environment: self.environment_view(section.environment()),
            });
        }
        let service = self.service_view();
        let name = service.name.clone();
        let pipeline = OwnPipeline { inputs: spec.pipeline_inputs(schema)? };
        let namespace = PipelineNamespace { service, pipeline, service_instances };
        let context = self.context(Part::PipelineInfrastructure, namespace.to_json());
        Ok(Preview { part: Part::PipelineInfrastructure, name, context })
    }

    fn only_existing(&self, mut previews: Vec<Preview>) -> Vec<Preview> {
        previews.retain(|preview| self.bundle.parts().contains_key(&preview.part));
        previews
    }

    fn context(&self, part: Part, mut tree: Value) -> RenderContext {
        let members = tree.as_object_mut();
        let (given_tags, given_arn) = members.map_or((None, None), |members| {
            (members.shift_remove("proton_tags"), members.shift_remove("//"))
        });
        let arns = self.arns(part, &tree);
        let tags = given_tags.and_then(|tags| serde_json::from_value(tags).ok());
        let resource_arn = given_arn.and_then(|arn| arn.as_str().map(str::to_owned));
        RenderContext {
            namespace: tree,
            resource_arn: Some(resource_arn.unwrap_or(arns.resource)),
            tags: tags.unwrap_or(arns.tags),
            deployment: Some(arns.deployment),
            stack_name: Some(arns.stack_name),
            build_role_arn: Some(format!("arn:aws:iam::{}:role/example", self.account())),
        }
    }

    fn arns(&self, part: Part, tree: &Value) -> Arns {
        let name = |pointer, example| tree.pointer(pointer).and_then(Value::as_str).unwrap_or(example);
        let environment =
            self.arn(&format!("environment/{}", name("/environment/name", EXAMPLE_ENVIRONMENT)));
        let service = self.arn(&format!("service/{}", name("/service/name", EXAMPLE_SERVICE)));
        let instance = name("/service_instance/name", "example-instance");
        let instance = format!("{service}/service-instance/{instance}");
        let kind = match self.bundle.kind() {
            BundleKind::Environment => "environment-template",
            BundleKind::Service => "service-template",
        };
        let template = self.options.template.as_deref().unwrap_or("example-template");
        let template = self.arn(&format!("{kind}/{template}"));
        let (resource, own): (_, &[_]) = match part {
            Part::Infrastructure => (environment.clone(), &[("environment", &environment)]),
            Part::InstanceInfrastructure => (
                instance.clone(),
                &[("environment", &environment), ("service", &service), ("service-instance", &instance)],
            ),
            Part::PipelineInfrastructure => (format!("{service}/pipeline"), &[("service", &service)]),
        };
        let account = self.account().to_owned();
        let mut tags = BTreeMap::from([
            ("proton:account".into(), account),
            ("proton:template".into(), template.clone()),
        ]);
        tags.extend(own.iter().map(|(key, arn)| (format!("proton:{key}"), (*arn).clone())));
        let deployment = DeploymentMetadata {
            deployment_id: EXAMPLE_DEPLOYMENT.to_owned(),
            template_arn: Some(template),
            template_major_version: Some("1".to_owned()),
            template_minor_version: Some("0".to_owned()),
            environment_arn: (part == Part::InstanceInfrastructure).then_some(environment),
            ..DeploymentMetadata::default()
        };
        let words = resource.rsplit(':').next().unwrap_or_default().split('/').skip(1);
        let stack_name = format!("AWSProton-{}", words.collect::<Vec<_>>().join("-"));
        Arns { resource, tags, deployment, stack_name }
    }

    fn account(&self) -> &str {
        self.options.account_id.as_deref().unwrap_or(EXAMPLE_ACCOUNT)
    }

    fn region(&self) -> &str {
        self.options.region.as_deref().unwrap_or(EXAMPLE_REGION)
    }

    fn arn(&self, resource: &str) -> String {
        format!("arn:aws:proton:{}:{}:{resource}", self.region(), self.account())
    }

    fn environment_view(&self, name: &str) -> EnvironmentView {
        EnvironmentView {
            name: name.to_owned(),
            account_id: self.account().to_owned(),
            outputs: self.options.environment_outputs.of(name),
        }
    }

    /// A service has a repository when its template has a pipeline.
    fn service_view(&self) -> ServiceView {
        let name = self.options.name.clone().unwrap_or_else(|| EXAMPLE_SERVICE.to_owned());
        let has_pipeline = self.bundle.parts().contains_key(&Part::PipelineInfrastructure);
        let repository =
            self.options.repository_id.clone().or_else(|| has_pipeline.then(|| format!("example/{name}")));
        let Some(repository_id) = repository else { return ServiceView { name, ..ServiceView::default() } };
        let (region, account) = (self.region(), self.account());
        let repository_connection_arn =
            format!("arn:aws:codestar-connections:{region}:{account}:connection/{EXAMPLE_DEPLOYMENT}");
        ServiceView { name, repository_id, repository_connection_arn, branch_name: "main".to_owned() }
    }
}

/// What a control plane would know besides the namespace.
struct Arns {
    resource: String,
    tags: BTreeMap<String, String>,
    deployment: DeploymentMetadata,
    stack_name: String,
}
