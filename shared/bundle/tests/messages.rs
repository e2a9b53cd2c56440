//! What is said about broken bundles, specs and changes: every message, in `fixtures/messages.txt`.
//!
//! Read that file as an author would. `UPDATE_GOLDEN=1` writes it anew.

#![allow(clippy::expect_used, clippy::panic)]

mod support;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use protium_bundle::compatibility::compare_bundles;
use protium_bundle::{
    Bundle, BundleKind, EnvironmentOutputs, EnvironmentSpec, ExamineOptions, Files, Schema, ServiceSpec,
    SpecProblem, archive, examine,
};
use support::{fixture, messages};
use tar::{Builder, EntryType, Header};

type Entries = Vec<(String, Vec<u8>)>;

const MANIFEST: &str = "infrastructure:\n  templates:\n    - file: t.yaml\n      rendering_engine: jinja\n      template_language: cloudformation\n";
const TEMPLATE: &str = "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n";

fn schema_of(key: &str, properties: &str) -> String {
    format!(
        "schema:\n  format: {{openapi: 3.0.0}}\n  {key}: In\n  types:\n    In:\n      type: object\n      properties:\n        size: {{type: string, default: s}}\n{properties}"
    )
}

/// A good environment bundle.
fn environment() -> Entries {
    let files = [
        ("schema/schema.yaml", schema_of("environment_input_type", "")),
        ("infrastructure/manifest.yaml", MANIFEST.to_owned()),
        ("infrastructure/t.yaml", TEMPLATE.to_owned()),
    ];
    files.map(|(path, text)| (path.to_owned(), text.into_bytes())).to_vec()
}

/// A good service bundle with a pipeline.
fn service() -> Entries {
    let schema = schema_of("pipeline_input_type: Build\n  service_input_type", "    Build: {type: object}\n");
    let files = [
        ("schema/schema.yaml", schema),
        ("instance_infrastructure/manifest.yaml", MANIFEST.to_owned()),
        ("instance_infrastructure/t.yaml", TEMPLATE.to_owned()),
        ("pipeline_infrastructure/manifest.yaml", MANIFEST.to_owned()),
        ("pipeline_infrastructure/t.yaml", TEMPLATE.to_owned()),
    ];
    files.map(|(path, text)| (path.to_owned(), text.into_bytes())).to_vec()
}

fn with(mut entries: Entries, path: &str, text: impl AsRef<[u8]>) -> Entries {
    entries.retain(|(other, _)| other != path);
    entries.push((path.to_owned(), text.as_ref().to_vec()));
    entries
}

fn without(mut entries: Entries, prefix: &str) -> Entries {
    entries.retain(|(path, _)| !path.starts_with(prefix));
    entries
}

fn schema(text: &str) -> Entries {
    with(environment(), "schema/schema.yaml", text)
}

fn property(text: &str) -> Entries {
    schema(&schema_of("environment_input_type", &format!("        a: {{{text}}}\n")))
}

fn manifest(text: &str) -> Entries {
    with(environment(), "infrastructure/manifest.yaml", text)
}

fn entry(text: &str) -> Entries {
    manifest(&format!("infrastructure: {{templates: [{{{text}}}]}}\n"))
}

fn settings(text: &str) -> Entries {
    entry(&format!("rendering_engine: codebuild, settings: {{{text}}}"))
}

fn template(text: &str) -> Entries {
    with(environment(), "infrastructure/t.yaml", text)
}

fn resource(lines: &str) -> Entries {
    template(&format!("{TEMPLATE}{lines}\n"))
}

fn registration(text: &str) -> Entries {
    with(service(), ".template-registration.yaml", text)
}

fn terraform(text: &str) -> Entries {
    let entries = entry("file: '*', rendering_engine: hcl, template_language: terraform");
    with(entries, "infrastructure/main.tf", text)
}

fn native(parameter: &str) -> Entries {
    let inputs = "        may: {type: string}\n        on: {type: boolean, default: true}\n        \
                  list: {type: array, items: {type: string}, default: []}\n        \
                  lists: {type: array, items: {type: array, items: {type: string}}, default: []}\n        \
                  part: {type: object, default: {}}\n";
    let schema = schema_of("environment_input_type", inputs);
    let entries = entry(
        "rendering_engine: jinja, template_language: cloudformation, file: t.yaml, native_parameters: true",
    );
    let template = format!("{TEMPLATE}Parameters:\n  {parameter}\n");
    with(with(entries, "schema/schema.yaml", schema), "infrastructure/t.yaml", template)
}

#[derive(Clone, Copy, PartialEq)]
enum For {
    Environment,
    CustomerEnvironment,
    Service,
    CustomerPipeline,
}

