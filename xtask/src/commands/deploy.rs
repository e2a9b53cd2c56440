//! `cargo xtask deploy`.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use xtask::cloud::Cloud;
use xtask::installation::{self, output};
use xtask::lambdas::{self, Architecture};
use xtask::progress::{Reporter, Stage};
use xtask::python::{Purpose, Python};
use xtask::stack::{self, Outcome, Outputs};
use xtask::workspace::Workspace;

use crate::terminal::Terminal;

/// Deploy Protium to an AWS account, or update it there.
///
/// Builds the functions with cargo-lambda (installed below target/ when first needed), uploads them with the state
/// machines to a bucket of yours in the same region, and creates or updates the stack with your own credentials:
/// profile, environment, single sign-on. An update keeps all data, running deployments and parameters not named.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Name of the stack; everything in it is named after it
    #[arg(long, value_name = "NAME")]
    stack_name: String,
    /// Bucket for code, in the region of the stack
    #[arg(long, value_name = "BUCKET")]
    code_bucket: String,
    /// Region [default: from your AWS configuration]
    #[arg(long)]
    region: Option<String>,
    /// Processor of the functions
    #[arg(long, value_enum, default_value = "arm64")]
    arch: Arch,
    /// A parameter of infra/protium.yaml, for example LogLevel=debug; may be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value)]
    parameter: Vec<(String, String)>,
    /// Another endpoint than AWS's own, to try a deployment out on a local AWS
    #[arg(long, value_name = "URL")]
    aws_endpoint: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Arch {
    /// Graviton
    Arm64,
    /// Intel and AMD
    #[value(name = "x86_64")]
    X86,
}

pub(crate) async fn run(
    workspace: &Workspace,
    arguments: &Arguments,
    terminal: &Arc<Terminal>,
) -> Result<()> {
    let reporter: Arc<dyn Reporter> = terminal.clone();
    let cloud = Cloud::of_user(arguments.region.clone(), arguments.aws_endpoint.clone()).await?;
    // Asked before the build, which takes minutes.
    let account = cloud.account().await?;
    terminal.note(&format!("Account {account}, region {}, stack {}", cloud.region, arguments.stack_name));
    let architecture = match arguments.arch {
        Arch::Arm64 => Architecture::Arm64,
        Arch::X86 => Architecture::X86_64,
    };
    let stage = Stage::start(&reporter, "cargo-lambda");
    let tools = Python::ensure(workspace, Purpose::Deploy, &stage).await?;
    stage.finish("ready");
    let stage = Stage::start(&reporter, "Functions");
    let packages = lambdas::build_for_aws(workspace, &tools, architecture, &stage).await?;
    stage.finish(&format!("{} built for {}", packages.len(), architecture.name()));
    let stage = Stage::start(&reporter, "Upload");
    let code = installation::upload(&cloud, workspace, &arguments.code_bucket, &packages, &stage).await?;
    stage.finish(&format!("s3://{}/{}", code.bucket, code.prefix));
    let stage = Stage::start(&reporter, "Stack");
    let mut parameters: BTreeMap<_, _> = arguments.parameter.iter().cloned().collect();
    administrator_add(&cloud, &arguments.stack_name, &mut parameters).await?;
    let deployed =
        installation::deploy(&cloud, &arguments.stack_name, &code, architecture, &parameters, &stage).await?;
    stage.finish(match deployed.0 {
        Outcome::Created => "created",
        Outcome::Updated => "updated",
        Outcome::Unchanged => "unchanged",
    });
    for line in next_steps(&deployed.1, &cloud.region)? {
        terminal.say(&line);
    }
    Ok(())
}

/// Who installs gets in: nobody else would at first. A choice that was made, now or before, stays.
async fn administrator_add(
    cloud: &Cloud,
    stack_name: &str,
    parameters: &mut BTreeMap<String, String>,
) -> Result<()> {
    const KEY: &str = "AdministratorArns";
    let stack = stack::describe(&cloud.cloudformation(), stack_name).await?;
    let is_chosen = stack.is_some_and(|stack| {
        stack.parameters().iter().any(|parameter| parameter.parameter_key() == Some(KEY))
    });
    if !is_chosen && !parameters.contains_key(KEY) {
        parameters.insert(KEY.to_owned(), cloud.caller().await?);
    }
    Ok(())
}

fn key_value(text: &str) -> Result<(String, String)> {
    let (key, value) = text.split_once('=').context("a parameter is written KEY=VALUE")?;
    Ok((key.into(), value.into()))
}

/// The outputs, and what is left to do before the first environment.
fn next_steps(outputs: &Outputs, region: &str) -> Result<Vec<String>> {
    let mut lines = vec![String::new()];
    lines.extend(outputs.iter().map(|(name, value)| format!("{name:26} {value}")));
    lines.extend([
        String::new(),
        "1. A role to provision with. Put it under the path /protium/, with what your templates deploy, and this trust:".into(),
        String::new(),
        trust(&output(outputs, "ProvisioningPrincipalArn")?, &output(outputs, "ExternalId")?)?,
        String::new(),
        format!(
            "2. Let others in. Until then only administrators get in: {}",
            output(outputs, "AdministratorArns")?
        ),
        "   protium policy init policies --platform-engineers role/… --developers role/… --readers role/…".into(),
        format!(
            "   aws s3 sync --delete policies s3://{}/policies/",
            output(outputs, "ArtifactBucketName")?
        ),
        String::new(),
        "3. Publish a bundle: writing under publish/ is publishing.".into(),
        format!(
            "   aws s3 cp bundle.tar.gz s3://{}/publish/environment/<template>/v1/",
            output(outputs, "UploadBucketName")?
        ),
        String::new(),
        "4. Use it. Proton clients sign for `proton`, API Gateway wants `execute-api`; the proxy on loopback re-signs:".into(),
        format!("   protium proxy --region {region} --endpoint-url {}", output(outputs, "ApiEndpoint")?),
        "   aws proton list-environments --endpoint-url <what the proxy prints>".into(),
        "   Or install our service model once (`protium model`), and do without the proxy.".into(),
    ]);
    Ok(lines)
}

/// The trust policy of a provisioning role, to paste.
fn trust(principal: &str, external_id: &str) -> Result<String> {
    let policy = serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": {"AWS": principal},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": external_id}}
        }]
    });
    Ok(serde_json::to_string_pretty(&policy)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_may_contain_equals_signs() {
        assert_eq!(key_value("A=b=c").unwrap(), ("A".into(), "b=c".into()));
        key_value("A").unwrap_err();
    }

    #[test]
    fn the_trust_names_the_one_principal_and_the_external_id() {
        let policy: serde_json::Value = serde_json::from_str(&trust("arn:p", "id").unwrap()).unwrap();
        assert_eq!(policy["Statement"][0]["Principal"]["AWS"], "arn:p");
        assert_eq!(policy["Statement"][0]["Condition"]["StringEquals"]["sts:ExternalId"], "id");
    }
}
