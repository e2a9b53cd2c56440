//! The files that `protium bundle init` writes. They lie in `cli/templates`, as they are written, so that editors and
//! their own tools know them; only READMEs have a name to fill in.

use crate::args::bundle::{EngineName, KindName};
use protium_bundle::{Part, SCHEMA_FILE, registration};

/// A file to write: its path below the bundle's directory, and its content.
pub(crate) type File = (String, String);

macro_rules! text {
    ($name:expr) => {
        include_str!(concat!("../../templates/", $name))
    };
}

/// What an engine has in a part: names and contents.
macro_rules! files {
    ($directory:literal: $($name:literal),+) => {
        &[$(($name, text!(concat!($directory, "/", $name)))),+]
    };
}

type Files = &'static [(&'static str, &'static str)];

fn environment_code(engine: EngineName) -> Files {
    match engine {
        EngineName::CloudFormation => {
            files!("environment/cloudformation": "manifest.yaml", "cloudformation.yaml")
        }
        EngineName::Terraform => files!("environment/terraform": "manifest.yaml", "main.tf", "outputs.tf"),
        EngineName::CodeBuild => {
            files!("environment/codebuild": "manifest.yaml", "provision.sh", "template.yaml")
        }
    }
}

fn service_code(engine: EngineName) -> Files {
    match engine {
        EngineName::CloudFormation => {
            files!("service/cloudformation": "manifest.yaml", "cloudformation.yaml")
        }
        EngineName::Terraform => files!("service/terraform": "manifest.yaml", "main.tf", "outputs.tf"),
        EngineName::CodeBuild => {
            files!("service/codebuild": "manifest.yaml", "provision.sh", "template.yaml")
        }
    }
}

fn pipeline_code(engine: EngineName) -> Files {
    match engine {
        EngineName::CloudFormation => {
            files!("pipeline/cloudformation": "manifest.yaml", "cloudformation.yaml")
        }
        EngineName::Terraform => {
            files!("pipeline/terraform": "manifest.yaml", "main.tf", "outputs.tf", "roles.tf")
        }
        EngineName::CodeBuild => {
            files!("pipeline/codebuild": "manifest.yaml", "provision.sh", "template.yaml")
        }
    }
}

/// All files of a new bundle, save for what its tests expect.
pub(crate) fn files(
    kind: KindName,
    engine: EngineName,
    pipeline: Option<EngineName>,
    name: &str,
) -> Vec<File> {
    match kind {
        KindName::Environment => environment(engine, name),
        KindName::Service => service(engine, pipeline, name),
    }
}

fn environment(engine: EngineName, name: &str) -> Vec<File> {
    let spec = text!("environment/spec.yaml");
    let mut files = vec![
        ("README.md".into(), text!("environment/README.md").replace("@name@", name)),
        (SCHEMA_FILE.into(), text!("environment/schema.yaml").into()),
        ("spec/spec.yaml".into(), spec.into()),
        ("tests/full/spec.yaml".into(), spec.into()),
        ("tests/minimal/spec.yaml".into(), text!("environment/minimal.yaml").into()),
    ];
    files.extend(part(Part::Infrastructure, environment_code(engine)));
    files
}

fn service(engine: EngineName, pipeline: Option<EngineName>, name: &str) -> Vec<File> {
    let line = "pipeline_infrastructure/       the code of the pipeline, likewise\n";
    let readme = text!("service/README.md").replace("@name@", name);
    let (mut schema, mut spec) =
        (text!("service/schema.yaml").to_owned(), text!("service/spec.yaml").to_owned());
    if pipeline.is_some() {
        let instances = "  service_input_type: \"InstanceInput\"\n";
        schema = schema.replace(instances, &format!("{instances}  pipeline_input_type: \"PipelineInput\"\n"));
        schema.push_str(text!("service/pipeline-schema.yaml"));
        spec = spec.replace("instances:\n", &format!("{}instances:\n", text!("service/pipeline-spec.yaml")));
    }
    let mut files = vec![
        (registration::FILE.into(), text!("service/registration.yaml").into()),
        ("README.md".into(), readme.replace("@pipeline@", if pipeline.is_some() { line } else { "" })),
        (SCHEMA_FILE.into(), schema),
        ("spec/environment-outputs.yaml".into(), text!("service/environment-outputs.yaml").into()),
        ("spec/spec.yaml".into(), spec.clone()),
        ("tests/full/context.yaml".into(), text!("service/context.yaml").into()),
        ("tests/full/spec.yaml".into(), spec),
    ];
    files.extend(part(Part::InstanceInfrastructure, service_code(engine)));
    files.extend(pipeline.into_iter().flat_map(|it| part(Part::PipelineInfrastructure, pipeline_code(it))));
    files
}

fn part(part: Part, files: Files) -> impl Iterator<Item = File> {
    files.iter().map(move |(name, content)| (format!("{part}/{name}"), (*content).to_owned()))
}