fn judged(entries: Entries, template: For) -> String {
    let kind = match template {
        For::Environment | For::CustomerEnvironment => BundleKind::Environment,
        For::Service | For::CustomerPipeline => BundleKind::Service,
    };
    let customer_managed = matches!(template, For::CustomerEnvironment | For::CustomerPipeline);
    let outputs = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let environments = vec![
        EnvironmentOutputs { environment: "one:1".into(), outputs: outputs(&["VpcId", "Zone"]) },
        EnvironmentOutputs { environment: "two:1".into(), outputs: outputs(&["VpcId"]) },
    ];
    let environments = if kind == BundleKind::Service { environments } else { Vec::new() };
    match Files::from_entries(entries) {
        Ok(files) => {
            messages(&examine(kind, files, &ExamineOptions { customer_managed, environments }).problems)
        }
        Err(problems) => messages(&problems),
    }
}

#[rustfmt::skip]
fn broken_bundles() -> Vec<(&'static str, For, Entries)> {
    use For::{CustomerEnvironment, CustomerPipeline, Environment, Service};
    let large = "x".repeat(210 * 1024);
    let instance = |text: &str| with(service(), "instance_infrastructure/t.yaml", format!("{TEMPLATE}{text}\n"));
    let pipeline = |text: &str| with(service(), "pipeline_infrastructure/t.yaml", format!("{TEMPLATE}{text}\n"));
    let numbered = (0..11).fold(terraform(""), |entries, n| with(entries, &format!("infrastructure/{n}.tf"), ""));
    vec![
        ("layout: nothing", Environment, Vec::new()),
        ("layout: nothing, of a service", Service, Vec::new()),
        ("layout: a directory around it", Environment, environment().into_iter().map(|(path, text)| (format!("v1/{path}"), text)).collect()),
        ("layout: schema.yml", Environment, with(without(environment(), "schema"), "schema/schema.yml", "")),
        ("layout: a service bundle for an environment", Environment, service()),
        ("layout: an environment bundle for a service", Service, environment()),
        ("layout: no pipeline", Service, without(service(), "pipeline_")),
        ("layout: a pipeline that customers manage", CustomerPipeline, service()),
        ("layout: an environment that customers manage", CustomerEnvironment, environment()),
        ("layout: inputs of an environment that customers manage", CustomerEnvironment, without(schema(&schema_of("environment_input_type", "        n: {type: number}\n")), "infrastructure")),
        ("layout: no manifest", Environment, without(environment(), "infrastructure/manifest")),
        ("layout: no template", Environment, without(environment(), "infrastructure/t.yaml")),
        ("layout: another template", Environment, with(without(environment(), "infrastructure/t.yaml"), "infrastructure/other.yaml", "")),
        ("layout: a template too large", Environment, template(&large)),
        ("layout: templates too many", Environment, numbered),
        ("layout: a path upwards", Environment, with(environment(), "schema/../x", "")),
        ("layout: not UTF-8", Environment, with(environment(), "schema/schema.yaml", b"schema:\n  a: \xff\n")),
        ("manifest: too large", Environment, manifest(&large)),
        ("manifest: not YAML", Environment, manifest("infrastructure: [\n")),
        ("manifest: empty", Environment, manifest("")),
        ("manifest: no templates", Environment, manifest("infrastructure: {}\n")),
        ("manifest: no list", Environment, manifest("infrastructure: {templates: x}\n")),
        ("manifest: no entry", Environment, manifest("infrastructure: {templates: []}\n")),
        ("manifest: a text for an entry", Environment, manifest("infrastructure: {templates: [x]}\n")),
        ("manifest: the old key", Environment, entry("engine: jinja")),
        ("manifest: no engine", Environment, entry("file: t.yaml")),
        ("manifest: an engine that isn't one", Environment, entry("rendering_engine: liquid")),
        ("manifest: an engine that isn't text", Environment, entry("rendering_engine: [jinja]")),
        ("manifest: another language", Environment, entry("rendering_engine: jinja, template_language: terraform, file: t.yaml")),
        ("manifest: a key too many", Environment, entry("rendering_engine: jinja, template_language: cloudformation, file: t.yaml, extra: 1")),
        ("manifest: a file elsewhere", Environment, entry("rendering_engine: jinja, template_language: cloudformation, file: ../t.yaml")),
        ("manifest: native parameters", Environment, entry("rendering_engine: jinja, template_language: cloudformation, file: t.yaml, native_parameters: 1")),
        ("codebuild: no settings", Environment, entry("rendering_engine: codebuild")),
        ("codebuild: settings of text", Environment, entry("rendering_engine: codebuild, settings: x")),
        ("codebuild: nothing to run", Environment, settings("")),
        ("codebuild: commands that aren't lines", Environment, settings("provision: x, deprovision: [{a: b}]")),
        ("codebuild: other members", Environment, settings("provision: [a], deprovision: [a], image: [x], runtimes: x, env: x, project_properties: [x], input_type: XML, extra: 1")),
        ("codebuild: Jinja in commands", Environment, manifest("infrastructure:\n  templates:\n    - rendering_engine: codebuild\n      settings:\n        image: 'x:{{ environment.inputs.sise }}'\n        provision:\n          - echo ${#list}\n          - |\n            echo 1\n            echo {{ environment.inputs.other }}\n          - >-\n            echo\n            {{ nobody }}\n        deprovision: [ls]\n        project_properties: {Name: a, Cache: {Location: '{{ x'}}\n")),
        ("codebuild: what is generated", Environment, with(settings("provision: [a], deprovision: [a]"), "infrastructure/.proton/project.json", "{}")),
        ("schema: too large", Environment, schema(&large)),
        ("schema: not YAML", Environment, schema("schema: {a: [}\n")),
        ("schema: a key twice", Environment, schema("schema: {}\nschema: {}\n")),
        ("schema: two documents", Environment, schema("schema: {}\n---\nschema: {}\n")),
        ("schema: a tag", Environment, schema("schema: !Ref a\n")),
        ("schema: an alias of nothing", Environment, schema("schema: *a\n")),
        ("schema: a key that is a list", Environment, schema("? [a]\n: b\n")),
        ("schema: a merge of text", Environment, schema("schema: {<<: a}\n")),
        ("yaml: a bracket", Environment, schema("schema: {a: 1\nb: 2\n")),
        ("yaml: another bracket", Environment, schema("schema: [a\nb: 2\n")),
        ("yaml: a closed bracket", Environment, schema("schema: a\n]\n")),
        ("yaml: a quote", Environment, schema("schema: 'a\n")),
        ("yaml: a key", Environment, schema("schema:\n  a: 1\n b: 2\n")),
        ("yaml: a dash", Environment, schema("schema:\n  - a\n  b: 2\n")),
        ("yaml: no colon", Environment, schema("schema\nother: 1\n")),
        ("yaml: a colon", Environment, schema("schema: a: b\n")),
        ("yaml: a list on the line", Environment, schema("schema: - a\n")),
        ("yaml: a character", Environment, schema("schema: @a\n")),
        ("yaml: a tab", Environment, schema("schema:\n\ta: 1\n")),
        ("yaml: too deep", Environment, schema(&"[".repeat(300))),
        ("yaml: deep", Environment, schema(&"- ".repeat(60))),
        ("schema: empty", Environment, schema("")),
        ("schema: a text", Environment, schema("schema: x\n")),
        ("schema: members missing", Environment, schema("schema: {}\n")),
        ("schema: another version", Environment, schema("schema: {format: {openapi: 2.0}, environment_input_type: A, types: {A: {type: object}}}\n")),
        ("schema: a version missing", Environment, schema("schema: {format: x, environment_input_type: A, types: {A: {type: object}}}\n")),
        ("schema: an unknown key", Environment, schema("other: 1\nschema: {format: {openapi: 3.0.0}, environment_input_type: A, types: {A: {type: object}}, more: 1}\n")),
        ("schema: a type that isn't there", Environment, schema("schema: {format: {openapi: 3.0.0}, environment_input_type: A, types: {B: {type: object}}}\n")),
        ("schema: no types", Environment, schema("schema: {format: {openapi: 3.0.0}, environment_input_type: A, types: {}}\n")),
        ("schema: a type of text", Environment, schema("schema: {format: {openapi: 3.0.0}, environment_input_type: A, types: {A: {type: string}}}\n")),
        ("schema: a type's name that isn't text", Environment, schema("schema: {format: {openapi: 3.0.0}, environment_input_type: [A], types: {A: {type: object}}}\n")),
        ("schema: a pipeline of an environment", Environment, schema("schema: {format: {openapi: 3.0.0}, environment_input_type: A, pipeline_input_type: A, types: {A: {type: object}}}\n")),
        ("schema: a service without type of its pipeline", Service, with(service(), "schema/schema.yaml", schema_of("service_input_type", ""))),
        ("schema: properties of text", Environment, schema("schema: {format: {openapi: 3.0.0}, environment_input_type: A, types: {A: {type: object, properties: x, required: x, additionalProperties: true}}}\n")),
        ("schema: required of text", Environment, schema("schema: {format: {openapi: 3.0.0}, environment_input_type: A, types: {A: {type: object, required: x}}}\n")),
        ("schema: required but not there", Environment, schema("schema: {format: {openapi: 3.0.0}, environment_input_type: A, types: {A: {type: object, properties: {a: {type: string}}, required: [b]}}}\n")),
        ("property: a text", Environment, schema(&schema_of("environment_input_type", "        a: x\n"))),
        ("property: no name", Environment, schema(&schema_of("environment_input_type", "        '': {type: string}\n"))),
        ("property: no type", Environment, property("")),
        ("property: a type that isn't one", Environment, property("type: text")),
        ("property: a type that isn't text", Environment, property("type: [string]")),
        ("property: no items", Environment, property("type: array")),
        ("property: too deep", Environment, property(&format!("type: array, items: {}{{type: string}}{}", "{type: array, items: ".repeat(9), "}".repeat(9)))),
        ("property: keywords", Environment, property("type: string, minLength: -1, maxLength: x, pattern: [a], minimum: 1, oneOf: [], strange: 1")),
        ("property: keywords of numbers", Environment, property("type: number, minimum: x, exclusiveMaximum: x, multipleOf: 0")),
        ("property: keywords of lists", Environment, property("type: array, items: {type: string}, uniqueItems: x, minItems: 2, maxItems: 1")),
        ("property: limits that cross", Environment, property("type: string, minLength: 2, maxLength: 1")),
        ("property: a pattern that doesn't match in bounded time", Environment, property("type: string, pattern: '(?=a)b'")),
        ("property: patterns too large", Environment, schema(&schema_of("environment_input_type", &(0..9).map(|n| format!("        a{n}: {{type: string, pattern: '^\\pL{{1,250}}$'}}\n")).collect::<String>()))),
        ("property: a default beyond all numbers", Environment, property("type: number, default: 99999999999999999999")),
        ("property: an enum of nothing", Environment, property("type: string, enum: []")),
        ("property: an enum of another type", Environment, property("type: number, enum: [1, b]")),
        ("property: a default of another type", Environment, property("type: integer, default: 1.5")),
        ("property: a default that is a mapping", Environment, property("type: string, default: {a: 1}")),
        ("property: a default of a list", Environment, property("type: array, items: {type: number}, default: [1, b]")),
        ("property: a word for a truth value", Environment, property("type: boolean, default: public")),
        ("property: a default beyond the enum", Environment, property("type: string, enum: [a, b], default: c")),
        ("property: a default too long", Environment, property("type: string, maxLength: 2, default: abc")),
        ("property: a default too short", Environment, property("type: string, minLength: 2, default: a")),
        ("property: a default that doesn't match", Environment, property("type: string, pattern: '^a', default: b")),
        ("property: a default of another format", Environment, property("type: string, format: ipv4, default: b")),
        ("property: a default too small", Environment, property("type: number, minimum: 2, default: 1")),
        ("property: a default too large", Environment, property("type: number, maximum: 2, default: 3")),
        ("property: a default at its limit", Environment, property("type: number, exclusiveMinimum: 2, default: 2")),
        ("property: a default at its other limit", Environment, property("type: number, exclusiveMaximum: 2, default: 2")),
        ("property: a default between", Environment, property("type: number, multipleOf: 2, default: 3")),
        ("property: a default with too few items", Environment, property("type: array, items: {type: string}, minItems: 1, default: []")),
        ("property: a default with too many items", Environment, property("type: array, items: {type: string}, maxItems: 1, default: [a, b]")),
        ("property: a default with an item twice", Environment, property("type: array, items: {type: string}, uniqueItems: true, default: [a, a]")),
        ("registration: not YAML", Service, registration("compatible_environments: [\n")),
        ("registration: a list", Service, registration("- net:1\n")),
        ("registration: everything wrong", Service, registration("compatible_environments: x\nsupported_component_sources: [OTHER]\npublish: maybe\ncompatibility: never\nextra: 1\n")),
        ("registration: environments", Service, registration("compatible_environments: [net, 'net:x', {a: b}]\n")),
        ("registration: too many environments", Service, registration(&format!("compatible_environments: [{}]\n", "'net:1', ".repeat(11)))),
        ("registration: the old file", Service, with(service(), ".compatible-envs", "net:1 # good\nnet\n")),
        ("registration: too large", Service, registration(&large)),
        ("jinja: a tag that doesn't end", Environment, resource("# {{ environment.name")),
        ("jinja: a block that doesn't end", Environment, resource("{% if environment.name %}")),
        ("references: a typo", Environment, resource("# {{ environment.inputs.sise }}")),
        ("references: in a branch", Environment, resource("{% if environment.name == 'a' %}\n# {{ environment.inputs.other }}\n{% endif %}")),
        ("references: no inputs at all", Environment, with(schema("schema: {format: {openapi: 3.0.0}, environment_input_type: A, types: {A: {type: object}}}\n"), "infrastructure/t.yaml", format!("{TEMPLATE}# {{{{ environment.inputs.a }}}}\n"))),
        ("references: a service of an environment", Environment, resource("# {{ service.name }}")),
        ("references: nothing of the kind", Environment, resource("# {{ envirnment.name }} {{ x }}")),
        ("references: inputs of a service's environment", Service, instance("# {{ environment.inputs.a }}")),
        ("references: the pipeline of an instance", Service, instance("# {{ pipeline.inputs.a }}")),
        ("references: a member of a service", Service, instance("# {{ service.nam }}")),
        ("references: outputs", Service, instance("# {{ environment.outputs.VpcIdd }} {{ environment.outputs.Zone }}")),
        ("references: the environment of a pipeline", Service, pipeline("# {{ environment.name }} {{ service_instance.name }}")),
        ("cloudformation: not YAML", Environment, template("Resources: {\n")),
        ("cloudformation: text", Environment, template("Resources\n")),
        ("cloudformation: sections", Environment, template("AWSTemplateFormatVersion: 2010\nResorces: {}\nOutputs: [a]\n")),
        ("cloudformation: names", Environment, resource("  a-b: {Type: 'AWS::SNS::Topic'}\n  Topic: {Type: 'AWS::SQS::Queue'}")),
        ("cloudformation: an alias of nothing", Environment, resource("  C: *x")),
        ("cloudformation: an alias", Environment, resource("  A: &a {Type: 'AWS::SNS::Topic'}\n  B: *a")),
        ("cloudformation: resources", Environment, resource("  A: x\n  B: {}\n  C: {Type: SNS}\n  D: {Type: 'AWS::Serverless::Function'}\n  E: {Type: 'AWS::SNS::Topic', Property: {}, DeletionPolicy: Keep, DependsOn: [{}, Topik]}\n  F: {Type: 'AWS::SNS::Topic', Properties: x}\n  G: {Type: 'AWS::SNS::Topic', Properties: , Metadata: [~]}")),
        ("cloudformation: functions", Environment, resource("  A:\n    Type: AWS::SNS::Topic\n    Condition: No\n    Properties:\n      a: !Ref Topik\n      b: !GetAtt Topik.Arn\n      c: !GetAtt Topic\n      d: !GetAtt {a: b}\n      e: !Sub '${Topik} ${Topik.Arn} ${a-b}'\n      f: !Sub {}\n      g: !If [No, a, b]\n      h: !If [No]\n      i: !FindInMap [No, a, b]\n      j: !FindInMap [No]\n      k: !Join x\n      l: !Split x\n      m: !Select x\n      n: !Unknown x")),
        ("cloudformation: mappings and conditions", Environment, resource("    Properties: {a: !FindInMap [M, b, c], b: !FindInMap [M, a, c]}\nMappings: {M: {a: {b: c}}}\nConditions: {C: !Equals [!Ref Topic, !Condition D]}")),
        ("cloudformation: a circle", Environment, resource("    DependsOn: A\n  A: {Type: 'AWS::SNS::Topic', Properties: {a: !Ref Topic}}\n  B: {Type: 'AWS::SNS::Topic'}")),
        ("cloudformation: a resource that needs itself", Environment, resource("    DependsOn: Topic")),
        ("cloudformation: parameters", Environment, resource("Parameters:\n  Size: {Type: String}\n  Other: {Default: a}")),
        ("cloudformation: native parameters", Environment, with(entry("rendering_engine: jinja, template_language: cloudformation, file: t.yaml, native_parameters: true"), "infrastructure/t.yaml", format!("{TEMPLATE}Parameters:\n  size: {{Type: String}}\n  Other: {{Type: String}}\n"))),
        ("cloudformation: outputs", Environment, resource("Outputs:\n  A: {}\n  B: {Value: !Ref A}")),
        ("cloudformation: too much", Environment, template(&format!("Resources:\n{}", (0..501).map(|n| format!("  R{n}: {{Type: 'AWS::SNS::Topic'}}\n")).collect::<String>()))),
        ("cloudformation: of an expression", Environment, resource("    DependsOn: '{{ environment.inputs.size }}'")),
        ("cloudformation: text that is measured", Environment, resource("    DependsOn: No\n{%- set text %}\na\n{% endset %}\n# {{ text | length }}")),
        ("cloudformation: parameters of other types", Environment, native("on: {Type: Number}\n  list: {Type: String}\n  part: {Type: String}\n  lists: {Type: CommaDelimitedList}")),
        ("cloudformation: parameters that may be missing", Environment, native("may: {Type: String}")),
        ("terraform: no file", Environment, without(terraform(""), "infrastructure/main")),
        ("terraform: another ending", Environment, entry("file: t.yaml, rendering_engine: hcl, template_language: terraform")),
        ("terraform: malformed", Environment, terraform("resource \"a\" {\n  b = \n}\n")),
        ("terraform: keys", Environment, terraform("locals {\n  a = { b = 1, b = 2 }\n}\n")),
        ("terraform: a key with a colon", Environment, terraform("locals {\n  a = {\n    b:c = 1\n  }\n}\n")),
        ("terraform: what is generated", Environment, with(terraform("variable \"environment\" {}\n"), "infrastructure/proton.environment.variables.tf", "")),
        ("terraform: too deep", Environment, terraform(&format!("a = {}", "(".repeat(50)))),
        ("terraform: too many operators", Environment, terraform(&format!("a = {}b", "!".repeat(50)))),
        ("terraform: too many conditions", Environment, terraform(&format!("a = b{}", " ? c : d".repeat(1_001)))),
    ]
}

