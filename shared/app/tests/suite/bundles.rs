//! Packed bundles, small ones.

use flate2::Compression;
use flate2::write::GzEncoder;
use protium_domain::template::TemplateKind;

/// The files of a bundle by path.
pub(crate) type Files = Vec<(String, String)>;

const TEMPLATE: &str = "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n";

/// A manifest of one CloudFormation template.
pub(crate) fn manifest() -> String {
    "infrastructure:\n  templates:\n    - file: cloudformation.yaml\n      rendering_engine: jinja\n      \
     template_language: cloudformation\n"
        .to_owned()
}

/// A schema whose inputs are `properties` (YAML at the depth of properties).
pub(crate) fn schema(kind: TemplateKind, properties: &str) -> String {
    let input = match kind {
        TemplateKind::Environment => "environment_input_type",
        TemplateKind::Service => "service_input_type",
    };
    format!(
        "schema:\n  format:\n    openapi: \"3.0.0\"\n  {input}: Input\n  types:\n    Input:\n      type: object\n      \
         properties:\n{properties}"
    )
}

/// One text input with a default.
pub(crate) const SIZE: &str = "        size:\n          type: string\n          default: small\n";

/// A good bundle of that kind with these inputs. A service bundle is one for `pipelineProvisioning: CUSTOMER_MANAGED`.
pub(crate) fn files(kind: TemplateKind, properties: &str) -> Files {
    let (manifest_path, template_path) = match kind {
        TemplateKind::Environment => ("infrastructure/manifest.yaml", "infrastructure/cloudformation.yaml"),
        TemplateKind::Service => {
            ("instance_infrastructure/manifest.yaml", "instance_infrastructure/cloudformation.yaml")
        }
    };
    vec![
        ("schema/schema.yaml".to_owned(), schema(kind, properties)),
        (manifest_path.to_owned(), manifest()),
        (template_path.to_owned(), TEMPLATE.to_owned()),
    ]
}

/// The files with a registration file.
pub(crate) fn with_registration(mut files: Files, text: &str) -> Files {
    files.push((".template-registration.yaml".to_owned(), text.to_owned()));
    files
}

/// Packs files as authors do.
pub(crate) fn pack(files: &Files) -> Vec<u8> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, path, text.as_bytes()).expect("packs in memory");
    }
    archive.into_inner().and_then(GzEncoder::finish).expect("packs in memory")
}
