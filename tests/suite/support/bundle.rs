//! Template bundles in memory.
//!
//! The ordinary ones deploy in a moment and can be told by their inputs to misbehave: `fail` makes the stack fail by a
//! wait condition that nobody signals; `gate` makes it wait until the test opens the gate of that name
//! ([`super::stacks`]).

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

/// Files by their paths.
#[derive(Debug, Clone)]
pub(crate) struct Bundle {
    files: BTreeMap<String, String>,
    infrastructure: &'static str,
}

const MANIFEST: &str = "\
infrastructure:
  templates:
    - file: cloudformation.yaml
      rendering_engine: jinja
      template_language: cloudformation
";

/// The wait conditions of `gate` and `fail`; INPUTS is replaced.
const SWITCHES: &str = "
{% if INPUTS.gate %}
  Gate{{ INPUTS.gate }}Handle: {Type: 'AWS::CloudFormation::WaitConditionHandle'}
  Gate{{ INPUTS.gate }}:
    Type: AWS::CloudFormation::WaitCondition
    Properties: {Handle: !Ref Gate{{ INPUTS.gate }}Handle, Timeout: '120', Count: 1}
{% endif %}
{% if INPUTS.fail %}
  NeverHandle: {Type: 'AWS::CloudFormation::WaitConditionHandle'}
  Never:
    Type: AWS::CloudFormation::WaitCondition
    Properties: {Handle: !Ref NeverHandle, Timeout: '1', Count: 1}
{% endif %}
";

fn schema(kind: &str) -> String {
    format!(
        "schema:
  format: {{openapi: '3.0.0'}}
  {kind}_input_type: Input
  types:
    Input:
      type: object
      properties:
        label: {{type: string, default: one, minLength: 1, maxLength: 40}}
        gate: {{type: string, default: ''}}
        fail: {{type: boolean, default: false}}
"
    )
}

impl Bundle {
    /// An environment: a topic. Outputs `TopicArn` and `Label`.
    pub(crate) fn environment() -> Self {
        let template = format!(
            "Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties: {{DisplayName: '{{{{ environment.inputs.label }}}}'}}
{}
Outputs:
  TopicArn: {{Value: !Ref Topic}}
  Label: {{Value: '{{{{ environment.inputs.label }}}}'}}
",
            SWITCHES.replace("INPUTS", "environment.inputs")
        );
        Self { files: BTreeMap::new(), infrastructure: "infrastructure" }
            .file("schema/schema.yaml", &schema("environment"))
            .file("infrastructure/manifest.yaml", MANIFEST)
            .template(&template)
    }

    /// A service without pipeline: a parameter that tells its own label and its environment's. Output `Text`.
    pub(crate) fn service() -> Self {
        let template = format!(
            "Resources:
  Parameter:
    Type: AWS::SSM::Parameter
    Properties:
      Name: '/{{{{ service.name }}}}/{{{{ service_instance.name }}}}'
      Type: String
      Value: '{{{{ service_instance.inputs.label }}}} in {{{{ environment.outputs.Label }}}}'
{}
Outputs:
  Text: {{Value: !GetAtt Parameter.Value}}
",
            SWITCHES.replace("INPUTS", "service_instance.inputs")
        );
        Self { files: BTreeMap::new(), infrastructure: "instance_infrastructure" }
            .file("schema/schema.yaml", &schema("service"))
            .file("instance_infrastructure/manifest.yaml", MANIFEST)
            .template(&template)
    }

    /// A service with a pipeline: a parameter that tells of its instances. Output `Text`. The pipeline's stack fails with
    /// more instances than its input `most` says.
    pub(crate) fn piped_service() -> Self {
        let template = "Resources:
  Parameter:
    Type: AWS::SSM::Parameter
    Properties:
      Name: '/{{ service.name }}/pipeline'
      Type: String
      Value: '{{ service.repository_id }}:{% for it in service_instances %} {{ it.name }}={{ it.outputs.Text }}{% endfor %}'
{% if service_instances | length > pipeline.inputs.most %}
  NeverHandle: {Type: 'AWS::CloudFormation::WaitConditionHandle'}
  Never:
    Type: AWS::CloudFormation::WaitCondition
    Properties: {Handle: !Ref NeverHandle, Timeout: '1', Count: 1}
{% endif %}
Outputs:
  Text: {Value: !GetAtt Parameter.Value}
";
        let service = Self::service();
        let schema = service.files["schema/schema.yaml"]
            .replace("  types:\n", "  pipeline_input_type: Pipeline\n  types:\n");
        let pipeline = "    Pipeline:
      type: object
      properties:
        most: {type: integer, default: 9}
";
        service
            .file("schema/schema.yaml", &format!("{schema}{pipeline}"))
            .file("pipeline_infrastructure/manifest.yaml", MANIFEST)
            .file("pipeline_infrastructure/cloudformation.yaml", template)
    }