fn spec_problems(problems: Result<(), Vec<SpecProblem>>) -> String {
    problems.err().unwrap_or_default().iter().map(SpecProblem::to_string).collect::<Vec<_>>().join("\n")
}

/// Specs of a service with these inputs.
const INPUTS: &str = "        count: {type: integer, minimum: 1}\n        tags: {type: array, items: {type: string}, maxItems: 1}\n        on: {type: boolean}\n        part: {type: object, properties: {x: {type: number}}, required: [x]}\n      required: [count]\n    Build: {type: object, properties: {dir: {type: string, pattern: '^[a-z]+$'}}}\n";

#[rustfmt::skip]
fn broken_specs() -> Vec<(&'static str, String)> {
    let with = |section: &str| format!("proton: ServiceSpec\ninstances:\n  - {{name: a, environment: e, spec: {{{section}}}}}\n");
    vec![
        ("not YAML", "proton: [\n".to_owned()),
        ("text", "hello\n".to_owned()),
        ("another kind", "proton: EnvironmentSpec\nspec: {}\n".to_owned()),
        ("no kind", "instances: []\n".to_owned()),
        ("too large", format!("proton: ServiceSpec\n# {}", "x".repeat(51_200))),
        ("sections of text", "proton: ServiceSpec\npipeline: x\ninstances: x\n".to_owned()),
        ("instances", "proton: ServiceSpec\ninstances:\n  - x\n  - {}\n  - {name: a b, environment: [], extra: 1}\n  - {name: a, environment: e, spec: x}\n  - {name: a, environment: e}\n".to_owned()),
        ("the pipeline", "proton: ServiceSpec\npipeline: {dir: A1, other: 1}\n".to_owned()),
        ("required", with("")),
        ("unknown", with("count: 1, coumt: 1, else: 1")),
        ("types", with("count: x, tags: x, on: 1, size: [a], part: x")),
        ("more types", with("count: 1.5, tags: [[a]], on: 'true', size: , part: {x: y}")),
        ("members", with("count: 1, part: {y: 1}")),
        ("limits", with("count: 0, tags: [a, b]")),
        ("numbers beyond", with("count: 18446744073709551616")),
    ]
}

