//! The starter bundles, rendered with the specs that come with them, for cfn-lint.
//!
//! A template with Jinja can't be linted; what it renders to can, and that is what is deployed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use protium_bundle::render::namespace::{
    EnvironmentNamespace, EnvironmentView, InstanceNamespace, OwnEnvironment, OwnInstance, ServiceView,
};
use protium_bundle::{
    Bundle, BundleKind, EnvironmentSpec, OpenOptions, Part, ServiceSpec, archive, problem,
    render_cloudformation, spec,
};
use serde_json::Value;

use crate::archive::tar_gz;
use crate::workspace::{Workspace, directories_in};

const ACCOUNT: &str = "123456789012";

/// Renders all starter bundles below `target/rendered` and returns the files.
///
/// # Errors
/// A bundle that wouldn't register, a spec that doesn't fit it, a template that doesn't render.
pub fn render_all(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let target = workspace.target.join("rendered");
    fs::create_dir_all(&target)?;
    let bundles = workspace.root.join("bundles");
    let mut outputs = BTreeMap::new();
    let mut files = Vec::new();
    for name in directories_in(&bundles.join("environments")) {
        let text =
            environment_render(&bundles.join("environments").join(&name)).with_context(|| name.clone())?;
        outputs.insert(name.clone(), output_names(&text));
        files.push(write(&target, &name, &text)?);
    }
    for name in directories_in(&bundles.join("services")) {
        let directory = bundles.join("services").join(&name);
        for (instance, text) in instances_render(&directory, &outputs).with_context(|| name.clone())? {
            files.push(write(&target, &format!("{name}-{instance}"), &text)?);
        }
    }
    Ok(files)
}

fn write(target: &Path, name: &str, text: &str) -> Result<PathBuf> {
    let file = target.join(format!("{name}.yaml"));
    fs::write(&file, text)?;
    Ok(file)
}

fn environment_render(directory: &Path) -> Result<String> {
    let bundle = open(directory, BundleKind::Environment)?;
    let spec = EnvironmentSpec::parse(&spec_text(directory)?).map_err(spec_error)?;
    let inputs = spec.inputs(bundle.schema()).map_err(spec_error)?;
    let namespace = EnvironmentNamespace { environment: OwnEnvironment { name: "demo".into(), inputs } };
    render(&bundle, Part::Infrastructure, &serde_json::to_value(namespace)?)
}

/// The instances of a service with their templates.
fn instances_render(
    directory: &Path,
    outputs: &BTreeMap<String, Vec<String>>,
) -> Result<Vec<(String, String)>> {
    let bundle = open(directory, BundleKind::Service)?;
    let spec = ServiceSpec::parse(&spec_text(directory)?).map_err(spec_error)?;
    let instances = spec.instances().iter().map(|instance| {
        let template = instance.environment().trim_start_matches("demo-");
        let names =
            outputs.get(template).with_context(|| format!("there is no environment bundle {template}"))?;
        let namespace = InstanceNamespace {
            service: ServiceView { name: "demo".into(), ..ServiceView::default() },
            service_instance: OwnInstance {
                name: instance.name().into(),
                inputs: spec.instance_inputs(bundle.schema(), instance.name()).map_err(spec_error)?,
                ..OwnInstance::default()
            },
            environment: EnvironmentView {
                name: instance.environment().into(),
                account_id: ACCOUNT.into(),
                outputs: names.iter().map(|name| (name.clone(), output_value(name))).collect(),
            },
        };
        let text = render(&bundle, Part::InstanceInfrastructure, &serde_json::to_value(namespace)?)?;
        Ok((instance.name().to_owned(), text))
    });
    instances.collect()
}

fn open(directory: &Path, kind: BundleKind) -> Result<Bundle> {
    let refused =
        |problems: Vec<protium_bundle::Problem>| anyhow::anyhow!(problem::status_message(&problems, 4096));
    let files = archive::read(&tar_gz(&directory.join("v1"))?).map_err(refused)?;
    Bundle::open(kind, files, OpenOptions { customer_managed: kind == BundleKind::Service }).map_err(refused)
}

fn spec_text(directory: &Path) -> Result<String> {
    let file = directory.join("spec/spec.yaml");
    fs::read_to_string(&file).with_context(|| format!("{} is missing", file.display()))
}

fn spec_error(problems: Vec<protium_bundle::SpecProblem>) -> anyhow::Error {
    anyhow::anyhow!(spec::message(&problems))
}

fn render(bundle: &Bundle, part: Part, namespace: &Value) -> Result<String> {
    let Some((file, template)) = bundle.cloudformation_template(part) else {
        bail!("it has no CloudFormation template");
    };
    Ok(render_cloudformation(&file, template, namespace)?)
}

/// The names below `Outputs:`, by their indentation.
fn output_names(template: &str) -> Vec<String> {
    let section = template.lines().skip_while(|line| !line.starts_with("Outputs:")).skip(1);
    section
        .take_while(|line| line.is_empty() || line.starts_with([' ', '#']))
        .filter_map(|line| line.strip_prefix("  "))
        .filter(|line| line.starts_with(|first: char| first.is_ascii_alphabetic()))
        .filter_map(|line| line.split(':').next().map(str::to_owned))
        .collect()
}

/// A value of the form that the name of an output promises, for cfn-lint checks forms.
fn output_value(name: &str) -> String {
    let id = "0123456789abcdef0";
    let resource = name.to_lowercase();
    match name {
        _ if name.contains("SecurityGroup") => format!("sg-{id}"),
        _ if name.contains("Subnets") || name.contains("SubnetIds") => format!("subnet-{id},subnet-{id}"),
        _ if name.contains("Subnet") => format!("subnet-{id}"),
        _ if name.contains("Cidr") => "10.0.0.0/16".into(),
        _ if name.contains("PublicIp") => "DISABLED".into(),
        _ if name.contains("Vpc") => format!("vpc-{id}"),
        _ if name.contains("Bucket") && name.ends_with("Arn") => format!("arn:aws:s3:::{resource}"),
        _ if name.contains("Topic") && name.ends_with("Arn") => {
            format!("arn:aws:sns:us-east-1:{ACCOUNT}:topic")
        }
        _ if name.contains("Table") && name.ends_with("Arn") => {
            format!("arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/table")
        }
        _ if name.contains("Role") => format!("arn:aws:iam::{ACCOUNT}:role/role"),
        _ if name.contains("Listener") => {
            let load_balancer = "0123456789abcdef";
            format!(
                "arn:aws:elasticloadbalancing:us-east-1:{ACCOUNT}:listener/app/a/{load_balancer}/{load_balancer}"
            )
        }
        _ if name.ends_with("Arn") => format!("arn:aws:kms:us-east-1:{ACCOUNT}:key/{id}"),
        _ => resource,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_outputs_are_found() {
        let template = "Resources:\n  A:\n    Type: T\nOutputs:\n  One: {Value: 1}\n\n  # why\n  Two:\n    Value: 2\nOther: 1\n";
        assert_eq!(output_names(template), ["One", "Two"]);
    }

    #[test]
    fn all_starter_bundles_register_and_render() {
        let workspace = Workspace::find().unwrap();
        let directory = tempfile::tempdir().unwrap();
        let rendered = render_all(&Workspace { target: directory.path().into(), ..workspace }).unwrap();
        assert!(rendered.len() >= 5, "{rendered:?}");
    }
}
