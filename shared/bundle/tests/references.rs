//! References to what isn't there: each template of the table with what is said about it.

#![allow(clippy::expect_used)]

mod support;

use protium_bundle::{BundleKind, EnvironmentOutputs, ExamineOptions, Files, Part, Problem, examine};
use rstest::rstest;
use support::messages;

const INSTANCE: Part = Part::InstanceInfrastructure;
const PIPELINE: Part = Part::PipelineInfrastructure;
const ENVIRONMENT: Part = Part::Infrastructure;

/// What `examine` says about `line` in a template of the part; the template is named `t.yaml`.
fn said(part: Part, line: &str) -> String {
    let problems = examined(part, line);
    let placed = messages(&problems);
    placed.replace(&format!("{}/t.yaml:", part.directory()), "")
}

fn examined(part: Part, line: &str) -> Vec<Problem> {
    let kind = if part == ENVIRONMENT { BundleKind::Environment } else { BundleKind::Service };
    let (key, pipeline) = match kind {
        BundleKind::Environment => ("environment_input_type", ""),
        BundleKind::Service => ("service_input_type", "  pipeline_input_type: Build\n"),
    };
    let build = if kind == BundleKind::Service {
        "    Build: {type: object, properties: {branch: {type: string, default: main}}}\n"
    } else {
        ""
    };
    let schema = format!(
        "schema:\n  format: {{openapi: 3.0.0}}\n  {key}: In\n{pipeline}  types:\n    In:\n      type: object\n      properties:\n        \
         desired_count: {{type: number, default: 1}}\n        image: {{type: string, default: x}}\n        \
         ports: {{type: array, items: {{type: object, properties: {{from: {{type: number}}}}}}, default: []}}\n{build}"
    );
    let manifest = "infrastructure:\n  templates:\n    - {file: t.yaml, rendering_engine: jinja, template_language: cloudformation}\n";
    let mut files = vec![("schema/schema.yaml".to_owned(), schema.into_bytes())];
    for other in kind.parts() {
        let text = if *other == part { format!("{TEMPLATE}{line}\n") } else { TEMPLATE.to_owned() };
        files.push((format!("{other}/manifest.yaml"), manifest.into()));
        files.push((format!("{other}/t.yaml"), text.into_bytes()));
    }
    let files = Files::from_entries(files).expect("within the limits");
    let environments = ["one:1", "two:1"].map(|name| EnvironmentOutputs {
        environment: name.to_owned(),
        outputs: vec!["VpcId".to_owned(), format!("Of_{}", &name[..3])],
    });
    let environments = if part == ENVIRONMENT { Vec::new() } else { environments.to_vec() };
    examine(kind, files, &ExamineOptions { environments, ..ExamineOptions::default() }).problems
}

/// The line of the table comes after this, on line 5.
const TEMPLATE: &str = "# A template\nResources:\n  Topic:\n    Type: AWS::SNS::Topic\n";