fn specs() -> String {
    let schema = schema_of("pipeline_input_type: Build\n  service_input_type", INPUTS);
    let schema =
        Schema::parse(&schema, BundleKind::Service).unwrap_or_else(|problems| panic!("{problems:?}"));
    let mut text = String::new();
    for (name, spec) in broken_specs() {
        let said = ServiceSpec::parse(&spec).and_then(|spec| spec.validate(&schema));
        let _ = writeln!(text, "## spec: {name}\n{}\n", spec_problems(said));
    }
    let asking = "proton: ServiceSpec\npipeline: {dir: '${Proton::CURRENT_VAL}'}\ninstances:\n  - {name: a, environment: e, spec: {count: '${Proton::CURRENT_VAL}'}}\n";
    let asking = ServiceSpec::parse(asking).expect("well-formed");
    let _ = writeln!(
        text,
        "## spec: values asked for\n{}\n",
        spec_problems(asking.with_current_values(None).map(drop))
    );
    let shared = "proton: ServiceSpec\ninstances:\n  - {name: a, environment: e, spec: &s {count: &v '${Proton::CURRENT_VAL}'}}\n  - {name: b, environment: e, spec: *s}\n";
    let shared = ServiceSpec::parse(shared).expect("well-formed");
    let _ = writeln!(
        text,
        "## spec: values asked for by an alias\n{}\n",
        spec_problems(shared.with_current_values(Some(&shared)).map(drop))
    );
    let said = asking.validate_instance(&schema, "nobody");
    let _ = writeln!(text, "## spec: an instance that isn't there\n{}\n", spec_problems(said));
    let plain = Schema::parse(&schema_of("service_input_type", ""), BundleKind::Service).expect("valid");
    let _ = writeln!(
        text,
        "## spec: a pipeline that isn't there\n{}\n",
        spec_problems(asking.pipeline_inputs(&plain).map(drop))
    );
    let bare = "schema: {format: {openapi: 3.0.0}, environment_input_type: A, types: {A: {type: object}}}";
    let bare = Schema::parse(bare, BundleKind::Environment).expect("valid");
    let said = EnvironmentSpec::parse("proton: EnvironmentSpec\nspec: {a: 1}\n")
        .and_then(|spec| spec.validate(&bare));
    let _ = writeln!(text, "## spec: inputs where there are none\n{}\n", spec_problems(said));
    let said = EnvironmentSpec::parse("proton: EnvironmentSpec\nspec: x\nextra: 1\n").map(drop);
    let _ = writeln!(text, "## spec: of an environment\n{}\n", spec_problems(said));
    let said = EnvironmentSpec::parse("proton: EnvironmentSpec\nspec: x\n").map(drop);
    let _ = writeln!(text, "## spec: inputs of an environment\n{}\n", spec_problems(said));
    text
}

