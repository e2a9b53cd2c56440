//! What templates render to. The golden files hold what Python's Jinja2 3.1 writes for the same input.

#![allow(clippy::expect_used, clippy::panic)]

mod support;

use protium_bundle::render::cloudformation::check_syntax;
use protium_bundle::render::namespace::*;
use protium_bundle::{EnvironmentSpec, Part, ServiceSpec, render_cloudformation};
use serde_json::{Value, json};
use support::{assert_golden, open_fixture, template};

fn environment_view() -> EnvironmentView {
    EnvironmentView {
        name: "beta".into(),
        account_id: "111122223333".into(),
        outputs: [("SubnetId".to_owned(), "subnet-1".to_owned())].into(),
    }
}

fn service_view() -> ServiceView {
    ServiceView {
        name: "shop".into(),
        repository_id: "acme/shop".into(),
        repository_connection_arn: "arn:aws:codestar-connections:eu-west-1:111122223333:connection/c".into(),
        branch_name: "main".into(),
    }
}

fn spec() -> ServiceSpec {
    let text = "proton: ServiceSpec\ninstances:\n  - {name: dev, environment: beta, spec: {size: small, version: 007}}\n  - {name: prod, environment: beta, spec: {size: large, share: 1e-5}}\n";
    ServiceSpec::parse(text).expect("valid spec")
}

#[test]
fn an_environment_renders() {
    let bundle = open_fixture("environment");
    let (path, text) = template(&bundle, Part::Infrastructure);
    for (golden, spec) in [
        ("environment-defaults.yaml", "proton: EnvironmentSpec\n"),
        (
            "environment-given.yaml",
            "proton: EnvironmentSpec\nspec: {zones: [c], flow_logs: true, note: yes, vpc_cidr: 10.2.0.0/20}\n",
        ),
    ] {
        let inputs = EnvironmentSpec::parse(spec).expect("spec").inputs(bundle.schema()).expect("inputs");
        let namespace = EnvironmentNamespace { environment: OwnEnvironment { name: "beta".into(), inputs } };
        let rendered = render_cloudformation(&path, &text, &namespace.to_json()).expect("rendered");
        assert_golden(golden, &rendered);
    }
}