    /// The files of a service's bundle in a directory.
    pub(crate) fn service_in(directory: &Path) -> Self {
        let mut bundle = Self { files: BTreeMap::new(), infrastructure: "instance_infrastructure" };
        for part in ["schema", "instance_infrastructure", "pipeline_infrastructure"] {
            for entry in fs::read_dir(directory.join(part)).expect("the bundle has this part") {
                let entry = entry.expect("readable");
                let text = fs::read_to_string(entry.path()).expect("a text");
                bundle = bundle.file(&format!("{part}/{}", entry.file_name().to_string_lossy()), &text);
            }
        }
        bundle
    }

    /// With a gate of this name in the infrastructure template, which is always shut.
    pub(crate) fn gated(self, gate: &str) -> Self {
        let path = format!("{}/cloudformation.yaml", self.infrastructure);
        let gate = format!(
            "Resources:
  Gate{gate}Handle: {{Type: 'AWS::CloudFormation::WaitConditionHandle'}}
  Gate{gate}:
    Type: AWS::CloudFormation::WaitCondition
    Properties: {{Handle: !Ref Gate{gate}Handle, Timeout: '120', Count: 1}}
"
        );
        let text = self.files[&path].replacen("Resources:\n", &gate, 1);
        self.file(&path, &text)
    }

    /// With something in the infrastructure template that CloudFormation fails at.
    pub(crate) fn failing(self) -> Self {
        let path = format!("{}/cloudformation.yaml", self.infrastructure);
        let never = "Resources:
  NeverHandle: {Type: 'AWS::CloudFormation::WaitConditionHandle'}
  Never:
    Type: AWS::CloudFormation::WaitCondition
    Properties: {Handle: !Ref NeverHandle, Timeout: '1', Count: 1}
";
        let text = self.files[&path].replacen("Resources:\n", never, 1);
        self.file(&path, &text)
    }

    /// With this file.
    pub(crate) fn file(mut self, path: &str, text: &str) -> Self {
        self.files.insert(path.to_owned(), text.to_owned());
        self
    }

    /// Without this file.
    pub(crate) fn without(mut self, path: &str) -> Self {
        self.files.remove(path).expect("the bundle has this file");
        self
    }

    /// With another infrastructure template.
    pub(crate) fn template(self, text: &str) -> Self {
        let path = format!("{}/cloudformation.yaml", self.infrastructure);
        self.file(&path, text)
    }

    /// With text behind the infrastructure template.
    pub(crate) fn template_extended(self, text: &str) -> Self {
        let path = format!("{}/cloudformation.yaml", self.infrastructure);
        let all = format!("{}{text}", self.files[&path]);
        self.file(&path, &all)
    }

    /// With text behind the pipeline's template.
    pub(crate) fn pipeline_extended(self, text: &str) -> Self {
        let path = "pipeline_infrastructure/cloudformation.yaml";
        let all = format!("{}{text}", self.files[path]);
        self.file(path, &all)
    }

    /// The gzipped tar.
    pub(crate) fn archive(&self) -> Vec<u8> {
        let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        for (path, text) in &self.files {
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            header.set_mode(0o644);
            tar.append_data(&mut header, path, text.as_bytes()).expect("written to memory");
        }
        tar.into_inner().and_then(GzEncoder::finish).expect("written to memory")
    }
}

/// The spec of an environment.
pub(crate) fn environment_spec(inputs: &str) -> String {
    format!("proton: EnvironmentSpec\nspec: {{{inputs}}}\n")
}

/// The spec of a service with a pipeline.
pub(crate) fn piped_spec(pipeline: &str, instances: &[(&str, &str, &str)]) -> String {
    let pipeline = format!("proton: ServiceSpec\npipeline: {{{pipeline}}}\n");
    service_spec(instances).replacen("proton: ServiceSpec\n", &pipeline, 1)
}

/// The spec of a service: instances by name, environment and inputs.
pub(crate) fn service_spec(instances: &[(&str, &str, &str)]) -> String {
    let mut text = "proton: ServiceSpec\ninstances:\n".to_owned();
    for (name, environment, inputs) in instances {
        text += &format!("  - name: {name}\n    environment: {environment}\n    spec: {{{inputs}}}\n");
    }
    text
}
