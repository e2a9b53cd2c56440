//! `protium model`: writes the botocore model of our interface, or installs it.

use crate::{args::ModelArgs, output::quoted};
use anyhow::{Context, Result, anyhow};
use protium_wire::model;
use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};

/// Name under which clients find the model.
const SERVICE_NAME: &str = "proton";

pub(crate) fn run(args: &ModelArgs) -> Result<()> {
    let directory = if args.install {
        installed_directory(args.aws_data_path.as_deref(), std::env::home_dir())?
    } else {
        args.out.clone()
    };
    write(&directory, &args.signing_name)?;
    if args.install {
        anstream::println!(
            "The AWS CLI and boto3 now have a `proton` that signs for {}. Next:\n\n  \
             aws proton list-environments --endpoint-url $PROTIUM_ENDPOINT\n\n\
             Undo with:  rm -r {}",
            args.signing_name,
            quoted(&directory.display().to_string())
        );
    } else {
        let directory = std::path::absolute(&directory).unwrap_or(directory);
        anstream::println!(
            "To install it (or run `protium model --install`, which installs waiters and paginators too):\n\n  \
             aws configure add-model --service-name {SERVICE_NAME} --service-model {}",
            quoted(&format!("file://{}", directory.join("service-2.json").display()))
        );
    }
    Ok(())
}

/// Where AWS clients look first: extra folders before the customer's own, those before what they bring along.
fn installed_directory(aws_data_path: Option<&OsStr>, home: Option<PathBuf>) -> Result<PathBuf> {
    let extra =
        aws_data_path.into_iter().flat_map(std::env::split_paths).find(|path| !path.as_os_str().is_empty());
    let models = match extra {
        Some(path) => path,
        None => home
            .ok_or_else(|| {
                anyhow!("there is no home directory to install to; use --out DIR or set AWS_DATA_PATH")
            })?
            .join(".aws/models"),
    };
    Ok(models.join(SERVICE_NAME).join(model::API_VERSION))
}

fn write(directory: &Path, signing_name: &str) -> Result<()> {
    fs::create_dir_all(directory)
        .with_context(|| format!("can't make the folder {}", directory.display()))?;
    let files = [
        ("service-2.json", model::service(signing_name)),
        ("paginators-1.json", model::paginators()),
        ("waiters-2.json", model::waiters()),
    ];
    for (name, content) in files {
        let path = directory.join(name);
        let text = serde_json::to_string_pretty(&content)?;
        fs::write(&path, format!("{text}\n")).with_context(|| format!("can't write {}", path.display()))?;
        anstream::println!("wrote {}", path.display());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(None, Some("/home/ada"), Some("/home/ada/.aws/models/proton/2020-07-20"))]
    #[case(Some("/a:/b"), Some("/home/ada"), Some("/a/proton/2020-07-20"))]
    #[case(Some(""), Some("/home/ada"), Some("/home/ada/.aws/models/proton/2020-07-20"))]
    #[case(Some("/a"), None, Some("/a/proton/2020-07-20"))]
    #[case(None, None, None)]
    fn models_are_installed_where_clients_look_first(
        #[case] aws_data_path: Option<&str>,
        #[case] home: Option<&str>,
        #[case] expected: Option<&str>,
    ) {
        let found = installed_directory(aws_data_path.map(OsStr::new), home.map(PathBuf::from));
        assert_eq!(found.ok(), expected.map(PathBuf::from));
    }
}