#[test]
fn an_instance_renders_with_and_without_component() {
    let bundle = open_fixture("service");
    let (path, text) = template(&bundle, Part::InstanceInfrastructure);
    let outputs: Outputs = [
        ("Count", "007"),
        ("Flag", "yes"),
        ("Policy", "arn:aws:iam::111122223333:policy/q"),
        ("PolicyOfAws", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
        ("PolicyTwo", "arn:aws:iam::111122223333:policy/r"),
        ("Text", "it's: # odd"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let attached = Components { default: Some(ComponentView { name: "queue".into(), outputs }) };
    for (golden, components) in
        [("instance.yaml", Components::default()), ("instance-component.yaml", attached)]
    {
        let namespace = InstanceNamespace {
            service: service_view(),
            service_instance: OwnInstance {
                name: "dev".into(),
                inputs: spec().instance_inputs(bundle.schema(), "dev").expect("inputs"),
                components,
            },
            environment: environment_view(),
        };
        let rendered = render_cloudformation(&path, &text, &namespace.to_json()).expect("rendered");
        assert_golden(golden, &rendered);
    }
}

#[test]
fn a_pipeline_renders() {
    let bundle = open_fixture("service");
    let (path, text) = template(&bundle, Part::PipelineInfrastructure);
    let instance = |name: &str, outputs: Outputs| PipelineInstance {
        name: name.into(),
        inputs: spec().instance_inputs(bundle.schema(), name).expect("inputs"),
        outputs,
        environment: environment_view(),
    };
    let url: Outputs = [("Url".to_owned(), "https://dev.example".to_owned())].into();
    let namespace = PipelineNamespace {
        service: service_view(),
        pipeline: OwnPipeline { inputs: spec().pipeline_inputs(bundle.schema()).expect("inputs") },
        service_instances: vec![instance("dev", url), instance("prod", Outputs::new())],
    };
    let rendered = render_cloudformation(&path, &text, &namespace.to_json()).expect("rendered");
    assert_golden("pipeline.yaml", &rendered);
}

fn context() -> Value {
    json!({
        "t": true, "n": null, "one": 1.0, "large": 1e20, "small": 1e-7, "i": 3, "list": [1, true, null, "a'b", 2.5],
        "map": {"b": 1, "a": {"x": "y"}}, "text": "héllo world this is long", "quoted": "it's \"q\"\n\\",
    })
}

/// Each expectation is what Python's Jinja2 3.1 writes.
#[test]
fn values_print_as_python_prints_them() {
    for (template, expected) in [
        ("{{t}} {{n}} {{one}} {{large}} {{small}} {{i}}", "True None 1.0 1e+20 1e-07 3"),
        ("{{ t ~ n ~ one ~ i }}", "TrueNone1.03"),
        ("{{list}} {{map}}", "[1, True, None, \"a'b\", 2.5] {'b': 1, 'a': {'x': 'y'}}"),
        ("{{quoted}}|{{[quoted]}}", "it's \"q\"\n\\|['it\\'s \"q\"\\n\\\\']"),
        ("{{map|tojson}}", "{\"a\": {\"x\": \"y\"}, \"b\": 1}"),
        ("{{text|tojson}}", "\"h\\u00e9llo world this is long\""),
        ("{{\"<a>&'\"|tojson|safe}}", "\"\\u003ca\\u003e\\u0026\\u0027\""),
        ("{{map|tojson(indent=1)}}", "{\n \"a\": {\n  \"x\": \"y\"\n },\n \"b\": 1\n}"),
        ("{{text|truncate(10, true, 'zzz', 0)}}", "héllo wzzz"),
        ("{{text|truncate(12)}}|{{text|truncate(length=9, leeway=0)}}", "héllo...|héllo..."),
        ("{{ {'a': 1, 'b': 2}[missing|default('b')] }}", "2"),
        ("{{ 7/2 }} {{ 7//2 }} {{ -7//2 }} {{ -7%3 }} {{ 2**10 }} {{ 6/2 }}", "3.5 3 -4 2 1024 3.0"),
        ("{% for x in list %}{{loop.index}}{{loop.last}} {% endfor %}", "1False 2False 3False 4False 5True "),
        ("{{ 'a,b'.split(',') }} {{ 'x'.upper() }}", "['a', 'b'] X"),
        ("{% for k, v in map.items() %}{{k}}={{v}};{% endfor %}", "b=1;a={'x': 'y'};"),
        ("a\n{%- if t %}  b{% endif %}\n\n", "a  b\n\n"),
        ("a\r\nb{% raw %}{{resolve:x}}{% endraw %}\r\n", "a\nb{{resolve:x}}\n"),
        ("{{ '{{resolve:x}}' }}", "{{resolve:x}}"),
        ("{{ 'x' if not t }}|{{ missing is defined }}", "|False"),
        ("{% macro m(a, b=2) %}{{a}}{{b}}{% endmacro %}{{ m(1) }}{{ m(1, b=t) }}", "121True"),
        ("{# comment #}{% set x = 5 %}{{ x }}\n", "5\n"),
        ("<b>{{ '<b>' }}", "<b><b>"),
        ("{{ '<a>&\"' | e }}{{ \"'\" | escape }}", "&lt;a&gt;&amp;&#34;&#39;"),
        (
            "{{ 'x' is sequence }}{{ map is sequence }}{{ n is iterable }}{{ i is iterable }}",
            "TrueTrueFalseFalse",
        ),
        (
            "{{ list | map(attribute='x', default='') | list }}{{ 'a b/é' | urlencode }}",
            "['', '', '', '', '']a%20b/%C3%A9",
        ),
    ] {
        let rendered = render_cloudformation("t.yaml", template, &context());
        assert_eq!(rendered.as_deref(), Ok(expected), "{template}");
    }
}

#[test]
fn lines_of_a_filter_stand_in_the_column_of_its_expression() {
    let namespace = json!({"o": {"A": "1", "B": "two"}});
    for (template, expected) in [
        ("x:\n    {{ o | proton_cfn_lambda_function_formatted_env_vars }}\n", "x:\n    A: '1'\n    B: two\n"),
        (
            "x:\n  {{ o\n     | proton_cfn_ecs_task_definition_formatted_env_vars(raw=True) }}\n",
            "x:\n  - Name: A\n    Value: '1'\n  - Name: B\n    Value: two\n",
        ),
        (
            "é: {% if true %}{{ o|proton_cfn_lambda_function_formatted_env_vars }}{% endif %}",
            "é: A: '1'\n   B: two",
        ),
        (
            "{% set v %}{{ o|proton_cfn_lambda_function_formatted_env_vars }}{% endset %}ab {{ v }}",
            "ab A: '1'\n   B: two",
        ),
        ("x:\n  {{ {} | proton_cfn_lambda_function_formatted_env_vars }}\n", "x:\n  \n"),
    ] {
        let rendered = render_cloudformation("t.yaml", template, &namespace);
        assert_eq!(rendered.as_deref(), Ok(expected), "{template}");
    }
}

#[test]
fn what_cannot_be_rendered_says_where_and_what_to_do() {
    for (template, expected) in [
        (
            "a: 1\nb: '{{ environment.outputs.VpcId }}'",
            "t.yaml:2:8: `environment.outputs.VpcId` is not defined. Add the output to the template that it comes from, or guard it with `is defined` or `default(…)`.",
        ),
        ("{{ missing.x is defined }}", "t.yaml:1:4: `missing` is not defined. Check the name"),
        ("{{ missing | tojson }}", "`missing` is not defined"),
        ("{% for x in missing %}{% endfor %}", "`missing` is not defined"),
        ("{% if environment.outputs.X %}{% endif %}", "`environment.outputs.X` is not defined"),
        ("a\n  {{ 'x' ", "t.yaml:2:"),
        ("{{ssm:x}}", "not valid Jinja"),
        ("{% include 'other.yaml' %}", "can't include"),
        (
            "{{ 'a b' | proton_cfn_sanitize }}",
            "t.yaml:1:12: Illegal character(s) detected in \"a b\". Must match regex ^[a-zA-Z0-9_-]*$ or be a valid ARN",
        ),
        (
            "{{ {'A': 'a b'} | proton_cfn_lambda_function_formatted_env_vars(raw=False) }}",
            "Illegal character(s) detected in \"a b\". Must match regex ^[a-zA-Z0-9_-]*$",
        ),
        ("{{ 'a' | nothing }}", "t.yaml:1:10: there is no filter named `nothing`"),
        ("{{ 1 + 'a' }}", "unsupported types"),
    ] {
        let namespace = json!({"environment": {"outputs": {}}});
        let error = render_cloudformation("t.yaml", template, &namespace).expect_err(template).to_string();
        assert!(error.contains(expected), "{template}\n{error}");
    }
}

#[test]
fn an_unknown_filter_is_refused_before_anything_is_rendered() {
    let error =
        check_syntax("t.yaml", "{% if false %}\n{{ 'a' | sanitise }}{% endif %}").expect_err("refused");
    assert_eq!(error.to_string(), "t.yaml:2:10: there is no filter named `sanitise`");
    assert!(
        check_syntax("t.yaml", "{% raw %}{{ 'a' | sanitise }}{% endraw %} a | b {# | c #} {{ 'a | b' }}")
            .is_ok()
    );
}

#[test]
fn the_namespace_of_an_instance_has_its_synonyms() {
    let namespace = json!({
        "service_instance": {"name": "dev"},
        "environment": {"name": "beta", "outputs": {"Vpc": "vpc-1"}},
    });
    for (template, expected) in [
        ("{{ service_instance.environment.outputs.Vpc }}", "vpc-1"),
        ("{{ service_instance.components.default.outputs | length }}", "0"),
        ("{{ service_instance.components.default }}", "{}"),
        ("{% if service_instance.components.default %}attached{% endif %}", ""),
        ("{{ service_instance.components.default.name is defined }}", "False"),
    ] {
        assert_eq!(
            render_cloudformation("t.yaml", template, &namespace).as_deref(),
            Ok(expected),
            "{template}"
        );
    }
    let error = render_cloudformation("t.yaml", "{{ service_instance.components.default.name }}", &namespace);
    assert!(error.expect_err("undefined").message.contains("not defined"));
}

#[test]
fn a_component_sees_its_own_namespace_only() {
    let namespace = ComponentNamespace {
        component: OwnComponent { name: "queue".into() },
        environment: environment_view(),
        service: Some(service_view()),
        service_instance: Some(AttachedInstance { name: "dev".into(), inputs: Default::default() }),
    }
    .to_json();
    let template = "{{ component.name }} {{ environment.outputs.SubnetId }} {{ service.name }} {{ service_instance.name }}";
    assert_eq!(
        render_cloudformation("t.yaml", template, &namespace).as_deref(),
        Ok("queue subnet-1 shop dev")
    );
    assert!(render_cloudformation("t.yaml", "{{ service_instance.components }}", &namespace).is_err());
    let detached =
        ComponentNamespace { component: OwnComponent { name: "queue".into() }, ..Default::default() }
            .to_json();
    assert_eq!(
        render_cloudformation("t.yaml", "{{ service is defined }}", &detached).as_deref(),
        Ok("False")
    );
}
