//! The bundles of the world's templates, packed as authors pack them.

use flate2::Compression;
use flate2::write::GzEncoder;
use protium_domain::document::Document;
use protium_domain::template::TemplateKind;
use protium_domain::template_version::TemplateVersion;
use protium_domain::version::VersionNumber;

use super::{ENVIRONMENT, SERVICE, World};
use crate::records;

impl World {
    /// Gives a published version other inputs, as YAML that stands below `properties:`, and another template.
    pub fn redefine(&self, kind: TemplateKind, name: &str, number: &str, inputs: &str, text: &str) {
        let number: VersionNumber = number.parse().expect("a version");
        let key = protium_app::ports::Key::TemplateVersion(kind, records::name(name), number);
        let mut version: TemplateVersion = self.test.store.peek(&key).expect("was published");
        let bundle = version.bundle.as_mut().expect("it is registered");
        let Document::Inline(schema) = &bundle.schema else { panic!("a short schema") };
        let (before, _) = schema.split_once("properties:").expect("it has inputs");
        let schema = format!("{before}properties: {{{inputs}}}\n");
        let archive = pack(&schema, &[(part(kind), text)]);
        self.test.artifacts.seed(protium_app::artifact::bundle_key(&bundle.digest), archive);
        bundle.schema = Document::Inline(schema);
        self.test.seed(version);
    }

    /// Puts a small bundle into the upload bucket, for a template version to be registered from.
    pub fn bundle_upload(&self, kind: TemplateKind, key: &str) {
        let bundle = records::bundle(kind);
        let Document::Inline(schema) = &bundle.schema else { panic!("a short schema") };
        let archive = pack(schema, &[(part(kind), &template(kind))]);
        self.test.sources.seed(records::bundle_source(key), archive);
    }

    /// As [`World::bundle_upload`], of a service template with a pipeline, whose stack differs by its input alone.
    pub fn bundle_upload_piped(&self, key: &str) {
        let pipeline = "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n    Properties:\n      DisplayName: '{{ \
                        pipeline.inputs.dir }}'\n";
        let parts = [(part(SERVICE), template(SERVICE)), ("pipeline_infrastructure", pipeline.to_owned())];
        let parts: Vec<_> = parts.iter().map(|(part, text)| (*part, text.as_str())).collect();
        self.test.sources.seed(records::bundle_source(key), pack(PIPED_SCHEMA, &parts));
    }
}

/// The template of both kinds, apart from the namespace of its inputs.
pub(super) fn template(kind: TemplateKind) -> String {
    let (inputs, rest) = match kind {
        ENVIRONMENT => ("environment.inputs", ""),
        SERVICE => ("service_instance.inputs", "      TopicName: '{{ environment.outputs.Endpoint }}'\n"),
    };
    format!(
        "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n    Properties:\n      DisplayName: '{{{{ {inputs}.size }}}}'\n{rest}"
    )
}

pub(super) const fn part(kind: TemplateKind) -> &'static str {
    match kind {
        ENVIRONMENT => "infrastructure",
        SERVICE => "instance_infrastructure",
    }
}

pub(super) const PIPED_SCHEMA: &str = "schema:\n  format:\n    openapi: \"3.0.0\"\n  service_input_type: Input\n  \
                            pipeline_input_type: Pipe\n  types:\n    Input:\n      type: object\n      properties:\n        \
                            size:\n          type: string\n          default: small\n    Pipe:\n      type: object\n      \
                            properties:\n        dir:\n          type: string\n          default: app\n";

pub(super) const PIPELINE: &str = "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n    Properties:\n      DisplayName: '{{ \
                        pipeline.inputs.dir }} of {{ service.repository_id }} on {{ service.branch_name }}'\n      \
                        TopicName: '{% for it in service_instances %}{{ it.name }}({{ it.inputs.size }}, {{ \
                        it.outputs.Endpoint }}, {{ it.environment.name }}) {% endfor %}'\n";

/// Packs a bundle with one CloudFormation template in each part. One that begins with its `Parameters` takes the inputs as
/// such.
pub(super) fn pack(schema: &str, parts: &[(&str, &str)]) -> Vec<u8> {
    let manifest = "infrastructure:\n  templates:\n    - file: cloudformation.yaml\n      rendering_engine: jinja\n      \
                    template_language: cloudformation\n";
    let mut files = vec![("schema/schema.yaml".to_owned(), schema)];
    let native = format!("{manifest}      native_parameters: true\n");
    for (part, template) in parts {
        let manifest = if template.starts_with("Parameters:") { native.as_str() } else { manifest };
        files.push((format!("{part}/manifest.yaml"), manifest));
        files.push((format!("{part}/cloudformation.yaml"), template));
    }
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, path, text.as_bytes()).expect("packs in memory");
    }
    archive.into_inner().and_then(GzEncoder::finish).expect("packs in memory")
}
