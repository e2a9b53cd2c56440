//! Protium's own stack, locally and on AWS: code uploaded under a prefix of its digest, `infra/protium.yaml` deployed.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;

use crate::cloud::{Cloud, told};
use crate::lambdas::{Architecture, Package};
use crate::progress::Stage;
use crate::stack::{self, Deployment, Outcome, Outputs, Template};
use crate::workspace::{Workspace, digest, files_below};

/// Where the code of one build lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// The bucket.
    pub bucket: String,
    /// The prefix of the zips and state machines, with its final slash; it changes with any of them.
    pub prefix: String,
    /// The key of the infrastructure template.
    pub template: String,
}

/// An object to upload.
struct Object {
    key: String,
    file: PathBuf,
}

/// Uploads the zips, the state machines and the template, as far as they aren't there.
///
/// # Errors
/// The bucket is missing, in another region or refuses us; a file can't be read.
pub async fn upload(
    cloud: &Cloud,
    workspace: &Workspace,
    bucket: &str,
    packages: &[Package],
    stage: &Stage,
) -> Result<Code> {
    let machines = files_below(&workspace.root.join("statemachines"), "json")?;
    let template = fs::read(workspace.template())
        .with_context(|| format!("{} is missing", workspace.template().display()))?;
    let code = Code {
        bucket: bucket.into(),
        prefix: prefix(packages, &machines)?,
        template: format!("protium/template-{}.yaml", &digest(&[&template])[..16]),
    };
    let zips = packages.iter().map(|package| Object {
        key: format!("{}{}.zip", code.prefix, package.function),
        file: package.zip.clone(),
    });
    let machines = machines.iter().filter_map(|file| {
        let name = file.file_name()?.to_str()?;
        Some(Object { key: format!("{}{name}", code.prefix), file: file.clone() })
    });
    let template = Object { key: code.template.clone(), file: workspace.template() };
    let client = cloud.s3();
    for object in zips.chain(machines).chain([template]) {
        if !exists(&client, bucket, &object.key).await? {
            stage.advance(&object.key);
            put(&client, bucket, &object).await?;
        }
    }
    Ok(code)
}

/// The prefix of a build: a digest of all that is uploaded under it, because CloudFormation looks at keys only.
fn prefix(packages: &[Package], machines: &[PathBuf]) -> Result<String> {
    let mut text = String::new();
    for package in packages {
        text += &format!("{} {}\n", package.function, package.digest);
    }
    for machine in machines {
        text += &format!("{} {}\n", machine.display(), digest(&[&fs::read(machine)?]));
    }
    Ok(format!("protium/{}/", &digest(&[text.as_bytes()])[..16]))
}

/// Creates the bucket unless it is ours already.
///
/// # Errors
/// When S3 refuses.
pub async fn bucket_ensure(cloud: &Cloud, bucket: &str) -> Result<()> {
    let client = cloud.s3();
    if client.head_bucket().bucket(bucket).send().await.is_ok() {
        return Ok(());
    }
    client.create_bucket().bucket(bucket).send().await.map_err(told)?;
    Ok(())
}

async fn exists(client: &Client, bucket: &str, key: &str) -> Result<bool> {
    match client.head_object().bucket(bucket).key(key).send().await {
        Ok(_) => Ok(true),
        Err(error) => match error.raw_response().map(|response| response.status().as_u16()) {
            Some(404) => Ok(false),
            Some(301) => {
                bail!("bucket {bucket} is in another region: code must lie in the region of the stack")
            }
            Some(403) => {
                bail!("bucket {bucket} refuses us: it needs s3:GetObject, s3:ListBucket and s3:PutObject")
            }
            _ => Err(told(error)).with_context(|| format!("bucket {bucket} doesn't answer")),
        },
    }
}

async fn put(client: &Client, bucket: &str, object: &Object) -> Result<()> {
    let body = ByteStream::from(fs::read(&object.file)?);
    let request = client.put_object().bucket(bucket).key(&object.key).body(body);
    let sent = request.send().await.map_err(told);
    sent.with_context(|| format!("{} can't be uploaded to bucket {bucket}: does it exist?", object.key))?;
    Ok(())
}

/// Deploys the template with this code; `parameters` are the user's own.
///
/// # Errors
/// See [`stack::deploy`].
pub async fn deploy(
    cloud: &Cloud,
    name: &str,
    code: &Code,
    architecture: Architecture,
    parameters: &BTreeMap<String, String>,
    stage: &Stage,
) -> Result<(Outcome, Outputs)> {
    let mut all = BTreeMap::from([
        ("CodeBucket".to_owned(), code.bucket.clone()),
        ("CodePrefix".to_owned(), code.prefix.clone()),
        ("Architecture".to_owned(), architecture.name().to_owned()),
    ]);
    all.extend(parameters.clone());
    let url = cloud.object_url(&code.bucket, &code.template);
    let deployment = Deployment { name, template: Template::Url(&url), parameters: all };
    stack::deploy(&cloud.cloudformation(), &deployment, |status| stage.advance(status)).await
}

/// An output that the template must have.
///
/// # Errors
/// When it hasn't.
pub fn output(outputs: &Outputs, name: &str) -> Result<String> {
    outputs.get(name).cloned().with_context(|| format!("infra/protium.yaml has no output {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_changes_with_each_binary_and_each_state_machine() {
        let directory = tempfile::tempdir().unwrap();
        let machines = [directory.path().join("publish.asl.json")];
        fs::write(&machines[0], "{}").unwrap();
        let package =
            |digest: &str| Package { function: "api".into(), zip: PathBuf::new(), digest: digest.into() };
        let first = prefix(&[package("1")], &machines).unwrap();
        assert_eq!(first, prefix(&[package("1")], &machines).unwrap());
        assert_ne!(first, prefix(&[package("2")], &machines).unwrap());
        fs::write(&machines[0], "{ }").unwrap();
        assert_ne!(first, prefix(&[package("1")], &machines).unwrap());
        assert!(first.ends_with('/'), "the template appends file names");
    }
}