/// The inputs of an earlier and of a later version.
const EARLIER: &str = "        gone: {type: string}\n        kind: {type: string}\n        wide: {type: integer}\n        must: {type: string}\n        may: {type: string}\n        value: {type: string, default: a}\n        given: {type: string, default: a}\n        free: {type: string}\n        few: {type: string, enum: [a, b]}\n        some: {type: string, enum: [a]}\n        any: {type: string, enum: [a]}\n        listed: {type: string}\n        low: {type: number, minimum: 1}\n        high: {type: number, maximum: 1}\n        fits: {type: string}\n        fitted: {type: string, pattern: a}\n        once: {type: array, items: {type: string}}\n        often: {type: array, items: {type: number}, uniqueItems: true}\n        called: {type: string, title: A}\n      required: [may]\n";
const LATER: &str = "        new: {type: string}\n        needed: {type: string}\n        kind: {type: number}\n        wide: {type: number}\n        must: {type: string}\n        may: {type: string}\n        value: {type: string, default: b}\n        given: {type: string}\n        free: {type: string, default: a}\n        few: {type: string, enum: [a]}\n        some: {type: string, enum: [a, b]}\n        any: {type: string}\n        listed: {type: string, enum: [a]}\n        low: {type: number, minimum: 2}\n        high: {type: number, maximum: 2}\n        fits: {type: string, pattern: a}\n        fitted: {type: string}\n        once: {type: array, items: {type: string}, uniqueItems: true}\n        often: {type: array, items: {type: string}}\n        called: {type: string, title: B, description: C}\n      required: [must, needed]\n";

