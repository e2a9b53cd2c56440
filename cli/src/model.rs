//! `protium model`: writes the botocore models of our interfaces, or installs them.

use crate::{args::ModelArgs, output::quoted};
use anyhow::{Context, Result, anyhow};
use protium_wire::{Interface, model};
use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};

pub(crate) fn run(args: &ModelArgs) -> Result<()> {
    if args.install {
        let models = models_directory(args.aws_data_path.as_deref(), std::env::home_dir())?;
        let mut written = Vec::new();
        for interface in Interface::ALL {
            let directory = models.join(interface.service_name()).join(interface.api_version());
            write(&directory, *interface, &args.signing_name)?;
            written.push(quoted(&directory.display().to_string()));
        }
        anstream::println!(
            "The AWS CLI and boto3 now have a `proton` that signs for {}, and a `protium` for what Proton never had. \
             Next:\n\n  aws proton list-environments --endpoint-url $PROTIUM_ENDPOINT\n  \
             aws protium help\n\nUndo with:  rm -r {}",
            args.signing_name,
            written.join(" ")
        );
        return Ok(());
    }
    write(&args.out, Interface::Proton, &args.signing_name)?;
    write(&args.out.join(Interface::Protium.service_name()), Interface::Protium, &args.signing_name)?;
    let directory = std::path::absolute(&args.out).unwrap_or_else(|_| args.out.clone());
    let url = |directory: &Path| quoted(&format!("file://{}", directory.join("service-2.json").display()));
    anstream::println!(
        "To install them (or run `protium model --install`, which installs waiters and paginators too):\n\n  \
         aws configure add-model --service-name proton --service-model {}\n  \
         aws configure add-model --service-name protium --service-model {}",
        url(&directory),
        url(&directory.join(Interface::Protium.service_name()))
    );
    Ok(())
}

/// Where AWS clients look first: extra folders before the customer's own, those before what they bring along.
fn models_directory(aws_data_path: Option<&OsStr>, home: Option<PathBuf>) -> Result<PathBuf> {
    let extra =
        aws_data_path.into_iter().flat_map(std::env::split_paths).find(|path| !path.as_os_str().is_empty());
    match extra {
        Some(path) => Ok(path),
        None => home.map(|home| home.join(".aws/models")).ok_or_else(|| {
            anyhow!("there is no home directory to install to; use --out DIR or set AWS_DATA_PATH")
        }),
    }
}

fn write(directory: &Path, interface: Interface, signing_name: &str) -> Result<()> {
    fs::create_dir_all(directory)
        .with_context(|| format!("can't make the folder {}", directory.display()))?;
    let files = [
        ("service-2.json", model::service(interface, signing_name)),
        ("paginators-1.json", model::paginators(interface)),
        ("waiters-2.json", model::waiters(interface)),
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
    #[case(None, Some("/home/ada"), Some("/home/ada/.aws/models"))]
    #[case(Some("/a:/b"), Some("/home/ada"), Some("/a"))]
    #[case(Some(""), Some("/home/ada"), Some("/home/ada/.aws/models"))]
    #[case(Some("/a"), None, Some("/a"))]
    #[case(None, None, None)]
    fn models_are_installed_where_clients_look_first(
        #[case] aws_data_path: Option<&str>,
        #[case] home: Option<&str>,
        #[case] expected: Option<&str>,
    ) {
        let found = models_directory(aws_data_path.map(OsStr::new), home.map(PathBuf::from));
        assert_eq!(found.ok(), expected.map(PathBuf::from));
    }
}