#[rstest]
#[case::typo(
    INSTANCE,
    "# {{ service_instance.inputs.desired_cuont }}",
    "5:6: `service_instance.inputs.desired_cuont`: the schema has no input `desired_cuont`. Did you mean `desired_count`?"
)]
#[case::item(
    INSTANCE,
    "# {{ service_instance['inputs']['zzz'] }}",
    "5:6: `service_instance.inputs.zzz`: the schema has no input `zzz`. The type `In` has `desired_count`, `image`, `ports`."
)]
#[case::environment_inputs(
    INSTANCE,
    "# {{ environment.inputs.vpc }}",
    "5:6: `environment.inputs` doesn't exist in instance_infrastructure: services don't see the inputs of their environment. Give the value as an output of the environment template and read `environment.outputs`."
)]
#[case::environment_of_a_pipeline(
    PIPELINE,
    "# {{ environment.name }}",
    "5:6: `environment` doesn't exist in pipeline_infrastructure. A pipeline reaches environments through its instances: `{% for instance in service_instances %}`, then `instance.environment`."
)]
#[case::pipeline_input(
    PIPELINE,
    "# {{ pipeline.inputs.brunch }}",
    "5:6: `pipeline.inputs.brunch`: the schema has no input `brunch`. Did you mean `branch`?"
)]
#[case::in_a_loop(
    PIPELINE,
    "# {% for i in service_instances %}{{ i.inputs.imaeg }}{% endfor %}",
    "5:38: warning: `i.inputs.imaeg`: the schema has no input `imaeg`. Did you mean `image`?"
)]
#[case::first_of_a_list(
    PIPELINE,
    "# {{ service_instances[0].environment.nome }}",
    "5:6: `service_instances[0].environment.nome` doesn't exist in pipeline_infrastructure. Did you mean `name`?"
)]
#[case::service_of_an_environment(
    ENVIRONMENT,
    "# {{ service.name }}",
    "5:6: `service` doesn't exist in infrastructure. An environment knows nothing of its services; here is only `environment`."
)]
#[case::outputs_of_an_environment(
    ENVIRONMENT,
    "# {{ environment.outputs.x }}",
    "5:6: `environment.outputs` doesn't exist in infrastructure. There are `inputs`, `name`."
)]
#[case::name_at_the_top(
    INSTANCE,
    "# {{ servic.name }}",
    "5:6: `servic` doesn't exist in instance_infrastructure. Did you mean `service`?"
)]
#[case::output_of_none(
    INSTANCE,
    "# {{ environment.outputs.VpcID2 }}",
    "5:6: warning: `environment.outputs.VpcID2`: no compatible environment gives the output `VpcID2`. Did you mean `VpcId`?"
)]
#[case::output_of_one(
    INSTANCE,
    "# {{ environment.outputs.Of_one }}",
    "5:6: warning: `environment.outputs.Of_one`: the compatible environment two:1 gives no output `Of_one`. Did you mean `Of_two`?"
)]
#[case::in_a_branch(
    INSTANCE,
    "# {% if service_instance.inputs.image == 'x' %}{{ service_instance.inputs.tag }}{% endif %}",
    "5:51: warning: `service_instance.inputs.tag`: the schema has no input `tag`. The type `In` has `desired_count`, `image`, `ports`."
)]
#[case::through_a_variable(
    INSTANCE,
    "# {% set own = service_instance.inputs %}{{ own.imag }}",
    "5:45: `own.imag`: the schema has no input `imag`. Did you mean `image`?"
)]
#[case::item_of_an_input(
    INSTANCE,
    "# {% for p in service_instance.inputs.ports %}{{ p.form }}{% endfor %}",
    "5:50: warning: `p.form` doesn't exist in instance_infrastructure. Did you mean `from`?"
)]
#[case::umlauts_before(
    INSTANCE,
    "# ü {{ service_instance.inputs.imag }}",
    "5:8: `service_instance.inputs.imag`: the schema has no input `imag`. Did you mean `image`?"
)]
#[case::everything_at_once(
    INSTANCE,
    "# {{ a }}{{ b is defined }}{{ c }}",
    "5:6: `a` doesn't exist in instance_infrastructure. Here are `environment`, `service`, `service_instance`.\n5:31: `c` doesn't exist in instance_infrastructure. Here are `environment`, `service`, `service_instance`."
)]
fn what_is_not_there_is_named(#[case] part: Part, #[case] line: &str, #[case] expected: &str) {
    assert_eq!(said(part, line), expected);
}

#[rstest]
#[case(INSTANCE, "# {{ service_instance.inputs.tag is defined }}")]
#[case(INSTANCE, "# {{ service_instance.inputs.tag | default('x') }}")]
#[case(
    INSTANCE,
    "# {% if service_instance.inputs.tag is defined %}{{ service_instance.inputs.tag.x }}{% endif %}"
)]
#[case(INSTANCE, "# {% if 'tag' in service_instance.inputs %}{{ service_instance.inputs.tag }}{% endif %}")]
#[case(INSTANCE, "# {{ service_instance.inputs.tag if service_instance.inputs.tag is defined else 'x' }}")]
#[case(INSTANCE, "# {{ service_instance.inputs.tag is defined and service_instance.inputs.tag }}")]
#[case(INSTANCE, "# {% for k, v in environment.outputs.items() %}{{ k }}{{ v }}{{ loop.index }}{% endfor %}")]
#[case(INSTANCE, "# {% for k in service_instance.inputs %}{{ service_instance.inputs[k] }}{% endfor %}")]
#[case(
    INSTANCE,
    "# {% macro m(x, y=1) %}{{ x.z }}{{ y }}{{ late }}{% endmacro %}{% set late = 1 %}{{ m(2) }}"
)]
#[case(INSTANCE, "# {% set ns = namespace(found=1) %}{{ ns.found }}{% with q = 1 %}{{ q }}{% endwith %}")]
#[case(INSTANCE, "# {{ service_instance.components.default.outputs.queue }}")]
#[case(INSTANCE, "# {{ service_instance.environment.outputs.VpcId }}{{ environment.account_id }}")]
#[case(INSTANCE, "# {% raw %}{{ nothing.here }}{% endraw %}{# {{ nor.here }} #}")]
#[case(
    PIPELINE,
    "# {% for i in service_instances %}{{ i.outputs.url }}{{ i.environment.outputs.VpcId }}{% endfor %}"
)]
#[case(ENVIRONMENT, "# {{ environment.inputs.image.upper() }}{{ environment.name[0:3] }}")]
fn what_is_there_or_asked_for_is_left_alone(#[case] part: Part, #[case] line: &str) {
    assert_eq!(said(part, line), "");
}

#[test]
fn a_problem_tells_how_much_of_the_line_is_meant() {
    let problems = examined(INSTANCE, "# {{ service_instance.inputs.tag }}");
    assert_eq!(
        problems.first().and_then(|problem| problem.length),
        Some("service_instance.inputs.tag".len())
    );
}