fn changes() -> String {
    let bundle = |entries: Entries, kind, customer_managed| -> Bundle {
        let options = ExamineOptions { customer_managed, ..ExamineOptions::default() };
        let examination = examine(kind, Files::from_entries(entries).expect("within the limits"), &options);
        examination.bundle.unwrap_or_else(|| panic!("{}", messages(&examination.problems)))
    };
    let environment = |properties: &str, outputs: &str| {
        let entries = schema(&schema_of("environment_input_type", properties));
        bundle(
            with(entries, "infrastructure/t.yaml", format!("{TEMPLATE}{outputs}")),
            BundleKind::Environment,
            false,
        )
    };
    let mut text = String::new();
    let mut tell = |old: &Bundle, new: &Bundle| {
        for change in compare_bundles(old, new) {
            let word = |value: serde_json::Result<serde_json::Value>| {
                value.expect("a word").as_str().unwrap_or_default().to_owned()
            };
            let (kind, verdict) =
                (word(serde_json::to_value(change.kind)), word(serde_json::to_value(change.verdict)));
            let policy = new.registration().compatibility;
            let problem = change.problem(policy).map(|problem| format!("\n  {problem}")).unwrap_or_default();
            let _ = writeln!(text, "{verdict} {kind} {change}: {}{problem}", change.why);
        }
    };
    let old = environment(EARLIER, "Outputs: {A: {Value: 1}}\n");
    tell(&old, &environment(LATER, "Outputs: {B: {Value: 1}}\n"));
    let old = environment("", "");
    tell(&old, &bundle(terraform(""), BundleKind::Environment, false));
    let with_pipeline = bundle(service(), BundleKind::Service, false);
    let schema = schema_of("service_input_type", "");
    let alone = with(without(service(), "pipeline_"), "schema/schema.yaml", schema);
    let alone = bundle(alone, BundleKind::Service, true);
    let output = |part: &str| {
        let template = format!("{TEMPLATE}Outputs: {{A: {{Value: 1}}}}\n");
        bundle(with(service(), &format!("{part}/t.yaml"), template), BundleKind::Service, false)
    };
    tell(&output("instance_infrastructure"), &with_pipeline);
    tell(&output("pipeline_infrastructure"), &with_pipeline);
    tell(&with_pipeline, &alone);
    tell(&alone, &with_pipeline);
    format!("## changes of minor versions\n{text}")
}

fn archives() -> String {
    let gzip = |bytes: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).expect("in memory");
        encoder.finish().expect("in memory")
    };
    let packed = |entries: &[(&[u8], EntryType, &[u8])]| {
        let mut builder = Builder::new(Vec::new());
        for (name, kind, content) in entries {
            let mut header = Header::new_gnu();
            header.as_old_mut().name[..name.len()].copy_from_slice(name);
            header.set_entry_type(*kind);
            header.set_size(content.len() as u64);
            header.set_cksum();
            builder.append(&header, *content).expect("in memory");
        }
        builder.into_inner().expect("in memory")
    };
    let file = |name: &'static [u8], content: &'static [u8]| (name, EntryType::Regular, content);
    let kind = |kind: EntryType| packed(&[(b"schema/a", kind, b"")]);
    let block = vec![b'x'; 5 << 20];
    let large: Vec<_> = [b"schema/1", b"schema/2", b"schema/3", b"schema/4", b"schema/5"]
        .iter()
        .map(|name| (&name[..], EntryType::Regular, &block[..]))
        .collect();
    let names: Vec<String> = (0..5_001).map(|n| format!("f{n}")).collect();
    let many: Vec<_> = names.iter().map(|name| (name.as_bytes(), EntryType::Regular, &b""[..])).collect();
    let cases = [
        ("nothing", Vec::new()),
        ("too large", vec![0; archive::PACKED_LIMIT + 1]),
        ("no tar", gzip(b"hello")),
        ("cut off", gzip(&packed(&[file(b"schema/a", b"hello")])[..514])),
        ("a file twice", gzip(&packed(&[file(b"schema/a", b"1"), file(b"./schema/a", b"2")]))),
        ("a name that isn't UTF-8", gzip(&packed(&[file(b"schema/\xff", b"1")]))),
        ("a link", gzip(&kind(EntryType::Symlink))),
        ("a device", gzip(&kind(EntryType::Block))),
        ("a pipe", gzip(&kind(EntryType::Fifo))),
        ("something else", gzip(&kind(EntryType::new(b'Z')))),
        (
            "a file too large",
            gzip(&packed(&[(b"schema/a", EntryType::Regular, &[&block[..], b"x"].concat())])),
        ),
        ("files too large together", gzip(&packed(&large))),
        ("unpacked too large", gzip(&packed(&[(b"README", EntryType::Regular, &vec![0; 60 << 20])]))),
        ("too many entries", gzip(&packed(&many))),
        ("a header too large", gzip(&packed(&[(b"x", EntryType::GNULongName, &vec![b'a'; 70_000])]))),
    ];
    let mut text = String::new();
    for (name, bytes) in cases {
        let said = archive::read(&bytes).expect_err("refused");
        let _ = writeln!(text, "## archive: {name}\n{}\n", messages(&said));
    }
    text
}

#[test]
fn everything_that_is_said() {
    let mut text = archives();
    for (name, template, entries) in broken_bundles() {
        let said = judged(entries, template);
        assert!(!said.is_empty(), "nothing is said about {name}");
        let _ = writeln!(text, "## {name}\n{said}\n");
    }
    text.push_str(&specs());
    text.push_str(&changes());
    let path = fixture("messages.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &text).expect("written");
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    for (now, before) in text.split("\n## ").zip(expected.split("\n## ")) {
        assert_eq!(now, before, "differs from {}", path.display());
    }
    assert_eq!(text.len(), expected.len(), "differs from {}", path.display());
}
